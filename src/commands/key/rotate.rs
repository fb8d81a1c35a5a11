//! `key rotate`: takes the rotation of a key one step further, or tells where it stands.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use jiff::Timestamp;

use super::key_prompt::{PIPE_WAIT, StdinKey};
use super::name_of;
use crate::cli::RotateArguments;
use crate::commands::{CommandError, setup};
use crate::config::settings::{EnvironmentSettings, Settings};
use crate::domain::api_key::{ApiKey, Fingerprint, KEYS_PAGE};
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, RotationError, RotationRequest, RotationRequestError, RotationStage};
use crate::domain::status::Status;
use crate::monitor::snapshot::{NewKeyState, OldKeySnapshot, RecoveryAdvice, RotationSnapshot};
use crate::runtime::headless::{self, RotationWatch};
use crate::runtime::rotation::{self, LoadedRotation, RotationExecutor};
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyWriter};
use crate::services::trackyard::TrackyardClient;
use crate::wording::clauses;
use crate::wording::remedies::{self, RemedyAudience};
use crate::wording::request_errors;
use crate::wording::{rotation_errors, sentences};

/// Runs the command.
///
/// # Errors
/// When the step could not be taken; the text says why, and never any part of a key.
pub async fn run(
    arguments: &RotateArguments,
    settings: &Settings,
    services: Services,
    keeper: KeyWriter,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let environment = &arguments.environment;
    settings.require(std::slice::from_ref(environment))?;
    let desk = RotateSession { environment, services, keeper };
    if arguments.status {
        return desk.status(out).await;
    }
    let before = desk.stage().await?;
    if arguments.roll_back {
        // Done already, as by a command that was killed before it could tell.
        return if before == Some(RotationStage::RolledBack) {
            desk.status(out).await
        } else {
            desk.request(RotationRequest::RollBack, out).await
        };
    }
    if arguments.abandon {
        return desk.request(RotationRequest::Abandon, out).await;
    }
    let mut offered = StdinKey::listen();
    let started = desk.rotations().start(environment).await.map_err(|error| desk.failed(&error))?;
    let stage = started.rotation.stage;
    match stage {
        _ if started.hindrance.is_some() => desk.tell(&started, out)?,
        RotationStage::Started => {
            desk.explain(&started, out)?;
            let text = offered.read(environment).await?;
            desk.offer(&text, arguments, settings, out).await?;
        }
        _ => match offered.read_if_present(environment, PIPE_WAIT).await? {
            Some(text) => desk.offer(&text, arguments, settings, out).await?,
            // A roll back that was interrupted is not undone by going on with it.
            None if stage == RotationStage::RolledBack && before != Some(RotationStage::RollingBack) => {
                desk.promote(out).await?;
            }
            None if stage == RotationStage::Watching => {
                desk.watch(&started.rotation, arguments.wait, settings, out).await?;
            }
            None => desk.tell(&started, out)?,
        },
    }
    out.flush()?;
    // What came late was not taken either.
    match offered.read_if_present(environment, Duration::ZERO).await? {
        Some(_) => Err(desk.failed(&RotationError::WrongTime(RotationRequestError::MovedOn))),
        None => Ok(()),
    }
}

struct RotateSession<'a> {
    environment: &'a EnvironmentName,
    services: Services,
    keeper: KeyWriter,
}

