//! Endpoint and page that a request asks for.

use jiff::Timestamp;

use super::reply::{self, Reply};
use super::request::{Endpoint, IncomingRequest};

/// Endpoint of a request, or the refusal.
pub fn route(request: &IncomingRequest) -> Result<Endpoint, Reply> {
    let Some(endpoint) = Endpoint::at(&request.path) else {
        return Err(reply::failure(404, Timestamp::UNIX_EPOCH));
    };
    if request.method == endpoint.method() {
        Ok(endpoint)
    } else {
        Err(reply::failure(405, Timestamp::UNIX_EPOCH).with("allow", endpoint.method()))
    }
}

/// Offset and limit of a page of `/usage`; `None` where they are out of range.
pub fn page(request: &IncomingRequest) -> Option<(usize, usize)> {
    let number = |name: &str, default: usize| match request.parameter(name) {
        Some(text) => text.parse().ok(),
        None => Some(default),
    };
    let (offset, limit) = (number("offset", 0)?, number("limit", 50)?);
    (1..=100).contains(&limit).then_some((offset, limit))
}
