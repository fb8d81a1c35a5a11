//! `key set`: reads a key, tries it and stores it.

use std::io::{IsTerminal, Write};

use super::confirm::confirm;
use super::key_name::{key_name, name_of};
use super::key_prompt;
use crate::cli::SetArguments;
use crate::commands::error::CommandError;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::EnrollmentError;
use crate::domain::rotation::{KeyCheckError, KeyCheckOverrides, Replace};
use crate::runtime::enrollment::{self, EnrollmentConditions, TrialPolicy};
use crate::services::Services;
use crate::services::keys::KeyWriter;
use crate::services::trackyard::TrackyardClient;
use crate::wording::remedies::RemedyAudience;
use crate::wording::{format, key_errors};

/// Runs the command; `others` are the environments that `--env` left out.
pub(super) async fn run(
    arguments: &SetArguments,
    others: &[EnvironmentName],
    services: &Services,
    key_writer: &KeyWriter,
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
    let overrides = KeyCheckOverrides { shared: *accept_shared_key, replace };
    let mut conditions = EnrollmentConditions { held: enrollment::held_keys(services, others).await, overrides };
    if let Err(refused) = enrollment::check_key(services, environment, &key, &conditions).await {
        match refused.check_error() {
            Some(KeyCheckError::Replaces(old)) if std::io::stdin().is_terminal() => {
                confirm(environment, &format!("replace {}", key_name(old)), "stored", out)?;
                conditions.overrides.replace = Replace::Only(old.fingerprint);
            }
            _ => return Err(not_stored(environment, &refused)),
        }
    }
    let accepted = enrollment::try_and_enroll(services, key_writer, client, environment, key, trial, &conditions).await;
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
