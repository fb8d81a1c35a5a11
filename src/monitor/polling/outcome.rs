//! The outcome of a poll: what it says of the key, and when the next one is.

use jiff::SignedDuration;

use super::backoff::Backoff;
use super::budget::{self, Polling};
use super::confirmation::{CONFIRMATION, RefusalStreak};
use super::delays;
use super::key::KeyState;
use super::key_verdict::PastFailure;
use super::reason::PollReason;
use super::reserve;
use super::retry_after;
use crate::domain::backoff::backoff;
use crate::domain::error::{PollError, PollErrorKind};
use crate::domain::poll_record::{PollRecord, RecordedOutcome};
use crate::domain::sample::Sample;
use crate::domain::time::Now;

impl KeyState {
    /// Takes in a good answer and plans the next poll.
    pub fn succeed(
        &mut self,
        sample: Sample,
        polling: &Polling,
        reserve_percent: f64,
        now: &Now,
        random: &mut fastrand::Rng,
    ) {
        self.note_server_clock(sample.server_clock);
        self.others_use = self.others_use_after(&sample, now);
        self.accept(sample, now.elapsed);
        let interval = self.update_poll_interval(polling, now.elapsed);
        if !self.spares_reserve(interval, polling, reserve_percent, now, random) {
            self.plan(now.elapsed + interval, PollReason::Interval, polling, now.elapsed);
        }
    }

    /// Pauses timed polls while few requests of the day are left; true where that is so.
    pub(super) fn spares_reserve(
        &mut self,
        interval: SignedDuration,
        polling: &Polling,
        reserve_percent: f64,
        now: &Now,
        random: &mut fastrand::Rng,
    ) -> bool {
        let saves = self.daily_limit(reserve_percent, now.wall).is_some();
        if saves {
            let at = now.elapsed + reserve::reserve_backoff(interval, now.wall, random);
            self.backoff = Some(Backoff { until: at, reason: PollReason::Reserve, is_spent: false });
            self.plan(at, PollReason::Reserve, polling, now.elapsed);
        }
        saves
    }

    /// Takes in a failure and plans the next try. True where the sources of the key should be asked
    /// again: the service refuses it, and it may have been replaced.
    pub fn fail(&mut self, failure: PollError, polling: &Polling, now: &Now, random: &mut fastrand::Rng) -> bool {
        self.note_server_clock(failure.server_clock);
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now.elapsed);
        if failure.kind().is_outage() {
            self.unreachable_since = self.unreachable_since.or(Some(now.elapsed));
        } else {
            self.unreachable_since = None;
            self.last_answer_at = Some(now.elapsed);
        }
        let kind = failure.kind();
        self.recent_polls.add(PollRecord { at: now.elapsed, outcome: RecordedOutcome::Failed(kind) });
        let refused = kind == PollErrorKind::Unauthorized;
        if refused {
            self.refusals = Some(RefusalStreak::after(self.refusals, self.asked_at.unwrap_or(now.elapsed)));
        } else if kind.is_verdict() {
            self.refusals = None;
        }
        let streak = self.refusals.filter(|_| refused);
        let confirmed = streak.is_none_or(RefusalStreak::is_confirmed);
        if confirmed && kind.is_verdict() {
            self.refusal = Some(PastFailure::new(&failure, now.elapsed));
        }
        let (wait, reason) = match kind {
            PollErrorKind::Unauthorized => {
                let reason = if confirmed { PollReason::Refused } else { PollReason::Confirmation };
                (streak.map_or(CONFIRMATION, RefusalStreak::backoff), reason)
            }
            PollErrorKind::Forbidden => (delays::FORBIDDEN, PollReason::Backoff),
            PollErrorKind::RateLimited => {
                (retry_after::retry_after(failure.retry_after, self.failures, random), PollReason::RateLimited)
            }
            _ => (backoff(self.failures, random), PollReason::Backoff),
        };
        self.learn_limits(&failure, now.wall);
        let budget = budget::budget_backoff(self.limits(), &self.request_log, polling, now.elapsed);
        let wait = if reason.is_timed() { wait.max(budget) } else { wait };
        let pause = self.backoff.filter(|backoff| backoff.outlasts(&failure));
        self.wait_for(now.elapsed + wait, reason, failure.retry_after, now.elapsed);
        self.backoff = self.backoff.map(|backoff| pause.map_or(backoff, |pause| backoff.not_before(&pause)));
        self.failure = Some(failure);
        self.status = self.status_by_calls();
        if let Some(backoff) = self.backoff {
            self.plan(backoff.until, backoff.reason, polling, now.elapsed);
        }
        refused
    }
}
