mod activity;
mod alerts;
mod key_verdicts;
mod lineage;
mod outbox;
mod rotations;

use super::calls::forget_old_calls;
use super::connection::known_key_id;
use super::*;
use crate::domain::account::Account;
use crate::domain::alert::Condition;
use crate::domain::api_key::Fingerprint;
use crate::domain::last_use::ExternalUse;
use crate::domain::limit::Limit;
use crate::domain::quota::Quota;
use crate::domain::sample::CreditsPoint;
use crate::domain::sample::Sample;
use crate::domain::stamp::Stamp;
use crate::domain::status::Flag;
use crate::monitor::input::KeyHistory;
use crate::services::history::import_export::StoredSample;
use crate::services::history::lease_holder::LeaseHolder;
use crate::services::history::schema::MIGRATIONS;
use crate::services::history::{arbitrary, database_file, open};
use jiff::SignedDuration;
use proptest::prelude::*;

pub(super) fn store() -> HistoryStore {
    HistoryStore::new(database_file::open_in_memory().unwrap())
}

pub(super) fn key() -> Fingerprint {
    "00ab78bf".parse().unwrap()
}

pub(super) fn other_key() -> Fingerprint {
    "ba7816bf".parse().unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    format!("2026-11-{text}Z").parse().unwrap()
}

pub(super) fn sample(at: Timestamp, credits: f64) -> Sample {
    let account = Account {
        tier: Some("free".into()),
        credits_remaining: credits,
        monthly_allowance: Some(500.0),
        requests_per_minute: Limit::Of(10),
        requests_per_day: Limit::Of(1000),
        created_at: None,
        last_used_at: None,
    };
    Sample { at, latency: SignedDuration::from_millis(80), server_clock: None, account, quota: Quota::default() }
}

/// Enters a call of a holder of its own, whatever the limits.
pub(super) fn enter_call(store: &mut HistoryStore, key: Fingerprint, at: Timestamp) {
    let transaction = store.write().unwrap();
    let key_id = known_key_id(&transaction, key).unwrap();
    forget_old_calls(&transaction, &at.into()).unwrap();
    transaction
        .execute("INSERT INTO calls (key_id, at) VALUES (?1, ?2)", params![key_id, at.as_millisecond()])
        .unwrap();
    transaction.commit().unwrap();
}

fn rows(store: &HistoryStore, table: &str) -> i64 {
    store.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn corrupted(changes: &str) -> HistoryStore {
    let mut store = store();
    store.store_sample(key(), &sample(at("20T10:00:00"), 487.0), None).unwrap();
    store.connection.execute_batch(changes).unwrap();
    store
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_kept_comes_back_whole(sample in arbitrary::sample(), others_use in arbitrary::others_use()) {
        let mut store = store();
        store.store_sample(key(), &sample, others_use).unwrap();
        let history = store.recall(key(), sample.at).unwrap();
        prop_assert_eq!(history, KeyHistory { sample: Some(sample), others_use, ..KeyHistory::default() });
        prop_assert_eq!(store.recall(other_key(), Timestamp::MAX).unwrap(), KeyHistory::default());
    }

    #[test]
    fn no_content_of_the_tables_breaks_the_reader(
        numbers in proptest::collection::vec(proptest::option::of(any::<i64>()), 12),
        reals in proptest::collection::vec(any::<f64>(), 2),
        text in any::<String>(),
    ) {
        let mut store = corrupted("");
        let changed = store.connection.execute(
            "UPDATE profiles SET tier = ?1, monthly_allowance = ?2, requests_per_minute = ?3, requests_per_day = ?4,
                created_at = ?5, minute_limit = ?6, day_limit = ?7",
            params![text, reals[0], numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]],
        );
        prop_assert_eq!(changed.unwrap(), 1);
        let changed = store.connection.execute(
            "UPDATE samples SET at = coalesce(?1, 0), credits = coalesce(?2, 9e999), minute_remaining = ?3,
                day_remaining = ?4, unused_for = ?5, server_ahead_seconds = ?6, latency = ?7",
            params![numbers[5], reals[1], numbers[6], numbers[7], numbers[8], numbers[9], numbers[10]],
        );
        prop_assert_eq!(changed.unwrap(), 1);
        let changed =
            store.connection.execute("UPDATE keys SET others_use_at = ?1, others_use_exact = ?1", [numbers[11]]);
        prop_assert_eq!(changed.unwrap(), 1);

        let readable = numbers[5].is_none_or(|at| values::moment(at).is_some()) && reals[1].is_finite();
        prop_assert_eq!(store.recall(key(), at("21T00:00:00")).unwrap().sample.is_some(), readable);
        let points = store.credits(key(), Timestamp::MIN, Timestamp::MAX, 10).unwrap();
        prop_assert!(points.iter().all(|point| point.credits.is_finite()));
        let balances = store.balances(key(), Timestamp::MIN, Timestamp::MAX, SignedDuration::from_hours(1)).unwrap();
        prop_assert_eq!(balances, points);
    }
}

