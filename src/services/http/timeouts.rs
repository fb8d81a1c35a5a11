//! Time limits of a request.

use std::time::Duration;

use tokio::time::Instant;

/// Limit of a poll, from the look-up of the name to the last byte of the answer.
pub const POLL: Duration = Duration::from_secs(10);

/// Part of `limit` within which a secure connection must stand, so that what takes longer is known to have sent
/// nothing.
pub(super) fn connect(limit: Duration) -> Duration {
    limit / 2
}

pub(super) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// Moment until which something has to be done.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub(super) at: Instant,
    /// Time until then from the start, in milliseconds.
    pub(super) after: u32,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self { at: Instant::now() + limit, after: milliseconds(limit) }
    }
}
