//! The proxy that requests go through, if any, and the variable that names it. A variable that can't be read is an
//! error: nothing goes directly that was to go through a proxy.

use std::ffi::OsString;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

use crate::domain::error::{Peer, ProxyName, RequestError, VariableError};
use crate::domain::text::{self, SanitisedText};

/// The variables that name the proxy for HTTPS, the first one that is set wins.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// The variables that name hosts to which no proxy leads, the first one that is set wins.
const EXEMPTION_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Way of requests to a host.
pub enum Route {
    /// No proxy is set.
    Direct,
    /// A proxy is set, and not for this host.
    Exempt {
        /// Name of the proxy.
        proxy: ProxyName,
        /// The variable that says so.
        by: &'static str,
    },
    /// Through a proxy.
    Through(Proxy),
}

impl Route {
    /// Peer at the end of the route.
    #[must_use]
    pub fn party(&self, host: &SanitisedText) -> Peer {
        let via = match self {
            Self::Through(proxy) => Some(Box::new(proxy.name.clone())),
            Self::Direct | Self::Exempt { .. } => None,
        };
        Peer::Service { host: host.clone(), via }
    }
}

/// A proxy, and how to log in to it.
pub struct Proxy {
    /// Name of the proxy.
    pub name: ProxyName,
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// True where the connection to the proxy itself is encrypted.
    pub(super) is_encrypted: bool,
    /// True for SOCKS, false for HTTP.
    pub(super) is_socks: bool,
    /// User and password, for HTTP.
    pub(super) authorization: Option<HeaderValue>,
    has_login: bool,
    /// Sends requests through it.
    pub(super) interceptor: Box<reqwest::Proxy>,
}

