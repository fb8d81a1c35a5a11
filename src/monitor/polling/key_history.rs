//! Knowledge of a key in the history, as all processes of this user stored it.

use jiff::Timestamp;

use super::confirmation::OtherKey;
use super::key_verdict::KeyVerdict;
use crate::domain::last_use::ExternalUse;
use crate::domain::poll_record::PollRecord;
use crate::domain::sample::Sample;

/// Knowledge of the history of a key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyHistory {
    /// Newest sample; that there is one means that the service accepted the key before.
    pub sample: Option<Sample>,
    /// The last answers before that one whose latency is known; none where only news are asked for.
    pub earlier: Vec<PollRecord>,
    /// Last known use by others.
    pub others_use: Option<ExternalUse>,
    /// Calls of all this user's processes with the key in the last two days, oldest first.
    pub calls: Vec<Timestamp>,
    /// End of the time for which the operator wants no reminder to replace the key.
    pub snoozed_until: Option<Timestamp>,
    /// Verdict on the key since the newest sample.
    pub verdict: Box<KeyVerdict>,
    /// Number of calls of any process that came to something.
    pub outcome_number: u64,
    /// True while another process is making a call just now.
    pub is_under_way: bool,
    /// True where this very process has stored the verdict.
    pub is_own: bool,
    /// Refusals of the other keys that the history knows.
    pub others: Vec<OtherKey>,
}

impl KeyHistory {
    /// The same with what is known elsewhere: all calls count, and of everything else the newest.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        let newest = |history: &Self| history.sample.as_ref().map(|sample| sample.at);
        if newest(&other) > newest(&self) {
            self.sample = other.sample;
        }
        if other.verdict.at > self.verdict.at {
            self.verdict = other.verdict;
            self.is_own = other.is_own;
        }
        self.others_use = self.others_use.or(other.others_use);
        self.snoozed_until = self.snoozed_until.max(other.snoozed_until);
        self.is_under_way |= other.is_under_way;
        self.others.extend(other.others);
        self.earlier.extend(other.earlier);
        self.calls.extend(other.calls);
        self.calls.sort_unstable();
        self
    }
}
