//! Causes that a refusal is put down to: the end of a key, or a fault of the service that refuses every one.

use proptest::prelude::*;

use super::*;
use crate::domain::log_entry::EventKind;
use crate::domain::status::{Severity, Status};
use crate::monitor::polling::confirmation::CONFIRMATION;
use crate::monitor::polling::confirmation::{OtherKey, RefusalStreak};
use crate::monitor::polling::key_verdict::PastFailure;

const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// Keys 1 to 3, all accepted once.
fn accepted(count: usize) -> MonitorHarness {
    let mut world = MonitorHarness::with_keys(&ENVIRONMENTS[..count]);
    world.pass(seconds(2));
    for number in 1..=u32::try_from(count).unwrap() {
        let sample = world.sample(account());
        world.answer(number, sample);
    }
    world
}

/// Answers each poll as the service says, second by second, as long as the time lasts; tells what was seen each second.
fn live(
    world: &mut MonitorHarness,
    lasts: SignedDuration,
    accepts: impl Fn(u32, SignedDuration) -> bool,
) -> Vec<(SignedDuration, Vec<Status>, bool)> {
    let start = world.now.elapsed;
    let mut seen = Vec::new();
    while world.now.elapsed - start < lasts {
        let elapsed = world.now.elapsed - start;
        let numbers = 1..=u32::try_from(world.monitor.scheduler.keys.len()).unwrap();
        let asked: Vec<_> =
            numbers.filter(|number| world.monitor.scheduler.keys[&fingerprint(*number)].in_flight.is_some()).collect();
        for number in asked {
            if accepts(number, elapsed) {
                let sample = world.sample(account());
                world.answer(number, sample);
            } else {
                world.fail(number, PollErrorKind::Unauthorized);
            }
        }
        let snapshot = world.snapshot();
        let statuses = snapshot.environments.iter().map(|environment| environment.status).collect();
        seen.push((elapsed, statuses, snapshot.all_refused_since.is_some()));
        world.pass(seconds(1));
    }
    seen
}

fn refusals(world: &MonitorHarness) -> Vec<(Severity, String)> {
    let entries = world.monitor.log.entries().iter();
    entries
        .filter(|entry| entry.kind() == EventKind::Refusals)
        .map(|entry| (entry.severity, event(entry, entry.at, &TimeZone::UTC)))
        .collect()
}

#[test]
fn a_refusal_of_every_key_for_seconds_makes_none_of_them_revoked_and_is_over_within_minutes() {
    for lasts in [1, 3, 5, 6, 8, 30] {
        for asks_one in [false, true] {
            let mut world = accepted(3);
            world.pass(seconds(20));
            let wish = if asks_one { Input::RefreshRequested(name("staging")) } else { Input::RefreshAllRequested };
            world.send(wish);
            let seen = live(&mut world, minutes(8), |_, elapsed| elapsed >= seconds(lasts));
            for (elapsed, statuses, _) in &seen {
                assert!(statuses.iter().all(|status| *status == Status::Active), "{lasts} s: {elapsed:?} {statuses:?}");
            }
            assert!(!seen.last().unwrap().2);
            assert!(world.monitor.scheduler.keys.values().all(|key| key.failure.is_none()), "all were looked at again");
            assert!(refusals(&world).len() <= 2, "{:?}", refusals(&world));
        }
    }
}

#[test]
fn a_refusal_of_every_key_is_told_once_and_each_is_revoked_once_it_has_lasted() {
    let mut world = accepted(3);
    world.pass(seconds(20));
    world.send(Input::RefreshAllRequested);
    let seen = live(&mut world, minutes(20), |_, _| false);
    let told = seen.iter().find(|(_, _, all)| *all).unwrap().0;
    assert!(told < seconds(10), "{told:?}");
    for (elapsed, statuses, all) in &seen {
        let (early, late) = (*elapsed < minutes(15), *elapsed > minutes(15) + seconds(2));
        assert!(!early || statuses.iter().all(|status| *status == Status::Active), "{elapsed:?} {statuses:?}");
        assert!(
            !late || (statuses.iter().all(|status| *status == Status::Revoked) && !all),
            "{elapsed:?} {statuses:?}"
        );
    }
    let told = refusals(&world);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], (Severity::Critical, "the service refuses every key (401)".to_owned()));
    let lines: Vec<_> = world.log().into_iter().filter(|line| line.contains("revoked or has expired")).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn while_every_key_is_refused_the_whole_is_critical_and_no_card_says_revoked() {
    let mut world = accepted(2);
    world.pass(seconds(20));
    world.send(Input::RefreshAllRequested);
    live(&mut world, minutes(2), |_, _| false);
    let snapshot = world.snapshot();
    assert_eq!(snapshot.severity, Severity::Critical);
    for environment in snapshot.environments {
        assert!(
            environment.refused_with_all
                && environment.severity == Severity::Critical
                && environment.status == Status::Active
        );
    }
}

