//! The kinds of events, and the words for them in the history.

use strum::{IntoStaticStr, VariantArray as _};

use crate::domain::sink::SinkKind;
use crate::domain::status::{Flag, Status};

/// Kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum EventKind {
    /// The status of a key is another.
    Status(Status),
    /// A flag was raised; of severity `ok`, it holds no more.
    Flag(Flag),
    /// No environment can be reached; of severity `ok`, one was again.
    Network,
    /// The service refuses every key; of severity `ok`, not any more.
    Refusals,
    /// The history can't be written; of severity `ok`, it can be again.
    History,
    /// The machine slept or its clock was set, so that nothing is known of the time between.
    Gap,
    /// Another key or account is in use.
    Key,
    /// The rotation of a key went on.
    Rotation,
    /// The credits were filled up.
    Reset,
    /// The balance rose, but was not filled up.
    TopUp,
    /// The tier, the allowance or a rate limit is another.
    Plan,
    /// A key is used in an unusual way.
    Activity,
    /// An alert was acknowledged, or that was taken back.
    Alert,
    /// A sink takes no notifications; of severity `ok`, it does again.
    Sink(SinkKind),
}

impl EventKind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Network,
            Self::Refusals,
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
        let statuses = Status::VARIANTS.iter().copied().map(Self::Status);
        let flags = Flag::VARIANTS.iter().copied().map(Self::Flag);
        statuses.chain(flags).chain(SinkKind::VARIANTS.iter().copied().map(Self::Sink)).chain(plain)
    }

    /// The word for it in the history, such as `reset`, and what it is about, such as `credits-low`.
    #[must_use]
    pub fn words(self) -> (&'static str, Option<&'static str>) {
        let subject = match self {
            Self::Status(status) => Some(status.as_str()),
            Self::Flag(flag) => Some(flag.as_str()),
            Self::Sink(sink) => Some(sink.as_str()),
            _ => None,
        };
        (self.into(), subject)
    }

    /// The kind that words of the history stand for.
    #[must_use]
    pub fn parse(kind: &str, subject: Option<&str>) -> Option<Self> {
        Self::all().find(|known| known.words() == (kind, subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_words_of_its_own() {
        for kind in EventKind::all() {
            let (word, subject) = kind.words();
            assert_eq!(EventKind::parse(word, subject), Some(kind));
        }
        assert_eq!(EventKind::parse("flag", None), None);
    }
}
