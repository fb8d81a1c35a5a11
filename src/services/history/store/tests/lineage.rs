use super::*;
use crate::domain::rotation::RotationStage;
use strum::VariantArray as _;

const KEYS: [&str; 3] = ["aaaaaaaa", "bbbbbbbb", "cccccccc"];

fn fingerprint(text: &str) -> Fingerprint {
    text.parse().unwrap()
}

/// So many minutes after the start of the story.
fn minute(minutes: i64) -> Timestamp {
    at("20T00:00:00") + SignedDuration::from_mins(minutes)
}

/// A completed rotation to a key that is in use from `minutes` on.
fn replace(store: &mut HistoryStore, old: &str, new: &str, minutes: i64) {
    let at = minute(minutes);
    let environment = "prod".parse().unwrap();
    let new = Some(fingerprint(new));
    let rotation = store.start_rotation(environment, fingerprint(old), RotationStage::Watching, new, at).unwrap();
    store.enter_stage(&rotation, RotationStage::Completed, new, at).unwrap().unwrap();
}

fn keep(store: &mut HistoryStore, key: &str, minutes: i64, credits: f64) {
    store.store_sample(fingerprint(key), &sample(minute(minutes), credits), None).unwrap();
}

/// The story of three keys, each sampled all the time, of which each replaces the one before.
fn story(minutes: i64, first: i64, second: i64) -> HistoryStore {
    let mut store = store();
    let transaction = store.connection.unchecked_transaction().unwrap();
    for (credits, key) in (1_i32..).zip(KEYS) {
        let key_id = known_key_id(&transaction, fingerprint(key)).unwrap();
        for number in 0..minutes {
            let values = params![key_id, minute(number).as_millisecond(), f64::from(credits)];
            let insert = "INSERT INTO samples (key_id, at, profile_id, credits) VALUES (?1, ?2, 1, ?3)";
            transaction.execute(insert, values).unwrap();
        }
    }
    transaction.commit().unwrap();
    replace(&mut store, KEYS[0], KEYS[1], first);
    replace(&mut store, KEYS[1], KEYS[2], second);
    store
}

/// The minutes and credits of a chart.
fn chart(store: &mut HistoryStore, key: &str, since: i64, until: i64, points_max: usize) -> Vec<(i64, f64)> {
    let points = store.credits(fingerprint(key), minute(since), minute(until), points_max).unwrap();
    let minutes = |at: Timestamp| at.duration_since(minute(0)).as_mins();
    points.iter().map(|point| (minutes(point.at), point.credits)).collect()
}

#[test]
fn a_chart_goes_on_through_two_rotations() {
    let mut store = story(9, 3, 6);
    let expected = [(0, 1.0), (1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0), (5, 2.0), (6, 3.0), (7, 3.0), (8, 3.0)];
    for (since, until) in [(0_usize, 8_usize), (1, 7), (2, 2), (3, 3), (5, 6), (6, 8), (7, 8)] {
        let (from, to) = (i64::try_from(since).unwrap(), i64::try_from(until).unwrap());
        assert_eq!(chart(&mut store, KEYS[2], from, to, 99), expected[since..=until], "{since} to {until}");
    }
    assert_eq!(chart(&mut store, KEYS[1], 0, 8, 99)[5..], [(5, 2.0), (6, 2.0), (7, 2.0), (8, 2.0)]);
    assert_eq!(chart(&mut store, KEYS[0], 0, 8, 99), (0..9).map(|minute| (minute, 1.0)).collect::<Vec<_>>());
    let whole = store.credits(fingerprint(KEYS[2]), Timestamp::MIN, Timestamp::MAX, 99).unwrap();
    assert_eq!(whole.len(), 9);
}

