use super::*;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, RotationStage};
use crate::services::history::{RotationReadError, RotationRowError};

fn prod() -> EnvironmentName {
    "prod".parse().unwrap()
}

fn started(store: &mut HistoryStore, text: &str) -> Rotation {
    store.start_rotation(prod(), key(), RotationStage::Started, None, at(text)).unwrap()
}

fn enter(store: &mut HistoryStore, rotation: &Rotation, stage: RotationStage, text: &str) -> Rotation {
    let new = Some(other_key());
    store.enter_stage(rotation, stage, new, at(text)).unwrap().unwrap()
}

fn watched(store: &mut HistoryStore) -> Rotation {
    let rotation = started(store, "20T10:00:00");
    let rotation = enter(store, &rotation, RotationStage::Promoting, "20T10:01:00");
    enter(store, &rotation, RotationStage::Watching, "20T10:02:00")
}

fn flaw(outcome: rusqlite::Result<impl std::fmt::Debug>) -> Option<RotationReadError> {
    RotationReadError::within(&outcome.unwrap_err()).copied()
}

#[test]
fn a_rotation_goes_from_its_start_to_its_end() {
    let mut store = store();
    assert_eq!(store.rotation(&prod()).unwrap(), None);
    let rotation = watched(&mut store);
    let expected = Rotation {
        number: 1,
        environment: prod(),
        old: key(),
        new: Some(other_key()),
        stage: RotationStage::Watching,
        started_at: at("20T10:00:00"),
        promoted_at: Some(at("20T10:02:00")),
        ended_at: None,
    };
    assert_eq!(rotation, expected);
    assert_eq!(store.rotation(&prod()).unwrap().as_ref(), Some(&expected));
    assert_eq!(store.rotation(&"dev".parse().unwrap()).unwrap(), None);

    let rotation = enter(&mut store, &rotation, RotationStage::Erasing, "20T11:00:00");
    let rotation = enter(&mut store, &rotation, RotationStage::Completed, "20T11:00:01");
    let expected = Rotation { stage: RotationStage::Completed, ended_at: Some(at("20T11:00:01")), ..expected };
    assert_eq!(rotation, expected);
    assert_eq!(store.rotation(&prod()).unwrap(), None);
    let next = started(&mut store, "20T12:00:00");
    assert_eq!(store.rotations(&prod()).unwrap(), [next, expected]);
}

#[test]
fn a_rotation_may_start_with_a_key_that_is_in_use_already() {
    let mut store = store();
    let start =
        |store: &mut HistoryStore, stage, new, text: &str| store.start_rotation(prod(), key(), stage, new, at(text));
    let rotation = start(&mut store, RotationStage::Watching, Some(other_key()), "20T10:00:00").unwrap();
    assert_eq!((rotation.stage, rotation.new), (RotationStage::Watching, Some(other_key())));
    assert_eq!(rotation.promoted_at, Some(at("20T10:00:00")));
    assert_eq!(
        start(&mut store, RotationStage::Started, None, "20T11:00:00").unwrap(),
        rotation,
        "the first one stands"
    );
    let elsewhere =
        store.start_rotation("dev".parse().unwrap(), key(), RotationStage::Started, None, at("20T11:00:00"));
    assert_eq!(elsewhere.unwrap().number, 2);
}

#[test]
fn the_new_key_is_in_use_from_when_it_came_to_be_watched() {
    let mut store = store();
    let rotation = watched(&mut store);
    let promoted = Some(at("20T10:02:00"));
    let rotation = enter(&mut store, &rotation, RotationStage::Watching, "20T10:30:00");
    assert_eq!(rotation.promoted_at, promoted, "it was watched before");
    let rotation = enter(&mut store, &rotation, RotationStage::RollingBack, "20T11:00:00");
    assert_eq!(rotation.promoted_at, promoted);
    let rotation = enter(&mut store, &rotation, RotationStage::RolledBack, "20T11:00:01");
    assert_eq!(rotation.promoted_at, None);
    let rotation = enter(&mut store, &rotation, RotationStage::Promoting, "20T12:00:00");
    assert_eq!(rotation.promoted_at, None);
    let rotation = enter(&mut store, &rotation, RotationStage::Watching, "20T12:00:01");
    assert_eq!(rotation.promoted_at, Some(at("20T12:00:01")));

    let third: Fingerprint = "12345678".parse().unwrap();
    let rotation =
        store.enter_stage(&rotation, RotationStage::Watching, Some(third), at("20T13:00:00")).unwrap().unwrap();
    assert_eq!((rotation.new, rotation.promoted_at), (Some(third), Some(at("20T13:00:00"))));
    let rotation = store.enter_stage(&rotation, RotationStage::Started, None, at("20T14:00:00")).unwrap().unwrap();
    assert_eq!((rotation.new, rotation.promoted_at), (None, None));
}

