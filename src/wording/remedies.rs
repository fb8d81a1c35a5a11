//! What to do about a fact: by where the key comes from, and where the user is.

mod keyring;
mod keys;
mod rotations;

use crate::domain::api_key::{KEYS_PAGE, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{
    ConnectionError, EnrollmentError, KeyError, KeyErrorKind, Peer, PollErrorKind, RemovalError, RequestError,
    VariableError,
};
use crate::domain::rotation::{KeyCheckError, RotationError};

/// The name under which all keys stand in a keyring.
pub(super) const KEYRING_SERVICE: &str = "trackyard-tui";

/// Where the user is who reads a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemedyAudience {
    /// Before the dashboard, with the keys of the keyboard that add and rotate a key of the chosen environment; `None`
    /// where none does, as on one that is read-only.
    Dashboard {
        /// Adds or replaces a key.
        add: Option<String>,
        /// Opens the steps of a rotation.
        rotate: Option<String>,
    },
    /// In a dialog that takes a key.
    Dialog,
    /// On a command line.
    CommandLine,
    /// Elsewhere: in a log, or where a notification came.
    Sink,
}

/// What something is to be done about.
#[derive(Clone, Debug, PartialEq)]
pub enum RemedyReason {
    /// No source has a key.
    NoKey,
    /// A source can't be asked, or has something that can be no key.
    KeyFailed(KeyError),
    /// A poll with the key in use failed.
    PollFailed(RequestError),
    /// The trial of a key that was just typed or pasted failed.
    TrialFailed(RequestError),
    /// Something speaks against storing the key that was just typed or pasted.
    Objected(KeyCheckError),
    /// A key was not stored, or not for certain, for another reason.
    NotStored(EnrollmentError),
    /// A key was not erased, or not for certain.
    NotErased(RemovalError),
    /// A step of a rotation was not taken.
    RotationFailed(RotationError),
    /// The key is old.
    RotationDue,
    /// A rotation waits for someone.
    RotationWaits,
    /// Another environment holds the same key.
    SharedKey,
    /// This machine's clock is wrong.
    ClockSkew,
    /// Nothing can be reached.
    Offline,
    /// The service refuses every key.
    AllRefused,
}

/// A fact of an environment, and the source of its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// What something is to be done about.
    pub fact: RemedyReason,
    /// Where the key comes from, or would have come from; `None` where it has none.
    pub source: Option<KeySource>,
    /// Whose key it is.
    pub environment: EnvironmentName,
}

impl Remedy {
    /// What to do, as a clause without a capital and a full stop: `press a to add it`.
    #[must_use]
    pub fn at(&self, place: &RemedyAudience) -> String {
        self.about(&self.fact, place)
    }

    fn about(&self, fact: &RemedyReason, place: &RemedyAudience) -> String {
        match fact {
            RemedyReason::NoKey => self.add(place),
            RemedyReason::KeyFailed(failure) => self.key_failed(failure, place),
            RemedyReason::NotStored(error) => self.not_stored(error, place),
            RemedyReason::NotErased(error) => self.not_erased(error, place),
            RemedyReason::RotationFailed(error) => {
                self.rotation_failed(error, place).unwrap_or_else(|| self.steps(place))
            }
            RemedyReason::PollFailed(failed) if failed.kind() == PollErrorKind::Unauthorized => self.replace(place),
            RemedyReason::PollFailed(failed) => format!("{}{}", cause(failed, BASE_URL), next(failed.kind(), place)),
            RemedyReason::TrialFailed(failed) if failed.kind() == PollErrorKind::Unauthorized => match place {
                RemedyAudience::Dialog => "check that you copied all of it, then paste it again".to_owned(),
                _ => format!("copy the whole key again, or make a new one at {KEYS_PAGE}, and {}", self.stored(place)),
            },
            RemedyReason::TrialFailed(failed) => format!("{}{}", cause(failed, BASE_URL), next_trial(failed)),
            RemedyReason::Objected(objection) => self.insist(objection, place),
            RemedyReason::RotationDue => self.rotate(place),
            RemedyReason::RotationWaits => self.steps(place),
            RemedyReason::SharedKey => "give each environment a key of its own".to_owned(),
            RemedyReason::ClockSkew => "set this machine's clock".to_owned(),
            RemedyReason::AllRefused => "wait: a fault of the service is likelier than the end of all keys".to_owned(),
            RemedyReason::Offline => "check this machine's network and name resolution".to_owned(),
        }
    }

    /// The same as a sentence.
    #[must_use]
    pub fn sentence(&self, place: &RemedyAudience) -> String {
        sentence(&self.at(place))
    }