#[test]
fn a_single_refused_key_is_revoked_as_soon_as_that_is_confirmed() {
    for count in 1..=3 {
        let mut world = accepted(count);
        world.pass(seconds(20));
        world.send(Input::RefreshRequested(name("dev")));
        let seen = live(&mut world, minutes(3), |number, _| number != 1);
        let revoked = seen.iter().find(|(_, statuses, _)| statuses[0] == Status::Revoked).unwrap().0;
        assert!(revoked <= CONFIRMATION + seconds(1), "{revoked:?}");
        assert!(seen.iter().all(|(_, _, all)| !all));
        assert_eq!(refusals(&world), []);
    }
}

#[test]
fn once_another_key_is_accepted_again_the_one_that_is_still_refused_is_revoked() {
    let mut world = accepted(3);
    world.pass(seconds(20));
    world.send(Input::RefreshAllRequested);
    let seen = live(&mut world, minutes(5), |number, elapsed| number != 1 && elapsed >= seconds(40));
    let last = &seen.last().unwrap().1;
    assert_eq!(*last, [Status::Revoked, Status::Active, Status::Active]);
    let told: Vec<_> = refusals(&world).into_iter().map(|(_, text)| text).collect();
    assert_eq!(told, ["the service refuses every key (401)", "the service accepts keys again"]);
}

#[test]
fn a_key_revoked_long_before_is_no_part_of_a_fault_of_the_service() {
    let mut world = accepted(2);
    world.pass(seconds(20));
    world.send(Input::RefreshRequested(name("dev")));
    live(&mut world, minutes(30), |number, _| number != 1);
    world.send(Input::RefreshRequested(name("staging")));
    let seen = live(&mut world, minutes(2), |_, _| false);
    assert_eq!(seen.last().unwrap().1, [Status::Revoked, Status::Revoked]);
    assert_eq!(refusals(&world), []);
}

#[test]
fn a_refused_key_is_looked_at_again_after_1_5_and_15_minutes_and_then_hourly() {
    let mut world = accepted(1);
    let mut waits = Vec::new();
    for _ in 0..8 {
        while world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_none() {
            world.pass(seconds(1));
        }
        world.fail(1, PollErrorKind::Unauthorized);
        waits.push(world.next("dev").0.unwrap().as_secs());
    }
    assert_eq!(waits, [5, 60, 300, 900, 3_600, 3_600, 3_600, 3_600]);
}

#[test]
fn one_alert_tells_of_a_service_that_refuses_every_key() {
    let mut world = accepted(3);
    world.send(Input::AlertsLoaded(Some(Vec::new())));
    world.pass(seconds(20));
    world.send(Input::RefreshAllRequested);
    live(&mut world, minutes(10), |_, _| false);
    let snapshot = world.snapshot();
    assert_eq!(snapshot.alerts.iter().map(|alert| alert.condition.as_str()).collect::<Vec<_>>(), ["all-refused"]);
    let of_each = snapshot.environments.iter().flat_map(|environment| &environment.alerts).count();
    assert_eq!(of_each, 0);
}

/// Knowledge of a key in the history.
fn key_history(world: &MonitorHarness, number: u32) -> KeyHistory {
    let key = &world.monitor.scheduler.keys[&fingerprint(number)];
    KeyHistory {
        sample: key.sample.clone(),
        calls: key.request_log.iter().map(|call| world.now.wall_at(call)).collect(),
        verdict: Box::new(key.verdict(&world.now)),
        ..KeyHistory::default()
    }
}