#[test]
fn what_another_changed_since_is_not_changed_again() {
    let mut store = store();
    let rotation = watched(&mut store);
    let known = [
        Rotation { stage: RotationStage::Promoting, ..rotation.clone() },
        Rotation { new: None, ..rotation.clone() },
        Rotation { new: Some(key()), ..rotation.clone() },
        Rotation { old: other_key(), ..rotation.clone() },
        Rotation { environment: "dev".parse().unwrap(), ..rotation.clone() },
        Rotation { number: 2, ..rotation.clone() },
        Rotation { number: i64::MIN, ..rotation.clone() },
    ];
    for known in known {
        let outcome = store.enter_stage(&known, RotationStage::Erasing, known.new, at("20T11:00:00"));
        assert_eq!(outcome.unwrap(), None, "{known:?}");
        assert_eq!(store.rotation(&prod()).unwrap().as_ref(), Some(&rotation), "{known:?}");
    }
    let other_times = Rotation { started_at: at("01T00:00:00"), promoted_at: None, ..rotation };
    let entered = enter(&mut store, &other_times, RotationStage::Erasing, "20T11:00:00");
    assert_eq!((entered.started_at, entered.promoted_at), (at("20T10:00:00"), Some(at("20T10:02:00"))));
}

#[test]
fn a_rotation_that_has_ended_stays_so() {
    let mut store = store();
    let rotation = started(&mut store, "20T10:00:00");
    let ended = enter(&mut store, &rotation, RotationStage::Abandoned, "20T10:01:00");
    let next = started(&mut store, "20T11:00:00");
    let outcome = store.enter_stage(&ended, RotationStage::Started, ended.new, at("20T12:00:00"));
    assert_eq!(outcome.unwrap(), None);
    assert_eq!(store.rotations(&prod()).unwrap(), [next, ended]);
}

#[test]
fn the_newest_hundred_are_told() {
    let mut store = store();
    for _ in 0..101 {
        let rotation = started(&mut store, "20T10:00:00");
        enter(&mut store, &rotation, RotationStage::Abandoned, "20T10:00:00");
    }
    let numbers: Vec<i64> = store.rotations(&prod()).unwrap().iter().map(|rotation| rotation.number).collect();
    assert_eq!(numbers, (2..=101).rev().collect::<Vec<_>>());
}

#[test]
fn a_rotation_that_cannot_be_read_is_told_and_left_alone() {
    let strange = [
        ("stage = 'pausing'", RotationRowError::Stage),
        ("stage = CAST(x'ff' AS TEXT)", RotationRowError::Stage),
        ("stage = 'completed'", RotationRowError::End),
        ("old_fingerprint = 'BA7816BF'", RotationRowError::Fingerprint),
        ("new_fingerprint = CAST(x'ff' AS TEXT)", RotationRowError::Fingerprint),
        ("started_at = 9223372036854775807", RotationRowError::Time),
        ("promoted_at = -9223372036854775807 - 1", RotationRowError::Time),
    ];
    for (change, flaw_expected) in strange {
        let mut store = store();
        let rotation = watched(&mut store);
        store.connection.execute(&format!("UPDATE rotations SET {change}"), []).unwrap();
        let row = |store: &HistoryStore| -> String {
            let columns = "SELECT concat_ws('|', hex(stage), hex(old_fingerprint), hex(new_fingerprint), started_at,
                promoted_at, ended_at) FROM rotations";
            store.connection.query_row(columns, [], |row| row.get(0)).unwrap()
        };
        let before = row(&store);
        let expected = Some(RotationReadError { number: 1, reason: flaw_expected });
        assert_eq!(flaw(store.rotation(&prod())), expected, "{change}");
        assert_eq!(flaw(store.rotations(&prod())), expected, "{change}");
        let start = store.start_rotation(prod(), other_key(), RotationStage::Started, None, at("21T00:00:00"));
        assert_eq!(flaw(start), expected, "{change}");
        let entered = store.enter_stage(&rotation, RotationStage::Erasing, rotation.new, at("21T00:00:00"));
        assert_eq!(flaw(entered), expected, "{change}");
        assert_eq!(row(&store), before, "{change}");
        assert_eq!(rows(&store, "rotations"), 1, "{change}");
    }
}

