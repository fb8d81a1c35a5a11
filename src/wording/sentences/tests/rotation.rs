//! Rotation in words.

use super::*;

#[test]
fn rotation_tells_the_date_and_the_days() {
    let soon = |minutes: i64| said(&rotated_by(minutes_ago(-minutes), Flag::RotateSoon));
    let overdue = |minutes: i64| said(&rotated_by(minutes_ago(minutes), Flag::RotateOverdue));
    let day = 24 * 60;
    assert_eq!(soon(9 * day), ["▲ rotate by 30 Nov, in 9 days"]);
    assert_eq!(soon(60), ["▲ rotate by 21 Nov, within 1 day"]);
    assert_eq!(soon(50 * day), ["▲ rotate by 10 Jan 2027, in 50 days"]);
    assert_eq!(overdue(0), ["✖ rotate overdue since 21 Nov"]);
    assert_eq!(overdue(60), ["✖ rotate overdue since 21 Nov"]);
    assert_eq!(overdue(5 * day), ["✖ rotate overdue by 5 days, since 16 Nov"]);
    assert_eq!(advice(&prod()), Some(RemedyReason::RotationDue));
}

#[test]
fn dates_are_local() {
    let environment = rotated_by("2026-11-30T23:30:00Z".parse().unwrap(), Flag::RotateSoon);
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    assert_eq!(sentences(&environment, now(), &zone)[0].text, "rotate by 1 Dec, in 10 days");
}

#[test]
fn a_rotation_tells_what_it_waits_for() {
    let told = |stage| said(&rotating(calm_staging(), stage));
    assert_eq!(told(RotationStage::Started), ["▲ rotation since 18 Nov: waiting for the new key"]);
    assert_eq!(told(RotationStage::Promoting), ["- rotation since 18 Nov: the new key is being put in place"]);
    assert_eq!(told(RotationStage::Watching), ["▲ old key …a01b still used 4 min ago"]);
    assert_eq!(told(RotationStage::RollingBack), ["- rotation since 18 Nov: the old key is being put back"]);
    assert_eq!(told(RotationStage::RolledBack), ["▲ rotation since 18 Nov: rolled back"]);
    assert_eq!(told(RotationStage::Abandoning), ["- rotation since 18 Nov: it is being given up"]);
    assert_eq!(told(RotationStage::Erasing), ["- rotation since 18 Nov: the old key is refused, and is being erased"]);
    for stage in [RotationStage::Completed, RotationStage::Abandoned] {
        assert_eq!(told(stage), Vec::<String>::new());
    }
    assert_eq!(advice(&rotating(calm_staging(), RotationStage::Started)), Some(RemedyReason::RotationWaits));
    assert_eq!(advice(&rotating(calm_staging(), RotationStage::Promoting)), None);
}

#[test]
fn nobody_is_told_to_revoke_the_old_key_while_the_new_one_does_not_answer() {
    let unused = |new_key| {
        let mut environment = used(rotating(staging(), RotationStage::Watching), 185);
        environment.rotation.as_mut().unwrap().new_key = new_key;
        said(&environment).concat()
    };
    let failure = PollError::new(RequestError::Stranger { host: "api.trackyard.com".into(), status: 511 }, true);
    assert!(unused(NewKeyState::Answers).contains("revoke it"));
    assert_eq!(unused(NewKeyState::Unknown), "- old key …a01b unused for 3 h");
    let told = "▲ don't revoke the old key …a01b: the new one can't be checked now (this network asks to sign in \
                before it lets anything through (511)); keep both";
    assert_eq!(unused(NewKeyState::Fails(failure)), told);
    let answered = |status| {
        let failure = PollError::new(RequestError::Status { status, said: None }, true);
        unused(NewKeyState::Fails(failure))
    };
    for (status, silent, way_out) in [
        (401, "does not work", "roll back"),
        (403, "does not work", "roll back"),
        (503, "can't be checked now", "roll back"),
        (402, "can't be checked now", "keep both"),
        (429, "can't be checked now", "keep both"),
    ] {
        let told = answered(status);
        assert!(told.contains(silent) && told.ends_with(way_out), "{status}: {told}");
    }
}

#[test]
fn an_old_key_is_called_unused_only_after_an_hour_that_was_watched() {
    let watching = || rotating(staging(), RotationStage::Watching);
    let told = |environment: EnvironmentSnapshot| said(&environment).concat();
    assert_eq!(told(used(watching(), 0)), "▲ old key …a01b still used now");
    assert_eq!(told(used(watching(), 59)), "▲ old key …a01b still used 59 min ago");
    assert_eq!(told(used(watching(), 61)), "- old key …a01b unused since 13:31");
    assert_eq!(told(used(watching(), 62)), "▲ old key …a01b unused for 1 h: revoke it");
    assert_eq!(told(used(watching(), 185)), "▲ old key …a01b unused for 3 h: revoke it");
    let before = 3 * 24 * 60;
    assert_eq!(told(used(watching(), before)), "▲ old key …a01b unused for 47 h: revoke it");
    let unpolled = with_old_key(used(watching(), before), |old| old.polled_at = Some(minutes_ago(before)));
    assert_eq!(told(unpolled), "- can't tell yet whether the old key …a01b is still used");
    let unknown = with_old_key(watching(), |old| (old.polled_at, old.others_use) = (None, None));
    assert_eq!(told(unknown), "- can't tell yet whether the old key …a01b is still used");
    let estimated = with_old_key(watching(), |old| old.others_use.as_mut().unwrap().exact = false);
    assert_eq!(told(estimated), "▲ old key …a01b still used about 4 min ago");
    assert_eq!(told(old_refused(watching())), "- old key …a01b refused: it is erased once that is certain");
    let mut unwatched = watching();
    unwatched.rotation.as_mut().unwrap().old_key = None;
    assert_eq!(told(unwatched), "- can't tell yet whether the old key 7d793037 is still used");
}

#[test]
fn a_rotation_that_is_held_up_says_why() {
    let environment = held_up(rotating(calm_staging(), RotationStage::RolledBack));
    let error = "▲ the rotation is held up: the keyring is locked";
    assert_eq!(said(&environment), [error, "▲ rotation since 18 Nov: rolled back"]);
}

#[test]
fn a_reminder_that_is_put_off_says_until_when() {
    assert_eq!(said(&put_off(staging())), ["- snoozed until 28 Nov; rotate by 1 Dec, in 10 days"]);
    let past = EnvironmentSnapshot { snoozed_until: Some(minutes_ago(1)), ..put_off(staging()) };
    assert_eq!(said(&past), Vec::<String>::new());
    let overdue = EnvironmentSnapshot { snoozed_until: put_off(staging()).snoozed_until, ..prod() };
    assert_eq!(said(&overdue), ["✖ rotate overdue by 5 days, since 16 Nov"]);
    assert_eq!(said(&put_off(calm_staging())), Vec::<String>::new());
}

#[test]
fn a_key_is_rotated_where_it_comes_from() {
    let mut environment = staging();
    environment.key.as_mut().unwrap().source = KeySource::Command;
    let told = &sentences(&environment, now(), &TimeZone::UTC)[0];
    let there = "make a new key on the web page, and put it where key_command takes it from";
    let dashboard = RemedyAudience::Dashboard { add: Some("a".to_owned()), rotate: Some("o".to_owned()) };
    assert_eq!(told.advice.as_ref().map(|advice| advice.at(&dashboard)).as_deref(), Some(there));
    assert_eq!(advice(&rotating(prod(), RotationStage::Started)), None, "the rotation says it");
}
