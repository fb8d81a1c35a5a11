//! A condition that holds, as the snapshot tells it: since when, and with which values.

use super::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::domain::alert::{Condition, Observation, ObservationDetail, Since};
use crate::domain::error::PollErrorKind;
use crate::domain::status::{Flag, Status};
use crate::domain::time::Now;

/// A condition of an environment.
pub(super) fn of_environment(condition: Condition, environment: &EnvironmentSnapshot, now: &Now) -> Observation {
    let (since, detail) = match condition {
        Condition::Flag(flag) => (since_flag(flag, environment), flag_detail(flag, environment, now)),
        Condition::Status(status) => (since_status(status, environment, now), status_detail(status, environment)),
        Condition::Outage | Condition::Offline | Condition::AllRefused => (None, ObservationDetail::Plain),
    };
    Observation { condition, since: since.unwrap_or(Since::Seen(now.wall)), detail }
}

/// A condition of all environments.
pub(super) fn of_all(condition: Condition, snapshot: &Snapshot, now: &Now) -> Observation {
    let (since, detail) = match (condition, &snapshot.outage) {
        (Condition::Outage | Condition::Offline, Some(outage)) => {
            (Some(outage.since), ObservationDetail::Outage(outage.cause.clone()))
        }
        (Condition::AllRefused, _) => (snapshot.all_refused_since, ObservationDetail::Plain),
        _ => (None, ObservationDetail::Plain),
    };
    Observation { condition, since: since.map_or(Since::Seen(now.wall), Since::Fact), detail }
}

fn since_flag(flag: Flag, environment: &EnvironmentSnapshot) -> Option<Since> {
    match flag {
        Flag::RotateOverdue | Flag::RotateSoon => {
            environment.key.as_ref().and_then(|key| key.age?.since(flag)).map(Since::Fact)
        }
        Flag::Stale => environment.fresh_until.map(Since::Fact),
        // Of when keys are compared and forecasts made.
        Flag::SharedKey | Flag::RunsOutBeforeReset => None,
        _ => environment.polled_at.map(Since::Seen),
    }
}

fn since_status(status: Status, environment: &EnvironmentSnapshot, now: &Now) -> Option<Since> {
    let refused = || environment.refused_since.or(environment.refusal.as_ref().map(|refusal| refusal.at));
    let cut_off = || environment.unreachable_since.map(|since| now.wall_at(since));
    let at = match status {
        Status::Invalid | Status::Revoked | Status::Forbidden => refused().or(environment.failure_seen_at),
        Status::Unreachable => cut_off().or(environment.failure_seen_at),
        Status::RateLimited => environment.failure_seen_at,
        _ => None,
    };
    at.map(Since::Fact)
}

fn flag_detail(flag: Flag, environment: &EnvironmentSnapshot, now: &Now) -> ObservationDetail {
    let told_out = environment.refusal.as_ref().filter(|refusal| refusal.kind() == PollErrorKind::CreditsOut);
    let detail = match flag {
        Flag::CreditsOut if told_out.is_some() => {
            told_out.map(|refusal| ObservationDetail::Poll(refusal.cause.clone()))
        }
        Flag::CreditsLow | Flag::CreditsCritical | Flag::CreditsOut => environment.account.as_ref().map(|account| {
            ObservationDetail::Credits { left: account.credits_remaining, allowance: account.monthly_allowance }
        }),
        Flag::RotateOverdue | Flag::RotateSoon => {
            environment.key.as_ref().and_then(|key| key.age).map(|age| ObservationDetail::RotateBy(age.rotate_by))
        }
        Flag::DailyLimitNear | Flag::DailyLimitReached => environment
            .day
            .remaining
            .zip(environment.day.limit.cap())
            .map(|(left, limit)| ObservationDetail::Requests { left, limit }),
        Flag::Stale => environment.polled_at.map(ObservationDetail::ReadAt),
        Flag::SharedKey => environment.key.as_ref().map(|key| ObservationDetail::SharedWith(key.shared_with.clone())),
        Flag::ClockSkew => environment.clock_difference(now.wall).map(ObservationDetail::Clocks),
        Flag::RunsOutBeforeReset => None,
    };
    detail.unwrap_or(ObservationDetail::Plain)
}

fn status_detail(status: Status, environment: &EnvironmentSnapshot) -> ObservationDetail {
    let refusal = || environment.refusal.as_ref().map(|refusal| refusal.cause.clone());
    let failure = || environment.poll_failure.as_ref().map(|failure| (*failure.cause).clone());
    let detail = match status {
        Status::KeyUnavailable => environment.key_failure.clone().map(ObservationDetail::Key),
        Status::Forbidden | Status::RateLimited => refusal().or_else(failure).map(ObservationDetail::Poll),
        Status::Unreachable => failure().map(ObservationDetail::Poll),
        _ => None,
    };
    detail.unwrap_or(ObservationDetail::Plain)
}
