//! A poll that brought no sample.

use super::poll_kind::PollErrorKind;
use super::request::RequestError;
use crate::domain::quota::RequestLimits;
use jiff::{SignedDuration, Timestamp};

/// A poll that brought no sample.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PollError {
    /// Cause of the failure, and by whose doing.
    pub cause: Box<RequestError>,
    /// Wait that the service asked for, as it said.
    pub retry_after: Option<SignedDuration>,
    /// True when the request may have reached the service, and so counts against the key's limits.
    pub counts: bool,
    /// The service's own clock, where it answered.
    pub server_clock: Option<Timestamp>,
    /// The limits that its headers told, where it answered.
    pub limits: RequestLimits,
}

impl PollError {
    /// A failure of which no more is known than its cause.
    #[must_use]
    pub fn new(cause: RequestError, counts: bool) -> Self {
        Self { cause: Box::new(cause), retry_after: None, counts, server_clock: None, limits: RequestLimits::default() }
    }

    /// Kind of the failure.
    #[must_use]
    pub fn kind(&self) -> PollErrorKind {
        self.cause.kind()
    }
}
