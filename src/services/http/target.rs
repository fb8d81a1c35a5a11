//! The two ends of a request: the program that asks, and the host that is asked.

use url::{Host, Url};

use crate::domain::text::SanitisedText;
use crate::domain::web_address;

/// Name under which this program asks.
pub(super) const USER_AGENT: &str = concat!("trackyard-tui/", env!("CARGO_PKG_VERSION"));

/// Host that requests are for.
pub(super) struct Target {
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// Host and port for people.
    pub(super) shown: SanitisedText,
}

impl Target {
    pub(super) fn of(url: &Url) -> Self {
        Self {
            host: url.host().map_or_else(|| Host::Domain(String::new()), |host| host.to_owned()),
            port: url.port_or_known_default().unwrap_or(443),
            shown: web_address::host(url).into(),
        }
    }
}
