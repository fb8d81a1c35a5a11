//! The dialog that guides through a rotation.

use insta::assert_snapshot;

use super::*;
use crate::domain::account::AccountPlan;
use crate::domain::error::EnrollmentError;
use crate::domain::rotation::{KeyCheckError, RotationError, RotationStage};
use crate::monitor::snapshot::NewKeyState;

fn open() -> DialogStep<'static> {
    Press(&["o"])
}

fn opened(environment: EnvironmentSnapshot) -> String {
    small(environment, vec![open()])
}

fn at(stage: RotationStage) -> EnvironmentSnapshot {
    rotating(prod(), stage)
}

fn answered(can_override: bool) -> DialogStep<'static> {
    let plan = |tier: &str, allowance| AccountPlan { tier: Some(tier.to_owned()), allowance: Some(allowance) };
    let error = if can_override {
        let (old, new) = (plan("pro", 50_000.0), plan("free", 50.0));
        RotationError::CheckFailed(KeyCheckError::OtherAccount { old, new })
    } else {
        RotationError::Refused(EnrollmentError::Trial(revoked(prod()).poll_failure.unwrap()))
    };
    Tell(Message::RotationAnswered { environment: "prod".parse().unwrap(), outcome: Err(error) })
}

#[test]
fn the_new_key_is_typed_and_tried() {
    assert_snapshot!("ready", opened(prod()));
    assert_eq!(
        new_lines(&opened(prod()), &small(prod(), vec![open(), Press(&["enter"])])),
        [" starting the rotation …"]
    );
    let step_1 = opened(at(RotationStage::Started));
    assert_snapshot!("step_1", step_1);
    let of_started = |steps: Vec<DialogStep<'_>>| {
        let steps = std::iter::once(open()).chain(steps).collect();
        small(at(RotationStage::Started), steps)
    };
    let [made, pasting] = [
        " ● 1  make the new key at https://app.trackyard.com/api-keys",
        " ▸ 2  paste it: it is tried first, the old one is kept aside",
    ];
    assert_eq!(
        new_lines(&step_1, &of_started(vec![Paste(KEY)])),
        [made, pasting, "      key  ••••••••••••••••••••••••  30 characters, …wxyz"]
    );
    let offered = || [Paste(KEY), Press(&["enter"])];
    assert_eq!(
        new_lines(&step_1, &of_started(offered().into())),
        [made, pasting, "      key  …wxyz", " trying the new key against /me …"]
    );
    let after = |can_override| of_started(offered().into_iter().chain([answered(can_override)]).collect());
    assert_eq!(
        new_lines(&step_1, &after(false)),
        [
            made,
            pasting,
            " ✖ The service doesn't accept this key (401). Check that you copied",
            " all of it, then paste it again.",
            " the old key stays in use"
        ]
    );
    assert_eq!(
        new_lines(&step_1, &after(true))[2..],
        [
            " ✖ This key answers for another account: free with 50 credits a",
            " month, where the old one has pro with 50,000 credits a month. Press",
            " Ctrl-Y to use it all the same.",
            " the old key stays in use"
        ]
    );
    assert_eq!(
        new_lines(&step_1, &opened(at(RotationStage::Promoting))),
        [made, pasting, "      new key a1d0c6e8 is being put in place"]
    );
}

#[test]
fn the_use_of_the_old_key_is_told_until_it_is_revoked() {
    let watching = || at(RotationStage::Watching);
    let step_3 = opened(watching());
    assert_snapshot!("step_3", step_3);
    assert_eq!(
        new_lines(&step_3, &opened(used(watching(), 40))),
        ["      ▲ old key …c2b7: used by others 40 min ago, 12 requests today"]
    );
    let unpolled = with_old_key(used(watching(), 5_000), |old| old.polled_at = None);
    assert_eq!(
        new_lines(&step_3, &opened(unpolled)),
        ["      ? old key …c2b7: can't tell yet whether others still use it, 12", "        requests today"]
    );
    let step_4 = opened(used(watching(), 185));
    assert_snapshot!("step_4", step_4);
    assert_eq!(
        new_lines(&step_4, &opened(old_refused(watching()))),
        ["      ● old key …c2b7: refused by the service", "        it is erased here once that is certain"]
    );
    let mut silent = used(watching(), 185);
    let failure = revoked(prod()).poll_failure.unwrap();
    silent.rotation.as_mut().unwrap().new_key = NewKeyState::Fails(failure);
    assert_snapshot!("new_key_silent", opened(silent));
    assert_snapshot!("erasing", opened(held_up(at(RotationStage::Erasing))));
}

