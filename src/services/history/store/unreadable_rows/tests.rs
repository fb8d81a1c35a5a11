use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::tests::{at, key, other_key, sample, store};
use super::*;
use crate::domain::activity::{ScannedUsage, UsageCall};
use crate::domain::alert::{AlertRecord, Condition, Observation, ObservationDetail, Since};
use crate::domain::environment::{Environment, EnvironmentName};
use crate::domain::error::RequestError;
use crate::domain::log_entry::{EventFact, LogEntry};
use crate::domain::quota::RequestLimits;
use crate::domain::rotation::RotationStage;
use crate::domain::status::{Flag, Severity};
use crate::monitor::effect::Lease;
use crate::monitor::polling::confirmation::RefusalStreak;
use crate::monitor::polling::key_verdict::{Backoff, KeyVerdict, PastFailure};
use crate::monitor::polling::permit::{CallPurpose, PermitRequest};
use crate::monitor::snapshot::PollReason;
use crate::services::history::lease_holder::LeaseHolder;
use crate::services::history::outbox::OutboxLease;
use crate::services::history::permit::PermitDecision;
use crate::services::history::store::RollUpCursor;

const SINK: &str = "webhook";

fn prod() -> EnvironmentName {
    "prod".parse().unwrap()
}

fn now() -> Timestamp {
    at("22T12:00:00")
}

/// A line about so many minutes after all else.
fn line(minute: i64) -> LogEntry {
    LogEntry {
        at: now() + SignedDuration::from_mins(minute),
        environment: Some(Environment { name: prod(), label: None }),
        severity: Severity::Warning,
        fact: EventFact::Began(Observation {
            condition: Condition::Flag(Flag::CreditsLow),
            since: Since::Seen(now()),
            detail: ObservationDetail::Plain,
        }),
    }
}

fn slept() -> EventFact {
    EventFact::Slept(SignedDuration::from_hours(1))
}

fn alert(version: u64) -> AlertRecord {
    AlertRecord {
        environment: Some(prod()),
        condition: Condition::Flag(Flag::CreditsLow),
        version,
        is_resolved: false,
        severity: Severity::Warning,
        began_at: now(),
        since: Since::Fact(now()),
        notified_at: now(),
        acknowledged: None,
    }
}

fn reading(minute: i64) -> ScannedUsage {
    let call = |second: i64| UsageCall {
        at: now() + SignedDuration::from_mins(minute) + SignedDuration::from_secs(second),
        endpoint: "/track".to_owned(),
        status_code: Some(200),
        credits: 1.0,
        response_time: Some(SignedDuration::from_millis(9)),
    };
    ScannedUsage { calls: vec![call(0), call(1)], skew: SignedDuration::ZERO, exhausted: true }
}

fn watching() -> PermitRequest {
    let lease = Some(Lease { duration: SignedDuration::from_secs(75), yields: true });
    PermitRequest { lease, ..PermitRequest::once(CallPurpose::Manual, 0.2) }
}

/// One with something in each column.
fn verdict() -> KeyVerdict {
    let setback = |status| PastFailure { cause: RequestError::Status { status, said: Some("no".into()) }, at: now() };
    KeyVerdict {
        at: Some(now()),
        failure: Some(setback(503)),
        failures: 2,
        refusal: Some(setback(403)),
        refusals: Some(RefusalStreak { since: now(), asked_at: now(), count: 2, is_alone: false }),
        unreachable_since: Some(now()),
        backoff: Some(Backoff {
            until: now() + SignedDuration::from_mins(9),
            reason: PollReason::Backoff,
            is_spent: false,
        }),
        header_limits: RequestLimits { per_minute: Some(60), per_day: Some(1_000), ..RequestLimits::default() },
        day_used_up_until: Some(now()),
    }
}

