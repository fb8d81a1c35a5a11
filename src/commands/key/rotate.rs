//! `key rotate`: takes the rotation of a key one step further, or tells where it stands.

use std::io::{IsTerminal, Write};

use jiff::Timestamp;

use super::{name_of, read};
use crate::cli::RotateArguments;
use crate::commands::{CommandError, setup};
use crate::config::settings::{EnvironmentSettings, Settings};
use crate::domain::api_key::{ApiKey, Fingerprint, KEYS_PAGE};
use crate::domain::environment::EnvironmentName;
use crate::domain::format;
use crate::domain::rotation::{Hindrance, Request, Rotation, Stage};
use crate::domain::status::Status;
use crate::monitor::report::{OldKeyReport, RotationReport};
use crate::runtime::rotation::{self, LoadedRotation, RotationError, Rotations};
use crate::runtime::sampling::{self, RotationWatch};
use crate::services::Services;
use crate::services::keys::{KeyKeeper, Patience};
use crate::services::trackyard::Client;

/// Runs the command.
///
/// # Errors
/// When the step could not be taken; the text says why, and never any part of a key.
pub async fn run(
    arguments: &RotateArguments,
    settings: &Settings,
    services: Services,
    keeper: KeyKeeper,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let environment = &arguments.environment;
    settings.require(std::slice::from_ref(environment))?;
    let desk = Desk { environment, services, keeper };
    if arguments.status {
        return desk.status(out).await;
    }
    let before = desk.stage().await?;
    if arguments.roll_back {
        // Done already, as by a command that was killed before it could tell.
        return if before == Some(Stage::RolledBack) {
            desk.status(out).await
        } else {
            desk.request(Request::RollBack, out).await
        };
    }
    if arguments.abandon {
        return desk.request(Request::Abandon, out).await;
    }
    let started = desk.rotations().start(environment).await.map_err(|error| desk.failed(&error))?;
    match started.rotation.stage {
        _ if started.hindrance.is_some() => desk.tell(&started, out)?,
        Stage::Started => desk.offer(arguments, settings, &started, out).await?,
        // A roll back that was interrupted is not undone by going on with it.
        Stage::RolledBack if before != Some(Stage::RollingBack) => {
            return desk.request(Request::PromoteAgain, out).await;
        }
        Stage::Watching => desk.watch(&started.rotation, arguments.wait, settings, out).await?,
        _ => desk.tell(&started, out)?,
    }
    Ok(out.flush()?)
}

struct Desk<'a> {
    environment: &'a EnvironmentName,
    services: Services,
    keeper: KeyKeeper,
}

