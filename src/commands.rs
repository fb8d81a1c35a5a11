//! One file for each command.

pub mod alert;
mod charset_writer;
mod columns;
pub mod completions;
pub mod config;
pub mod dashboard;
pub mod demo;
pub mod doctor;
pub mod history;
pub mod key;
pub mod man;
pub mod passphrase_prompt;
pub mod setup;
pub mod simulate;
pub mod status;

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use thiserror::Error;

use crate::cli::{Cli, CliCommand, HistorySubcommand, KeySubcommand};
use crate::config::error::ConfigError;
use crate::config::paths::Paths;
use crate::config::settings::Settings;
use crate::config::{ConfigSource, Overrides, load};
use crate::domain::text::sanitise;
use crate::runtime::headless::PollRound;
use crate::services::log::LogFlushGuard;
use crate::services::program;
use crate::tui::charset::Charset;
use crate::wording;
use charset_writer::CharsetWriter;

/// How long the end waits for background work, such as a look-up of a name that nobody needs any more.
const END_LIMIT: Duration = Duration::from_millis(100);
/// The longest message of an error, in characters.
const MESSAGE_MAX: usize = 1_000;

/// Does what the command line asks for, tells what failed, and answers with the exit status.
#[must_use]
pub fn run(cli: &Cli) -> u8 {
    let _last_lines = LogFlushGuard;
    let mut out = io::BufWriter::new(io::stdout());
    let outcome = dispatch(cli, &mut out);
    let written = out.flush().map_err(CommandError::from);
    match outcome.and(written) {
        Ok(()) => 0,
        Err(error) => {
            let status = error.exit_status();
            if status != 0 {
                print_message(&error.to_string());
            }
            status
        }
    }
}

/// Says what is wrong with the command line, or shows the help that it asks for, in characters that can be read here, and
/// answers with the exit status.
#[must_use]
pub fn report_usage_error(error: &clap::Error) -> u8 {
    let text = error.render().to_string();
    let plain = setup::charset(None).text(&text);
    // Where even this can't be told, the exit status still can.
    let _ = match (plain == text, error.use_stderr()) {
        (true, _) => error.print(),
        (false, true) => io::stderr().write_all(plain.as_bytes()),
        (false, false) => io::stdout().write_all(plain.as_bytes()),
    };
    u8::try_from(error.exit_code()).unwrap_or(u8::MAX)
}

/// Says on the standard error what is amiss. Where even this can't be told, the exit status still can.
fn print_message(text: &str) {
    let text = setup::charset(None).text(&sanitise(text, MESSAGE_MAX));
    let _ = writeln!(io::stderr(), "trackyard-tui: {text}");
}

fn dispatch(cli: &Cli, out: &mut dyn Write) -> Result<(), CommandError> {
    let overrides = cli.overrides();
    match &cli.command {
        Some(CliCommand::Completions { shell }) => completions::run(*shell, out),
        Some(CliCommand::Man) => man::run(out),
        Some(CliCommand::Config(command)) => {
            let source = ConfigSource::find(&overrides, &variable, Paths::discover())?;
            let mut out = CharsetWriter::new(out, setup::charset(None));
            config::run(*command, &source, &overrides, &variable, &mut out)
        }
        Some(CliCommand::Simulate(arguments)) => {
            wait_for(simulate::run(arguments, &mut CharsetWriter::new(out, setup::charset(None))))
        }
        Some(CliCommand::Demo(arguments)) => {
            // The keys of the demonstration are in memory.
            let overrides = Overrides { key_store: None, ..overrides };
            let settings = Settings::resolve(&overrides, &|_| None, None, Paths::default())?;
            wait_for(demo::run(arguments, &settings))
        }
        None => wait_for(dashboard::run(&load(&overrides, &variable)?)),
        Some(CliCommand::Status(arguments)) => {
            let settings = settings_with_log(&overrides)?;
            wait_for(status::run(arguments, &settings, &mut readable(out, &settings, arguments.json)))
        }
        Some(CliCommand::Alert(command)) => {
            let settings = settings_with_log(&overrides)?;
            wait_for(alert::run(*command, &settings, &mut readable(out, &settings, false)))
        }
        Some(CliCommand::Doctor) => {
            let settings = settings_with_log(&overrides)?;
            wait_for(doctor::run(&settings, &mut readable(out, &settings, false)))
        }
        Some(CliCommand::History(command)) => {
            let settings = settings_with_log(&overrides)?;
            let is_data = matches!(command, HistorySubcommand::Export(_));
            let mut out = readable(out, &settings, is_data);
            wait_for(history::run(command, &cli.global.environments, &settings, &mut out))
        }
        Some(CliCommand::Key(command)) => {
            let settings = settings_with_log(&overrides)?;
            let is_data = matches!(command, KeySubcommand::List { json: true });
            wait_for(key::run(command, &settings, &mut readable(out, &settings, is_data)))
        }
    }
}

/// The output in the characters that its reader can read; data for programs is always UTF-8.
fn readable<'a>(out: &'a mut dyn Write, settings: &Settings, is_data: bool) -> CharsetWriter<'a> {
    let charset = if is_data { Charset::Unicode } else { setup::charset(settings.dashboard.ascii) };
    CharsetWriter::new(out, charset)
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn settings_with_log(overrides: &Overrides) -> Result<Settings, CommandError> {
    let settings = load(overrides, &variable)?;
    setup::start_log(&settings);
    Ok(settings)
}

/// Runs a command to its end, and then waits for nothing that it left behind, not even after a fault. Only programs that
/// were started for it are ended.
fn wait_for(command: impl Future<Output = Result<(), CommandError>>) -> Result<(), CommandError> {
    let runtime = setup::runtime()?;
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(command)));
    runtime.shutdown_timeout(END_LIMIT);
    program::end_all();
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

/// A history that can't be used is no failure of a command that only looks at keys.
fn warn_history_error(round: &PollRound) {
    if let Some(trouble) = &round.snapshot.history_error {
        print_message(&format!(
            "nothing is remembered of this: {}",
            wording::history_errors::sentence_and_remedy(trouble)
        ));
    }
}

/// Why a command failed that asked nothing, because calls could be counted nowhere.
fn request_log_unavailable(round: &PollRound) -> CommandError {
    let trouble = round.snapshot.history_error.as_ref().map(wording::history_errors::sentence_and_remedy);
    let trouble = trouble.unwrap_or_else(|| "the history can't be used".to_owned());
    CommandError::Failed(format!(
        "the service was not asked, for there is no place to count calls in, so this is what is stored: {trouble} \
         `trackyard-tui key test ENV` asks all the same."
    ))
}

/// Why a command did not do what it was asked to.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something failed; the text says what, and what to do.
    #[error("{0}")]
    Failed(String),
    /// The output could not be written.
    #[error("the output can't be written: {0}")]
    Output(#[from] io::Error),
}

impl CommandError {
    /// The exit status: 1 failed, 2 usage or configuration. A reader that closed its end of the pipe has seen
    /// enough, which is no failure: 0.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Config(_) => 2,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Failed(_) | Self::Output(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_tells_usage_from_failure_and_a_closed_pipe_from_both() {
        assert_eq!(CommandError::from(ConfigError::NoHome).exit_status(), 2);
        assert_eq!(CommandError::Failed(String::new()).exit_status(), 1);
        assert_eq!(CommandError::from(io::Error::from(io::ErrorKind::StorageFull)).exit_status(), 1);
        assert_eq!(CommandError::from(io::Error::from(io::ErrorKind::BrokenPipe)).exit_status(), 0);
    }
}
