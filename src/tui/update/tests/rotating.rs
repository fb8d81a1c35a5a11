//! The dialog that rotates a key: what each key of the keyboard does in each state.

use super::*;
use crate::domain::account::AccountPlan;
use crate::domain::api_key::{KeySource, ParseApiKeyError};
use crate::domain::error::EnrollmentError;
use crate::domain::rotation::{KeyCheckError, RotationError};
use crate::domain::rotation::{RotationRequest, RotationStage};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::RotateDialogError;
use strum::VariantArray as _;

impl ScreenFixture {
    /// A desk whose only environment is this one, after some keys.
    pub(super) fn with(environment: EnvironmentSnapshot, keys: &[&str]) -> Self {
        let mut desk = Self::of(snapshot(vec![environment]), false);
        assert_eq!(desk.press(keys), []);
        desk
    }

    /// The same with a new key offered.
    fn offered(environment: EnvironmentSnapshot) -> Self {
        let mut desk = Self::with(environment, &["o"]);
        desk.paste(CANARY);
        assert_eq!(desk.press(&["enter"]).len(), 1);
        desk
    }

    pub(super) fn becomes(&mut self, environment: EnvironmentSnapshot) {
        self.owned.snapshot = snapshot(vec![environment]);
    }

    fn rotation_answered(&mut self, environment: &str, outcome: Result<(), RotationError>) -> Vec<Action> {
        self.send(Message::RotationAnswered { environment: name(environment), outcome })
    }

    fn rotate(&self) -> Option<&Rotate> {
        match &self.screen.overlay {
            Some(Overlay::Dialog(dialog)) => match dialog.as_ref() {
                Dialog::Rotate(dialog) => Some(dialog),
                _ => None,
            },
            _ => None,
        }
    }

    fn problem(&self) -> Option<&RotateDialogError> {
        self.rotate()?.error.as_ref()
    }
}

pub(super) fn started() -> EnvironmentSnapshot {
    rotating(prod(), RotationStage::Started)
}

fn offer(environment: &str) -> Action {
    Action::TryNewKey { environment: name(environment), key: ApiKey::parse(CANARY).unwrap() }
}

/// A request that names the rotation which the operator has seen.
fn change(seen: EnvironmentSnapshot, request: RotationRequest) -> Action {
    Action::Rotation(Box::new(seen.rotation.unwrap().rotation.id()), request)
}

fn not_taken(can_override: bool) -> Result<(), RotationError> {
    let plan = AccountPlan::default();
    Err(if can_override {
        RotationError::CheckFailed(KeyCheckError::OtherAccount { old: plan.clone(), new: plan })
    } else {
        RotationError::Refused(EnrollmentError::Busy)
    })
}

const BUSY: &str = "another process is changing keys just now. Try again in a moment.";

/// Every chord that a dialog may know, and some that none does.
const CHORDS: [&str; 22] = [
    "enter",
    "ctrl-b",
    "ctrl-x",
    "ctrl-p",
    "ctrl-y",
    "ctrl-s",
    "ctrl-u",
    "ctrl-l",
    "ctrl-o",
    "alt-x",
    "tab",
    "backspace",
    "delete",
    "left",
    "pageup",
    "f1",
    "y",
    "o",
    "x",
    "q",
    "space",
    "?",
];

/// Command of each chord in a state, without the chords that do nothing.
fn deeds(desk: impl Fn() -> ScreenFixture) -> Vec<(&'static str, Vec<Action>)> {
    let deed = |chord| (chord, desk().press(&[chord]));
    CHORDS.into_iter().map(deed).filter(|(_, actions)| !actions.is_empty()).collect()
}

#[test]
fn each_state_of_a_rotation_knows_its_own_keys() {
    let redraw = ("ctrl-l", vec![Action::Redraw]);
    let of = |environment: EnvironmentSnapshot| deeds(|| ScreenFixture::with(environment.clone(), &["o"]));
    let start = |of| ("enter", vec![Action::StartRotation(name(of))]);
    let snooze = ("ctrl-s", vec![Action::SnoozeRotation(name("staging"))]);
    let abandon = |environment| ("ctrl-x", vec![change(environment, RotationRequest::Abandon)]);
    let promote = ("ctrl-p", vec![change(rotating(prod(), RotationStage::RolledBack), RotationRequest::PromoteAgain)]);
    assert_eq!(of(prod()), [start("prod"), redraw.clone()]);
    assert_eq!(of(staging()), [start("staging"), snooze.clone(), redraw.clone()]);
    assert_eq!(of(started()), [abandon(started()), redraw.clone()]);
    let started_staging = rotating(staging(), RotationStage::Started);
    assert_eq!(of(started_staging.clone()), [abandon(started_staging), snooze, redraw.clone()]);
    assert_eq!(of(rotating(prod(), RotationStage::RolledBack)), [promote, redraw.clone()]);
    for stage in [
        RotationStage::Promoting,
        RotationStage::Watching,
        RotationStage::RollingBack,
        RotationStage::Abandoning,
        RotationStage::Erasing,
    ] {
        assert_eq!(of(rotating(prod(), stage)), std::slice::from_ref(&redraw), "{stage:?}");
    }
    for blocked in [no_key("qa"), key_unavailable(&dev()), elsewhere(prod())] {
        assert_eq!(of(blocked), std::slice::from_ref(&redraw));
    }
}

