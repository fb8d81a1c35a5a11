//! What is known of one key, and when it is asked for next.

mod clock;
mod memory;

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::activity::KeyActivity;
use super::effect::Lease;
use super::leave::{self, LeaveRequest, Purpose, Terms};
use super::ledger::{Ledger, MINUTE};
use super::refusals::RefusalStreak;
use super::report::{NextPoll, Pace, PaceLimit, PollReason};
use super::schedule;
use super::settings::Polling;
use super::standing::{Look, Setback};
use crate::domain::account::Account;
use crate::domain::failure::{PollFailure, PollFailureKind};
use crate::domain::limit::Limit;
use crate::domain::quota::{Limits, Window, end_of_day};
use crate::domain::sample::Sample;
use crate::domain::status::{Flag, Status};
use crate::domain::time::{DAY, Now};
use crate::domain::usage::{Evidence, OthersUse, others_use};

/// Answers of ours whose time on the service's clock is kept, to know our own calls by.
const ANSWERS_KEPT: usize = 8;
/// The service's minute may begin this much before ours.
const MINUTE_SLACK: SignedDuration = SignedDuration::from_secs(2);

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
    pub failure: Option<PollFailure>,
    /// When it failed, on the elapsed clock.
    pub failed_at: Option<SignedDuration>,
    /// The refusals since it was accepted last.
    pub refusals: Option<RefusalStreak>,
    /// The service's verdict that stands (401, 402, 403), with its time on the elapsed clock. The last failure may be
    /// another.
    pub refusal: Option<Setback<SignedDuration>>,
    /// Since when the service has not been reached, on the elapsed clock.
    pub cut_off_since: Option<SignedDuration>,
    /// When the service answered last, whatever it said, on the elapsed clock.
    pub heard_at: Option<SignedDuration>,
    /// The last use by others.
    pub others_use: Option<OthersUse>,
    /// Until when the reminder that rotation is due soon was put off.
    pub snoozed_until: Option<Timestamp>,
    /// This product's own calls.
    pub ledger: Ledger,
    /// Whether the history has told what it knows, so that polling may start.
    pub recalled: bool,
    /// Whether the first poll of this run is still to come, so that what is known is from before.
    pub awaits_first: bool,
    /// The number of the poll under way.
    pub in_flight: Option<u64>,
    /// When the last poll began, on the elapsed clock.
    pub asked_at: Option<SignedDuration>,
    /// When the next poll is, on the elapsed clock, and why.
    pub due: Option<(SignedDuration, PollReason)>,
    /// When the history was last asked for the balances after a poll, on the elapsed clock.
    pub balances_asked_at: Option<SignedDuration>,
    /// Who uses it for what.
    pub activity: KeyActivity,
    /// What timed polls wait for, on the elapsed clock.
    pub(super) look: Option<Look<SignedDuration>>,
    /// The number of the last outcome of another process that is known.
    known: u64,
    /// Limits that failures told since the newest sample.
    told: Limits,
    /// Until when no request is left, by such a failure: the end of the day.
    day_used_up_until: Option<Timestamp>,
    /// Whether another process is asking, so that its answer is to be had in a moment.
    is_under_way: bool,
    pace: Option<Pace>,
    failures: u32,
    answered: VecDeque<Timestamp>,
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
            cut_off_since: None,
            heard_at: None,
            others_use: None,
            snoozed_until: None,
            ledger: Ledger::default(),
            recalled: false,
            awaits_first: false,
            in_flight: None,
            asked_at: None,
            due: None,
            balances_asked_at: None,
            activity: KeyActivity::default(),
            look: None,
            known: 0,
            told: Limits::default(),
            day_used_up_until: None,
            is_under_way: false,
            pace: None,
            failures: 0,
            answered: VecDeque::new(),
        }
    }
}

impl KeyState {
    /// The limits of the key, as far as they are known.
    pub(super) fn terms(&self) -> Terms {
        Terms::new(self.sample.as_ref().map(Sample::limits), self.told)
    }

    /// The limits of the key; `None` while they are not all known.
    pub(super) fn limits(&self) -> Option<Limits> {
        self.terms().limits()
    }