impl Desk<'_> {
    fn rotations(&self) -> Rotations {
        Rotations::new(self.services.clone(), self.keeper.clone(), Patience::User)
    }

    fn failed(&self, error: &RotationError) -> CommandError {
        CommandError::Failed(format!("{}: {error}", self.environment))
    }

    /// Reads the new key and puts it in use.
    async fn offer(
        &self,
        arguments: &RotateArguments,
        settings: &Settings,
        started: &LoadedRotation,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let environment = self.environment;
        if std::io::stdin().is_terminal() {
            let old = started.current.as_ref().map_or_else(|| started.rotation.old.to_string(), name_of);
            writeln!(out, "{environment}: replacing {old}")?;
            writeln!(out, "1. Make the new key at {KEYS_PAGE}")?;
            writeln!(out, "2. Paste it here: it is tried first, and the old one is kept aside")?;
            out.flush()?;
        }
        let text = read::key(environment).await?;
        let key = ApiKey::parse(&text).map_err(|reason| CommandError::Failed(format!("{environment}: {reason}")))?;
        drop(text);
        let name = name_of(&key);
        let held = self.held_keys(settings).await;
        let client = Client::new(&self.services.base_url);
        let insist = arguments.accept_other_account;
        let offered = self.rotations().offer(environment, &key, client, &held, insist, || true).await;
        let loaded = offered.map_err(|error| self.refused(&error))?;
        drop(key);
        if loaded.rotation.stage == Stage::Watching {
            writeln!(out, "{environment}: {name} is accepted and in use; the old key is kept aside")?;
            self.tell_stage(&loaded.rotation, out)?;
            return if arguments.wait { self.watch(&loaded.rotation, true, settings, out).await } else { Ok(()) };
        }
        self.tell(&loaded, out)
    }

    fn refused(&self, error: &RotationError) -> CommandError {
        match error {
            RotationError::Objection(objection) if objection.can_be_overridden() => CommandError::Failed(format!(
                "{}: nothing was changed: {objection}. Say --accept-other-account to use it all the same.",
                self.environment
            )),
            RotationError::Objection(_) | RotationError::Refused(_) | RotationError::WrongTime(_) => {
                CommandError::Failed(format!("{}: nothing was changed: {error}", self.environment))
            }
            error => self.failed(error),
        }
    }

    async fn held_keys(&self, settings: &Settings) -> Vec<(EnvironmentName, Fingerprint)> {
        let mut held = Vec::new();
        for environment in settings.environments.iter().map(EnvironmentSettings::name) {
            if let Ok(loaded) = self.services.keys.load(environment, Patience::Poll).await {
                held.push((environment.clone(), loaded.key.fingerprint()));
            }
        }
        held
    }

    async fn request(&self, request: Request, out: &mut dyn Write) -> Result<(), CommandError> {
        let changed = self.rotations().request(self.environment, request).await;
        let loaded = changed.map_err(|error| self.failed(&error))?;
        self.tell(&loaded, out)?;
        Ok(out.flush()?)
    }

    /// Where the rotation stands by its journal alone; `None` where none is under way.
    async fn stage(&self) -> Result<Option<Stage>, CommandError> {
        let journal = self.services.history.rotation(self.environment.clone()).await;
        Ok(journal.map_err(|error| self.failed(&error.into()))?.map(|rotation| rotation.stage))
    }

    async fn status(&self, out: &mut dyn Write) -> Result<(), CommandError> {
        let loaded = rotation::look(&self.services, self.environment).await.map_err(|error| self.failed(&error))?;
        match loaded {
            Some(loaded) => self.tell(&loaded, out)?,
            None => writeln!(out, "{}: no rotation is under way", self.environment)?,
        }
        Ok(out.flush()?)
    }

    /// Polls the old key and the new one: once, or until the service refuses the old one.
    async fn watch(
        &self,
        rotation: &Rotation,
        wait: bool,
        settings: &Settings,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let environment = self.environment;
        if wait {
            writeln!(out, "{environment}: waiting until the service refuses the old key; Ctrl-C leaves it as it is")?;
            out.flush()?;
        }
        let mut monitor = settings.monitor(None, setup::seed());
        monitor.environments.retain(|watched| watched.environment.name == *environment);
        let services = self.services.clone();
        let now = services.clock.now().wall;
        match sampling::watch_rotation(monitor, services, self.keeper.clone(), wait).await {
            RotationWatch::Ended(ended) => self.tell_stage(&ended, out),
            RotationWatch::UnderWay(report) => match &report.trouble {
                Some(trouble) => self.tell_end(rotation, trouble, out).await,
                None => self.tell_old_key(&report, now, out),
            },
            RotationWatch::Unknown(trouble) => self.tell_end(rotation, &trouble, out).await,
        }
    }

    /// Tells how a rotation ended that another process, such as the dashboard, may have ended first; else the trouble.
    async fn tell_end(&self, rotation: &Rotation, trouble: &str, out: &mut dyn Write) -> Result<(), CommandError> {
        let journal = self.services.history.rotations(self.environment.clone()).await.unwrap_or_default();
        match journal.iter().find(|kept| kept.number == rotation.number && kept.stage.is_ended()) {
            Some(ended) => self.tell_stage(ended, out),
            None => Err(CommandError::Failed(format!("{}: {trouble}", self.environment))),
        }
    }

    /// Tells where a rotation stands that nobody was told of before.
    fn tell(&self, loaded: &LoadedRotation, out: &mut dyn Write) -> Result<(), CommandError> {
        let environment = self.environment;
        if let Some(hindrance) = loaded.hindrance {
            return Err(CommandError::Failed(format!("{environment}: {}", hindered(hindrance, loaded.rotation.stage))));
        }
        let Rotation { old, new, stage, .. } = loaded.rotation;
        if let (Stage::Watching, Some(new)) = (stage, new) {
            writeln!(out, "{environment}: the new key ({new}) is in use; the old one ({old}) is kept aside")?;
        }
        self.tell_stage(&loaded.rotation, out)
    }

    fn tell_old_key(&self, report: &RotationReport, now: Timestamp, out: &mut dyn Write) -> Result<(), CommandError> {
        let environment = self.environment;
        match &report.old_key {
            Some(old) => writeln!(out, "{environment}: {}", old_key_text(old, &report.rotation, now))?,
            None => writeln!(out, "{environment}: the old key can't be watched now")?,
        }
        self.tell_stage(&report.rotation, out)
    }

    fn tell_stage(&self, rotation: &Rotation, out: &mut dyn Write) -> Result<(), CommandError> {
        let (environment, old) = (self.environment, rotation.old);
        let again = format!("`trackyard-tui key rotate {environment}`");
        match rotation.stage {
            Stage::Started => writeln!(
                out,
                "{environment}: rotation of key {old} under way. Make the new key at {KEYS_PAGE}, then run {again}, or give \
                 it up with --abandon."
            )?,
            Stage::Watching => {
                writeln!(out, "3. Move your applications over to the new key; --roll-back puts the old one back")?;
                writeln!(out, "4. Revoke the old key ({old}) at {KEYS_PAGE}")?;
                writeln!(out, "Then run {again} once more, or leave the dashboard open: the old key is erased here")?;
            }
            Stage::RolledBack => writeln!(
                out,
                "{environment}: the old key ({old}) is in use again, and the new one is kept aside. Put it in use with \
                 {again}, or give it up with --abandon."
            )?,
            Stage::Completed => writeln!(
                out,
                "{environment}: the rotation is completed: the service refuses the old key ({old}), which is erased here"
            )?,
            Stage::Abandoned => writeln!(out, "{environment}: the rotation is given up")?,
            Stage::Promoting | Stage::RollingBack | Stage::Abandoning | Stage::Erasing => {
                writeln!(out, "{environment}: a step of the rotation is not done yet. Run {again} to go on.")?;
            }
        }
        Ok(())
    }
}

