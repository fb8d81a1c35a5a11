use super::*;
use crate::domain::forecast::{Outlook, ResetOrigin};
use crate::domain::sample::CreditsPoint;
use crate::domain::status::{Flag, Severity};
use crate::domain::time::day_of;

/// Balances of 10 days that fall by `a_day` down to what is left now, as the history tells them.
fn balances(now: &Now, a_day: f64) -> Vec<CreditsPoint> {
    let point = |hours: i32| CreditsPoint {
        at: ago(now, minutes(60 * i64::from(hours))),
        credits: 222.0 + a_day / 24.0 * f64::from(hours),
        allowance: account().monthly_allowance,
    };
    (0..240).rev().map(point).collect()
}

fn load(world: &mut MonitorHarness, points: Option<Vec<CreditsPoint>>) {
    world.send(Input::BalancesLoaded { fingerprint: fingerprint(1), points });
}

fn asks(effects: &[Effect]) -> bool {
    effects.contains(&Effect::LoadBalances(fingerprint(1)))
}

fn reset_on_the_1st(mut world: MonitorHarness) -> MonitorHarness {
    world.monitor.scheduler.environments[0].watched.thresholds.reset_day = Some(1);
    world
}

#[test]
fn the_balances_are_asked_for_with_a_sample_but_not_each_time() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut answer = |after| {
        world.pass(after);
        let sample = world.sample(Account {
            requests_per_day: Limit::Unlimited,
            requests_per_minute: Limit::Unlimited,
            ..account()
        });
        asks(world.answer(1, sample))
    };
    assert!(answer(seconds(0)));
    assert_eq!([(); 4].map(|()| answer(minutes(1))), [false; 4]);
    assert!(answer(minutes(1)), "five minutes later");
}

