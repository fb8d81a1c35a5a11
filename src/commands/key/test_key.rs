//! `key test`: tries the key of an environment against the service.

use std::io::Write;

use jiff::Timestamp;

use super::list;
use crate::commands::error::CommandError;
use crate::commands::message::warn_history_error;
use crate::commands::setup;
use crate::config::settings::Settings;
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Status;
use crate::monitor::polling::key_verdict::PastFailure;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::runtime::headless;
use crate::services::Services;
use crate::services::keys::KeyReadTimeout;
use crate::wording::remedies::{Remedy, RemedyAudience, RemedyReason};
use crate::wording::{format, key_errors, request_errors, sentences};

/// Runs the command.
pub(super) async fn run(
    name: &EnvironmentName,
    settings: &Settings,
    services: Services,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let (clock, start) = (services.clock, services.clock.now().wall);
    let round = headless::poll_on_request(settings.monitor(None, setup::seed()), services, KeyReadTimeout::User).await;
    warn_history_error(&round);
    let Some(environment) = round.snapshot.environments.first() else {
        return Err(CommandError::Failed(format!("{name} is not configured")));
    };
    let is_tried = environment.polled_at.is_some_and(|polled_at| polled_at >= start);
    if environment.status != Status::Active || !is_tried {
        let now = clock.now().wall;
        let of_all = sentences::all_refused(&round.snapshot, now, &setup::zone()).map(|refused| {
            let advice = refused.advice.map(|advice| format!(" {}", advice.sentence(&RemedyAudience::CommandLine)));
            format!("{}.{}", refused.text, advice.unwrap_or_default())
        });
        let why = of_all.unwrap_or_else(|| why(environment, now));
        return Err(CommandError::Failed(format!("{name}: {}: {why}", list::status(environment))));
    }
    let credits =
        environment.account.as_ref().map(|account| format::credits(account.credits_remaining)).unwrap_or_default();
    let key =
        environment.key.as_ref().map(|key| format!("{} from {}", list::name(key), key.source)).unwrap_or_default();
    writeln!(out, "{name}: active, {credits} credits left; {key}")?;
    Ok(out.flush()?)
}

fn why(environment: &EnvironmentSnapshot, now: Timestamp) -> String {
    let refusal =
        environment.refusal.as_ref().filter(|_| environment.status != Status::Unreachable).map(PastFailure::failure);
    let by_service = refusal.as_ref().or(environment.poll_failure.as_ref()).map(|failure| {
        let source = environment.key.as_ref().map(|key| key.source.clone());
        let reason = RemedyReason::PollFailed((*failure.cause).clone());
        let remedy = Remedy { reason, source, environment: environment.environment.name.clone() }
            .sentence(&RemedyAudience::CommandLine);
        format!("{}. {remedy}", request_errors::clause(&failure.cause))
    });
    let by_source = environment
        .key_failure
        .as_ref()
        .map(|failure| key_errors::explained(failure, &environment.environment.name, &RemedyAudience::CommandLine));
    by_service.or(by_source).unwrap_or_else(|| {
        let next = sentences::next_poll(environment, now, &setup::zone());
        format!("not tried: as many requests are made with the key as a person may ask for, half of its limit; {next}")
    })
}
