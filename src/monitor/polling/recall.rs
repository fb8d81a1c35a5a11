//! Exchange of a key's state with the history: the part that it takes over, and the part that it tells.

use jiff::{SignedDuration, Timestamp};

use super::budget::Polling;
use super::key::KeyState;
use super::key_history::KeyHistory;
use super::key_verdict::{KeyVerdict, PastFailure};
use super::lease::{self, FOLLOW_GAP};
use super::reason::PollReason;
use crate::domain::poll_record::{PollRecord, RecordedOutcome};
use crate::domain::status::Status;
use crate::domain::time::{Elapsed, Now};

impl KeyState {
    /// Takes over what the history knows, and plans the poll that comes `first`, `stagger` from now; a sample of at most
    /// `max_age` spares it. A key that is not known here is looked at anew at once.
    pub fn load_history(
        &mut self,
        mut history: KeyHistory,
        now: &Now,
        polling: &Polling,
        max_age: Option<SignedDuration>,
        stagger: SignedDuration,
        first: PollReason,
    ) {
        self.is_history_loaded = true;
        self.snoozed_until = history.snoozed_until;
        self.is_under_way = history.is_under_way;
        for poll in std::mem::take(&mut history.earlier) {
            self.recent_polls.add_told(poll, now);
        }
        self.answer_clocks.extend(history.sample.as_ref().map(|sample| sample.server_clock.unwrap_or(sample.at)));
        self.take_over(history, now);
        // What was heard by an earlier process says nothing of the network now.
        self.last_answer_at = None;
        let interval = self.update_poll_interval(polling, now.elapsed);
        if self.is_observed {
            self.due = Some((now.elapsed, first));
            self.awaits_first = true;
            return;
        }
        let still_holds = self.failure.is_none() && self.is_last_call_answered();
        let spared = self.sample.as_ref().filter(|sample| {
            let age = now.wall.duration_since(sample.at);
            max_age.is_some_and(|max_age| (SignedDuration::ZERO..=max_age).contains(&age))
        });
        if spared.is_some() && still_holds {
            self.plan(now.elapsed + interval, PollReason::Interval, polling, now.elapsed);
        } else {
            let at_once = now.elapsed + stagger;
            match self.backoff.filter(|_| first == PollReason::First) {
                // What another process waits for, this one waits for too.
                Some(backoff) => self.plan(backoff.until.max(at_once), backoff.reason, polling, now.elapsed),
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
    pub fn from_history(history: KeyHistory, now: &Now) -> Self {
        let mut key = Self::default();
        key.load_history(history, now, &Polling::default(), None, SignedDuration::ZERO, PollReason::First);
        key
    }

    /// Time until a person may ask.
    #[must_use]
    pub fn next_asked(&self, now: &Now) -> SignedDuration {
        let mut key = self.clone();
        key.plan(now.elapsed, PollReason::Refresh, &Polling::default(), now.elapsed);
        key.due.map_or(SignedDuration::ZERO, |(due, _)| due - now.elapsed)
    }

    /// Takes over what the history knows of the calls of all processes; true where there is a newer sample.
    fn take_over(&mut self, history: KeyHistory, now: &Now) -> bool {
        let KeyHistory { sample, others_use, calls, verdict, outcome_number, is_own, .. } = history;
        self.outcome_number = outcome_number;
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
        if verdict.at.is_some_and(|at| newest.is_none_or(|newest| newest <= at)) {
            if let Some(failure) = verdict.failure.as_ref().filter(|_| !is_own) {
                let outcome = RecordedOutcome::Failed(failure.kind());
                self.recent_polls.add_told(PollRecord { at: failure.at, outcome }, now);
            }
            self.apply_verdict(*verdict, now);
        }
        is_news
    }

    /// Takes over what another process has stored since this one was told last; true where there was a newer sample.
    pub(in crate::monitor) fn catch_up(&mut self, history: KeyHistory, now: &Now) -> bool {
        let is_news = !history.is_own && history.outcome_number > self.outcome_number;
        is_news && self.take_over(history, now)
    }

    fn apply_verdict(&mut self, verdict: KeyVerdict, now: &Now) {
        let KeyVerdict {
            failure,
            failures,
            refusal,
            refusals,
            unreachable_since,
            backoff,
            header_limits,
            day_used_up_until,
            ..
        } = verdict;
        self.failures = failures;
        self.failed_at = failure.as_ref().map(|failure| now.elapsed_at(failure.at));
        self.failure = failure.as_ref().map(PastFailure::failure);
        self.refusal = refusal.map(|refusal| refusal.map(|at| now.elapsed_at(*at)));
        self.refusals = refusals.map(|streak| streak.map(|at| now.elapsed_at(at)));
        self.unreachable_since = unreachable_since.map(|since| now.elapsed_at(since));
        self.backoff = backoff.map(|backoff| backoff.map(|at| now.elapsed + at.duration_since(now.wall)));
        self.header_limits = header_limits;
        self.day_used_up_until = day_used_up_until;
        self.status = self.status_by_calls();
    }

    /// Verdict since its newest sample, for all processes.
    #[must_use]
    pub fn verdict(&self, now: &Now) -> KeyVerdict {
        let wall = |moment: &Elapsed| now.wall_at(*moment);
        let failed = self.failure.as_ref().zip(self.failed_at);
        KeyVerdict {
            at: Some(now.wall),
            failure: failed.map(|(failure, at)| PastFailure::new(failure, wall(&at))),
            failures: self.failures,
            refusal: self.refusal.as_ref().map(|refusal| refusal.map(wall)),
            refusals: self.refusals.map(|streak| streak.map(|at| wall(&at))),
            unreachable_since: self.unreachable_since.as_ref().map(wall),
            backoff: self.backoff.map(|backoff| backoff.map(|at| wall(&at))),
            header_limits: self.header_limits,
            day_used_up_until: self.day_used_up_until,
        }
    }

    /// Takes in what another process that polls the key until `until` has stored, and plans the next look. True where
    /// there was a newer answer.
    pub fn follow(
        &mut self,
        history: KeyHistory,
        until: Timestamp,
        polling: &Polling,
        reserve_percent: f64,
        now: &Now,
        random: &mut fastrand::Rng,
    ) -> bool {
        let is_news = self.take_over(history, now);
        let interval = self.update_poll_interval(polling, now.elapsed);
        if is_news && self.spares_reserve(interval, polling, reserve_percent, now, random) {
            return true;
        }
        let expected = self.sampled_at.unwrap_or(now.elapsed) + interval;
        self.plan(lease::follow_at(expected, is_news, until, now), PollReason::Follow, polling, now.elapsed);
        is_news
    }

    /// Takes in what another process has stored of a key that is not known here, and plans the next look. True where there
    /// was a newer answer.
    pub fn observe(&mut self, history: KeyHistory, is_polled: bool, polling: &Polling, now: &Now) -> bool {
        let is_news = self.take_over(history, now);
        self.update_poll_interval(polling, now.elapsed);
        let reason = if is_polled { PollReason::Follow } else { PollReason::NotPolled };
        self.due = Some((now.elapsed + lease::OBSERVE_GAP, reason));
        is_news
    }

    /// Takes in that no permit was given for the poll that was due with this reason; what the history knows tells why, or
    /// brings what another process was answered. True where there was a newer sample.
    pub fn permit_denied(&mut self, history: KeyHistory, reason: PollReason, polling: &Polling, now: &Now) -> bool {
        let number = self.outcome_number;
        let is_news = self.take_over(history, now);
        let interval = self.update_poll_interval(polling, now.elapsed);
        if self.outcome_number != number && self.failure.is_none() {
            let sampled_at = self.sampled_at.unwrap_or(now.elapsed);
            self.plan(sampled_at + interval, PollReason::Interval, polling, now.elapsed);
        } else {
            let reason = if reason == PollReason::First { PollReason::Interval } else { reason };
            self.plan(now.elapsed + FOLLOW_GAP, reason, polling, now.elapsed);
        }
        is_news
    }
}