    /// Whether the dashboard does it at the press of a key, for the environment that is chosen.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        let is_ours = matches!(self.source, None | Some(KeySource::Store(_)));
        match &self.fact {
            RemedyReason::RotationWaits => true,
            RemedyReason::NoKey | RemedyReason::RotationDue => is_ours,
            RemedyReason::PollFailed(failed) => is_ours && failed.kind() == PollErrorKind::Unauthorized,
            RemedyReason::KeyFailed(failure) => {
                is_ours && matches!(failure.kind(), KeyErrorKind::Missing | KeyErrorKind::Entry)
            }
            _ => false,
        }
    }

    fn add(&self, place: &RemedyAudience) -> String {
        match (&self.source, place) {
            (Some(source), _) if !matches!(source, KeySource::Store(_)) => {
                format!("make a key at {KEYS_PAGE}, and {}", put_into(source, place))
            }
            (_, RemedyAudience::Dashboard { add: Some(key), .. }) => format!("press {key} to add it"),
            (_, RemedyAudience::Dialog) => "paste one here".to_owned(),
            _ => self.stored(place),
        }
    }

    /// A new key in the place of one that is of no use any more.
    fn replace(&self, place: &RemedyAudience) -> String {
        let make = match place {
            RemedyAudience::Dashboard { .. } => "make a new key on the web page".to_owned(),
            _ => format!("make a new key at {KEYS_PAGE}"),
        };
        let put = match (&self.source, place) {
            (Some(KeySource::Store(_)) | None, RemedyAudience::Dashboard { add: Some(key), .. }) => {
                return format!("{make}, then press {key}");
            }
            (Some(KeySource::Store(_)) | None, RemedyAudience::Dialog) => "paste it here".to_owned(),
            (Some(KeySource::Store(_)) | None, _) => self.stored(place),
            (Some(source), _) => put_into(source, place),
        };
        format!("{make}, and {put}")
    }

    /// A new key in the place of one that still works.
    fn rotate(&self, place: &RemedyAudience) -> String {
        match &self.source {
            Some(KeySource::Store(_)) | None => self.steps(place),
            Some(_) => self.replace(place),
        }
    }

    fn insist(&self, objection: &KeyCheckError, place: &RemedyAudience) -> String {
        let insist = match (objection, place) {
            (KeyCheckError::SameKey, _) => return format!("make a new key at {KEYS_PAGE}"),
            (_, RemedyAudience::Dialog) => "press Ctrl-Y",
            (_, RemedyAudience::Dashboard { .. }) => return "offer it again to decide".to_owned(),
            (KeyCheckError::KeyOf(_), _) => "say --accept-shared-key",
            (KeyCheckError::Replaces(_), _) => "say --replace",
            (KeyCheckError::OtherAccount { .. }, _) => "say --accept-other-account",
        };
        match objection {
            KeyCheckError::Replaces(_) => {
                let rotate = match place {
                    RemedyAudience::Dialog => "close this and rotate".to_owned(),
                    _ => format!("rotate with `trackyard-tui key rotate {}`", self.environment),
                };
                format!("{rotate}, which keeps both for a while, or {insist} to put this one in its place")
            }
            _ => format!("{insist} to use it all the same"),
        }
    }

    fn steps(&self, place: &RemedyAudience) -> String {
        match place {
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

    /// Where a key is stored from elsewhere than a dialog.
    fn stored(&self, place: &RemedyAudience) -> String {
        match (&self.source, place) {
            (Some(source), _) if !matches!(source, KeySource::Store(_)) => put_into(source, place),
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
}

/// How a new key gets into a source that this program only reads, and when it is taken up.
fn put_into(source: &KeySource, place: &RemedyAudience) -> String {
    match source {
        // The next command looks at it anew.
        KeySource::Variable(name) if *place == RemedyAudience::CommandLine => format!("set {name} to it"),
        KeySource::Variable(name) => format!("set {name} to it, then start this program again"),
        KeySource::VariableFile(name) => format!("put it in the file that {name} names"),
        KeySource::Credential(name) => format!("put it in the credential {name}, then restart its unit"),
        KeySource::Command => "put it where key_command takes it from".to_owned(),
        KeySource::Store(name) => format!("put it in the {name}"),
    }
}

/// How the address is called that the service is asked at.
pub const BASE_URL: &str = "the base URL";

/// What to look at after a request that brought nothing, whichever key it was made with. It was made to `address`:
/// [`BASE_URL`], or how else the user calls it.
#[must_use]
pub fn cause(cause: &RequestError, address: &str) -> String {
    let fixed = match cause {
        RequestError::ProxyStatus { status: 407, .. } | RequestError::SocksReply { reply: None, .. } => {
            "put the user name and password that the proxy wants into its variable"
        }
        RequestError::Link { party: Peer::Proxy(_), .. }
        | RequestError::ProxyStatus { .. }
        | RequestError::SocksReply { .. } => "check that the variable names the right proxy, and ask whoever runs it",
        RequestError::Link { fault: ConnectionError::Refused, .. } => {
            return format!("check {address}, and the firewalls on the way to it; if they are right, wait");
        }
        RequestError::Link { fault: ConnectionError::Broke, .. } => {
            "wait; if it lasts, look for what cuts connections on the way"
        }
        RequestError::Stranger { .. } | RequestError::Redirect { .. } => {
            return format!(
                "sign in to this network if it asks for that; else check {address}, and what stands before the service"
            );
        }
        RequestError::Compressed { .. } => "look at what stands before the service: it must not compress",
        RequestError::Variable { fault: VariableError::Certificates { .. }, .. } => {
            "set it to a file or folder of CA certificates in PEM form, or unset it to use the system's; then start again"
        }
        RequestError::Variable { name, .. } if name.eq_ignore_ascii_case("no_proxy") => {
            "set it to host names with commas between them, like localhost,.example.com, or unset it; then start again"
        }
        RequestError::Variable { .. } => "set it like http://proxy.example:3128, or unset it; then start again",
        RequestError::UnsendableKey => "copy the whole key again",
        RequestError::Interrupted => "look into the log, and report what it tells",
        _ => return by_kind(cause.kind(), address),
    };
    fixed.to_owned()
}

fn by_kind(kind: PollErrorKind, address: &str) -> String {
    let fixed = match kind {
        PollErrorKind::Unauthorized => "check that the key is whole and was not revoked",
        PollErrorKind::CreditsOut => "buy credits or wait for the refill",
        PollErrorKind::Forbidden => "check the key's permissions and the account's tier",
        PollErrorKind::RateLimited => "see what else uses the key: it has used up its limit",
        PollErrorKind::Dns => return format!("check this machine's network and proxy settings, and {address}"),
        PollErrorKind::Connection => "check this machine's network, firewall and proxy settings",
        PollErrorKind::Tls => {
            "check this machine's clock and CA certificates, and whether a proxy here opens encrypted connections"
        }
        PollErrorKind::Timeout => "check this machine's network and proxy settings if this lasts",
        PollErrorKind::Proxy => "check the proxy that this machine is set up for",
        PollErrorKind::ServerError => "wait, for the fault lies with the service",
        PollErrorKind::UnexpectedAnswer => {
            return format!("check that {address} is right, and that nothing answers in its place");
        }
        PollErrorKind::Client => {
            "install this machine's CA certificates (the ca-certificates package), then start again"
        }
    };
    fixed.to_owned()
}

/// What happens next after a key could not be tried.
fn next_trial(cause: &RequestError) -> &'static str {
    match cause {
        // To start again is next.
        RequestError::Variable { .. }
        | RequestError::NoCertificates
        | RequestError::Told { kind: PollErrorKind::Client, .. } => "",
        _ => "; then offer the key again",
    }
}

/// What happens next after a poll that failed.
fn next(kind: PollErrorKind, place: &RemedyAudience) -> &'static str {
    match (kind, place) {
        (PollErrorKind::Client, _)
        | (PollErrorKind::Forbidden, RemedyAudience::Dashboard { .. } | RemedyAudience::Sink) => "",
        (_, RemedyAudience::Dashboard { .. } | RemedyAudience::Sink) => "; polling goes on by itself",
        (_, RemedyAudience::CommandLine | RemedyAudience::Dialog) => "; then try again",
    }
}

/// A sentence as a clause.
fn clause(sentence: &str) -> String {
    let text = sentence.trim_end_matches('.');
    let mut characters = text.chars();
    let first = characters.next();
    // `PATH`, `TRACKYARD_…` and the like stay as they are.
    let is_name = characters.clone().next().is_some_and(|second| !second.is_lowercase() && second != ' ');
    match first {
        Some(first) if !is_name => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

/// A clause as a sentence.
#[must_use]
pub fn sentence(clause: &str) -> String {
    capital(clause.trim_end_matches('.')) + "."
}

/// A text that begins with a capital, unless with a name such as `key_command`.
#[must_use]
pub fn capital(text: &str) -> String {
    if text.split(' ').next().is_some_and(|word| word.contains('_')) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + characters.as_str()
}

#[cfg(test)]
mod tests;
