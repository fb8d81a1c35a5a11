use std::collections::BTreeMap;

use super::*;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::status::Status;
use crate::domain::time::Elapsed;
use crate::monitor::polling::confirmation::CONFIRMATION;
use crate::monitor::polling::delays;
use crate::monitor::polling::permit::{CallPurpose, PermitRequest};

#[test]
fn a_start_asks_for_keys_then_history_then_the_service() {
    let mut world = MonitorHarness::started(&["dev", "prod"]);
    let keys = ["dev", "prod"].map(|text| Effect::LoadKey(name(text), KeyReadTimeout::Poll));
    assert_eq!(world.effects, [&[Effect::LoadEvents], &keys[..], &[Effect::LoadAlerts]].concat());
    assert_eq!(world.hold("dev", 1), [Effect::LoadKeyHistory(fingerprint(1))]);
    let effects =
        world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    let lease = Some(Lease { duration: seconds(75), yields: false });
    let request = PermitRequest { purpose: CallPurpose::Timed, share: 0.2, outcome_number: Some(0), lease };
    assert_eq!(effects, [Effect::Poll { fingerprint: fingerprint(1), sequence: 1, permit: request }]);
}

#[test]
fn a_run_takes_on_itself_what_its_mode_says() {
    let modes = [(Mode::Sample, ""), (Mode::WatchRotation, "log lease"), (Mode::Observe, "log alerts lease")];
    for (mode, expected) in [&modes[..], &[(Mode::Operate, "log alerts lease")]].concat() {
        let mut world = MonitorHarness::started_as(mode, &["dev"]);
        let begun = world.effects.clone();
        world.hold("dev", 1);
        world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
        let permits = world.effects.iter().filter_map(|effect| match effect {
            Effect::Poll { permit, .. } => Some(permit.lease.is_some()),
            _ => None,
        });
        let leases: Vec<_> = permits.collect();
        let sample = world.sample(account());
        world.answer(1, sample.clone());
        world.pass(minutes(10));
        let more = Account { credits_remaining: 70_000.0, ..account() };
        let effects = world.answer(1, Sample { account: more, ..sample });
        let has_events = effects.iter().any(|effect| matches!(effect, Effect::StoreEvents(_)));
        assert_eq!(has_events, begun.contains(&Effect::LoadEvents), "{mode:?}");
        let taken_on = [
            begun.contains(&Effect::LoadEvents).then_some("log"),
            begun.contains(&Effect::LoadAlerts).then_some("alerts"),
            (leases == [true]).then_some("lease"),
        ];
        let taken_on: Vec<_> = taken_on.into_iter().flatten().collect();
        assert_eq!(taken_on.join(" "), expected, "{mode:?}");
    }
}

#[test]
fn first_polls_are_spread() {
    let mut world = MonitorHarness::started(&["dev", "staging", "prod"]);
    for (number, text) in [(1, "dev"), (2, "staging"), (3, "prod")] {
        world.hold(text, number);
        world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(number), history: Ok(KeyHistory::default()) });
    }
    assert_eq!(world.next("staging"), (Some(SignedDuration::from_millis(250)), PollReason::First));
    assert_eq!(world.next("prod"), (Some(SignedDuration::from_millis(500)), PollReason::First));
}

#[test]
fn a_good_answer_is_stored_and_the_next_poll_is_an_interval_away() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let sample = world.sample(account());
    let effects = world.answer(1, sample.clone());
    let stored =
        Effect::StoreSample { fingerprint: fingerprint(1), sample: Box::new(sample), others_use: None, backoff: None };
    assert_eq!(effects, [stored, Effect::LoadBalances(fingerprint(1))]);
    assert_eq!(world.environment("dev").status, Status::Active);
    assert_eq!(world.next("dev"), (Some(seconds(432)), PollReason::Interval));
    assert!(polled(world.pass(seconds(431))).is_empty());
    assert_eq!(polled(world.pass(seconds(1))), [fingerprint(1)]);
}

#[test]
fn a_stale_answer_changes_nothing() {
    let mut world = MonitorHarness::active();
    let sample = world.sample(account());
    let outcome = PollOutcome::Answered(Box::new(sample));
    let event = Input::Polled { fingerprint: fingerprint(1), sequence: 99, outcome, calls: None, known: None };
    assert_eq!(world.send(event), []);
}