/// A process that starts now, and is told of keys and of what the history knows in this order: a number is that of a key,
/// which is held with its first mention and recalled with its second.
fn started_anew(before: &MonitorHarness, order: &[u32]) -> MonitorHarness {
    let mut world = MonitorHarness::started(&ENVIRONMENTS);
    world.now = before.now;
    world.send(Input::EventsLoaded(before.monitor.log.entries().to_vec()));
    let mut held = Vec::new();
    for number in order {
        if held.contains(number) {
            let key_history = Ok(key_history(before, *number));
            world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(*number), history: key_history });
        } else {
            held.push(*number);
            world.hold(ENVIRONMENTS[*number as usize - 1], *number);
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_start_in_the_middle_of_a_refusal_of_every_key_tells_nothing_new_whatever_is_known_first(
        order in Just(vec![1, 2, 3, 1, 2, 3]).prop_shuffle(),
        first in prop::sample::select(vec![None, Some(1), Some(3)]),
        lasts in prop::sample::select(vec![2i64, 8, 40]),
    ) {
        let mut before = accepted(3);
        before.pass(seconds(20));
        if let Some(number) = first {
            // This one was revoked by itself before.
            before.send(Input::RefreshRequested(name(ENVIRONMENTS[number as usize - 1])));
            live(&mut before, minutes(30), |other, _| other != number);
        }
        before.send(Input::RefreshAllRequested);
        live(&mut before, minutes(lasts), |_, _| false);
        let told = before.log();
        let mut after = started_anew(&before, &order);
        prop_assert_eq!(after.log(), told.clone());
        live(&mut after, minutes(2), |_, _| false);
        prop_assert_eq!(after.log(), told);
    }
}

#[test]
fn a_run_with_one_environment_knows_from_the_history_that_every_key_is_refused() {
    let mut whole = accepted(3);
    whole.pass(seconds(20));
    whole.send(Input::RefreshAllRequested);
    let told_of_one = |whole: &MonitorHarness| {
        let mut world = MonitorHarness::started(&["prod"]);
        world.now = whole.now;
        world.hold("prod", 3);
        let others = [1, 2].map(|number| {
            let KeyHistory { sample, verdict, .. } = key_history(whole, number);
            let accepted_at = sample.map(|sample| sample.at);
            OtherKey { fingerprint: fingerprint(number), refusals: verdict.refusals, accepted_at }
        });
        let key_history = KeyHistory { others: others.to_vec(), ..key_history(whole, 3) };
        let effects = world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(3), history: Ok(key_history) });
        assert!(polled(effects).iter().all(|key| *key == fingerprint(3)), "others are not asked for");
        let environment = world.environment("prod");
        (environment.status, environment.refused_with_all)
    };
    live(&mut whole, minutes(2), |_, _| false);
    assert_eq!(told_of_one(&whole), (Status::Active, true));
    live(&mut whole, minutes(20), |_, _| false);
    assert_eq!(told_of_one(&whole), (Status::Revoked, false));
}

#[test]
fn a_refusal_is_of_one_key_where_the_history_tells_that_another_was_accepted_since() {
    let mut whole = accepted(3);
    whole.pass(seconds(20));
    whole.send(Input::RefreshAllRequested);
    live(&mut whole, minutes(4), |number, elapsed| number != 3 && elapsed > seconds(40));
    let mut world = MonitorHarness::started(&["prod"]);
    world.now = whole.now;
    world.hold("prod", 3);
    let accepted_at = key_history(&whole, 1).sample.map(|sample| sample.at);
    let refused = key_history(&whole, 3).verdict.refusals;
    let others = vec![
        OtherKey { fingerprint: fingerprint(1), refusals: None, accepted_at },
        // One that was refused with the others and forgotten since.
        OtherKey { fingerprint: fingerprint(2), refusals: refused, accepted_at: Some(ago(&whole.now, minutes(30))) },
    ];
    let key_history = KeyHistory { others, ..key_history(&whole, 3) };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(3), history: Ok(key_history) });
    let environment = world.environment("prod");
    assert_eq!((environment.status, environment.refused_with_all), (Status::Revoked, false));
}

#[test]
fn a_key_that_was_accepted_after_the_refusal_of_another_one_is_refused_alone() {
    let mut world = MonitorHarness::started(&["prod"]);
    let at = |past| ago(&world.now, minutes(past));
    let streak = |since| RefusalStreak { since, asked_at: since, count: 2, is_alone: false };
    let other = OtherKey { fingerprint: fingerprint(2), refusals: Some(streak(at(3))), accepted_at: Some(at(30)) };
    let refused = PastFailure::new(&failure(PollErrorKind::Unauthorized), at(1));
    let verdict = KeyVerdict {
        at: Some(at(1)),
        failure: Some(refused.clone()),
        refusal: Some(refused),
        refusals: Some(streak(at(1))),
        ..KeyVerdict::default()
    };
    let sample = Sample { at: at(2), ..world.sample(account()) };
    let (sample, verdict) = (Some(sample), Box::new(verdict));
    let key_history = KeyHistory { sample, verdict, others: vec![other], ..KeyHistory::default() };
    world.hold("prod", 3);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(3), history: Ok(key_history) });
    let environment = world.environment("prod");
    assert_eq!((environment.status, environment.refused_with_all), (Status::Revoked, false));
}
