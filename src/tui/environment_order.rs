//! The environments that are shown, and their order. What is critical is always among them.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::domain::environment::Environment;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// Order of the environments on the screen. Their numbers are those of the configuration in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum EnvironmentOrder {
    /// As the configuration lists them.
    #[default]
    Configured,
    /// By severity, what is critical first; of one severity as configured.
    WorstFirst,
}

impl EnvironmentOrder {
    pub(super) fn next(self) -> Self {
        match self {
            Self::Configured => Self::WorstFirst,
            Self::WorstFirst => Self::Configured,
        }
    }
}

/// Places in the snapshot of the environments that are shown, in the order of the screen: all of them, or those that a
/// query finds, the best match first, and after them what is critical.
pub(super) fn shown(snapshot: &Snapshot, order: EnvironmentOrder, query: &str) -> Vec<usize> {
    let ordered = ordered(snapshot, order);
    if query.trim().is_empty() {
        return ordered;
    }
    let mut shown = found(snapshot, &ordered, query);
    let mut is_found = vec![false; snapshot.environments.len()];
    for place in &shown {
        is_found[*place] = true;
    }
    let is_kept = |place: &usize| !is_found[*place] && snapshot.environments[*place].severity == Severity::Critical;
    shown.extend(ordered.into_iter().filter(is_kept));
    shown
}

/// Number of environments that a query finds by their name or label.
pub(super) fn found_count(snapshot: &Snapshot, query: &str) -> usize {
    found(snapshot, &ordered(snapshot, EnvironmentOrder::Configured), query).len()
}

fn ordered(snapshot: &Snapshot, order: EnvironmentOrder) -> Vec<usize> {
    let mut places: Vec<_> = (0..snapshot.environments.len()).collect();
    if order == EnvironmentOrder::WorstFirst {
        places.sort_by_key(|place| Reverse(rank(&snapshot.environments[*place])));
    }
    places
}

/// The severity; nothing where a missing key does not count.
fn rank(environment: &EnvironmentSnapshot) -> Option<Severity> {
    (environment.requested || environment.status != Status::NoKey).then_some(environment.severity)
}

fn found(snapshot: &Snapshot, places: &[usize], query: &str) -> Vec<usize> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::new(query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut characters = Vec::new();
    let scored = places.iter().filter_map(|place| {
        let environment = &snapshot.environments[*place].environment;
        let text = searched(environment);
        Some((*place, pattern.score(Utf32Str::new(&text, &mut characters), &mut matcher)?))
    });
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by_key(|(_, score)| Reverse(*score));
    scored.into_iter().map(|(place, _)| place).collect()
}

fn searched(environment: &Environment) -> String {
    format!("{} {}", environment.name, environment.label.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::*;

    fn many(severities: &[Severity]) -> Snapshot {
        let one = |(number, severity): (usize, &Severity)| EnvironmentSnapshot {
            environment: environment(&format!("team{number}-eu")),
            severity: *severity,
            ..dev()
        };
        snapshot(severities.iter().enumerate().map(one).collect())
    }

    fn names(snapshot: &Snapshot, order: EnvironmentOrder, query: &str) -> Vec<String> {
        let name = |place: usize| snapshot.environments[place].environment.name.to_string();
        shown(snapshot, order, query).into_iter().map(name).collect()
    }

    #[test]
    fn the_worst_come_first_and_a_key_that_nobody_misses_last() {
        let snapshot = snapshot(vec![no_key("spare"), dev(), staging(), prod(), key_unavailable(&dev())]);
        assert_eq!(shown(&snapshot, EnvironmentOrder::Configured, ""), [0, 1, 2, 3, 4]);
        let severities = |places: Vec<usize>| places.into_iter().map(|place| snapshot.environments[place].severity);
        let worst_first = shown(&snapshot, EnvironmentOrder::WorstFirst, "");
        assert_eq!(worst_first.last(), Some(&0), "{worst_first:?}");
        assert!(severities(worst_first[..4].to_vec()).is_sorted_by(|one, next| one >= next));
    }

    #[test]
    fn a_few_letters_find_a_name_or_a_label_and_the_best_match_comes_first() {
        let calm = EnvironmentSnapshot { severity: Severity::Ok, ..prod() };
        let snapshot = snapshot(vec![dev(), staging(), calm]);
        let found = |query| names(&snapshot, EnvironmentOrder::Configured, query);
        assert_eq!(found("stg"), ["staging"]);
        assert_eq!(found("PROD"), ["prod"]);
        assert_eq!(found("main app"), ["prod"], "by its label");
        assert_eq!(found("d")[0], "dev", "where a name begins with it");
        assert!(found("zzz").is_empty());
        assert_eq!(found("  "), ["dev", "staging", "prod"]);
    }

    fn severity() -> impl Strategy<Value = Severity> {
        prop_oneof![
            8 => Just(Severity::Ok),
            2 => Just(Severity::Warning),
            1 => Just(Severity::Unknown),
            1 => Just(Severity::Critical),
        ]
    }

    proptest! {
        #[test]
        fn an_order_leaves_none_out_and_none_twice(severities in proptest::collection::vec(severity(), 0..40)) {
            let snapshot = many(&severities);
            for order in [EnvironmentOrder::Configured, EnvironmentOrder::WorstFirst] {
                let mut places = shown(&snapshot, order, "");
                places.sort_unstable();
                prop_assert_eq!(places, (0..severities.len()).collect::<Vec<_>>());
            }
        }

        #[test]
        fn no_query_hides_what_is_critical_or_shows_anything_twice(
            severities in proptest::collection::vec(severity(), 0..40), query in ".{0,12}",
        ) {
            let snapshot = many(&severities);
            let mut places = shown(&snapshot, EnvironmentOrder::WorstFirst, &query);
            for (place, severity) in severities.iter().enumerate() {
                prop_assert!(*severity != Severity::Critical || places.contains(&place), "{place} of {places:?}");
            }
            let count = places.len();
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), count);
        }
    }
}
