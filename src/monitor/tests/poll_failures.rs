//! Faults in the weeks of a long run.

use super::*;
use crate::domain::status::Status;
use crate::domain::time::{DAY, Elapsed};

fn steady(account: &Account) -> MonitorHarness {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    while world.now.elapsed < Elapsed::ZERO + DAY * 2
        || world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_none()
    {
        if world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_some() {
            let sample = world.sample(account.clone());
            world.answer(1, sample);
        }
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
    }
    world
}

#[test]
fn a_refresh_in_the_steady_state_is_at_once() {
    let mut world = steady(&account());
    let sample = world.sample(account());
    world.answer(1, sample);
    world.pass(seconds(100));
    let polls = polled(world.send(Input::RefreshRequested(name("dev")))).len();
    assert_eq!(polls, 1);
}

#[test]
fn a_refusal_in_the_steady_state_is_confirmed_in_seconds() {
    let mut world = steady(&account());
    world.fail(1, PollErrorKind::Unauthorized);
    assert!(world.next("dev").0.unwrap() <= seconds(10));
}

fn outage(kind: PollErrorKind) -> MonitorHarness {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let end = world.now.elapsed + minutes(60);
    while world.now.elapsed < end {
        if world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_some() {
            world.conclude(1, PollOutcome::Failed(PollError { counts: true, ..failure(kind) }));
        }
        let (_, reason) = world.next("dev");
        if reason == PollReason::Budget {
            break;
        }
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
    }
    world
}

#[test]
fn an_outage_at_the_start_does_not_stop_polling_for_a_day() {
    let mut world = outage(PollErrorKind::ServerError);
    world.send(Input::RefreshAllRequested);
    assert!(world.next("dev").0.unwrap() < minutes(60));
}

#[test]
fn alternating_failures_back_off() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let pro = Account { requests_per_minute: Limit::Of(300), requests_per_day: Limit::Unlimited, ..account() };
    let sample = world.sample(pro);
    world.answer(1, sample);
    world.pass(seconds(60));
    let start = world.now.elapsed;
    let mut polls = 0;
    while world.now.elapsed - start < minutes(60) {
        if world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_some() {
            polls += 1;
            let kind = if polls % 2 == 0 { PollErrorKind::ServerError } else { PollErrorKind::Timeout };
            world.conclude(1, PollOutcome::Failed(PollError { counts: true, ..failure(kind) }));
        }
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
    }
    assert!(polls < 40);
}

#[test]
fn limits_that_only_the_headers_tell_count() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(Account {
        requests_per_minute: Limit::Unlimited,
        requests_per_day: Limit::Unlimited,
        ..account()
    });
    sample.quota.day_limit = Limit::Of(50);
    sample.quota.day_remaining = Some(49);
    world.answer(1, sample);
    assert!(world.next("dev").0.unwrap() > minutes(60));
}

#[test]
fn headers_of_another_limit_than_the_body_do_not_pause_for_ever() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(account());
    sample.quota.day_limit = Limit::Of(50);
    sample.quota.day_remaining = Some(49);
    world.answer(1, sample);
    let environment = world.environment("dev");
    assert!(environment.flags.is_empty());
}

#[test]
fn the_last_poll_in_a_sliding_minute_is_not_others_use() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let pro = Account { requests_per_minute: Limit::Of(300), requests_per_day: Limit::Unlimited, ..account() };
    for used in [1, 2, 1, 2, 2] {
        // The poll before came in 60.000 s after the one before it, by the service's clock: its answer took 80 ms
        // then, and 40 ms now.
        world.now = world.now.after(SignedDuration::from_millis(40));
        let mut sample = world.sample(pro.clone());
        sample.quota.minute_limit = Limit::Of(300);
        sample.quota.minute_remaining = Some(300 - used);
        world.answer(1, sample);
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
    }
    assert_eq!(world.environment("dev").others_use, None);
}

#[test]
fn our_call_of_last_week_is_not_others_use() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let mut sample = world.sample(account());
    sample.at = ago(&world.now, DAY * 3);
    sample.server_clock = Some(sample.at);
    let last = sample.at;
    let key_history = KeyHistory { sample: Some(sample), ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    world.pass(seconds(1));
    let sample = world.sample(Account { last_used_at: Some(last), ..account() });
    world.answer(1, sample);
    assert_eq!(world.environment("dev").others_use, None);
}

#[test]
fn a_refused_key_that_is_entered_again_is_asked_at_once() {
    let mut world = MonitorHarness::active();
    world.pass(minutes(8));
    world.fail(1, PollErrorKind::Unauthorized);
    world.pass(seconds(5));
    world.fail(1, PollErrorKind::Unauthorized);
    world.hold("dev", 1);
    world.now = world.now.after(seconds(10));
    assert_eq!(polled(world.send(Input::RefreshRequested(name("dev")))), [fingerprint(1)]);
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.environment("dev").status, Status::Active);
    assert_eq!(world.log().last().unwrap(), "dev: active again");
}

