use proptest::prelude::*;

use super::*;
use crate::domain::log_entry::EventKind;

pub(super) fn credits(left: f64) -> Account {
    Account { credits_remaining: left, ..account() }
}

/// `dev` after an answer, and then another one an hour later; what was told of the second.
fn told(before: Account, after: Account) -> Vec<(EventKind, String)> {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let sample = world.sample(before);
    world.answer(1, sample);
    let known = world.monitor.log.entries().len();
    world.pass(minutes(8));
    let sample = world.sample(after);
    world.answer(1, sample);
    world.monitor.log.entries()[known..]
        .iter()
        .map(|entry| (entry.kind(), event(entry, entry.at, &TimeZone::UTC)))
        .collect()
}

#[test]
fn a_rise_is_a_reset_where_the_credits_are_filled_up_and_else_a_top_up() {
    let event = |kind, text: &str| vec![(kind, text.to_owned())];
    assert_eq!(told(credits(90.0), credits(300.0)), event(EventKind::Reset, "credits filled up: rose by 210, to 300"));
    assert_eq!(told(credits(90.0), credits(99.0)), event(EventKind::TopUp, "credits rose by 9, to 99"));
    assert_eq!(told(credits(90.0), credits(92.0)), [], "a correction");
    assert_eq!(told(credits(90.0), credits(80.0)), [], "use");
    assert_eq!(told(credits(295.0), credits(300.0)), [], "it wobbles at the top");
    assert_eq!(told(credits(288.0), credits(300.0)), event(EventKind::TopUp, "credits rose by 12, to 300"));
    assert_eq!(told(credits(90.0), credits(800.0)), event(EventKind::TopUp, "credits rose by 710, to 800"));
}

#[test]
fn another_plan_is_told_with_what_it_was() {
    let pro = Account {
        tier: Some("pro".to_owned()),
        monthly_allowance: Some(222.0),
        requests_per_minute: Limit::Of(300),
        requests_per_day: Limit::Unlimited,
        ..account()
    };
    let texts: Vec<_> = told(account(), pro).into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        texts,
        [
            "tier is now pro (was starter)",
            "allowance is now 222 credits a month (was 300)",
            "limit is now 300 requests a minute (was 10)",
            "there is no limit per day now (was 1,000)",
        ]
    );
}

#[test]
fn what_comes_with_another_plan_is_told_with_its_size() {
    let of =
        |allowance, credits_remaining| Account { monthly_allowance: Some(allowance), credits_remaining, ..account() };
    let texts = |before, after| told(before, after).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    assert_eq!(
        texts(of(50.0, 40.0), of(300.0, 290.0)),
        ["allowance is now 300 credits a month (was 50)", "credits rose by 250, to 290, with the new plan"]
    );
    assert_eq!(
        texts(of(300.0, 222.0), of(50.0, 50.0)),
        ["allowance is now 50 credits a month (was 300)", "credits fell by 172, to 50, with the new plan"]
    );
    assert_eq!(texts(of(300.0, 222.0), of(300.0, 272.0)), ["credits rose by 50, to 272"]);
}

proptest! {
    #[test]
    fn another_plan_is_never_told_as_a_reset(
        allowances in proptest::array::uniform2(1.0..5_000_f64),
        tiers in proptest::array::uniform2(0..2_u8),
        left in 0.0..5_000_f64,
        is_full: bool,
        now_left in 0.0..5_000_f64,
    ) {
        let [old, new] = allowances.map(f64::round);
        let of = |allowance: f64, tier: u8, credits_remaining: f64| Account {
            tier: Some(format!("tier-{tier}")),
            monthly_allowance: Some(allowance),
            credits_remaining,
            ..account()
        };
        let now_left = if is_full { new } else { now_left.round() };
        let kinds: Vec<_> = told(of(old, tiers[0], left.round()), of(new, tiers[1], now_left)).into_iter().map(|of| of.0).collect();
        let is_other_plan = (old - new).abs() >= 1.0 || tiers[0] != tiers[1];
        prop_assert_eq!(kinds.contains(&EventKind::Plan), is_other_plan);
        prop_assert!(!is_other_plan || !kinds.iter().any(|kind| matches!(kind, EventKind::Reset | EventKind::TopUp)));
    }
}
