//! Rotations as the monitor sees them: the old key is watched, and erased only once it is refused for certain.

use super::*;
use crate::domain::last_use::ExternalUse;
use crate::domain::rotation::RotationError;
use crate::domain::rotation::{Rotation, RotationStage};
use crate::domain::status::{Flag, Status};
use crate::domain::time::Elapsed;
use crate::monitor::input::HeldRotation;
use crate::monitor::polling::confirmation::RefusalStreak;
use crate::monitor::polling::key_verdict::PastFailure;
use crate::monitor::snapshot::NewKeyState;

const OLD: u32 = 1;
const NEW: u32 = 2;
const STARTED_AT: &str = "2026-11-20T09:00:00Z";

fn identity(number: u32) -> KeyIdentity {
    KeyIdentity { fingerprint: fingerprint(number), ending: None }
}

fn rotation(world: &MonitorHarness, stage: RotationStage) -> Rotation {
    let watching = stage == RotationStage::Watching;
    Rotation {
        number: 1,
        environment: name("dev"),
        old: fingerprint(OLD),
        new: watching.then(|| fingerprint(NEW)),
        stage,
        started_at: STARTED_AT.parse().unwrap(),
        promoted_at: watching.then_some(world.now.wall),
        ended_at: stage.is_ended().then_some(world.now.wall),
    }
}

fn load(world: &mut MonitorHarness, stage: RotationStage) {
    let rotation = rotation(world, stage);
    let old_key = (stage == RotationStage::Watching).then(|| identity(OLD));
    let held = HeldRotation { rotation, old_key, error: None };
    world.send(Input::RotationLoaded { environment: name("dev"), outcome: Ok(Some(held)) });
}

/// The new key is in use and the old one is watched; both were answered once.
fn watching() -> MonitorHarness {
    let mut world = MonitorHarness::active();
    load(&mut world, RotationStage::Watching);
    world.hold("dev", NEW);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(NEW), history: Ok(KeyHistory::default()) });
    world.pass(seconds(1));
    let sample = world.sample(account());
    world.answer(NEW, sample);
    world
}

fn poll(world: &mut MonitorHarness, number: u32) {
    for _ in 0..100 {
        if world.monitor.scheduler.keys[&fingerprint(number)].in_flight.is_some() {
            return;
        }
        world.pass(seconds(10));
        let others: Vec<_> =
            world.monitor.scheduler.keys.keys().copied().filter(|key| *key != fingerprint(number)).collect();
        for other in others.into_iter().filter(|other| *other != fingerprint(OLD)) {
            if let Some(sequence) = world.monitor.scheduler.keys[&other].in_flight {
                let outcome = PollOutcome::Answered(Box::new(world.sample(account())));
                world.send(Input::Polled { fingerprint: other, sequence, outcome, calls: None, known: None });
            }
        }
    }
    panic!("key {number} is never polled");
}

fn ends(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::EraseRevokedKey(dead) if dead.key() == fingerprint(OLD)))
}

#[test]
fn the_old_key_is_polled_beside_the_new_one() {
    let mut world = watching();
    poll(&mut world, OLD);
    let sample = world.sample(account());
    world.answer(OLD, sample);
    let environment = world.environment("dev");
    assert_eq!(environment.key.unwrap().identity, identity(NEW));
    let old = environment.rotation.unwrap().old_key.unwrap();
    assert_eq!((old.identity, old.status), (identity(OLD), Status::Active));
}

#[test]
fn a_refresh_asks_for_both_keys() {
    let mut world = watching();
    poll(&mut world, OLD);
    let sample = world.sample(account());
    world.answer(OLD, sample);
    world.pass(seconds(20));
    assert_eq!(polled(world.send(Input::RefreshRequested(name("dev")))), [fingerprint(OLD), fingerprint(NEW)]);
}

#[test]
fn use_of_the_old_key_by_others_is_told() {
    let mut world = watching();
    poll(&mut world, OLD);
    let used = ago(&world.now, seconds(3));
    let sample = world.sample(Account { last_used_at: Some(used), ..account() });
    world.answer(OLD, sample);
    let old = world.environment("dev").rotation.unwrap().old_key.unwrap();
    assert_eq!(old.others_use.map(|ExternalUse { at, .. }| at), Some(used));
}