#[test]
fn an_outage_beside_a_revoked_key_is_told() {
    let mut world = MonitorHarness::with_keys(&["dev", "prod"]);
    let sample = world.sample(account());
    world.answer(1, sample);
    let sample = world.sample(account());
    world.answer(2, sample);
    world.pass(minutes(8));
    world.fail(1, PollErrorKind::Unauthorized);
    let sample = world.sample(account());
    world.answer(2, sample);
    world.pass(seconds(5));
    world.fail(1, PollErrorKind::Unauthorized);
    let end = world.now.elapsed + DAY;
    while world.now.elapsed < end {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
        for (number, kind) in [(1, PollErrorKind::Unauthorized), (2, PollErrorKind::Connection)] {
            if world.monitor.scheduler.keys[&fingerprint(number)].in_flight.is_some() {
                world.fail(number, kind);
            }
        }
    }
    assert!(world.log().iter().any(|line| line.starts_with("prod: ") && line.contains("connection")));
}

#[test]
fn an_outage_with_a_seldom_polled_key_is_told_soon() {
    let mut world = MonitorHarness::with_keys(&["dev", "prod"]);
    let sample = world.sample(Account { requests_per_day: Limit::Of(50), ..account() });
    world.answer(1, sample);
    let sample =
        world.sample(Account { requests_per_day: Limit::Unlimited, requests_per_minute: Limit::Of(300), ..account() });
    world.answer(2, sample);
    world.pass(seconds(60));
    world.fail(2, PollErrorKind::Dns);
    let mut passed = seconds(0);
    while world.log().is_empty() {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        passed += wait;
        world.pass(wait);
        for number in [1, 2] {
            if world.monitor.scheduler.keys[&fingerprint(number)].in_flight.is_some() {
                world.fail(number, PollErrorKind::Dns);
            }
        }
    }
    assert!(passed < minutes(10));
}
#[test]
fn the_reason_of_a_poll_under_way_is_not_the_budget() {
    let mut world = MonitorHarness::active();
    world.pass(minutes(7) + seconds(13));
    let environment = world.environment("dev");
    assert_ne!(environment.next_poll.reason, PollReason::Budget);
}

#[test]
fn a_replaced_key_is_noticed_soon_though_the_old_one_was_refused_before() {
    let mut world = MonitorHarness::active();
    world.pass(minutes(8));
    world.fail(1, PollErrorKind::Unauthorized);
    world.hold("dev", 1);
    world.pass(seconds(5));
    world.fail(1, PollErrorKind::Unauthorized);
    world.hold("dev", 1);
    let mut passed = seconds(0);
    loop {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        passed += wait;
        let effects = world.pass(wait);
        if effects.iter().any(|effect| matches!(effect, Effect::LoadKey(..))) || !polled(effects).is_empty() {
            break;
        }
    }
    assert!(passed <= minutes(5));
}

#[test]
fn a_refresh_looks_for_another_key() {
    let mut world = MonitorHarness::active();
    let effects = world.send(Input::RefreshAllRequested).to_vec();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::LoadKey(..))));
}

#[test]
fn an_outage_after_the_clock_was_set_back_is_told() {
    let mut world = MonitorHarness::with_keys(&["dev", "prod"]);
    for number in [1, 2] {
        let sample = world.sample(account());
        world.answer(number, sample);
    }
    world.pass(minutes(8));
    for number in [1, 2] {
        world.fail(number, PollErrorKind::Dns);
    }
    world.pass(minutes(1));
    for number in [1, 2] {
        if world.monitor.scheduler.keys[&fingerprint(number)].in_flight.is_some() {
            let sample = world.sample(account());
            world.answer(number, sample);
        }
    }
    world.now.wall = ago(&world.now, minutes(60));
    let end = world.now.elapsed + minutes(50);
    while world.now.elapsed < end {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
        if world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_some() {
            let sample = world.sample(account());
            world.answer(1, sample);
        }
        if world.monitor.scheduler.keys[&fingerprint(2)].in_flight.is_some() {
            world.fail(2, PollErrorKind::Dns);
        }
    }
    assert!(world.log().iter().any(|line| line.starts_with("prod: the address of the service could not be found")));
}

#[test]
fn a_recalled_sample_does_not_make_a_refused_key_active() {
    let world = MonitorHarness::started(&["dev"]);
    let mut key = super::super::polling::key::KeyState::default();
    let mut sample = world.sample(account());
    sample.at = ago(&world.now, minutes(50));
    let key_history = KeyHistory {
        sample: Some(sample),
        calls: vec![ago(&world.now, minutes(50)), ago(&world.now, minutes(40)), ago(&world.now, minutes(39))],
        ..KeyHistory::default()
    };
    key.load_history(key_history, &world.now, &Polling::default(), Some(minutes(60)), seconds(0), PollReason::First);
    assert_eq!(key.due, Some((world.now.elapsed, PollReason::First)), "the old answer spares nothing");
}
