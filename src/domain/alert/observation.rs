//! A condition as it was seen: since when it holds, and the values that tell how bad it is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use crate::domain::error::{KeyError, RequestError};
use crate::domain::time::ClockDifference;

/// Beginning of something, and how surely it is known.
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
    /// Condition that holds.
    pub condition: Condition,
    /// Beginning of it.
    pub since: Since,
    /// Values that belong to it.
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
        /// Balance, in credits.
        left: f64,
        /// Allowance of the month, in credits; `None` where it was not told.
        allowance: Option<f64>,
    },
    /// Requests of a day.
    Requests {
        /// Requests that are left; negative where more were made than allowed.
        left: i64,
        /// Requests that are allowed.
        limit: u64,
    },
    /// Moment by which the key has to be replaced.
    RotateBy(Timestamp),
    /// Moment of the newest sample.
    ReadAt(Timestamp),
    /// The other environments with the same key.
    SharedWith(Vec<String>),
    /// Lead of the service's clock over this machine's, as earlier versions told it.
    Skew(SignedDuration),
    /// Difference between this machine's clock and the service's.
    Clocks(ClockDifference),
    /// Failure of the last poll.
    Poll(RequestError),
    /// Failure that keeps every environment from being reached.
    Outage(RequestError),
    /// Failure to get the key.
    Key(KeyError),
}