#[test]
fn impossible_values_are_unknown() {
    let mut store = corrupted(
        "UPDATE profiles SET tier = '', monthly_allowance = -1, requests_per_minute = -10, requests_per_day = 0,
            created_at = 9223372036854775807, day_limit = -2;
         UPDATE samples SET unused_for = -9223372036854775807 - 1, server_ahead_seconds = 9223372036854775807,
            latency = -5, minute_remaining = 4;",
    );
    let found = store.recall(key(), at("21T00:00:00")).unwrap().sample.unwrap();
    let account = Account {
        tier: None,
        credits_remaining: 487.0,
        monthly_allowance: Some(-1.0),
        requests_per_minute: Limit::Unknown,
        requests_per_day: Limit::Of(0),
        created_at: None,
        last_used_at: None,
    };
    let quota = Quota { minute_remaining: Some(4), ..Quota::default() };
    let at = at("20T10:00:00");
    assert_eq!(found, Sample { at, latency: SignedDuration::ZERO, server_clock: None, account, quota });
}

#[test]
fn an_unreadable_sample_does_not_hide_an_older_one() {
    let mut store = corrupted("UPDATE samples SET credits = 9e999");
    let older = sample(at("19T10:00:00"), 490.0);
    store.store_sample(key(), &older, None).unwrap();
    assert_eq!(store.recall(key(), at("21T00:00:00")).unwrap().sample, Some(older));
}

#[test]
fn a_sample_whose_profile_is_lost_keeps_its_credits() {
    let mut store = corrupted("DELETE FROM profiles");
    let account = store.recall(key(), at("21T00:00:00")).unwrap().sample.unwrap().account;
    assert_eq!((account.tier, account.credits_remaining.to_string()), (None, "487".into()));
}

#[test]
fn tables_that_are_gone_are_an_error() {
    let mut store = corrupted("DROP TABLE samples");
    assert!(store.recall(key(), at("21T00:00:00")).is_err());
    assert!(store.check().is_err());
}

#[test]
fn a_limit_of_which_an_earlier_version_kept_nothing_is_unknown_and_not_none() {
    let mut store = corrupted("UPDATE profiles SET requests_per_day = NULL, requests_per_minute = -1");
    let account = store.recall(key(), at("21T00:00:00")).unwrap().sample.unwrap().account;
    assert_eq!((account.requests_per_day, account.requests_per_minute), (Limit::Unknown, Limit::Unlimited));
}

