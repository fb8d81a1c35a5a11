use jiff::Timestamp;
use strum::VariantArray as _;

use super::transitions::continue_rotation;
use super::*;
use crate::domain::api_key::Fingerprint;
use crate::domain::key_entry::KeyRole;
use crate::domain::time::Elapsed;

const OLD: u32 = 1;
const NEW: u32 = 2;
const OTHER: u32 = 3;

fn key(number: u32) -> Fingerprint {
    format!("{number:08x}").parse().unwrap()
}

fn rotation(stage: RotationStage, new: Option<u32>) -> Rotation {
    Rotation {
        number: 1,
        environment: "prod".parse().unwrap(),
        old: key(OLD),
        new: new.map(key),
        stage,
        started_at: Timestamp::UNIX_EPOCH,
        promoted_at: None,
        ended_at: None,
    }
}

fn stored(current: Option<u32>, previous: Option<u32>, candidate: Option<u32>) -> StoredKeys {
    StoredKeys { current: current.map(key), previous: previous.map(key), candidate: candidate.map(key) }
}

fn place(stored: &mut StoredKeys, role: KeyRole) -> &mut Option<Fingerprint> {
    match role {
        KeyRole::Current => &mut stored.current,
        KeyRole::Previous => &mut stored.previous,
        KeyRole::Candidate => &mut stored.candidate,
    }
}

/// Does a step as the key store and the journal would.
fn take(step: RotationStep, rotation: &mut Rotation, stored: &mut StoredKeys) {
    match step {
        RotationStep::Copy { from, to } => *place(stored, to) = *place(stored, from),
        RotationStep::Keep(key) => stored.candidate = Some(key),
        RotationStep::Erase(role) => *place(stored, role) = None,
        RotationStep::Enter { stage, new } => (rotation.stage, rotation.new) = (stage, new),
        RotationStep::Begin { .. } | RotationStep::Wait | RotationStep::Halt(_) => {}
    }
}

fn holds(stored: &StoredKeys, number: u32) -> bool {
    [stored.current, stored.previous, stored.candidate].contains(&Some(key(number)))
}

/// Goes on to the point where somebody else has to act, with a new key that is proven; `check` sees what is stored
/// after each step.
fn run(rotation: &mut Rotation, stored: &mut StoredKeys, check: impl FnMut(&StoredKeys, &Rotation)) -> RotationStep {
    run_with(rotation, stored, Some(key(NEW)), check)
}

fn run_with(
    rotation: &mut Rotation,
    stored: &mut StoredKeys,
    proven: Option<Fingerprint>,
    mut check: impl FnMut(&StoredKeys, &Rotation),
) -> RotationStep {
    for _ in 0..20 {
        let step = continue_rotation(rotation, stored, proven);
        if matches!(step, RotationStep::Wait | RotationStep::Halt(_)) {
            return step;
        }
        let before = *stored;
        take(step, rotation, stored);
        assert!(
            before.current.is_none() || stored.current.is_some(),
            "{step:?} leaves the environment without a key: {before:?}"
        );
        check(stored, rotation);
    }
    panic!("{rotation:?} with {stored:?} never comes to rest");
}

fn every_state() -> impl Iterator<Item = (Rotation, StoredKeys)> {
    let keys = [None, Some(OLD), Some(NEW), Some(OTHER)];
    RotationStage::VARIANTS.iter().copied().flat_map(move |stage| {
        keys.into_iter().flat_map(move |new| {
            keys.into_iter().flat_map(move |current| {
                keys.into_iter().flat_map(move |previous| {
                    keys.into_iter().map(move |candidate| (rotation(stage, new), stored(current, previous, candidate)))
                })
            })
        })
    })
}

#[test]
fn a_rotation_goes_its_way_and_holds_both_keys_until_the_old_one_is_refused() {
    let (mut rotation, mut keys) = (rotation(RotationStage::Started, None), stored(Some(OLD), None, None));
    assert_eq!(continue_rotation(&rotation, &keys, Some(key(NEW))), RotationStep::Wait);
    keys.candidate = Some(key(NEW));
    run(&mut rotation, &mut keys, |stored, _| assert!(holds(stored, OLD) && holds(stored, NEW), "{stored:?}"));
    assert_eq!((rotation.stage, rotation.new), (RotationStage::Watching, Some(key(NEW))));
    assert_eq!(keys, stored(Some(NEW), Some(OLD), None));
    rotation.stage = RotationStage::Erasing;
    run(&mut rotation, &mut keys, |_, _| ());
    assert_eq!((rotation.stage, keys), (RotationStage::Completed, stored(Some(NEW), None, None)));
}

