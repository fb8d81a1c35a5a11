//! Where the service is.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};

/// The documented address of the service.
pub const DEFAULT: &str = "https://api.trackyard.com/api/external/v1";

/// The address to which `/me` is appended: HTTPS, or plain HTTP to this machine alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The address of `GET /me`.
    #[must_use]
    pub fn me(&self) -> Url {
        self.endpoint("me")
    }

    /// The address of `GET /usage`, for at most `limit` calls from number `offset` on.
    #[must_use]
    pub fn usage(&self, limit: u64, offset: u64) -> Url {
        let mut url = self.endpoint("usage");
        url.set_query(Some(&format!("limit={limit}&offset={offset}")));
        url
    }

    fn endpoint(&self, name: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{name}", self.0.path().trim_end_matches('/')));
        url
    }

    /// Whether requests go in clear, which only this machine itself may see; no proxy may get them.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The name of the host, and the port where it is not the scheme's own, for people.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Why a text is no address that a key may be sent to. The text itself is not quoted: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidBaseUrl {
    /// Not a URL at all.
    #[error("the base URL is no URL: write it like {DEFAULT}")]
    NotAUrl,
    /// Neither HTTPS nor HTTP.
    #[error("the base URL must start with https://")]
    Scheme,
    /// Plain HTTP to another host.
    #[error(
        "the base URL would send the key unencrypted to another host: use https:// (plain http:// is for this machine only)"
    )]
    Unencrypted,
    /// A user name, password, query or fragment.
    #[error("the base URL must have no user name, password, query or fragment")]
    Extras,
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Ok(url) = Url::parse(text.trim()) else {
            return Err(InvalidBaseUrl::NotAUrl);
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(InvalidBaseUrl::Unencrypted),
            _ => return Err(InvalidBaseUrl::Scheme),
        }
        let extras =
            !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some();
        if extras { Err(InvalidBaseUrl::Extras) } else { Ok(Self(url)) }
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BaseUrl, InvalidBaseUrl> {
        text.parse()
    }

    #[test]
    fn me_is_appended_with_one_slash() {
        for base in [DEFAULT, "https://api.trackyard.com/api/external/v1/"] {
            assert_eq!(parse(base).unwrap().me().as_str(), "https://api.trackyard.com/api/external/v1/me");
        }
        assert_eq!(parse("http://[::1]:8080").unwrap().me().as_str(), "http://[::1]:8080/me");
    }

    #[test]
    fn a_page_of_usage_is_asked_for_by_number() {
        let url = parse("https://api.trackyard.com/v1/").unwrap().usage(100, 95);
        assert_eq!(url.as_str(), "https://api.trackyard.com/v1/usage?limit=100&offset=95");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for own in ["http://127.0.0.1:1", "http://127.9.9.9", "http://localhost/v1", "http://[::1]"] {
            assert!(parse(own).unwrap().is_plain(), "{own}");
        }
        for other in ["http://api.trackyard.com", "http://localhost.example.com", "http://10.0.0.1", "http://0.0.0.0"] {
            assert_eq!(parse(other).unwrap_err(), InvalidBaseUrl::Unencrypted, "{other}");
        }
    }

    #[test]
    fn what_is_no_base_is_refused_without_quoting_it() {
        let cases = [
            ("api.trackyard.com", InvalidBaseUrl::NotAUrl),
            ("", InvalidBaseUrl::NotAUrl),
            ("ftp://api.trackyard.com", InvalidBaseUrl::Scheme),
            ("https://user:pass@api.trackyard.com", InvalidBaseUrl::Extras),
            ("https://api.trackyard.com/?a=b", InvalidBaseUrl::Extras),
        ];
        for (text, reason) in cases {
            assert_eq!(parse(text).unwrap_err(), reason, "{text}");
        }
    }

    #[test]
    fn the_host_is_shown_with_its_own_port_only() {
        assert_eq!(parse(DEFAULT).unwrap().host(), "api.trackyard.com");
        assert_eq!(parse("http://127.0.0.1:8080/v1").unwrap().host(), "127.0.0.1:8080");
    }
}
