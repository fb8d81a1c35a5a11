//! Staleness: a sample is fresh for two poll intervals, or for as long as is configured, whichever is longer.

use jiff::SignedDuration;

/// Greatest age of a fresh sample.
#[must_use]
pub fn fresh_for(interval: SignedDuration, stale_after: SignedDuration) -> SignedDuration {
    (interval * 2).max(stale_after)
}