pub(super) fn elsewhere(mut environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    environment.key.as_mut().unwrap().source = KeySource::Command;
    environment
}

#[test]
fn nothing_can_be_done_while_an_answer_is_awaited() {
    let redraw = [("ctrl-l", vec![Action::Redraw])];
    let starting = || {
        let mut desk = ScreenFixture::with(prod(), &["o"]);
        desk.press(&["enter"]);
        desk
    };
    assert_eq!(deeds(starting), redraw);
    assert_eq!(deeds(|| ScreenFixture::offered(started())), redraw);
    let mut desk = ScreenFixture::offered(started());
    desk.paste("more");
    desk.press(&["x"]);
    assert_eq!(desk.rotate().unwrap().input.length(), 0);
}

#[test]
fn a_rotation_is_started_once() {
    let mut desk = ScreenFixture::with(prod(), &["o"]);
    let burst = KeyPress { chord: Chord::plain(ChordKey::Enter), in_burst: true };
    assert_eq!(desk.send(Message::KeyPressed(burst)), []);
    assert_eq!(desk.press(&["enter", "enter"]), [Action::StartRotation(name("prod"))]);
    desk.becomes(started());
    assert_eq!(desk.rotation_answered("prod", Ok(())), []);
    desk.type_text("a new key", false);
    assert_eq!(desk.rotate().unwrap().input.length(), 9);
}

#[test]
fn a_start_that_failed_says_why_and_can_be_repeated() {
    let mut desk = ScreenFixture::with(prod(), &["o"]);
    desk.press(&["enter"]);
    desk.rotation_answered("prod", not_taken(false));
    assert_eq!(desk.problem(), not_taken(false).err().map(RotateDialogError::NotTaken).as_ref());
    assert_eq!(desk.press(&["enter"]), [Action::StartRotation(name("prod"))]);
    assert_eq!(desk.press(&["esc"]), [], "no key was handed over");
}

#[test]
fn a_new_key_is_typed_or_pasted_and_offered() {
    let mut desk = ScreenFixture::with(started(), &["o", "n", "o", "ctrl-u"]);
    desk.paste(&format!("  {CANARY}\r\n"));
    assert_eq!(desk.press(&["enter"]), [offer("prod")]);
    assert_eq!(desk.rotate().unwrap().input.length(), 0);

    let mut desk = ScreenFixture::with(started(), &["o"]);
    desk.type_text(CANARY, true);
    let burst = KeyPress { chord: Chord::plain(ChordKey::Enter), in_burst: true };
    assert_eq!(desk.send(Message::KeyPressed(burst)), []);
    assert_eq!(desk.press(&["x", "backspace", "enter"]), [offer("prod")]);

    let mut desk = ScreenFixture::with(started(), &["o"]);
    desk.paste("two words");
    assert_eq!(desk.press(&["enter"]), []);
    assert_eq!(desk.problem(), Some(&RotateDialogError::Unusable(ParseApiKeyError::InnerBlank)));
}

