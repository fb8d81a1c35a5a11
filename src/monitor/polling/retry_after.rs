//! The wait after a 429: what the service asked for (`Retry-After`), or a guess.

use jiff::SignedDuration;

use crate::domain::backoff::{BACKOFF_MIN, RETRY_AFTER_MAX, doubled};

const GUESS_FIRST: SignedDuration = SignedDuration::from_secs(60);

/// Wait after a 429: what the service asked, 1 s to 1 h; else at least 60 s, growing with the `failures` (from 1) in a
/// row, with equal jitter.
#[must_use]
pub fn retry_after(asked: Option<SignedDuration>, failures: u32, random: &mut fastrand::Rng) -> SignedDuration {
    asked.map_or_else(
        || {
            let half = doubled(GUESS_FIRST, failures.saturating_sub(1)).min(RETRY_AFTER_MAX / 2);
            half + half.mul_f64(random.f64())
        },
        |asked| asked.clamp(BACKOFF_MIN, RETRY_AFTER_MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn retry_after_is_obeyed_up_to_an_hour() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut wait = |seconds| retry_after(Some(SignedDuration::from_secs(seconds)), 1, &mut random).as_secs();
        assert_eq!([wait(30), wait(86_400), wait(-5), wait(0)], [30, 3_600, 1, 1]);
    }

    proptest! {
        #[test]
        fn without_a_retry_after_the_wait_is_a_minute_to_an_hour(failures in 1u32..100, seed: u64) {
            let wait = retry_after(None, failures, &mut fastrand::Rng::with_seed(seed));
            prop_assert!(wait >= SignedDuration::from_secs(60) && wait <= RETRY_AFTER_MAX);
        }
    }
}
