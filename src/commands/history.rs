//! `history`: writes the stored samples out, and takes those of another machine in.

mod export;
mod import;

use std::io::Write;

use super::error::CommandError;
use crate::cli::HistorySubcommand;
use crate::config::error::ConfigError;
use crate::config::settings::Settings;
use crate::domain::environment::EnvironmentName;
use crate::services::history::History;

/// Runs the command, for the environments that were asked for by name.
///
/// # Errors
/// The reason that it could not be done, and the remedy.
pub async fn run(
    command: &HistorySubcommand,
    environments: &[EnvironmentName],
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let history = History::open(settings.paths.history_file()?);
    match command {
        HistorySubcommand::Export(arguments) => export::run(arguments, environments, settings, &history, out).await,
        HistorySubcommand::Import { file } => {
            let file = settings.paths.expand(file);
            let file = file.map_err(|reason| ConfigError::value("FILE", &reason))?;
            import::run(&file, &history, out).await
        }
    }
}

#[cfg(test)]
mod tests;