    /// The newest sample's body.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.sample.as_ref().map(|sample| &sample.account)
    }

    /// What is asked for before the poll that is due with this reason.
    #[must_use]
    pub fn leave_request(&self, reason: PollReason, polling: &Polling, now: &Now) -> LeaveRequest {
        let purpose = Purpose::from(reason);
        let known = (purpose != Purpose::Asked).then_some(self.known);
        LeaveRequest { purpose, share: polling.share, known, lease: Some(self.lease(reason, polling, now)) }
    }

    /// The regular interval, as it was found with the newest sample.
    #[must_use]
    pub fn pace(&self, polling: &Polling) -> Pace {
        self.pace.unwrap_or(Pace { interval: polling.interval, limit: PaceLimit::Target })
    }

    /// Finds the regular interval anew.
    fn set_pace(&mut self, polling: &Polling, now: SignedDuration) -> SignedDuration {
        let pace = self.activity.pace(self.limits(), &self.ledger, polling, now);
        self.pace = Some(pace);
        pace.interval
    }

    /// Whether the newest sample is what the last call of any process brought. After a call that failed it says
    /// nothing of the key as it is now.
    fn is_last_call_answered(&self) -> bool {
        self.sampled_at.is_some_and(|sampled| self.ledger.last().is_none_or(|call| call <= sampled))
    }

    /// Plans a poll, not before the shares of the day and the minute allow it, and what it has to wait for is over.
    pub fn plan(&mut self, due: SignedDuration, reason: PollReason, polling: &Polling, now: SignedDuration) {
        if self.is_under_way {
            self.due = Some((due, reason));
            return;
        }
        let purpose = Purpose::from(reason);
        let (by_minute, further) = self.terms().allow_from(purpose, polling.share, &self.ledger, now);
        let mut planned = (due.max(by_minute), reason);
        let look = self.look.filter(|look| leave::holds_back(look, purpose, now));
        for (at, reason) in look.map(|look| (look.at, look.reason)).into_iter().chain(further) {
            if at > planned.0 {
                planned = (at, reason);
            }
        }
        self.due = Some(planned);
    }

    /// Plans a poll at once for the operator, or as soon as the limits allow.
    pub fn refresh(&mut self, polling: &Polling, now: SignedDuration) {
        if self.in_flight.is_some() || !self.recalled {
            return;
        }
        if self.is_confirming() {
            return;
        }
        let gap = self.ledger.last().map_or(now, |last| last + schedule::REFRESH_GAP);
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
        self.answered_at(sample.server_clock);
        self.others_use = self.others_use_after(&sample, now);
        self.accept(sample, now.elapsed);
        let interval = self.set_pace(polling, now.elapsed);
        if !self.saves_requests(interval, polling, reserve_percent, now, random) {
            self.plan(now.elapsed + interval, PollReason::Interval, polling, now.elapsed);
        }
    }

    /// Pauses timed polls while few requests of the day are left; tells whether that is so.
    fn saves_requests(
        &mut self,
        interval: SignedDuration,
        polling: &Polling,
        reserve_percent: f64,
        now: &Now,
        random: &mut fastrand::Rng,
    ) -> bool {
        let saves = self.daily_limit(reserve_percent, now.wall).is_some();
        if saves {
            let at = now.elapsed + schedule::reserve(interval, now.wall, random);
            self.look = Some(Look { at, reason: PollReason::Reserve, is_spent: false });
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
        self.cut_off_since = None;
        self.look = None;
        self.told = Limits::default();
        self.day_used_up_until = None;
        self.heard_at = Some(sampled_at);
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
        Lease { duration: self.pace(polling).interval + schedule::LEASE_SLACK, yields }
    }

    /// Takes in a failure and plans the next try. Answers whether the sources of the key should be asked
    /// again: the service refuses it, and it may have been replaced.
    pub fn fail(&mut self, failure: PollFailure, polling: &Polling, now: &Now, random: &mut fastrand::Rng) -> bool {
        self.answered_at(failure.server_clock);
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now.elapsed);
        if failure.kind().is_outage() {
            self.cut_off_since = self.cut_off_since.or(Some(now.elapsed));
        } else {
            self.cut_off_since = None;
            self.heard_at = Some(now.elapsed);
        }
        let kind = failure.kind();
        let refused = kind == PollFailureKind::Unauthorized;
        if refused {
            self.refusals = Some(RefusalStreak::after(self.refusals, self.asked_at.unwrap_or(now.elapsed)));
        } else if kind.is_verdict() {
            self.refusals = None;
        }
        let refusals = self.refusals.map_or(0, |streak| streak.count);
        let confirmed = !refused || refusals > 1;
        if confirmed && kind.is_verdict() {
            self.refusal = Some(Setback::new(&failure, now.elapsed));
        }
        let (wait, reason) = match kind {
            PollFailureKind::Unauthorized if confirmed => (schedule::refused(refusals), PollReason::Refused),
            PollFailureKind::Unauthorized => (schedule::CONFIRMATION, PollReason::Confirmation),
            PollFailureKind::Forbidden => (schedule::FORBIDDEN, PollReason::Backoff),
            PollFailureKind::RateLimited => {
                (schedule::rate_limited(failure.retry_after, self.failures, random), PollReason::RateLimited)
            }
            _ => (schedule::backoff(self.failures, random), PollReason::Backoff),
        };
        self.learn_limits(&failure, now.wall);
        let thrift = schedule::thrift(self.limits(), &self.ledger, polling, now.elapsed);
        let wait = if is_timed(reason) { wait.max(thrift) } else { wait };
        let pause = self.look.filter(|look| outlasts(look.reason, &failure));
        self.wait_for(now.elapsed + wait, reason, failure.retry_after, now.elapsed);
        self.look = self.look.map(|look| pause.map_or(look, |pause| look.not_before(&pause)));
        self.failure = Some(failure);
        self.status = self.status_by_calls();
        if let Some(look) = self.look {
            self.plan(look.at, look.reason, polling, now.elapsed);
        }
        refused
    }

    /// What the calls so far say of the key: the service's refusal, whatever became of the way to it since; else the last
    /// failure, unless that is a refusal still to be confirmed.
    fn status_by_calls(&self) -> Status {
        let unconfirmed = self.look.is_some_and(|look| look.reason == PollReason::Confirmation);
        let failed = self.failure.as_ref().map(PollFailure::kind).filter(|_| !unconfirmed);
        let refused = self.refusal.as_ref().map(Setback::kind).filter(|kind| kind.is_refusal());
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
        let is_spent = self.look.is_some_and(|look| look.is_spent && look.at > now);
        let asked = asked.map(|asked| now + asked.min(schedule::RETRY_AFTER_MAX));
        let look = Look { at, reason, is_spent };
        let asked = asked.map(|at| Look { at, reason: PollReason::RateLimited, is_spent });
        self.look = Some(asked.map_or(look, |asked| look.not_before(&asked)));
    }

    /// Takes over the limits that the headers of a failure told.
    fn learn_limits(&mut self, failure: &PollFailure, now: Timestamp) {
        let Limits { per_minute, per_day, is_day_used_up } = failure.limits;
        self.told.per_minute = per_minute.or(self.told.per_minute);
        self.told.per_day = per_day.or(self.told.per_day);
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
        let age_max = (self.pace(polling).interval * 2).max(stale_after);
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
        let pace = self.pace(polling);
        match self.due {
            Some((_, reason)) if paused && is_timed(reason) => NextPoll { at: None, reason: PollReason::Paused, pace },
            Some((_, PollReason::NoLedger)) => NextPoll { at: None, reason: PollReason::NoLedger, pace },
            Some((due, reason)) => NextPoll { at: Some(now.wall_at(due)), reason, pace },
            None => NextPoll { at: None, reason: PollReason::First, pace },
        }
    }

    /// Requests of the minute and of the day of `now`; none of the day's are left once a failure told so. What a sample told
    /// of a minute or of a day that is over says nothing of this one.
    #[must_use]
    pub fn windows(&self, now: &Now) -> (Window, Window) {
        let own = |window, is_current: bool| {
            let end = self.sampled_at.filter(|_| is_current).unwrap_or(now.elapsed);
            self.ledger.count(window, end)
        };
        let is_minute = self.sampled_at.is_some_and(|sampled| now.elapsed - sampled < MINUTE);
        let is_today = self.is_of_day(now.wall);
        let (own_minute, own_day) = (own(MINUTE, is_minute), own(DAY, is_today));
        let (mut minute, mut day) = match &self.sample {
            Some(sample) => sample.windows(own_minute, own_day),
            None => (Window { own: own_minute, ..Window::default() }, Window { own: own_day, ..Window::default() }),
        };
        if !is_minute {
            minute = minute.over(own_minute);
        }
        if !is_today {
            day = day.over(own_day);
        }
        if self.is_day_used_up(now.wall) {
            let limit = self.told.per_day.map_or(day.limit, Limit::Of);
            day = Window { limit, remaining: Some(0), is_over: false, ..day };
        }
        (minute, day)
    }

    /// Whether a failure since the newest sample told that no request of this day is left.
    fn is_day_used_up(&self, now: Timestamp) -> bool {
        self.day_used_up_until.is_some() && self.day_used_up_until == end_of_day(now)
    }

    /// Asks at once again after the network came back; tells whether there is something to ask.
    pub fn retry_after_outage(&mut self, wait: SignedDuration, polling: &Polling, now: SignedDuration) -> bool {
        let is_due = self.cut_off_since.is_some() && self.in_flight.is_none();
        if is_due {
            self.look = self.look.filter(|look| look.reason != PollReason::Backoff);
            self.plan(now + wait, PollReason::Backoff, polling, now);
        }
        is_due
    }

    /// Whether the service said last that the account is out of credits.
    #[must_use]
    pub fn is_out_of_credits(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.kind() == PollFailureKind::CreditsOut)
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

    pub(super) fn answered_at(&mut self, server_clock: Option<Timestamp>) {
        self.answered.extend(server_clock);
        while self.answered.len() > ANSWERS_KEPT {
            self.answered.pop_front();
        }
    }

    fn others_use_after(&self, sample: &Sample, now: &Now) -> Option<OthersUse> {
        let skew = sample.clock_skew().unwrap_or_default();
        let entered = self.ledger.iter().filter_map(|call| now.wall_at(call).checked_add(skew).ok());
        let own_calls: Vec<_> = entered.chain(self.answered.iter().copied()).collect();
        let evidence = Evidence {
            last_used_at: sample.account.last_used_at,
            own_calls: &own_calls,
            counters_fell: self.counters_fell(sample, now.elapsed),
            sampled_at: sample.at,
        };
        others_use(self.others_use, &evidence)
    }

    /// Whether more requests were counted than we made. The limits are counted for each key alone; credits
    /// may be shared by all keys of an account, so their fall says nothing of this key.
    fn counters_fell(&self, sample: &Sample, now: SignedDuration) -> bool {
        let (minute, _) = sample.windows(0, 0);
        let own = self.ledger.count(MINUTE + sample.latency + MINUTE_SLACK, now);
        let in_this_minute = minute.used().is_some_and(|used| used > own);
        let since_last = self.sample.as_ref().zip(self.sampled_at).is_some_and(|(last, sampled)| {
            let fall =
                last.quota.day_remaining.zip(sample.quota.day_remaining).map(|(then, now)| then.saturating_sub(now));
            let fall = fall.and_then(|fall| u64::try_from(fall).ok());
            fall.is_some_and(|fall| fall > self.ledger.count(now - sampled, now))
        });
        in_this_minute || since_last
    }
}

/// Whether timed polls go on waiting for this after a failure: until the service accepts the key, or names another time.
/// Its verdict on the key is worth another look while few requests of the day are left.
fn outlasts(reason: PollReason, failure: &PollFailure) -> bool {
    let is_named_anew = failure.kind() == PollFailureKind::RateLimited && failure.retry_after.is_some();
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