/// What keeps a rotation from going on, and what to do about it.
fn hindered(hindrance: Hindrance, stage: Stage) -> String {
    match hindrance {
        Hindrance::KeptAside(other) => {
            format!("the key store keeps another key ({other}) aside: say --roll-back to keep it")
        }
        Hindrance::Elsewhere => {
            let end = if stage == Stage::RolledBack { "--abandon" } else { "--roll-back" };
            format!(
                "this key store has neither key of the rotation: choose the one where it was started with --key-store, or \
                 say {end} to give it up"
            )
        }
    }
}

/// How the old key fares.
fn old_key_text(old: &OldKeyReport, rotation: &Rotation, now: Timestamp) -> String {
    let name = rotation.old;
    let used_since = old.others_use.filter(|used| rotation.promoted_at.is_none_or(|promoted| used.at > promoted));
    match (old.status, used_since) {
        (Status::Active, Some(used)) => {
            let ago = format::interval(now.duration_since(used.at));
            format!("the old key ({name}) is still in use: others used it last {ago} ago")
        }
        (Status::Active, None) => format!("the old key ({name}) works, and no use by others is known since"),
        (Status::Revoked | Status::Invalid, _) => {
            format!("the service refuses the old key ({name}), but the new one could not be checked: try again")
        }
        (status, _) => format!("the old key ({name}) could not be checked: {}", status.as_str()),
    }
}
