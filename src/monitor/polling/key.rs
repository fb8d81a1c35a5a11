//! Facts of one key: its newest sample, its failures and refusals since, the calls with it, and its next poll.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::backoff::Backoff;
use super::budget::Polling;
use super::confirmation::RefusalStreak;
use super::interval::PollInterval;
use super::key_verdict::PastFailure;
use super::permit::KnownLimits;
use super::reason::PollReason;
use super::recent_polls::RecentPolls;
use super::request_log::{MINUTE, RequestLog};
use super::staleness;
use crate::domain::account::Account;
use crate::domain::api_key::Fingerprint;
use crate::domain::error::{PollError, PollErrorKind};
use crate::domain::last_use::{ExternalUse, LastUsedEvidence, external_use};
use crate::domain::limit::Limit;
use crate::domain::poll_record::{PollRecord, RecordedOutcome};
use crate::domain::quota::{QuotaWindow, RequestLimits};
use crate::domain::sample::Sample;
use crate::domain::status::{Flag, Status};
use crate::domain::time::{DAY, Elapsed, Now, end_of_day};
use crate::monitor::tracked::Tracked;

/// Answers of ours whose time on the service's clock is kept, to know our own calls by.
const ANSWERS_KEPT: usize = 8;
/// The service's minute may begin this much before ours.
const MINUTE_SLACK: SignedDuration = SignedDuration::from_secs(2);

/// Keys that are polled, each with a mark of a change.
pub type KeyStates = BTreeMap<Fingerprint, Tracked<KeyState>>;

/// One key, by whichever environments it is held. Times are on the elapsed clock.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct KeyState {
    /// Status by the polls so far; [`Status::Waiting`] before the first.
    pub status: Status,
    /// True once the service has accepted it.
    pub accepted: bool,
    /// Newest good answer.
    pub sample: Option<Sample>,
    /// Time of that answer.
    pub sampled_at: Option<Elapsed>,
    /// Amount by which the clock on the wall was set since then.
    clock_set: SignedDuration,
    /// Failure of the last poll.
    pub failure: Option<PollError>,
    /// Time of that failure.
    pub failed_at: Option<Elapsed>,
    /// Refusals since it was accepted last.
    pub refusals: Option<RefusalStreak>,
    /// The service's verdict that stands (401, 402, 403). The last failure may be another.
    pub refusal: Option<PastFailure<Elapsed>>,
    /// Begin of the time for which the service has not been reached.
    pub unreachable_since: Option<Elapsed>,
    /// Last answer of the service, whatever it said.
    pub last_answer_at: Option<Elapsed>,
    /// Last use by others.
    pub others_use: Option<ExternalUse>,
    /// End of the time for which the reminder that rotation is due soon is put off.
    pub snoozed_until: Option<Timestamp>,
    /// This product's own calls.
    pub request_log: RequestLog,
    /// True for a key that another process polls, and of which no more than the fingerprint is known here.
    pub is_observed: bool,
    /// True once the history has told what it knows, so that polling may start.
    pub is_history_loaded: bool,
    /// True while the first poll of this run is still to come, so that what is known is from before.
    pub awaits_first: bool,
    /// The last polls.
    pub recent_polls: RecentPolls,
    /// Number of the poll under way.
    pub in_flight: Option<u64>,
    /// Begin of the last poll.
    pub asked_at: Option<Elapsed>,
    /// Time of the next poll, and its reason.
    pub due: Option<(Elapsed, PollReason)>,
    /// True while usage scans take a part of the share.
    pub scans_usage: bool,
    /// Wait of timed polls.
    pub(in crate::monitor) backoff: Option<Backoff<Elapsed>>,
    /// Number of the last outcome of another process that is known.
    pub(super) outcome_number: u64,
    /// Limits in the headers of failures since the newest sample.
    pub(super) header_limits: RequestLimits,
    /// End of the day in which no request is left, by such a failure.
    pub(super) day_used_up_until: Option<Timestamp>,
    /// True while another process polls, so that its answer is to be had in a moment.
    pub(super) is_under_way: bool,
    /// Regular interval, as it was found last.
    pub(super) poll_interval: Option<PollInterval>,
    /// Failures in a row.
    pub(super) failures: u32,
    /// Clocks of the service in its last answers to this process.
    pub(super) answer_clocks: VecDeque<Timestamp>,
}

impl KeyState {
    /// The limits of the key, as far as they are known.
    pub(in crate::monitor) fn known_limits(&self) -> KnownLimits {
        KnownLimits::new(self.sample.as_ref().map(Sample::limits), self.header_limits)
    }

    /// The limits of the key; `None` while they are not all known.
    pub(in crate::monitor) fn limits(&self) -> Option<RequestLimits> {
        self.known_limits().limits()
    }

