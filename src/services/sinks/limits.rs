//! Time limits of sinks.

use std::time::Duration;

/// Time limits of the sinks for one notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkLimits {
    /// The service that shows notifications on the desktop.
    pub desktop: Duration,
    /// The web server, from the look-up of its name to its answer.
    pub webhook: Duration,
    /// The program, until it is killed.
    pub command: Duration,
    /// Longest wait before the web server is tried again, unless it asks for more.
    pub retry: Duration,
}

impl Default for SinkLimits {
    fn default() -> Self {
        Self {
            desktop: Duration::from_secs(5),
            webhook: Duration::from_secs(10),
            command: Duration::from_secs(30),
            retry: Duration::from_mins(15),
        }
    }
}
