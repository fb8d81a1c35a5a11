//! One environment: its key, the look at the sources of that key, and its rotation.

use super::effect::Effect;
use super::input::{HeldKey, HeldRotation};
use super::key_source;
use super::rotation::RotationWatch;
use super::settings::WatchedEnvironment;
use crate::domain::account::Account;
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, KeyErrorKind};
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::log_entry::EventFact;
use crate::domain::rotation::RotationError;
use crate::domain::time::{Elapsed, Now};

/// One environment.
#[derive(Clone, Debug)]
pub struct EnvironmentState {
    /// Environment, and the way in which it is watched.
    pub(super) watched: WatchedEnvironment,
    /// Rotation of its key.
    pub(super) rotation: RotationWatch,
    /// Account that the key before answered for, until the key in use has answered.
    pub(super) account_before: Option<Account>,
    slot: KeySlot,
    lookup: Lookup,
    /// Failures of its key command in a row.
    command_failures: u32,
    /// Last answer of its sources.
    loaded_at: Option<Elapsed>,
}

/// Key of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySlot {
    /// The sources have not answered yet.
    NotLoaded,
    /// The key is in memory; with the error that its source met since, if any.
    Held(HeldKey, Option<KeyError>),
    /// There is no key to be had, and why.
    Empty(KeyError),
}

/// Look at the sources of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lookup {
    /// None is under way; the next one is at `due`.
    Idle { due: Option<Elapsed> },
    /// One is under way, with so much timeout; `is_awaited` once the operator asked meanwhile, for whom it has too little.
    UnderWay { timeout: KeyReadTimeout, is_awaited: bool },
}

impl KeySlot {
    /// Identity of the key in memory.
    #[must_use]
    pub fn identity(&self) -> Option<&KeyIdentity> {
        match self {
            Self::Held(held, _) => Some(&held.identity),
            _ => None,
        }
    }

    /// Reason why there is no key, or why the one in memory could not be confirmed.
    #[must_use]
    pub fn error(&self) -> Option<&KeyError> {
        match self {
            Self::Held(_, error) => error.as_ref(),
            Self::Empty(error) => Some(error),
            Self::NotLoaded => None,
        }
    }
}

impl EnvironmentState {
    pub(super) fn new(watched: WatchedEnvironment) -> Self {
        Self {
            watched,
            rotation: RotationWatch::None,
            account_before: None,
            slot: KeySlot::NotLoaded,
            lookup: Lookup::Idle { due: None },
            command_failures: 0,
            loaded_at: None,
        }
    }

    /// Name of the environment.
    pub(super) fn name(&self) -> &EnvironmentName {
        &self.watched.environment.name
    }

    /// Its key.
    pub(super) fn slot(&self) -> &KeySlot {
        &self.slot
    }

    /// Key in use.
    pub(super) fn key_in_use(&self) -> Option<Fingerprint> {
        self.slot.identity().map(|identity| identity.fingerprint)
    }

    /// Old key that is watched for the environment.
    pub(super) fn old_key(&self) -> Option<Fingerprint> {
        self.rotation.old_key()
    }

    /// True where a key is polled for the environment.
    pub(super) fn polls_with(&self, key: Fingerprint) -> bool {
        self.key_in_use() == Some(key) || self.old_key() == Some(key)
    }

    /// True once its sources have answered.
    pub(super) fn is_loaded(&self) -> bool {
        self.slot != KeySlot::NotLoaded
    }

    /// True while its sources are being asked.
    pub(super) fn is_loading(&self) -> bool {
        matches!(self.lookup, Lookup::UnderWay { .. })
    }

    /// True where a change in the key store may concern its key.
    pub(super) fn may_be_in_store(&self) -> bool {
        match &self.slot {
            KeySlot::Held(held, _) => matches!(held.source, KeySource::Store(_)),
            KeySlot::Empty(_) => true,
            KeySlot::NotLoaded => false,
        }
    }

    /// True where the poll of a key is the occasion to ask its sources again, for others may have stored another one: not a
    /// command, not one with an error, which is asked again in its own time, for asking may put a prompt before the user.
    pub(super) fn reloads_with_polls(&self, polled: &[Fingerprint], now: &Now) -> bool {
        let KeySlot::Held(held, None) = &self.slot else { return false };
        let is_old = self.loaded_at.is_some_and(|loaded_at| now.elapsed - loaded_at >= key_source::RELOAD_GAP);
        is_old && held.source != KeySource::Command && polled.contains(&held.identity.fingerprint)
    }

    /// Takes over where the rotation of its key stands, and answers with what is to be logged.
    pub(super) fn rotation_loaded(
        &mut self,
        outcome: Result<Option<HeldRotation>, RotationError>,
    ) -> Option<EventFact> {
        self.rotation.loaded(outcome, self.slot.identity())
    }

    /// Time at which its sources are asked again.
    pub(super) fn due(&self) -> Option<Elapsed> {
        match self.lookup {
            Lookup::Idle { due } => due,
            Lookup::UnderWay { .. } => None,
        }
    }

    /// Asks its sources, once at a time. What the operator asks for meanwhile is asked anew if that fails.
    pub(super) fn load(&mut self, asked: KeyReadTimeout) -> Option<Effect> {
        match &mut self.lookup {
            Lookup::UnderWay { timeout, is_awaited } => {
                *is_awaited |= asked == KeyReadTimeout::User && *timeout == KeyReadTimeout::Poll;
                None
            }
            Lookup::Idle { .. } => {
                self.lookup = Lookup::UnderWay { timeout: asked, is_awaited: false };
                Some(Effect::LoadKey(self.name().clone(), asked))
            }
        }
    }

    /// Takes in the answer of its sources. `is_refused` is true for a key that the service refuses, which may be replaced at
    /// any time. `account` is the one that the key before, if another, answered for. True where the operator waits for a
    /// look with more timeout.
    pub(super) fn loaded(
        &mut self,
        outcome: Result<HeldKey, KeyError>,
        is_refused: bool,
        account: Option<Account>,
        now: &Now,
    ) -> bool {
        self.loaded_at = Some(now.elapsed);
        let was_awaited = matches!(self.lookup, Lookup::UnderWay { is_awaited: true, .. });
        let failed = outcome.is_err();
        let wait = match outcome {
            Ok(held) => {
                self.command_failures = 0;
                self.account_before = account.or(self.account_before.take());
                let is_command = held.source == KeySource::Command;
                self.slot = KeySlot::Held(held, None);
                is_refused.then_some(if is_command { key_source::RELOAD_COMMAND } else { key_source::RELOAD })
            }
            Err(error) => {
                if error.kind() == KeyErrorKind::Command {
                    self.command_failures = self.command_failures.saturating_add(1);
                }
                let wait = key_source::reload_after(&error, self.command_failures);
                match &mut self.slot {
                    KeySlot::Held(_, known) if error.kind() != KeyErrorKind::Missing => *known = Some(error),
                    slot => *slot = KeySlot::Empty(error),
                }
                Some(wait)
            }
        };
        self.lookup = Lookup::Idle { due: wait.map(|wait| now.elapsed + wait) };
        failed && was_awaited
    }
}
