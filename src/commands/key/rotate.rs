//! `key rotate`: the next step of a key's rotation, or its state.

mod report;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use jiff::Timestamp;

use super::key_name::name_of;
use super::key_prompt::{PIPE_WAIT, StdinKey};
use crate::cli::RotateArguments;
use crate::commands::error::CommandError;
use crate::commands::setup;
use crate::config::settings::Settings;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, RotationError, RotationRequest, RotationRequestError, RotationStage};
use crate::domain::status::Status;
use crate::monitor::snapshot::{NewKeyState, RotationSnapshot};
use crate::runtime::enrollment;
use crate::runtime::headless::{self, RotationOutcome};
use crate::runtime::rotation::{self, LoadedRotation, RotationExecutor};
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyWriter};
use crate::services::trackyard::TrackyardClient;
use crate::wording::remedies::RemedyAudience;
use crate::wording::rotation_errors;

/// Runs the command.
///
/// # Errors
/// The reason that the step could not be taken; never any part of a key.
pub async fn run(
    arguments: &RotateArguments,
    settings: &Settings,
    services: Services,
    key_writer: KeyWriter,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let environment = &arguments.environment;
    settings.require(std::slice::from_ref(environment))?;
    let session = RotateSession { environment, services, key_writer };
    if arguments.status {
        return session.status(out).await;
    }
    let before = session.stage().await?;
    if arguments.roll_back {
        // Done already, as by a command that was killed before it could tell.
        return if before == Some(RotationStage::RolledBack) {
            session.status(out).await
        } else {
            session.request(RotationRequest::RollBack, out).await
        };
    }
    if arguments.abandon {
        return session.request(RotationRequest::Abandon, out).await;
    }
    let mut offered = StdinKey::listen();
    let started = session.rotations().start(environment).await.map_err(|error| session.failed(&error))?;
    let stage = started.rotation.stage;
    match stage {
        _ if started.hindrance.is_some() => session.tell(&started, out)?,
        RotationStage::Started => {
            session.explain(&started, out)?;
            let text = offered.read(environment).await?;
            session.offer(&text, arguments, settings, out).await?;
        }
        _ => match offered.read_if_present(environment, PIPE_WAIT).await? {
            Some(text) => session.offer(&text, arguments, settings, out).await?,
            // A roll back that was interrupted is not undone by going on with it.
            None if stage == RotationStage::RolledBack && before != Some(RotationStage::RollingBack) => {
                session.promote(out).await?;
            }
            None if stage == RotationStage::Watching => {
                session.watch(&started.rotation, arguments.wait, settings, out).await?;
            }
            None => session.tell(&started, out)?,
        },
    }
    out.flush()?;
    // What came late was not taken either.
    match offered.read_if_present(environment, Duration::ZERO).await? {
        Some(_) => Err(session.failed(&RotationError::WrongTime(RotationRequestError::MovedOn))),
        None => Ok(()),
    }
}

struct RotateSession<'a> {
    environment: &'a EnvironmentName,
    services: Services,
    key_writer: KeyWriter,
}

