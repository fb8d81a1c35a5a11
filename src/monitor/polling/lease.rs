//! One of several processes of this user polls a key for all of them: it holds the lease, and the others follow.

use jiff::{SignedDuration, Timestamp};

use super::reason::PollReason;
use crate::domain::time::{Elapsed, Now};

/// Time beyond the poll interval that the holder of the lease has to bring the next answer.
const SLACK: SignedDuration = SignedDuration::from_secs(15);
/// Time after which the answer of another process is looked for once it is due.
pub const FOLLOW_GAP: SignedDuration = SignedDuration::from_secs(5);
/// Time between two looks at what another process was answered with a key that is not known here.
pub const OBSERVE_GAP: SignedDuration = SignedDuration::from_secs(10);

/// Lease of a key that goes with a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Time for which the others leave timed polls to this process.
    pub duration: SignedDuration,
    /// True where the poll is left to another process that holds a lease.
    pub yields: bool,
}

impl Lease {
    /// Lease for the poll that is due with a reason, while the regular interval is `interval`. After the clock was put
    /// back, the newest sample is of the future, and what others store is dated before it: an answer of our own puts that
    /// right.
    #[must_use]
    pub fn of_poll(reason: PollReason, interval: SignedDuration, newest_sample: Option<Timestamp>, now: &Now) -> Self {
        let is_regular =
            matches!(reason, PollReason::Interval | PollReason::Follow | PollReason::Reserve | PollReason::Budget);
        Self { duration: interval + SLACK, yields: is_regular && newest_sample.is_none_or(|at| at <= now.wall) }
    }
}

/// Moment at which a process that follows looks for the next answer, which is `expected` then. Without `is_news`, it is
/// overdue: the longer, the less often it is looked for, but again when the lease ends.
#[must_use]
pub fn follow_at(expected: Elapsed, is_news: bool, lease_end: Timestamp, now: &Now) -> Elapsed {
    let due = if is_news {
        expected + FOLLOW_GAP
    } else {
        let overdue = (now.elapsed - expected).max(FOLLOW_GAP);
        now.elapsed + overdue.min(lease_end.duration_since(now.wall))
    };
    due.max(now.elapsed + FOLLOW_GAP)
}