#[test]
fn the_newest_sample_is_recalled_unless_it_lies_in_the_future() {
    let mut store = store();
    let (old, new) = (sample(at("20T10:00:00"), 2.0), sample(at("20T10:01:00"), 1.0));
    let future = sample(at("29T00:00:00"), 3.0);
    for sample in [&future, &new, &old] {
        store.store_sample(key(), sample, None).unwrap();
    }
    assert_eq!(store.recall(key(), at("20T10:01:00")).unwrap().sample, Some(new));
    assert_eq!(store.recall(key(), at("20T10:00:59")).unwrap().sample, Some(old));
    assert!(store.recall(key(), at("01T00:00:00")).unwrap().sample.is_some());
}

#[test]
fn what_rarely_changes_is_kept_once() {
    let mut store = store();
    for second in 0..10 {
        store.store_sample(key(), &sample(at(&format!("20T10:00:{second:02}")), 1.0), None).unwrap();
    }
    let mut changed = sample(at("20T11:00:00"), 1.0);
    changed.account.tier = None;
    store.store_sample(key(), &changed, None).unwrap();
    store.store_sample(other_key(), &changed, None).unwrap();
    assert_eq!((rows(&store, "samples"), rows(&store, "profiles")), (12, 2));
}

#[test]
fn the_latest_use_by_others_is_remembered() {
    let mut store = store();
    let used = |text: &str| Some(ExternalUse { at: at(text), exact: true });
    let mut keep = |sampled: &str, others_use| {
        store.store_sample(key(), &sample(at(sampled), 1.0), others_use).unwrap();
        store.recall(key(), at(sampled)).unwrap().others_use
    };
    assert_eq!(keep("20T10:00:00", None), None);
    assert_eq!(keep("20T10:01:00", used("20T09:30:00")), used("20T09:30:00"));
    assert_eq!(keep("20T10:02:00", used("20T09:00:00")), used("20T09:30:00"), "another process knew better");
    assert_eq!(keep("20T10:03:00", None), used("20T09:30:00"));
    assert_eq!(keep("20T10:04:00", used("28T00:00:00")), used("28T00:00:00"));
    assert_eq!(keep("20T10:05:00", used("20T10:04:30")), used("20T10:04:30"), "no hold on the future");
}

#[test]
fn the_request_log_forgets_after_two_days() {
    let mut store = store();
    enter_call(&mut store, other_key(), at("18T09:59:59"));
    enter_call(&mut store, other_key(), at("18T10:00:00"));
    enter_call(&mut store, key(), at("20T10:00:00"));
    assert_eq!(rows(&store, "calls"), 2);
}

#[test]
fn a_balance_is_told_with_the_allowance_of_its_time() {
    let with = |moment: &str, allowance: Option<f64>| {
        let mut sample = sample(at(moment), 40.0);
        sample.account.monthly_allowance = allowance;
        sample
    };
    let (plan, none, upgraded) = (
        with("12T08:10:00", Some(50.0)),
        with("12T09:10:00", None),
        [with("12T10:10:00", Some(300.0)), with("12T11:10:00", Some(300.0))],
    );
    let mut store = store();
    store.store_sample(key(), &plan, None).unwrap();
    store.store_sample(key(), &none, None).unwrap();
    let imported = upgraded.map(|sample| StoredSample { fingerprint: key(), sample });
    store.import_samples(&imported).unwrap();
    let expected = [Some(50.0), None, Some(300.0), Some(300.0)];
    let all = |points: Vec<CreditsPoint>| points.iter().map(|point| point.allowance).collect::<Vec<_>>();
    assert_eq!(all(store.credits(key(), Timestamp::MIN, Timestamp::MAX, 10).unwrap()), expected);
    let hour = SignedDuration::from_hours(1);
    assert_eq!(all(store.balances(key(), Timestamp::MIN, Timestamp::MAX, hour).unwrap()), expected);
    assert_eq!(all(store.credits(key(), Timestamp::MIN, Timestamp::MAX, 1).unwrap()), expected[3..], "thinned out");
    store.connection.execute("DELETE FROM profiles", []).unwrap();
    assert_eq!(all(store.balances(key(), Timestamp::MIN, Timestamp::MAX, hour).unwrap()), [None; 4]);
}

