//! Evidence that the old key of a rotation is dead, so that it may be erased.
//!
//! That the service refuses a key proves nothing: it may refuse every key for a while. So the old key is dead only once
//! it was refused **between two acceptances of the new one, twice**, the two refusals at least [`REFUSAL_GAP_MIN`]
//! apart. One passing refusal of all keys fakes that however long or short it is, for it would have to be over in
//! between; and the new key is asked right after each refusal, so that a fault of all keys shows with it too. All of
//! that has to be seen within [`EVIDENCE_MAX`]. An acceptance of the old key or a refusal of the new one makes all that
//! was seen before void. No answer, or one that tells nothing of the key, is no evidence.
//!
//! Evidence is of one process and one rotation: what another process was told may make it void, and adds nothing to it.
//! Times are on the elapsed clock, which nobody can set. A question was answered by the service at some moment between
//! its start and its end, however long its process stood still, so only questions that do not overlap have an order.

use jiff::SignedDuration;

use super::journal::RotationId;
use crate::domain::api_key::Fingerprint;
use crate::domain::time::Elapsed;

/// The two refusals of a dead key are at least this far apart.
pub const REFUSAL_GAP_MIN: SignedDuration = SignedDuration::from_secs(30);
/// A key is not asked again sooner than this.
const PROBE_INTERVAL_MIN: SignedDuration = SignedDuration::from_secs(2);
/// All that makes a key dead is seen within this, so that passing refusals that are further apart can't fake it
/// together. Any key of six requests a day or more can be asked so often.
pub const EVIDENCE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// More sightings than these add nothing.
const OBSERVATIONS_MAX: usize = 32;

/// Answer of the service to a request with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAnswer {
    /// It answered with the account behind the key.
    Accepted,
    /// 401, in its own words.
    Refused,
}

/// Observation of a key: an answer of the service, and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyObservation {
    /// Key that was asked with.
    pub key: Fingerprint,
    /// Answer of the service.
    pub answer: KeyAnswer,
    /// Moment of the question, on the elapsed clock.
    pub asked_at: Elapsed,
    /// Moment at which its answer was here, on the elapsed clock.
    pub answered_at: Elapsed,
}

/// The question that is to be asked next, to know for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyProbe {
    /// Key that is meant.
    pub key: Fingerprint,
    /// Not before, on the elapsed clock.
    pub due: Elapsed,
}

/// Observations of the two keys of a rotation by this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationEvidence {
    rotation: RotationId,
    observations: Vec<KeyObservation>,
}

/// The old key of a rotation that the service refuses for certain: the conclusion from [`RevocationEvidence`], and the
/// one leave to erase it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    rotation: RotationId,
}

impl RevokedKey {
    /// The rotation that it was concluded in; void in any other.
    #[must_use]
    pub fn rotation(&self) -> &RotationId {
        &self.rotation
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> Fingerprint {
        self.rotation.old
    }
}

impl RevocationEvidence {
    /// No evidence yet.
    #[must_use]
    pub fn of(rotation: RotationId) -> Self {
        Self { rotation, observations: Vec::new() }
    }

    /// The rotation that it is of.
    #[must_use]
    pub fn rotation(&self) -> &RotationId {
        &self.rotation
    }

    /// Takes in what was seen of a key; one that is not of this rotation is left out.
    pub fn add(&mut self, observation: KeyObservation) {
        let KeyObservation { key, answer, .. } = observation;
        self.add_remote(key, answer);
        let (is_old, is_new) = (key == self.rotation.old, Some(key) == self.rotation.new);
        if !(is_old && answer == KeyAnswer::Refused || is_new && answer == KeyAnswer::Accepted) {
            return;
        }
        self.observations.retain(|seen| observation.answered_at - seen.asked_at <= EVIDENCE_MAX);
        if self.observations.len() == OBSERVATIONS_MAX {
            self.observations.remove(0);
        }
        self.observations.push(observation);
    }

    /// Takes in what another process was told of a key: it may make void what was seen here, and adds nothing to it.
    pub fn add_remote(&mut self, key: Fingerprint, answer: KeyAnswer) {
        let voids = match answer {
            KeyAnswer::Accepted => key == self.rotation.old,
            KeyAnswer::Refused => Some(key) == self.rotation.new,
        };
        if voids {
            self.observations.clear();
        }
    }