#[test]
fn a_key_that_was_not_taken_leaves_the_reason_and_is_wiped_at_the_end() {
    let mut desk = ScreenFixture::offered(started());
    assert_eq!(desk.rotation_answered("prod", not_taken(false)), []);
    assert_eq!(desk.problem(), not_taken(false).err().map(RotateDialogError::NotTaken).as_ref());
    assert_eq!(desk.press(&["ctrl-y"]), [], "only another account can be overridden");
    desk.paste(CANARY);
    assert_eq!(desk.problem(), None);
    assert_eq!(desk.press(&["esc"]), [Action::CancelKeyTrial(name("prod"))]);
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn one_may_insist_on_a_key_of_another_account() {
    let mut desk = ScreenFixture::offered(started());
    desk.rotation_answered("prod", not_taken(true));
    assert_eq!(desk.press(&["ctrl-y"]), [Action::ForceNewKey(name("prod"))]);
    assert_eq!(desk.press(&["ctrl-y"]), []);
    desk.becomes(rotating(prod(), RotationStage::Watching));
    desk.rotation_answered("prod", Ok(()));
    assert_eq!(desk.press(&["esc"]), [], "it is in use, and nothing is kept of it");

    let mut desk = ScreenFixture::offered(started());
    desk.rotation_answered("prod", not_taken(true));
    desk.press(&["x"]);
    assert_eq!(desk.press(&["ctrl-y"]), [], "another key is being typed");
    assert_eq!(desk.press(&["esc"]), [Action::CancelKeyTrial(name("prod"))]);
}

#[test]
fn every_way_out_takes_back_a_key_that_was_handed_over() {
    for (key, actions) in [("esc", vec![]), ("ctrl-c", vec![Action::Quit]), ("ctrl-z", vec![Action::Suspend])] {
        let mut typed = ScreenFixture::with(started(), &["o"]);
        typed.paste(CANARY);
        assert_eq!(typed.press(&[key]), actions);
        let cancelled: Vec<_> = std::iter::once(Action::CancelKeyTrial(name("prod"))).chain(actions).collect();
        let mut trying = ScreenFixture::offered(started());
        assert_eq!(trying.press(&[key]), cancelled);
        let mut refused = ScreenFixture::offered(started());
        refused.rotation_answered("prod", not_taken(true));
        assert_eq!(refused.press(&[key]), cancelled);
        let mut insisting = ScreenFixture::offered(started());
        insisting.rotation_answered("prod", not_taken(true));
        insisting.press(&["ctrl-y"]);
        assert_eq!(insisting.press(&[key]), cancelled);
        for desk in [typed, trying, refused, insisting] {
            assert!(desk.screen.overlay.is_none(), "{key}");
        }
    }
}

#[test]
fn answers_that_come_late_are_told_and_what_is_kept_for_them_is_wiped() {
    let mut desk = ScreenFixture::offered(started());
    desk.press(&["esc"]);
    assert_eq!(desk.rotation_answered("prod", not_taken(true)), [Action::CancelKeyTrial(name("prod"))]);
    assert!(desk.notice().starts_with("prod: this key answers for another account: "), "{}", desk.notice());
    assert_eq!(desk.rotation_answered("prod", Ok(())), []);
    assert!(desk.screen.overlay.is_none());

    let mut desk = ScreenFixture::offered(started());
    assert_eq!(desk.rotation_answered("dev", not_taken(false)), []);
    assert_eq!(desk.notice(), format!("dev: {BUSY}"));
    assert!(desk.rotate().unwrap().pending.is_some() && desk.problem().is_none());

    let mut desk = ScreenFixture::with(started(), &["o"]);
    desk.rotation_answered("prod", not_taken(false));
    assert_eq!(desk.problem(), None, "nothing was asked for");
}

#[test]
fn a_key_that_is_typed_when_another_process_goes_on_is_wiped() {
    let mut desk = ScreenFixture::with(started(), &["o"]);
    desk.paste(CANARY);
    desk.becomes(rotating(prod(), RotationStage::Watching));
    assert_eq!(desk.press(&["enter"]), []);
    assert_eq!(desk.rotate().unwrap().input.length(), 0);
}

#[test]
fn rolling_back_is_confirmed_by_a_second_press_or_by_the_name_of_production() {
    let watching = |environment| rotating(environment, RotationStage::Watching);
    let roll_back = change(watching(staging()), RotationRequest::RollBack);
    let mut desk = ScreenFixture::with(watching(staging()), &["o", "ctrl-b", "y", "enter", "ctrl-x"]);
    assert_eq!(desk.press(&["ctrl-b"]), [roll_back]);
    assert_eq!(desk.press(&["ctrl-b"]), []);

    let mut desk =
        ScreenFixture::with(watching(prod()), &["o", "ctrl-b", "ctrl-b", "enter", "p", "r", "o", "enter", "d"]);
    let burst = KeyPress { chord: Chord::plain(ChordKey::Enter), in_burst: true };
    assert_eq!(desk.send(Message::KeyPressed(burst)), []);
    assert_eq!(desk.press(&["enter"]), [change(watching(prod()), RotationRequest::RollBack)]);

    let mut desk = ScreenFixture::with(watching(prod()), &["o", "ctrl-b"]);
    desk.paste("prod");
    assert_eq!(desk.press(&["enter"]), [], "a paste is no confirmation");
    assert_eq!(desk.press(&["esc"]), []);
    assert!(desk.rotate().unwrap().confirmation.is_none(), "Esc takes the question back alone");
    assert_eq!(desk.press(&["esc"]), []);
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn giving_up_a_kept_key_is_confirmed_too() {
    let mut desk = ScreenFixture::with(rotating(staging(), RotationStage::RolledBack), &["o", "ctrl-x", "ctrl-p"]);
    assert_eq!(
        desk.press(&["ctrl-x"]),
        [change(rotating(staging(), RotationStage::RolledBack), RotationRequest::Abandon)]
    );
    desk.rotation_answered("staging", Ok(()));
    assert_eq!(desk.problem(), None);
}

#[test]
fn a_question_that_no_longer_fits_is_taken_back() {
    let mut desk = ScreenFixture::with(rotating(staging(), RotationStage::Watching), &["o", "ctrl-b"]);
    desk.becomes(rotating(staging(), RotationStage::Erasing));
    assert_eq!(desk.press(&["ctrl-b"]), []);
    assert!(desk.rotate().unwrap().confirmation.is_none());
}

#[test]
fn a_question_about_a_rotation_is_taken_back_once_that_is_another_one() {
    let mut desk = ScreenFixture::with(rotating(staging(), RotationStage::Watching), &["o", "ctrl-b"]);
    let mut next = rotating(staging(), RotationStage::Watching);
    next.rotation.as_mut().unwrap().rotation.number += 1;
    desk.becomes(next);
    assert_eq!(desk.press(&["ctrl-b"]), [], "it is asked anew");
}

#[test]
fn the_end_of_a_rotation_starts_no_other() {
    let mut desk = ScreenFixture::with(rotating(prod(), RotationStage::Watching), &["o"]);
    desk.becomes(EnvironmentSnapshot { rotation: None, ..rotating(prod(), RotationStage::Watching) });
    assert_eq!(desk.press(&["enter", "enter"]), []);
    desk.press(&["esc", "o"]);
    assert_eq!(desk.press(&["enter"]), [Action::StartRotation(name("prod"))]);
}

#[test]
fn only_a_reminder_can_be_put_off() {
    let mut desk = ScreenFixture::with(prod(), &["o", "ctrl-s"]);
    assert_eq!(desk.problem(), Some(&RotateDialogError::Overdue));
    desk = ScreenFixture::with(calm_prod(), &["o", "ctrl-s"]);
    assert_eq!(desk.problem(), Some(&RotateDialogError::NoReminder));
    desk = ScreenFixture::with(put_off(staging()), &["o", "ctrl-s"]);
    assert_eq!(desk.problem(), Some(&RotateDialogError::NoReminder));
    assert_eq!(desk.press(&["esc"]), []);
}

#[test]
fn hints_tell_what_works_and_nothing_else() {
    let environments =
        [prod(), staging(), started(), rotating(staging(), RotationStage::Started), no_key("qa"), elsewhere(dev())];
    let rotating = RotationStage::VARIANTS.iter().copied().take(7).map(|stage| rotating(prod(), stage));
    for environment in environments.into_iter().chain(rotating) {
        for keys in [&["o"][..], &["o", "x"], &["x"], &["x", "p"], &["a"], &["o", "ctrl-b"], &["o", "ctrl-x"]] {
            let mut desk = ScreenFixture::of(snapshot(vec![environment.clone()]), false);
            desk.press(keys);
            let Some(Overlay::Dialog(dialog)) = &desk.screen.overlay else { continue };
            let offers = dialog.bindings(desk.owned.snapshot.environments.first().map(|environment| &**environment));
            for offer in offers.iter().filter(|offer| offer.label != "close") {
                let before = format!("{:?}", desk.screen.overlay);
                let mut after = ScreenFixture::of(snapshot(vec![environment.clone()]), false);
                after.press(keys);
                let actions = after.send(pressed(offer.chord));
                let changed = format!("{:?}", after.screen.overlay) != before;
                assert!(changed || !actions.is_empty() || offer.label == "clear", "{keys:?} {offer:?}");
            }
        }
    }
}

#[test]
fn debug_shows_nothing_that_was_typed_for_a_rotation() {
    let mut desk = ScreenFixture::with(started(), &["o"]);
    desk.paste(CANARY);
    assert!(!format!("{:?}", desk.screen).contains("canary"));
    let actions = desk.press(&["enter"]);
    assert!(!format!("{actions:?} {:?}", desk.screen).contains("canary"));
}