#[test]
fn only_a_key_that_came_into_use_goes_on_from_another() {
    for stage in RotationStage::VARIANTS.iter().copied() {
        let mut store = store();
        keep(&mut store, KEYS[0], 1, 1.0);
        keep(&mut store, KEYS[1], 2, 2.0);
        keep(&mut store, KEYS[1], 5, 2.0);
        let environment = "prod".parse().unwrap();
        let new = Some(fingerprint(KEYS[1]));
        let at = minute(3);
        let rotation =
            store.start_rotation(environment, fingerprint(KEYS[0]), RotationStage::Watching, new, at).unwrap();
        store.enter_stage(&rotation, stage, new, at).unwrap().unwrap();
        let goes_on = !matches!(stage, RotationStage::Started | RotationStage::RolledBack);
        let expected = if goes_on { [(1, 1.0), (5, 2.0)] } else { [(2, 2.0), (5, 2.0)] };
        assert_eq!(chart(&mut store, KEYS[1], 0, 9, 99), expected, "{stage:?}");
    }
}

#[test]
fn where_the_old_key_has_no_balance_the_own_ones_count() {
    let mut store = store();
    keep(&mut store, KEYS[0], 1, 1.0);
    keep(&mut store, KEYS[2], 2, 3.0);
    keep(&mut store, KEYS[2], 4, 3.0);
    keep(&mut store, KEYS[1], 7, 2.0);
    replace(&mut store, KEYS[0], KEYS[1], 3);
    replace(&mut store, KEYS[1], KEYS[2], 6);
    keep(&mut store, KEYS[2], 8, 3.0);
    assert_eq!(chart(&mut store, KEYS[2], 0, 9, 99), [(1, 1.0), (4, 3.0), (8, 3.0)]);
    store.connection.execute("DELETE FROM samples WHERE credits = 1.0", []).unwrap();
    assert_eq!(chart(&mut store, KEYS[2], 0, 9, 99), [(2, 3.0), (4, 3.0), (8, 3.0)]);
}

#[test]
fn a_new_key_without_a_balance_draws_those_of_the_old_one() {
    let mut store = store();
    keep(&mut store, KEYS[0], 1, 1.0);
    replace(&mut store, KEYS[0], KEYS[1], 3);
    assert_eq!(chart(&mut store, KEYS[1], 0, 9, 99), [(1, 1.0)]);
    assert_eq!(store.recall(fingerprint(KEYS[1]), minute(9)).unwrap(), KeyHistory::default());
}

#[test]
fn keys_that_replace_each_other_in_turns_take_turns() {
    let mut store = story(9, 2, 99);
    store.connection.execute("DELETE FROM rotations WHERE new_fingerprint = 'cccccccc'", []).unwrap();
    replace(&mut store, KEYS[1], KEYS[0], 4);
    replace(&mut store, KEYS[0], KEYS[1], 6);
    replace(&mut store, KEYS[1], KEYS[1], 7);
    let expected = [(0, 1.0), (1, 1.0), (2, 2.0), (3, 2.0), (4, 1.0), (5, 1.0), (6, 2.0), (7, 2.0), (8, 2.0)];
    assert_eq!(chart(&mut store, KEYS[1], 0, 8, 99), expected);
    let expected = expected.map(|(minute, credits)| (minute, if minute < 4 { credits } else { 1.0 }));
    assert_eq!(chart(&mut store, KEYS[0], 0, 8, 99), expected);
}

