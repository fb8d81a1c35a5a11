//! How far the look at the activity of one key came.

use jiff::SignedDuration;

use super::{ActivityReport, ActivityTrouble};
use crate::domain::activity::{ActivityRecord, Reading, Unusual, UsageAdded, UsageAnswer, UsageFailure, UsageReading};
use crate::domain::failure::PollFailureKind;
use crate::domain::history_failure::HistoryFailure;
use crate::domain::quota::Limits;
use crate::domain::status::Status;
use crate::domain::time::{DAY, Now};
use crate::domain::usage::OthersUse;
use crate::monitor::effect::Lease;
use crate::monitor::key::KeyState;
use crate::monitor::leave::{LeaveRequest, Purpose};
use crate::monitor::ledger::{Ledger, MINUTE};
use crate::monitor::report::{Pace, PollReason};
use crate::monitor::schedule;
use crate::monitor::settings::Polling;

/// Looks that nobody watches are at least this far apart.
const GAP: SignedDuration = SignedDuration::from_mins(15);
/// The same while the operator watches.
const GAP_WATCHED: SignedDuration = MINUTE;
/// What the history knows is asked for again after this: its summaries end with the present hour.
const RELOAD: SignedDuration = SignedDuration::from_hours(1);
/// The same where another process looks.
const RELOAD_LEFT: SignedDuration = SignedDuration::from_secs(30);
/// A page that would have to wait for longer than this is not waited for.
const PAGE_WAIT_MAX: SignedDuration = SignedDuration::from_mins(2);
/// Looks take at most one in so many of the day's calls.
const PART: u32 = 4;

/// What is known of the activity of a key, and how far the look at it came.
#[derive(Clone, Debug, Default)]
pub struct KeyActivity {
    record: Option<ActivityRecord>,
    trouble: Option<ActivityTrouble>,
    stage: Stage,
    /// Calls of `/usage`.
    pages: Ledger,
    /// Whether looks take a part of the share.
    claims: bool,
    /// The last use by others, as it was known at the last look.
    seen: Option<OthersUse>,
    skew: SignedDuration,
    /// When the history told what it knows; all times are on the elapsed clock.
    loaded_at: Option<SignedDuration>,
    looked_at: Option<SignedDuration>,
    barred_until: Option<SignedDuration>,
    /// When the next page may be asked for, if one is wanted.
    due: Option<SignedDuration>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Idle,
    /// The history is asked; a look follows, unless one was made within that time.
    Loading(Option<SignedDuration>),
    /// With the number of the page that is being asked for.
    Reading(Reading, Option<u64>),
    Storing,
}

/// What is to be done next.
pub(super) enum Step {
    Load,
    Read { offset: u64, leave: LeaveRequest },
    Store(UsageReading),
}

