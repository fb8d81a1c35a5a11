//! The environment variables of the process, those that hold keys kept apart.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::domain::api_key::KeySource;
use crate::domain::environment::EnvironmentName;
use crate::domain::passphrase;
use crate::domain::unconfigured_key::UnconfiguredKey;
use crate::domain::user_path::{self, UserPathError};
use crate::services::private_file::PrivateFiles;

/// The variable that serves the default environment, and the start of the names of all others that concern keys.
pub(super) const GENERAL: &str = KeySource::GENERAL_VARIABLE;

/// The credential of systemd with the passphrase of the encrypted key file.
pub(super) const PASSPHRASE_CREDENTIAL: &str = "trackyard-passphrase";

/// Prefix of the credential with the key of an environment; the name of the environment follows.
const CREDENTIAL_PREFIX: &str = "trackyard-";

/// The variable that names the file with the key of an environment.
pub(super) fn file_variable(environment: &EnvironmentName) -> String {
    format!("{}_FILE", environment.key_variable())
}

/// A copy of the environment variables.
///
/// Those that begin with `TRACKYARD_API_KEY` or `TRACKYARD_PASSPHRASE` are wiped when it is dropped, and are never
/// handed to a child process.
///
/// ```
/// use trackyard_tui::services::keys::Variables;
///
/// let variables: Variables = std::env::vars_os().collect();
/// ```
#[derive(Default)]
pub struct Variables {
    secret: HashMap<OsString, Zeroizing<Vec<u8>>>,
    ordinary: HashMap<OsString, OsString>,
    allows_group: bool,
}

impl Variables {
    /// The variables of this process; with `allows_group`, the files that they name may be read by their group too.
    #[must_use]
    pub fn of_process(allows_group: bool) -> Self {
        Self { allows_group, ..std::env::vars_os().collect() }
    }

    /// The rule for the files that the variables name, and for those in the folder of credentials.
    #[must_use]
    pub fn private_files(&self) -> PrivateFiles {
        PrivateFiles::new(self.credentials().map(Path::to_owned), self.allows_group)
    }

    /// The path in a variable that concerns keys or their passphrase; `None` where it is unset or blank.
    pub(super) fn secret_path(&self, name: &str) -> Option<Result<PathBuf, UserPathError>> {
        let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let home = self.ordinary.get(OsStr::new(home)).filter(|home| !home.is_empty()).map(Path::new);
        // A name that is no text leads to no file.
        let written = self.secret(name).map(|bytes| String::from_utf8_lossy(bytes.trim_ascii()));
        written.map(|written| user_path::resolve(OsStr::new(written.as_ref()), home))
    }

    /// The value of a variable that concerns keys or their passphrase; `None` where it is unset or blank.
    pub(super) fn secret(&self, name: &str) -> Option<&[u8]> {
        let value = self.secret.get(OsStr::new(name))?;
        (!value.trim_ascii().is_empty()).then_some(value.as_slice())
    }

    /// All variables that do not concern keys.
    pub(super) fn ordinary(&self) -> &HashMap<OsString, OsString> {
        &self.ordinary
    }

    /// True where a variable gives the key of an environment, or names the file that does.
    #[must_use]
    pub fn give_key_of(&self, environment: &EnvironmentName) -> bool {
        [environment.key_variable(), file_variable(environment)].iter().any(|name| self.secret(name).is_some())
    }

