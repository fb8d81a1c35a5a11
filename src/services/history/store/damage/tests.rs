use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::tests::{at, key, other_key, sample, store};
use super::*;
use crate::domain::activity::{UsageCall, UsageReading};
use crate::domain::alert::{AlertRecord, Condition, Detail, Observation, Since};
use crate::domain::environment::{Environment, EnvironmentName};
use crate::domain::failure::Cause;
use crate::domain::log_entry::{EventFact, LogEntry};
use crate::domain::quota::Limits;
use crate::domain::rotation::Stage;
use crate::domain::status::{Flag, Severity};
use crate::monitor::effect::Lease;
use crate::monitor::leave::{LeaveRequest, Purpose};
use crate::monitor::refusals::RefusalStreak;
use crate::monitor::report::PollReason;
use crate::monitor::standing::{Look, Setback, Standing};
use crate::services::history::deliveries::Claim;
use crate::services::history::holder::Holder;
use crate::services::history::leave::Leave;
use crate::services::history::store::Place;

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
            detail: Detail::Plain,
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
        is_over: false,
        severity: Severity::Warning,
        began_at: now(),
        since: Since::Fact(now()),
        told_at: now(),
        acknowledged: None,
    }
}

fn reading(minute: i64) -> UsageReading {
    let call = |second: i64| UsageCall {
        at: now() + SignedDuration::from_mins(minute) + SignedDuration::from_secs(second),
        endpoint: "/track".to_owned(),
        status_code: Some(200),
        credits: 1.0,
        response_time: Some(SignedDuration::from_millis(9)),
    };
    UsageReading { calls: vec![call(0), call(1)], skew: SignedDuration::ZERO, exhausted: true }
}

fn watching() -> LeaveRequest {
    let lease = Some(Lease { duration: SignedDuration::from_secs(75), yields: true });
    LeaveRequest { lease, ..LeaveRequest::once(Purpose::Asked, 0.2) }
}

/// One with something in each column.
fn standing() -> Standing {
    let setback = |status| Setback { cause: Cause::Status { status, said: Some("no".into()) }, at: now() };
    Standing {
        at: Some(now()),
        failure: Some(setback(503)),
        failures: 2,
        refusal: Some(setback(403)),
        refusals: Some(RefusalStreak { since: now(), asked_at: now(), count: 2, is_alone: false }),
        cut_off_since: Some(now()),
        look: Some(Look { at: now() + SignedDuration::from_mins(9), reason: PollReason::Backoff, is_spent: false }),
        told: Limits { per_minute: Some(60), per_day: Some(1_000), ..Limits::default() },
        day_used_up_until: Some(now()),
    }
}

/// A store with two rows or more in each table.
fn full() -> Store {
    let mut store = store();
    for (number, key) in [(0, key()), (1, other_key())] {
        for hour in 0..30 {
            store.store_sample(key, &sample(at("20T10:00:00") + SignedDuration::from_hours(hour), 9.0), None).unwrap();
        }
        store.store_standing(key, &standing(), &Holder::numbered(7), &now().into()).unwrap();
        store.take_leave(key, watching(), &Holder::numbered(7), &now().into(), None).unwrap();
        store.add_usage(key, &reading(0), now()).unwrap();
        store.enqueue(SINK, &format!("body {number}"), now()).unwrap();
    }
    let mut place = Some(Place::START);
    while let Some(from) = place {
        place = store.roll_up(now(), from).unwrap();
    }
    store.store_events(&[line(0), LogEntry { environment: None, fact: slept(), ..line(1) }]).unwrap();
    store.settle_alert(&alert(1)).unwrap();
    store.settle_alert(&AlertRecord { condition: Condition::Flag(Flag::Stale), ..alert(1) }).unwrap();
    store.start_rotation(prod(), key(), Stage::Watching, Some(other_key()), now()).unwrap();
    store.start_rotation("dev".parse().unwrap(), other_key(), Stage::Watching, Some(key()), now()).unwrap();
    store
}

/// Takes the checks out of the tables, so that anything can stand in them, as on a disk that fails.
fn unchecked(store: &Store) {
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
fn assert_goes_on(store: &mut Store, is_rotation: bool) {
    for (number, key) in [(2, key()), (3, other_key())] {
        store.recall(key, now()).unwrap();
        let holder = Holder::numbered(8);
        let answer = store.take_leave(key, watching(), &holder, &now().into(), None).unwrap();
        if let Leave::Granted { call } = answer.leave {
            store.withdraw_call(key, call, &holder, &now().into()).unwrap();
        }
        store.end_call(key, None, &holder).unwrap();
        store.store_standing(key, &standing(), &holder, &now().into()).unwrap();
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
    let mut place = Some(Place::START);
    while let Some(from) = place {
        place = store.roll_up(now() + SignedDuration::from_hours(24), from).unwrap();
    }
    let news = LogEntry { fact: slept(), ..line(20) };
    store.store_events(&[line(20), news.clone()]).unwrap();
    assert!(store.events().unwrap().contains(&news));
    for version in 1..4 {
        store.settle_alert(&AlertRecord { environment: Some("qa".parse().unwrap()), ..alert(version) }).unwrap();
    }
    assert!(store.alerts().unwrap().len() >= 2);
    let mut bodies = Vec::new();
    store.enqueue(SINK, "last", now()).unwrap();
    for _ in 0..4 {
        let later = now() + SignedDuration::from_hours(3);
        if let Claim::Delivery(delivery) = store.claim(SINK, later).unwrap().0 {
            store.settle(&delivery).unwrap();
            bodies.push(delivery.body);
        }
    }
    assert!(bodies.contains(&"last".to_owned()) && bodies.len() >= 2, "{bodies:?}");
    for environment in [prod(), "dev".parse().unwrap()] {
        assert!(is_rotation || store.rotation(&environment).is_ok());
    }
    store.prune(at("20T20:00:00")).unwrap();
    store.tell_unreadable(now()).unwrap();
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
        let (claim, _) = store.claim(SINK, now() + SignedDuration::from_hours(1)).unwrap();
        let Claim::Delivery(delivery) = claim else { panic!("{claim:?}") };
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
        store.tell_unreadable(now() + SignedDuration::from_mins(5)).unwrap();
    }
    let told =
        store.events().unwrap().into_iter().filter(|line| line.fact == EventFact::Unreadable(unreadable.clone()));
    assert_eq!(told.count(), 1);
}
