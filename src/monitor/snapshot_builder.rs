//! From the state of an environment to the snapshot of it that everything shows.

use std::ops::Deref;

use jiff::SignedDuration;

use super::snapshot::{EnvironmentSnapshot, KeySnapshot, NextPoll, PollInterval, PollReason, furthest_ahead};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyErrorKind;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::key_age::{KeyAge, RotationPhase};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::thresholds::HysteresisEdge;
use crate::domain::time::Now;
use crate::monitor::environment::{EnvironmentState, KeySlot};
use crate::monitor::forecast::Forecasts;
use crate::monitor::polling::key::KeyState;
use crate::monitor::refusals::{RefusalCause, RefusalCauses, Refusals};
use crate::monitor::scheduler::Scheduler;
use crate::monitor::settings::WatchedEnvironment;
use crate::monitor::usage::Usage;

/// Parts of the monitor that a snapshot is built of.
pub(super) struct Parts<'a> {
    pub scheduler: &'a Scheduler,
    pub usage: &'a Usage,
    pub refusals: &'a Refusals,
    pub forecasts: &'a Forecasts,
    /// Reason why nothing can be stored.
    pub history_error: Option<&'a HistoryErrorDetails>,
}

impl Parts<'_> {
    /// Snapshot of an environment, whose key in use is held by environments of such names, without the alerts that follow
    /// from it.
    pub fn environment(
        &self,
        state: &EnvironmentState,
        holders: &[&EnvironmentName],
        refusals: &RefusalCauses,
        now: &Now,
    ) -> EnvironmentSnapshot {
        let WatchedEnvironment { environment, requested, thresholds, .. } = &state.watched;
        let unpolled = KeyState::default();
        let Scheduler { keys, polling, paused, .. } = self.scheduler;
        let fingerprint = state.key_in_use();
        let in_use = fingerprint.and_then(|key| keys.get(&key)).map(Deref::deref);
        let key = in_use.unwrap_or(&unpolled);
        let age = key.account().and_then(|account| account.created_at);
        let age = age.map(|created_at| KeyAge::at(created_at, thresholds, now.wall));
        let fresh = key.is_fresh(thresholds.stale_after, polling, now.elapsed);
        let fresh_until = key.fresh_until(thresholds.stale_after, polling);
        let (minute, day) = key.windows(now);
        let (skew, polled_at) = (key.clock_skew(), key.polled_at());
        let ahead = furthest_ahead(polled_at, key.account(), key.others_use, now.wall).map(|(_, by)| by);
        let is_skewed = skew.map(SignedDuration::abs).max(ahead) > Some(thresholds.clock_skew);
        let others = holders.iter().filter(|name| **name != &environment.name);
        let shared_with: Vec<_> = others.map(ToString::to_string).collect();
        let forecast = self.forecasts.of(&environment.name, fingerprint);
        let others = [
            (key.sample.is_some() && !fresh, Flag::Stale),
            (fresh && forecast.is_some_and(|forecast| forecast.runs_out_before_reset()), Flag::RunsOutBeforeReset),
            (!shared_with.is_empty(), Flag::SharedKey),
            (is_skewed, Flag::ClockSkew),
        ];
        let others = others.into_iter().filter_map(|(holds, flag)| holds.then_some(flag));
        let told_out = key.is_out_of_credits().then_some(Flag::CreditsOut);
        let by_account = || key.account().and_then(|account| thresholds.credits_flag(account, HysteresisEdge::Reached));
        let credits = told_out.or_else(by_account);
        let daily_limit = key.daily_limit(thresholds.daily_reserve_percent, now.wall);
        let snoozed_until = key.snoozed_until.filter(|until| *until > now.wall);
        let rotation = age.and_then(|age| rotation_flag(age.phase));
        let rotation = rotation.filter(|flag| *flag != Flag::RotateSoon || snoozed_until.is_none());
        let mut flags: Vec<_> = credits.into_iter().chain(daily_limit).chain(rotation).chain(others).collect();
        flags.sort_unstable();
        let cause = fingerprint.and_then(|key| refusals.get(key));
        // The word of before stands, as long as it is not known that the refusal is of this key.
        let polled = if cause.is_some_and(|cause| cause != RefusalCause::Key) { Status::Active } else { key.status };
        let status = status_of(state.slot(), polled);
        let refused_with_all = matches!(cause, Some(RefusalCause::Service(_)));
        let severity = if refused_with_all { Severity::Critical } else { Severity::worst(status, &flags, fresh) };
        let key_report = match state.slot() {
            KeySlot::Held(held, _) => {
                Some(KeySnapshot { identity: held.identity.clone(), source: held.source.clone(), age, shared_with })
            }
            _ => None,
        };
        let next_poll = if key_report.is_some() {
            key.next_poll(polling, *paused, now)
        } else {
            NextPoll { at: None, reason: PollReason::NoKey, poll_interval: PollInterval::target(polling) }
        };
        let rotation = state.rotation.snapshot(in_use, thresholds.stale_after, keys, (polling, *paused), now);
        let activity = fingerprint.map(|key| self.usage.snapshot(key, now)).unwrap_or_default();
        EnvironmentSnapshot {
            environment: environment.clone(),
            requested: *requested,
            severity,
            status,
            refused_with_all,
            refusal_unclear: cause == Some(RefusalCause::Unknown),
            flags,
            key: key_report,
            key_failure: state.slot().error().cloned(),
            account: key.account().cloned(),
            forecast: forecast.cloned(),
            fresh,
            fresh_until: fresh_until.map(|until| now.wall_at(until)),
            minute,
            day,
            others_use: key.others_use,
            own_use: key.request_log.last().map(|call| now.wall_at(call)),
            polled_at,
            latency: key.sample.as_ref().map(|sample| sample.latency),
            clock_skew: skew,
            poll_failure: key.failure.clone(),
            failed_at: key.failed_at,
            failure_seen_at: key.failed_at.map(|failed_at| now.wall_at(failed_at)),
            refusal: key.refusal.as_ref().map(|refusal| refusal.map(|at| now.wall_at(*at))),
            refused_since: key.refusals.map(|streak| now.wall_at(streak.since)),
            unreachable_since: key.unreachable_since,
            last_answer_at: key.last_answer_at,
            polls: key.recent_polls.newest_first(now),
            polling: key.in_flight.is_some(),
            awaits_first: key.awaits_first,
            next_poll,
            rotation,
            snoozed_until,
            activity,
            alerts: Vec::new(),
        }
    }
}

fn status_of(slot: &KeySlot, polled: Status) -> Status {
    match slot {
        KeySlot::NotLoaded => Status::Waiting,
        KeySlot::Held(..) => polled,
        KeySlot::Empty(failure) if failure.kind() == KeyErrorKind::Missing => Status::NoKey,
        KeySlot::Empty(_) => Status::KeyUnavailable,
    }
}

fn rotation_flag(phase: RotationPhase) -> Option<Flag> {
    match phase {
        RotationPhase::Young => None,
        RotationPhase::Soon => Some(Flag::RotateSoon),
        RotationPhase::Overdue => Some(Flag::RotateOverdue),
    }
}
