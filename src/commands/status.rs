//! `status`: samples every environment once, and prints a table or JSON.

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

/// Polls every environment and prints the snapshot. A bad status is no failure: it could be reported.
///
/// # Errors
/// An output that can't be written, or no place to count requests in, without which the service is not asked.
pub async fn run(arguments: &StatusArguments, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let timeout = setup::timeout();
    let (services, _) = setup::open(settings, KeyStorePurpose::Read, timeout).await?;
    let monitor = settings.monitor(arguments.max_age, setup::seed());
    let round = headless::poll_on_timer(monitor, services, timeout).await;
    print(&round.snapshot, arguments.json, out)?;
    if round.is_request_log_unavailable {
        return Err(message::request_log_unavailable(&round));
    }
    message::warn_history_error(&round);
    Ok(())
}

fn print(snapshot: &Snapshot, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    if json {
        let document = document::StatusDocument::new(snapshot);
        serde_json::to_writer_pretty(&mut *out, &document).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", table::table(snapshot, &setup::zone()))?;
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests;
