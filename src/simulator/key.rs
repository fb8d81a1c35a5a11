//! One key as the service keeps it: limits, counters, last use and the log of its calls.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::calendar;
use super::plan::TenantPlan;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;

/// The most calls of one key that `/usage` remembers.
pub const LOG_LENGTH_MAX: usize = 2_000;

/// A key, and what the service knows of it.
#[derive(Clone, Debug)]
pub struct TenantKey {
    /// The key itself.
    pub secret: ApiKey,
    /// Moment at which the key was made.
    pub created_at: Timestamp,
    /// True where the key was revoked; never undone.
    pub revoked: bool,
    /// The newest call that was not refused.
    pub last_used_at: Option<Timestamp>,
    minute: WindowCounter,
    day: WindowCounter,
    log: VecDeque<UsageEntry>,
}

/// A line of `/usage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageEntry {
    /// Moment of the call; written in whole seconds.
    #[serde(serialize_with = "as_iso")]
    pub timestamp: Timestamp,
    /// The path after the prefix.
    pub endpoint: &'static str,
    /// The status of the answer.
    pub status_code: u16,
    /// Price of the call, in credits.
    pub credits_consumed: u32,
    /// Time to the answer, in milliseconds.
    pub response_time_ms: u64,
}

fn as_iso<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&calendar::iso(*at))
}

/// Requests counted in a fixed window of time.
#[derive(Clone, Copy, Debug, Default)]
struct WindowCounter {
    number: i64,
    used: u32,
}

impl WindowCounter {
    fn used_in(self, number: i64) -> u32 {
        if self.number == number { self.used } else { 0 }
    }

    fn count(&mut self, number: i64) {
        *self = Self { number, used: self.used_in(number).saturating_add(1) };
    }
}

/// The secret of an environment's key: the same for the same seed, environment and generation.
#[must_use]
pub fn secret(seed: u64, name: &EnvironmentName, generation: usize) -> ApiKey {
    let digest = Sha256::digest(format!("{seed}/{name}/{generation}"));
    let number = digest[..16].iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    match ApiKey::parse(&["trackyard", "live", &format!("{number:032x}")].join("_")) {
        Ok(key) => key,
        Err(_) => unreachable!("words and hexadecimal digits always make a key"),
    }
}

impl TenantKey {
    /// A key that was not used yet.
    #[must_use]
    pub fn new(secret: ApiKey, created_at: Timestamp) -> Self {
        Self {
            secret,
            created_at,
            revoked: false,
            last_used_at: None,
            minute: WindowCounter::default(),
            day: WindowCounter::default(),
            log: VecDeque::new(),
        }
    }

    /// Seconds until the service takes the next request; `None` if it takes one now.
    #[must_use]
    pub fn retry_after(&self, plan: &TenantPlan, at: Timestamp) -> Option<i64> {
        let left_of = |length: i64| length - at.as_second().rem_euclid(length);
        if self.day_remaining(plan, at) == Some(0) {
            Some(left_of(24 * calendar::HOUR))
        } else if self.minute_remaining(plan, at) == 0 {
            Some(left_of(60))
        } else {
            None
        }
    }

    /// Requests left in this minute.
    #[must_use]
    pub fn minute_remaining(&self, plan: &TenantPlan, at: Timestamp) -> u32 {
        plan.per_minute.saturating_sub(self.minute.used_in(calendar::minute(at)))
    }

    /// Requests left in this UTC day; `None` without a limit.
    #[must_use]
    pub fn day_remaining(&self, plan: &TenantPlan, at: Timestamp) -> Option<u32> {
        plan.per_day.map(|limit| limit.saturating_sub(self.day.used_in(calendar::day(at))))
    }

    /// Counts a request against the limits.
    pub fn count(&mut self, at: Timestamp) {
        self.minute.count(calendar::minute(at));
        self.day.count(calendar::day(at));
        self.last_used_at = Some(at);
    }

    /// Brings the day's count up to a number, if it is lower.
    pub fn raise_day_count(&mut self, used: u32, at: Timestamp) {
        let number = calendar::day(at);
        self.day = WindowCounter { number, used: self.day.used_in(number).max(used) };
    }

    /// Adds a line to the log; the oldest is forgotten where there are too many.
    pub fn log(&mut self, endpoint: &'static str, status: u16, cost: u32, at: Timestamp) {
        if self.log.len() == LOG_LENGTH_MAX {
            self.log.pop_back();
        }
        self.log.push_front(UsageEntry {
            timestamp: at,
            endpoint,
            status_code: status,
            credits_consumed: cost,
            response_time_ms: 40 + at.as_millisecond().cast_unsigned().wrapping_mul(2_654_435_761) % 160,
        });
    }

    /// The log, newest first.
    #[must_use]
    pub fn entries(&self) -> &VecDeque<UsageEntry> {
        &self.log
    }
}
