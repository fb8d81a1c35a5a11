//! Commands of the command line, one file each, and what they share.

pub mod alert;
mod charset_writer;
mod columns;
mod command_line;
pub mod completions;
pub mod config;
pub mod dashboard;
pub mod demo;
pub mod doctor;
mod error;
mod hidden_prompt;
pub mod history;
pub mod key;
pub mod man;
mod message;
mod passphrase_prompt;
pub mod setup;
pub mod simulate;
pub mod status;

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use crate::cli::{Cli, CliCommand, HistorySubcommand, KeySubcommand};
use crate::config::paths::Paths;
use crate::config::settings::Settings;
use crate::config::{ConfigSource, Overrides, load};
use crate::services::log::LogFlushGuard;
use crate::services::program;
use crate::tui::charset::Charset;
use charset_writer::{CharsetWriter, charset};
use message::print_message;

pub use error::CommandError;

/// Wait of the end for background work, such as a look-up of a name that nobody needs any more.
const END_LIMIT: Duration = Duration::from_millis(100);

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
    let plain = charset(None).text(&text);
    // Where even this can't be told, the exit status still can.
    let _ = match (plain == text, error.use_stderr()) {
        (true, _) => error.print(),
        (false, true) => io::stderr().write_all(plain.as_bytes()),
        (false, false) => io::stdout().write_all(plain.as_bytes()),
    };
    u8::try_from(error.exit_code()).unwrap_or(u8::MAX)
}

fn dispatch(cli: &Cli, out: &mut dyn Write) -> Result<(), CommandError> {
    let overrides = cli.overrides();
    match &cli.command {
        Some(CliCommand::Completions { shell }) => completions::run(*shell, out),
        Some(CliCommand::Man) => man::run(out),
        Some(CliCommand::Config(command)) => {
            let source = ConfigSource::find(&overrides, &variable, Paths::discover())?;
            let mut out = CharsetWriter::new(out, charset(None));
            config::run(*command, &source, &overrides, &variable, &mut out)
        }
        Some(CliCommand::Simulate(arguments)) => {
            wait_for(simulate::run(arguments, &mut CharsetWriter::new(out, charset(None))))
        }
        Some(CliCommand::Demo(arguments)) => {
            // The keys of the demonstration are in memory.
            let overrides = Overrides { key_store: None, ..overrides };
            // A theme by its name is looked for beside the config file, which is not read.
            let beside_config = Paths::discover().config_file().map(ToOwned::to_owned);
            let paths = beside_config.map_or_else(|_| Paths::default(), |file| Paths::default().with_config_file(file));
            let settings = Settings::resolve(&overrides, &|_| None, None, paths)?;
            wait_for(demo::run(arguments, &settings))
        }
        None => wait_for(dashboard::run(&load(&overrides, &variable)?)),
        Some(CliCommand::Doctor) => with_settings(&overrides, false, out, doctor::run),
        Some(CliCommand::Status(arguments)) => with_settings(&overrides, arguments.json, out, async |settings, out| {
            status::run(arguments, settings, out).await
        }),
        Some(CliCommand::Alert(command)) => {
            with_settings(&overrides, false, out, async |settings, out| alert::run(*command, settings, out).await)
        }
        Some(CliCommand::History(command)) => {
            let is_data = matches!(command, HistorySubcommand::Export(_));
            with_settings(&overrides, is_data, out, async |settings, out| {
                history::run(command, &cli.global.environments, settings, out).await
            })
        }
        Some(CliCommand::Key(command)) => {
            let is_data = matches!(command, KeySubcommand::List { json: true });
            with_settings(&overrides, is_data, out, async |settings, out| key::run(command, settings, out).await)
        }
    }
}

/// Runs a command that has settings and a log. Its output is in the characters that its reader can read; data for programs
/// is always UTF-8.
fn with_settings(
    overrides: &Overrides,
    is_data: bool,
    out: &mut dyn Write,
    command: impl AsyncFnOnce(&Settings, &mut dyn Write) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let settings = load(overrides, &variable)?;
    setup::start_log(&settings);
    let charset = if is_data { Charset::Unicode } else { charset(settings.dashboard.ascii) };
    wait_for(command(&settings, &mut CharsetWriter::new(out, charset)))
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
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
