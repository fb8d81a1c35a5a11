use super::*;
use crate::domain::account::AccountPlan;
use crate::domain::activity::UsageAnomaly;
use crate::domain::alert::{AcknowledgementNote, Condition, Observation, ObservationDetail, Since};
use crate::domain::error::RequestError;
use crate::domain::history_error::{HistoryErrorDetails, HistoryErrorKind};
use crate::domain::limit::Limit;
use crate::domain::log_entry::{BalanceCause, PlanChange, RefusalsEnd};
use crate::domain::rotation::RotationStage;
use crate::domain::sink::{SinkError, SinkKind};
use crate::services::history::{database_file, schema};
use rusqlite::Connection;

fn store() -> HistoryStore {
    HistoryStore::new(database_file::open_in_memory().unwrap())
}

fn moment(minute: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + minute * 60).unwrap()
}

fn line(minute: i64, severity: Severity, fact: EventFact) -> LogEntry {
    let environment = Some(Environment { name: "prod".parse().unwrap(), label: None });
    LogEntry { at: moment(minute), environment, severity, fact }
}

fn of_all(line: LogEntry) -> LogEntry {
    LogEntry { environment: None, ..line }
}

fn began(minute: i64, condition: Condition) -> LogEntry {
    let observation = Observation { condition, since: Since::Seen(moment(minute)), detail: ObservationDetail::Plain };
    line(minute, Severity::Critical, EventFact::Began(observation))
}

fn flag(minute: i64, severity: Severity) -> LogEntry {
    flag_of(minute, Flag::CreditsLow, severity)
}

fn flag_of(minute: i64, flag: Flag, severity: Severity) -> LogEntry {
    match severity {
        Severity::Ok => line(minute, severity, EventFact::FlagOver(flag)),
        _ => LogEntry { severity, ..began(minute, Condition::Flag(flag)) },
    }
}

fn accepted(minute: i64) -> LogEntry {
    line(minute, Severity::Ok, EventFact::Accepted { again: true })
}

fn reset(minute: i64) -> LogEntry {
    line(minute, Severity::Ok, EventFact::Balance { cause: BalanceCause::Reset, from: 3.25, to: 50.0 })
}

fn clock_set(minute: i64, seconds: i64) -> LogEntry {
    of_all(line(minute, Severity::Warning, EventFact::ClockSet(SignedDuration::from_secs(seconds))))
}

fn cause() -> RequestError {
    RequestError::Status { status: 503, said: Some("Down".into()) }
}

/// Lines that are kept of those that were stored one after another.
fn kept(entries: &[LogEntry]) -> Vec<LogEntry> {
    let mut store = store();
    for entry in entries {
        store.store_events(std::slice::from_ref(entry)).unwrap();
    }
    store.events().unwrap()
}

