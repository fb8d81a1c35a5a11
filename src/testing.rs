//! Builders for the unit tests of all rooms: accounts, environments and snapshots in each state, events, and screens.

mod activity;
mod rotation;
mod screen;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::account::Account;
use crate::domain::alert::{Acknowledgement, Condition, Since};
use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::{Environment, EnvironmentName};
use crate::domain::error::{ConnectionError, KeyError, KeyringError, KeyringProgram, Peer, PollError, RequestError};
use crate::domain::forecast::Forecast;
use crate::domain::key_age::KeyAge;
use crate::domain::last_use::ExternalUse;
use crate::domain::limit::Limit;
use crate::domain::log_entry::{EventFact, EventKind, LogEntry};
use crate::domain::quota::QuotaWindow;
use crate::domain::sample::CreditsPoint;
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::thresholds::Thresholds;
use crate::monitor::snapshot::{
    AlertSnapshot, EnvironmentSnapshot, IntervalLimit, KeySnapshot, NextPoll, Outage, PollInterval, PollReason,
    Snapshot,
};
use crate::monitor::usage::ActivitySnapshot;

pub(crate) use activity::*;
pub(crate) use rotation::*;
pub(crate) use screen::*;

/// The moment of every picture: a Saturday, 14:32 UTC.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T14:32:00Z".parse().unwrap()
}

pub(crate) fn minutes_ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(crate) fn environment(name: &str) -> Environment {
    let label = match name {
        "prod" => Some("Production - Main App".to_owned()),
        "staging" => Some("Staging".to_owned()),
        _ => None,
    };
    Environment { name: name.parse().unwrap(), label }
}

/// Account of a healthy key of a tier.
pub(crate) fn account(tier: &str, credits: f64, allowance: f64, minute: u64, day: Option<u64>) -> Account {
    Account {
        tier: Some(tier.to_owned()),
        credits_remaining: credits,
        monthly_allowance: Some(allowance),
        requests_per_minute: Limit::Of(minute),
        requests_per_day: day.map_or(Limit::Unlimited, Limit::Of),
        created_at: None,
        last_used_at: None,
    }
}

fn key_snapshot(fingerprint: &str, ending: &str, days: i64) -> KeySnapshot {
    let created_at = minutes_ago(days * 24 * 60 + 60);
    KeySnapshot {
        identity: KeyIdentity { fingerprint: fingerprint.parse().unwrap(), ending: Some(ending.to_owned()) },
        source: KeySource::Store("keyring"),
        age: Some(KeyAge::at(created_at, &Thresholds::default(), now())),
        shared_with: Vec::new(),
    }
}

fn pace(limit: IntervalLimit, seconds: i64) -> PollInterval {
    PollInterval { interval: SignedDuration::from_secs(seconds), limit }
}

/// An environment without a key.
pub(crate) fn no_key(name: &str) -> EnvironmentSnapshot {
    EnvironmentSnapshot {
        environment: environment(name),
        requested: false,
        status: Status::NoKey,
        refused_with_all: false,
        refusal_unclear: false,
        flags: Vec::new(),
        severity: Severity::Unknown,
        key: None,
        key_failure: None,
        account: None,
        forecast: None,
        fresh: false,
        fresh_until: None,
        minute: QuotaWindow::default(),
        day: QuotaWindow::default(),
        others_use: None,
        own_use: None,
        polled_at: None,
        latency: None,
        clock_skew: None,
        poll_failure: None,
        failed_at: None,
        failure_seen_at: None,
        refusal: None,
        refused_since: None,
        unreachable_since: None,
        last_answer_at: None,
        polls: Vec::new(),
        polling: false,
        awaits_first: false,
        next_poll: NextPoll { at: None, reason: PollReason::NoKey, poll_interval: pace(IntervalLimit::Target, 60) },
        rotation: None,
        snoozed_until: None,
        activity: ActivitySnapshot::default(),
        alerts: Vec::new(),
    }
}

/// dev: the free tier, all is well.
pub(crate) fn dev() -> EnvironmentSnapshot {
    EnvironmentSnapshot {
        status: Status::Active,
        severity: Severity::Ok,
        key: Some(key_snapshot("5d41402a", "9f3e", 30)),
        account: Some(account("free", 41.0, 50.0, 5, Some(50))),
        fresh: true,
        minute: QuotaWindow::told(5, 4, 1).over(0),
        day: QuotaWindow::told(50, 41, 4),
        others_use: Some(ExternalUse { at: minutes_ago(125), exact: true }),
        own_use: Some(minutes_ago(12)),
        polled_at: Some(minutes_ago(12)),
        latency: Some(SignedDuration::from_millis(187)),
        next_poll: NextPoll {
            at: Some(minutes_ago(-132)),
            reason: PollReason::Interval,
            poll_interval: pace(IntervalLimit::Day(0.2, 50), 8_640),
        },
        ..no_key("dev")
    }
}

