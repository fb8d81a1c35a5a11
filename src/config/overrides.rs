//! Options of the command line and variables, which go before the config file.

use std::ffi::OsString;
use std::path::PathBuf;

use super::settings::{KeyStoreName, LogLevel};
use crate::domain::environment::EnvironmentName;

/// Variable for the base URL.
pub const BASE_URL_VARIABLE: &str = "TRACKYARD_BASE_URL";
/// Variable for the path of the config file.
pub const CONFIG_VARIABLE: &str = "TRACKYARD_CONFIG";
/// Variable for the log level.
pub const LOG_VARIABLE: &str = "TRACKYARD_LOG";

/// Look-up of a variable, as by [`std::env::var_os`].
pub type VariableLookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Options of the command line that go before variables and the config file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Overrides {
    /// `--config`.
    pub config_file: Option<PathBuf>,
    /// `--base-url`, not yet validated.
    pub base_url: Option<String>,
    /// `--env`: only these, in the order of the configuration.
    pub environments: Vec<EnvironmentName>,
    /// `--key-store`.
    pub key_store: Option<KeyStoreName>,
    /// `--log-level`.
    pub log_level: Option<LogLevel>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--read-only`.
    pub read_only: bool,
    /// `--no-mouse`.
    pub no_mouse: bool,
    /// `--wall`.
    pub wall: bool,
    /// `--lock`.
    pub lock: bool,
    /// `--theme`, as written.
    pub theme: Option<String>,
}
