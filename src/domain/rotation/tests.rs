use super::*;

const OLD: u32 = 1;
const NEW: u32 = 2;
const OTHER: u32 = 3;

fn key(number: u32) -> Fingerprint {
    format!("{number:08x}").parse().unwrap()
}

fn rotation(stage: Stage, new: Option<u32>) -> Rotation {
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
fn take(step: Step, rotation: &mut Rotation, stored: &mut StoredKeys) {
    match step {
        Step::Copy { from, to } => *place(stored, to) = *place(stored, from),
        Step::Erase(role) => *place(stored, role) = None,
        Step::Enter { stage, new } => (rotation.stage, rotation.new) = (stage, new),
        Step::Wait | Step::Halt(_) => {}
    }
}

fn holds(stored: &StoredKeys, number: u32) -> bool {
    [stored.current, stored.previous, stored.candidate].contains(&Some(key(number)))
}

/// Goes on to the point where somebody else has to act; `check` sees what is stored after each step.
fn run(rotation: &mut Rotation, stored: &mut StoredKeys, mut check: impl FnMut(&StoredKeys, &Rotation)) -> Step {
    for _ in 0..20 {
        let step = next_step(rotation, stored);
        if matches!(step, Step::Wait | Step::Halt(_)) {
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
    Stage::ALL.into_iter().flat_map(move |stage| {
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
    let (mut rotation, mut keys) = (rotation(Stage::Started, None), stored(Some(OLD), None, None));
    assert_eq!(next_step(&rotation, &keys), Step::Wait);
    keys.candidate = Some(key(NEW));
    run(&mut rotation, &mut keys, |stored, _| assert!(holds(stored, OLD) && holds(stored, NEW), "{stored:?}"));
    assert_eq!((rotation.stage, rotation.new), (Stage::Watching, Some(key(NEW))));
    assert_eq!(keys, stored(Some(NEW), Some(OLD), None));
    rotation.stage = rotation.after(Request::OldKeyRefused).unwrap();
    run(&mut rotation, &mut keys, |_, _| ());
    assert_eq!((rotation.stage, keys), (Stage::Completed, stored(Some(NEW), None, None)));
}

#[test]
fn what_is_rolled_back_can_be_promoted_again_or_given_up() {
    let (mut rotation, mut keys) = (rotation(Stage::Watching, Some(NEW)), stored(Some(NEW), Some(OLD), None));
    let both = |stored: &StoredKeys, _: &Rotation| assert!(holds(stored, OLD) && holds(stored, NEW), "{stored:?}");
    rotation.stage = rotation.after(Request::RollBack).unwrap();
    run(&mut rotation, &mut keys, both);
    assert_eq!((rotation.stage, keys), (Stage::RolledBack, stored(Some(OLD), None, Some(NEW))));
    rotation.stage = rotation.after(Request::PromoteAgain).unwrap();
    run(&mut rotation, &mut keys, both);
    assert_eq!((rotation.stage, keys), (Stage::Watching, stored(Some(NEW), Some(OLD), None)));
    rotation.stage = rotation.after(Request::RollBack).unwrap();
    run(&mut rotation, &mut keys, both);
    rotation.stage = rotation.after(Request::Abandon).unwrap();
    run(&mut rotation, &mut keys, |_, _| ());
    assert_eq!((rotation.stage, keys), (Stage::Abandoned, stored(Some(OLD), None, None)));
}

#[test]
fn every_state_whatever_others_stored_comes_to_rest_and_never_loses_the_key_in_use() {
    for (mut rotation, mut keys) in every_state() {
        run(&mut rotation, &mut keys, |_, _| ());
    }
}

#[test]
fn the_old_key_is_erased_only_after_its_refusal_or_while_it_is_in_use() {
    for (rotation, before) in every_state().filter(|(rotation, _)| rotation.stage != Stage::Erasing) {
        let (mut after, mut journal) = (before, rotation.clone());
        take(next_step(&rotation, &before), &mut journal, &mut after);
        let mattered = before.current == Some(key(OLD)) || before.previous == Some(key(OLD));
        assert!(!mattered || holds(&after, OLD), "{rotation:?} {before:?} {after:?}");
    }
}

#[test]
fn an_unknown_key_that_is_kept_aside_is_never_overwritten() {
    for (rotation, before) in every_state().filter(|(_, stored)| stored.previous == Some(key(OTHER))) {
        let (mut after, mut journal) = (before, rotation.clone());
        take(next_step(&rotation, &before), &mut journal, &mut after);
        assert!(holds(&after, OTHER), "{rotation:?} {before:?}");
    }
    let step = next_step(&rotation(Stage::Promoting, Some(NEW)), &stored(Some(OLD), Some(OTHER), Some(NEW)));
    assert_eq!(step, Step::Halt(Hindrance::KeptAside(key(OTHER))));
}

#[test]
fn a_key_that_others_stored_meanwhile_is_the_new_one() {
    let (mut rotation, mut keys) = (rotation(Stage::Watching, Some(NEW)), stored(Some(OTHER), Some(OLD), None));
    run(&mut rotation, &mut keys, |_, _| ());
    assert_eq!((rotation.stage, rotation.new), (Stage::Watching, Some(key(OTHER))));
    assert_eq!(keys, stored(Some(OTHER), Some(OLD), None));
}

#[test]
fn a_store_that_has_neither_key_ends_nothing_before_the_operator_gives_it_up() {
    let elsewhere = [stored(None, None, None), stored(Some(OTHER), None, None), stored(Some(OTHER), Some(OTHER), None)];
    for keys in elsewhere {
        for (stage, request) in [
            (Stage::Promoting, Request::RollBack),
            (Stage::Watching, Request::RollBack),
            (Stage::RolledBack, Request::Abandon),
        ] {
            let (mut rotation, mut keys) = (rotation(stage, Some(NEW)), keys);
            assert_eq!(next_step(&rotation, &keys), Step::Halt(Hindrance::Elsewhere), "{stage:?} {keys:?}");
            rotation.stage = rotation.after(request).unwrap();
            run(&mut rotation, &mut keys, |_, _| ());
            assert_eq!(rotation.stage, Stage::Abandoned);
        }
    }
}

#[test]
fn requests_at_the_wrong_time_lead_nowhere() {
    let requests = [Request::RollBack, Request::PromoteAgain, Request::Abandon, Request::OldKeyRefused];
    let allowed = |stage| requests.map(|request| rotation(stage, Some(NEW)).after(request).is_some());
    assert_eq!(allowed(Stage::Started), [false, false, true, false]);
    assert_eq!(allowed(Stage::Promoting), [true, false, false, false]);
    assert_eq!(allowed(Stage::Watching), [true, false, false, true]);
    assert_eq!(allowed(Stage::RolledBack), [false, true, true, false]);
    for stage in [Stage::RollingBack, Stage::Abandoning, Stage::Erasing, Stage::Completed, Stage::Abandoned] {
        assert_eq!(allowed(stage), [false; 4], "{stage:?}");
    }
}

#[test]
fn a_key_left_aside_is_found_without_a_journal() {
    assert_eq!(left_behind(&stored(Some(NEW), Some(OLD), None)), Some(key(OLD)));
    assert_eq!(left_behind(&stored(Some(OLD), Some(OLD), None)), None);
    assert_eq!(left_behind(&stored(None, Some(OLD), None)), None);
    assert_eq!(left_behind(&stored(Some(NEW), None, None)), None);
}

#[test]
fn the_words_of_the_journal_are_read_back() {
    for stage in Stage::ALL {
        assert_eq!(Stage::from_word(stage.as_str()), Some(stage));
    }
    assert_eq!(Stage::from_word("Started"), None);
}
