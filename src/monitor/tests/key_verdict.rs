//! Verdicts that one process learns and all know: the same words, and the same promises.

use proptest::prelude::*;
use strum::VariantArray as _;

use super::*;
use crate::domain::status::Status;
use crate::monitor::polling::confirmation::CONFIRMATION;
use crate::monitor::polling::key_verdict::PastFailure;

/// Stand-in for the history: the state that the effects of a process leave there.
#[derive(Default)]
struct KeyHistoryStub {
    history: KeyHistory,
}

impl KeyHistoryStub {
    fn take(&mut self, effects: &[Effect], now: &Now) {
        for effect in effects {
            match effect {
                Effect::StoreSample { sample, others_use, backoff, .. } => {
                    self.history.sample = Some((**sample).clone());
                    self.history.others_use = others_use.or(self.history.others_use);
                    *self.history.verdict =
                        KeyVerdict { at: Some(now.wall), backoff: *backoff, ..KeyVerdict::default() };
                    self.history.outcome_number += 1;
                }
                Effect::StoreVerdict { verdict, .. } => {
                    self.history.verdict.clone_from(verdict);
                    self.history.outcome_number += 1;
                }
                _ => {}
            }
        }
    }
}

/// A process that starts now.
fn later(key_history: &KeyHistory, now: Now) -> MonitorHarness {
    let mut world = MonitorHarness::started(&["dev"]);
    // Its own clock of elapsed time begins elsewhere.
    world.now = Now { elapsed: now.elapsed + minutes(7), wall: now.wall };
    world.hold("dev", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history.clone()) });
    world
}

/// Verdict on an environment: its status, the last failure, and the refusal that stands.
fn told(world: &MonitorHarness) -> (Status, [Option<PastFailure>; 2]) {
    let environment = world.environment("dev");
    let failure = environment.poll_failure.as_ref().zip(environment.failure_seen_at);
    (environment.status, [failure.map(|(failure, at)| PastFailure::new(failure, at)), environment.refusal])
}