#[test]
fn ways_back_and_ends() {
    let rolled_back = opened(at(RotationStage::RolledBack));
    assert_snapshot!("rolled_back", rolled_back);
    assert_eq!(
        new_lines(&rolled_back, &opened(at(RotationStage::RollingBack))),
        ["      old key …c2b7 is being put back in use"]
    );
    assert_eq!(
        new_lines(&opened(prod()), &opened(at(RotationStage::Abandoning)))[1..],
        [" giving up: what is kept of the new key is being erased here"]
    );
    let watching = at(RotationStage::Watching);
    let done = EnvironmentSnapshot { rotation: None, ..watching.clone() };
    assert_snapshot!("completed", small(watching, vec![open(), Become(Box::new(done))]));
    let given_up = small(at(RotationStage::RolledBack), vec![open(), Become(Box::new(prod()))]);
    assert_eq!(new_lines(&opened(prod()), &given_up), [" ● the rotation was given up: key …c2b7 stays in use"]);
}

#[test]
fn what_takes_a_key_out_of_use_is_confirmed() {
    let roll_back = |keys| vec![Press(&["o", "ctrl-b"]), Press(keys)];
    let prod = || at(RotationStage::Watching);
    assert_snapshot!("confirm", small(prod(), roll_back(&["p", "r", "x"])));
    assert_eq!(keys(prod(), roll_back(&["p", "r", "x"])), "Esc back");
    assert_eq!(keys(prod(), roll_back(&["p", "r", "o", "d"])), "Enter roll back, Esc back");
    let staging = || rotating(staging(), RotationStage::Watching);
    assert!(small(staging(), roll_back(&[])).contains("│   press Ctrl-B once more "));
    let rolled_back = rotating(super::staging(), RotationStage::RolledBack);
    assert_eq!(
        new_lines(&small(staging(), roll_back(&[])), &small(rolled_back, vec![Press(&["o", "ctrl-x"])])),
        [
            " ▸ 2  paste it: it is tried first, the old one is kept aside",
            " ○ 3  move your applications over to the new key",
            " ▲ give up: the new key is erased here, the old one stays in use",
            "   press Ctrl-X once more"
        ]
    );
}

#[test]
fn why_a_key_cannot_be_rotated_here_is_told_with_what_to_do() {
    let ready = opened(staging());
    assert_eq!(
        new_lines(&ready, &opened(no_key("qa")))[1..],
        [" ? qa has no key yet, so there is nothing to rotate", "   close this, and press a to add one"]
    );
    assert_eq!(
        new_lines(&ready, &opened(from_variable(staging()))),
        [
            " ? the key comes from TRACKYARD_API_KEY_STAGING, which is only read",
            "   here",
            "   rotate it there: put the new key in TRACKYARD_API_KEY_STAGING, and",
            "   revoke the old one when it is unused"
        ]
    );
    assert_eq!(
        new_lines(&ready, &opened(key_unavailable(&staging()))),
        [" ? the keyring is locked", "   unlock it with `gnome-keyring-daemon --replace --unlock` or", "   `seahorse`"]
    );
}

#[test]
fn a_reminder_is_put_off_while_the_key_is_not_past_its_time() {
    assert_eq!(
        new_lines(&opened(staging()), &opened(put_off(staging()))),
        [" key …a01b from keyring: rotate by 1 Dec, in 10 days; snoozed until", " 28 Nov"]
    );
    assert_eq!(
        new_lines(&opened(prod()), &small(prod(), vec![Press(&["o", "ctrl-s"])])),
        [" ✖ The key is overdue, so this reminder can't be put off"]
    );
    assert_eq!(keys(staging(), vec![open()]), "Enter start, Ctrl-S snooze a week, Esc close");
}