impl RotateSession<'_> {
    fn rotations(&self) -> RotationExecutor {
        RotationExecutor::new(self.services.clone(), self.key_writer.clone(), KeyReadTimeout::User)
    }

    fn failed(&self, error: &RotationError) -> CommandError {
        CommandError::Failed(format!("{}: {}", self.environment, self.told(error)))
    }

    fn told(&self, error: &RotationError) -> String {
        rotation_errors::rotation_failed(error, self.environment, &RemedyAudience::CommandLine)
    }

    /// Tells the first steps to an operator at a terminal.
    fn explain(&self, started: &LoadedRotation, out: &mut dyn Write) -> Result<(), CommandError> {
        if std::io::stdin().is_terminal() {
            let old = started.current.as_ref().map_or_else(|| started.rotation.old.to_string(), name_of);
            writeln!(out, "{}", report::first_steps(self.environment, &old))?;
            out.flush()?;
        }
        Ok(())
    }

    /// Puts a key in use that was offered, unless the rotation has another one already.
    async fn offer(
        &self,
        text: &str,
        arguments: &RotateArguments,
        settings: &Settings,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let environment = self.environment;
        let key = ApiKey::parse(text).map_err(|reason| CommandError::Failed(format!("{environment}: {reason}")))?;
        let name = name_of(&key);
        let environments: Vec<_> = settings.environments.iter().map(|other| other.name().clone()).collect();
        let held = enrollment::held_keys(&self.services, &environments).await;
        let client = TrackyardClient::new(&self.services.base_url);
        let insist = arguments.accept_other_account;
        let offered = self.rotations().offer(environment, &key, client, &held, insist, || true).await;
        let loaded = offered.map_err(|error| self.refused(&error))?;
        drop(key);
        if loaded.rotation.stage == RotationStage::Watching {
            writeln!(out, "{environment}: {name} is accepted and in use; the old key is kept aside")?;
            self.tell_stage(&loaded.rotation, out)?;
            return if arguments.wait { self.watch(&loaded.rotation, true, settings, out).await } else { Ok(()) };
        }
        self.tell(&loaded, out)
    }

    /// Puts the new key in use that is kept aside.
    async fn promote(&self, out: &mut dyn Write) -> Result<(), CommandError> {
        let client = TrackyardClient::new(&self.services.base_url);
        let promoted = self.rotations().promote(self.environment, None, client).await;
        let loaded = promoted.map_err(|error| self.refused(&error))?;
        self.tell(&loaded, out)
    }

    fn refused(&self, error: &RotationError) -> CommandError {
        match error {
            RotationError::CheckFailed(_)
            | RotationError::Refused(_)
            | RotationError::NotPromoted(_)
            | RotationError::WrongTime(_) => {
                CommandError::Failed(format!("{}: nothing was changed: {}", self.environment, self.told(error)))
            }
            error => self.failed(error),
        }
    }

    async fn request(&self, request: RotationRequest, out: &mut dyn Write) -> Result<(), CommandError> {
        let changed = self.rotations().request(self.environment, request, None).await;
        let loaded = changed.map_err(|error| self.failed(&error))?;
        self.tell(&loaded, out)?;
        Ok(out.flush()?)
    }

    /// Stage of the rotation by its journal alone; `None` where none is under way.
    async fn stage(&self) -> Result<Option<RotationStage>, CommandError> {
        let environment = self.environment.clone();
        let journal = self.services.history.run(move |store| store.rotation(&environment)).await;
        Ok(journal.map_err(|error| self.failed(&error.into()))?.map(|rotation| rotation.stage))
    }

    async fn status(&self, out: &mut dyn Write) -> Result<(), CommandError> {
        let loaded =
            rotation::load_rotation(&self.services, self.environment).await.map_err(|error| self.failed(&error))?;
        match loaded {
            // Neither key is asked, so that nobody is told to revoke one.
            Some(loaded) if loaded.hindrance.is_none() && loaded.rotation.stage == RotationStage::Watching => {
                self.tell_places(&loaded.rotation, out)?;
                writeln!(out, "{}", report::unchecked_steps(self.environment))?;
            }
            Some(loaded) => self.tell(&loaded, out)?,
            None => writeln!(out, "{}: no rotation is under way", self.environment)?,
        }
        Ok(out.flush()?)
    }

    /// Asks for the old key and the new one: once, or until the old one is dead. A refused one takes half a minute, to be
    /// sure of it.
    async fn watch(
        &self,
        rotation: &Rotation,
        wait: bool,
        settings: &Settings,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let (environment, old) = (self.environment, rotation.old);
        if wait {
            writeln!(out, "{environment}: waiting until the service refuses the old key; Ctrl-C leaves it as it is")?;
            out.flush()?;
        }
        let mut monitor = settings.monitor(None, setup::seed());
        monitor.environments.retain(|watched| watched.environment.name == *environment);
        let services = self.services.clone();
        let now = services.clock.now().wall;
        let mut is_told = false;
        let tell_doubt = |snapshot: &RotationSnapshot| {
            if is_old_key_refused(snapshot) && snapshot.new_key == NewKeyState::Answers && !is_told {
                is_told = true;
                _ = writeln!(
                    out,
                    "{environment}: the service refuses the old key ({old}); making sure for half a minute"
                );
                _ = out.flush();
            }
        };
        match headless::watch_rotation(monitor, services, self.key_writer.clone(), rotation, wait, tell_doubt).await {
            RotationOutcome::Ended(ended) => self.tell_stage(&ended, out),
            RotationOutcome::UnderWay(snapshot) => match &snapshot.error {
                Some(error) => self.tell_end(rotation, error, out).await,
                None => self.tell_keys(&snapshot, now, out),
            },
            RotationOutcome::Unknown(error) => self.tell_end(rotation, &error, out).await,
        }
    }

    /// Tells the end of a rotation that another process, such as the dashboard, may have ended first; else the error.
    async fn tell_end(
        &self,
        rotation: &Rotation,
        error: &RotationError,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let environment = self.environment.clone();
        let journal = self.services.history.run(move |store| store.rotations(&environment)).await;
        match journal.unwrap_or_default().iter().find(|kept| {
            kept.number == rotation.number && kept.started_at == rotation.started_at && kept.stage.is_ended()
        }) {
            Some(ended) => self.tell_stage(ended, out),
            None => Err(self.failed(error)),
        }
    }

    /// Tells the stage of a rotation that nobody was told of before.
    fn tell(&self, loaded: &LoadedRotation, out: &mut dyn Write) -> Result<(), CommandError> {
        if let Some(hindrance) = loaded.hindrance {
            return Err(self.failed(&RotationError::Blocked { reason: hindrance, stage: loaded.rotation.stage }));
        }
        self.tell_places(&loaded.rotation, out)?;
        self.tell_stage(&loaded.rotation, out)
    }

    fn tell_places(&self, rotation: &Rotation, out: &mut dyn Write) -> Result<(), CommandError> {
        match report::places(self.environment, rotation) {
            Some(text) => Ok(writeln!(out, "{text}")?),
            None => Ok(()),
        }
    }

    fn tell_stage(&self, rotation: &Rotation, out: &mut dyn Write) -> Result<(), CommandError> {
        Ok(writeln!(out, "{}", report::stage(self.environment, rotation))?)
    }

    /// Tells the state of both keys, the new one first: nobody is to revoke the old one before that answers.
    fn tell_keys(&self, snapshot: &RotationSnapshot, now: Timestamp, out: &mut dyn Write) -> Result<(), CommandError> {
        let environment = self.environment;
        let new_key_error = report::new_key_error(snapshot);
        if let Some(error) = &new_key_error {
            writeln!(out, "{environment}: {error}")?;
        }
        match &snapshot.old_key {
            Some(old) => writeln!(out, "{environment}: {}", report::old_key(old, &snapshot.rotation, now))?,
            None => writeln!(out, "{environment}: the old key can't be watched now")?,
        }
        let Some(error) = new_key_error else { return self.tell_stage(&snapshot.rotation, out) };
        let way_out = report::way_out(environment, snapshot);
        Err(CommandError::Failed(format!("{environment}: don't revoke the old key: {error}. {way_out}")))
    }
}

fn is_old_key_refused(snapshot: &RotationSnapshot) -> bool {
    snapshot.old_key.as_ref().is_some_and(|old| matches!(old.status, Status::Revoked | Status::Invalid))
}