impl KeyActivity {
    /// Whether a page is being asked for: no other call may be made with the key.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        matches!(self.stage, Stage::Reading(_, Some(_)))
    }

    pub(super) fn is_asking_for(&self, sequence: u64) -> bool {
        matches!(self.stage, Stage::Reading(_, Some(asked)) if asked == sequence)
    }

    /// When the next page may be asked for, if one is wanted, on the elapsed clock.
    #[must_use]
    pub fn due(&self) -> Option<SignedDuration> {
        self.due
    }

    /// How often to poll, so that the day's share is enough for looks as well.
    #[must_use]
    pub fn pace(&self, limits: Option<Limits>, ledger: &Ledger, polling: &Polling, now: SignedDuration) -> Pace {
        let pace = schedule::pace(limits, ledger, polling, now);
        if !self.claims || limits.is_none_or(|limits| limits.per_day.is_none()) {
            return pace;
        }
        let left = Polling { share: polling.share * (1.0 - 1.0 / f64::from(PART)), ..*polling };
        let slower = schedule::pace(limits, &Ledger::default(), &left, now);
        if slower.interval > pace.interval { slower } else { pace }
    }

    /// How it stands.
    #[must_use]
    pub fn report(&self, now: &Now) -> ActivityReport {
        ActivityReport {
            record: self.record.clone(),
            trouble: self.trouble.clone(),
            reading: !matches!(self.stage, Stage::Idle | Stage::Loading(None)),
            next_at: self.due.map(|due| now.wall_at(due)),
        }
    }

    pub(super) fn ask(&mut self, sequence: u64, now: SignedDuration) {
        self.pages.enter(now);
        if let Stage::Reading(_, asked) = &mut self.stage {
            *asked = Some(sequence);
        }
    }

    pub(super) fn loaded(
        &mut self,
        outcome: Result<ActivityRecord, HistoryFailure>,
        seen: Option<OthersUse>,
        now: &Now,
    ) {
        let Stage::Loading(gap) = self.stage else { return };
        self.stage = Stage::Idle;
        self.loaded_at = Some(now.elapsed);
        match outcome {
            Ok(record) => {
                let read_at = record.read_at;
                let until = record.read_until;
                self.record = Some(record);
                let Some(gap) = gap else { return };
                // One in the future was made before the clock was set back.
                match read_at.filter(|at| *at <= now.wall && now.age(*at) < gap) {
                    // Another process, or an earlier run, has just looked.
                    Some(read_at) => {
                        self.looked_at = Some(now.elapsed_at(read_at));
                        self.seen = seen;
                    }
                    None => self.stage = Stage::Reading(Reading::new(until), None),
                }
            }
            Err(trouble) => {
                self.trouble = Some(ActivityTrouble::History(trouble));
                self.looked_at = Some(now.elapsed);
            }
        }
    }

    /// Takes in a page; the whole reading comes back when it is the last.
    pub(super) fn answered(&mut self, answer: &UsageAnswer, now: &Now) -> Option<UsageReading> {
        self.trouble = None;
        self.skew = answer.server_clock.map(|server| server.duration_since(now.wall)).unwrap_or_default();
        let Stage::Reading(reading, asked) = &mut self.stage else { return None };
        *asked = None;
        if reading.take(&answer.page) { None } else { self.finish(now) }
    }

    /// Takes in that another process looks, and soon asks the history for what that found.
    pub(super) fn left_to_other(&mut self, seen: Option<OthersUse>, now: &Now) {
        self.pages.withdraw_last();
        self.stage = Stage::Idle;
        self.looked_at = Some(now.elapsed);
        self.seen = seen;
        self.loaded_at = Some(now.elapsed + RELOAD_LEFT - RELOAD);
    }

    /// Ends a look for want of an answer; what was read before is kept.
    pub(super) fn give_up(&mut self, trouble: ActivityTrouble, now: &Now) -> Option<UsageReading> {
        self.trouble = Some(trouble);
        self.finish(now)
    }

    /// Tells whether the share of the day keeps looks back.
    fn note_budget(&mut self, is_spent: bool) {
        if is_spent {
            self.trouble = Some(ActivityTrouble::OverBudget);
        } else if self.trouble == Some(ActivityTrouble::OverBudget) {
            self.trouble = None;
        }
    }

    fn finish(&mut self, now: &Now) -> Option<UsageReading> {
        self.looked_at = Some(now.elapsed);
        match std::mem::take(&mut self.stage) {
            Stage::Reading(reading, _) if reading.has_begun() => {
                self.stage = Stage::Storing;
                Some(reading.finish(self.skew))
            }
            _ => None,
        }
    }
}

impl KeyState {
    /// What is to be done for the look at the activity, if anything. `opened_at` is when the operator began to watch.
    pub(super) fn next_of_look(
        &mut self,
        opened_at: Option<SignedDuration>,
        paused: bool,
        polling: &Polling,
        now: &Now,
    ) -> Option<Step> {
        self.activity.due = None;
        match &self.activity.stage {
            Stage::Idle => {
                let wanted = self.wants_look(opened_at, paused, now.elapsed);
                self.activity.claims = wanted || self.activity.pages.count(DAY, now.elapsed) > 0;
                let gap = if opened_at.is_some() { GAP_WATCHED } else { GAP };
                let after_last = self.activity.looked_at.map_or(now.elapsed, |looked| looked + gap);
                let allowed = self.page_allowed_from(polling, now.elapsed);
                let due = after_last.max(allowed);
                self.activity.note_budget(wanted && allowed - now.elapsed > PAGE_WAIT_MAX);
                let is_old = self.activity.loaded_at.is_none_or(|loaded| now.elapsed - loaded >= RELOAD);
                if wanted && due <= now.elapsed {
                    self.activity.stage = Stage::Loading(Some(gap));
                    Some(Step::Load)
                } else {
                    self.activity.due = wanted.then_some(due);
                    (self.recalled && is_old).then(|| {
                        self.activity.stage = Stage::Loading(None);
                        Step::Load
                    })
                }
            }
            Stage::Reading(_, None) if self.in_flight.is_some() => None,
            Stage::Reading(_, None) if !self.may_look(opened_at.is_some()) => {
                self.activity.finish(now).map(Step::Store)
            }
            Stage::Reading(reading, None) => {
                let offset = reading.offset();
                let due = self.page_allowed_from(polling, now.elapsed);
                if due <= now.elapsed {
                    let lease = Lease { yields: opened_at.is_none(), ..self.lease(PollReason::Interval, polling, now) };
                    let lease = (!reading.has_begun()).then_some(lease);
                    let request = LeaveRequest { lease, ..LeaveRequest::once(Purpose::Timed, polling.share) };
                    return Some(Step::Read { offset, leave: request });
                }
                // The first look shows at once what there is; later ones must leave nothing out.
                if reading.is_first() || due - now.elapsed > PAGE_WAIT_MAX {
                    return self.activity.finish(now).map(Step::Store);
                }
                self.activity.due = Some(due);
                None
            }
            _ => None,
        }
    }

