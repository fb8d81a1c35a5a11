//! Command line as read: the rules that `clap` can't check, and what goes before the config file.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::cli::{Cli, CliCommand, DashboardOptions, HistorySubcommand, KeySubcommand, SetArguments};
use crate::config::Overrides;
use crate::domain::environment::EnvironmentName;
use crate::domain::text::find_key;

impl Cli {
    /// Reads the command line, the name of the program included.
    ///
    /// # Errors
    /// Errors of `clap`, and its requests for help or the version. A command line that holds an API key is refused
    /// without quoting it.
    pub fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let refused = |kind, message: &str| Err(Self::command().error(kind, message));
        let arguments: Vec<_> = arguments.into_iter().collect();
        if arguments.iter().any(|argument| find_key(&argument.to_string_lossy()).is_some()) {
            let message = "this command line holds an API key, which other users of this machine can see: \
                           make a new key, and paste it where `trackyard-tui key set` asks for it";
            return refused(ErrorKind::ValueValidation, message);
        }
        let cli = Self::try_parse_from(arguments)?;
        match cli.conflict() {
            Some(message) => refused(ErrorKind::ArgumentConflict, message),
            None => Ok(cli),
        }
    }

    /// Sentence about an option that has no meaning for the command, if there is one.
    fn conflict(&self) -> Option<&'static str> {
        let has_dashboard = matches!(self.command, None | Some(CliCommand::Demo(_)));
        if !has_dashboard && self.dashboard != DashboardOptions::default() {
            return Some(
                "--read-only, --wall, --lock, --ascii, --no-mouse and --theme are for the dashboard: leave them out with this \
                 command",
            );
        }
        match &self.command {
            Some(CliCommand::Key(KeySubcommand::Move { from, to })) if from == to => {
                Some("--from and --to name the same key store")
            }
            Some(CliCommand::Key(KeySubcommand::Move { .. })) if self.global.key_store.is_some() => {
                Some("--key-store has no meaning here: --from and --to name the key stores")
            }
            Some(CliCommand::History(HistorySubcommand::Import { .. })) if !self.global.environments.is_empty() => {
                Some("--env has no meaning here: an import takes in what the file has")
            }
            _ => None,
        }
    }

    /// Environments asked for by name: the one that a command is for, else those of `--env`.
    fn environments(&self) -> Vec<EnvironmentName> {
        match &self.command {
            Some(CliCommand::Key(
                KeySubcommand::Set(SetArguments { environment, .. })
                | KeySubcommand::Test { environment }
                | KeySubcommand::Remove { environment, .. },
            )) => vec![environment.clone()],
            // A rotation is about one too, but its new key is compared with those of all.
            _ => self.global.environments.clone(),
        }
    }

    /// Options that go before variables and the config file.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let after_command = match &self.command {
            Some(CliCommand::Demo(arguments)) => arguments.dashboard.clone(),
            _ => DashboardOptions::default(),
        };
        Overrides {
            config_file: self.global.config.clone(),
            base_url: self.global.base_url.clone(),
            environments: self.environments(),
            key_store: self.global.key_store,
            log_level: self.global.log_level,
            ascii: self.dashboard.ascii || after_command.ascii,
            read_only: self.dashboard.read_only || after_command.read_only,
            no_mouse: self.dashboard.no_mouse || after_command.no_mouse,
            wall: self.dashboard.wall || after_command.wall,
            lock: self.dashboard.lock || after_command.lock,
            theme: after_command.theme.or_else(|| self.dashboard.theme.clone()),
        }
    }
}