#[test]
fn a_chart_has_the_points_of_its_key_and_time_alone() {
    let mut store = store();
    for minute in 0..60 {
        let moment = at(&format!("20T10:{minute:02}:00"));
        store.store_sample(key(), &sample(moment, f64::from(100 - minute)), None).unwrap();
        store.store_sample(other_key(), &sample(moment, 7.0), None).unwrap();
    }
    let mut chart = |since: &str, until: &str, points_max| -> Vec<f64> {
        let points = store.credits(key(), at(since), at(until), points_max).unwrap();
        points.iter().map(|point| point.credits).collect()
    };
    assert_eq!(chart("20T10:10:00", "20T10:13:00", 10), [90.0, 89.0, 88.0, 87.0]);
    let downsampled = chart("20T00:00:00", "21T00:00:00", 20);
    assert_eq!((downsampled.first(), downsampled.last()), (Some(&100.0), Some(&41.0)));
    assert!(downsampled.len() <= 20, "{}", downsampled.len());
    assert!(chart("21T00:00:00", "22T00:00:00", 20).is_empty());
}

#[test]
fn old_samples_are_forgotten_bit_by_bit_and_then_what_belonged_to_them() {
    let mut store = store();
    let mut old = sample(at("01T10:00:00"), 1.0);
    old.account.tier = Some("old".into());
    store.store_sample(other_key(), &old, None).unwrap();
    let kept = sample(at("20T10:00:00"), 1.0);
    store.store_sample(key(), &kept, None).unwrap();
    enter_call(&mut store, key(), at("20T10:00:00"));
    store
        .connection
        .execute(
            "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT ?1)
             INSERT INTO samples (key_id, at, profile_id, credits) SELECT 1, number, 1, 1.0 FROM numbers",
            [FORGOTTEN_AT_ONCE],
        )
        .unwrap();
    assert_eq!(store.prune(kept.at).unwrap(), (FORGOTTEN_AT_ONCE, true));
    assert_eq!(store.prune(kept.at).unwrap(), (1, false));
    store.prune_unused(kept.at).unwrap();
    let counts = ["samples", "profiles", "keys", "calls"].map(|table| rows(&store, table));
    assert_eq!(counts, [1, 1, 1, 1]);
    assert_eq!(store.recall(key(), kept.at).unwrap().sample, Some(kept));
}

#[test]
fn a_check_counts() {
    let mut store = store();
    store.store_sample(key(), &sample(at("20T10:00:00"), 1.0), None).unwrap();
    store.store_sample(key(), &sample(at("20T10:01:00"), 1.0), None).unwrap();
    enter_call(&mut store, other_key(), at("20T10:00:00"));
    assert_eq!(store.check().unwrap(), HistoryCounts { keys: 2, samples: 2, calls: 1 });
}

#[test]
fn a_sample_takes_little_room() {
    let store = store();
    let keys: [Fingerprint; 3] = [key(), other_key(), "12345678".parse().unwrap()];
    let start = at("01T00:00:00");
    let transaction = store.connection.unchecked_transaction().unwrap();
    for number in 0..3_000_i64 {
        for key in keys {
            let key_id = known_key_id(&transaction, key).unwrap();
            transaction
                .execute(
                    "INSERT INTO samples VALUES (?1, ?2, 3, 48700 - ?3, 9, 940, 200000 + ?3, 1, 180)",
                    params![key_id, start.as_millisecond() + number * 60_123, number],
                )
                .unwrap();
        }
    }
    transaction.commit().unwrap();
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    assert_eq!(rows(&store, "samples"), 9_000);
    assert!(pages * 4_096 / 9_000 < 60, "{} bytes a sample", pages * 4_096 / 9_000);
}

