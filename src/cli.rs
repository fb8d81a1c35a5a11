//! Command line as `clap` sees it.

mod theme_parser;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use jiff::{SignedDuration, Timestamp};

use theme_parser::ThemeParser;

use crate::config::moment::Moment;
use crate::config::settings::{KeyStoreName, LogLevel};
use crate::config::{self, duration};
use crate::domain::environment::EnvironmentName;
use crate::simulator::scenario::Scenario;

/// Version with the commit it was built from and that commit's date: `0.1.0 (1a2b3c4 2026-11-21)`.
pub const VERSION: &str = env!("TRACKYARD_TUI_VERSION");

/// Variables that the program reads, and their meanings.
pub const VARIABLES: [(&str, &str); 9] = [
    (config::BASE_URL_VARIABLE, "the base URL, as --base-url"),
    (config::CONFIG_VARIABLE, "the config file, as --config"),
    (config::LOG_VARIABLE, "the log level, as --log-level"),
    ("TRACKYARD_API_KEY", "the key of the default environment, where nothing else has one"),
    ("TRACKYARD_API_KEY_<ENV>", "the key of an environment (upper case, - as _)"),
    ("TRACKYARD_API_KEY_<ENV>_FILE", "a file that holds it"),
    ("TRACKYARD_PASSPHRASE", "the passphrase of the encrypted key file"),
    ("TRACKYARD_PASSPHRASE_FILE", "a file that holds it"),
    ("NO_COLOR", "print without colour"),
];

/// Exit statuses, and their meanings.
pub const EXIT_STATUSES: [(u8, &str); 3] = [(0, "done"), (1, "failed"), (2, "usage or configuration")];

/// Watch Trackyard API keys: credits, rate limits, last use and rotation.
///
/// Without a command, the dashboard opens: one card for each environment, polled on a timer. Store the keys with
/// `trackyard-tui key set ENV`; to look around without any, run `trackyard-tui demo`.
#[derive(Clone, Debug, Parser)]
#[command(name = "trackyard-tui", version = VERSION, max_term_width = 100, after_long_help = after_help())]
pub struct Cli {
    /// Options of the dashboard, as written before a command.
    #[command(flatten)]
    pub dashboard: DashboardOptions,
    /// Options of all commands.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// Command; without one the dashboard opens.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

/// Options of all commands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options everywhere")]
pub struct GlobalOptions {
    /// Config file to read.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath,
        help = "Read this config file [env: TRACKYARD_CONFIG]")]
    pub config: Option<PathBuf>,
    /// Base URL, not yet validated.
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url,
        help = "Call the service here, with /me appended [env: TRACKYARD_BASE_URL]")]
    pub base_url: Option<String>,
    /// Take only this environment; may be given again for more
    #[arg(id = "env", long, global = true, value_name = "NAME")]
    pub environments: Vec<EnvironmentName>,
    /// Keep keys in this store: keyring, which is that of the operating system, or file, an encrypted one
    #[arg(long, global = true, value_name = "NAME", hide_possible_values = true)]
    pub key_store: Option<KeyStoreName>,
    /// Least severity of what is written to the log.
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        hide_possible_values = true,
        help = "Log level: off, error, warn, info, debug, trace [env: TRACKYARD_LOG]"
    )]
    pub log_level: Option<LogLevel>,
}

/// Options of the dashboard.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct DashboardOptions {
    /// Offer nothing that changes keys
    #[arg(long, help_heading = "Dashboard")]
    pub read_only: bool,
    /// Show all environments at a glance, for a monitor on a wall; nothing can be changed
    #[arg(long, help_heading = "Dashboard")]
    pub wall: bool,
    /// Let no key and no mouse do anything, quitting included: a signal ends the program
    #[arg(long, help_heading = "Dashboard")]
    pub lock: bool,
    /// Draw with ASCII characters alone
    #[arg(long, help_heading = "Dashboard")]
    pub ascii: bool,
    /// Leave the mouse to the terminal
    #[arg(long, help_heading = "Dashboard")]
    pub no_mouse: bool,
    /// Draw in this theme: terminal, dark, light, high-contrast, deuteranopia, tritanopia, mono, or that of a file
    #[arg(long, help_heading = "Dashboard", value_name = "NAME|FILE", value_parser = ThemeParser,
        hide_possible_values = true)]
    pub theme: Option<String>,
}