/// staging: to be rotated soon.
pub(crate) fn staging() -> EnvironmentSnapshot {
    EnvironmentSnapshot {
        flags: vec![Flag::RotateSoon],
        severity: Severity::Warning,
        key: Some(key_snapshot("7d793037", "a01b", 80)),
        account: Some(account("starter", 222.0, 300.0, 10, Some(1_000))),
        minute: QuotaWindow::told(10, 7, 1).over(0),
        day: QuotaWindow::told(1_000, 759, 62),
        others_use: Some(ExternalUse { at: minutes_ago(4), exact: true }),
        own_use: Some(minutes_ago(3)),
        polled_at: Some(minutes_ago(3)),
        next_poll: NextPoll {
            at: Some(minutes_ago(-4)),
            reason: PollReason::Interval,
            poll_interval: pace(IntervalLimit::Day(0.2, 1_000), 432),
        },
        environment: environment("staging"),
        ..dev()
    }
}

/// prod: rotation is overdue.
pub(crate) fn prod() -> EnvironmentSnapshot {
    EnvironmentSnapshot {
        flags: vec![Flag::RotateOverdue],
        severity: Severity::Critical,
        key: Some(key_snapshot("e4da3b7f", "c2b7", 95)),
        account: Some(account("pro", 38_765.0, 50_000.0, 300, None)),
        minute: QuotaWindow::told(300, 288, 1),
        day: QuotaWindow { limit: Limit::Unlimited, own: 1_204, ..QuotaWindow::default() },
        others_use: Some(ExternalUse { at: minutes_ago(0), exact: true }),
        own_use: Some(minutes_ago(0)),
        polled_at: Some(minutes_ago(0)),
        next_poll: NextPoll {
            at: Some(minutes_ago(-1)),
            reason: PollReason::Interval,
            poll_interval: pace(IntervalLimit::Target, 60),
        },
        environment: environment("prod"),
        ..dev()
    }
}

/// staging, with nothing to say of it.
pub(crate) fn calm_staging() -> EnvironmentSnapshot {
    EnvironmentSnapshot {
        flags: Vec::new(),
        severity: Severity::Ok,
        key: Some(key_snapshot("7d793037", "a01b", 21)),
        ..staging()
    }
}

/// A forecast from 14 days in which a balance fell by `a_day` each working day, down to `credits`; the reset is on
/// the 1st.
pub(crate) fn forecast(a_day: f64, credits: f64, reset_day: Option<u8>) -> Forecast {
    let mut balance = credits;
    let mut points = Vec::new();
    for hours in 0..=14 * 24 {
        points.push(CreditsPoint { at: minutes_ago(60 * hours), credits: balance, allowance: None });
        balance += if hours / 24 % 7 < 2 { 0.2 } else { 1.0 } * a_day / 24.0;
    }
    points.reverse();
    Forecast::new(&points, reset_day, now()).unwrap()
}

/// prod, with nothing to say of it.
pub(crate) fn calm_prod() -> EnvironmentSnapshot {
    EnvironmentSnapshot {
        flags: Vec::new(),
        severity: Severity::Ok,
        key: Some(key_snapshot("e4da3b7f", "c2b7", 12)),
        ..prod()
    }
}

fn failed(environment: EnvironmentSnapshot, status: Status, cause: RequestError) -> EnvironmentSnapshot {
    let severity = Severity::worst(status, &environment.flags, environment.fresh);
    EnvironmentSnapshot { status, severity, poll_failure: Some(PollError::new(cause, true)), ..environment }
}

/// An answer of the service that is no success.
pub(crate) fn answered(status: u16, said: &str) -> RequestError {
    RequestError::Status { status, said: Some(said.into()) }
}

/// A fault of the connection to the service.
fn link(fault: ConnectionError) -> RequestError {
    RequestError::link(Peer::Service { host: "api.trackyard.com".into(), via: None }, fault)
}

/// A machine without a network.
pub(crate) fn offline() -> Outage {
    Outage { cause: link(ConnectionError::NoName), since: minutes_ago(23) }
}

fn next(environment: EnvironmentSnapshot, minutes: i64, reason: PollReason) -> EnvironmentSnapshot {
    let next_poll = NextPoll { at: Some(minutes_ago(-minutes)), reason, ..environment.next_poll };
    EnvironmentSnapshot { next_poll, ..environment }
}

/// An environment without any sample yet.
fn unseen(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let key = environment.key.map(|key| KeySnapshot { age: None, ..key });
    EnvironmentSnapshot {
        key,
        flags: Vec::new(),
        account: None,
        fresh: false,
        minute: QuotaWindow::default(),
        day: QuotaWindow::default(),
        others_use: None,
        own_use: None,
        polled_at: None,
        latency: None,
        ..environment
    }
}

pub(crate) fn waiting(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    next(
        EnvironmentSnapshot { status: Status::Waiting, severity: Severity::Unknown, ..unseen(environment) },
        1,
        PollReason::First,
    )
}

pub(crate) fn invalid(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let refused = failed(unseen(environment), Status::Invalid, answered(401, "Invalid API key"));
    let seen = Some(minutes_ago(8));
    next(EnvironmentSnapshot { own_use: seen, failure_seen_at: seen, ..refused }, 52, PollReason::Refused)
}