#[test]
fn on_a_full_disk_an_import_and_the_summing_up_are_done_whole_or_not_at_all() {
    let mut store = store();
    let start = at("01T00:00:00");
    let stored = |number: i64| StoredSample {
        fingerprint: key(),
        sample: sample(start + SignedDuration::from_hours(12 * number), 1.0),
    };
    let samples: Vec<_> = (0..5_000).map(stored).collect();
    let full = |store: &HistoryStore, is_full: bool| {
        let pages = if is_full { 1 } else { 1_000_000 };
        store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    let code = |error: rusqlite::Error| error.sqlite_error_code();
    full(&store, true);
    assert_eq!(store.import_samples(&samples).map_err(code), Err(Some(rusqlite::ErrorCode::DiskFull)));
    assert_eq!((rows(&store, "samples"), rows(&store, "keys")), (0, 0));
    full(&store, false);
    assert_eq!(store.import_samples(&samples).map_err(code), Ok(5_000));

    full(&store, true);
    let until = start + SignedDuration::from_hours(12 * 5_000);
    assert_eq!(
        store.roll_up(until, RollUpCursor::START).map_err(code).err(),
        Some(Some(rusqlite::ErrorCode::DiskFull))
    );
    assert_eq!(rows(&store, "days"), 0);
    full(&store, false);
    assert!(store.roll_up(until, RollUpCursor::START).unwrap().is_none());
    assert_eq!(rows(&store, "days"), 2_500);
    assert_eq!(store.check().unwrap().samples, 5_000);
}

#[test]
fn a_day_that_is_used_up_is_known_to_every_process() {
    use crate::monitor::polling::key_verdict::KeyVerdict;
    let mut store = store();
    let (now, until) = (Stamp::from(at("20T10:06:00")), Some(at("21T00:00:00")));
    let verdict = KeyVerdict { day_used_up_until: until, ..KeyVerdict::default() };
    store.store_verdict(key(), &verdict, &LeaseHolder::numbered(7), &now).unwrap();
    assert_eq!(store.recall(key(), now).unwrap().verdict.day_used_up_until, until);
}

#[test]
fn an_alert_of_an_earlier_version_goes_on_in_its_family() {
    let store = store();
    let insert = "INSERT INTO alerts
                  (environment, family, condition, version, is_over, severity, began_at, since, told_at)
                  VALUES ('dev', 'daily-limit-near', 'daily-limit-near', 1, 0, 'warning', 0, 0, 0)";
    store.connection.execute(insert, []).unwrap();
    let step = MIGRATIONS.iter().find(|step| step.contains("daily-limit-near")).unwrap();
    store.connection.execute(step.split(';').next().unwrap(), []).unwrap();
    let family: String = store.connection.query_row("SELECT family FROM alerts", [], |row| row.get(0)).unwrap();
    assert_eq!(family, Condition::Flag(Flag::DailyLimitReached).family());
}

#[test]
fn a_key_is_recalled_with_how_the_others_fare() {
    use crate::monitor::polling::confirmation::{OtherKey, RefusalStreak};
    use crate::monitor::polling::key_verdict::KeyVerdict;
    let mut store = store();
    let (accepted_at, since) = (at("20T10:00:00"), at("20T10:05:00"));
    let now = Stamp::from(at("20T10:06:00"));
    store.store_sample(other_key(), &sample(accepted_at, 487.0), None).unwrap();
    let refusals = Some(RefusalStreak { since, asked_at: since, count: 2, is_alone: false });
    let verdict = KeyVerdict { refusals, ..KeyVerdict::default() };
    store.store_verdict(other_key(), &verdict, &LeaseHolder::numbered(7), &now).unwrap();
    store.store_sample(key(), &sample(accepted_at, 1.0), None).unwrap();
    let other = OtherKey { fingerprint: other_key(), refusals, accepted_at: Some(accepted_at) };
    assert_eq!(store.recall(key(), now).unwrap().others, [other]);
    assert_eq!(store.recall(other_key(), now).unwrap().others, []);
}
