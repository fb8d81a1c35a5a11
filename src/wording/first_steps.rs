//! What to do where there is no key to watch.

use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyError;
use crate::domain::passphrase::FILE_VARIABLE;
use crate::domain::web_page::KEYS_PAGE;
use crate::wording::clauses;
use crate::wording::sentences::environment_name;

/// Place of a key that is pasted.
const MACHINE: &str = "in this machine's key store";

/// Keys of the keyboard that the steps name; `None` for one that does not work here.
#[derive(Clone, Debug, Default)]
pub struct StepKeys {
    /// Adds a key of the service.
    pub add: Option<String>,
    /// Chooses the next environment.
    pub next: Option<String>,
    /// Opens the web page of the keys.
    pub web: Option<String>,
    /// Ends the program.
    pub quit: Option<String>,
}

/// Steps under a heading, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSteps {
    /// The fact.
    pub heading: String,
    /// What to do, one after the other.
    pub steps: Vec<String>,
    /// A sentence below.
    pub note: String,
}

/// No environment is watched.
#[must_use]
pub fn without_environment() -> FirstSteps {
    FirstSteps {
        heading: "No environment is watched.".to_owned(),
        steps: vec![
            "Open the config file: `trackyard-tui config path` says where it is, `trackyard-tui config init` writes one."
                .to_owned(),
            "Name each environment in it: [[environment]] and, on the next line, name = \"prod\"".to_owned(),
            "Save it. It is read again at once.".to_owned(),
        ],
        note: String::new(),
    }
}

/// No environment has a key; `chosen` is one of `count`.
#[must_use]
pub fn without_any_key(chosen: &EnvironmentName, count: usize, keys: &StepKeys) -> FirstSteps {
    let mut steps = vec![create(keys)];
    let next = keys.next.as_ref().filter(|_| count > 1);
    steps
        .extend(next.map(|key| format!("Select the environment with {key} (selected: {}).", environment_name(chosen))));
    steps.push(paste(keys, MACHINE));
    FirstSteps {
        heading: "Welcome. No environment has a key yet.".to_owned(),
        steps,
        note: "Polling costs no credits and takes only a small share of a key's own limits.".to_owned(),
    }
}

/// One environment has no key, others have.
#[must_use]
pub fn without_key(environment: &EnvironmentName, keys: &StepKeys) -> FirstSteps {
    FirstSteps {
        heading: format!("{} has no key yet.", environment_name(environment)),
        steps: vec![create(keys), paste(keys, MACHINE)],
        note: format!("Or start this program with {} set.", environment.key_variable()),
    }
}

/// The keyring can't be reached, so that no key is known.
#[must_use]
pub fn without_keyring(failure: &KeyError, chosen: &EnvironmentName, keys: &StepKeys) -> FirstSteps {
    let quit = keys.quit.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
    FirstSteps {
        heading: clauses::sentence(&failure.to_string()),
        steps: vec![
            format!("Quit{quit}, then put key_store = \"file\" at the top of the config file, for an encrypted file."),
            format!(
                "Start this program again. It asks for a passphrase, unless {FILE_VARIABLE} names a private file \
                 that holds it."
            ),
            paste(keys, "in that file"),
        ],
        note: format!(
            "To keep no key here: start this program with {} set. To use the keyring: start it in a session bus with a \
             Secret Service.",
            chosen.key_variable()
        ),
    }
}

/// Places that a key may come from, each with what to do.
#[must_use]
pub fn key_sources(environment: &EnvironmentName) -> Vec<(&'static str, String)> {
    let variable = environment.key_variable();
    vec![
        ("variable", format!("{variable}, or {variable}_FILE for a file that holds the key")),
        ("credential", format!("trackyard-{environment} in systemd's $CREDENTIALS_DIRECTORY")),
        ("command", "key_command in the config file, such as [\"pass\", \"show\", \"trackyard/prod\"]".to_owned()),
        ("key store", "the keyring, or the encrypted file: key_store = \"file\" in the config file".to_owned()),
    ]
}

fn create(keys: &StepKeys) -> String {
    let open = keys.web.as_ref().map(|key| format!(" ({key} opens it)")).unwrap_or_default();
    format!("Create a key at {KEYS_PAGE}{open}.")
}

fn paste(keys: &StepKeys, place: &str) -> String {
    match &keys.add {
        Some(key) => format!(
            "Press {key} and paste the key. It is tried against the service first, then kept {place} and \
             nowhere else."
        ),
        None => "Add the key in a dashboard that may change keys: this one is read-only.".to_owned(),
    }
}