#[test]
fn a_hundred_rotations_are_followed() {
    let mut store = store();
    let keys: Vec<String> = (0..=101).map(|number| format!("{number:08x}")).collect();
    for (minutes, pair) in (1..).zip(keys.windows(2)) {
        keep(&mut store, &pair[0], minutes - 1, 1.0);
        replace(&mut store, &pair[0], &pair[1], minutes);
    }
    let found = chart(&mut store, &keys[101], 0, 200, 999);
    assert_eq!(found.iter().map(|point| point.0).collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
}

#[test]
fn after_the_clock_was_set_back_no_moment_is_drawn_twice() {
    let mut store = story(9, 6, 3);
    let expected = [(0, 1.0), (1, 1.0), (2, 1.0), (3, 3.0), (4, 3.0), (5, 3.0), (6, 3.0), (7, 3.0), (8, 3.0)];
    assert_eq!(chart(&mut store, KEYS[2], 0, 8, 99), expected);
}

#[test]
fn the_points_of_all_keys_are_thinned_as_one_line() {
    let mut store = story(3_000, 1_000, 2_000);
    for points_max in [4, 20, 400] {
        let found = chart(&mut store, KEYS[2], 0, 2_999, points_max);
        assert!(found.len() <= points_max, "{} of {points_max}", found.len());
        assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!((found.first(), found.last()), (Some(&(0, 1.0)), Some(&(2_999, 3.0))));
        let right = |point: &(i64, f64)| point.1.total_cmp(&[1.0, 2.0, 3.0][usize::try_from(point.0 / 1_000).unwrap()]);
        assert!(found.iter().all(|point| right(point).is_eq()));
    }
    assert_eq!(chart(&mut store, KEYS[2], 0, 2_999, 3_000).len(), 3_000);
    let lines = chart(&mut store, KEYS[2], 0, 2_999, 1_200);
    assert!([1.0, 2.0, 3.0].iter().all(|credits| lines.iter().any(|point| point.1.total_cmp(credits).is_eq())));
}

#[test]
fn strange_rows_of_rotations_break_no_chart() {
    let strange = [
        "old_fingerprint = ''",
        "promoted_at = 9223372036854775807",
        "promoted_at = -9223372036854775807 - 1",
        "promoted_at = NULL",
        "old_fingerprint = new_fingerprint",
        "ended_at = NULL",
    ];
    for change in strange {
        let mut store = story(9, 3, 6);
        store.connection.execute(&format!("UPDATE rotations SET {change} WHERE id = 1"), []).unwrap();
        let found = chart(&mut store, KEYS[2], 0, 8, 99);
        assert_eq!(found.iter().map(|point| point.0).collect::<Vec<_>>(), (0..9).collect::<Vec<_>>(), "{change}");
        assert_eq!(found[6..], [(6, 3.0), (7, 3.0), (8, 3.0)], "{change}");
    }
}

/// The minutes and credits of the last sample of each step.
fn balances(store: &mut HistoryStore, key: &str, since: i64, until: i64, step: i64) -> Vec<(i64, f64)> {
    let step = SignedDuration::from_mins(step);
    let points = store.balances(fingerprint(key), minute(since), minute(until), step).unwrap();
    points.iter().map(|point| (point.at.duration_since(minute(0)).as_mins(), point.credits)).collect()
}

#[test]
fn the_balances_are_the_last_of_each_step_through_two_rotations() {
    let mut store = story(9, 3, 6);
    assert_eq!(balances(&mut store, KEYS[2], 0, 8, 1), chart(&mut store, KEYS[2], 0, 8, 99));
    assert_eq!(balances(&mut store, KEYS[2], 0, 8, 4), [(2, 1.0), (3, 2.0), (5, 2.0), (7, 3.0), (8, 3.0)]);
    assert_eq!(balances(&mut store, KEYS[2], 5, 7, 60), [(5, 2.0), (7, 3.0)]);
    assert_eq!(balances(&mut store, "dddddddd", 0, 8, 1), []);
    assert_eq!(store.balances(fingerprint(KEYS[2]), minute(0), minute(8), SignedDuration::ZERO).unwrap().len(), 9);
}

#[test]
fn a_time_without_samples_has_no_balances() {
    let mut store = story(1, 9_000, 9_001);
    for minutes in [0, 59, 60, 600, 601, 659] {
        keep(&mut store, "dddddddd", minutes, f64::from(i32::try_from(minutes).unwrap()));
    }
    let found = balances(&mut store, "dddddddd", -9_999, 9_999, 60);
    assert_eq!(found, [(59, 59.0), (60, 60.0), (659, 659.0)]);
    let whole = store.balances(fingerprint("dddddddd"), Timestamp::MIN, Timestamp::MAX, SignedDuration::MAX).unwrap();
    assert_eq!(whole.len(), 1);
}
