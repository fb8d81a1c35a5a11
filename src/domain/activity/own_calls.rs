//! Match of the listed calls with this product's own.

use jiff::{SignedDuration, Timestamp};

/// Lead of the date of a row over the entry in the request log, at most: clocks are compared in whole seconds.
const BEFORE: SignedDuration = SignedDuration::from_secs(2);
/// Lag of the date of a row behind that entry, at most: a request may be under way for as long as the client waits.
const AFTER: SignedDuration = SignedDuration::from_secs(12);

/// Tells for each of `rows` whether it is a call of ours. `known` are rows that were found to be ours before, and
/// `calls` those of the request log; all are on the service's clock. Each call explains one row at most, the nearest.
#[must_use]
pub fn match_own_calls(rows: &[Timestamp], known: &[Timestamp], mut calls: Vec<Timestamp>) -> Vec<bool> {
    calls.sort_unstable();
    let mut explains = vec![false; calls.len()];
    explain(known, &calls, &mut explains);
    explain(rows, &calls, &mut explains)
}

fn explain(rows: &[Timestamp], calls: &[Timestamp], explains: &mut [bool]) -> Vec<bool> {
    let mut pairs = Vec::new();
    for (row, at) in rows.iter().enumerate() {
        let first = calls.partition_point(|call| at.duration_since(*call) > AFTER);
        let near = calls[first..].iter().enumerate().map(|(index, call)| (first + index, at.duration_since(*call)));
        let near = near.take_while(|(_, late)| *late >= -BEFORE);
        pairs.extend(near.map(|(call, late)| (late.abs(), row, call)));
    }
    pairs.sort_unstable();
    let mut own = vec![false; rows.len()];
    for (_, row, call) in pairs {
        if !own[row] && !explains[call] {
            (own[row], explains[call]) = (true, true);
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn apart(rows: &[i64], known: &[i64], calls: &[i64]) -> Vec<bool> {
        let moments = |seconds: &[i64]| -> Vec<_> { seconds.iter().map(|second| at(*second)).collect() };
        match_own_calls(&moments(rows), &moments(known), moments(calls))
    }

    #[test]
    fn a_call_explains_the_nearest_row_and_no_other() {
        assert_eq!(apart(&[100, 101], &[], &[101]), [false, true]);
        assert_eq!(apart(&[100, 101], &[], &[101, 99]), [true, true]);
        assert_eq!(apart(&[100], &[], &[]), [false]);
    }

    #[test]
    fn a_row_is_at_most_a_little_older_than_its_call_and_not_much_younger() {
        let of = |row| apart(&[row], &[], &[100])[0];
        assert_eq!([97, 98, 100, 112, 113].map(of), [false, true, true, true, false]);
    }

    #[test]
    fn a_call_that_explained_a_row_before_explains_no_further_one() {
        assert_eq!(apart(&[103], &[100], &[100]), [false]);
        assert_eq!(apart(&[103], &[100], &[100, 102]), [true]);
    }

    proptest! {
        #[test]
        fn never_more_rows_are_ours_than_calls(
            rows in proptest::collection::vec(0i64..100, 0..40),
            known in proptest::collection::vec(0i64..100, 0..10),
            calls in proptest::collection::vec(0i64..100, 0..20),
        ) {
            let own = apart(&rows, &known, &calls).into_iter().filter(|own| *own).count();
            prop_assert!(own <= calls.len());
        }
    }
}