#[test]
fn what_is_rolled_back_can_be_promoted_again_or_given_up() {
    let (mut rotation, mut keys) = (rotation(RotationStage::Watching, Some(NEW)), stored(Some(NEW), Some(OLD), None));
    let both = |stored: &StoredKeys, _: &Rotation| assert!(holds(stored, OLD) && holds(stored, NEW), "{stored:?}");
    rotation.stage = rotation.after(RotationRequest::RollBack).unwrap();
    run(&mut rotation, &mut keys, both);
    assert_eq!((rotation.stage, keys), (RotationStage::RolledBack, stored(Some(OLD), None, Some(NEW))));
    rotation.stage = rotation.after(RotationRequest::PromoteAgain).unwrap();
    run(&mut rotation, &mut keys, both);
    assert_eq!((rotation.stage, keys), (RotationStage::Watching, stored(Some(NEW), Some(OLD), None)));
    rotation.stage = rotation.after(RotationRequest::RollBack).unwrap();
    run(&mut rotation, &mut keys, both);
    rotation.stage = rotation.after(RotationRequest::Abandon).unwrap();
    run(&mut rotation, &mut keys, |_, _| ());
    assert_eq!((rotation.stage, keys), (RotationStage::Abandoned, stored(Some(OLD), None, None)));
}

#[test]
fn every_state_whatever_others_stored_comes_to_rest_and_never_loses_the_key_in_use() {
    for (mut rotation, mut keys) in every_state() {
        run(&mut rotation, &mut keys, |_, _| ());
    }
}

#[test]
fn no_step_takes_the_last_copy_of_a_key_away_but_of_a_dead_one_and_of_one_that_was_given_up() {
    for (rotation, before) in every_state() {
        for proven in [None, Some(key(NEW)), Some(key(OTHER))] {
            let (mut after, mut journal) = (before, rotation.clone());
            let step = continue_rotation(&rotation, &before, proven);
            take(step, &mut journal, &mut after);
            for number in [OLD, NEW, OTHER].into_iter().filter(|number| holds(&before, *number)) {
                let may_go = match rotation.stage {
                    RotationStage::Erasing => number == OLD,
                    RotationStage::Abandoning => rotation.new == Some(key(number)),
                    _ => false,
                };
                assert!(may_go || holds(&after, number), "{rotation:?} {before:?} {step:?}");
            }
        }
    }
}

#[test]
fn no_key_is_put_in_use_that_was_not_accepted_just_now_but_the_one_that_was_in_use_before() {
    for (rotation, before) in every_state() {
        for proven in [None, Some(key(NEW)), Some(key(OTHER))] {
            let (mut after, mut journal) = (before, rotation.clone());
            take(continue_rotation(&rotation, &before, proven), &mut journal, &mut after);
            let is_as_before = after.current == before.current || after.current == Some(rotation.old);
            assert!(is_as_before || (after.current == proven), "{rotation:?} {before:?} {proven:?} {after:?}");
        }
    }
}

#[test]
fn a_new_key_found_after_a_crash_is_kept_aside_until_it_is_proven_anew() {
    for (stage, new) in [(RotationStage::Started, None), (RotationStage::Promoting, Some(NEW))] {
        for previous in [None, Some(OLD)] {
            let (mut rotation, mut keys) = (rotation(stage, new), stored(Some(OLD), previous, Some(NEW)));
            run_with(&mut rotation, &mut keys, None, |_, _| ());
            assert_eq!((rotation.stage, rotation.new), (RotationStage::RolledBack, Some(key(NEW))));
            assert_eq!(keys, stored(Some(OLD), None, Some(NEW)));
        }
    }
}

#[test]
fn an_unknown_key_that_is_kept_aside_stops_a_promotion() {
    let step = continue_rotation(
        &rotation(RotationStage::Promoting, Some(NEW)),
        &stored(Some(OLD), Some(OTHER), Some(NEW)),
        Some(key(NEW)),
    );
    assert_eq!(step, RotationStep::Halt(RotationBlockedReason::KeptAside(key(OTHER))));
}

#[test]
fn a_key_that_others_stored_meanwhile_is_the_new_one() {
    let (mut rotation, mut keys) = (rotation(RotationStage::Watching, Some(NEW)), stored(Some(OTHER), Some(OLD), None));
    run(&mut rotation, &mut keys, |_, _| ());
    assert_eq!((rotation.stage, rotation.new), (RotationStage::Watching, Some(key(OTHER))));
    assert_eq!(keys, stored(Some(OTHER), Some(OLD), None));
}