#[test]
fn after_a_long_sleep_there_is_one_poll() {
    let mut world = MonitorHarness::active();
    assert_eq!(polled(world.pass(minutes(60 * 24 * 3))), [fingerprint(1)]);
    assert!(polled(world.pass(minutes(60))).is_empty(), "one request at a time");
}

#[test]
fn a_clock_set_back_or_forward_moves_no_poll() {
    for year in ["2025-11-21T14:32:00Z", "2027-11-21T14:32:00Z"] {
        let mut world = MonitorHarness::active();
        world.now.wall = year.parse().unwrap();
        assert!(polled(world.pass(seconds(431))).is_empty(), "{year}");
        assert_eq!(polled(world.pass(seconds(1))), [fingerprint(1)], "{year}");
    }
}

#[test]
fn a_first_refusal_asks_the_sources_again_and_is_confirmed() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    world.hold("dev", 1);
    let effects = world.fail(1, PollErrorKind::Unauthorized).to_vec();
    assert!(
        matches!(&effects[..], [Effect::StoreVerdict { .. }, Effect::LoadKey(_, KeyReadTimeout::Poll)]),
        "{effects:?}"
    );
    assert_eq!(world.environment("dev").status, Status::Active, "not before it is confirmed");
    assert_eq!(world.next("dev"), (Some(CONFIRMATION), PollReason::Confirmation));
    world.hold("dev", 1);
    assert_eq!(polled(world.pass(CONFIRMATION)), [fingerprint(1)]);
    world.fail(1, PollErrorKind::Unauthorized);
    assert_eq!(world.environment("dev").status, Status::Revoked);
    assert_eq!(world.next("dev"), (Some(minutes(1)), PollReason::Refused));
}

#[test]
fn a_key_that_was_never_accepted_is_invalid() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    world.fail(1, PollErrorKind::Unauthorized);
    assert_eq!(world.environment("dev").status, Status::Waiting);
    world.pass(CONFIRMATION);
    world.fail(1, PollErrorKind::Unauthorized);
    assert_eq!(world.environment("dev").status, Status::Invalid);
}

#[test]
fn a_key_accepted_before_a_restart_is_revoked_not_invalid() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let sample = world.sample(account());
    let key_history = KeyHistory { sample: Some(sample), ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    world.fail(1, PollErrorKind::Unauthorized);
    world.pass(CONFIRMATION);
    world.fail(1, PollErrorKind::Unauthorized);
    assert_eq!(world.environment("dev").status, Status::Revoked);
}

#[test]
fn a_key_replaced_elsewhere_is_taken_up_at_the_first_refusal() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    world.fail(1, PollErrorKind::Unauthorized);
    assert_eq!(world.hold("dev", 2), [Effect::LoadKeyHistory(fingerprint(2))]);
    assert_eq!(
        polled(world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(2), history: Ok(KeyHistory::default()) })),
        [fingerprint(2)]
    );
    assert!(!world.monitor.scheduler.keys.contains_key(&fingerprint(1)), "nothing is known of a key that no one holds");
}

#[test]
fn a_refusal_that_was_a_passing_fault_leaves_no_trace() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    world.fail(1, PollErrorKind::Unauthorized);
    world.pass(CONFIRMATION);
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.environment("dev").poll_failure, None);
    assert_eq!(world.next("dev").1, PollReason::Interval);
}

#[test]
fn a_429_waits_as_asked_and_a_person_may_ask_once_in_spite_of_it() {
    let paused = || PollError { retry_after: Some(seconds(90)), ..failure(PollErrorKind::RateLimited) };
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    world.conclude(1, PollOutcome::Failed(paused()));
    assert_eq!(world.environment("dev").status, Status::RateLimited);
    assert_eq!(world.next("dev"), (Some(seconds(90)), PollReason::RateLimited));
    world.pass(seconds(10));
    assert_eq!(polled(world.send(Input::RefreshRequested(name("dev")))), [fingerprint(1)]);
    world.conclude(1, PollOutcome::Failed(paused()));
    world.pass(seconds(30));
    assert!(polled(world.send(Input::RefreshRequested(name("dev")))).is_empty(), "once is enough");
    assert_eq!(world.next("dev"), (Some(seconds(60)), PollReason::RateLimited));
}