    /// The old key, if it is dead.
    #[must_use]
    pub fn revoked_key(&self) -> Option<RevokedKey> {
        let is_whole = self.missing(self.rotation.new?).is_none();
        is_whole.then(|| RevokedKey { rotation: self.rotation.clone() })
    }

    /// The question whose answer is missing for the old key to be dead; `None` as long as it was not refused, or once
    /// all were answered. `refused` tells of a refusal that is known from elsewhere.
    #[must_use]
    pub fn next_probe(&self, refused: bool, now: Elapsed) -> Option<KeyProbe> {
        let is_refused = refused || self.observations.iter().any(|seen| seen.answer == KeyAnswer::Refused);
        let KeyProbe { key, due } = self.missing(self.rotation.new?).filter(|_| is_refused)?;
        let last = self.observations.iter().filter(|seen| seen.key == key).map(|seen| seen.answered_at).max();
        let again = last.map_or(now, |last| last + PROBE_INTERVAL_MIN);
        Some(KeyProbe { key, due: due.max(again).max(now) })
    }

    /// The first sighting that is missing in the chain of acceptances and refusals that makes the old key dead; `None`
    /// where it is whole. Only acceptances of the new key and refusals of the old one are kept.
    fn missing(&self, new: Fingerprint) -> Option<KeyProbe> {
        let old = self.rotation.old;
        let (mut from, mut first_refusal) = (Elapsed::MIN, None);
        for key in [new, old, new, old, new] {
            if key == old
                && let Some(refused_at) = first_refusal
            {
                from = from.max(refused_at + REFUSAL_GAP_MIN);
            }
            let observations = self.observations.iter().filter(|seen| seen.key == key && seen.asked_at >= from);
            let Some(answered_at) = observations.map(|seen| seen.answered_at).min() else {
                return Some(KeyProbe { key, due: from });
            };
            from = answered_at;
            if key == old {
                first_refusal = first_refusal.or(Some(answered_at));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeyAnswer::{Accepted, Refused};
    use proptest::prelude::*;

    const OLD: u32 = 1;
    const NEW: u32 = 2;

    fn key(number: u32) -> Fingerprint {
        format!("{number:08x}").parse().unwrap()
    }

    fn evidence() -> RevocationEvidence {
        let started_at = jiff::Timestamp::UNIX_EPOCH;
        let environment = "prod".parse().unwrap();
        RevocationEvidence::of(RotationId { environment, number: 1, started_at, old: key(OLD), new: Some(key(NEW)) })
    }

    fn at(second: i64) -> Elapsed {
        Elapsed::ZERO + SignedDuration::from_secs(second)
    }

    /// Evidence of observations: number of the key, answer, beginning and end in seconds.
    fn seen(observations: &[(u32, KeyAnswer, i64, i64)]) -> RevocationEvidence {
        let mut evidence = evidence();
        for (number, answer, asked, answered) in observations {
            evidence.add(KeyObservation {
                key: key(*number),
                answer: *answer,
                asked_at: at(*asked),
                answered_at: at(*answered),
            });
        }
        evidence
    }

    #[test]
    fn a_key_is_dead_once_it_is_refused_twice_between_acceptances_of_the_new_one_some_time_apart() {
        let all = [
            (NEW, Accepted, 0, 1),
            (OLD, Refused, 1, 2),
            (NEW, Accepted, 2, 3),
            (OLD, Refused, 32, 33),
            (NEW, Accepted, 33, 34),
        ];
        for count in 0..all.len() {
            assert_eq!(seen(&all[..count]).revoked_key(), None, "{count} of them");
        }
        assert_eq!(seen(&all).revoked_key().unwrap().key(), key(OLD));
        for left_out in 0..all.len() {
            let some: Vec<_> =
                all.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, seen)| *seen).collect();
            assert_eq!(seen(&some).revoked_key(), None, "without {left_out}");
        }
        let mut soon = all;
        soon[3] = (OLD, Refused, 31, 32);
        assert_eq!(seen(&soon).revoked_key(), None, "they are too near to each other");
    }

    #[test]
    fn what_was_seen_over_more_than_an_hour_is_no_evidence() {
        let spread = |hours: i64| {
            let late = hours * 3_600;
            let after = [(OLD, Refused, late, late), (NEW, Accepted, late, late)];
            seen(&[&[(NEW, Accepted, 0, 0), (OLD, Refused, 0, 0), (NEW, Accepted, 0, 0)], &after[..]].concat())
        };
        assert!(spread(1).revoked_key().is_some());
        assert_eq!(spread(2).revoked_key(), None);
    }

    #[test]
    fn what_overlaps_has_no_order() {
        let mut slow = [
            (NEW, Accepted, 0, 1),
            (OLD, Refused, 1, 2),
            (NEW, Accepted, 2, 3),
            (OLD, Refused, 32, 33),
            (NEW, Accepted, 33, 34),
        ];
        slow[1] = (OLD, Refused, 0, 2);
        assert_eq!(seen(&slow).revoked_key(), None, "it may have been refused before the new one was accepted");
    }

    #[test]
    fn a_refusal_of_the_new_key_and_an_acceptance_of_the_old_one_make_void_what_was_seen() {
        for void in [(NEW, Refused, 3, 4), (OLD, Accepted, 3, 4)] {
            let evidence = seen(&[
                (NEW, Accepted, 0, 1),
                (OLD, Refused, 1, 2),
                (NEW, Accepted, 2, 3),
                void,
                (OLD, Refused, 32, 33),
                (NEW, Accepted, 33, 34),
            ]);
            assert_eq!(evidence.revoked_key(), None, "{void:?}");
        }
    }

    /// Asks whatever is to be asked next, and answers for a dead old key; tells what was asked.
    fn ask(
        mut evidence: RevocationEvidence,
        answers: impl Fn(Fingerprint, Elapsed) -> KeyAnswer,
    ) -> (RevocationEvidence, Vec<KeyProbe>) {
        let (mut now, mut asked) = (at(100), Vec::new());
        while let Some(probe) = evidence.next_probe(true, now) {
            assert!(asked.len() < 20, "{asked:?}");
            now = now.max(probe.due) + SignedDuration::from_millis(100);
            asked.push(probe);
            evidence.add(KeyObservation {
                key: probe.key,
                answer: answers(probe.key, now),
                asked_at: now,
                answered_at: now,
            });
        }
        (evidence, asked)
    }

    #[test]
    fn the_questions_that_are_asked_lead_to_the_end_within_the_minute() {
        let answers = |asked, _| if asked == key(OLD) { Refused } else { Accepted };
        let (evidence, asked) = ask(evidence(), answers);
        assert!(evidence.revoked_key().is_some());
        assert_eq!(asked.iter().map(|probe| probe.key).collect::<Vec<_>>(), [NEW, OLD, NEW, OLD, NEW].map(key));
        let span = asked.last().unwrap().due - asked[0].due;
        assert!(span < SignedDuration::from_secs(60), "{span:?}");
    }

    #[test]
    fn an_accepted_old_key_asks_for_nothing() {
        assert_eq!(evidence().next_probe(false, at(0)), None);
        assert_eq!(seen(&[(NEW, Accepted, 0, 1)]).next_probe(false, at(0)), None);
    }

    proptest! {
        /// The service accepts both keys but for one while, in which it refuses all.
        #[test]
        fn no_passing_refusal_of_everything_makes_a_key_dead(
            from in 0_i64..2_000,
            lasts in 1_i64..1_000,
            questions in proptest::collection::vec((prop_oneof![Just(OLD), Just(NEW)], 0_i64..60, 0_i64..90, 0_i64..100), 1..60),
        ) {
            let mut evidence = evidence();
            let mut now = 0;
            for (number, wait, takes, part) in questions {
                now += wait;
                let decided = now + takes * part / 100;
                let answer = if (from..from + lasts).contains(&decided) { Refused } else { Accepted };
                evidence.add(KeyObservation {
                    key: key(number),
                    answer,
                    asked_at: at(now),
                    answered_at: at(now + takes),
                });
                prop_assert_eq!(evidence.revoked_key(), None);
            }
        }
    }
}