/// A store with two rows or more in each table.
fn full() -> HistoryStore {
    let mut store = store();
    for (number, key) in [(0, key()), (1, other_key())] {
        for hour in 0..30 {
            store.store_sample(key, &sample(at("20T10:00:00") + SignedDuration::from_hours(hour), 9.0), None).unwrap();
        }
        store.store_verdict(key, &verdict(), &LeaseHolder::numbered(7), &now().into()).unwrap();
        store.request_permit(key, watching(), &LeaseHolder::numbered(7), &now().into(), None).unwrap();
        store.add_usage(key, &reading(0), now()).unwrap();
        store.enqueue(SINK, &format!("body {number}"), now()).unwrap();
    }
    let mut place = Some(RollUpCursor::START);
    while let Some(from) = place {
        place = store.roll_up(now(), from).unwrap();
    }
    store.store_events(&[line(0), LogEntry { environment: None, fact: slept(), ..line(1) }]).unwrap();
    store.store_alert(&alert(1)).unwrap();
    store.store_alert(&AlertRecord { condition: Condition::Flag(Flag::Stale), ..alert(1) }).unwrap();
    store.start_rotation(prod(), key(), RotationStage::Watching, Some(other_key()), now()).unwrap();
    store.start_rotation("dev".parse().unwrap(), other_key(), RotationStage::Watching, Some(key()), now()).unwrap();
    store
}

/// Takes the checks out of the tables, so that anything can stand in them, as on a disk that fails.
fn unchecked(store: &HistoryStore) {
    let schema = "UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, 'STRICT, ', ''), ') STRICT', ')'),
        'INTEGER NOT NULL', 'INTEGER'), 'TEXT NOT NULL', 'TEXT') WHERE type = 'table' AND sql NOT LIKE '%AUTOINCREMENT%'";
    let connection = store.connection();
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON").unwrap();
    connection.execute_batch(schema).unwrap();
    connection.execute_batch("PRAGMA writable_schema = RESET").unwrap();
}

/// Each column of each table.
fn columns() -> Vec<(String, String)> {
    let store = store();
    let query =
        "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY 1, 2";
    let mut statement = store.connection().prepare(query).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn values() -> Vec<&'static str> {
    vec![
        "NULL",
        "''",
        "'nonsense'",
        "'12'",
        "CAST(x'ff00fe' AS TEXT)",
        "x'00ff'",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775807 - 1",
        "0.5",
        "-1.5e300",
        "9e999",
        "-9e999",
        "CAST(x'1b5b33316d' AS TEXT)",
    ]
}