#[test]
fn a_store_that_has_neither_key_ends_nothing_before_the_operator_gives_it_up() {
    let elsewhere = [stored(None, None, None), stored(Some(OTHER), None, None), stored(Some(OTHER), Some(OTHER), None)];
    for keys in elsewhere {
        for (stage, request) in [
            (RotationStage::Promoting, RotationRequest::RollBack),
            (RotationStage::Watching, RotationRequest::RollBack),
            (RotationStage::RolledBack, RotationRequest::Abandon),
        ] {
            let (mut rotation, mut keys) = (rotation(stage, Some(NEW)), keys);
            assert_eq!(
                continue_rotation(&rotation, &keys, Some(key(NEW))),
                RotationStep::Halt(RotationBlockedReason::Elsewhere),
                "{stage:?} {keys:?}"
            );
            rotation.stage = rotation.after(request).unwrap();
            run(&mut rotation, &mut keys, |_, _| ());
            assert_eq!(rotation.stage, RotationStage::Abandoned);
        }
    }
}

#[test]
fn requests_at_the_wrong_time_lead_nowhere() {
    let requests = [RotationRequest::RollBack, RotationRequest::PromoteAgain, RotationRequest::Abandon];
    let allowed = |stage| requests.map(|request| rotation(stage, Some(NEW)).after(request).is_some());
    assert_eq!(allowed(RotationStage::Started), [false, false, true]);
    assert_eq!(allowed(RotationStage::Promoting), [true, false, false]);
    assert_eq!(allowed(RotationStage::Watching), [true, false, false]);
    assert_eq!(allowed(RotationStage::RolledBack), [false, true, true]);
    for stage in [
        RotationStage::RollingBack,
        RotationStage::Abandoning,
        RotationStage::Erasing,
        RotationStage::Completed,
        RotationStage::Abandoned,
    ] {
        assert_eq!(allowed(stage), [false; 3], "{stage:?}");
    }
}

#[test]
fn a_key_left_aside_is_found_without_a_journal() {
    assert_eq!(leftover_keys(&stored(Some(NEW), Some(OLD), None)), Some(LeftoverKey::Old(key(OLD))));
    assert_eq!(leftover_keys(&stored(Some(OLD), None, Some(NEW))), Some(LeftoverKey::New(key(NEW))));
    assert_eq!(leftover_keys(&stored(Some(OLD), Some(OLD), None)), None);
    assert_eq!(leftover_keys(&stored(None, Some(OLD), None)), None);
    assert_eq!(leftover_keys(&stored(Some(NEW), None, None)), None);
}

#[test]
fn the_words_of_the_journal_are_read_back() {
    for stage in RotationStage::VARIANTS.iter().copied() {
        assert_eq!(stage.as_str().parse(), Ok(stage));
    }
    assert_eq!("Started".parse::<RotationStage>().ok(), None);
}

const RESTING: [StoredStage; 3] = [
    (RotationStage::Started, None, [Some(OLD), None, None]),
    (RotationStage::Watching, Some(NEW), [Some(NEW), Some(OLD), None]),
    (RotationStage::RolledBack, Some(NEW), [Some(OLD), None, Some(NEW)]),
];

type StoredStage = (RotationStage, Option<u32>, [Option<u32>; 3]);

#[test]
fn a_key_is_taken_that_is_proven_and_any_other_refused() {
    let step = |stored_stage: StoredStage, offered, proven: Option<u32>| {
        let (stage, new, [current, previous, candidate]) = stored_stage;
        let (journal, keys) = (rotation(stage, new), stored(current, previous, candidate));
        next_step(&RotationIntent::Offer(key(offered)), Some(&journal), &keys, proven.map(key))
    };
    let [started, watching, rolled_back] = RESTING;
    assert_eq!(step(started, NEW, Some(NEW)), Ok(RotationStep::Keep(key(NEW))));
    assert_eq!(step(started, NEW, None), Err(RotationRequestError::Unproven));
    assert_eq!(step(watching, NEW, Some(NEW)), Ok(RotationStep::Wait), "it was taken");
    assert_eq!(step(watching, OTHER, Some(OTHER)), Err(RotationRequestError::HasNewKey(key(NEW))));
    assert_eq!(
        step(rolled_back, NEW, Some(NEW)),
        Ok(RotationStep::Enter { stage: RotationStage::Promoting, new: Some(key(NEW)) })
    );
    assert_eq!(step(rolled_back, NEW, None), Err(RotationRequestError::Unproven));
    assert_eq!(step(rolled_back, OTHER, Some(OTHER)), Err(RotationRequestError::HasNewKey(key(NEW))));
}

/// The old key of a rotation that is refused for certain.
fn dead(rotation: &Rotation) -> RevokedKey {
    let mut evidence = RevocationEvidence::of(rotation.id());
    for (seconds, key) in [(0, NEW), (10, OLD), (20, NEW), (50, OLD), (60, NEW)].map(|(at, number)| (at, key(number))) {
        let at = Elapsed::ZERO + jiff::SignedDuration::from_secs(seconds);
        let answer = if key == rotation.old { KeyAnswer::Refused } else { KeyAnswer::Accepted };
        evidence.add(KeyObservation { key, answer, asked_at: at, answered_at: at });
    }
    evidence.revoked_key().unwrap()
}

