use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::super::tests::{at, key, other_key, sample, store};
use super::*;

fn roll_up(store: &mut HistoryStore, until: Timestamp) {
    let mut place = Some(RollUpCursor::START);
    while let Some(from) = place {
        place = store.roll_up(until, from).unwrap();
    }
}

fn prune(store: &mut HistoryStore, before: Timestamp) {
    roll_up(store, before + SignedDuration::from_hours(24));
    while store.prune(before).unwrap().1 {}
    store.prune_unused(before).unwrap();
}

fn days(store: &mut HistoryStore, fingerprint: Fingerprint) -> Vec<DailyRollup> {
    store.days(fingerprint, Timestamp::MIN, Timestamp::MAX, u32::MAX).unwrap().items
}

/// Day, samples, last, fallen and risen of each day.
fn told(store: &mut HistoryStore) -> Vec<(i8, u64, f64, f64, f64)> {
    let days = days(store, key());
    days.iter().map(|daily| (daily.day.day(), daily.samples, daily.last, daily.fallen, daily.risen)).collect()
}

fn keep_sample(store: &mut HistoryStore, moment: &str, credits: f64) {
    store.store_sample(key(), &sample(at(moment), credits), None).unwrap();
}

/// Three days, the last of them not over yet.
fn with_days() -> HistoryStore {
    let mut store = store();
    for (moment, credits) in [
        ("18T10:00:00", 100.0),
        ("18T23:59:59", 90.0),
        ("20T00:00:00", 85.0),
        ("20T12:00:00", 95.0),
        ("21T01:00:00", 1.0),
    ] {
        keep_sample(&mut store, moment, credits);
    }
    roll_up(&mut store, at("21T02:00:00"));
    store
}

const WITH_DAYS: [(i8, u64, f64, f64, f64); 2] = [(18, 2, 90.0, 10.0, 0.0), (20, 2, 95.0, 5.0, 10.0)];

/// Roll-ups that a plain loop over all samples makes.
fn folded(samples: &BTreeMap<Timestamp, f64>, until: Timestamp) -> Vec<DailyRollup> {
    let mut days: Vec<DailyRollup> = Vec::new();
    let mut previous = None;
    for (moment, credits) in samples.iter().filter(|(moment, _)| day_of(**moment) < day_of(until)) {
        match days.last_mut().filter(|daily| daily.day == day_of(*moment)) {
            Some(daily) => daily.add(*credits),
            None => days.push(DailyRollup::new(day_of(*moment), previous, *credits)),
        }
        previous = Some(*credits);
    }
    days
}

fn hours() -> impl Strategy<Value = Vec<(u32, i32)>> {
    proptest::collection::vec((0..300_u32, -50..50_i32), 0..40)
}

fn hour(hours: u32) -> Timestamp {
    at("10T00:00:00") + SignedDuration::from_hours(i64::from(hours))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn days_are_what_a_plain_fold_of_their_samples_is(
        rounds in proptest::collection::vec((hours(), 0..300_u32), 1..5),
        retention in 24..200_u32,
    ) {
        let mut store = store();
        let (mut all, mut now, mut forgotten_before) = (BTreeMap::new(), hour(0), Timestamp::MIN);
        for (samples, until) in rounds {
            // A sample of a day of which some are forgotten comes too late to count.
            let in_time = |moment: &Timestamp| day_of(*moment) > day_of(forgotten_before);
            for (moment, credits) in samples.into_iter().map(|(number, credits)| (hour(number), f64::from(credits))) {
                if in_time(&moment) {
                    store.store_sample(key(), &sample(moment, credits), None).unwrap();
                    all.insert(moment, credits);
                }
            }
            now = now.max(hour(until));
            roll_up(&mut store, now);
            prop_assert_eq!(days(&mut store, key()), folded(&all, now));
            forgotten_before = forgotten_before.max(now - SignedDuration::from_hours(i64::from(retention)));
            prune(&mut store, forgotten_before);
            prop_assert_eq!(days(&mut store, key()), folded(&all, now));
        }
        prop_assert!(days(&mut store, other_key()).is_empty());
    }
}

#[test]
fn only_days_that_are_over_are_summed_up() {
    let mut store = with_days();
    assert_eq!(told(&mut store), WITH_DAYS);
    roll_up(&mut store, at("22T00:00:00"));
    assert_eq!(told(&mut store)[2], (21, 1, 1.0, 94.0, 0.0));
}

#[test]
fn a_sample_that_comes_late_renews_its_day_and_the_next() {
    let mut store = with_days();
    keep_sample(&mut store, "19T12:00:00", 80.0);
    assert_eq!(told(&mut store), WITH_DAYS, "until the next time");
    roll_up(&mut store, at("21T02:00:00"));
    assert_eq!(told(&mut store), [WITH_DAYS[0], (19, 1, 80.0, 10.0, 0.0), (20, 2, 95.0, 0.0, 15.0)]);
    keep_sample(&mut store, "18T23:59:59", 60.0);
    roll_up(&mut store, at("21T02:00:00"));
    assert_eq!(told(&mut store)[..2], [(18, 2, 60.0, 40.0, 0.0), (19, 1, 80.0, 0.0, 20.0)]);
}