#[test]
fn a_refresh_is_at_once_unless_it_would_break_the_limit_of_the_minute() {
    let mut world = MonitorHarness::active();
    for _ in 0..4 {
        world.now = world.now.after(delays::REFRESH_GAP);
        assert_eq!(polled(world.send(Input::RefreshRequested(name("dev")))), [fingerprint(1)]);
        let sample = world.sample(account());
        world.answer(1, sample);
    }
    assert!(polled(world.send(Input::RefreshRequested(name("dev")))).is_empty(), "half of 10 a minute are used");
    assert_eq!(world.next("dev"), (Some(seconds(51)), PollReason::Refresh), "and it says when");
}

#[test]
fn a_refresh_waits_where_the_headers_say_that_the_minute_is_spent() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(account());
    sample.quota.minute_remaining = Some(0);
    world.answer(1, sample);
    world.now = world.now.after(seconds(20));
    assert!(polled(world.send(Input::RefreshAllRequested)).is_empty());
    assert_eq!(world.next("dev").0, Some(seconds(40)));
}

#[test]
fn timed_polls_pause_when_few_requests_of_the_day_are_left() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(account());
    sample.quota.day_remaining = Some(99);
    world.answer(1, sample);
    let (wait, reason) = world.next("dev");
    assert_eq!(reason, PollReason::Reserve);
    assert!(wait.unwrap() >= SignedDuration::from_hours(6), "{wait:?}");
    world.now = world.now.after(delays::REFRESH_GAP);
    assert_eq!(polled(world.send(Input::RefreshRequested(name("dev")))), [fingerprint(1)], "the operator may");
}

#[test]
fn a_pause_holds_timed_polls_and_not_the_operators() {
    let mut world = MonitorHarness::active();
    world.send(Input::PauseToggled);
    assert_eq!(world.next("dev"), (None, PollReason::Paused));
    assert_eq!(world.monitor.next_wake(), None);
    assert!(polled(world.pass(minutes(60))).is_empty());
    assert_eq!(polled(world.send(Input::RefreshAllRequested)), [fingerprint(1)]);
    let sample = world.sample(account());
    world.answer(1, sample);
    world.pass(minutes(60));
    assert_eq!(polled(world.send(Input::PauseToggled)), [fingerprint(1)], "what fell due meanwhile, once");
}

#[test]
fn a_key_in_two_environments_is_polled_once() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut shared = MonitorHarness::started(&["dev", "prod"]);
    shared.hold("dev", 1);
    assert!(shared.hold("prod", 1).is_empty(), "the history is asked once");
    let effects =
        shared.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    assert_eq!(polled(effects), [fingerprint(1)]);
    let sample = world.sample(account());
    world.answer(1, sample.clone());
    shared.answer(1, sample);
    assert_eq!(shared.environment("prod").status, Status::Active);
}

#[test]
fn another_process_that_used_up_the_day_is_waited_for() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    let fingerprint = fingerprint(1);
    let sequence = world.monitor.scheduler.keys[&fingerprint].in_flight.unwrap();
    let calls: Vec<_> = (0..200).map(|call| ago(&world.now, minutes(1_000 - call))).collect();
    let outcome = PollOutcome::PermitDenied(Box::new(KeyHistory { calls: calls.clone(), ..KeyHistory::default() }));
    world.send(Input::Polled { fingerprint, sequence, outcome, calls: Some(calls), known: None });
    assert_eq!(world.next("dev"), (Some(minutes(440)), PollReason::Budget));
}

#[test]
fn many_keys_are_each_polled_on_their_schedule() {
    let names: Vec<_> = (0..200).map(|number| format!("env-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut world = MonitorHarness::started(&names);
    let mut polls = BTreeMap::<_, Vec<_>>::new();
    let unlimited = Account { requests_per_day: Limit::Unlimited, requests_per_minute: Limit::Unlimited, ..account() };
    let mut under_way = Vec::new();
    for (number, text) in (1..).zip(&names) {
        world.hold(text, number);
        let key_history = Ok(KeyHistory::default());
        under_way.extend(polled(
            world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(number), history: key_history }),
        ));
    }
    while world.now.elapsed < Elapsed::ZERO + minutes(4) {
        for fingerprint in under_way {
            polls.entry(fingerprint).or_default().push(world.now.elapsed);
            let sequence = world.monitor.scheduler.keys[&fingerprint].in_flight.unwrap();
            let outcome = PollOutcome::Answered(Box::new(world.sample(unlimited.clone())));
            world.send(Input::Polled { fingerprint, sequence, outcome, calls: None, known: None });
        }
        let due = world.monitor.next_wake().unwrap();
        under_way = polled(world.pass(due - world.now.elapsed));
    }
    assert_eq!(polls.len(), 200);
    for times in polls.values() {
        assert!(times[0] <= Elapsed::ZERO + seconds(15), "{times:?}");
        assert!(times.len() >= 4 && times.windows(2).all(|pair| pair[1] - pair[0] == minutes(1)), "{times:?}");
    }
}

