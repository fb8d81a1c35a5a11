use super::super::tests::{key, other_key, sample, store};
use super::*;
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::domain::stamp::Uptime;
use crate::domain::time::Now;
use crate::monitor::effect::Lease;
use crate::monitor::polling::key::KeyState;
use crate::monitor::polling::key_verdict::Backoff;
use crate::monitor::polling::permit::{CallPurpose, PermitRequest};
use crate::monitor::polling::reason::PollReason;
use crate::services::history::lease_holder::LeaseHolder;
use proptest::prelude::*;

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn at(second: i64) -> Stamp {
    let start: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
    Stamp { wall: start + seconds(second), uptime: Some(Uptime { boot: 1, elapsed: seconds(60 + second) }) }
}

fn holder() -> LeaseHolder {
    LeaseHolder::numbered(1)
}

fn environment(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

/// A store in which one process has just been permitted a call, and leased the key for 75 s.
fn leased() -> HistoryStore {
    let mut store = store();
    let lease = Some(Lease { duration: seconds(75), yields: true });
    let request = PermitRequest { lease, ..PermitRequest::once(CallPurpose::Timed, 0.2) };
    store.request_permit(key(), request, &holder(), &at(0), None).unwrap();
    store
}

fn answered() -> HistoryStore {
    let mut store = leased();
    store.store_answer(key(), &sample(at(1).wall, 200.0), None, None, &holder(), &at(1)).unwrap();
    store
}

fn is_polled(store: &mut HistoryStore, second: i64) -> bool {
    store.observe(key(), &at(second)).unwrap().1
}

#[test]
fn the_last_key_of_each_environment_is_known_by_its_public_part() {
    let mut store = store();
    assert_eq!(store.key_in_use(&environment("prod")).unwrap(), None);
    let identity = |fingerprint, ending: Option<&str>| KeyIdentity { fingerprint, ending: ending.map(str::to_owned) };
    let noted = [
        ("prod", identity(key(), Some("ec5f"))),
        ("dev", identity(other_key(), None)),
        ("prod", identity(other_key(), Some("a1b2"))),
    ];
    for (name, key) in &noted {
        store.note_key_in_use(&environment(name), key, at(0).wall).unwrap();
        assert_eq!(store.key_in_use(&environment(name)).unwrap().as_ref(), Some(key));
    }
    assert_eq!(store.key_in_use(&environment("dev")).unwrap().as_ref(), Some(&noted[1].1));
}

#[test]
fn the_history_of_a_key_is_observed_with_whether_it_is_polled() {
    let mut store = answered();
    let (history, is_polled) = store.observe(key(), &at(2)).unwrap();
    assert_eq!(history.sample.map(|sample| sample.account.credits_remaining), Some(200.0));
    assert!(is_polled);
    assert_eq!(store.observe(other_key(), &at(2)).unwrap(), (KeyHistory::default(), false));
}

#[test]
fn a_key_is_polled_by_nobody_once_its_lease_is_given_up_or_over() {
    assert!(is_polled(&mut leased(), 1), "a call is under way");
    let mut store = answered();
    assert!(is_polled(&mut store, 74));
    assert!(!is_polled(&mut store, 75));
    store.release(&holder()).unwrap();
    assert!(!is_polled(&mut store, 2));
}

#[test]
fn a_key_is_polled_by_nobody_once_the_process_is_gone() {
    let mut store = answered();
    store.connection.execute("UPDATE leases SET process = '999999999:1'", []).unwrap();
    let is_known = crate::services::process::is_gone("999999999:1");
    assert_eq!(is_polled(&mut store, 2), !is_known);
}

#[test]
fn a_process_that_waits_after_a_failure_still_polls() {
    let mut store = leased();
    let now = Now { elapsed: crate::domain::time::Elapsed::ZERO, wall: at(1).wall };
    let failure = PollError::new(RequestError::Told { kind: PollErrorKind::RateLimited, said: None }, true);
    let mut failed = KeyState::default();
    failed.failure = Some(failure);
    let failed = failed.verdict(&now);
    let backoff = Backoff { until: at(600).wall, reason: PollReason::RateLimited, is_spent: false };
    let verdict = KeyVerdict { backoff: Some(backoff), ..failed };
    store.store_verdict(key(), &verdict, &holder(), &at(1)).unwrap();
    assert!(is_polled(&mut store, 600));
    assert!(!is_polled(&mut store, 700));
}

proptest! {
    #[test]
    fn whatever_the_file_says_only_a_name_of_a_key_is_told(fingerprint in ".{0,12}", ending in ".{0,8}") {
        let mut store = store();
        let insert = "INSERT INTO keys_in_use (environment, fingerprint, ending, at) VALUES ('dev', ?1, ?2, 1)";
        store.connection.execute(insert, params![fingerprint, ending]).unwrap();
        let key = store.key_in_use(&environment("dev")).unwrap();
        prop_assert_eq!(key.is_some(), fingerprint.parse::<Fingerprint>().is_ok());

        store.connection.execute("UPDATE keys_in_use SET fingerprint = '00ab78bf'", []).unwrap();
        let told = store.key_in_use(&environment("dev")).unwrap().and_then(|key| key.ending);
        let is_ending = |told: &String| told.len() == 4 && told.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
        prop_assert!(told.as_ref().is_none_or(is_ending));
        prop_assert!(told.is_some() || !is_ending(&ending));
    }
}
