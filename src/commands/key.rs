//! `key`: stores, lists, tests, moves, rotates and removes keys.

pub mod key_prompt;
mod list;
mod move_keys;
mod rotate;

use std::io::{IsTerminal, Write};

use jiff::Timestamp;

use super::CommandError;
use super::passphrase_prompt::KeyStorePurpose;
use super::setup;
use crate::cli::{KeySubcommand, SetArguments};
use crate::config::settings::Settings;
use crate::domain::api_key::{ApiKey, KeyIdentity};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{EnrollmentError, KeyError, RemovalError};
use crate::domain::rotation::{KeyCheckError, KeyCheckOverrides, Replace};
use crate::domain::status::Status;
use crate::domain::text;
use crate::monitor::polling::key_verdict::PastFailure;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::runtime::enrollment::{self, EnrollmentConditions, TrialPolicy};
use crate::runtime::headless;
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyTimeouts, KeyWriter};
use crate::services::trackyard::TrackyardClient;
use crate::wording::format;
use crate::wording::remedies::{Remedy, RemedyAudience, RemedyReason};
use crate::wording::request_errors;
use crate::wording::{key_errors, sentences};

/// Runs the command. `settings` hold the environment that it names.
///
/// # Errors
/// When it could not be done; the text says why, and never any part of a key.
pub async fn run(command: &KeySubcommand, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    match command {
        KeySubcommand::Set(arguments) => {
            let (services, keeper) = open(settings, KeyStorePurpose::Store).await?;
            let others: Vec<_> = settings.left_out.iter().map(|other| other.name().clone()).collect();
            set(arguments, &others, &services, &keeper, out).await
        }
        KeySubcommand::Rotate(arguments) => {
            let (services, keeper) = open(settings, KeyStorePurpose::Read).await?;
            rotate::run(arguments, settings, services, keeper, out).await
        }
        KeySubcommand::List { json } => {
            let (services, _) = open(settings, KeyStorePurpose::Read).await?;
            list::run(*json, settings, services, out).await
        }
        KeySubcommand::Test { environment } => {
            let (services, _) = open(settings, KeyStorePurpose::Read).await?;
            test(environment, settings, services, out).await
        }
        KeySubcommand::Remove { environment, yes } => {
            let (services, keeper) = open(settings, KeyStorePurpose::Read).await?;
            remove(environment, *yes, &services, &keeper, out).await
        }
        KeySubcommand::Move { from, to } => move_keys::run(*from, *to, settings, out).await,
    }
}

async fn open(settings: &Settings, purpose: KeyStorePurpose) -> Result<(Services, KeyWriter), CommandError> {
    let store = setup::unlocked(settings, purpose).await?;
    Ok(setup::services_of_command(settings, store, KeyTimeouts::for_person()))
}

async fn set(
    arguments: &SetArguments,
    others: &[EnvironmentName],
    services: &Services,
    keeper: &KeyWriter,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let SetArguments { environment, untested, replace, accept_shared_key } = arguments;
    if let Some(source) = services.keys.overriding_source(environment) {
        writeln!(out, "Note: {source} comes first, so the stored key is not used as long as it is set.")?;
        out.flush()?;
    }
    let text = key_prompt::key(environment).await?;
    let key = ApiKey::parse(&text).map_err(|reason| CommandError::Failed(format!("{environment}: {reason}")))?;
    drop(text);
    let name = name_of(&key);
    let client = TrackyardClient::new(&services.base_url);
    let trial = if *untested { TrialPolicy::Lenient } else { TrialPolicy::AcceptanceRequired };
    let replace = if *replace { Replace::Anything } else { Replace::Nothing };
    let insistence = KeyCheckOverrides { shared: *accept_shared_key, replace };
    let mut conditions = EnrollmentConditions { held: enrollment::held_keys(services, others).await, insistence };
    if let Err(refused) = enrollment::check_key(services, environment, &key, &conditions).await {
        match refused.check_error() {
            Some(KeyCheckError::Replaces(old)) if std::io::stdin().is_terminal() => {
                confirm(environment, &format!("replace {}", key_name(old)), "stored", out)?;
                conditions.insistence.replace = Replace::Only(old.fingerprint);
            }
            _ => return Err(not_stored(environment, &refused)),
        }
    }
    let accepted = enrollment::try_and_enroll(services, keeper, client, environment, key, trial, &conditions).await;
    let accepted = accepted.map_err(|refused| not_stored(environment, &refused))?;
    let store = services.keys.store_name();
    match &accepted.sample {
        Some(sample) => {
            let credits = format::credits(sample.account.credits_remaining);
            writeln!(out, "{environment}: {name} is accepted ({credits} credits left) and stored in the {store}")?;
        }
        None if *untested => writeln!(out, "{environment}: {name} is stored in the {store}, untested")?,
        None => {
            let accepted = "is accepted, though the account is out of credits (402),";
            writeln!(out, "{environment}: {name} {accepted} and stored in the {store}")?;
        }
    }
    if let Some(objection) = accepted.objection {
        writeln!(out, "Note: {objection}.")?;
    }
    Ok(out.flush()?)
}

fn not_stored(environment: &EnvironmentName, error: &EnrollmentError) -> CommandError {
    let why = key_errors::not_stored(error, environment, &RemedyAudience::CommandLine);
    let certainty = if error.may_be_stored() { "" } else { "nothing was stored: " };
    CommandError::Failed(format!("{environment}: {certainty}{why}"))
}

