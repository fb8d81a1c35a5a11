//! Base URL: the address of the service.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::Url;

use super::web_address::{self, ParseAddressError};

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

    /// True when requests go in clear, which only this machine itself may see; no proxy may get them.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The name of the host, and the port where it is not the scheme's own, for people.
    #[must_use]
    pub fn host(&self) -> String {
        web_address::host(&self.0)
    }
}

/// A longer part of a path may be a secret.
const SHOWN_PART_MAX: usize = 20;

impl BaseUrl {
    /// The address for people: a part of its path that may be a secret is left out.
    #[must_use]
    pub fn shown(&self) -> String {
        let parts = self.0.path().trim_matches('/').split('/').filter(|part| !part.is_empty());
        let parts = parts.map(|part| if part.len() > SHOWN_PART_MAX { "…" } else { part });
        let origin = format!("{}://{}", self.0.scheme(), self.host());
        parts.fold(origin, |shown, part| shown + "/" + part)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Reason for which a text is no address that a key may be sent to. The text itself is not quoted: it may hold a
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParseBaseUrlError {
    /// Not a URL at all.
    #[error("the base URL is no URL: write it like {DEFAULT}")]
    NotAUrl,
    /// Plain HTTP to another host.
    #[error(
        "the base URL would send the key unencrypted to another host: use https:// (plain http:// is for this machine only)"
    )]
    Unencrypted,
    /// No address that may be used.
    #[error("the base URL {0}")]
    Address(ParseAddressError),
    /// A user name, password, query or fragment.
    #[error("the base URL must have no user name, password, query or fragment")]
    Extras,
}

impl From<ParseAddressError> for ParseBaseUrlError {
    fn from(reason: ParseAddressError) -> Self {
        match reason {
            ParseAddressError::NotAUrl => Self::NotAUrl,
            ParseAddressError::Unencrypted => Self::Unencrypted,
            reason => Self::Address(reason),
        }
    }
}

impl FromStr for BaseUrl {
    type Err = ParseBaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = web_address::parse(text)?;
        let extras =
            !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some();
        if extras { Err(ParseBaseUrlError::Extras) } else { Ok(Self(url)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BaseUrl, ParseBaseUrlError> {
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
            assert_eq!(parse(other).unwrap_err(), ParseBaseUrlError::Unencrypted, "{other}");
        }
    }

    #[test]
    fn what_is_no_base_is_refused_without_quoting_it() {
        let cases = [
            ("api.trackyard.com", ParseBaseUrlError::NotAUrl),
            ("", ParseBaseUrlError::NotAUrl),
            ("ftp://api.trackyard.com", ParseBaseUrlError::Address(ParseAddressError::Scheme)),
            ("https://user:pass@api.trackyard.com", ParseBaseUrlError::Extras),
            ("https://api.trackyard.com/?a=b", ParseBaseUrlError::Extras),
            ("https://api.trackyard.com/v1\n", ParseBaseUrlError::Address(ParseAddressError::Controls)),
            ("https://api.trackyard.com/trackyard_live_abc", ParseBaseUrlError::Address(ParseAddressError::Key)),
        ];
        for (text, reason) in cases {
            assert_eq!(parse(text).unwrap_err(), reason, "{text}");
        }
    }

    #[test]
    fn a_part_that_may_be_a_secret_is_not_shown() {
        assert_eq!(parse(DEFAULT).unwrap().shown(), DEFAULT);
        let url = parse("https://api.trackyard.com:8443/s3cret-s3cret-s3cret-s3cret/v1/").unwrap();
        assert_eq!(url.shown(), "https://api.trackyard.com:8443/…/v1");
    }

    #[test]
    fn the_host_is_shown_with_its_own_port_only() {
        assert_eq!(parse(DEFAULT).unwrap().host(), "api.trackyard.com");
        assert_eq!(parse("http://127.0.0.1:8080/v1").unwrap().host(), "127.0.0.1:8080");
    }
}