    /// The newest sample's body.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.sample.as_ref().map(|sample| &sample.account)
    }

    /// The regular interval, as it was found with the newest sample.
    #[must_use]
    pub fn poll_interval(&self, polling: &Polling) -> PollInterval {
        self.poll_interval.unwrap_or_else(|| PollInterval::target(polling))
    }

    /// Takes in a good answer: all failures before it are past.
    pub(super) fn accept(&mut self, sample: Sample, sampled_at: Elapsed) {
        let outcome = RecordedOutcome::answered(sample.latency);
        self.recent_polls.add(PollRecord { at: sampled_at, outcome });
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

    /// Status by the calls so far: the service's refusal, whatever became of the way to it since; else the last
    /// failure, unless that is a refusal still to be confirmed.
    pub(super) fn status_by_calls(&self) -> Status {
        let unconfirmed = self.backoff.is_some_and(|backoff| backoff.reason == PollReason::Confirmation);
        let failed = self.failure.as_ref().map(PollError::kind).filter(|_| !unconfirmed);
        let refused = self.refusal.as_ref().map(PastFailure::kind).filter(|kind| kind.is_refusal());
        match refused.or(failed) {
            Some(kind) => Status::after_failure(kind, self.accepted),
            None if self.sample.is_some() || self.is_out_of_credits() => Status::Active,
            None => Status::Waiting,
        }
    }

    /// Takes over the limits that the headers of a failure told.
    pub(super) fn learn_limits(&mut self, failure: &PollError, now: Timestamp) {
        let RequestLimits { per_minute, per_day, is_day_used_up } = failure.limits;
        self.header_limits.per_minute = per_minute.or(self.header_limits.per_minute);
        self.header_limits.per_day = per_day.or(self.header_limits.per_day);
        if is_day_used_up {
            self.day_used_up_until = end_of_day(now);
        }
    }

    /// True while the newest sample is not stale.
    #[must_use]
    pub fn is_fresh(&self, stale_after: SignedDuration, polling: &Polling, now: Elapsed) -> bool {
        self.fresh_until(stale_after, polling).is_some_and(|until| now <= until)
    }

    /// Last moment at which the newest sample is not stale; `None` without one, and where nobody brings the next.
    #[must_use]
    pub fn fresh_until(&self, stale_after: SignedDuration, polling: &Polling) -> Option<Elapsed> {
        if matches!(self.due, Some((_, PollReason::NotPolled))) {
            return None;
        }
        let fresh_for = staleness::fresh_for(self.poll_interval(polling).interval, stale_after);
        self.sampled_at.map(|sampled| sampled + fresh_for)
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

    /// True where a failure since the newest sample told that no request of this day is left.
    fn is_day_used_up(&self, now: Timestamp) -> bool {
        self.day_used_up_until.is_some() && self.day_used_up_until == end_of_day(now)
    }

    /// True where the service said last that the account is out of credits.
    #[must_use]
    pub fn is_out_of_credits(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.kind() == PollErrorKind::CreditsOut)
    }

    /// Flag for a day whose requests are used up, or of which fewer than `percent` are left, as far as the headers tell. What
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

    pub(in crate::monitor) fn note_server_clock(&mut self, server_clock: Option<Timestamp>) {
        self.answer_clocks.extend(server_clock);
        while self.answer_clocks.len() > ANSWERS_KEPT {
            self.answer_clocks.pop_front();
        }
    }

    pub(super) fn others_use_after(&self, sample: &Sample, now: &Now) -> Option<ExternalUse> {
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

    /// True where more requests were counted than we made. The limits are counted for each key alone; credits
    /// may be shared by all keys of an account, so their fall says nothing of this key.
    fn counters_fell(&self, sample: &Sample, now: Elapsed) -> bool {
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

    /// True where the last call of any process brought the newest sample. After a call that failed that sample says
    /// nothing of the key as it is now.
    pub(super) fn is_last_call_answered(&self) -> bool {
        self.sampled_at.is_some_and(|sampled| self.request_log.last().is_none_or(|call| call <= sampled))
    }

    /// Takes note that the clock on the wall was set, forward or back.
    pub(in crate::monitor) fn clock_was_set(&mut self, by: SignedDuration) {
        self.clock_set = self.clock_set.saturating_add(by);
    }

    /// Time of the newest sample, by the clock on the wall as it stands now.
    #[must_use]
    pub fn polled_at(&self) -> Option<Timestamp> {
        let at = self.sample.as_ref()?.at;
        Some(at.saturating_add(self.clock_set).unwrap_or(at))
    }

    /// Lead of the service's clock over this machine's as it stands now; negative where it is behind.
    #[must_use]
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        Some(self.sample.as_ref()?.clock_skew()?.saturating_sub(self.clock_set))
    }

    /// True where the newest sample tells of the requests of the UTC day of `now`, by the service's clock.
    fn is_of_day(&self, now: Timestamp) -> bool {
        let unset = now.saturating_sub(self.clock_set).unwrap_or(now);
        self.sample.as_ref().is_some_and(|sample| sample.is_of_day(unset))
    }
}