#[test]
fn a_fresh_sample_of_the_history_spares_the_first_poll() {
    let settled = |age| {
        let mut world = MonitorHarness::started(&["dev"]);
        let mut settings = MonitorSettings {
            mode: Mode::Operate,
            unwatched: Vec::new(),
            environments: world.monitor.scheduler.environments.iter().map(|state| state.watched.clone()).collect(),
            polling: Polling::default(),
            alerts: AlertRules::default(),
            operator: "ada".to_owned(),
            max_age: Some(minutes(10)),
            seed: 1,
        };
        settings.environments[0].requested = true;
        world.monitor = Monitor::new(settings, &world.now);
        world.hold("dev", 1);
        let sample = Sample { at: ago(&world.now, age), ..world.sample(account()) };
        let key_history = KeyHistory { sample: Some(sample), ..KeyHistory::default() };
        world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
        world.monitor.is_settled()
    };
    assert!(settled(minutes(10)));
    assert!(!settled(minutes(11)));
    assert!(!settled(minutes(-5)), "a sample of the future is not fresh");
}

/// Status of `dev` once the history has told of a sample of this age, and of calls of these ages.
fn recalled(sample: SignedDuration, calls: &[SignedDuration], max_age: Option<SignedDuration>) -> (Status, bool) {
    let mut world = MonitorHarness::started(&["dev"]);
    let environments = world.monitor.scheduler.environments.iter().map(|state| state.watched.clone()).collect();
    let settings = MonitorSettings {
        mode: Mode::Operate,
        unwatched: Vec::new(),
        environments,
        polling: Polling::default(),
        alerts: AlertRules::default(),
        operator: "ada".to_owned(),
        max_age,
        seed: 1,
    };
    world.monitor = Monitor::new(settings, &world.now);
    world.hold("dev", 1);
    let sample = Sample { at: ago(&world.now, sample), ..world.sample(account()) };
    let calls = calls.iter().map(|call| ago(&world.now, *call)).collect();
    let key_history = KeyHistory { sample: Some(sample), calls, ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    (world.environment("dev").status, world.monitor.is_settled())
}

#[test]
fn after_a_call_that_failed_an_older_sample_spares_nothing() {
    let (failed, max_age) = (minutes(2), Some(minutes(10)));
    assert_eq!(recalled(minutes(3), &[minutes(4)], max_age), (Status::Active, true));
    let milliseconds = SignedDuration::from_millis;
    assert_eq!(recalled(milliseconds(1_300), &[milliseconds(1_350)], max_age), (Status::Active, true));
    assert_eq!(recalled(minutes(3), &[minutes(4), failed], max_age), (Status::Active, false));
}

#[test]
fn the_last_answer_goes_on_to_hold_where_the_limits_hold_the_poll_back() {
    let earlier = [seconds(50); 5];
    assert_eq!(recalled(seconds(40), &earlier, None), (Status::Active, true));
}

#[test]
fn a_history_that_cannot_answer_is_told_and_stops_no_poll() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let effects = world.send(Input::KeyHistoryLoaded {
        fingerprint: fingerprint(1),
        history: Err(HistoryErrorDetails::interrupted()),
    });
    assert_eq!(polled(effects), [fingerprint(1)]);
    assert_eq!(world.snapshot().history_error, Some(HistoryErrorDetails::interrupted()));
}

#[test]
fn it_is_settled_once_each_environment_had_its_first_answer() {
    let mut world = MonitorHarness::with_keys(&["dev", "prod"]);
    assert!(!world.monitor.is_settled());
    let sample = world.sample(account());
    world.answer(1, sample);
    world.fail(2, PollErrorKind::Unauthorized);
    assert!(!world.monitor.is_settled(), "a refusal is confirmed first");
    world.hold("prod", 2);
    world.pass(CONFIRMATION);
    world.fail(2, PollErrorKind::Unauthorized);
    assert!(world.monitor.is_settled());
}