#[test]
fn an_end_of_a_stage_that_is_none_is_told_in_the_record() {
    let mut store = store();
    watched(&mut store);
    store.connection.execute("UPDATE rotations SET ended_at = 5", []).unwrap();
    assert_eq!(flaw(store.rotations(&prod())), Some(RotationReadError { number: 1, reason: RotationRowError::End }));
}

#[test]
fn an_environment_cannot_have_two_under_way() {
    let mut store = store();
    started(&mut store, "20T10:00:00");
    let again = "INSERT INTO rotations (environment, old_fingerprint, stage, started_at)
        SELECT environment, old_fingerprint, stage, started_at FROM rotations";
    let error = store.connection.execute(again, []).unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::ConstraintViolation));
}

#[test]
fn times_at_the_ends_of_the_calendar_are_kept() {
    let mut store = store();
    for at in [Timestamp::MIN, Timestamp::MAX] {
        let rotation = store.start_rotation(prod(), key(), RotationStage::Watching, None, at).unwrap();
        assert_eq!(rotation.started_at.as_millisecond(), at.as_millisecond());
        assert!(store.enter_stage(&rotation, RotationStage::Abandoned, None, at).unwrap().is_some());
        store.snooze_rotation(key(), at).unwrap();
        let snoozed_until = store.recall(key(), at).unwrap().snoozed_until.unwrap();
        assert_eq!(snoozed_until.as_millisecond(), at.as_millisecond());
    }
}

#[test]
fn a_snooze_is_recalled_with_its_key_alone() {
    let mut store = store();
    store.store_sample(other_key(), &sample(at("20T10:00:00"), 1.0), None).unwrap();
    for until in ["25T00:00:00", "22T00:00:00"] {
        store.snooze_rotation(key(), at(until)).unwrap();
        assert_eq!(store.recall(key(), at("20T10:00:00")).unwrap().snoozed_until, Some(at(until)));
    }
    assert_eq!(store.recall(other_key(), at("20T10:00:00")).unwrap().snoozed_until, None);
    store.connection.execute("UPDATE keys SET rotation_snoozed_until = 9223372036854775807", []).unwrap();
    assert_eq!(store.recall(key(), at("20T10:00:00")).unwrap(), KeyHistory::default());
}

#[test]
fn a_key_is_remembered_while_it_is_snoozed_and_a_rotation_for_ever() {
    let mut store = store();
    let rotation = watched(&mut store);
    store.store_sample(other_key(), &sample(at("20T10:00:00"), 1.0), None).unwrap();
    store.snooze_rotation(key(), at("25T00:00:00")).unwrap();
    store.prune(at("25T00:00:00")).unwrap();
    store.prune_unused(at("25T00:00:00")).unwrap();
    assert_eq!(rows(&store, "keys"), 1);
    assert_eq!(store.recall(key(), at("20T10:00:00")).unwrap().snoozed_until, Some(at("25T00:00:00")));
    store.prune_unused(at("25T00:00:01")).unwrap();
    assert_eq!(rows(&store, "keys"), 0);
    assert_eq!(store.rotation(&prod()).unwrap(), Some(rotation));
}
