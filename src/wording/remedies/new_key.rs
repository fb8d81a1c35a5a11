//! Ways to store, replace or rotate a key: by its source, and the place where the user is.

use super::audience::RemedyAudience;
use super::reason::Remedy;
use crate::domain::api_key::KeySource;
use crate::domain::rotation::KeyCheckError;
use crate::domain::web_page::KEYS_PAGE;

/// Addition where the next look is by another run of this program.
pub(super) const RESTART: &str = "then start this program again";

impl Remedy {
    pub(super) fn add(&self, audience: &RemedyAudience) -> String {
        match (&self.source, audience) {
            (Some(source), _) if !matches!(source, KeySource::Store(_)) => {
                format!("make a key at {KEYS_PAGE}, and {}", put_into(source, audience))
            }
            (_, RemedyAudience::Dashboard { add: Some(key), .. }) => format!("press {key} to add it"),
            (_, RemedyAudience::Dialog) => "paste one here".to_owned(),
            _ => self.stored(audience),
        }
    }

    /// A new key in the place of one that is of no use any more.
    pub(super) fn replace(&self, audience: &RemedyAudience) -> String {
        let make = match audience {
            RemedyAudience::Dashboard { .. } => "make a new key on the web page".to_owned(),
            _ => format!("make a new key at {KEYS_PAGE}"),
        };
        let put = match (&self.source, audience) {
            (Some(KeySource::Store(_)) | None, RemedyAudience::Dashboard { add: Some(key), .. }) => {
                return format!("{make}, then press {key}");
            }
            (Some(KeySource::Store(_)) | None, RemedyAudience::Dialog) => "paste it here".to_owned(),
            (Some(KeySource::Store(_)) | None, _) => self.stored(audience),
            (Some(source), _) => put_into(source, audience),
        };
        format!("{make}, and {put}")
    }

    /// A new key in the place of one that still works.
    pub(super) fn rotate(&self, audience: &RemedyAudience) -> String {
        match &self.source {
            Some(KeySource::Store(_)) | None => self.steps(audience),
            Some(_) => self.replace(audience),
        }
    }

    pub(super) fn insist(&self, error: &KeyCheckError, audience: &RemedyAudience) -> String {
        let insist = match (error, audience) {
            (KeyCheckError::SameKey, _) => return format!("make a new key at {KEYS_PAGE}"),
            (_, RemedyAudience::Dialog) => "press Ctrl-Y",
            (_, RemedyAudience::Dashboard { .. }) => return "offer it again to decide".to_owned(),
            (KeyCheckError::KeyOf(_), _) => "say --accept-shared-key",
            (KeyCheckError::Replaces(_), _) => "say --replace",
            (KeyCheckError::OtherAccount { .. }, _) => "say --accept-other-account",
        };
        match error {
            KeyCheckError::Replaces(_) => {
                let rotate = match audience {
                    RemedyAudience::Dialog => "close this and rotate".to_owned(),
                    _ => format!("rotate with `trackyard-tui key rotate {}`", self.environment),
                };
                format!("{rotate}, which keeps both for a while, or {insist} to put this one in its place")
            }
            _ => format!("{insist} to use it all the same"),
        }
    }

    pub(super) fn steps(&self, audience: &RemedyAudience) -> String {
        match audience {
            RemedyAudience::Dashboard { rotate: Some(key), .. } => format!("press {key} for the steps"),
            RemedyAudience::Dashboard { rotate: None, .. } => {
                "go through the steps in a dashboard that may change keys".to_owned()
            }
            RemedyAudience::Dialog => "go through the steps of a rotation".to_owned(),
            RemedyAudience::CommandLine | RemedyAudience::Sink => {
                format!("go through the steps with `trackyard-tui key rotate {}`", self.environment)
            }
        }
    }

    /// Place that a key is stored in from elsewhere than a dialog.
    pub(super) fn stored(&self, audience: &RemedyAudience) -> String {
        match (&self.source, audience) {
            (Some(source), _) if !matches!(source, KeySource::Store(_)) => put_into(source, audience),
            (_, RemedyAudience::Dashboard { add: Some(key), .. }) => format!("press {key} to store it"),
            (_, RemedyAudience::Dashboard { add: None, .. }) => {
                "store it in a dashboard that may change keys".to_owned()
            }
            (_, RemedyAudience::Dialog) => "paste it here".to_owned(),
            (_, RemedyAudience::CommandLine | RemedyAudience::Sink) => {
                format!("store it with `trackyard-tui key set {}`", self.environment)
            }
        }
    }

    /// Remedy for a stored text that can be no key.
    pub(super) fn store_again(&self, audience: &RemedyAudience) -> String {
        match (&self.source, audience) {
            (Some(source), _) if !matches!(source, KeySource::Store(_)) => put_into(source, audience),
            (_, RemedyAudience::Dashboard { add: Some(key), .. }) => format!("press {key} to store the key again"),
            (_, RemedyAudience::Dashboard { add: None, .. }) => {
                "store the key again in a dashboard that may change keys".to_owned()
            }
            (_, RemedyAudience::Dialog) => "paste the key again here".to_owned(),
            (_, RemedyAudience::CommandLine | RemedyAudience::Sink) => {
                format!("store the key again with `trackyard-tui key set {}`", self.environment)
            }
        }
    }
}

/// Way of a new key into a source that this program only reads, and when it is taken up.
pub(super) fn put_into(source: &KeySource, audience: &RemedyAudience) -> String {
    match source {
        // The next command looks at it anew.
        KeySource::Variable(name) if *audience == RemedyAudience::CommandLine => format!("set {name} to it"),
        KeySource::Variable(name) => format!("set {name} to it, then start this program again"),
        KeySource::VariableFile(name) => format!("put it in the file that {name} names"),
        KeySource::Credential(name) => format!("put it in the credential {name}, then restart its unit"),
        KeySource::Command => "put it where key_command takes it from".to_owned(),
        KeySource::Store(name) => format!("put it in the {name}"),
        KeySource::OtherProcess => "put it where the process that polls takes it from".to_owned(),
    }
}

/// Way to give the key by a variable in the place of what fails.
pub(super) fn variable_instead(variable: &str, audience: &RemedyAudience) -> String {
    match audience {
        RemedyAudience::CommandLine => format!("set {variable}"),
        _ => format!("set {variable} and start this program again"),
    }
}

/// A variable is read at the start alone.
pub(super) fn restarted(source: &KeySource, audience: &RemedyAudience, way_out: String) -> String {
    match source {
        KeySource::Variable(_) | KeySource::VariableFile(_) if *audience != RemedyAudience::CommandLine => {
            format!("{way_out}, {RESTART}")
        }
        _ => way_out,
    }
}
