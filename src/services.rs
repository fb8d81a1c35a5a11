//! The only real input and output: HTTP, key stores, files, the clock.

pub mod clock;
pub mod history;
pub mod http;
pub mod keys;
pub mod lock;
pub mod log;
pub mod notify;
pub mod private_file;
pub mod process;
pub(crate) mod program;
pub mod trackyard;
mod worker;

use clock::Clock;
use history::History;
use keys::Keys;
use notify::Notifier;

use crate::domain::base_url::BaseUrl;

/// The real input and output. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Where keys come from.
    pub keys: Keys,
    /// Where samples and calls are kept.
    pub history: History,
    /// Where notifications go.
    pub notifier: Notifier,
    /// Where the service is.
    pub base_url: BaseUrl,
    /// What time it is.
    pub clock: Clock,
}
