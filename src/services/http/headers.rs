//! Headers of an answer as texts.

use hyper::header::{CONTENT_ENCODING, HeaderMap};

/// Text of a header, without blanks around it; `None` where it has characters other than visible ASCII.
#[must_use]
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Encoding of the body, if it has one: `gzip`.
#[must_use]
pub fn encoding(headers: &HeaderMap) -> Option<&str> {
    text(headers, CONTENT_ENCODING.as_str()).filter(|encoding| !encoding.eq_ignore_ascii_case("identity"))
}