/// Command.
#[derive(Clone, Debug, Subcommand)]
pub enum CliCommand {
    /// Open the dashboard on a built-in simulator
    ///
    /// Three environments in telling states, over real HTTP on this machine. No key of yours, keyring, network or
    /// file is touched.
    Demo(DemoArguments),
    /// Sample every environment once and print a table or JSON
    Status(StatusArguments),
    /// Store, list, test, move, rotate and remove keys
    #[command(subcommand)]
    Key(KeySubcommand),
    /// Write the stored samples out, or take those of another machine in
    #[command(subcommand)]
    History(HistorySubcommand),
    /// Run the simulator of the service alone, for drills and tests
    Simulate(SimulateArguments),
    /// Say what works here: config, key store, network, TLS, clock, terminal and files
    ///
    /// The exit status is 1 if something that you asked for can't work.
    Doctor,
    /// Try how alerts are told
    #[command(subcommand)]
    Alert(AlertSubcommand),
    /// Find, write and check the config file
    #[command(subcommand)]
    Config(ConfigSubcommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// Arguments of `demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArguments {
    /// Options of the dashboard, as written after the command.
    #[command(flatten)]
    pub dashboard: DashboardOptions,
    /// What the simulator plays
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub scenario: Scenario,
    /// Start the clock here, for demonstrations that look the same each time
    #[arg(long, value_name = "TIMESTAMP", hide = true)]
    pub at: Option<Timestamp>,
}

/// Arguments of `status`.
#[derive(Args, Clone, Debug)]
pub struct StatusArguments {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Take a stored sample that is at most so old, like 10m or "1h 30m", instead of a new one
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub max_age: Option<SignedDuration>,
}

/// Command of keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeySubcommand {
    /// Read a key from a hidden prompt, try it, and store it
    ///
    /// Where the standard input is no terminal, the key is read from there. It is never taken from the command
    /// line, where other users could see it.
    ///
    /// A key that would take the place of another one is stored once you have confirmed that, or said --replace.
    Set(SetArguments),
    /// List the source, fingerprint, age and status of each key, never the key itself
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Try a key against the service
    Test {
        /// The environment
        #[arg(value_name = "ENV")]
        environment: EnvironmentName,
    },
    /// Replace a key by a new one in four steps, and go on with that at any time
    ///
    /// First, make the new key on the web page. It is read from a hidden prompt, or from the standard input where that
    /// is no terminal, and tried; the old one is kept aside. Then your applications move over to it. Last, revoke the
    /// old key: once the service refuses it, it is erased here. Each step is durable: run the command again to go on.
    Rotate(RotateArguments),
    /// Move keys from one key store to the other
    ///
    /// The keys of all environments, or of those that --env names. A key is copied, read back, and only then removed
    /// from where it was, so that an interruption loses none and the command can be repeated. A different key in the
    /// other store is never replaced.
    Move {
        /// Where the keys are: keyring or file
        #[arg(long, value_name = "STORE", hide_possible_values = true)]
        from: KeyStoreName,
        /// Where they are to be: keyring or file
        #[arg(long, value_name = "STORE", hide_possible_values = true)]
        to: KeyStoreName,
    },
    /// Remove a key from the key store
    Remove {
        /// The environment
        #[arg(value_name = "ENV")]
        environment: EnvironmentName,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// Arguments of `key set`.
#[derive(Args, Clone, Debug)]
pub struct SetArguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentName,
    /// Store the key even if the service can't be asked about it now
    #[arg(long)]
    pub untested: bool,
    /// Replace another key that is stored already, without asking
    #[arg(long)]
    pub replace: bool,
    /// Store the key even if another environment holds it
    #[arg(long)]
    pub accept_shared_key: bool,
}

/// Arguments of `key rotate`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct RotateArguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentName,
    /// Take the new key even if it answers for another tier or allowance
    #[arg(long)]
    pub accept_other_account: bool,
    /// Don't return before the service refuses the old key
    #[arg(long)]
    pub wait: bool,
    /// Only tell how far it came
    #[arg(long, group = "instead")]
    pub status: bool,
    /// Put the old key back in use, and keep the new one aside
    #[arg(long, group = "instead")]
    pub roll_back: bool,
    /// Give up a rotation whose new key is not in use
    #[arg(long, group = "instead")]
    pub abandon: bool,
}

/// Command of the history.
#[derive(Clone, Debug, Subcommand)]
pub enum HistorySubcommand {
    /// Write the stored samples to the standard output
    ///
    /// Those of all keys, or with --env those of the keys that the environments have and had. What is unknown is empty
    /// in CSV and null in JSON; times are in UTC. A key is named by its fingerprint alone.
    Export(ExportArguments),
    /// Take in what an export wrote
    ///
    /// The format is recognised. Nothing is stored from a file that has a line which can't be read, and what is stored
    /// already stays as it is, so that the command can be repeated.
    Import {
        /// The file, or - for the standard input
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

/// Arguments of `history export`.
#[derive(Args, Clone, Debug)]
pub struct ExportArguments {
    /// From then on: a time like 2026-11-20 or 2026-11-20T10:00:00Z, or so long ago, like 30d or 12h
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub since: Option<Moment>,
    /// Until then, written likewise
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub until: Option<Moment>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: ExportFormatChoice,
    /// Write a row for each UTC day that is over instead of one for each sample
    #[arg(long)]
    pub daily: bool,
}

/// Encoding of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormatChoice {
    /// Comma-separated values
    #[default]
    Csv,
    /// A JSON object in each line
    Jsonl,
}

/// Arguments of `simulate`.
#[derive(Args, Clone, Debug)]
pub struct SimulateArguments {
    /// Listen at this port of the loopback address; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// What to play
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub scenario: Scenario,
    /// Have this many environments, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub environments: u16,
    /// Start the random numbers here, so that runs can be repeated
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Let no application use the keys, so that your calls alone change balances and limits
    #[arg(long)]
    pub idle: bool,
}

/// Command of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum AlertSubcommand {
    /// Send a test notification, and say what came of it
    ///
    /// It goes to one of the sinks that the config file asks for in its table of alerts, through the real thing: bell,
    /// terminal, desktop, webhook or command.
    Test {
        /// The sink
        sink: Sink,
    },
}

/// Sink of notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sink {
    /// The bell of the terminal.
    Bell,
    /// A notification that the terminal shows.
    Terminal,
    /// A notification of the desktop.
    Desktop,
    /// The web server.
    Webhook,
    /// The program.
    Command,
}

/// Command of the config file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigSubcommand {
    /// Print where the config file is
    Path,
    /// Write a config file that explains every key
    Init,
    /// Say whether the configuration is valid, and what is in effect
    Check,
}

fn after_help() -> String {
    let variables = VARIABLES.map(|(name, meaning)| format!("\n  {name:<30}{meaning}")).concat();
    let statuses = EXIT_STATUSES.map(|(status, meaning)| format!("{status} {meaning}")).join(", ");
    format!("Environment variables:{variables}\n\nExit status: {statuses}.")
}
