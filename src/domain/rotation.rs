//! The replacement of a key by a new one, so that no crash between two steps loses either.
//!
//! Where a rotation stands is told by its journal, a [`Rotation`], and by the fingerprints of the keys in the key
//! store, [`StoredKeys`]. From both, [`next_step`] finds the one small thing to do next. Each step can be repeated, and
//! whoever comes after a crash goes on where it happened.

mod judgement;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use judgement::{Insistence, Objection, Replace, judge_account, judge_key, judge_stored};

use super::api_key::Fingerprint;
use super::environment::EnvironmentName;
use super::key_entry::KeyRole;

/// The journal of a rotation. It knows keys by their fingerprints only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Its number in the journal.
    pub number: i64,
    /// Whose key is replaced.
    pub environment: EnvironmentName,
    /// The key that is replaced.
    pub old: Fingerprint,
    /// The key that takes its place, once it was accepted by the service.
    pub new: Option<Fingerprint>,
    /// How far it came.
    pub stage: Stage,
    /// When it was started.
    pub started_at: Timestamp,
    /// Since when the new key is in use.
    pub promoted_at: Option<Timestamp>,
    /// When it was completed or abandoned.
    pub ended_at: Option<Timestamp>,
}

/// How far a rotation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The operator makes the new key, and offers it.
    Started,
    /// The new key was accepted by the service, and is being put in the place of the old one, which is kept aside.
    Promoting,
    /// The new key is in use; the old one is watched until the service refuses it.
    Watching,
    /// The old key is being put back in its place.
    RollingBack,
    /// The old key is in use again, and the new one kept aside: the operator decides.
    RolledBack,
    /// The new key, which is not in use, is being erased.
    Abandoning,
    /// The service refuses the old key, which is being erased.
    Erasing,
    /// Ended: the old key was refused, and is erased.
    Completed,
    /// Ended: the old key stays in use, or another took its place.
    Abandoned,
}

impl Stage {
    /// All of them, in the order of a rotation.
    pub const ALL: [Self; 9] = [
        Self::Started,
        Self::Promoting,
        Self::Watching,
        Self::RollingBack,
        Self::RolledBack,
        Self::Abandoning,
        Self::Erasing,
        Self::Completed,
        Self::Abandoned,
    ];

    /// The word that stands in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Promoting => "promoting",
            Self::Watching => "watching",
            Self::RollingBack => "rolling-back",
            Self::RolledBack => "rolled-back",
            Self::Abandoning => "abandoning",
            Self::Erasing => "erasing",
            Self::Completed => "completed",
            Self::Abandoned => "abandoned",
        }
    }

    /// The stage of a word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// Whether the rotation has come to its end.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Abandoned)
    }
}

/// What changes the course of a rotation from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The operator wants the old key back in use.
    RollBack,
    /// The operator wants the new key in use after all.
    PromoteAgain,
    /// The operator gives the rotation up.
    Abandon,
    /// The service refuses the old key for certain, and has accepted the new one since.
    OldKeyRefused,
}

impl Request {
    /// The stage in which it is done. Where a rotation stands there already, the request is being done.
    #[must_use]
    pub fn stage(self) -> Stage {
        match self {
            Self::RollBack => Stage::RollingBack,
            Self::PromoteAgain => Stage::Promoting,
            Self::Abandon => Stage::Abandoning,
            Self::OldKeyRefused => Stage::Erasing,
        }
    }
}

impl Rotation {
    /// The stage that a request leads to; `None` where it comes at the wrong time.
    #[must_use]
    pub fn after(&self, request: Request) -> Option<Stage> {
        let is_timely = match request {
            Request::RollBack => matches!(self.stage, Stage::Promoting | Stage::Watching),
            Request::PromoteAgain => self.stage == Stage::RolledBack,
            Request::Abandon => matches!(self.stage, Stage::Started | Stage::RolledBack),
            Request::OldKeyRefused => self.stage == Stage::Watching,
        };
        is_timely.then(|| request.stage())
    }
}

/// The fingerprints of what the key store holds for one environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredKeys {
    /// The key in use.
    pub current: Option<Fingerprint>,
    /// The key kept aside.
    pub previous: Option<Fingerprint>,
    /// The key not in use yet.
    pub candidate: Option<Fingerprint>,
}

impl StoredKeys {
    fn has(&self, key: Fingerprint) -> bool {
        [self.current, self.previous, self.candidate].contains(&Some(key))
    }
}

/// One small thing to do. It does nothing twice: done again after a crash, it changes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, before the operator or the service acts.
    Wait,
    /// Copy a key within the key store, over whatever is there.
    Copy {
        /// From here.
        from: KeyRole,
        /// To here.
        to: KeyRole,
    },
    /// Erase a key from the key store.
    Erase(KeyRole),
    /// Enter a stage in the journal; `new` is the key that takes the old one's place, as far as it is known then.
    Enter {
        /// Which stage.
        stage: Stage,
        /// The key that takes the old one's place.
        new: Option<Fingerprint>,
    },
    /// Nothing can be done, before the operator decides.
    Halt(Hindrance),
}

/// What keeps a rotation from going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// A key that this rotation knows nothing of is kept aside, and would be lost.
    KeptAside(Fingerprint),
    /// The key store has neither key of this rotation: it is another one than that of the rotation, or tells nothing
    /// of what it has. Nothing is known of the keys then.
    Elsewhere,
}

