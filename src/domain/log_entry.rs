//! A line of the event log: something that happened, for people.

use jiff::Timestamp;

use super::environment::Environment;
use super::status::Severity;

/// A line of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: Timestamp,
    /// Which environment; `None` for all of them.
    pub environment: Option<Environment>,
    /// How bad.
    pub severity: Severity,
    /// What kind of event it is.
    pub kind: EventKind,
    /// One plain sentence, safe to show.
    pub text: String,
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// The status of a key changed.
    Status,
    /// A flag was raised, or is over.
    Flag,
    /// The network of this machine went away, or came back.
    Network,
    /// The history can't be written, or can be again.
    History,
    /// The machine slept or its clock jumped, so that nothing is known of the time between.
    Gap,
    /// Another key or account is in use.
    Key,
    /// The rotation of a key went on.
    Rotation,
    /// The credits of the period were filled up.
    Reset,
    /// The balance rose at another time.
    TopUp,
    /// The tier, the allowance or a rate limit is another.
    Plan,
    /// A key is used in an unusual way.
    Activity,
    /// An alert was acknowledged, or could not be delivered.
    Alert,
}

impl EventKind {
    /// Every kind, in the order in which they are documented.
    pub const ALL: [Self; 12] = [
        Self::Status,
        Self::Flag,
        Self::Network,
        Self::History,
        Self::Gap,
        Self::Key,
        Self::Rotation,
        Self::Reset,
        Self::TopUp,
        Self::Plan,
        Self::Activity,
        Self::Alert,
    ];

    /// The word for it in the history.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Flag => "flag",
            Self::Network => "network",
            Self::History => "history",
            Self::Gap => "gap",
            Self::Key => "key",
            Self::Rotation => "rotation",
            Self::Reset => "reset",
            Self::TopUp => "top-up",
            Self::Plan => "plan",
            Self::Activity => "activity",
            Self::Alert => "alert",
        }
    }

    /// The kind that a word of the history stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
