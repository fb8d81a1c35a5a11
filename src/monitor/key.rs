//! What is known of one key, and when it is asked for next.

mod clock;
mod history;

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::delays;
use super::effect::Lease;
use super::key_verdict::{Backoff, PastFailure};
use super::quota::{self, CallPurpose, KnownLimits, PermitRequest};
use super::refusals::streak::RefusalStreak;
use super::request_log::{MINUTE, RequestLog};
use super::settings::Polling;
use super::snapshot::{IntervalLimit, NextPoll, PollInterval, PollReason};
use crate::domain::account::Account;
use crate::domain::api_key::Fingerprint;
use crate::domain::error::{PollError, PollErrorKind};
use crate::domain::last_use::{ExternalUse, LastUsedEvidence, external_use};
use crate::domain::limit::Limit;
use crate::domain::quota::{QuotaWindow, RequestLimits, end_of_day};
use crate::domain::sample::Sample;
use crate::domain::status::{Flag, Status};
use crate::domain::time::{DAY, Now};

/// Answers of ours whose time on the service's clock is kept, to know our own calls by.
const ANSWERS_KEPT: usize = 8;
/// The service's minute may begin this much before ours.
const MINUTE_SLACK: SignedDuration = SignedDuration::from_secs(2);

/// The keys that are polled.
pub type Keys = BTreeMap<Fingerprint, KeyState>;

/// One key, by whichever environments it is held.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct KeyState {
    /// What the last poll says; [`Status::Waiting`] before the first.
    pub status: Status,
    /// Whether the service ever accepted it.
    pub accepted: bool,
    /// The newest good answer.
    pub sample: Option<Sample>,
    /// When that came, on the elapsed clock.
    pub sampled_at: Option<SignedDuration>,
    /// How far the clock on the wall was set since then.
    clock_set: SignedDuration,
    /// Why the last poll failed, if it did.
    pub failure: Option<PollError>,
    /// When it failed, on the elapsed clock.
    pub failed_at: Option<SignedDuration>,
    /// The refusals since it was accepted last.
    pub refusals: Option<RefusalStreak>,
    /// The service's verdict that stands (401, 402, 403), with its time on the elapsed clock. The last failure may be
    /// another.
    pub refusal: Option<PastFailure<SignedDuration>>,
    /// Since when the service has not been reached, on the elapsed clock.
    pub unreachable_since: Option<SignedDuration>,
    /// When the service answered last, whatever it said, on the elapsed clock.
    pub last_answer_at: Option<SignedDuration>,
    /// The last use by others.
    pub others_use: Option<ExternalUse>,
    /// Until when the reminder that rotation is due soon was put off.
    pub snoozed_until: Option<Timestamp>,
    /// This product's own calls.
    pub request_log: RequestLog,
    /// Whether the history has told what it knows, so that polling may start.
    pub is_history_loaded: bool,
    /// Whether the first poll of this run is still to come, so that what is known is from before.
    pub awaits_first: bool,
    /// The number of the poll under way.
    pub in_flight: Option<u64>,
    /// When the last poll began, on the elapsed clock.
    pub asked_at: Option<SignedDuration>,
    /// When the next poll is, on the elapsed clock, and why.
    pub due: Option<(SignedDuration, PollReason)>,
    /// True while usage scans take a part of the share.
    pub scans_usage: bool,
    /// What timed polls wait for, on the elapsed clock.
    pub(super) backoff: Option<Backoff<SignedDuration>>,
    /// The number of the last outcome of another process that is known.
    outcome_number: u64,
    /// Limits that failures told since the newest sample.
    header_limits: RequestLimits,
    /// Until when no request is left, by such a failure: the end of the day.
    day_used_up_until: Option<Timestamp>,
    /// Whether another process is asking, so that its answer is to be had in a moment.
    is_under_way: bool,
    poll_interval: Option<PollInterval>,
    failures: u32,
    answer_clocks: VecDeque<Timestamp>,
}

