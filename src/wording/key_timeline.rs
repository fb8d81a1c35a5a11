//! Moments of a key's life in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::times;
use crate::domain::key_age::KeyAge;

/// Moments of a key's life, each in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMoments {
    /// `created 25 Aug`
    pub created: String,
    /// `first use 26 Aug`, where that is known.
    pub first_use: Option<String>,
    /// `today, day 95`
    pub today: String,
    /// `rotate by 23 Nov`
    pub rotate_by: String,
}

/// Moments of a key's life.
#[must_use]
pub fn moments(age: &KeyAge, first_use: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> KeyMoments {
    let date = |at| times::date(at, now, zone);
    KeyMoments {
        created: format!("created {}", date(age.created_at)),
        first_use: first_use.map(|at| format!("first use {}", date(at))),
        today: age.days.map_or_else(|| "today".to_owned(), |days| format!("today, day {days}")),
        rotate_by: format!("rotate by {}", date(age.rotate_by)),
    }
}

/// `key, 90 days`
#[must_use]
pub fn title(age: &KeyAge) -> String {
    format!("key, {} days", age.days_max)
}
