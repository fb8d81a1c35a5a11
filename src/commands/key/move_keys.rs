//! `key move`: moves keys from one key store to another, so that an interruption never loses one.

use std::io::{self, Write};

use super::key_name::name_of;
use crate::commands::error::CommandError;
use crate::commands::passphrase_prompt::{self, KeyStorePurpose};
use crate::commands::setup;
use crate::config::settings::{KeyStoreName, Settings};
use crate::domain::error::KeyError;
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::runtime::key_lock;
use crate::services::keys::{KeyReadTimeout, KeyWriter, Keys};
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;

/// Key stores of a move.
struct Stores {
    from: Keys,
    from_writer: KeyWriter,
    to: Keys,
    to_writer: KeyWriter,
}

/// Outcome for one entry.
enum MoveOutcome {
    /// No such entry to move.
    Absent,
    /// The entry is in the other store alone; the text names the key.
    Moved(String),
    /// Both stores have the entry, or are as they were, for this reason.
    Kept(String),
}

/// Moves all keys of the environments of `settings`, one after the other, and tells of each.
///
/// # Errors
/// A store that fails, or a key that was not moved.
pub async fn run(
    from: KeyStoreName,
    to: KeyStoreName,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let stores = Stores::open(from, to, settings).await?;
    let history = setup::history(settings);
    let _lock = key_lock::take(&history).await.map_err(|error| not_locked(&error))?;
    let (mut moved, mut kept) = (0, 0);
    for environment in &settings.environments {
        let name = environment.name();
        let environment = name.clone();
        if let Ok(Some(_)) = history.run(move |store| store.rotation(&environment)).await {
            // Its keys are looked for where they were when it started.
            writeln!(out, "{name}: not moved: a rotation of its key is under way; end it first")?;
            kept += 1;
            continue;
        }
        for role in KeyRole::ALL {
            let entry = KeyEntry::new(name.clone(), role);
            let outcome = stores.move_entry(&entry).await.map_err(|failure| {
                let why = key_errors::explained(&failure, name, &RemedyAudience::CommandLine);
                CommandError::Failed(format!("{entry}: {why}"))
            });
            match outcome? {
                MoveOutcome::Absent => continue,
                MoveOutcome::Moved(key) => {
                    writeln!(out, "{entry}: {key} moved from {from} to {to}")?;
                    moved += 1;
                }
                MoveOutcome::Kept(reason) => {
                    writeln!(out, "{entry}: not moved: {reason}")?;
                    kept += 1;
                }
            }
            out.flush()?;
        }
    }
    if moved + kept == 0 {
        writeln!(out, "There is no key to move from {from}.")?;
    }
    if settings.key_store != to {
        let (file, store) = (settings.paths.config_file(), settings.key_store);
        let file = file.map_or_else(|_| "the config file".to_owned(), |file| file.display().to_string());
        writeln!(out, "Now set key_store = \"{to}\" in {file}: until then, keys are looked for in {store}.")?;
    }
    out.flush()?;
    match kept {
        0 => Ok(()),
        1 => Err(CommandError::Failed("one key was not moved; see above why".to_owned())),
        _ => Err(CommandError::Failed(format!("{kept} keys were not moved; see above why"))),
    }
}

fn not_locked(error: &io::Error) -> CommandError {
    CommandError::Failed(match error.kind() {
        io::ErrorKind::WouldBlock => "another process is changing keys just now: try again in a moment".to_owned(),
        _ => format!("other processes can't be kept from changing keys meanwhile: {error}"),
    })
}

impl Stores {
    async fn open(from: KeyStoreName, to: KeyStoreName, settings: &Settings) -> Result<Self, CommandError> {
        let source = passphrase_prompt::passphrases(from, settings, KeyStorePurpose::Read).await?;
        let target = passphrase_prompt::passphrases(to, settings, KeyStorePurpose::Store).await?;
        let (from, from_writer) = setup::store_alone(setup::key_store(from, settings, source)?);
        let (to_read, to_writer) = setup::store_alone(setup::key_store(to, settings, target.clone())?);
        if to == KeyStoreName::Keyring {
            // It is asked anew each time, and a second connection would have it ask twice.
            return Ok(Self { from, from_writer, to: to_read, to_writer });
        }
        // What one has written the other reads, so that nothing is merely remembered.
        let (_, to_writer) = setup::store_alone(setup::key_store(to, settings, target)?);
        Ok(Self { from, from_writer, to: to_read, to_writer })
    }

    /// Moves an entry: copies it first, reads the copy back, and only then removes the original.
    async fn move_entry(&self, entry: &KeyEntry) -> Result<MoveOutcome, KeyError> {
        let Some(key) = self.from.stored(entry, KeyReadTimeout::User).await? else { return Ok(MoveOutcome::Absent) };
        match self.to.stored(entry, KeyReadTimeout::User).await? {
            None => self.to_writer.store(entry, key.clone(), KeyReadTimeout::User).await?,
            Some(other) if other.expose() != key.expose() => {
                let (name, other) = (name_of(&key), name_of(&other));
                let to = self.to.store_name();
                return Ok(MoveOutcome::Kept(format!("{to} has another one already, {other} in place of {name}")));
            }
            // An earlier move was interrupted.
            Some(_) => {}
        }
        let copy = self.to.stored(entry, KeyReadTimeout::User).await?;
        if copy.is_none_or(|copy| copy.expose() != key.expose()) {
            return Ok(MoveOutcome::Kept(format!("{} does not give back what it was given", self.to.store_name())));
        }
        let original = self.from.stored(entry, KeyReadTimeout::User).await?;
        if original.is_some_and(|original| original.expose() != key.expose()) {
            return Ok(MoveOutcome::Kept("it was replaced meanwhile, and the former one was copied".to_owned()));
        }
        self.from_writer.remove(entry, KeyReadTimeout::User).await?;
        Ok(MoveOutcome::Moved(name_of(&key)))
    }
}
