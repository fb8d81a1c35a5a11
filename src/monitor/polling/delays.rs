//! Delays of polls that have no file of their own. Plain functions over plain values; all count from now.

use jiff::SignedDuration;

/// Wait before a key is asked again whose permission is lacking (403).
pub const FORBIDDEN: SignedDuration = SignedDuration::from_mins(15);
/// Shortest time between two calls with one key, however often the operator asks.
pub const REFRESH_GAP: SignedDuration = SignedDuration::from_secs(2);
/// Time after which a place to count calls in is looked for again.
pub const NO_REQUEST_LOG: SignedDuration = SignedDuration::from_secs(60);
/// Time between the first polls of several keys, ...
const STAGGER: SignedDuration = SignedDuration::from_millis(250);
/// ... all of which start within this.
const STAGGER_MAX: SignedDuration = SignedDuration::from_secs(15);

const BACKOFF_FIRST: SignedDuration = SignedDuration::from_secs(5);
const BACKOFF_MAX: SignedDuration = SignedDuration::from_mins(15);
const BACKOFF_MIN: SignedDuration = SignedDuration::from_secs(1);

/// Stagger of the first poll of a key that is the `number`th (from 0) of at most `count`.
#[must_use]
pub fn stagger(number: usize, count: usize) -> SignedDuration {
    let times = |number| i32::try_from(number).unwrap_or(i32::MAX);
    STAGGER.min(STAGGER_MAX / times(count.max(1))) * times(number)
}

/// Backoff after failure number `failures` (from 1) in a row to reach the service: full jitter over an exponential from
/// 5 s to 15 min, at least 1 s.
#[must_use]
pub fn backoff(failures: u32, random: &mut fastrand::Rng) -> SignedDuration {
    let ceiling = doubled(BACKOFF_FIRST, failures.saturating_sub(1)).min(BACKOFF_MAX);
    ceiling.mul_f64(random.f64()).max(BACKOFF_MIN)
}

/// A delay doubled so many times, at most twelve.
pub(in crate::monitor) fn doubled(first: SignedDuration, times: u32) -> SignedDuration {
    first * 2_i32.pow(times.min(12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_polls_are_spread_out_but_those_of_many_keys_come_soon_too() {
        assert_eq!(stagger(2, 3), SignedDuration::from_millis(500));
        assert_eq!(stagger(1_000, 1_000), SignedDuration::from_secs(15));
    }

    proptest! {
        #[test]
        fn backoff_stays_between_a_second_and_its_growing_ceiling(failures in 1u32..100, seed: u64) {
            let wait = backoff(failures, &mut fastrand::Rng::with_seed(seed));
            let ceiling = (5_i64 << (failures - 1).min(20)).min(900);
            prop_assert!(wait >= BACKOFF_MIN && wait <= SignedDuration::from_secs(ceiling));
        }
    }
}