impl Default for KeyState {
    fn default() -> Self {
        Self {
            status: Status::Waiting,
            accepted: false,
            sample: None,
            sampled_at: None,
            clock_set: SignedDuration::ZERO,
            failure: None,
            failed_at: None,
            refusals: None,
            refusal: None,
            unreachable_since: None,
            last_answer_at: None,
            others_use: None,
            snoozed_until: None,
            request_log: RequestLog::default(),
            is_history_loaded: false,
            awaits_first: false,
            in_flight: None,
            asked_at: None,
            due: None,
            scans_usage: false,
            backoff: None,
            outcome_number: 0,
            header_limits: RequestLimits::default(),
            day_used_up_until: None,
            is_under_way: false,
            poll_interval: None,
            failures: 0,
            answer_clocks: VecDeque::new(),
        }
    }
}

impl KeyState {
    /// The limits of the key, as far as they are known.
    pub(super) fn known_limits(&self) -> KnownLimits {
        KnownLimits::new(self.sample.as_ref().map(Sample::limits), self.header_limits)
    }

    /// The limits of the key; `None` while they are not all known.
    pub(super) fn limits(&self) -> Option<RequestLimits> {
        self.known_limits().limits()
    }

    /// The newest sample's body.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.sample.as_ref().map(|sample| &sample.account)
    }

    /// What is asked for before the poll that is due with this reason.
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

    /// The regular interval, as it was found with the newest sample.
    #[must_use]
    pub fn poll_interval(&self, polling: &Polling) -> PollInterval {
        self.poll_interval.unwrap_or(PollInterval { interval: polling.interval, limit: IntervalLimit::Target })
    }

    /// Finds the regular interval anew.
    fn update_poll_interval(&mut self, polling: &Polling, now: SignedDuration) -> SignedDuration {
        let find = if self.scans_usage { delays::poll_interval_beside_usage } else { delays::poll_interval };
        let pace = find(self.limits(), &self.request_log, polling, now);
        self.poll_interval = Some(pace);
        pace.interval
    }

    /// Whether the newest sample is what the last call of any process brought. After a call that failed it says
    /// nothing of the key as it is now.
    fn is_last_call_answered(&self) -> bool {
        self.sampled_at.is_some_and(|sampled| self.request_log.last().is_none_or(|call| call <= sampled))
    }

    /// Plans a poll, not before the shares of the day and the minute allow it, and what it has to wait for is over.
    pub fn plan(&mut self, due: SignedDuration, reason: PollReason, polling: &Polling, now: SignedDuration) {
        if self.is_under_way {
            self.due = Some((due, reason));
            return;
        }
        let purpose = CallPurpose::from(reason);
        let (by_minute, further) = self.known_limits().permitted_from(purpose, polling.share, &self.request_log, now);
        let mut planned = (due.max(by_minute), reason);
        let look = self.backoff.filter(|look| quota::holds_back(look, purpose, now));
        for (at, reason) in look.map(|look| (look.until, look.reason)).into_iter().chain(further) {
            if at > planned.0 {
                planned = (at, reason);
            }
        }
        self.due = Some(planned);
    }

    /// Plans a poll at once for the operator, or as soon as the limits allow.
    pub fn refresh(&mut self, polling: &Polling, now: SignedDuration) {
        if self.in_flight.is_some() || !self.is_history_loaded {
            return;
        }
        if self.is_confirming() {
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

    /// Pauses timed polls while few requests of the day are left; tells whether that is so.
    fn spares_reserve(
        &mut self,
        interval: SignedDuration,
        polling: &Polling,
        reserve_percent: f64,
        now: &Now,
        random: &mut fastrand::Rng,
    ) -> bool {
        let saves = self.daily_limit(reserve_percent, now.wall).is_some();
        if saves {
            let at = now.elapsed + delays::reserve_backoff(interval, now.wall, random);
            self.backoff = Some(Backoff { until: at, reason: PollReason::Reserve, is_spent: false });
            self.plan(at, PollReason::Reserve, polling, now.elapsed);
        }
        saves
    }

    fn accept(&mut self, sample: Sample, sampled_at: SignedDuration) {
        self.status = Status::Active;
        self.accepted = true;
        self.failure = None;
        self.failures = 0;
        self.failed_at = None;
        self.refusals = None;
        self.refusal = None;
        self.unreachable_since = None;
        self.backoff = None;
        self.header_limits = RequestLimits::default();
        self.day_used_up_until = None;
        self.last_answer_at = Some(sampled_at);
        self.sampled_at = Some(sampled_at);
        self.clock_set = SignedDuration::ZERO;
        self.sample = Some(sample);
    }

    /// How the poll that is due with this reason is shared with other processes. After the clock was put back, what
    /// others store is dated before what is known here: an answer of our own puts that right.
    #[must_use]
    pub fn lease(&self, reason: PollReason, polling: &Polling, now: &Now) -> Lease {
        let is_regular =
            matches!(reason, PollReason::Interval | PollReason::Follow | PollReason::Reserve | PollReason::Budget);
        let yields = is_regular && self.sample.as_ref().is_none_or(|sample| sample.at <= now.wall);
        Lease { duration: self.poll_interval(polling).interval + delays::LEASE_SLACK, yields }
    }

    /// Takes in a failure and plans the next try. Answers whether the sources of the key should be asked
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
        let refused = kind == PollErrorKind::Unauthorized;
        if refused {
            self.refusals = Some(RefusalStreak::after(self.refusals, self.asked_at.unwrap_or(now.elapsed)));
        } else if kind.is_verdict() {
            self.refusals = None;
        }
        let refusals = self.refusals.map_or(0, |streak| streak.count);
        let confirmed = !refused || refusals > 1;
        if confirmed && kind.is_verdict() {
            self.refusal = Some(PastFailure::new(&failure, now.elapsed));
        }
        let (wait, reason) = match kind {
            PollErrorKind::Unauthorized if confirmed => (delays::refusal_backoff(refusals), PollReason::Refused),
            PollErrorKind::Unauthorized => (delays::CONFIRMATION, PollReason::Confirmation),
            PollErrorKind::Forbidden => (delays::FORBIDDEN, PollReason::Backoff),
            PollErrorKind::RateLimited => {
                (delays::retry_after(failure.retry_after, self.failures, random), PollReason::RateLimited)
            }
            _ => (delays::backoff(self.failures, random), PollReason::Backoff),
        };
        self.learn_limits(&failure, now.wall);
        let thrift = delays::budget_backoff(self.limits(), &self.request_log, polling, now.elapsed);
        let wait = if is_timed(reason) { wait.max(thrift) } else { wait };
        let pause = self.backoff.filter(|look| outlasts(look.reason, &failure));
        self.wait_for(now.elapsed + wait, reason, failure.retry_after, now.elapsed);
        self.backoff = self.backoff.map(|look| pause.map_or(look, |pause| look.not_before(&pause)));
        self.failure = Some(failure);
        self.status = self.status_by_calls();
        if let Some(look) = self.backoff {
            self.plan(look.until, look.reason, polling, now.elapsed);
        }
        refused
    }

    /// What the calls so far say of the key: the service's refusal, whatever became of the way to it since; else the last
    /// failure, unless that is a refusal still to be confirmed.
    fn status_by_calls(&self) -> Status {
        let unconfirmed = self.backoff.is_some_and(|look| look.reason == PollReason::Confirmation);
        let failed = self.failure.as_ref().map(PollError::kind).filter(|_| !unconfirmed);
        let refused = self.refusal.as_ref().map(PastFailure::kind).filter(|kind| kind.is_refusal());
        match refused.or(failed) {
            Some(kind) => Status::after_failure(kind, self.accepted),
            None if self.sample.is_some() || self.is_out_of_credits() => Status::Active,
            None => Status::Waiting,
        }
    }

    /// Holds timed polls back until then, or for as long as the service asked. A person who asked in spite of a pause has
    /// not another question free with the next.
    pub(super) fn wait_for(
        &mut self,
        at: SignedDuration,
        reason: PollReason,
        asked: Option<SignedDuration>,
        now: SignedDuration,
    ) {
        let is_spent = self.backoff.is_some_and(|look| look.is_spent && look.until > now);
        let asked = asked.map(|asked| now + asked.min(delays::RETRY_AFTER_MAX));
        let look = Backoff { until: at, reason, is_spent };
        let asked = asked.map(|at| Backoff { until: at, reason: PollReason::RateLimited, is_spent });
        self.backoff = Some(asked.map_or(look, |asked| look.not_before(&asked)));
    }

    /// Takes over the limits that the headers of a failure told.
    fn learn_limits(&mut self, failure: &PollError, now: Timestamp) {
        let RequestLimits { per_minute, per_day, is_day_used_up } = failure.limits;
        self.header_limits.per_minute = per_minute.or(self.header_limits.per_minute);
        self.header_limits.per_day = per_day.or(self.header_limits.per_day);
        if is_day_used_up {
            self.day_used_up_until = end_of_day(now);
        }
    }

    /// Whether the newest sample is not stale.
    #[must_use]
    pub fn is_fresh(&self, stale_after: SignedDuration, polling: &Polling, now: SignedDuration) -> bool {
        self.fresh_until(stale_after, polling).is_some_and(|until| now <= until)
    }

    /// Until when the newest sample is not stale, on the elapsed clock.
    #[must_use]
    pub fn fresh_until(&self, stale_after: SignedDuration, polling: &Polling) -> Option<SignedDuration> {
        let age_max = (self.poll_interval(polling).interval * 2).max(stale_after);
        self.sampled_at.map(|sampled| sampled + age_max)
    }

    /// Whether a first refusal waits to be confirmed.
    #[must_use]
    pub fn is_confirming(&self) -> bool {
        matches!(self.due, Some((_, PollReason::Confirmation)))
    }

    /// When the next poll is, for people.
    #[must_use]
    pub fn next_poll(&self, polling: &Polling, paused: bool, now: &Now) -> NextPoll {
        let pace = self.poll_interval(polling);
        match self.due {
            Some((_, reason)) if paused && is_timed(reason) => {
                NextPoll { at: None, reason: PollReason::Paused, poll_interval: pace }
            }
            Some((_, PollReason::NoRequestLog)) => {
                NextPoll { at: None, reason: PollReason::NoRequestLog, poll_interval: pace }
            }
            Some((due, reason)) => NextPoll { at: Some(now.wall_at(due)), reason, poll_interval: pace },
            None => NextPoll { at: None, reason: PollReason::First, poll_interval: pace },
        }
    }

    /// Requests of the minute and of the day of `now`; none of the day's are left once a failure told so. What a sample told
    /// of a minute or of a day that is over says nothing of this one.
    #[must_use]
    pub fn windows(&self, now: &Now) -> (QuotaWindow, QuotaWindow) {
        let own = |window, is_current: bool| {
            let end = self.sampled_at.filter(|_| is_current).unwrap_or(now.elapsed);
            self.request_log.count(window, end)
        };
        let is_minute = self.sampled_at.is_some_and(|sampled| now.elapsed - sampled < MINUTE);
        let is_today = self.is_of_day(now.wall);
        let (own_minute, own_day) = (own(MINUTE, is_minute), own(DAY, is_today));
        let (mut minute, mut day) = match &self.sample {
            Some(sample) => sample.windows(own_minute, own_day),
            None => (
                QuotaWindow { own: own_minute, ..QuotaWindow::default() },
                QuotaWindow { own: own_day, ..QuotaWindow::default() },
            ),
        };
        if !is_minute {
            minute = minute.over(own_minute);
        }
        if !is_today {
            day = day.over(own_day);
        }
        if self.is_day_used_up(now.wall) {
            let limit = self.header_limits.per_day.map_or(day.limit, Limit::Of);
            day = QuotaWindow { limit, remaining: Some(0), is_over: false, ..day };
        }
        (minute, day)
    }

    /// Whether a failure since the newest sample told that no request of this day is left.
    fn is_day_used_up(&self, now: Timestamp) -> bool {
        self.day_used_up_until.is_some() && self.day_used_up_until == end_of_day(now)
    }

    /// Asks at once again after the network came back; tells whether there is something to ask.
    pub fn retry_after_outage(&mut self, wait: SignedDuration, polling: &Polling, now: SignedDuration) -> bool {
        let is_due = self.unreachable_since.is_some() && self.in_flight.is_none();
        if is_due {
            self.backoff = self.backoff.filter(|look| look.reason != PollReason::Backoff);
            self.plan(now + wait, PollReason::Backoff, polling, now);
        }
        is_due
    }

    /// Whether the service said last that the account is out of credits.
    #[must_use]
    pub fn is_out_of_credits(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.kind() == PollErrorKind::CreditsOut)
    }

    /// Whether the day's requests are used up, or fewer than `percent` of them are left, as far as the headers tell. What
    /// was left of another day says nothing of this one.
    #[must_use]
    pub fn daily_limit(&self, percent: f64, now: Timestamp) -> Option<Flag> {
        if self.is_day_used_up(now) {
            return Some(Flag::DailyLimitReached);
        }
        let sample = self.sample.as_ref().filter(|_| self.is_of_day(now))?;
        let (_, day) = sample.windows(0, 0);
        if day.is_used_up() {
            Some(Flag::DailyLimitReached)
        } else {
            day.remaining_percent().is_some_and(|left| left < percent).then_some(Flag::DailyLimitNear)
        }
    }

    pub(super) fn note_server_clock(&mut self, server_clock: Option<Timestamp>) {
        self.answer_clocks.extend(server_clock);
        while self.answer_clocks.len() > ANSWERS_KEPT {
            self.answer_clocks.pop_front();
        }
    }

    fn others_use_after(&self, sample: &Sample, now: &Now) -> Option<ExternalUse> {
        let skew = sample.clock_skew().unwrap_or_default();
        let entered = self.request_log.iter().filter_map(|call| now.wall_at(call).checked_add(skew).ok());
        let own_calls: Vec<_> = entered.chain(self.answer_clocks.iter().copied()).collect();
        let evidence = LastUsedEvidence {
            last_used_at: sample.account.last_used_at,
            own_calls: &own_calls,
            counters_fell: self.counters_fell(sample, now.elapsed),
            sampled_at: sample.at,
        };
        external_use(self.others_use, &evidence)
    }

    /// Whether more requests were counted than we made. The limits are counted for each key alone; credits
    /// may be shared by all keys of an account, so their fall says nothing of this key.
    fn counters_fell(&self, sample: &Sample, now: SignedDuration) -> bool {
        let (minute, _) = sample.windows(0, 0);
        let own = self.request_log.count(MINUTE + sample.latency + MINUTE_SLACK, now);
        let in_this_minute = minute.used().is_some_and(|used| used > own);
        let since_last = self.sample.as_ref().zip(self.sampled_at).is_some_and(|(last, sampled)| {
            let fall =
                last.quota.day_remaining.zip(sample.quota.day_remaining).map(|(then, now)| then.saturating_sub(now));
            let fall = fall.and_then(|fall| u64::try_from(fall).ok());
            fall.is_some_and(|fall| fall > self.request_log.count(now - sampled, now))
        });
        in_this_minute || since_last
    }
}

/// Whether timed polls go on waiting for this after a failure: until the service accepts the key, or names another time.
/// Its verdict on the key is worth another look while few requests of the day are left.
fn outlasts(reason: PollReason, failure: &PollError) -> bool {
    let is_named_anew = failure.kind() == PollErrorKind::RateLimited && failure.retry_after.is_some();
    match reason {
        PollReason::RateLimited => !is_named_anew,
        PollReason::Reserve => !is_named_anew && !failure.kind().is_refusal(),
        _ => false,
    }
}

/// Whether the operator's pause holds a poll back.
#[must_use]
pub fn is_timed(reason: PollReason) -> bool {
    !matches!(reason, PollReason::Refresh | PollReason::Confirmation | PollReason::Probe)
}
