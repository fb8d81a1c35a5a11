//! A condition as it was seen: since when it holds, and the values that tell how bad it is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use crate::domain::error::{KeyError, RequestError};
use crate::domain::time::ClockDifference;

/// Since when something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// It is so from then on.
    Fact(Timestamp),
    /// It was seen then for the first time; it may have been so before.
    Seen(Timestamp),
}

impl Since {
    /// The moment, whatever it tells.
    #[must_use]
    pub fn at(self) -> Timestamp {
        match self {
            Self::Fact(at) | Self::Seen(at) => at,
        }
    }
}

/// A condition that holds, as it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// What holds.
    pub condition: Condition,
    /// Since when.
    pub since: Since,
    /// What is known of it beside that.
    pub detail: ObservationDetail,
}

/// The values that belong to a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObservationDetail {
    /// None are known.
    Plain,
    /// The balance, and the allowance of the month where it was told.
    Credits {
        /// What is left.
        left: f64,
        /// What there is in a month.
        allowance: Option<f64>,
    },
    /// Requests of a day.
    Requests {
        /// What is left.
        left: i64,
        /// What is allowed.
        limit: u64,
    },
    /// When the key has to be replaced.
    RotateBy(Timestamp),
    /// When the newest numbers came.
    ReadAt(Timestamp),
    /// The other environments with the same key.
    SharedWith(Vec<String>),
    /// How far the service's clock stands ahead of this machine's, as earlier versions told it.
    Skew(SignedDuration),
    /// How this machine's clock differs from the service's.
    Clocks(ClockDifference),
    /// Why a poll brought no sample.
    Poll(RequestError),
    /// Why no environment can be reached.
    Outage(RequestError),
    /// Why there is no key.
    Key(KeyError),
}
