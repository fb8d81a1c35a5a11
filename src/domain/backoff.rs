//! Backoff: the wait before a server that failed is asked again.

use jiff::SignedDuration;

/// Longest `Retry-After` that is obeyed.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Shortest wait.
pub const BACKOFF_MIN: SignedDuration = SignedDuration::from_secs(1);
const BACKOFF_FIRST: SignedDuration = SignedDuration::from_secs(5);
/// Longest wait that no server asked for.
pub const BACKOFF_MAX: SignedDuration = SignedDuration::from_mins(15);

/// Wait after failure number `failures` (from 1) in a row to reach a server: full jitter over an exponential from 5 s
/// to 15 min.
#[must_use]
pub fn backoff(failures: u32, random: &mut fastrand::Rng) -> SignedDuration {
    let ceiling = doubled(BACKOFF_FIRST, failures.saturating_sub(1)).min(BACKOFF_MAX);
    ceiling.mul_f64(random.f64()).max(BACKOFF_MIN)
}

/// A duration that was doubled so many times, at most 12.
#[must_use]
pub fn doubled(first: SignedDuration, times: u32) -> SignedDuration {
    first * 2_i32.pow(times.min(12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn backoff_stays_between_a_second_and_its_growing_ceiling(failures in 1u32..100, seed: u64) {
            let wait = backoff(failures, &mut fastrand::Rng::with_seed(seed));
            let ceiling = (5_i64 << (failures - 1).min(20)).min(900);
            prop_assert!(wait >= BACKOFF_MIN && wait <= SignedDuration::from_secs(ceiling));
        }
    }
}