/// Everything that is asked of a store goes on; only what the journal tells of the damaged rotation may be refused.
fn assert_goes_on(store: &mut HistoryStore, is_rotation: bool) {
    for (number, key) in [(2, key()), (3, other_key())] {
        store.recall(key, now()).unwrap();
        let holder = LeaseHolder::numbered(8);
        let answer = store.request_permit(key, watching(), &holder, &now().into(), None).unwrap();
        if let PermitDecision::Granted { call } = answer.decision {
            store.withdraw_call(key, call, &holder, &now().into()).unwrap();
        }
        store.end_call(key, None, &holder).unwrap();
        store.store_verdict(key, &verdict(), &holder, &now().into()).unwrap();
        store.store_answer(key, &sample(now(), 5.0), None, None, &holder, &now().into()).unwrap();
        store.release(&holder).unwrap();
        store.add_usage(key, &reading(number), now()).unwrap();
        store.activity(key, now()).unwrap();
        store.store_sample(key, &sample(now(), 4.0), None).unwrap();
        store.credits(key, Timestamp::MIN, Timestamp::MAX, 10).unwrap();
        store.balances(key, Timestamp::MIN, Timestamp::MAX, SignedDuration::from_hours(1)).unwrap();
        store.days(key, Timestamp::MIN, Timestamp::MAX, 100).unwrap();
        store.samples(key, Timestamp::MIN, Timestamp::MAX, 100).unwrap();
        store.snooze_rotation(key, now()).unwrap();
    }
    store.keys(None, 100).unwrap();
    let mut place = Some(RollUpCursor::START);
    while let Some(from) = place {
        place = store.roll_up(now() + SignedDuration::from_hours(24), from).unwrap();
    }
    let news = LogEntry { fact: slept(), ..line(20) };
    store.store_events(&[line(20), news.clone()]).unwrap();
    assert!(store.events().unwrap().contains(&news));
    for version in 1..4 {
        store.store_alert(&AlertRecord { environment: Some("qa".parse().unwrap()), ..alert(version) }).unwrap();
    }
    assert!(store.alerts().unwrap().len() >= 2);
    let mut bodies = Vec::new();
    store.enqueue(SINK, "last", now()).unwrap();
    for _ in 0..4 {
        let later = now() + SignedDuration::from_hours(3);
        if let OutboxLease::Leased(delivery) = store.lease(SINK, later).unwrap().0 {
            store.ack(&delivery).unwrap();
            bodies.push(delivery.body);
        }
    }
    assert!(bodies.contains(&"last".to_owned()) && bodies.len() >= 2, "{bodies:?}");
    for environment in [prod(), "dev".parse().unwrap()] {
        assert!(is_rotation || store.rotation(&environment).is_ok());
    }
    store.prune(at("20T20:00:00")).unwrap();
    store.log_unreadable(now()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn a_damaged_row_stops_nothing(
        (table, column) in select(columns()), value in select(values()), last in any::<bool>(),
    ) {
        let mut store = full();
        unchecked(&store);
        let order = if last { "DESC" } else { "ASC" };
        let keys = if ["samples", "days", "alerts", "activity"].contains(&table.as_str()) { "1" } else { "rowid" };
        let damage = if table == "alerts" {
            format!("UPDATE OR IGNORE alerts SET {column} = {value} WHERE family = 'stale'")
        } else if keys == "1" {
            format!("UPDATE OR IGNORE {table} SET {column} = {value} WHERE {column} IN (
                SELECT {column} FROM {table} ORDER BY {column} {order} LIMIT 1)")
        } else {
            format!("UPDATE OR IGNORE {table} SET {column} = {value} WHERE rowid IN (
                SELECT rowid FROM {table} ORDER BY rowid {order} LIMIT 1)")
        };
        // A column that takes no such value is not damaged by it.
        let damaged = store.connection().execute(&damage, []).unwrap_or(0);
        prop_assume!(damaged > 0);
        assert_goes_on(&mut store, table == "rotations");
    }
}

#[test]
fn a_delivery_that_can_t_be_read_is_put_aside_and_told_and_the_next_is_sent() {
    let mut store = full();
    unchecked(&store);
    store.connection().execute("UPDATE deliveries SET body = x'00ff' WHERE body = 'body 0'", []).unwrap();
    for _ in 0..2 {
        let (lease, _) = store.lease(SINK, now() + SignedDuration::from_hours(1)).unwrap();
        let OutboxLease::Leased(delivery) = lease else { panic!("{lease:?}") };
        assert_eq!(delivery.body, "body 1");
        store.postpone(&delivery, now()).unwrap();
    }
    let told = store.events().unwrap();
    let put_aside = EventFact::PutAside("webhook".to_owned());
    assert_eq!(told.iter().filter(|line| line.fact == put_aside).count(), 1, "{told:?}");
    assert_eq!(store.unreadable().unwrap(), [("deliveries".to_owned(), 1)]);
}

#[test]
fn what_can_t_be_read_is_counted_and_told_once() {
    let mut store = full();
    assert_eq!(store.unreadable().unwrap(), []);
    unchecked(&store);
    store
        .connection()
        .execute_batch("UPDATE alerts SET severity = 'dire'; UPDATE samples SET latency = 'x' WHERE key_id = 1")
        .unwrap();
    let unreadable = vec![("alerts".to_owned(), 2), ("samples".to_owned(), 30)];
    assert_eq!(store.unreadable().unwrap(), unreadable);
    for _ in 0..2 {
        store.log_unreadable(now() + SignedDuration::from_mins(5)).unwrap();
    }
    let told =
        store.events().unwrap().into_iter().filter(|line| line.fact == EventFact::Unreadable(unreadable.clone()));
    assert_eq!(told.count(), 1);
}