#[test]
fn what_happened_comes_back_as_it_was() {
    let terms = |allowance| AccountPlan { tier: Some("pro".to_owned()), allowance };
    let unreachable = Observation {
        condition: Condition::Status(Status::Unreachable),
        since: Since::Fact(moment(-9)),
        detail: ObservationDetail::Poll(cause()),
    };
    let trouble = HistoryErrorDetails {
        kind: HistoryErrorKind::DiskFull,
        file: Some("history.db".to_owned()),
        said: "full".to_owned(),
    };
    for fact in [
        EventFact::Began(unreachable),
        EventFact::NoKey { removed: false },
        EventFact::History(Some(trouble)),
        EventFact::History(None),
        EventFact::Unreadable(vec![("alerts".to_owned(), 2)]),
        EventFact::PutAside("webhook".to_owned()),
        EventFact::Slept(SignedDuration::from_secs(3_600)),
        EventFact::ClockSet(SignedDuration::from_secs(-3_600)),
        EventFact::OtherAccount { old: terms(Some(0.1 + 0.2)), new: terms(None) },
        EventFact::Rotation {
            stage: Some(RotationStage::Watching),
            old: Some("00ab78bf".parse().unwrap()),
            ending: Some("e400".to_owned()),
        },
        EventFact::Balance { cause: BalanceCause::TopUp, from: -3.0, to: 272.04 },
        EventFact::Plan(PlanChange::Tier { old: "a".to_owned(), new: "b".to_owned() }),
        EventFact::Plan(PlanChange::MinuteLimit { old: Limit::Of(1_000), new: Limit::Unlimited }),
        EventFact::Unusual(UsageAnomaly::FirstCall { endpoint: "/search".to_owned() }),
        EventFact::Acknowledged { condition: Condition::Offline, by: "ada".to_owned(), note: None },
        EventFact::Acknowledged {
            condition: Condition::Offline,
            by: "ada".to_owned(),
            note: AcknowledgementNote::unless_blank("cable"),
        },
        EventFact::Unacknowledged { condition: Condition::Offline, by: "ada".to_owned() },
        EventFact::Sink(SinkKind::Webhook, Some(SinkError::Unreached(cause()))),
    ] {
        let entry = line(1, Severity::Warning, fact);
        assert_eq!(kept(std::slice::from_ref(&entry)), [entry]);
    }
    for (begun, end) in [
        (of_all(began(0, Condition::AllRefused)), EventFact::RefusalsOver(RefusalsEnd::Lasted)),
        (of_all(began(0, Condition::Offline)), EventFact::Reached),
        (began(0, Condition::Status(Status::Forbidden)), EventFact::Accepted { again: true }),
    ] {
        let end = LogEntry { environment: begun.environment.clone(), ..line(1, Severity::Ok, end) };
        assert_eq!(kept(&[begun.clone(), end.clone()]), [begun, end]);
    }
}

#[test]
fn a_line_of_an_earlier_version_is_shown_as_it_was_told() {
    let before = schema::MIGRATIONS.iter().position(|step| step.contains("events ADD COLUMN fact")).unwrap();
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection, &schema::MIGRATIONS[..before]).unwrap();
    let insert = "INSERT INTO events (at, environment, kind, subject, severity, text)
                  VALUES (1750000000000, 'prod', 'flag', 'credits-low', 'warning', 'credits low: \u{1b}[31m9 left')";
    connection.execute_batch(insert).unwrap();
    let insert =
        "INSERT INTO alerts (environment, family, condition, version, is_over, severity, began_at, since, told_at)
                  VALUES ('prod', 'credits', 'credits-low', 3, 0, 'warning', 1, 2, 3)";
    connection.execute_batch(insert).unwrap();
    schema::migrate(&mut connection, schema::MIGRATIONS).unwrap();
    let mut store = HistoryStore::new(connection);
    let since = store.alerts().unwrap().into_iter().map(|alert| alert.since).collect::<Vec<_>>();
    assert_eq!(since, [Since::Seen(Timestamp::from_millisecond(2).unwrap())], "it was kept when it was seen");
    let kind = EventKind::Flag(Flag::CreditsLow);
    let earlier = line(0, Severity::Warning, EventFact::Earlier { kind, text: "credits low: [31m9 left".to_owned() });
    assert_eq!(store.events().unwrap(), std::slice::from_ref(&earlier));
    store.store_events(&[flag(1, Severity::Warning), flag(2, Severity::Ok)]).unwrap();
    assert_eq!(store.events().unwrap(), [earlier, flag(2, Severity::Ok)], "it is told once, and its end too");
}

#[test]
fn a_flag_is_told_by_one_process_each_time_it_changes() {
    let (raised, over) = (Severity::Warning, Severity::Ok);
    let told = [flag(0, raised), flag(9, over), flag(11, raised)];
    let both = [&told[0], &flag(1, raised), &told[1], &flag(10, over), &told[2], &flag(300, raised)];
    assert_eq!(kept(&both.map(Clone::clone)), told);
}

#[test]
fn a_status_is_told_when_it_is_another() {
    let revoked = |minute| began(minute, Condition::Status(Status::Revoked));
    let told = [revoked(0), accepted(2), revoked(3)];
    let both = [&told[0], &revoked(1), &told[1], &told[2], &revoked(900)];
    assert_eq!(kept(&both.map(Clone::clone)), told);
}

