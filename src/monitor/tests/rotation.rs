//! Rotations as the monitor sees them: the old key is watched, and erased only once it is refused for certain.

use super::*;
use crate::domain::rotation::{Rotation, Stage};
use crate::domain::status::{Flag, Status};
use crate::domain::usage::OthersUse;
use crate::monitor::event::HeldRotation;

const OLD: u32 = 1;
const NEW: u32 = 2;

fn identity(number: u32) -> KeyIdentity {
    KeyIdentity { fingerprint: fingerprint(number), ending: None }
}

fn rotation(world: &World, stage: Stage) -> Rotation {
    let watching = stage == Stage::Watching;
    Rotation {
        number: 1,
        environment: name("dev"),
        old: fingerprint(OLD),
        new: watching.then(|| fingerprint(NEW)),
        stage,
        started_at: world.now.wall,
        promoted_at: watching.then_some(world.now.wall),
        ended_at: stage.is_ended().then_some(world.now.wall),
    }
}

fn load(world: &mut World, stage: Stage) {
    let rotation = rotation(world, stage);
    let old_key = (stage == Stage::Watching).then(|| identity(OLD));
    let held = HeldRotation { rotation, old_key, trouble: None };
    world.send(Event::RotationLoaded { environment: name("dev"), outcome: Ok(Some(held)) });
}

/// The new key is in use and the old one is watched; both were answered once.
fn watching() -> World {
    let mut world = World::active();
    load(&mut world, Stage::Watching);
    world.hold("dev", NEW);
    world.send(Event::Recalled { fingerprint: fingerprint(NEW), memory: Ok(KeyMemory::default()) });
    world.pass(seconds(1));
    let sample = world.sample(account());
    world.answer(NEW, sample);
    world
}

fn poll(world: &mut World, number: u32) {
    for _ in 0..100 {
        if world.monitor.keys[&fingerprint(number)].in_flight.is_some() {
            return;
        }
        world.pass(seconds(10));
        let others: Vec<_> = world.monitor.keys.keys().copied().filter(|key| *key != fingerprint(number)).collect();
        for other in others.into_iter().filter(|other| *other != fingerprint(OLD)) {
            if let Some(sequence) = world.monitor.keys[&other].in_flight {
                let outcome = PollOutcome::Answered(Box::new(world.sample(account())));
                world.send(Event::Polled { fingerprint: other, sequence, outcome, calls: None });
            }
        }
    }
    panic!("key {number} is never polled");
}

fn ends(effects: &[Effect]) -> bool {
    effects.contains(&Effect::EndRotation(name("dev")))
}

#[test]
fn the_old_key_is_polled_beside_the_new_one() {
    let mut world = watching();
    poll(&mut world, OLD);
    let sample = world.sample(account());
    world.answer(OLD, sample);
    let report = world.report("dev");
    assert_eq!(report.key.unwrap().identity, identity(NEW));
    let old = report.rotation.unwrap().old_key.unwrap();
    assert_eq!((old.identity, old.status), (identity(OLD), Status::Active));
}

#[test]
fn a_refresh_asks_for_both_keys() {
    let mut world = watching();
    poll(&mut world, OLD);
    let sample = world.sample(account());
    world.answer(OLD, sample);
    world.pass(seconds(20));
    assert_eq!(polled(world.send(Event::RefreshRequested(name("dev")))), [fingerprint(OLD), fingerprint(NEW)]);
}

#[test]
fn use_of_the_old_key_by_others_is_told() {
    let mut world = watching();
    poll(&mut world, OLD);
    let used = ago(&world.now, seconds(3));
    let sample = world.sample(Account { last_used_at: Some(used), ..account() });
    world.answer(OLD, sample);
    let old = world.report("dev").rotation.unwrap().old_key.unwrap();
    assert_eq!(old.others_use.map(|OthersUse { at, .. }| at), Some(used));
}

#[test]
fn an_old_key_refused_twice_is_erased_once_the_new_one_is_accepted_since() {
    let mut world = watching();
    poll(&mut world, OLD);
    assert!(!ends(world.fail(OLD, PollFailureKind::Unauthorized)), "one refusal proves nothing");
    poll(&mut world, OLD);
    assert!(!ends(world.fail(OLD, PollFailureKind::Unauthorized)), "the service may refuse every key");
    poll(&mut world, NEW);
    let sample = world.sample(account());
    assert!(ends(world.answer(NEW, sample)));
    assert!(!ends(world.pass(seconds(1))), "it is asked for once");
}

#[test]
fn an_old_key_stays_while_the_new_one_is_refused_too() {
    let mut world = watching();
    for number in [OLD, OLD, NEW, NEW] {
        poll(&mut world, number);
        assert!(!ends(world.fail(number, PollFailureKind::Unauthorized)));
    }
}

