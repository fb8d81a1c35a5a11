//! `status`: samples every environment once, and prints a table or JSON.

#[cfg(test)]
mod consistency_tests;
pub mod document;
pub mod table;

use std::io::Write;

use super::error::CommandError;
use super::passphrase_prompt::KeyStorePurpose;
use super::{message, setup};
use crate::cli::StatusArguments;
use crate::config::settings::Settings;
use crate::monitor::snapshot::Snapshot;
use crate::runtime::headless;

/// Samples and prints. That an environment fares badly is no failure: it could be reported.
///
/// # Errors
/// When the output can't be written, or the service may not be asked because calls can be counted nowhere.
pub async fn run(arguments: &StatusArguments, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let store = setup::unlocked(settings, KeyStorePurpose::Read).await?;
    let (services, _) = setup::services_of_command(settings, store, setup::limits(setup::patience()));
    let monitor = settings.monitor(arguments.max_age, setup::seed());
    let round = headless::poll_on_timer(monitor, services, setup::patience()).await;
    print(&round.snapshot, arguments.json, out)?;
    if round.is_request_log_unavailable {
        return Err(message::request_log_unavailable(&round));
    }
    message::warn_history_error(&round);
    Ok(())
}

fn print(overview: &Snapshot, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    if json {
        let document = document::StatusDocument::new(overview);
        serde_json::to_writer_pretty(&mut *out, &document).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", table::table(overview, &setup::zone()))?;
    }
    Ok(out.flush()?)
}
