//! Permission for a call: the shares of the minute and the day, pauses, and limits that are not known yet.
//!
//! The one rule for the monitor, which plans by it, and for the store, which grants by it.

use jiff::SignedDuration;

use super::backoff::Backoff;
use super::budget::{Polling, interval_for_limit, share_of};
use super::lease::Lease;
use super::reason::PollReason;
use super::request_log::{MINUTE, RequestLog};
use crate::domain::quota::RequestLimits;
use crate::domain::time::{DAY, Elapsed};

/// While a key's limits are not known, the second timed call follows the first after this, and each later one after
/// twice the time: ten in a day.
const UNKNOWN_GAP: SignedDuration = SignedDuration::from_mins(2);
const UNKNOWN_PER_MINUTE: u64 = 2;
const UNKNOWN_PER_DAY: u64 = 10;

/// Purpose of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallPurpose {
    /// The timer fell due: within the share, and not before a pause or another wait is over.
    Timed,
    /// The second try after a first refusal (401): up to half of the limits.
    Confirmation,
    /// A further look at a key that may be refused, to learn what the refusal means: up to half of the limits, and not
    /// held back by the refused key's own next backoff.
    Probe,
    /// A person asks: up to half of the limits, once in spite of a pause that the service asked for, and in spite of any
    /// other wait.
    Manual,
}

impl From<PollReason> for CallPurpose {
    fn from(reason: PollReason) -> Self {
        match reason {
            PollReason::Refresh => Self::Manual,
            PollReason::Confirmation => Self::Confirmation,
            PollReason::Probe => Self::Probe,
            _ => Self::Timed,
        }
    }
}

/// Permit that a process asks for before it makes a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PermitRequest {
    /// Purpose of the call.
    pub purpose: CallPurpose,
    /// The part of a key's limits that timed calls of all processes may take, above 0 and at most 0.5.
    pub share: f64,
    /// The number of the last outcome that the process knows of; a newer one of another process is taken over instead.
    /// `None` takes none over.
    pub outcome_number: Option<u64>,
    /// Lease that goes with it, for a process that watches the key for long.
    pub lease: Option<Lease>,
}

impl PermitRequest {
    /// Permit for a single call, whatever other processes know.
    #[must_use]
    pub fn once(purpose: CallPurpose, share: f64) -> Self {
        Self { purpose, share, outcome_number: None, lease: None }
    }
}

/// The limits of a key, as far as they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownLimits {
    limits: RequestLimits,
    is_complete: bool,
}

impl KnownLimits {
    /// By the newest sample, and by what answers without one have told since: of two figures the smaller is the safe one.
    #[must_use]
    pub fn new(sample: Option<RequestLimits>, headers: RequestLimits) -> Self {
        let smaller = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
        let known = sample.unwrap_or_default();
        Self {
            limits: RequestLimits {
                per_minute: smaller(known.per_minute, headers.per_minute),
                per_day: smaller(known.per_day, headers.per_day),
                ..RequestLimits::default()
            },
            is_complete: sample.is_some() || (headers.per_minute.is_some() && headers.per_day.is_some()),
        }
    }

    /// The limits; `None` while they are not all known.
    #[must_use]
    pub fn limits(self) -> Option<RequestLimits> {
        self.is_complete.then_some(self.limits)
    }

    /// Moment from which on the limits of the minute allow one more call, and the one that another limit allows, with the
    /// reason, where that is later.
    #[must_use]
    pub fn permitted_from(
        self,
        purpose: CallPurpose,
        share: f64,
        request_log: &RequestLog,
        now: Elapsed,
    ) -> (Elapsed, Option<(Elapsed, PollReason)>) {
        let share = if purpose == CallPurpose::Timed { share.min(Polling::SHARE_MAX) } else { Polling::SHARE_MAX };
        let within = |window, limit: Option<u64>| {
            limit.map_or(now, |limit| {
                let (window, calls_max) = allowance(window, limit, share);
                request_log.allowed_from(window, calls_max, now)
            })
        };
        let mut by_minute = within(MINUTE, self.limits.per_minute);
        let by_day = within(DAY, self.limits.per_day);
        let mut further = (by_day > now).then_some((by_day, PollReason::Budget));
        if !self.is_complete {
            let unknown = match purpose {
                CallPurpose::Timed => doubling(request_log, now),
                _ => request_log.allowed_from(DAY, UNKNOWN_PER_DAY, now),
            };
            if unknown > by_day {
                further = Some((unknown, PollReason::UnknownLimits));
            }
            if purpose != CallPurpose::Timed {
                by_minute = by_minute.max(request_log.allowed_from(MINUTE, UNKNOWN_PER_MINUTE, now));
            }
        }
        (by_minute, further)
    }

    /// True where a call may be made now.
    #[must_use]
    pub fn permits(
        self,
        purpose: CallPurpose,
        share: f64,
        request_log: &RequestLog,
        backoff: Option<&Backoff<Elapsed>>,
        now: Elapsed,
    ) -> bool {
        let (by_minute, further) = self.permitted_from(purpose, share, request_log, now);
        by_minute <= now && further.is_none() && !backoff.is_some_and(|backoff| holds_back(backoff, purpose, now))
    }
}

/// True where a call for this purpose has to wait for the backoff.
#[must_use]
pub fn holds_back(backoff: &Backoff<Elapsed>, purpose: CallPurpose, now: Elapsed) -> bool {
    backoff.until > now
        && match purpose {
            CallPurpose::Timed | CallPurpose::Confirmation => true,
            CallPurpose::Probe => backoff.reason != PollReason::Refused,
            // A confirmation may be late because of a pause.
            CallPurpose::Manual => {
                backoff.is_spent && matches!(backoff.reason, PollReason::RateLimited | PollReason::Confirmation)
            }
        }
}

/// The calls that a part of a limit allows, and in which time: where the part is less than one call, one in a longer time.
fn allowance(window: SignedDuration, limit: u64, share: f64) -> (SignedDuration, u64) {
    let longer = interval_for_limit(window, limit, share).min(RequestLog::KEPT);
    (window.max(longer), share_of(limit, share))
}

fn doubling(request_log: &RequestLog, now: Elapsed) -> Elapsed {
    let made = u32::try_from(request_log.count(DAY, now)).unwrap_or(u32::MAX);
    match request_log.last().filter(|_| made > 0) {
        Some(last) => (last + UNKNOWN_GAP * 2_i32.pow((made - 1).min(10))).max(now),
        None => now,
    }
}