fn outcome() -> impl Strategy<Value = Option<(PollErrorKind, Option<i64>)>> {
    // One that this process is to blame for binds no other.
    let kinds = PollErrorKind::VARIANTS.iter().copied().filter(|kind| *kind != PollErrorKind::Client);
    let kinds = prop::sample::select(kinds.collect::<Vec<_>>());
    proptest::option::weighted(0.8, (kinds, proptest::option::of(1i64..8_000)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_failure_is_told_by_a_later_process_as_by_the_one_that_met_it(
        outcomes in proptest::collection::vec(outcome(), 1..12),
    ) {
        let mut world = MonitorHarness::with_keys(&["dev"]);
        let mut stub = KeyHistoryStub::default();
        for outcome in outcomes {
            let outcome = match outcome {
                None => PollOutcome::Answered(Box::new(world.sample(account()))),
                Some((kind, wait)) => {
                    let retry_after = wait.map(seconds);
                    PollOutcome::Failed(PollError { retry_after, counts: true, ..failure(kind) })
                }
            };
            let effects = world.conclude(1, outcome).to_vec();
            stub.take(&effects, &world.now);
            stub.history.calls =
                world.monitor.scheduler.keys[&fingerprint(1)].request_log.iter().map(|call| world.now.wall_at(call)).collect();
            world.now = world.now.after(seconds(1));
            let other = later(&stub.history, world.now);
            prop_assert_eq!(told(&other), told(&world));
            if world.environment("dev").poll_failure.is_some() {
                prop_assert_eq!(other.next("dev"), world.next("dev"));
            }
            while world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_none() {
                world.hold("dev", 1);
                let wait = world.monitor.next_wake().map_or(SignedDuration::ZERO, |wake| wake - world.now.elapsed);
                world.pass(wait);
            }
        }
    }
}

#[test]
fn a_refusal_stands_until_a_newer_word_of_the_service_and_a_fault_is_told_beside_it() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    world.fail(1, PollErrorKind::Unauthorized);
    world.hold("dev", 1);
    world.pass(CONFIRMATION);
    world.fail(1, PollErrorKind::Unauthorized);
    let refused_at = world.now.wall;
    for kind in [PollErrorKind::Timeout, PollErrorKind::ServerError, PollErrorKind::RateLimited] {
        world.hold("dev", 1);
        world.pass(minutes(120));
        world.fail(1, kind);
        let environment = world.environment("dev");
        assert_eq!(
            (environment.status, environment.poll_failure.map(|failure| failure.kind())),
            (Status::Revoked, Some(kind))
        );
        assert_eq!(environment.refusal.map(|refusal| refusal.at), Some(refused_at));
    }
    world.hold("dev", 1);
    world.pass(minutes(120));
    world.fail(1, PollErrorKind::Forbidden);
    assert_eq!(world.environment("dev").status, Status::Forbidden, "a newer word");
    world.hold("dev", 1);
    world.pass(minutes(120));
    let sample = world.sample(account());
    world.answer(1, sample);
    let environment = world.environment("dev");
    assert_eq!((environment.status, environment.refusal), (Status::Active, None));
}

/// Tells a process what another one has stored, with the answer to a question of its own that a person asked.
fn ask_after(world: &mut MonitorHarness, verdict: &KeyVerdict, is_own: bool, kind: PollErrorKind) {
    world.pass(seconds(10));
    world.send(Input::RefreshRequested(name("dev")));
    let (fingerprint, outcome) = (fingerprint(1), PollOutcome::Failed(failure(kind)));
    let sequence = world.monitor.scheduler.keys[&fingerprint].in_flight.expect("a poll is under way");
    let verdict = Box::new(verdict.clone());
    let known = Some(Box::new(KeyHistory { verdict, outcome_number: 2, is_own, ..KeyHistory::default() }));
    world.send(Input::Polled { fingerprint, sequence, outcome, calls: None, known });
}

#[test]
fn a_question_of_a_person_does_not_undo_what_another_process_was_told() {
    let revoked = {
        let mut world = MonitorHarness::active();
        world.pass(seconds(432));
        world.fail(1, PollErrorKind::Unauthorized);
        world.hold("dev", 1);
        world.pass(CONFIRMATION);
        world.fail(1, PollErrorKind::Unauthorized);
        world.monitor.scheduler.keys[&fingerprint(1)].verdict(&world.now)
    };
    let mut world = MonitorHarness::active();
    world.now = world.now.after(minutes(8));
    ask_after(&mut world, &revoked, false, PollErrorKind::ServerError);
    assert_eq!(told(&world), (Status::Revoked, [told(&world).1[0].clone(), revoked.refusal.clone()]));
    let stored = world.monitor.scheduler.keys[&fingerprint(1)].verdict(&world.now);
    assert_eq!((stored.refusal, stored.failures), (revoked.refusal.clone(), revoked.failures + 1));

    let mut world = MonitorHarness::active();
    world.now = world.now.after(minutes(8));
    ask_after(&mut world, &revoked, false, PollErrorKind::Unauthorized);
    let streak = world.monitor.scheduler.keys[&fingerprint(1)].refusals.expect("refused");
    assert_eq!((streak.count, world.environment("dev").status), (3, Status::Revoked), "no first refusal");

    let mut world = MonitorHarness::active();
    world.now = world.now.after(minutes(8));
    ask_after(&mut world, &revoked, true, PollErrorKind::ServerError);
    assert_eq!(told(&world).1[1], None, "its own word is known to it, in its newest form");
}

#[test]
fn a_clock_that_was_put_back_hides_no_failure() {
    let world = MonitorHarness::active();
    let sample = Sample { at: world.now.wall + minutes(600), ..world.sample(account()) };
    let verdict = {
        let mut world = MonitorHarness::active();
        world.pass(seconds(432));
        world.fail(1, PollErrorKind::Forbidden);
        Box::new(world.monitor.scheduler.keys[&fingerprint(1)].verdict(&world.now))
    };
    let key_history = KeyHistory { sample: Some(sample), verdict, outcome_number: 2, ..KeyHistory::default() };
    assert_eq!(later(&key_history, world.now).environment("dev").status, Status::Forbidden);
}

#[test]
fn whatever_failed_is_not_asked_before_the_time_that_the_service_named() {
    for kind in PollErrorKind::VARIANTS.iter().copied() {
        let mut world = MonitorHarness::active();
        world.pass(seconds(432));
        let failure = PollError { retry_after: Some(minutes(50)), ..failure(kind) };
        world.conclude(1, PollOutcome::Failed(failure));
        assert!(world.next("dev").0.unwrap() >= minutes(50), "{kind:?}");
    }
}

/// An active key whose next timed poll waits for this, and a person who asks in spite of it.
fn asked_in_a_pause(pause: PollReason) -> MonitorHarness {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    if pause == PollReason::Reserve {
        let quota = Quota { day_limit: Limit::Of(1_000), day_remaining: Some(5), ..Quota::default() };
        let sample = Sample { quota, ..world.sample(account()) };
        world.answer(1, sample);
    } else {
        let failure = PollError { retry_after: Some(minutes(50)), ..failure(PollErrorKind::RateLimited) };
        world.conclude(1, PollOutcome::Failed(failure));
    }
    assert_eq!(world.next("dev").1, pause);
    world.pass(seconds(10));
    world.hold("dev", 1);
    world.send(Input::RefreshRequested(name("dev")));
    world
}

#[test]
fn no_fault_ends_a_pause_and_only_the_service_does() {
    for pause in [PollReason::RateLimited, PollReason::Reserve] {
        for kind in PollErrorKind::VARIANTS.iter().copied() {
            for retry_after in [None, Some(seconds(30))] {
                let mut world = asked_in_a_pause(pause);
                world.conclude(1, PollOutcome::Failed(PollError { retry_after, ..failure(kind) }));
                let is_named_anew = kind == PollErrorKind::RateLimited && retry_after.is_some();
                let is_over = is_named_anew || (kind.is_refusal() && pause == PollReason::Reserve);
                let (wait, reason) = world.next("dev");
                let context = format!("{pause:?} {kind:?} {retry_after:?}: {wait:?} {reason:?}");
                assert_eq!(wait.unwrap() >= minutes(49), !is_over, "{context}");
                if !is_over && kind != PollErrorKind::Unauthorized {
                    assert_eq!(reason, pause, "{context}");
                }
                assert_eq!(world.monitor.is_settled(), reason != PollReason::Confirmation, "{context}");
            }
        }
        let mut world = asked_in_a_pause(pause);
        let sample = world.sample(account());
        world.answer(1, sample);
        assert_eq!(world.next("dev").1, PollReason::Interval);
    }
}

#[test]
fn a_pause_outlasts_an_outage_too() {
    let mut world = asked_in_a_pause(PollReason::RateLimited);
    world.fail(1, PollErrorKind::Timeout);
    let key = world.monitor.scheduler.keys.get_mut(&fingerprint(1)).unwrap();
    assert!(key.retry_after_outage(seconds(1), &Polling::default(), world.now.elapsed));
    let (wait, reason) = world.next("dev");
    assert!(wait.unwrap() >= minutes(49) && reason == PollReason::RateLimited, "{wait:?} {reason:?}");
}

#[test]
fn a_person_has_one_question_free_in_a_pause_whatever_it_was_answered() {
    let mut world = asked_in_a_pause(PollReason::RateLimited);
    world.fail(1, PollErrorKind::Unauthorized);
    let key = &world.monitor.scheduler.keys[&fingerprint(1)];
    assert!(key.next_asked(&world.now) >= minutes(49), "{:?}", key.next_asked(&world.now));
}

#[test]
fn without_a_request_log_timed_polls_wait_and_a_person_is_answered() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    world.conclude(1, PollOutcome::NoRequestLog);
    assert_eq!(world.next("dev"), (None, PollReason::NoRequestLog));
    assert!(world.monitor.is_settled());
    assert_eq!(world.environment("dev").own_use, None, "no call was made");
    world.pass(seconds(10));
    assert_eq!(polled(world.send(Input::RefreshRequested(name("dev")))), [fingerprint(1)]);
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.environment("dev").status, Status::Active);
}

#[test]
fn while_another_process_asks_its_answer_is_waited_for() {
    let world = MonitorHarness::started(&["dev"]);
    let key_history = KeyHistory { calls: vec![world.now.wall], is_under_way: true, ..KeyHistory::default() };
    let mut other = later(&key_history, world.now);
    assert!(!other.monitor.is_settled());
    let sample = other.sample(account());
    let key_history = KeyHistory { sample: Some(sample), outcome_number: 1, is_under_way: false, ..key_history };
    other.conclude(1, PollOutcome::PermitDenied(Box::new(key_history)));
    assert!(other.monitor.is_settled());
    assert_eq!((other.environment("dev").status, other.next("dev").1), (Status::Active, PollReason::Interval));
}