#[test]
fn an_end_is_told_where_its_beginning_was_and_what_is_told_of_all_is_not_told_of_one() {
    assert_eq!(kept(&[accepted(0), flag(1, Severity::Ok)]), [], "nothing of it was told");
    let reached = |minute| of_all(line(minute, Severity::Ok, EventFact::Reached));
    let unreachable = |minute| began(minute, Condition::Status(Status::Unreachable));
    let told = [of_all(began(0, Condition::Offline)), reached(9), unreachable(11), accepted(12)];
    let both = [&told[0], &unreachable(1), &told[1], &reached(9), &accepted(10), &told[2], &told[3], &accepted(13)];
    assert_eq!(kept(&both.map(Clone::clone)), told);
}

#[test]
fn a_sink_is_told_once_to_fail_and_once_to_work_again() {
    let failed = |minute, status| {
        let failure = SinkError::Answered { host: "hooks.example.com".to_owned(), status, said: None };
        of_all(line(minute, Severity::Warning, EventFact::Sink(SinkKind::Webhook, Some(failure))))
    };
    let works = |minute| of_all(line(minute, Severity::Ok, EventFact::Sink(SinkKind::Webhook, None)));
    let told = [failed(1, 503), works(400), failed(401, 403)];
    let both = [&works(0), &told[0], &failed(300, 500), &told[1], &works(400), &told[2]];
    assert_eq!(kept(&both.map(Clone::clone)), told);
}

#[test]
fn a_flag_that_gave_way_to_a_worse_one_is_told_anew() {
    let (low, critical) = (Flag::CreditsLow, Flag::CreditsCritical);
    let (raised, over) = (Severity::Warning, Severity::Ok);
    let told =
        [flag_of(0, low, raised), flag_of(1, critical, raised), flag_of(2, low, raised), flag_of(3, critical, over)];
    let both = [&told[..], &[flag_of(4, low, raised), flag_of(5, critical, over)]].concat();
    assert_eq!(kept(&both), told);
}

#[test]
fn a_key_that_is_removed_again_is_told_again() {
    let removed = |minute| line(minute, Severity::Unknown, EventFact::NoKey { removed: true });
    assert_eq!(kept(&[removed(0), removed(5), removed(900)]), [removed(0), removed(900)]);
}

#[test]
fn how_things_stand_is_known_however_long_ago_it_was_told() {
    let (raised, over) = (Severity::Warning, Severity::Ok);
    let mut lines = vec![flag(0, raised), flag(1, over), flag(2, raised)];
    lines.extend((3..503).map(|minute| reset(minute * 16)));
    assert_eq!(kept(&lines), lines[1..]);
}

#[test]
fn lines_come_back_in_the_order_in_which_they_were_told() {
    let lines = [flag(60, Severity::Warning), flag(0, Severity::Ok)];
    assert_eq!(kept(&lines), lines, "the clock was put back by an hour");
}

#[test]
fn the_same_is_told_once_within_a_quarter_of_an_hour() {
    let other = of_all(reset(2));
    assert_eq!(kept(&[reset(0), reset(15), other.clone(), reset(16)]), [reset(0), other, reset(16)]);
    let lines = [clock_set(0, 3_600), clock_set(1, 3_630), clock_set(2, 7_200)];
    assert_eq!(kept(&lines), [clock_set(0, 3_600), clock_set(2, 7_200)], "each process measures it by itself");
}

#[test]
fn the_newest_are_kept_and_what_can_not_be_read_is_left_out() {
    let mut store = store();
    store
        .connection
        .execute_batch(
            r#"WITH RECURSIVE number (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < 20000)
               INSERT INTO events (at, environment, kind, severity, text)
               SELECT value, 'Bad name', 'reset', 'ok', 'so' FROM number;
               INSERT INTO events (at, kind, severity, text, fact)
               VALUES (1, 'reset', 'ok', '', '{"unheard-of":1}'), (1, 'reset', 'ok', '', '"reached"')"#,
        )
        .unwrap();
    let lines = [clock_set(0, 60), clock_set(1, -600)];
    store.store_events(&lines).unwrap();
    let count: u32 = store.connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 20_000);
    assert_eq!(store.events().unwrap(), lines);
}