#[test]
fn an_end_that_could_not_be_done_is_asked_for_again_after_the_next_look() {
    let mut world = watching();
    for _ in 0..2 {
        poll(&mut world, OLD);
        world.fail(OLD, PollFailureKind::Unauthorized);
    }
    poll(&mut world, NEW);
    let sample = world.sample(account());
    assert!(ends(world.answer(NEW, sample)));
    let trouble = "The keyring is locked.".to_owned();
    world.send(Event::RotationLoaded { environment: name("dev"), outcome: Err(trouble.clone()) });
    assert_eq!(world.report("dev").rotation.unwrap().trouble, Some(trouble));
    load(&mut world, Stage::Watching);
    assert!(ends(&world.effects));
}

#[test]
fn the_old_key_is_forgotten_with_the_end() {
    let mut world = watching();
    load(&mut world, Stage::Completed);
    assert!(!world.monitor.keys.contains_key(&fingerprint(OLD)));
    assert_eq!(world.report("dev").rotation, None);
    assert_eq!(
        world.log().last().unwrap(),
        "dev: rotation completed: the old key (00000001) is refused, and erased here"
    );
}

#[test]
fn a_rotation_that_another_process_ended_is_noticed() {
    let mut world = watching();
    world.send(Event::RotationLoaded { environment: name("dev"), outcome: Ok(None) });
    assert_eq!(world.log().last().unwrap(), "dev: the rotation of its key was ended elsewhere");
}

#[test]
fn a_reminder_can_be_put_off_for_a_week_and_not_once_rotation_is_overdue() {
    let created = |world: &World, days: i64| Some(ago(&world.now, SignedDuration::from_hours(days * 24)));
    let mut world = World::with_keys(&["dev"]);
    let soon = Account { created_at: created(&world, 80), ..account() };
    let sample = world.sample(soon);
    world.answer(1, sample);
    assert_eq!(world.report("dev").flags, [Flag::RotateSoon]);
    let effects = world.send(Event::RotationSnoozed(name("dev"))).to_vec();
    let until = world.now.wall.checked_add(SignedDuration::from_hours(7 * 24)).unwrap();
    assert_eq!(effects[0], Effect::StoreSnooze { fingerprint: fingerprint(1), until });
    let report = world.report("dev");
    assert_eq!((report.flags, report.snoozed_until), (vec![], Some(until)));
    world.now = world.now.after(SignedDuration::from_hours(10 * 24));
    let report = world.report("dev");
    assert!(report.flags.contains(&Flag::RotateOverdue), "{:?}", report.flags);
}

#[test]
fn a_snooze_outlasts_a_restart() {
    let mut world = World::started(&["dev"]);
    world.hold("dev", 1);
    let until = world.now.wall.checked_add(minutes(90)).unwrap();
    let memory = KeyMemory { snoozed_until: Some(until), ..KeyMemory::default() };
    world.send(Event::Recalled { fingerprint: fingerprint(1), memory: Ok(memory) });
    assert_eq!(world.report("dev").snoozed_until, Some(until));
}

#[test]
fn the_sources_of_a_key_are_asked_with_each_poll() {
    let mut world = World::active();
    let mut effects = Vec::new();
    while polled(&effects).is_empty() {
        effects = world.pass(seconds(30)).to_vec();
    }
    assert!(effects.contains(&Effect::LoadKey(name("dev"), Patience::Poll)), "{effects:?}");
    world.hold("dev", NEW);
    assert_eq!(world.report("dev").key.unwrap().identity, identity(NEW));
}

#[test]
fn a_store_that_has_trouble_is_not_asked_with_each_poll() {
    let mut world = World::active();
    world.lose("dev", KeyFailureKind::Locked);
    let mut effects = Vec::new();
    while polled(&effects).is_empty() {
        effects = world.pass(seconds(30)).to_vec();
    }
    assert!(!effects.contains(&Effect::LoadKey(name("dev"), Patience::Poll)), "{effects:?}");
}

#[test]
fn a_key_of_another_account_is_told() {
    let mut world = World::active();
    world.hold("dev", NEW);
    world.send(Event::Recalled { fingerprint: fingerprint(NEW), memory: Ok(KeyMemory::default()) });
    world.pass(seconds(1));
    let sample = world.sample(Account { tier: Some("free".to_owned()), ..account() });
    world.answer(NEW, sample);
    let told = "dev: this key answers for another account: free with 300 credits a month, \
                where the old one has starter with 300 credits a month";
    assert_eq!(world.log().last().unwrap(), told);
}