/// Answers each poll as the service says, as long as the time lasts; tells when the end of the rotation was asked for.
fn live(
    world: &mut MonitorHarness,
    lasts: SignedDuration,
    accepts: impl Fn(u32, SignedDuration) -> bool,
) -> Option<SignedDuration> {
    let start = world.now.elapsed;
    let mut ended = None;
    while world.now.elapsed - start < lasts {
        let elapsed = world.now.elapsed - start;
        if ends(&world.effects) {
            ended = ended.or(Some(elapsed));
        }
        let asked = [OLD, NEW].into_iter().find(|number| {
            world.monitor.scheduler.keys.get(&fingerprint(*number)).is_some_and(|key| key.in_flight.is_some())
        });
        match asked {
            Some(number) if accepts(number, elapsed) => {
                let sample = world.sample(account());
                world.answer(number, sample);
            }
            Some(number) => _ = world.fail(number, PollErrorKind::Unauthorized),
            None => _ = world.pass(seconds(1)),
        }
    }
    ended
}

#[test]
fn an_old_key_refused_for_good_is_erased_within_a_minute_of_its_refusal_and_once() {
    let mut world = watching();
    world.send(Input::RefreshRequested(name("dev")));
    let ended = live(&mut world, minutes(5), |number, _| number == NEW).unwrap();
    assert!((seconds(30)..seconds(60)).contains(&ended), "{ended:?}");
    assert!(!ends(world.pass(seconds(1))), "it is asked for once");
}

#[test]
fn a_passing_refusal_of_everything_ends_no_rotation_however_long_it_lasts_and_however_often_it_is_asked() {
    for lasts in [seconds(1), seconds(6), seconds(40), minutes(7), minutes(90)] {
        for from in [0, 1, 2, 5, 29, 31, 59] {
            let mut world = watching();
            for round in 0..6 {
                world.send(Input::RefreshRequested(name("dev")));
                let from = if round == 0 { seconds(from) } else { SignedDuration::MAX };
                let accepts = |_, elapsed: SignedDuration| elapsed < from || elapsed >= from.saturating_add(lasts);
                assert_eq!(live(&mut world, minutes(10), accepts), None, "{lasts:?} from {from:?}");
            }
        }
    }
}

#[test]
fn an_old_key_stays_while_the_new_one_is_refused_too() {
    let mut world = watching();
    assert_eq!(live(&mut world, minutes(300), |_, _| false), None);
}

#[test]
fn an_end_that_could_not_be_done_is_asked_for_again_after_the_next_look() {
    let mut world = watching();
    world.send(Input::RefreshRequested(name("dev")));
    assert!(live(&mut world, minutes(5), |number, _| number == NEW).is_some());
    let trouble = RotationError::KeyStore(key_failure(KeyErrorKind::Locked));
    world.send(Input::RotationLoaded { environment: name("dev"), outcome: Err(trouble.clone()) });
    assert_eq!(world.environment("dev").rotation.unwrap().error, Some(trouble));
    load(&mut world, RotationStage::Watching);
    assert!(ends(&world.effects));
}

#[test]
fn what_was_seen_in_one_rotation_is_no_evidence_in_the_next() {
    let mut world = watching();
    // All but the last acceptance was seen when another process begins anew with the same keys.
    let asked = |world: &MonitorHarness| {
        [OLD, NEW].map(|number| world.monitor.scheduler.keys[&fingerprint(number)].in_flight.is_some())
    };
    while !(world.now.elapsed > Elapsed::ZERO + seconds(40) && asked(&world) == [false, true]) {
        match asked(&world) {
            [true, _] => _ = world.fail(OLD, PollErrorKind::Unauthorized),
            [_, true] => {
                let sample = world.sample(account());
                world.answer(NEW, sample);
            }
            _ => _ = world.pass(seconds(1)),
        }
        assert!(!ends(&world.effects));
    }
    let next = Rotation { number: 2, ..rotation(&world, RotationStage::Watching) };
    let held = HeldRotation { rotation: next, old_key: Some(identity(OLD)), error: None };
    world.send(Input::RotationLoaded { environment: name("dev"), outcome: Ok(Some(held)) });
    let sample = world.sample(account());
    assert!(!ends(world.answer(NEW, sample)));
}

