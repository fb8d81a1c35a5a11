//! The only real input and output: HTTP, key stores, files, the clock.

mod blocking;
pub mod browser;
pub mod clock;
pub mod file_lock;
pub mod history;
pub mod http;
pub mod keys;
pub mod log;
pub mod private_file;
pub mod process;
pub(crate) mod program;
pub mod sinks;
pub mod trackyard;

use clock::Clock;
use history::History;
use keys::Keys;
use sinks::Notifier;

use crate::domain::base_url::BaseUrl;

/// The real input and output. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The key sources.
    pub keys: Keys,
    /// The history of samples and calls.
    pub history: History,
    /// The sinks of notifications.
    pub notifier: Notifier,
    /// The address of the service.
    pub base_url: BaseUrl,
    /// The source of the time.
    pub clock: Clock,
}