#[test]
fn a_day_outlasts_its_samples_and_is_never_overwritten_with_less() {
    let mut store = with_days();
    prune(&mut store, at("18T12:00:00"));
    keep_sample(&mut store, "18T11:00:00", 7.0);
    keep_sample(&mut store, "18T23:00:00", 8.0);
    keep_sample(&mut store, "18T23:30:00", 9.0);
    roll_up(&mut store, at("21T02:00:00"));
    assert_eq!(told(&mut store), WITH_DAYS, "some of its samples were forgotten");

    prune(&mut store, at("21T02:00:00"));
    keep_sample(&mut store, "20T01:00:00", 7.0);
    roll_up(&mut store, at("22T00:00:00"));
    assert_eq!(told(&mut store), [WITH_DAYS[0], WITH_DAYS[1], (21, 1, 1.0, 94.0, 0.0)]);
    assert_eq!(store.keys(None, 9).unwrap(), [key()], "its days are something left of it");
}

#[test]
fn a_clock_that_is_set_back_by_a_year_harms_no_day() {
    let mut store = with_days();
    let back = at("20T12:00:00") - SignedDuration::from_hours(365 * 24);
    keep_sample(&mut store, "21T01:30:00", 2.0);
    store.store_sample(key(), &sample(back, 300.0), None).unwrap();
    roll_up(&mut store, back);
    prune(&mut store, back - SignedDuration::from_hours(400 * 24));
    store.forget_days(back).unwrap();
    assert_eq!(told(&mut store), WITH_DAYS);
    assert_eq!(store.recall(key(), back).unwrap().sample.unwrap().at, back);

    roll_up(&mut store, at("22T00:00:00"));
    let today = (21, 2, 2.0, 94.0, 1.0);
    assert_eq!(told(&mut store), [(20, 1, 300.0, 0.0, 0.0), (18, 2, 90.0, 210.0, 0.0), WITH_DAYS[1], today]);
    assert_eq!(store.recall(key(), at("21T02:00:00")).unwrap().sample.unwrap().at, at("21T01:30:00"));
}

#[test]
fn days_are_kept_for_ten_years() {
    let mut store = with_days();
    let later = |days: i64| at("18T00:00:00") + SignedDuration::from_hours(24 * days);
    store.forget_days(later(DAYS_KEPT - 1)).unwrap();
    assert_eq!(told(&mut store), WITH_DAYS);
    store.forget_days(later(DAYS_KEPT)).unwrap();
    assert_eq!(told(&mut store), WITH_DAYS[1..]);
}

#[test]
fn a_key_of_which_nothing_is_left_takes_what_refers_to_it_along() {
    let mut store = with_days();
    store.store_sample(other_key(), &sample(at("20T10:00:00"), 1.0), None).unwrap();
    let leases = "INSERT INTO leases (key_id, holder, at, duration) SELECT id, 7, 9, 9 FROM keys";
    assert_eq!(store.connection.execute(leases, []).unwrap(), 2);
    prune(&mut store, at("22T00:00:00"));
    store.connection.execute("DELETE FROM days WHERE key_id = 1", []).unwrap();
    store.prune_unused(at("22T00:00:00")).unwrap();
    let left: i64 =
        store.connection.query_row("SELECT group_concat(key_id) = '2' FROM leases", [], |row| row.get(0)).unwrap();
    assert_eq!((left, store.keys(None, 9).unwrap()), (1, vec![other_key()]));
}

#[test]
fn no_content_of_the_table_breaks_the_reader() {
    for change in [
        "day = 9223372036854775807",
        "day = -9223372036854775807",
        "samples = -1",
        "fallen = 9e999",
        "lowest_credits = 1e9",
        "key_id = -9223372036854775807 - 1",
    ] {
        for outdated in [0, 1] {
            let mut store = with_days();
            store.connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
            let changed = format!("UPDATE days SET outdated = {outdated}, {change} WHERE day = 20777");
            assert_eq!(store.connection.execute(&changed, []).unwrap(), 1);
            roll_up(&mut store, at("22T00:00:00"));
            assert!(days(&mut store, key()).iter().all(DailyRollup::is_possible), "{change}");
        }
    }
}

#[test]
fn samples_beyond_the_calendar_are_in_no_day() {
    let mut store = with_days();
    store
        .connection
        .execute(
            "INSERT INTO samples (key_id, at, profile_id, credits) VALUES (1, ?1, 1, 5.0), (1, ?2, 1, 5.0)",
            [i64::MIN, i64::MAX],
        )
        .unwrap();
    roll_up(&mut store, Timestamp::MAX);
    assert_eq!(told(&mut store)[1], WITH_DAYS[1]);
}

#[test]
fn pages_of_days_follow_each_other() {
    let mut store = with_days();
    roll_up(&mut store, at("22T00:00:00"));
    let mut from = Some(at("18T15:00:00"));
    let mut found = Vec::new();
    while let Some(since) = from {
        let page = store.days(key(), since, at("20T03:00:00"), 1).unwrap();
        found.extend(page.items.iter().map(|daily| daily.day.day()));
        from = page.next;
    }
    assert_eq!(found, [18, 20]);
}

#[test]
fn imported_days_are_kept_where_they_tell_more() {
    let mut store = with_days();
    let mut theirs = days(&mut store, key());
    theirs[0].samples = 5;
    theirs[0].last = 95.0;
    let other = DailyRollup::new("2026-11-19".parse().unwrap(), None, 95.0);
    let stored = |daily| StoredDay { fingerprint: key(), daily };
    let given = [stored(theirs[0]), stored(theirs[1]), stored(other)];
    assert_eq!(store.import_days(&given).unwrap(), 2);
    assert_eq!(store.import_days(&given).unwrap(), 0, "once is enough");
    keep_sample(&mut store, "18T11:00:00", 7.0);
    roll_up(&mut store, at("21T02:00:00"));
    assert_eq!(told(&mut store), [(18, 5, 95.0, 10.0, 0.0), (19, 1, 95.0, 0.0, 0.0), (20, 2, 95.0, 10.0, 10.0)]);
}