#[test]
fn whether_the_new_key_answers_is_told() {
    let mut world = watching();
    let told = |world: &MonitorHarness| world.environment("dev").rotation.unwrap().new_key;
    assert_eq!(told(&world), NewKeyState::Answers);
    for kind in
        [PollErrorKind::Unauthorized, PollErrorKind::Forbidden, PollErrorKind::ServerError, PollErrorKind::Timeout]
    {
        let mut world = watching();
        poll(&mut world, NEW);
        world.fail(NEW, kind);
        assert_eq!(told(&world), NewKeyState::Fails(failure(kind)));
    }
    world.now = world.now.after(minutes(60));
    assert_eq!(told(&world), NewKeyState::Unknown, "that was long ago");
}

#[test]
fn the_old_key_is_forgotten_with_the_end() {
    let mut world = watching();
    load(&mut world, RotationStage::Completed);
    assert!(!world.monitor.scheduler.keys.contains_key(&fingerprint(OLD)));
    assert_eq!(world.environment("dev").rotation, None);
    assert_eq!(
        world.log().last().unwrap(),
        "dev: rotation completed: the old key (00000001) is refused, and erased here"
    );
}

#[test]
fn an_event_names_the_old_key_by_its_ending_as_the_screen_does() {
    let mut world = MonitorHarness::active();
    let old_key = KeyIdentity { ending: Some("e400".to_owned()), ..identity(OLD) };
    let rotation = rotation(&world, RotationStage::Watching);
    let held = HeldRotation { rotation, old_key: Some(old_key), error: None };
    world.send(Input::RotationLoaded { environment: name("dev"), outcome: Ok(Some(held)) });
    let told = world.log().last().unwrap().clone();
    assert_eq!(told, "dev: the new key is in use; the old one (…e400) is watched until it is revoked");
    load(&mut world, RotationStage::Completed);
    let told = world.log().last().unwrap().clone();
    assert_eq!(told, "dev: rotation completed: the old key (…e400) is refused, and erased here");
}

#[test]
fn a_rotation_that_another_process_ended_is_noticed() {
    let mut world = watching();
    world.send(Input::RotationLoaded { environment: name("dev"), outcome: Ok(None) });
    assert_eq!(world.log().last().unwrap(), "dev: the rotation of its key was ended elsewhere");
}

#[test]
fn a_reminder_can_be_put_off_for_a_week_and_not_once_rotation_is_overdue() {
    let created = |world: &MonitorHarness, days: i64| Some(ago(&world.now, SignedDuration::from_hours(days * 24)));
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let soon = Account { created_at: created(&world, 80), ..account() };
    let sample = world.sample(soon);
    world.answer(1, sample);
    assert_eq!(world.environment("dev").flags, [Flag::RotateSoon]);
    let effects = world.send(Input::RotationSnoozed(name("dev"))).to_vec();
    let until = world.now.wall.checked_add(SignedDuration::from_hours(7 * 24)).unwrap();
    assert_eq!(effects[0], Effect::StoreSnooze { fingerprint: fingerprint(1), until });
    let environment = world.environment("dev");
    assert_eq!((environment.flags, environment.snoozed_until), (vec![], Some(until)));
    world.now = world.now.after(SignedDuration::from_hours(10 * 24));
    let environment = world.environment("dev");
    assert!(environment.flags.contains(&Flag::RotateOverdue), "{:?}", environment.flags);
}

#[test]
fn a_snooze_outlasts_a_restart() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let until = world.now.wall.checked_add(minutes(90)).unwrap();
    let key_history = KeyHistory { snoozed_until: Some(until), ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    assert_eq!(world.environment("dev").snoozed_until, Some(until));
}

#[test]
fn the_sources_of_a_key_are_asked_with_each_poll() {
    let mut world = MonitorHarness::active();
    let mut effects = Vec::new();
    while polled(&effects).is_empty() {
        effects = world.pass(seconds(30)).to_vec();
    }
    assert!(effects.contains(&Effect::LoadKey(name("dev"), KeyReadTimeout::Poll)), "{effects:?}");
    world.hold("dev", NEW);
    assert_eq!(world.environment("dev").key.unwrap().identity, identity(NEW));
}

#[test]
fn a_store_that_has_trouble_is_not_asked_with_each_poll() {
    let mut world = MonitorHarness::active();
    world.lose("dev", KeyErrorKind::Locked);
    let mut effects = Vec::new();
    while polled(&effects).is_empty() {
        effects = world.pass(seconds(30)).to_vec();
    }
    assert!(!effects.contains(&Effect::LoadKey(name("dev"), KeyReadTimeout::Poll)), "{effects:?}");
}

