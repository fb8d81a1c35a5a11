//! States that no course of events leads to.

use proptest::prelude::*;

use super::*;

fn answer() -> impl Strategy<Value = ScriptedAnswer> {
    let credits = prop_oneof![Just(0.0), Just(3.0), Just(14.0), Just(16.0), Just(55.0), Just(63.0), Just(300.0)];
    let kinds = [
        PollErrorKind::Unauthorized,
        PollErrorKind::Dns,
        PollErrorKind::ServerError,
        PollErrorKind::Forbidden,
        PollErrorKind::RateLimited,
    ];
    prop_oneof![
        3 => credits.prop_map(|credits| ScriptedAnswer::Answers(holding(credits))),
        1 => proptest::sample::select(kinds.to_vec()).prop_map(ScriptedAnswer::Fails),
    ]
}

fn step() -> impl Strategy<Value = (u32, ScriptedAnswer, i64)> {
    (1u32..=2, answer(), prop_oneof![1i64..100, 100i64..400, 1_000i64..10_000])
}

/// Rank of a condition in its family, from 0; the worst is the highest.
fn level(condition: Condition) -> usize {
    match condition {
        Condition::Flag(Flag::CreditsOut) => 2,
        Condition::Flag(Flag::CreditsCritical | Flag::DailyLimitReached | Flag::RotateOverdue) | Condition::Offline => {
            1
        }
        _ => 0,
    }
}

/// The condition that an alert has come to, as those know who read all that is told; or what can't be.
fn follow(come_to: Option<Condition>, notification: &Notification) -> Result<Option<Condition>, &'static str> {
    let condition = notification.news.condition().unwrap();
    match notification.news.kind() {
        NotificationKind::Raised if come_to.is_some_and(|before| level(before) >= level(condition)) => {
            Err("told twice")
        }
        NotificationKind::Raised => Ok(Some(condition)),
        _ if come_to != Some(condition) => Err("ended, or told again, without having begun"),
        NotificationKind::Resolved => {
            let NotificationContent::Resolved { rest, .. } = &notification.news else { return Err("no end") };
            Ok(rest.as_ref().map(|rest| rest.condition))
        }
        _ => Ok(come_to),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn nothing_is_told_twice_or_ended_before_it_began(steps in proptest::collection::vec(step(), 1..25)) {
        let mut watch = AlertHarness::of(&["dev", "prod"]);
        for (number, answer, wait) in steps {
            watch.answers.insert(number, answer);
            watch.refresh();
            watch.run(seconds(wait));
        }
        let mut alerts = BTreeMap::new();
        for notification in &watch.notifications {
            let environment = notification.environment.as_ref().map(|environment| environment.name.clone());
            let family = notification.news.condition().unwrap().family();
            let alert = alerts.entry((environment, family)).or_insert((None, notification.at));
            let come_to = follow(alert.0, notification);
            prop_assert!(come_to.is_ok(), "{come_to:?}: {notification:?} in {:#?}", watch.notifications);
            let is_end = notification.news.kind() == NotificationKind::Resolved;
            prop_assert!(!is_end || notification.at.duration_since(alert.1) >= minutes(2), "{notification:?}");
            *alert = (come_to.unwrap(), notification.at);
        }
    }

    #[test]
    fn what_changes_faster_than_the_minimum_duration_is_not_told(waits in proptest::collection::vec(1i64..100, 1..40)) {
        let mut watch = AlertHarness::of(&["dev"]);
        for (number, wait) in waits.into_iter().enumerate() {
            watch.set(1, if number % 2 == 0 { 3.0 } else { 300.0 });
            watch.run(seconds(wait));
        }
        prop_assert!(watch.notifications.is_empty(), "{:?}", watch.notifications);
    }

    #[test]
    fn what_follows_from_a_sample_is_told_of_a_fresh_one_alone(steps in proptest::collection::vec(step(), 1..25)) {
        let mut watch = AlertHarness::of(&["dev", "prod"]);
        for (number, answer, wait) in steps {
            watch.answers.insert(number, answer);
            watch.refresh();
            let end = watch.world.now.elapsed + seconds(wait);
            while watch.world.now.elapsed < end {
                let before = watch.notifications.len();
                watch.run(seconds(20));
                for notification in &watch.notifications[before..] {
                    // That a sample is old is told of an old one.
                    let Some(Condition::Flag(flag)) = notification.news.condition() else { continue };
                    if flag == Flag::Stale {
                        continue;
                    }
                    let name = notification.environment.as_ref().unwrap().name.to_string();
                    let environment = watch.world.environment(&name);
                    let key = if name == "dev" { 1 } else { 2 };
                    let was_answered = matches!(watch.answers[&key], ScriptedAnswer::Answers(_));
                    prop_assert!(environment.status == Status::Active || was_answered, "{notification:?}");
                    prop_assert!(environment.fresh, "{notification:?}");
                }
            }
        }
    }
}
