//! What a key's state takes over from the history, and tells it.

use jiff::{SignedDuration, Timestamp};

use super::KeyState;
use crate::domain::status::Status;
use crate::domain::time::Now;
use crate::monitor::delays;
use crate::monitor::input::KeyHistory;
use crate::monitor::key_verdict::{KeyVerdict, PastFailure};
use crate::monitor::quota::CallPurpose;
use crate::monitor::settings::Polling;
use crate::monitor::snapshot::PollReason;

impl KeyState {
    /// Takes over what the history knows, and plans the poll that comes `first`, `spread` from now; a sample of at most
    /// `max_age` spares it.
    pub fn load_history(
        &mut self,
        memory: KeyHistory,
        now: &Now,
        polling: &Polling,
        max_age: Option<SignedDuration>,
        spread: SignedDuration,
        first: PollReason,
    ) {
        self.is_history_loaded = true;
        self.snoozed_until = memory.snoozed_until;
        self.is_under_way = memory.is_under_way;
        self.answer_clocks.extend(memory.sample.as_ref().map(|sample| sample.server_clock.unwrap_or(sample.at)));
        self.take_over(memory, now);
        // What was heard by an earlier process says nothing of the network now.
        self.last_answer_at = None;
        let interval = self.update_poll_interval(polling, now.elapsed);
        let still_holds = self.failure.is_none() && self.is_last_call_answered();
        let spared = self.sample.as_ref().filter(|sample| {
            let age = now.wall.duration_since(sample.at);
            max_age.is_some_and(|max_age| (SignedDuration::ZERO..=max_age).contains(&age))
        });
        if spared.is_some() && still_holds {
            self.plan(now.elapsed + interval, PollReason::Interval, polling, now.elapsed);
        } else {
            let at_once = now.elapsed + spread;
            match self.backoff.filter(|_| first == PollReason::First) {
                // What another process waits for, this one waits for too.
                Some(look) => self.plan(look.until.max(at_once), look.reason, polling, now.elapsed),
                None => self.plan(at_once, first, polling, now.elapsed),
            }
            // What is known goes on to hold where the limits of a minute hold the first poll back.
            self.due = self.due.map(|(due, reason)| {
                let is_held_back = due > at_once && self.status != Status::Waiting;
                let is_first = reason == PollReason::First;
                (due, if is_held_back && is_first { PollReason::Interval } else { reason })
            });
            self.awaits_first = self.due.is_some_and(|(due, reason)| due <= at_once || reason == first);
        }
    }

    /// A key of which no more is known than the history knows.
    #[must_use]
    pub fn from_history(memory: KeyHistory, now: &Now) -> Self {
        let mut key = Self::default();
        key.load_history(memory, now, &Polling::default(), None, SignedDuration::ZERO, PollReason::First);
        key
    }

    /// How long until a person may ask.
    #[must_use]
    pub fn next_asked(&self, now: &Now) -> SignedDuration {
        let mut key = self.clone();
        key.plan(now.elapsed, PollReason::Refresh, &Polling::default(), now.elapsed);
        key.due.map_or(SignedDuration::ZERO, |(due, _)| due - now.elapsed)
    }

    /// Takes over what the history knows of the calls of all processes; answers whether there is a newer sample.
    fn take_over(&mut self, memory: KeyHistory, now: &Now) -> bool {
        let KeyHistory { sample, others_use, calls, verdict: standing, outcome_number: number, .. } = memory;
        self.outcome_number = number;
        self.request_log.replace(&calls, now);
        self.others_use = others_use.or(self.others_use);
        let newest = self.sample.as_ref().map(|sample| sample.at.as_millisecond());
        let news = sample.filter(|sample| Some(sample.at.as_millisecond()) > newest);
        let is_news = news.is_some();
        if let Some(sample) = news {
            self.note_server_clock(sample.server_clock);
            // One that lies ahead of this clock is as old as that at least, for all that is known: the clock was set back.
            let age = now.wall.duration_since(sample.at).abs();
            self.accept(sample, now.elapsed - age);
        }
        // A sample of this process may have found no place in the history.
        let newest = self.sample.as_ref().map(|sample| sample.at).filter(|at| *at <= now.wall);
        if standing.at.is_some_and(|at| newest.is_none_or(|newest| newest <= at)) {
            self.apply_verdict(*standing, now);
        }
        is_news
    }

    /// Takes over what another process has stored since this one was told last; answers whether there was a newer sample.
    pub(in crate::monitor) fn catch_up(&mut self, memory: KeyHistory, now: &Now) -> bool {
        let is_news = !memory.is_own && memory.outcome_number > self.outcome_number;
        is_news && self.take_over(memory, now)
    }