#[test]
fn a_key_of_another_account_is_told() {
    let mut world = MonitorHarness::active();
    world.hold("dev", NEW);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(NEW), history: Ok(KeyHistory::default()) });
    world.pass(seconds(1));
    let sample = world.sample(Account { tier: Some("free".to_owned()), ..account() });
    world.answer(NEW, sample);
    let told = "dev: this key answers for another account: free with 300 credits a month, \
                where the old one has starter with 300 credits a month";
    assert_eq!(world.log().last().unwrap(), told);
}

/// The two keys are asked until the old one was refused twice and the new one accepted in between; the next question about
/// the old key is to be answered.
fn nearly_dead() -> MonitorHarness {
    let mut world = watching();
    world.send(Input::RefreshRequested(name("dev")));
    let mut refusals = 0;
    while refusals < 2 || world.monitor.scheduler.keys[&fingerprint(OLD)].in_flight.is_none() {
        assert!(!ends(&world.effects));
        let asked = |number| world.monitor.scheduler.keys[&fingerprint(number)].in_flight.is_some();
        if asked(OLD) {
            refusals += 1;
            world.fail(OLD, PollErrorKind::Unauthorized);
        } else if asked(NEW) {
            let sample = world.sample(account());
            world.answer(NEW, sample);
        } else {
            world.pass(seconds(1));
        }
    }
    world
}

/// Poll that was not made, with the answer that another process had.
fn of_others(world: &MonitorHarness, history: KeyHistory, is_followed: bool) -> PollOutcome {
    let history = Box::new(KeyHistory { outcome_number: 9, ..history });
    let until = world.now.wall.checked_add(minutes(1)).unwrap();
    if is_followed { PollOutcome::LeasedByOther { history, until } } else { PollOutcome::PermitDenied(history) }
}

#[test]
fn an_acceptance_of_the_old_key_that_another_process_had_makes_void_what_was_seen_before() {
    for is_followed in [false, true] {
        let mut world = nearly_dead();
        let key_history = KeyHistory { sample: Some(world.sample(account())), ..KeyHistory::default() };
        let outcome = of_others(&world, key_history, is_followed);
        assert!(!ends(world.conclude(OLD, outcome)));
        let accepted_at = world.now.elapsed;
        assert_eq!(live(&mut world, minutes(2), |_, _| true), None);
        while world.monitor.scheduler.keys[&fingerprint(OLD)].in_flight.is_none() {
            world.pass(seconds(1));
            if world.monitor.scheduler.keys[&fingerprint(NEW)].in_flight.is_some() {
                let sample = world.sample(account());
                world.answer(NEW, sample);
            }
        }
        assert!(world.now.elapsed - accepted_at < minutes(20), "all that was seen is of one hour");
        let ended = live(&mut world, minutes(5), |number, _| number == NEW).unwrap();
        assert!(ended >= seconds(30), "a single refusal since: {ended:?}");
    }
}

#[test]
fn an_old_key_is_not_dead_while_its_last_answer_is_no_refusal_or_the_new_one_fails() {
    for is_followed in [false, true] {
        let mut world = nearly_dead();
        while world.monitor.scheduler.keys[&fingerprint(NEW)].in_flight.is_none() {
            if world.monitor.scheduler.keys[&fingerprint(OLD)].in_flight.is_some() {
                world.fail(OLD, PollErrorKind::Unauthorized);
            } else {
                world.pass(seconds(1));
            }
        }
        let refused = PastFailure::new(&failure(PollErrorKind::Unauthorized), world.now.wall);
        let verdict = Box::new(KeyVerdict {
            at: Some(world.now.wall),
            refusals: Some(RefusalStreak {
                since: world.now.wall,
                asked_at: world.now.wall,
                count: 2,
                is_alone: false,
            }),
            failure: Some(refused.clone()),
            refusal: Some(refused),
            failures: 2,
            ..KeyVerdict::default()
        });
        let outcome = of_others(&world, KeyHistory { verdict, ..KeyHistory::default() }, is_followed);
        assert!(!ends(world.conclude(NEW, outcome)));
        let ended = live(&mut world, minutes(60), |number, _| number == NEW).unwrap();
        assert!(ended >= seconds(30), "all is to be seen anew: {ended:?}");
    }
}
