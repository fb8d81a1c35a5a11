//! The outbox: deliveries to a sink that were not yet acked, in a queue on the disk that all processes share.

use jiff::{SignedDuration, Timestamp};

use super::error::HistoryError;
use super::handle::History;
use super::timeouts::CALL_LIMIT;

/// Longest queue of a sink; the oldest go for more.
pub const QUEUE_MAX: u32 = 100;
/// Longest age of a delivery; one that is older is given up.
pub const DELIVERY_AGE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Duration of the lease of a delivery; without an ack or a postponement, the holder loses it then.
pub const LEASE_DURATION: SignedDuration = SignedDuration::from_mins(1);

/// A delivery that was leased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxDelivery {
    pub(super) id: i64,
    /// End of the lease, in milliseconds since 1970; it also tells this lease from others of the same delivery.
    pub(super) leased_until: i64,
    /// Text to send.
    pub body: String,
    /// Number of attempts, this one included.
    pub attempts: u32,
}

/// Answer to a process that asks for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxLease {
    /// This, now. It is the caller's for the length of [`LEASE_DURATION`].
    Leased(OutboxDelivery),
    /// Something, but not before this.
    NotBefore(Timestamp),
    /// Nothing.
    Empty,
}

impl History {
    /// Leases the oldest of the queue, if it is due; no later one goes before it. No other process gets it meanwhile.
    /// What is too old is given up, and logged.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn lease(&self, sink: &'static str, now: Timestamp) -> Result<OutboxLease, HistoryError> {
        let (lease, expired) = self.worker.run(CALL_LIMIT, move |store| store.lease(sink, now)).await?;
        if expired > 0 {
            tracing::warn!(sink, expired, "notifications were given up that nobody took for a day");
        }
        Ok(lease)
    }
}