impl RotateSession<'_> {
    fn rotations(&self) -> RotationExecutor {
        RotationExecutor::new(self.services.clone(), self.keeper.clone(), KeyReadTimeout::User)
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
            let environment = self.environment;
            let old = started.current.as_ref().map_or_else(|| started.rotation.old.to_string(), name_of);
            writeln!(out, "{environment}: replacing {old}")?;
            writeln!(out, "1. Make the new key at {KEYS_PAGE}")?;
            writeln!(out, "2. Paste it here: it is tried first, and the old one is kept aside")?;
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
        let held = self.held_keys(settings).await;
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

    async fn held_keys(&self, settings: &Settings) -> Vec<(EnvironmentName, Fingerprint)> {
        let mut held = Vec::new();
        for environment in settings.environments.iter().map(EnvironmentSettings::name) {
            if let Ok(loaded) = self.services.keys.load(environment, KeyReadTimeout::Poll).await {
                held.push((environment.clone(), loaded.key.fingerprint()));
            }
        }
        held
    }

    async fn request(&self, request: RotationRequest, out: &mut dyn Write) -> Result<(), CommandError> {
        let changed = self.rotations().request(self.environment, request, None).await;
        let loaded = changed.map_err(|error| self.failed(&error))?;
        self.tell(&loaded, out)?;
        Ok(out.flush()?)
    }

    /// Where the rotation stands by its journal alone; `None` where none is under way.
    async fn stage(&self) -> Result<Option<RotationStage>, CommandError> {
        let journal = self
            .services
            .history
            .run({
                let environment = self.environment.clone();
                move |store| store.rotation(&environment)
            })
            .await;
        Ok(journal.map_err(|error| self.failed(&error.into()))?.map(|rotation| rotation.stage))
    }

    async fn status(&self, out: &mut dyn Write) -> Result<(), CommandError> {
        let loaded =
            rotation::load_rotation(&self.services, self.environment).await.map_err(|error| self.failed(&error))?;
        match loaded {
            // Neither key is asked, so that nobody is told to revoke one.
            Some(loaded) if loaded.hindrance.is_none() && loaded.rotation.stage == RotationStage::Watching => {
                self.tell_places(&loaded.rotation, out)?;
                let environment = self.environment;
                writeln!(out, "Move your applications over to the new key; --roll-back puts the old one back")?;
                writeln!(out, "`trackyard-tui key rotate {environment}` checks both keys, and tells what is next")?;
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
        let tell_doubt = |report: &RotationSnapshot| {
            if is_old_key_refused(report) && report.new_key == NewKeyState::Answers && !is_told {
                is_told = true;
                _ = writeln!(
                    out,
                    "{environment}: the service refuses the old key ({old}); making sure for half a minute"
                );
                _ = out.flush();
            }
        };
        match headless::watch_rotation(monitor, services, self.keeper.clone(), rotation, wait, tell_doubt).await {
            RotationWatch::Ended(ended) => self.tell_stage(&ended, out),
            RotationWatch::UnderWay(report) => match &report.error {
                Some(trouble) => self.tell_end(rotation, trouble, out).await,
                None => self.tell_keys(&report, now, out),
            },
            RotationWatch::Unknown(trouble) => self.tell_end(rotation, &trouble, out).await,
        }
    }

    /// Tells how a rotation ended that another process, such as the dashboard, may have ended first; else the trouble.
    async fn tell_end(
        &self,
        rotation: &Rotation,
        trouble: &RotationError,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let journal = self
            .services
            .history
            .run({
                let environment = self.environment.clone();
                move |store| store.rotations(&environment)
            })
            .await
            .unwrap_or_default();
        match journal.iter().find(|kept| {
            kept.number == rotation.number && kept.started_at == rotation.started_at && kept.stage.is_ended()
        }) {
            Some(ended) => self.tell_stage(ended, out),
            None => Err(self.failed(trouble)),
        }
    }

    /// Tells where a rotation stands that nobody was told of before.
    fn tell(&self, loaded: &LoadedRotation, out: &mut dyn Write) -> Result<(), CommandError> {
        if let Some(hindrance) = loaded.hindrance {
            return Err(self.failed(&RotationError::Blocked { reason: hindrance, stage: loaded.rotation.stage }));
        }
        self.tell_places(&loaded.rotation, out)?;
        self.tell_stage(&loaded.rotation, out)
    }

    fn tell_places(&self, rotation: &Rotation, out: &mut dyn Write) -> Result<(), CommandError> {
        let Rotation { old, new, stage, .. } = *rotation;
        if let (RotationStage::Watching, Some(new)) = (stage, new) {
            let environment = self.environment;
            writeln!(out, "{environment}: the new key ({new}) is in use; the old one ({old}) is kept aside")?;
        }
        Ok(())
    }

    /// Tells how both keys fare, the new one first: nobody is to revoke the old one before that answers.
    fn tell_keys(&self, report: &RotationSnapshot, now: Timestamp, out: &mut dyn Write) -> Result<(), CommandError> {
        let environment = self.environment;
        let new = report.rotation.new.map(|new| format!(" ({new})")).unwrap_or_default();
        let trouble = match &report.new_key {
            NewKeyState::Answers => None,
            NewKeyState::Fails(failure) => {
                let (silent, why) = (rotation_errors::silent(failure), request_errors::clause(&failure.cause));
                Some(format!("the new key{new} {silent}: {why}"))
            }
            NewKeyState::Unknown => Some(format!("the new key{new} could not be checked")),
        };
        if let Some(trouble) = &trouble {
            writeln!(out, "{environment}: {trouble}")?;
        }
        match &report.old_key {
            Some(old) => writeln!(out, "{environment}: {}", old_key_text(old, &report.rotation, now))?,
            None => writeln!(out, "{environment}: the old key can't be watched now")?,
        }
        let Some(trouble) = trouble else { return self.tell_stage(&report.rotation, out) };
        let way_out = match report.new_key_failure() {
            Some((_, RecoveryAdvice::NeitherWorks)) => {
                "The service may refuse every key for a while: try again.".to_owned()
            }
            Some((_, RecoveryAdvice::RollBack)) => format!(
                "Put the old key back in use with `trackyard-tui key rotate {environment} --roll-back`, or try again."
            ),
            Some((failure, RecoveryAdvice::Wait)) => {
                let cause = remedies::cause(&failure.cause, remedies::BASE_URL);
                clauses::sentence(&format!("keep both and try again later; {cause}"))
            }
            None => "Keep both, and try again.".to_owned(),
        };
        Err(CommandError::Failed(format!("{environment}: don't revoke the old key: {trouble}. {way_out}")))
    }

    fn tell_stage(&self, rotation: &Rotation, out: &mut dyn Write) -> Result<(), CommandError> {
        let (environment, old) = (self.environment, rotation.old);
        let again = format!("`trackyard-tui key rotate {environment}`");
        match rotation.stage {
            RotationStage::Started => writeln!(
                out,
                "{environment}: rotation of key {old} under way. Make the new key at {KEYS_PAGE}, then run {again}, or give \
                 it up with --abandon."
            )?,
            RotationStage::Watching => {
                writeln!(out, "3. Move your applications over to the new key; --roll-back puts the old one back")?;
                writeln!(out, "4. Revoke the old key ({old}) at {KEYS_PAGE}")?;
                writeln!(out, "Then run {again} once more, or leave the dashboard open: the old key is erased here")?;
            }
            RotationStage::RolledBack => writeln!(
                out,
                "{environment}: the old key ({old}) is in use again, and the new one is kept aside. Put it in use with \
                 {again}, or give it up with --abandon."
            )?,
            RotationStage::Completed => writeln!(
                out,
                "{environment}: the rotation is completed: the service refuses the old key ({old}), which is erased here"
            )?,
            RotationStage::Abandoned => writeln!(out, "{environment}: the rotation is given up")?,
            RotationStage::Promoting
            | RotationStage::RollingBack
            | RotationStage::Abandoning
            | RotationStage::Erasing => {
                writeln!(out, "{environment}: a step of the rotation is not done yet. Run {again} to go on.")?;
            }
        }
        Ok(())
    }
}

fn is_old_key_refused(report: &RotationSnapshot) -> bool {
    report.old_key.as_ref().is_some_and(|old| matches!(old.status, Status::Revoked | Status::Invalid))
}

/// How the old key fares.
fn old_key_text(old: &OldKeySnapshot, rotation: &Rotation, now: Timestamp) -> String {
    let name = rotation.old;
    let used_since = old.others_use.filter(|used| rotation.promoted_at.is_none_or(|promoted| used.at > promoted));
    match (old.status, used_since) {
        (Status::Active, Some(used)) => {
            let used = sentences::used_ago(used, now);
            format!("the old key ({name}) is still in use: last used by others {used}")
        }
        (Status::Active, None) => format!("the old key ({name}) works, and no use by others is known since"),
        (Status::Revoked | Status::Invalid, _) => format!("the service refuses the old key ({name}), which is kept"),
        (status, _) => format!("the old key ({name}) could not be checked: {}", status.as_str()),
    }
}
