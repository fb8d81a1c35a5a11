//! The requests to the service.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::environment::EnvironmentName;

/// The path under which the documented service lives.
pub const PREFIX: &str = "/api/external/v1";

/// A request, as far as the service looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncomingRequest {
    /// "GET", "POST", …
    pub method: String,
    /// The whole path, from `/` on.
    pub path: String,
    /// Query, without its `?`.
    pub query: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

impl IncomingRequest {
    /// The value of a parameter of the query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// The key in `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, key) = self.authorization.as_deref()?.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    }
}

/// A call that the service documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `GET /me`.
    Me,
    /// `GET /usage`.
    Usage,
    /// `POST /search`.
    Search,
    /// `POST /download-track`.
    DownloadTrack,
}

impl Endpoint {
    /// The endpoint under a path.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        let all = [Self::Me, Self::Usage, Self::Search, Self::DownloadTrack];
        let path = path.strip_prefix(PREFIX)?;
        all.into_iter().find(|endpoint| endpoint.path() == path)
    }

    /// The path after the prefix.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Me => "/me",
            Self::Usage => "/usage",
            Self::Search => "/search",
            Self::DownloadTrack => "/download-track",
        }
    }

    /// The only method that it knows.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Me | Self::Usage => "GET",
            Self::Search | Self::DownloadTrack => "POST",
        }
    }

    /// Price of a success, in credits.
    #[must_use]
    pub fn cost(self) -> u32 {
        match self {
            Self::Me | Self::Usage => 0,
            Self::Search | Self::DownloadTrack => 1,
        }
    }
}

/// A request that came in over the wire, as drills and tests may read it afterwards. Never a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordedCall {
    /// Moment of the call, by the simulated clock.
    pub at: Timestamp,
    /// Account whose key it carried; `None` for a key that the service doesn't know, or none.
    pub environment: Option<EnvironmentName>,
    /// Number of the key among those of the environment, from 0 on.
    pub generation: Option<usize>,
    /// "GET", "POST", …
    pub method: String,
    /// The whole path.
    pub path: String,
    /// The answer's status; `None` where none was sent.
    pub status: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_tokens_are_keys() {
        let bearer = |header: &str| {
            IncomingRequest { authorization: Some(header.to_owned()), ..IncomingRequest::default() }
                .bearer()
                .map(str::to_owned)
        };
        assert_eq!(bearer("Bearer abc"), Some("abc".to_owned()));
        assert_eq!(bearer("bearer  abc "), Some("abc".to_owned()));
        assert_eq!((bearer("abc"), bearer("Basic abc"), bearer("")), (None, None, None));
        assert_eq!(IncomingRequest::default().bearer(), None);
    }

    #[test]
    fn endpoints_live_under_the_prefix() {
        assert_eq!(Endpoint::at("/api/external/v1/download-track"), Some(Endpoint::DownloadTrack));
        assert_eq!((Endpoint::at("/me"), Endpoint::at("/api/external/v1/me/")), (None, None));
    }
}