    fn apply_verdict(&mut self, standing: KeyVerdict, now: &Now) {
        let KeyVerdict {
            failure,
            failures,
            refusal,
            refusals,
            unreachable_since: cut_off_since,
            backoff: look,
            header_limits: told,
            day_used_up_until,
            ..
        } = standing;
        self.failures = failures;
        self.failed_at = failure.as_ref().map(|failure| now.elapsed_at(failure.at));
        self.failure = failure.as_ref().map(PastFailure::failure);
        self.refusal = refusal.map(|refusal| refusal.map(|at| now.elapsed_at(*at)));
        self.refusals = refusals.map(|streak| streak.map(|at| now.elapsed_at(at)));
        self.unreachable_since = cut_off_since.map(|since| now.elapsed_at(since));
        self.backoff = look.map(|look| look.map(|at| now.elapsed + at.duration_since(now.wall)));
        self.header_limits = told;
        self.day_used_up_until = day_used_up_until;
        self.status = self.status_by_calls();
    }

    /// How it stands since its newest sample, for all processes.
    #[must_use]
    pub fn verdict(&self, now: &Now) -> KeyVerdict {
        let wall = |moment: &SignedDuration| now.wall_at(*moment);
        let failed = self.failure.as_ref().zip(self.failed_at);
        KeyVerdict {
            at: Some(now.wall),
            failure: failed.map(|(failure, at)| PastFailure::new(failure, wall(&at))),
            failures: self.failures,
            refusal: self.refusal.as_ref().map(|refusal| refusal.map(wall)),
            refusals: self.refusals.map(|streak| streak.map(|at| wall(&at))),
            unreachable_since: self.unreachable_since.as_ref().map(wall),
            backoff: self.backoff.map(|look| look.map(|at| wall(&at))),
            header_limits: self.header_limits,
            day_used_up_until: self.day_used_up_until,
        }
    }

    /// Takes in what another process that polls the key until `until` has stored, and plans when to look again. Answers
    /// whether there was a newer answer.
    pub fn follow(
        &mut self,
        memory: KeyHistory,
        until: Timestamp,
        polling: &Polling,
        reserve_percent: f64,
        now: &Now,
        random: &mut fastrand::Rng,
    ) -> bool {
        let is_news = self.take_over(memory, now);
        let interval = self.update_poll_interval(polling, now.elapsed);
        if is_news && self.spares_reserve(interval, polling, reserve_percent, now, random) {
            return true;
        }
        let expected = self.sampled_at.unwrap_or(now.elapsed) + interval;
        let due = if is_news {
            expected + delays::FOLLOW_GAP
        } else {
            // The longer its answer is overdue, the less often it is looked for.
            let patience = (now.elapsed - expected).max(delays::FOLLOW_GAP);
            now.elapsed + patience.min(until.duration_since(now.wall))
        };
        self.plan(due.max(now.elapsed + delays::FOLLOW_GAP), PollReason::Follow, polling, now.elapsed);
        is_news
    }

    /// Takes in that no leave was given for the poll that was due with this reason; what the history knows tells why, or
    /// brings what another process was answered. Answers whether there was a newer sample.
    pub fn permit_denied(&mut self, memory: KeyHistory, reason: PollReason, polling: &Polling, now: &Now) -> bool {
        let number = self.outcome_number;
        let is_news = self.take_over(memory, now);
        let interval = self.update_poll_interval(polling, now.elapsed);
        if self.outcome_number != number && self.failure.is_none() {
            let sampled_at = self.sampled_at.unwrap_or(now.elapsed);
            self.plan(sampled_at + interval, PollReason::Interval, polling, now.elapsed);
        } else {
            let reason = if reason == PollReason::First { PollReason::Interval } else { reason };
            self.plan(now.elapsed + delays::FOLLOW_GAP, reason, polling, now.elapsed);
        }
        is_news
    }

    /// Notes that a poll has ended, whatever came of it.
    pub(in crate::monitor) fn poll_ended(&mut self) {
        self.awaits_first = false;
        self.is_under_way = false;
    }

    /// Notes that a person asks in spite of a pause, if that is what the poll that begins now is for.
    pub(in crate::monitor) fn spend_pause(&mut self, reason: PollReason, now: SignedDuration) {
        if let Some(look) = self.backoff.as_mut().filter(|look| look.until > now) {
            look.is_spent |= CallPurpose::from(reason) == CallPurpose::Manual;
        }
    }

    /// Takes in that calls can be counted nowhere, so that only a person may ask.
    pub fn go_without_request_log(&mut self, now: SignedDuration) {
        self.due = Some((now + delays::RELOAD, PollReason::NoRequestLog));
    }
}
