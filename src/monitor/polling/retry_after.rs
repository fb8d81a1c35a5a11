//! `Retry-After`: timed polls wait for as long as the service asks, whatever the failure; after a 429 that does not say,
//! for a guess.

use jiff::SignedDuration;

use super::backoff::Backoff;
use super::key::KeyState;
use super::reason::PollReason;
use crate::domain::backoff::{BACKOFF_MIN, RETRY_AFTER_MAX, doubled};
use crate::domain::time::Elapsed;

/// Guess after the first 429 in a row.
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

impl KeyState {
    /// Holds timed polls back until `at`, and for as long as the service asked with whatever failure. A person who asked in
    /// spite of a pause has not another question free with the next.
    pub(in crate::monitor) fn wait_for(
        &mut self,
        at: Elapsed,
        reason: PollReason,
        asked: Option<SignedDuration>,
        now: Elapsed,
    ) {
        let is_spent = self.backoff.is_some_and(|backoff| backoff.is_spent && backoff.until > now);
        let asked = asked.map(|asked| now + asked.min(RETRY_AFTER_MAX));
        let backoff = Backoff { until: at, reason, is_spent };
        let asked = asked.map(|at| Backoff { until: at, reason: PollReason::RateLimited, is_spent });
        self.backoff = Some(asked.map_or(backoff, |asked| backoff.not_before(&asked)));
    }
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
