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

/// Stagger of the first poll of a key that is the `number`th (from 0) of at most `count`.
#[must_use]
pub fn stagger(number: usize, count: usize) -> SignedDuration {
    let times = |number| i32::try_from(number).unwrap_or(i32::MAX);
    STAGGER.min(STAGGER_MAX / times(count.max(1))) * times(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_polls_are_spread_out_but_those_of_many_keys_come_soon_too() {
        assert_eq!(stagger(2, 3), SignedDuration::from_millis(500));
        assert_eq!(stagger(1_000, 1_000), SignedDuration::from_secs(15));
    }
}