pub(crate) fn revoked(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let aged = stale(environment, 140);
    let refused = failed(aged, Status::Revoked, answered(401, "Invalid API key"));
    next(EnvironmentSnapshot { failure_seen_at: Some(minutes_ago(19)), ..refused }, 41, PollReason::Refused)
}

pub(crate) fn forbidden(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let cause = answered(403, "this key may not read the account");
    next(failed(environment, Status::Forbidden, cause), 15, PollReason::Backoff)
}

pub(crate) fn rate_limited(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    next(failed(environment, Status::RateLimited, answered(429, "Too Many Requests")), 8, PollReason::RateLimited)
}

pub(crate) fn unreachable(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let cause = link(ConnectionError::AnswerTimeout { after: 10_000, has_begun: false });
    next(failed(stale(environment, 23), Status::Unreachable, cause), 1, PollReason::Backoff)
}

pub(crate) fn stale(environment: EnvironmentSnapshot, minutes: i64) -> EnvironmentSnapshot {
    let mut flags = environment.flags;
    flags.push(Flag::Stale);
    let severity = Severity::worst(environment.status, &flags, false);
    EnvironmentSnapshot { flags, severity, fresh: false, polled_at: Some(minutes_ago(minutes)), ..environment }
}

pub(crate) fn key_unavailable(environment: &EnvironmentSnapshot) -> EnvironmentSnapshot {
    let failure = keyring_failure(&environment.environment.name, KeyringError::Locked);
    EnvironmentSnapshot {
        status: Status::KeyUnavailable,
        severity: Severity::Unknown,
        key: None,
        key_failure: Some(failure),
        ..no_key(environment.environment.name.as_str())
    }
}

/// Failure of the keyring that is asked for the key of an environment.
pub(crate) fn keyring_failure(environment: &EnvironmentName, fault: KeyringError) -> KeyError {
    let entry = environment.clone().into();
    KeyError::Keyring { keeper: KeyringProgram::Gnome, entry, fault }
}

/// An environment with an alert that was told 27 minutes ago, and seen by somebody 12 minutes ago.
pub(crate) fn alerted(
    environment: EnvironmentSnapshot,
    condition: Condition,
    seen_by: Option<&str>,
) -> EnvironmentSnapshot {
    let acknowledged = seen_by.map(|by| Acknowledgement { by: by.to_owned(), at: minutes_ago(12), note: None });
    let mut alerts = environment.alerts;
    alerts.push(AlertSnapshot {
        condition,
        severity: environment.severity,
        since: Since::Seen(minutes_ago(27)),
        acknowledged,
    });
    EnvironmentSnapshot { alerts, ..environment }
}

/// An environment whose next poll is decided by something else than the interval.
pub(crate) fn decided(environment: EnvironmentSnapshot, minutes: i64, reason: PollReason) -> EnvironmentSnapshot {
    next(environment, minutes, reason)
}

pub(crate) fn flagged(environment: EnvironmentSnapshot, flags: &[Flag]) -> EnvironmentSnapshot {
    let severity = Severity::worst(environment.status, flags, environment.fresh);
    EnvironmentSnapshot { flags: flags.to_vec(), severity, ..environment }
}

pub(crate) fn snapshot(environments: Vec<EnvironmentSnapshot>) -> Snapshot {
    let counts = |environment: &&EnvironmentSnapshot| environment.requested || environment.status != Status::NoKey;
    let severity =
        environments.iter().filter(counts).map(|environment| environment.severity).max().unwrap_or(Severity::Unknown);
    Snapshot {
        at: now(),
        environments: environments.into_iter().map(Arc::new).collect(),
        severity,
        outage: None,
        all_refused_since: None,
        are_refusals_known: true,
        paused: false,
        history_error: None,
        alerts: Vec::new(),
    }
}

/// The three environments as the specification sketches them.
pub(crate) fn usual() -> Snapshot {
    snapshot(vec![dev(), staging(), prod()])
}

pub(crate) fn events() -> Vec<LogEntry> {
    let entry = |minutes, name: Option<&str>, severity, text: &str| LogEntry {
        at: minutes_ago(minutes),
        environment: name.map(environment),
        severity,
        fact: EventFact::Earlier { kind: EventKind::Key, text: text.to_owned() },
    };
    vec![
        entry(7_200, Some("prod"), Severity::Critical, "rotate overdue"),
        entry(2_900, Some("dev"), Severity::Ok, "credits rose by 9, to 50"),
        entry(330, None, Severity::Warning, "this machine was offline"),
        entry(318, None, Severity::Ok, "this machine is online again"),
        entry(12, Some("staging"), Severity::Warning, "rotate soon: 10 days left"),
    ]
}

/// Seven days of credits that fall, mostly in working hours, with a day missing.
pub(crate) fn credits() -> Vec<CreditsPoint> {
    let mut credits = 49_800.0;
    let mut points = Vec::new();
    for step in (0..7 * 24 * 6).rev() {
        let hour = (14 + 24 * 7 - step / 6) % 24;
        credits -= if (8..19).contains(&hour) { 23.0 } else { 2.0 };
        if !(260..400).contains(&step) {
            points.push(CreditsPoint { at: minutes_ago(step * 10), credits, allowance: None });
        }
    }
    points
}
