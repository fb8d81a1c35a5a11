//! Figures are of now, or of a time that is told: windows end, clocks differ, and keys are old since a day of their own.

use super::*;
use crate::domain::alert::{Condition, Since};
use crate::domain::limit::Limit;
use crate::domain::status::Flag;
use crate::domain::time::ReportedTime;

/// `dev`, answered once with 7 of 10 requests of the minute and 400 of 1,000 of the day left, at a time of day.
fn answered_at(time: &str) -> MonitorHarness {
    let mut world = MonitorHarness::started(&["dev"]);
    world.now.wall = format!("2026-11-21T{time}Z").parse().unwrap();
    world.hold("dev", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    world.pass(seconds(1));
    let mut sample = world.sample(account());
    sample.quota = Quota { minute_remaining: Some(7), day_remaining: Some(400), ..Quota::default() };
    world.answer(1, sample);
    world
}

#[test]
fn the_window_of_a_minute_is_over_after_a_minute() {
    let mut world = answered_at("14:32:00");
    world.now = world.now.after(seconds(59));
    assert_eq!(world.environment("dev").minute.used(), Some(3));
    world.now = world.now.after(seconds(1));
    let environment = world.environment("dev");
    assert_eq!((environment.minute.limit, environment.minute.remaining), (Limit::Of(10), None), "the limit stays");
    assert_eq!(environment.minute.own, 0, "none of ours is of this minute");
    assert_eq!(environment.day.used(), Some(600), "it is the same day still");
}

#[test]
fn the_window_of_a_day_is_over_at_midnight_in_utc() {
    let mut world = answered_at("23:58:00");
    world.now = world.now.after(seconds(118));
    assert_eq!(world.environment("dev").day.used(), Some(600));
    world.now = world.now.after(seconds(1));
    let environment = world.environment("dev");
    assert_eq!((environment.day.limit, environment.day.remaining), (Limit::Of(1_000), None));
}

#[test]
fn few_requests_left_yesterday_say_nothing_of_today() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.now.wall = "2026-11-21T23:58:00Z".parse().unwrap();
    world.hold("dev", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    let mut sample = world.sample(account());
    sample.quota.day_remaining = Some(3);
    world.answer(1, sample);
    assert_eq!(world.environment("dev").flags, [Flag::DailyLimitNear]);
    world.now = world.now.after(minutes(3));
    assert_eq!(world.environment("dev").flags, []);
}

#[test]
fn a_recalled_sample_tells_of_no_window_that_is_over() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let quota = Quota { minute_remaining: Some(4), day_remaining: Some(40), ..Quota::default() };
    let sample = Sample { at: ago(&world.now, minutes(60 * 24 * 30)), quota, ..world.sample(account()) };
    let key_history = KeyHistory { sample: Some(sample), ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    let environment = world.environment("dev");
    assert_eq!((environment.minute.remaining, environment.day.remaining), (None, None));
    assert_eq!((environment.minute.limit, environment.day.limit), (Limit::Of(10), Limit::Of(1_000)));
}

#[test]
fn a_time_that_lies_ahead_is_a_difference_of_clocks_and_no_age() {
    let told = |change: &dyn Fn(&mut Sample, Timestamp)| {
        let mut world = MonitorHarness::with_keys(&["dev"]);
        let mut sample = world.sample(account());
        let ahead = world.now.wall + minutes(180);
        change(&mut sample, ahead);
        world.answer(1, sample);
        let environment = world.environment("dev");
        (environment.ahead_of(world.now.wall), environment.flags)
    };
    let ahead = |what| (Some((what, minutes(180))), vec![Flag::ClockSkew]);
    assert_eq!(told(&|sample, at| sample.account.last_used_at = Some(at)), ahead(ReportedTime::Use));
    assert_eq!(told(&|sample, at| sample.account.created_at = Some(at)), ahead(ReportedTime::Creation));
    assert_eq!(told(&|_, _| ()), (None, vec![]));
}

#[test]
fn a_clock_that_was_set_back_makes_the_last_poll_lie_ahead() {
    let mut world = MonitorHarness::active();
    world.now.wall = ago(&world.now, minutes(90));
    let environment = world.environment("dev");
    assert_eq!(environment.ahead_of(world.now.wall), Some((ReportedTime::Poll, minutes(90))));
    assert_eq!(environment.flags, [Flag::ClockSkew]);
    assert!(environment.fresh, "the clock that can't be set knows better");
}

#[test]
fn a_clock_that_is_set_makes_nothing_older_or_younger_and_differs_from_the_services_at_once() {
    for by in [minutes(180), -minutes(180)] {
        let mut world = MonitorHarness::active();
        let polled_at = world.environment("dev").polled_at.unwrap();
        world.pass(seconds(30));
        world.now.wall += by;
        world.send(Input::Ticked);
        let environment = world.environment("dev");
        assert_eq!(environment.polled_at, Some(polled_at + by), "as old as before");
        assert_eq!((environment.clock_skew, environment.flags), (Some(-by), vec![Flag::ClockSkew]));
        world.now.wall -= by;
        world.send(Input::Ticked);
        assert_eq!(
            (world.environment("dev").polled_at, world.environment("dev").flags),
            (Some(polled_at), vec![]),
            "set right again"
        );
    }
}

#[test]
fn what_an_earlier_run_stored_ahead_of_this_clock_is_not_fresh() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let sample = Sample { at: world.now.wall + minutes(180), ..world.sample(account()) };
    let key_history = KeyHistory { sample: Some(sample), ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    let environment = world.environment("dev");
    assert!(!environment.fresh && environment.flags.contains(&Flag::ClockSkew));
    assert_eq!((environment.minute.remaining, environment.day.remaining), (None, None));
}

#[test]
fn a_rotation_is_overdue_since_its_own_day_and_not_since_it_was_first_seen() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.send(Input::AlertsLoaded(None));
    world.hold("dev", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    let created_at = ago(&world.now, minutes(95 * 24 * 60 + 60));
    let due = created_at + minutes(90 * 24 * 60);
    let sample = world.sample(Account { created_at: Some(created_at), ..account() });
    let mut effects = world.answer(1, sample).to_vec();
    effects.extend(world.pass(minutes(2)).to_vec());
    effects.extend(world.pass(seconds(30)).to_vec());
    let told = effects.into_iter().find_map(|effect| match effect {
        Effect::StoreAlert(change) => change.notification,
        _ => None,
    });
    let news = told.expect("nothing was told").news;
    assert_eq!((news.condition(), news.since()), (Some(Condition::Flag(Flag::RotateOverdue)), Since::Fact(due)));
    assert_eq!(world.environment("dev").alerts[0].since, Since::Fact(due));
}