async fn test(
    environment: &EnvironmentName,
    settings: &Settings,
    services: Services,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let (clock, start) = (services.clock, services.clock.now().wall);
    let round = headless::poll_on_request(settings.monitor(None, setup::seed()), services, KeyReadTimeout::User).await;
    super::warn_history_error(&round);
    let Some(report) = round.snapshot.environments.first() else {
        return Err(CommandError::Failed(format!("{environment} is not configured")));
    };
    let is_tried = report.polled_at.is_some_and(|polled_at| polled_at >= start);
    if report.status != Status::Active || !is_tried {
        let now = clock.now().wall;
        let of_all = sentences::all_refused(&round.snapshot, now, &setup::zone()).map(|refused| {
            let advice = refused.advice.map(|advice| format!(" {}", advice.sentence(&RemedyAudience::CommandLine)));
            format!("{}.{}", refused.text, advice.unwrap_or_default())
        });
        let why = of_all.unwrap_or_else(|| why(report, now));
        return Err(CommandError::Failed(format!("{environment}: {}: {why}", list::status(report))));
    }
    let credits = report.account.as_ref().map(|account| format::credits(account.credits_remaining)).unwrap_or_default();
    let key = report.key.as_ref().map(|key| format!("{} from {}", list::name(key), key.source)).unwrap_or_default();
    writeln!(out, "{environment}: active, {credits} credits left; {key}")?;
    Ok(out.flush()?)
}

fn why(report: &EnvironmentSnapshot, now: Timestamp) -> String {
    let refusal = report.refusal.as_ref().filter(|_| report.status != Status::Unreachable).map(PastFailure::failure);
    let by_service = refusal.as_ref().or(report.poll_failure.as_ref()).map(|failure| {
        let source = report.key.as_ref().map(|key| key.source.clone());
        let (reason, environment) =
            (RemedyReason::PollFailed((*failure.cause).clone()), report.environment.name.clone());
        let remedy = Remedy { reason, source, environment }.sentence(&RemedyAudience::CommandLine);
        format!("{}. {remedy}", request_errors::clause(&failure.cause))
    });
    let by_source = report.key_failure.as_ref().map(|failure| explain(failure, &report.environment.name));
    by_service.or(by_source).unwrap_or_else(|| {
        let next = sentences::next_poll(report, now, &setup::zone());
        format!("not tried: as many requests are made with the key as a person may ask for, half of its limit; {next}")
    })
}

async fn remove(
    environment: &EnvironmentName,
    yes: bool,
    services: &Services,
    keeper: &KeyWriter,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let failed = |why: &str| CommandError::Failed(format!("{environment}: {why}"));
    if !yes {
        let key = services.keys.stored(&environment.clone().into(), KeyReadTimeout::User).await;
        let key = key.map_err(|failure| failed(&explain(&failure, environment)))?;
        let name = key.as_ref().map_or_else(|| "the key".to_owned(), name_of);
        confirm(environment, &format!("remove {name}"), "removed", out)?;
    }
    let store = services.keys.store_name();
    let removed = enrollment::remove(services, keeper, environment).await;
    if removed.map_err(|error| failed(&not_erased(&error, environment)))? {
        writeln!(
            out,
            "{environment}: the key is removed from the {store}; the service still accepts it until it is revoked"
        )?;
    } else {
        writeln!(out, "{environment}: the {store} has no key")?;
    }
    if let Some(source) = services.keys.overriding_source(environment) {
        writeln!(out, "Note: {source} still gives this environment a key.")?;
    }
    Ok(out.flush()?)
}

/// Has the operator type the environment's name, or `done` is not what happens.
fn confirm(environment: &EnvironmentName, what: &str, done: &str, out: &mut dyn Write) -> Result<(), CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err(CommandError::Failed("there is no terminal to ask on: say --yes to remove the key".to_owned()));
    }
    write!(out, "Type {environment} to {what}: ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim() == environment.as_str() {
        Ok(())
    } else {
        let answer = text::sanitise(&answer, 40);
        Err(CommandError::Failed(format!("nothing was {done}: {answer:?} is not {environment}")))
    }
}

fn explain(failure: &KeyError, environment: &EnvironmentName) -> String {
    key_errors::explained(failure, environment, &RemedyAudience::CommandLine)
}

fn not_erased(error: &RemovalError, environment: &EnvironmentName) -> String {
    key_errors::not_erased(error, environment, &RemedyAudience::CommandLine)
}

fn name_of(key: &ApiKey) -> String {
    key_name(&key.identity())
}

fn key_name(identity: &KeyIdentity) -> String {
    let ending = identity.ending.as_ref().map(|ending| format!(" …{ending}")).unwrap_or_default();
    format!("key{ending} ({})", identity.fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::{KeyErrorKind, examples};

    #[test]
    fn what_may_be_stored_is_not_said_to_be_lost() {
        let told = |error| not_stored(&"dev".parse().unwrap(), &error).to_string();
        assert_eq!(
            told(EnrollmentError::Busy),
            "dev: nothing was stored: another process is changing keys just now. Try again in a moment."
        );
        let slow = examples::of(KeyErrorKind::Slow);
        assert!(
            told(EnrollmentError::Unwritten(slow.clone()))
                .starts_with("dev: it is not known whether the key was stored")
        );
        assert!(told(EnrollmentError::Unread(slow)).starts_with("dev: nothing was stored: "));
    }
}
