//! The last polls of a key, by whichever process they were made.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::domain::poll_record::PollRecord;
use crate::domain::time::{Elapsed, Now};

/// Polls that are kept of a key.
pub const POLLS_KEPT: u8 = 20;
/// Two polls of a key with like outcomes are one where they lie less apart, for the history has its times by the clock on
/// the wall.
const APART_MIN: SignedDuration = SignedDuration::from_secs(1);

/// The last polls of a key, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentPolls(VecDeque<PollRecord<Elapsed>>);

impl RecentPolls {
    /// Adds a poll. What another process did may be told after a later one.
    pub(super) fn add(&mut self, poll: PollRecord<Elapsed>) {
        let place = self.0.partition_point(|known| known.at <= poll.at);
        self.0.insert(place, poll);
        if self.0.len() > usize::from(POLLS_KEPT) {
            self.0.pop_front();
        }
    }

    /// Adds a poll of which the history tells, unless it is known.
    pub(super) fn add_told(&mut self, poll: PollRecord, now: &Now) {
        let poll = poll.map(|at| now.elapsed_at(at));
        let is_same =
            |known: &PollRecord<Elapsed>| known.outcome.is_like(poll.outcome) && (known.at - poll.at).abs() < APART_MIN;
        if !self.0.iter().any(is_same) {
            self.add(poll);
        }
    }

    /// The polls by the clock on the wall, newest first.
    #[must_use]
    pub fn newest_first(&self, now: &Now) -> Vec<PollRecord<Timestamp>> {
        self.0.iter().rev().map(|poll| poll.map(|at| now.wall_at(at))).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::error::PollErrorKind;
    use crate::domain::poll_record::RecordedOutcome;

    fn at(seconds: i64) -> Elapsed {
        Elapsed::ZERO + SignedDuration::from_secs(seconds)
    }

    fn now() -> Now {
        Now { elapsed: at(10_000), wall: "2026-11-21T14:32:00Z".parse().unwrap() }
    }

    fn answered(milliseconds: i64) -> RecordedOutcome {
        RecordedOutcome::answered(SignedDuration::from_millis(milliseconds))
    }

    fn outcome() -> impl Strategy<Value = RecordedOutcome> {
        prop_oneof![
            (0..3_000_i64).prop_map(answered),
            Just(RecordedOutcome::Failed(PollErrorKind::RateLimited)),
            Just(RecordedOutcome::Failed(PollErrorKind::Timeout)),
        ]
    }

    proptest! {
        #[test]
        fn the_newest_are_kept_in_order(polls in proptest::collection::vec((0..9_000_i64, outcome()), 0..60)) {
            let mut recent = RecentPolls::default();
            for (second, outcome) in &polls {
                recent.add(PollRecord { at: at(*second), outcome: *outcome });
            }
            let times: Vec<_> = recent.newest_first(&now()).iter().map(|poll| poll.at).collect();
            let mut expected: Vec<_> = polls.iter().map(|(second, _)| now().wall_at(at(*second))).collect();
            expected.sort_by(|one, other| other.cmp(one));
            expected.truncate(usize::from(POLLS_KEPT));
            prop_assert_eq!(times, expected);
        }
    }

    #[test]
    fn a_poll_that_is_known_is_told_once() {
        let mut recent = RecentPolls::default();
        recent.add(PollRecord { at: at(60), outcome: answered(40) });
        let told = |seconds: i64, outcome| PollRecord { at: now().wall_at(at(seconds)), outcome };
        let half = told(60, answered(40)).map(|at| at + SignedDuration::from_millis(500));
        let failed = told(60, RecordedOutcome::Failed(PollErrorKind::Dns));
        for poll in [failed, half, told(60, answered(41)), told(30, answered(7))] {
            recent.add_told(poll, &now());
        }
        let outcomes: Vec<_> = recent.newest_first(&now()).iter().map(|poll| poll.outcome).collect();
        assert_eq!(outcomes, [RecordedOutcome::Failed(PollErrorKind::Dns), answered(40), answered(7)]);
    }
}
