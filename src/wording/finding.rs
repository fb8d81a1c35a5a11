//! What a query for an environment finds, and the order of what is shown, in words.

use crate::wording::format;

/// Number of environments that are found, and of those that are shown beside them as they are critical: `3 of 40`,
/// `3 of 40, and 2 critical`.
#[must_use]
pub fn found(found: usize, all: usize, critical: usize) -> String {
    let count = |number| format::count(u64::try_from(number).unwrap_or(u64::MAX));
    let found = if found == 0 { "no match".to_owned() } else { format!("{} of {}", count(found), count(all)) };
    if critical == 0 { found } else { format!("{found}, and {} critical", count(critical)) }
}

/// Order in which the environments are shown.
#[must_use]
pub fn order(is_worst_first: bool) -> &'static str {
    if is_worst_first { "environments: worst first" } else { "environments: as configured" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_beside_what_is_found_is_counted_apart() {
        assert_eq!(found(3, 1_000, 0), "3 of 1,000");
        assert_eq!(found(3, 40, 2), "3 of 40, and 2 critical");
        assert_eq!(found(0, 40, 1), "no match, and 1 critical");
    }
}
