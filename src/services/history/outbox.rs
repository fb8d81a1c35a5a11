//! What is to be delivered to a sink, and was not yet taken: a queue on the disk, shared by all processes.

use jiff::{SignedDuration, Timestamp};

use super::{CALL_LIMIT, History, HistoryError};

/// More than this never wait for a sink.
pub const QUEUE_MAX: u32 = 100;
/// What was not taken within this is given up.
pub const DELIVERY_AGE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Who has claimed a delivery and does not say what came of it loses it after this.
pub const LEASE_DURATION: SignedDuration = SignedDuration::from_mins(1);

/// One that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxDelivery {
    pub(super) id: i64,
    /// Until when it is claimed, in milliseconds since 1970: the mark by which the claim is known.
    pub(super) leased_until: i64,
    /// What is to be sent.
    pub body: String,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// What there is to deliver.
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
    /// Claims the oldest of the queue, if it is due; no later one goes before it. No other process gets it meanwhile.
    /// What is too old is given up, and logged.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn lease(&self, sink: &'static str, now: Timestamp) -> Result<OutboxLease, HistoryError> {
        let (claim, expired) = self.worker.run(CALL_LIMIT, move |store| store.lease(sink, now)).await?;
        if expired > 0 {
            tracing::warn!(sink, expired, "notifications were given up that nobody took for a day");
        }
        Ok(claim)
    }
}
