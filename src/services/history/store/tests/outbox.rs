//! The queue of deliveries.

use super::*;
use crate::services::history::outbox::{DELIVERY_AGE_MAX, LEASE_DURATION, OutboxDelivery, OutboxLease, QUEUE_MAX};

const SINK: &str = "webhook";

fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn leased(store: &mut HistoryStore, now: Timestamp) -> OutboxDelivery {
    match store.lease(SINK, now).unwrap().0 {
        OutboxLease::Leased(delivery) => delivery,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_put_in_comes_out_in_order_and_once() {
    let mut store = store();
    assert_eq!(store.lease(SINK, noon()).unwrap(), (OutboxLease::Empty, 0));
    for body in ["first", "second"] {
        assert_eq!(store.enqueue(SINK, body, noon()).unwrap(), 0);
    }
    store.enqueue("other", "third", noon()).unwrap();
    let first = leased(&mut store, noon());
    assert_eq!((first.body.as_str(), first.attempts), ("first", 1));
    assert_eq!(
        store.lease(SINK, noon()).unwrap().0,
        OutboxLease::NotBefore(noon() + LEASE_DURATION),
        "it is another's, and goes first"
    );
    store.ack(&first).unwrap();
    let second = leased(&mut store, noon());
    assert_eq!(second.body, "second");
    store.ack(&second).unwrap();
    assert_eq!(store.lease(SINK, noon()).unwrap().0, OutboxLease::Empty);
}

#[test]
fn a_claim_that_was_lost_changes_nothing_any_more() {
    let mut store = store();
    store.enqueue(SINK, "body", noon()).unwrap();
    let lost = leased(&mut store, noon());
    let later = noon() + LEASE_DURATION;
    let taken = leased(&mut store, later);
    assert_eq!(taken.attempts, 2);
    store.ack(&lost).unwrap();
    store.postpone(&lost, noon()).unwrap();
    assert_eq!(store.lease(SINK, later).unwrap().0, OutboxLease::NotBefore(later + LEASE_DURATION));
    let due = later + SignedDuration::from_secs(7);
    store.postpone(&taken, due).unwrap();
    assert_eq!(store.lease(SINK, later).unwrap().0, OutboxLease::NotBefore(due));
    assert_eq!(leased(&mut store, due).attempts, 3);
}

#[test]
fn the_oldest_go_where_too_much_waits_or_waits_too_long() {
    let mut store = store();
    let dropped: u32 = (0..QUEUE_MAX + 3).map(|number| store.enqueue(SINK, &number.to_string(), noon()).unwrap()).sum();
    assert_eq!(dropped, 3);
    let first = leased(&mut store, noon());
    assert_eq!(first.body, "3");
    store.postpone(&first, noon()).unwrap();
    let last_moment = noon() + DELIVERY_AGE_MAX;
    assert_eq!(leased(&mut store, last_moment).body, "3");
    let (lease, expired) = store.lease(SINK, last_moment + SignedDuration::from_millis(1)).unwrap();
    assert_eq!((lease, expired), (OutboxLease::Empty, usize::try_from(QUEUE_MAX).unwrap()));
}

#[test]
fn a_clock_that_was_set_back_holds_up_nothing() {
    let mut store = store();
    let ahead = noon() + SignedDuration::from_hours(24 * 30);
    store.enqueue(SINK, "body", ahead).unwrap();
    assert_eq!(leased(&mut store, noon()).body, "body");
}

#[test]
fn what_a_clock_that_was_ahead_put_in_is_given_up_a_day_after_its_first_try() {
    let mut store = store();
    store.enqueue(SINK, "body", noon() + SignedDuration::from_hours(24 * 365)).unwrap();
    let first = leased(&mut store, noon());
    store.postpone(&first, noon()).unwrap();
    assert_eq!(leased(&mut store, noon() + DELIVERY_AGE_MAX).body, "body");
    let (lease, expired) = store.lease(SINK, noon() + DELIVERY_AGE_MAX + SignedDuration::from_millis(1)).unwrap();
    assert_eq!((lease, expired), (OutboxLease::Empty, 1));
}
