//! Reasons for which a sink did not take a notification.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

use crate::domain::error::RequestError;

/// A sink that can fail.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SinkKind {
    /// The notifications of the desktop.
    Desktop,
    /// The web server.
    Webhook,
    /// The program.
    Command,
}

impl SinkKind {
    /// The word for it in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Reason for which a sink did not take a notification. Nothing of a webhook's address but the host is in it, and
/// whatever others wrote is safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinkError {
    /// The file with the address of the webhook can't be used.
    Address {
        /// Path of the file, safe to show.
        file: String,
        /// Reason, as the rest of a sentence: `does not exist`.
        problem: String,
    },
    /// The certificates of this machine could not be read in time.
    Certificates {
        /// Time limit.
        limit: SignedDuration,
    },
    /// The web server was not reached.
    Unreached(RequestError),
    /// The web server answered, but not that it took the notification.
    Answered {
        /// Host that answered.
        host: String,
        /// The status of its answer.
        status: u16,
        /// Words of the answer.
        said: Option<String>,
    },
    /// No program is named.
    NoProgram,
    /// The program could not be started.
    NotStarted {
        /// Path or name of the program.
        program: String,
        /// Words of the system.
        said: String,
    },
    /// The program ended with a failure.
    Failed {
        /// Path or name of the program.
        program: String,
        /// End of the program: `exit status: 3`.
        status: String,
        /// The last line of what it complained.
        said: Option<String>,
    },
    /// The program took too long.
    TooSlow {
        /// Path or name of the program.
        program: String,
        /// Time limit.
        limit: SignedDuration,
    },
    /// There is no session bus, and so no desktop.
    NoSession,
    /// No service shows notifications in this session.
    NoService {
        /// Words of the session bus.
        said: Option<String>,
    },
    /// The service that shows notifications refused it.
    Refused {
        /// The name of its error, and what it said.
        said: Option<String>,
    },
    /// The session bus broke off.
    BrokenOff {
        /// Words of the session bus.
        said: Option<String>,
    },
    /// The service that shows notifications gave no answer in time.
    Silent {
        /// Time limit.
        limit: SignedDuration,
    },
    /// An earlier call hangs for good.
    Stuck,
    /// This system has another way, which this program does not know.
    Unsupported,
}