/// The way to the host of an HTTPS address.
///
/// # Errors
/// Where a variable can't be what it should be.
pub(super) fn route_to(url: &Url, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Route, RequestError> {
    let Some((name, text)) = first_set(&PROXY_VARIABLES, variable)? else { return Ok(by_system(url)) };
    let invalid = |name: &str, fault| RequestError::Variable { name: name.into(), fault };
    check(&text).map_err(|fault| invalid(name, fault))?;
    let proxy = Proxy::parse(&text, name).map_err(|fault| invalid(name, fault))?;
    let Some((by, hosts)) = first_set(&EXEMPTION_VARIABLES, variable)? else { return Ok(Route::Through(proxy)) };
    hosts.split(',').try_for_each(|host| check(host.trim_matches(' '))).map_err(|fault| invalid(by, fault))?;
    let matcher = Matcher::builder().https("http://proxy.invalid").no(hosts).build();
    let is_meant = uri(url).is_some_and(|uri| matcher.intercept(&uri).is_some());
    Ok(if is_meant { Route::Through(proxy) } else { Route::Exempt { proxy: proxy.name, by } })
}

/// The first variable that is not blank.
fn first_set(
    names: &[&'static str],
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<(&'static str, String)>, RequestError> {
    for name in names {
        match variable(name).map(OsString::into_string) {
            Some(Ok(text)) if text.trim().is_empty() => {}
            None => {}
            Some(Ok(text)) => return Ok(Some((*name, text))),
            Some(Err(_)) => return Err(RequestError::Variable { name: (*name).into(), fault: VariableError::NotText }),
        }
    }
    Ok(None)
}

/// Refuses what stands in no address, and would be taken for one that was not meant.
fn check(text: &str) -> Result<(), VariableError> {
    let is_quote = |character: char| "\"'`“”‘’".contains(character);
    let trimmed = text.trim();
    if trimmed.starts_with(is_quote) || trimmed.ends_with(is_quote) || trimmed.contains('"') {
        Err(VariableError::Quotes)
    } else if text.chars().any(text::is_unsafe) {
        Err(VariableError::Controls)
    } else if text.contains(char::is_whitespace) {
        Err(VariableError::Blanks)
    } else {
        Ok(())
    }
}

impl Proxy {
    /// True where requests log in to the proxy.
    #[must_use]
    pub fn has_login(&self) -> bool {
        self.has_login
    }

    /// Reads `[scheme://][user[:password]@]host[:port]`; without a scheme it is a proxy of HTTP.
    fn parse(text: &str, variable: &'static str) -> Result<Self, VariableError> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        let port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            "socks4" | "socks4a" | "socks5" | "socks5h" => 1080,
            // What stands before the first `://` may be a password, where there is no scheme.
            _ if !scheme.is_empty()
                && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) =>
            {
                return Err(VariableError::Scheme { scheme: scheme.as_str().into() });
            }
            _ => return Err(VariableError::NoAddress),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (login, place) =
            authority.rsplit_once('@').map_or((None, authority), |(login, place)| (Some(login), place));
        let (host, written_port) = host_and_port(place)?;
        let port = match written_port {
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or(VariableError::Port)?,
            None => port,
        };
        let host = Host::parse(host).map_err(|_no_host| VariableError::NoAddress)?;
        let address = format!("{scheme}://{host}:{port}");
        let name = ProxyName { address: address.as_str().into(), variable: Some(variable.into()) };
        let login = login.map(|login| format!("{login}@")).unwrap_or_default();
        let url: Url =
            format!("{scheme}://{login}{host}:{port}").parse().map_err(|_no_url| VariableError::NoAddress)?;
        let has_login = !url.username().is_empty() || url.password().is_some();
        // What the library can't read it would leave out, and send directly what was to go through a proxy.
        let intercept = Matcher::builder().all(url.to_string()).build();
        let intercept = intercept.intercept(&Uri::from_static("https://service.invalid"));
        let authorization = intercept.ok_or(VariableError::NoAddress)?.basic_auth().cloned();
        let interceptor = Box::new(reqwest::Proxy::all(url).map_err(|_no_proxy| VariableError::NoAddress)?);
        let (is_encrypted, is_socks) = (scheme == "https", scheme.starts_with("socks"));
        Ok(Self { name, host, port, is_encrypted, is_socks, authorization, has_login, interceptor })
    }
}

/// Host, and port as it is written.
fn host_and_port(place: &str) -> Result<(&str, Option<&str>), VariableError> {
    let (host, rest) = match place.find(']') {
        Some(end) if place.starts_with('[') => place.split_at(end + 1),
        None if place.starts_with('[') => return Err(VariableError::NoAddress),
        _ => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    if host.is_empty() {
        return Err(VariableError::NoHost);
    }
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(VariableError::NoAddress),
    }
}

fn uri(url: &Url) -> Option<Uri> {
    url.as_str().parse().ok()
}

/// The proxy of the system's settings, where it has any.
#[cfg(any(windows, target_os = "macos"))]
fn by_system(url: &Url) -> Route {
    let Some(intercept) = uri(url).and_then(|uri| Matcher::from_system().intercept(&uri)) else { return Route::Direct };
    let Ok(mut proxy) = Proxy::parse(&intercept.uri().to_string(), "") else { return Route::Direct };
    proxy.name.variable = None;
    if let Some(authorization) = intercept.basic_auth() {
        proxy.has_login = true;
        proxy.authorization = Some(authorization.clone());
        proxy.interceptor = Box::new(proxy.interceptor.custom_http_auth(authorization.clone()));
    }
    Route::Through(proxy)
}

#[cfg(not(any(windows, target_os = "macos")))]
fn by_system(_: &Url) -> Route {
    Route::Direct
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn way(variables: &[(&str, &str)]) -> Result<Route, RequestError> {
        let url = "https://api.trackyard.com/api/external/v1/me".parse().unwrap();
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
        route_to(&url, &variable)
    }

    fn told(variables: &[(&str, &str)]) -> String {
        match way(variables) {
            Ok(Route::Direct) => "direct".to_owned(),
            Ok(Route::Exempt { proxy, by }) => format!("not {} by {by}", proxy.address),
            Ok(Route::Through(Proxy { name, .. })) => {
                format!("{} of {}", name.address, name.variable.as_deref().unwrap_or_default())
            }
            Err(RequestError::Variable { name, fault }) => {
                format!("{name}: {}", serde_json::to_value(fault).unwrap()["is"].as_str().unwrap())
            }
            Err(cause) => format!("{cause:?}"),
        }
    }

    #[test]
    fn the_first_variable_that_is_not_blank_names_the_proxy() {
        let cases: [(&[(&str, &str)], &str); 9] = [
            (&[], "direct"),
            (&[("HTTPS_PROXY", "http://p:1"), ("ALL_PROXY", "http://q:2")], "http://p:1 of HTTPS_PROXY"),
            (&[("HTTPS_PROXY", ""), ("https_proxy", " "), ("ALL_PROXY", "q:2")], "http://q:2 of ALL_PROXY"),
            (&[("all_proxy", "socks5h://q")], "socks5h://q:1080 of all_proxy"),
            (&[("HTTPS_PROXY", "HTTPS://p")], "https://p:443 of HTTPS_PROXY"),
            (&[("HTTPS_PROXY", "http://me:s3cret@p:1/")], "http://p:1 of HTTPS_PROXY"),
            (&[("https_proxy", "http://[::1]:3128")], "http://[::1]:3128 of https_proxy"),
            (&[("HTTP_PROXY", "http://p:1"), ("http_proxy", "'")], "direct"),
            (
                &[("HTTPS_PROXY", "p:1"), ("NO_PROXY", " "), ("no_proxy", "a, .trackyard.com")],
                "not http://p:1 by no_proxy",
            ),
        ];
        for (variables, expected) in cases {
            assert_eq!(told(variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_variable_that_can_not_be_read_is_named() {
        let cases = [
            ("\"http://p:1\"", "quotes"),
            ("'http://p:1'", "quotes"),
            (" http://p:1", "blanks"),
            ("http://p:1 ", "blanks"),
            ("http://p :1", "blanks"),
            ("http://p:1\n", "controls"),
            ("http://p\t:1", "controls"),
            ("http://p\u{200b}:1", "controls"),
            ("socks://p:1", "scheme"),
            ("ftp://p:1", "scheme"),
            ("http://", "no-host"),
            ("http://:3128", "no-host"),
            ("http://me@", "no-host"),
            ("://p:1", "no-address"),
            ("http://p:x", "port"),
            ("http://p:0", "port"),
            ("http://p:65536", "port"),
            ("http://p:", "port"),
            ("http://[::1", "no-address"),
            ("http://p^q:1", "no-address"),
        ];
        for (text, fault) in cases {
            for name in PROXY_VARIABLES {
                assert_eq!(told(&[(name, text)]), format!("{name}: {fault}"), "{text:?}");
            }
        }
        for (hosts, fault) in [("\"api.trackyard.com\"", "quotes"), ("a b", "blanks"), ("a,\u{7}b", "controls")] {
            assert_eq!(told(&[("HTTPS_PROXY", "p:1"), ("NO_PROXY", hosts)]), format!("NO_PROXY: {fault}"));
        }
    }

    #[test]
    fn the_login_is_taken_over_and_never_named() {
        let Ok(Route::Through(proxy)) = way(&[("HTTPS_PROXY", "http://me:s3%40cret@p:1")]) else { panic!() };
        assert_eq!(proxy.authorization.unwrap().as_bytes(), b"Basic bWU6czNAY3JldA==");
        let Ok(Route::Through(proxy)) = way(&[("HTTPS_PROXY", "socks5://me:s3%40cret@p:1")]) else { panic!() };
        assert!(proxy.has_login());
        assert_eq!(&*proxy.name.address, "socks5://p:1");
    }

    proptest! {
        #[test]
        fn what_is_set_is_never_silently_direct(text in "\\PC*|[\"' a-z0-9:/@\\[\\].\t\n-]{0,24}") {
            let is_blank = text.trim().is_empty();
            let is_direct = matches!(way(&[("HTTPS_PROXY", &text)]), Ok(Route::Direct | Route::Exempt { .. }));
            prop_assert_eq!(is_direct, is_blank);
        }

        #[test]
        fn no_password_is_part_of_the_name(password in "[a-zA-Z0-9]{8,16}") {
            let told = told(&[("HTTPS_PROXY", &format!("http://me:{password}@p:1"))]);
            prop_assert!(!told.contains(&password));
        }
    }
}