/// What to do next in a rotation.
#[must_use]
pub fn next_step(rotation: &Rotation, stored: &StoredKeys) -> Step {
    let Rotation { old, new, stage, .. } = *rotation;
    if has_both_keys(stage) && !stored.has(old) && !new.is_some_and(|new| stored.has(new)) {
        return Step::Halt(Hindrance::Elsewhere);
    }
    match stage {
        Stage::Started => started(old, stored),
        Stage::Promoting => promoting(old, new, stored),
        Stage::Watching => watching(old, new, stored),
        Stage::RollingBack => rolling_back(old, new, stored),
        Stage::RolledBack => rolled_back(old, new, stored),
        Stage::Abandoning => abandoning(new, stored),
        Stage::Erasing => erasing(old, new, stored),
        Stage::Completed | Stage::Abandoned => Step::Wait,
    }
}

/// What to do about a key that is kept aside though no rotation is under way, as after the loss of the journal: the
/// key that was replaced, and is to be watched on.
#[must_use]
pub fn left_behind(stored: &StoredKeys) -> Option<Fingerprint> {
    stored.previous.filter(|_| stored.current.is_some() && stored.current != stored.previous)
}

/// Whether the key store of a rotation has both of its keys in a stage, and nobody asked for the end of either.
fn has_both_keys(stage: Stage) -> bool {
    matches!(stage, Stage::Promoting | Stage::Watching | Stage::RolledBack)
}

fn started(old: Fingerprint, stored: &StoredKeys) -> Step {
    let enter = |stage, new| Step::Enter { stage, new };
    match stored.candidate {
        Some(candidate) if candidate == old => Step::Erase(KeyRole::Candidate),
        // Kept by whoever was interrupted before the journal told of it.
        Some(candidate) => enter(Stage::Promoting, Some(candidate)),
        None if stored.current == Some(old) => Step::Wait,
        None => enter(Stage::Abandoning, None),
    }
}

fn promoting(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    let StoredKeys { current, previous, candidate } = *stored;
    let has_new = new.is_some() && candidate == new;
    if current.is_some() && current == new {
        return if has_new { Step::Erase(KeyRole::Candidate) } else { Step::Enter { stage: Stage::Watching, new } };
    }
    if current == Some(old) {
        return match previous {
            _ if !has_new => Step::Enter { stage: Stage::Started, new: None },
            None => Step::Copy { from: KeyRole::Current, to: KeyRole::Previous },
            Some(previous) if previous != old => Step::Halt(Hindrance::KeptAside(previous)),
            Some(_) => Step::Copy { from: KeyRole::Candidate, to: KeyRole::Current },
        };
    }
    let old_is_kept = previous == Some(old);
    match current {
        // Somebody else put a third key in its place: that is the new one then.
        Some(other) if old_is_kept => Step::Enter { stage: Stage::Watching, new: Some(other) },
        None if has_new => Step::Copy { from: KeyRole::Candidate, to: KeyRole::Current },
        None if old_is_kept => Step::Copy { from: KeyRole::Previous, to: KeyRole::Current },
        Some(_) | None => Step::Enter { stage: Stage::Abandoning, new },
    }
}

fn watching(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    let StoredKeys { current, previous, candidate } = *stored;
    if current == Some(old) {
        return Step::Enter { stage: Stage::RollingBack, new };
    }
    if candidate.is_some() && candidate == current {
        return Step::Erase(KeyRole::Candidate);
    }
    if current.is_some() && current != new {
        return Step::Enter { stage: Stage::Watching, new: current };
    }
    match previous {
        Some(previous) if previous == old => Step::Wait,
        // The old key was erased by somebody else: there is nothing left to watch.
        _ => Step::Enter { stage: Stage::Abandoning, new },
    }
}

fn rolling_back(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    let StoredKeys { current, previous, candidate } = *stored;
    if current == Some(old) {
        return if previous == Some(old) {
            Step::Erase(KeyRole::Previous)
        } else {
            Step::Enter { stage: Stage::RolledBack, new }
        };
    }
    if previous != Some(old) {
        return Step::Enter { stage: Stage::Abandoning, new };
    }
    match current {
        Some(current) if candidate != Some(current) => Step::Copy { from: KeyRole::Current, to: KeyRole::Candidate },
        _ => Step::Copy { from: KeyRole::Previous, to: KeyRole::Current },
    }
}

fn rolled_back(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    match stored.candidate {
        _ if stored.current != Some(old) => Step::Enter { stage: Stage::Abandoning, new },
        None => Step::Enter { stage: Stage::Started, new: None },
        candidate if candidate != new => Step::Enter { stage: Stage::RolledBack, new: candidate },
        Some(_) => Step::Wait,
    }
}

/// Another key that is kept aside stays: it is watched by a rotation of its own.
fn abandoning(new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    if stored.candidate.is_some() {
        return Step::Erase(KeyRole::Candidate);
    }
    if stored.previous.is_some() && stored.previous == stored.current {
        return Step::Erase(KeyRole::Previous);
    }
    Step::Enter { stage: Stage::Abandoned, new }
}

fn erasing(old: Fingerprint, new: Option<Fingerprint>, stored: &StoredKeys) -> Step {
    if stored.current == Some(old) {
        return Step::Enter { stage: Stage::RollingBack, new };
    }
    if stored.previous == Some(old) {
        return Step::Erase(KeyRole::Previous);
    }
    if stored.candidate.is_some() {
        return Step::Erase(KeyRole::Candidate);
    }
    Step::Enter { stage: Stage::Completed, new }
}