    /// Whether this is a time at which `/usage` may be asked at all. Where another process polls the key, that looks too;
    /// what the operator watches is asked for here.
    fn may_look(&self, is_watched: bool) -> bool {
        let reason = self.due.map(|(_, reason)| reason);
        self.recalled
            && self.status == Status::Active
            && self.in_flight.is_none()
            && match reason {
                Some(PollReason::Interval | PollReason::Refresh | PollReason::Budget) => true,
                Some(PollReason::Follow) => is_watched,
                _ => false,
            }
    }

    fn wants_look(&self, opened_at: Option<SignedDuration>, paused: bool, now: SignedDuration) -> bool {
        let KeyActivity { looked_at, barred_until, seen, .. } = &self.activity;
        if !self.may_look(opened_at.is_some()) || barred_until.is_some_and(|until| now < until) {
            return false;
        }
        let since_last = |moment: SignedDuration| looked_at.is_none_or(|looked| looked < moment);
        let is_watched = opened_at.is_some_and(|opened| since_last(opened) || self.sampled_at.is_some_and(since_last));
        is_watched || (!paused && self.others_use.is_some() && self.others_use != *seen)
    }

    /// From when on a page stays within the shares of the day and the minute.
    fn page_allowed_from(&self, polling: &Polling, now: SignedDuration) -> SignedDuration {
        let (by_minute, further) = self.terms().allow_from(Purpose::Timed, polling.share, &self.ledger, now);
        let by_part = schedule::calls_per_day(self.limits(), polling).map(|calls| (calls / u64::from(PART)).max(1));
        let by_part = by_part.map_or(now, |calls_max| self.activity.pages.allowed_from(DAY, calls_max, now));
        let look = self.look.map_or(now, |look| look.at);
        further.map_or(now, |(at, _)| at).max(by_minute).max(by_part).max(look)
    }

    /// Takes in that `/usage` did not answer. `wait` is how long the service asked to wait, which holds for polls too.
    pub(super) fn usage_failed(
        &mut self,
        failure: UsageFailure,
        wait: Option<SignedDuration>,
        polling: &Polling,
        now: &Now,
    ) -> Option<UsageReading> {
        if let Some(wait) = wait
            && self.due.is_none_or(|(due, _)| due < now.elapsed + wait)
        {
            self.wait_for(now.elapsed + wait, PollReason::RateLimited, None, now.elapsed);
            self.plan(now.elapsed + wait, PollReason::RateLimited, polling, now.elapsed);
        }
        let trouble = match failure {
            UsageFailure::NotAvailable(failure) => {
                self.activity.barred_until = Some(now.elapsed + DAY);
                ActivityTrouble::NotAvailable(failure)
            }
            UsageFailure::Failed(failure) => {
                if failure.kind() == PollFailureKind::Unauthorized {
                    self.plan(now.elapsed, PollReason::Interval, polling, now.elapsed);
                }
                ActivityTrouble::Failed(failure)
            }
        };
        let seen = self.others_use;
        self.activity.seen = seen;
        self.activity.give_up(trouble, now)
    }

    /// Takes in that a reading was stored, and answers with what is unusual in it.
    pub(super) fn usage_stored(&mut self, outcome: Result<UsageAdded, HistoryFailure>, now: &Now) -> Vec<Unusual> {
        if self.activity.stage == Stage::Storing {
            self.activity.stage = Stage::Idle;
        }
        match outcome {
            Ok(UsageAdded { unusual, record }) => {
                let listed = record.last_other.map(|at| OthersUse { at, exact: true });
                let is_better =
                    |listed: &OthersUse| self.others_use.is_none_or(|known| !known.exact || known.at < listed.at);
                self.others_use = listed.filter(is_better).or(self.others_use);
                self.activity.seen = self.others_use;
                self.activity.record = Some(record);
                self.activity.loaded_at = Some(now.elapsed);
                unusual
            }
            Err(trouble) => {
                self.activity.trouble = Some(ActivityTrouble::History(trouble));
                Vec::new()
            }
        }
    }
}
