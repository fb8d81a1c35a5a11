//! `status`: samples every environment once, and prints a table or JSON.

#[cfg(test)]
mod agreement;
pub mod document;
pub mod table;

use std::io::Write;

use super::CommandError;
use super::setup;
use super::unlock::Purpose;
use crate::cli::StatusArguments;
use crate::config::settings::Settings;
use crate::monitor::report::Overview;
use crate::runtime::sampling;

/// Samples and prints. That an environment fares badly is no failure: it could be reported.
///
/// # Errors
/// When the output can't be written, or the service may not be asked because calls can be counted nowhere.
pub async fn run(arguments: &StatusArguments, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let store = setup::unlocked(settings, Purpose::Read).await?;
    let (services, _) = setup::services_of_command(settings, store, setup::limits(setup::patience()));
    let monitor = settings.monitor(arguments.max_age, setup::seed());
    let round = sampling::sample(monitor, services, setup::patience()).await;
    print(&round.overview, arguments.json, out)?;
    if round.is_unledgered {
        return Err(super::unledgered(&round));
    }
    super::tell_history_trouble(&round);
    Ok(())
}

fn print(overview: &Overview, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    if json {
        let document = document::Document::new(overview);
        serde_json::to_writer_pretty(&mut *out, &document).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", table::table(overview, &setup::zone()))?;
    }
    Ok(out.flush()?)
}
