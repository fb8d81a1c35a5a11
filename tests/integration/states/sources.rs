//! Where the keys of a state come from: the product's own sources, over a keyring that does as the file says.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use trackyard_tui::config::settings::Settings;
use trackyard_tui::domain::api_key::{ApiKey, Fingerprint};
use trackyard_tui::domain::error::{KeyError, KeyringError, KeyringProgram};
use trackyard_tui::domain::key_entry::KeyEntry;
use trackyard_tui::services::keys::{KeyStore, KeyTimeouts, Keys, KeysOptions, Variables};

/// A keyring, shared with whoever tells it what to do.
#[derive(Clone, Default)]
pub(crate) struct Keyring(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    keys: HashMap<String, ApiKey>,
    is_locked: bool,
}

impl Keyring {
    /// `prod …ec5f`
    pub(crate) fn hold(&self, environment: &str, key: ApiKey) {
        self.0.lock().unwrap().keys.insert(environment.to_owned(), key);
    }

    pub(crate) fn lose(&self, environment: &str) {
        self.0.lock().unwrap().keys.remove(environment);
    }

    pub(crate) fn lock(&self, is_locked: bool) {
        self.0.lock().unwrap().is_locked = is_locked;
    }
}

impl KeyStore for Keyring {
    fn name(&self) -> &'static str {
        "keyring"
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        let held = self.0.lock().unwrap();
        if held.is_locked { Err(locked(entry)) } else { Ok(held.keys.get(&entry.to_string()).cloned()) }
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyError> {
        self.hold(&entry.to_string(), key.clone());
        Ok(())
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyError> {
        Ok(self.0.lock().unwrap().keys.remove(&entry.to_string()).is_some())
    }
}

/// What a keyring says that is locked.
fn locked(entry: &KeyEntry) -> KeyError {
    KeyError::Keyring { keeper: KeyringProgram::Gnome, entry: entry.clone(), fault: KeyringError::Locked }
}

/// All keys that a state knows, by the last characters that are shown of them.
#[derive(Default)]
pub(crate) struct KnownKeys(HashMap<Fingerprint, String>);

impl KnownKeys {
    /// The key that is shown as `…ec5f`.
    pub(crate) fn key(&mut self, ending: &str) -> ApiKey {
        let ending = ending.trim_end_matches(',').strip_prefix('…').expect("a key, such as …ec5f");
        let key = ApiKey::parse(&format!("trackyard_live_3b9ac1f07d52{ending}")).unwrap();
        self.0.insert(key.fingerprint(), ending.to_owned());
        key
    }

    /// The last characters of a key.
    pub(crate) fn ending(&self, key: Fingerprint) -> &str {
        &self.0[&key]
    }
}

/// The environment variables of the program, and the files that they name.
pub(crate) struct Surroundings {
    folder: TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Surroundings {
    pub(crate) fn new() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self { folder: tempfile::tempdir().unwrap(), variables: vec![("PATH".into(), path)] }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.push((name.into(), value.into()));
    }

    /// Has a variable name a file of such a mode.
    pub(crate) fn set_file(&mut self, name: &str, key: &ApiKey, mode: &str) {
        let path = self.folder.path().join("prod.key");
        std::fs::File::create(&path).unwrap().write_all(key.expose().as_bytes()).unwrap();
        let mode = u32::from_str_radix(mode, 8).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        self.set(name, path);
    }

    /// The sources as a program that starts now finds them.
    pub(crate) fn keys(&self, settings: &Settings, keyring: &Keyring) -> Keys {
        let keyring = keyring.clone();
        let commands = settings.environments.iter();
        let commands = commands.filter_map(|of| Some((of.name().clone(), of.key_command.clone()?)));
        let (keys, _) = Keys::new(KeysOptions {
            variables: self.variables.iter().cloned().collect::<Variables>(),
            default_environment: Some(settings.default_environment.clone()),
            commands: commands.collect(),
            store: Box::new(move || Box::new(keyring.clone())),
            limits: KeyTimeouts::default(),
        });
        keys
    }
}
