//! Addresses on the web, as people write them: one rule for each that is read.

use std::borrow::Cow;

use thiserror::Error;
use url::{Host, Url};

use super::text;

/// Reason for which a text is no address that may be used, as the end of a sentence. The text itself is not quoted: it
/// may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParseAddressError {
    /// Not an address at all.
    #[error("is no URL")]
    NotAUrl,
    /// Line breaks, control characters or others that can't be seen.
    #[error("has line breaks, control characters or invisible ones in it")]
    Controls,
    /// Blanks in it.
    #[error("has blanks in it")]
    Blanks,
    /// More than one.
    #[error("holds more than one address: write one alone")]
    Several,
    /// A key of the service.
    #[error("holds an API key, which is part of no address: take it out")]
    Key,
    /// Neither HTTPS nor HTTP.
    #[error("must start with https://")]
    Scheme,
    /// Plain HTTP to another host.
    #[error("would go unencrypted to another host: use https:// (plain http:// is for this machine only)")]
    Unencrypted,
}

/// Reads an address: HTTPS, or plain HTTP to this machine alone. Spaces around it are no part of it. What a URL parser
/// would take out of it without a word is refused, for what is left may be another address than was meant.
///
/// # Errors
/// With the first thing that is wrong with it.
pub fn parse(text: &str) -> Result<Url, ParseAddressError> {
    let text = text.trim_matches(' ');
    let is_several = text.split_whitespace().filter(|part| part.contains("://")).count() > 1;
    if is_several {
        return Err(ParseAddressError::Several);
    }
    if text.chars().any(text::is_unsafe) {
        return Err(ParseAddressError::Controls);
    }
    if text.contains(char::is_whitespace) {
        return Err(ParseAddressError::Blanks);
    }
    if holds_key(text) {
        return Err(ParseAddressError::Key);
    }
    let Ok(url) = Url::parse(text) else { return Err(ParseAddressError::NotAUrl) };
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(ParseAddressError::Unencrypted),
        _ => Err(ParseAddressError::Scheme),
    }
}

/// The name of the host, and the port where it is not the scheme's own, for people.
#[must_use]
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// True for an address of this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// True when a key of the service stands in a text, its characters encoded or not.
fn holds_key(text: &str) -> bool {
    let plain = text.to_ascii_lowercase();
    // A query is decoded as a path is, but for the plus sign.
    let pair = format!("x={}", plain.replace('&', "%26"));
    let decoded = url::form_urlencoded::parse(pair.as_bytes()).next().map_or(Cow::Borrowed(""), |(_, value)| value);
    text::find_key(&plain).is_some() || text::find_key(&decoded).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for own in ["http://127.0.0.1:1", "http://127.9.9.9", "http://localhost/v1", "http://[::1]"] {
            assert!(parse(own).is_ok(), "{own}");
        }
        for other in ["http://api.trackyard.com", "http://localhost.example.com", "http://10.0.0.1", "http://0.0.0.0"] {
            assert_eq!(parse(other), Err(ParseAddressError::Unencrypted), "{other}");
        }
    }

    #[test]
    fn control_characters_are_refused_and_never_taken_out() {
        let cases = [
            ("https://a.example/v1\nhttps://b.example", ParseAddressError::Several),
            ("https://a.example https://b.example", ParseAddressError::Several),
            ("https://a.example/v1\n", ParseAddressError::Controls),
            ("https://a.exa\tmple", ParseAddressError::Controls),
            ("https://a.example\r\n/v1", ParseAddressError::Controls),
            ("https://a\u{200b}.example", ParseAddressError::Controls),
            ("https://a.example/\u{202e}v1", ParseAddressError::Controls),
            ("https://a.example/a b", ParseAddressError::Blanks),
            ("https://a.example/\u{a0}", ParseAddressError::Blanks),
        ];
        for (text, reason) in cases {
            assert_eq!(parse(text), Err(reason), "{text:?}");
        }
        assert!(parse("  https://a.example/v1  ").is_ok());
    }

    #[test]
    fn a_key_is_no_part_of_an_address() {
        for text in [
            "https://a.example/trackyard_live_abc",
            "https://trackyard_live_abc.example",
            "https://trackyard_live_abc@a.example",
            "https://a.example/Trackyard%5FLive%5Fabc",
            "https://a.example/?key=trackyard_live_abc",
            "trackyard_live_abc",
        ] {
            let reason = parse(text).unwrap_err();
            assert_eq!(reason, ParseAddressError::Key, "{text}");
            assert!(!reason.to_string().contains("abc"));
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_was_read_as_it_is_written(before in "[ -~\\s\u{80}-\u{2100}]{0,12}", after in any::<String>()) {
            let text = format!("https://{before}a.example/{after}");
            if parse(&text).is_ok() {
                let trimmed = text.trim_matches(' ');
                prop_assert!(!trimmed.chars().any(|character| character.is_control() || character.is_whitespace()));
            }
        }
    }
}
