//! The plan of a key's next poll: not before its limits allow it, and what it has to wait for is over.

use jiff::{SignedDuration, Timestamp};

use super::budget::Polling;
use super::delays;
use super::interval::{PollInterval, poll_interval, poll_interval_beside_usage};
use super::key::KeyState;
use super::lease::Lease;
use super::permit::{self, CallPurpose, PermitRequest};
use super::reason::PollReason;
use super::request_log::MINUTE;
use crate::domain::time::{Elapsed, Now};
use crate::monitor::input::PollOutcome;

/// Next poll of a key, for people.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct NextPoll {
    /// Time of it by the clock on the wall; `None` while nothing is planned.
    pub at: Option<Timestamp>,
    /// Reason for that time.
    pub reason: PollReason,
    /// Regular interval for this key.
    pub poll_interval: PollInterval,
}

impl KeyState {
    /// Permit for the poll that is due with a reason.
    #[must_use]
    pub fn permit_request(&self, reason: PollReason, polling: &Polling, now: &Now) -> PermitRequest {
        let purpose = CallPurpose::from(reason);
        let known = (purpose != CallPurpose::Manual).then_some(self.outcome_number);
        PermitRequest {
            purpose,
            share: polling.share,
            outcome_number: known,
            lease: Some(self.lease(reason, polling, now)),
        }
    }

    /// Notes that a poll begins, and answers with the permit that it needs.
    pub fn poll_started(&mut self, sequence: u64, reason: PollReason, polling: &Polling, now: &Now) -> PermitRequest {
        self.in_flight = Some(sequence);
        self.asked_at = Some(now.elapsed);
        self.request_log.record(now.elapsed);
        self.spend_pause(reason, now.elapsed);
        self.permit_request(reason, polling, now)
    }

    /// Notes that the call of a poll is over, with the calls of all processes where the history told them. Answers when it
    /// began; `None` for a poll that is not awaited.
    pub fn call_ended(
        &mut self,
        sequence: u64,
        outcome: &PollOutcome,
        calls: Option<&[Timestamp]>,
        now: &Now,
    ) -> Option<Elapsed> {
        self.in_flight.take_if(|awaited| *awaited == sequence)?;
        match (calls, outcome) {
            (Some(calls), _) => self.request_log.replace(calls, now),
            (None, PollOutcome::Failed(failure)) if !failure.counts => self.request_log.remove_last(),
            (None, PollOutcome::NoRequestLog | PollOutcome::PermitDenied(_) | PollOutcome::Observed { .. }) => {
                self.request_log.remove_last();
            }
            (None, _) => {}
        }
        Some(self.asked_at.unwrap_or(now.elapsed))
    }

    /// Regular interval, found anew.
    pub(super) fn update_poll_interval(&mut self, polling: &Polling, now: Elapsed) -> SignedDuration {
        let find = if self.scans_usage { poll_interval_beside_usage } else { poll_interval };
        let interval = find(self.limits(), &self.request_log, polling, now);
        self.poll_interval = Some(interval);
        interval.interval
    }

    /// Lease that goes with the poll that is due with a reason.
    #[must_use]
    pub fn lease(&self, reason: PollReason, polling: &Polling, now: &Now) -> Lease {
        let newest = self.sample.as_ref().map(|sample| sample.at);
        Lease::of_poll(reason, self.poll_interval(polling).interval, newest, now)
    }

    /// Plans a poll, not before the shares of the day and the minute allow it, and what it has to wait for is over.
    pub fn plan(&mut self, due: Elapsed, reason: PollReason, polling: &Polling, now: Elapsed) {
        if self.is_under_way || self.is_observed {
            self.due = Some((due, reason));
            return;
        }
        let purpose = CallPurpose::from(reason);
        let (by_minute, further) = self.known_limits().permitted_from(purpose, polling.share, &self.request_log, now);
        let mut planned = (due.max(by_minute), reason);
        let backoff = self.backoff.filter(|backoff| permit::holds_back(backoff, purpose, now));
        for (at, reason) in backoff.map(|backoff| (backoff.until, backoff.reason)).into_iter().chain(further) {
            if at > planned.0 {
                planned = (at, reason);
            }
        }
        self.due = Some(planned);
    }

    /// Plans a poll at once for the operator, or as soon as the limits allow.
    pub fn refresh(&mut self, polling: &Polling, now: Elapsed) {
        if self.in_flight.is_some() || !self.is_history_loaded || self.is_confirming() {
            return;
        }
        let gap = self.request_log.last().map_or(now, |last| last + delays::REFRESH_GAP);
        let minute_is_spent = self.sample.as_ref().is_some_and(|sample| sample.windows(0, 0).0.is_used_up());
        let next_minute = match self.sampled_at {
            Some(sampled) if minute_is_spent => sampled + MINUTE,
            _ => now,
        };
        self.plan(next_minute.max(gap), PollReason::Refresh, polling, now);
    }

    /// Asks at once again after the network came back; true where there is something to ask.
    pub fn retry_after_outage(&mut self, wait: SignedDuration, polling: &Polling, now: Elapsed) -> bool {
        let is_due = self.unreachable_since.is_some() && self.in_flight.is_none();
        if is_due {
            self.backoff = self.backoff.filter(|backoff| backoff.reason != PollReason::Backoff);
            self.plan(now + wait, PollReason::Backoff, polling, now);
        }
        is_due
    }

    /// True while a first refusal waits to be confirmed.
    #[must_use]
    pub fn is_confirming(&self) -> bool {
        matches!(self.due, Some((_, PollReason::Confirmation)))
    }

    /// Next poll, for people.
    #[must_use]
    pub fn next_poll(&self, polling: &Polling, paused: bool, now: &Now) -> NextPoll {
        let poll_interval = self.poll_interval(polling);
        match self.due {
            Some((_, reason)) if paused && reason.is_timed() => {
                NextPoll { at: None, reason: PollReason::Paused, poll_interval }
            }
            Some((_, PollReason::NoRequestLog)) => {
                NextPoll { at: None, reason: PollReason::NoRequestLog, poll_interval }
            }
            Some((due, reason)) => NextPoll { at: Some(now.wall_at(due)), reason, poll_interval },
            None => NextPoll { at: None, reason: PollReason::First, poll_interval },
        }
    }

    /// Notes that a poll has ended, whatever came of it.
    pub(in crate::monitor) fn poll_ended(&mut self) {
        self.awaits_first = false;
        self.is_under_way = false;
    }

    /// Notes that a person asks in spite of a pause, if that is what the poll that begins now is for.
    pub(in crate::monitor) fn spend_pause(&mut self, reason: PollReason, now: Elapsed) {
        if let Some(backoff) = self.backoff.as_mut().filter(|backoff| backoff.until > now) {
            backoff.is_spent |= CallPurpose::from(reason) == CallPurpose::Manual;
        }
    }

    /// Takes in that calls can be counted nowhere, so that only a person may ask.
    pub fn go_without_request_log(&mut self, now: Elapsed) {
        self.due = Some((now + delays::NO_REQUEST_LOG, PollReason::NoRequestLog));
    }
}