#[test]
fn what_was_concluded_is_void_once_its_rotation_or_its_keys_have_moved_on() {
    let (watched, keys) = (rotation(RotationStage::Watching, Some(NEW)), stored(Some(NEW), Some(OLD), None));
    let bury = RotationIntent::EraseRevoked(dead(&watched));
    let erasing = RotationStep::Enter { stage: RotationStage::Erasing, new: Some(key(NEW)) };
    assert_eq!(next_step(&bury, Some(&watched), &keys, None), Ok(erasing));
    let others = [
        Rotation { number: 2, ..watched.clone() },
        Rotation { started_at: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1), ..watched.clone() },
        Rotation { old: key(NEW), new: Some(key(OTHER)), ..watched.clone() },
        Rotation { new: Some(key(OTHER)), ..watched.clone() },
    ];
    for other in others {
        let keys = stored(other.new.map(|_| OTHER), Some(NEW), None);
        assert_eq!(next_step(&bury, Some(&other), &keys, None), Err(RotationRequestError::MovedOn), "{other:?}");
    }
    assert_eq!(next_step(&bury, None, &keys, None), Err(RotationRequestError::NoRotation));
    let rolled_back = Rotation { stage: RotationStage::RolledBack, ..watched.clone() };
    assert_eq!(next_step(&bury, Some(&rolled_back), &stored(Some(OLD), None, Some(NEW)), None), Ok(RotationStep::Wait));
    for moved in
        [stored(Some(OTHER), Some(OLD), None), stored(Some(NEW), Some(OTHER), None), stored(Some(OLD), None, None)]
    {
        let step = next_step(&bury, Some(&watched), &moved, None).unwrap();
        assert!(step != erasing && !matches!(step, RotationStep::Erase(_)), "{moved:?} {step:?}");
    }
}

#[test]
fn a_request_is_void_once_its_rotation_has_moved_on() {
    let (seen, keys) = (rotation(RotationStage::RolledBack, Some(NEW)), stored(Some(OLD), None, Some(OTHER)));
    let now = Rotation { number: 2, new: Some(key(OTHER)), ..seen.clone() };
    let abandon = RotationIntent::Change(seen.id(), RotationRequest::Abandon);
    assert_eq!(next_step(&abandon, Some(&now), &keys, None), Err(RotationRequestError::MovedOn));
    let roll_back = RotationIntent::Change(seen.id(), RotationRequest::RollBack);
    assert_eq!(
        next_step(&roll_back, Some(&seen), &stored(Some(OLD), None, Some(NEW)), None),
        Ok(RotationStep::Wait),
        "it is done"
    );
    let promote = RotationIntent::Change(rotation(RotationStage::Started, None).id(), RotationRequest::RollBack);
    let started = rotation(RotationStage::Started, None);
    let refused = Err(RotationRequestError::Untimely(RotationRequest::RollBack));
    assert_eq!(next_step(&promote, Some(&started), &stored(Some(OLD), None, None), None), refused);
}

#[test]
fn a_third_new_key_is_not_lost_to_a_roll_back() {
    let (watched, keys) = (rotation(RotationStage::Watching, Some(NEW)), stored(Some(NEW), Some(OLD), Some(OTHER)));
    let roll_back = RotationIntent::Change(watched.id(), RotationRequest::RollBack);
    assert_eq!(next_step(&roll_back, Some(&watched), &keys, None), Err(RotationRequestError::KeptAside(key(OTHER))));
}

#[test]
fn what_is_left_behind_without_a_journal_becomes_a_rotation_again() {
    let adopt = |current, previous, candidate| {
        next_step(&RotationIntent::Adopt, None, &stored(current, previous, candidate), None).unwrap()
    };
    let begin = |old, stage, new| RotationStep::Begin { old: key(old), stage, new: Some(key(new)) };
    assert_eq!(adopt(Some(NEW), Some(OLD), None), begin(OLD, RotationStage::Watching, NEW));
    assert_eq!(adopt(Some(OLD), None, Some(NEW)), begin(OLD, RotationStage::RolledBack, NEW));
    assert_eq!(adopt(Some(OLD), None, None), RotationStep::Wait);
    let start = |current| next_step(&RotationIntent::Start, None, &stored(current, None, None), None);
    assert_eq!(start(Some(OLD)), Ok(RotationStep::Begin { old: key(OLD), stage: RotationStage::Started, new: None }));
    assert_eq!(start(None), Err(RotationRequestError::NoKey));
}