    /// Sources of keys for environments that are none of `configured`, `credentials` by their names among them.
    pub(super) fn unclaimed<'a>(
        &self,
        configured: &[&EnvironmentName],
        credentials: impl Iterator<Item = &'a OsString>,
    ) -> Vec<UnconfiguredKey> {
        let is_known = |name: &str| {
            configured
                .iter()
                .any(|environment| name == environment.key_variable() || name == file_variable(environment))
        };
        let variables = self.secret.keys().filter_map(|name| {
            let name = name.to_str().filter(|name| self.secret(name).is_some() && !is_known(name))?;
            let suffix = name.strip_prefix(GENERAL)?.strip_prefix('_')?;
            let (suffix, source) = match suffix.strip_suffix("_FILE") {
                Some(suffix) => (suffix, KeySource::VariableFile(name.to_owned())),
                None => (suffix, KeySource::Variable(name.to_owned())),
            };
            let environment = suffix.to_ascii_lowercase().replace('_', "-").parse().ok()?;
            Some(UnconfiguredKey { environment, source })
        });
        let credentials = credentials.filter_map(|name| {
            let name = name.to_str().filter(|name| *name != PASSPHRASE_CREDENTIAL)?;
            let environment: EnvironmentName = name.strip_prefix(CREDENTIAL_PREFIX)?.parse().ok()?;
            let is_configured = configured.contains(&&environment);
            (!is_configured).then(|| UnconfiguredKey { environment, source: KeySource::Credential(name.to_owned()) })
        });
        let mut unclaimed: Vec<_> = variables.chain(credentials).collect();
        unclaimed.sort();
        unclaimed
    }

    /// Path that systemd gives the credential of an environment, and its name.
    pub(super) fn credential(&self, environment: &EnvironmentName) -> Option<(PathBuf, String)> {
        let name = format!("{CREDENTIAL_PREFIX}{environment}");
        Some((self.credentials()?.join(&name), name))
    }

    /// The names of the credentials that are there now. Blocks.
    pub(super) fn list_credentials(&self) -> io::Result<HashSet<OsString>> {
        let Some(folder) = self.credentials() else { return Ok(HashSet::new()) };
        match folder.read_dir() {
            Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(error),
        }
    }

    /// Path that systemd would give the credential with the passphrase.
    pub(super) fn passphrase_credential(&self) -> Option<PathBuf> {
        Some(self.credentials()?.join(PASSPHRASE_CREDENTIAL))
    }

    fn credentials(&self) -> Option<&Path> {
        let folder = self.ordinary.get(OsStr::new("CREDENTIALS_DIRECTORY"))?;
        (!folder.is_empty()).then(|| Path::new(folder))
    }
}

impl FromIterator<(OsString, OsString)> for Variables {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        let mut sorted = Self::default();
        for (name, value) in variables {
            let name = if cfg!(windows) { name.to_ascii_uppercase() } else { name };
            if [GENERAL, passphrase::VARIABLE].iter().any(|start| name.as_encoded_bytes().starts_with(start.as_bytes()))
            {
                sorted.secret.insert(name, Zeroizing::new(value.into_encoded_bytes()));
            } else {
                sorted.ordinary.insert(name, value);
            }
        }
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_environments_that_are_not_configured_are_named_and_no_others() {
        let names = [
            "TRACKYARD_API_KEY",
            "TRACKYARD_API_KEY_DEV",
            "TRACKYARD_API_KEY_EU_WEST",
            "TRACKYARD_API_KEY_EU_WEST_FILE",
            "TRACKYARD_API_KEY_ENV_4",
            "TRACKYARD_API_KEY_QA_FILE",
            "TRACKYARD_API_KEY_",
            "TRACKYARD_API_KEYS",
            "TRACKYARD_API_KEY_no.name",
            "TRACKYARD_PASSPHRASE",
        ];
        let set = names.map(|name| (OsString::from(name), OsString::from("canary")));
        let blank = [(OsString::from("TRACKYARD_API_KEY_OLD"), OsString::from(" "))];
        let variables: Variables = set.into_iter().chain(blank).collect();
        let configured = ["dev", "eu-west"].map(|name| name.parse::<EnvironmentName>().unwrap());
        let credentials = ["trackyard-dev", "trackyard-prod", PASSPHRASE_CREDENTIAL, "other"].map(OsString::from);
        let unclaimed = variables.unclaimed(&configured.each_ref(), credentials.iter());
        let told: Vec<_> = unclaimed.iter().map(|key| format!("{} {}", key.environment, key.source)).collect();
        let expected =
            ["env-4 TRACKYARD_API_KEY_ENV_4", "prod credential trackyard-prod", "qa TRACKYARD_API_KEY_QA_FILE"];
        assert_eq!(told, expected);
        assert!(!format!("{unclaimed:?}").contains("canary"));
    }
}
