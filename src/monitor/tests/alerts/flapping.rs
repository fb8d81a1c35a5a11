//! What no course of events leads to.

use proptest::prelude::*;

use super::*;

fn fate() -> impl Strategy<Value = Fate> {
    let credits = prop_oneof![Just(0.0), Just(3.0), Just(14.0), Just(16.0), Just(55.0), Just(63.0), Just(300.0)];
    let kinds = [
        PollFailureKind::Unauthorized,
        PollFailureKind::Dns,
        PollFailureKind::ServerError,
        PollFailureKind::Forbidden,
        PollFailureKind::RateLimited,
    ];
    prop_oneof![
        3 => credits.prop_map(|credits| Fate::Answers(holding(credits))),
        1 => proptest::sample::select(kinds.to_vec()).prop_map(Fate::Fails),
    ]
}

fn step() -> impl Strategy<Value = (u32, Fate, i64)> {
    (1u32..=2, fate(), prop_oneof![1i64..100, 100i64..400, 1_000i64..10_000])
}

/// Whether a condition is replaced by a worse one of its family.
fn gives_way(open: &Notification, raised: &Notification) -> bool {
    let families = [open, raised].map(|notification| notification.condition.unwrap().family());
    open.environment == raised.environment && families[0] == families[1]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn nothing_is_told_twice_or_ended_before_it_began(steps in proptest::collection::vec(step(), 1..25)) {
        let mut watch = Watch::of(&["dev", "prod"]);
        let mut open: Vec<Notification> = Vec::new();
        for (number, fate, wait) in steps {
            watch.fates.insert(number, fate);
            watch.refresh();
            watch.run(seconds(wait));
        }
        let is_same = |one: &Notification, two: &Notification| {
            one.environment == two.environment && one.condition == two.condition
        };
        for notification in &watch.told {
            let family: Vec<_> = open.iter().filter(|open| gives_way(open, notification)).cloned().collect();
            match notification.occasion {
                Occasion::Raised => {
                    prop_assert!(!open.iter().any(|open| is_same(open, notification)), "{:?}", watch.told);
                    let worst = family.iter().map(|open| open.severity).max();
                    prop_assert!(worst <= Some(notification.severity), "{:?}", watch.told);
                    open.push(notification.clone());
                }
                Occasion::Resolved => {
                    prop_assert!(!family.is_empty(), "{:?}", watch.told);
                    open.retain(|open| !is_same(open, notification));
                    if !notification.text.contains("; ") {
                        open.retain(|open| !gives_way(open, notification));
                    }
                }
                _ => prop_assert!(!family.is_empty()),
            }
        }
        let apart = watch.told.windows(2).filter(|pair| is_same(&pair[0], &pair[1]));
        for pair in apart.filter(|pair| pair[1].occasion == Occasion::Resolved) {
            prop_assert!(pair[1].at.duration_since(pair[0].at) >= minutes(2));
        }
    }

    #[test]
    fn what_changes_faster_than_the_minimum_duration_is_not_told(waits in proptest::collection::vec(1i64..45, 1..40)) {
        let mut watch = Watch::of(&["dev"]);
        for (number, wait) in waits.into_iter().enumerate() {
            watch.set(1, if number % 2 == 0 { 3.0 } else { 300.0 });
            watch.run(seconds(wait));
        }
        prop_assert!(watch.told.is_empty(), "{:?}", watch.told);
    }

    #[test]
    fn what_follows_from_a_sample_is_told_of_a_fresh_one_alone(steps in proptest::collection::vec(step(), 1..25)) {
        let mut watch = Watch::of(&["dev", "prod"]);
        for (number, fate, wait) in steps {
            watch.fates.insert(number, fate);
            watch.refresh();
            let end = watch.world.now.elapsed + seconds(wait);
            while watch.world.now.elapsed < end {
                let before = watch.told.len();
                watch.run(seconds(20));
                for notification in &watch.told[before..] {
                    let Some(Condition::Flag(_)) = notification.condition else { continue };
                    let environment = notification.environment.as_ref().unwrap().name.to_string();
                    let report = watch.world.report(&environment);
                    let key = if environment == "dev" { 1 } else { 2 };
                    let was_answered = matches!(watch.fates[&key], Fate::Answers(_));
                    prop_assert!(report.status == Status::Active || was_answered, "{notification:?}");
                    prop_assert!(report.fresh, "{notification:?}");
                }
            }
        }
    }
}