/// A key of which the history knows a sample, `age` old.
fn recalled(age: SignedDuration, calls: usize) -> MonitorHarness {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let sample = Sample { at: ago(&world.now, age), ..world.sample(account()) };
    let key_history = KeyHistory { calls: vec![sample.at; calls], sample: Some(sample), ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    world
}

#[test]
fn what_the_history_knows_is_forecast_at_once_and_anew_with_the_first_answer() {
    for calls in [1, 200] {
        let mut world = recalled(minutes(60), calls);
        assert!(asks(&world.effects), "{calls} calls: no answer is waited for");
        let points = balances(&world.now, 10.0);
        load(&mut world, Some(points));
        assert!(world.environment("dev").forecast.is_some());
    }
    let mut answered = recalled(minutes(60), 1);
    let sample = answered.sample(account());
    assert!(asks(answered.answer(1, sample)), "a reset that was just seen is told");
    let mut cut_off = recalled(minutes(60), 1);
    assert!(!asks(cut_off.fail(1, PollErrorKind::Timeout)), "nothing is new");
    let unknown = MonitorHarness::with_keys(&["dev"]);
    assert!(!asks(&unknown.effects), "there is nothing to ask for");
}

#[test]
fn running_out_before_the_reset_is_flagged_with_enough_history_and_a_fresh_sample_alone() {
    let mut world = reset_on_the_1st(MonitorHarness::active());
    let points = balances(&world.now, 40.0);
    load(&mut world, Some(points[200..].to_vec()));
    assert_eq!(world.environment("dev").flags, [], "two days are no history");
    load(&mut world, Some(points.clone()));
    let environment = world.environment("dev");
    assert_eq!((environment.flags, environment.severity), (vec![Flag::RunsOutBeforeReset], Severity::Warning));
    world.pass(minutes(60));
    assert_eq!(world.environment("dev").flags, [Flag::Stale]);
    assert!(world.environment("dev").forecast.is_some(), "what was known stays");

    let mut calm = reset_on_the_1st(MonitorHarness::active());
    load(&mut calm, Some(balances(&world.now, 10.0)));
    assert_eq!(calm.environment("dev").flags, []);
    let mut unknown = MonitorHarness::active();
    load(&mut unknown, Some(points));
    assert_eq!(unknown.environment("dev").flags, [], "no reset is known");
}

#[test]
fn the_newest_sample_counts_though_it_is_not_stored_yet() {
    let mut world = MonitorHarness::active();
    let points = balances(&world.now, 40.0);
    let sample = world.sample(Account { credits_remaining: 150.0, ..account() });
    world.pass(minutes(8));
    let sample = Sample { at: world.now.wall, ..sample };
    world.answer(1, sample);
    load(&mut world, Some(points));
    let forecast = world.environment("dev").forecast.unwrap();
    assert_eq!(
        forecast.from,
        CreditsPoint { at: world.now.wall, credits: 150.0, allowance: account().monthly_allowance }
    );
}

#[test]
fn a_history_that_cannot_answer_changes_no_forecast() {
    let mut world = MonitorHarness::active();
    let points = balances(&world.now, 40.0);
    load(&mut world, Some(points));
    let forecast = world.environment("dev").forecast;
    assert!(forecast.is_some());
    load(&mut world, None);
    assert_eq!(world.environment("dev").forecast, forecast);
    load(&mut world, Some(Vec::new()));
    let outlook = world.environment("dev").forecast.unwrap().outlook;
    assert!(matches!(outlook, Outlook::NotEnoughHistory(_)), "the sample alone");
}

#[test]
fn a_forecast_belongs_to_its_key() {
    let mut world = MonitorHarness::active();
    let points = balances(&world.now, 40.0);
    load(&mut world, Some(points));
    world.hold("dev", 2);
    assert_eq!(world.environment("dev").forecast, None);
}

#[test]
fn each_environment_has_its_own_day_of_the_reset() {
    let mut world = MonitorHarness::started(&["dev", "prod"]);
    world.monitor.scheduler.environments[1].watched.thresholds.reset_day = Some(24);
    world.hold("dev", 1);
    world.hold("prod", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    let sample = world.sample(account());
    world.answer(1, sample);
    let points = balances(&world.now, 40.0);
    load(&mut world, Some(points));
    assert_eq!(world.environment("dev").forecast.unwrap().reset, None);
    let reset = world.environment("prod").forecast.unwrap().reset.unwrap();
    assert_eq!((reset.day, reset.origin), (24, ResetOrigin::Configured));
    assert!(!world.environment("prod").flags.contains(&Flag::RunsOutBeforeReset), "it comes in time");
}

#[test]
fn on_the_day_of_the_reset_nothing_is_flagged_until_it_is_over_without_one() {
    let mut world = MonitorHarness::active();
    let due = day_of(world.now.wall);
    world.monitor.scheduler.environments[0].watched.thresholds.reset_day = u8::try_from(due.day()).ok();
    let points = balances(&world.now, 40.0);
    load(&mut world, Some(points.clone()));
    let environment = world.environment("dev");
    assert_eq!((environment.flags, environment.severity), (vec![], Severity::Ok));
    assert!(environment.forecast.unwrap().reset.unwrap().is_due);

    world.pass(minutes(24 * 60));
    let sample = world.sample(account());
    world.answer(1, sample);
    load(&mut world, Some(points));
    let environment = world.environment("dev");
    assert_eq!(environment.flags, [Flag::RunsOutBeforeReset]);
    assert!(environment.forecast.unwrap().reset.unwrap().missed.is_some());
}

#[test]
fn another_allowance_is_neither_use_nor_reset() {
    let mut world = MonitorHarness::active();
    let mut points = balances(&world.now, 10.0);
    for point in &mut points[..120] {
        point.allowance = Some(50.0);
        point.credits -= 250.0;
    }
    load(&mut world, Some(points));
    let forecast = world.environment("dev").forecast.unwrap();
    assert_eq!(forecast.reset, None);
    assert!(forecast.burn.a_day().is_some_and(|burn| (9.9..10.1).contains(&burn)), "{:?}", forecast.burn);
}

#[test]
fn running_out_is_not_over_when_nothing_is_left() {
    let mut world = reset_on_the_1st(MonitorHarness::active());
    let points = balances(&world.now, 40.0);
    load(&mut world, Some(points.clone()));
    world.pass(minutes(8));
    let sample = world.sample(Account { credits_remaining: 0.0, ..account() });
    world.answer(1, sample);
    load(&mut world, Some(points));
    assert_eq!(world.log(), ["dev: credits run out before the refill", "dev: out of credits"]);
}

#[test]
fn what_will_become_of_the_credits_is_found_anew_with_each_event_that_changes_them() {
    let changed = [
        (Account { credits_remaining: 300.0, ..account() }, true),
        (Account { credits_remaining: 240.0, ..account() }, true),
        (Account { monthly_allowance: Some(1_000.0), ..account() }, true),
        (Account { tier: Some("pro".to_owned()), ..account() }, true),
        (Account { credits_remaining: 220.0, ..account() }, false),
        (Account { requests_per_minute: Limit::Of(20), ..account() }, false),
    ];
    for (after, is_of_credits) in changed {
        let mut world = MonitorHarness::with_keys(&["dev"]);
        let before = Account { requests_per_day: Limit::Unlimited, requests_per_minute: Limit::Of(300), ..account() };
        let sample = world.sample(before.clone());
        world.answer(1, sample);
        let points = balances(&world.now, 10.0);
        load(&mut world, Some(points));
        world.pass(minutes(1));
        let sample = world.sample(Account { requests_per_day: Limit::Unlimited, ..after.clone() });
        let is_asked = asks(world.answer(1, sample));
        assert_eq!(
            (is_asked, world.environment("dev").forecast.is_none()),
            (is_of_credits, is_of_credits),
            "{after:?}"
        );
    }
}
