//! Retries of a webhook: which answers are tried again, and after how long.

use jiff::SignedDuration;

use super::backoff::{RETRY_AFTER_MAX, backoff};

/// Wait after try number `attempts` (from 1): as long as the server asked, up to an hour; else full jitter over an
/// exponential from 5 s, up to `wait_max` and 15 min.
#[must_use]
pub fn delay(
    attempts: u32,
    retry_after: Option<SignedDuration>,
    wait_max: SignedDuration,
    random: &mut fastrand::Rng,
) -> SignedDuration {
    retry_after.map_or_else(|| backoff(attempts, random).min(wait_max), |asked| asked.min(RETRY_AFTER_MAX))
}

/// True where a server that answers with this status would refuse the same notification again: 4xx, but for 408, 425
/// and 429.
#[must_use]
pub fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::backoff::BACKOFF_MAX;
    use proptest::prelude::*;

    #[test]
    fn what_would_be_refused_again_is_given_up() {
        for status in [400, 401, 404, 410] {
            assert!(is_final(status), "{status}");
        }
        for status in [301, 302, 408, 425, 429, 500, 502, 503] {
            assert!(!is_final(status), "{status}");
        }
    }

    #[test]
    fn the_server_is_obeyed_up_to_an_hour() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut waited =
            |seconds| delay(1, Some(SignedDuration::from_secs(seconds)), BACKOFF_MAX, &mut random).as_secs();
        assert_eq!([waited(30), waited(86_400)], [30, 3_600]);
    }

    proptest! {
        #[test]
        fn tries_are_spread_up_to_a_quarter_of_an_hour(attempts in 1_u32..1_000, seed: u64) {
            let waited = delay(attempts, None, BACKOFF_MAX, &mut fastrand::Rng::with_seed(seed));
            let ceiling = (5_i64 << (attempts - 1).min(20)).min(900);
            prop_assert!(waited.is_positive() && waited <= SignedDuration::from_secs(ceiling));
        }
    }
}
