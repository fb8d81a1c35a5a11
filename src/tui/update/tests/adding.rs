//! The dialog that adds a key.

use super::*;
use crate::domain::api_key::{KeySource, ParseApiKeyError};
use crate::domain::error::{KeyErrorKind, examples};
use crate::domain::rotation::KeyCheckError;
use crate::tui::dialog::AddKeyError;

#[test]
fn a_typed_key_is_tried() {
    let mut desk = ScreenFixture::new();
    assert_eq!(desk.press(&["a"]), []);
    desk.type_text(CANARY, false);
    assert_eq!(desk.press(&["x", "backspace", "enter"]), [try_canary()]);
    assert_eq!(desk.dialog().unwrap().input.length(), 0);
    desk.answer(Ok(accepted()));
    assert!(desk.dialog().is_none());
    assert_eq!(desk.notice(), "dev: key …wxyz is accepted and stored");
}

#[test]
fn a_pasted_key_is_trimmed_and_tried() {
    let mut desk = ScreenFixture::new();
    desk.press(&["a", "n", "o", "ctrl-u"]);
    desk.paste(&format!("  {CANARY}\r\n"));
    assert_eq!(desk.press(&["enter"]), [try_canary()]);
}

#[test]
fn a_paste_that_comes_as_keystrokes_does_not_submit_itself() {
    let mut desk = ScreenFixture::new();
    desk.press(&["a"]);
    desk.type_text(CANARY, true);
    let enter = KeyPress { chord: Chord::plain(ChordKey::Enter), in_burst: true };
    assert_eq!(desk.send(Message::KeyPressed(enter)), []);
    assert!(desk.dialog().unwrap().trying.is_none());
    assert_eq!(desk.press(&["enter"]), [try_canary()]);
}

#[test]
fn commands_are_letters_in_the_dialog() {
    let mut desk = ScreenFixture::new();
    desk.press(&["a"]);
    assert_eq!(desk.press(&["q", "r", "R", "p", "a", "e", "b", "1", "?", "j", "space"]), []);
    assert_eq!(desk.dialog().unwrap().input.length(), 11);
}

#[test]
fn a_refused_key_leaves_the_message_and_an_empty_field() {
    let mut desk = ScreenFixture::new();
    desk.press(&["a"]);
    desk.paste(CANARY);
    desk.press(&["enter"]);
    desk.paste("more");
    assert_eq!(desk.press(&["x", "enter"]), [], "nothing can be typed while a key is tried");
    desk.answer(Err(refused()));
    let dialog = desk.dialog().unwrap();
    assert_eq!(dialog.error, Some(AddKeyError::NotStored(refused())));
    assert_eq!((dialog.input.length(), dialog.trying.is_none()), (0, true));
    desk.press(&["x"]);
    assert_eq!(desk.dialog().unwrap().error, None);
}

#[test]
fn what_can_be_no_key_is_not_tried() {
    let mut desk = ScreenFixture::new();
    desk.press(&["a"]);
    desk.paste("two words");
    assert_eq!(desk.press(&["enter"]), []);
    assert_eq!(desk.dialog().unwrap().error, Some(AddKeyError::Unusable(ParseApiKeyError::InnerBlank)));
}

#[test]
fn every_way_out_closes_the_dialog_and_gives_up_the_try() {
    for (key, actions) in [("esc", vec![]), ("ctrl-c", vec![Action::Quit]), ("ctrl-z", vec![Action::Suspend])] {
        let mut desk = ScreenFixture::new();
        desk.press(&["a"]);
        desk.paste(CANARY);
        assert_eq!(desk.press(&[key]), actions);
        assert!(desk.dialog().is_none());

        desk.press(&["a"]);
        desk.paste(CANARY);
        desk.press(&["enter"]);
        let cancelled: Vec<_> = std::iter::once(Action::CancelKeyTrial(name("dev"))).chain(actions).collect();
        assert_eq!(desk.press(&[key]), cancelled);
        assert!(desk.dialog().is_none());
    }
}

#[test]
fn what_speaks_against_a_key_is_insisted_on_one_by_one() {
    let mut desk = ScreenFixture::of(snapshot(vec![no_key("dev"), prod()]), false);
    desk.press(&["1", "a"]);
    assert_eq!(desk.press(&["ctrl-y"]), [], "nothing speaks against anything yet");
    desk.paste(CANARY);
    let overrides = KeyCheckOverrides::default();
    let key = ApiKey::parse(CANARY).unwrap();
    assert_eq!(desk.press(&["enter"]), [Action::TryKey { environment: name("dev"), key, overrides }]);
    let against = EnrollmentError::CheckFailed;
    desk.answer(Err(against(KeyCheckError::KeyOf(name("prod")))));
    let overrides = KeyCheckOverrides { shared: true, replace: Replace::Nothing };
    assert_eq!(desk.press(&["ctrl-y"]), [Action::ForceKey { environment: name("dev"), overrides }]);
    let other = KeyIdentity { fingerprint: "00ab78bf".parse().unwrap(), ending: None };
    desk.answer(Err(against(KeyCheckError::Replaces(other.clone()))));
    let overrides = KeyCheckOverrides { shared: true, replace: Replace::Only(other.fingerprint) };
    assert_eq!(desk.press(&["ctrl-y"]), [Action::ForceKey { environment: name("dev"), overrides }]);
    desk.answer(Err(refused()));
    assert_eq!(desk.press(&["ctrl-y"]), [], "a key that the service refuses is not stored");
    assert_eq!(desk.press(&["esc"]), []);

    desk.press(&["a"]);
    desk.paste(CANARY);
    desk.press(&["enter"]);
    desk.answer(Err(against(KeyCheckError::KeyOf(name("prod")))));
    assert_eq!(desk.press(&["x", "ctrl-y"]), [], "another key is being typed");
    desk.press(&["enter"]);
    desk.answer(Err(against(KeyCheckError::KeyOf(name("prod")))));
    assert_eq!(desk.press(&["esc"]), [Action::CancelKeyTrial(name("dev"))], "the key is wiped");
}

#[test]
fn an_outcome_after_the_dialog_closed_is_still_told() {
    let mut desk = ScreenFixture::new();
    desk.answer(Ok(accepted()));
    assert_eq!(desk.notice(), "dev: key …wxyz is accepted and stored");
    desk.answer(Err(refused()));
    let told =
        "Copy the whole key again, or make a new one at https://app.trackyard.com/api-keys, and press a to store it.";
    assert!(desk.notice().starts_with("dev: nothing was stored: "), "{}", desk.notice());
    assert!(desk.notice().ends_with(told), "{}", desk.notice());
}

#[test]
fn a_stored_key_that_is_not_used_is_told_with_what_comes_first() {
    let mut desk = ScreenFixture::new();
    let source = KeySource::Variable("TRACKYARD_API_KEY_DEV".to_owned());
    desk.answer(Ok(KeyAccepted { overridden_by: Some(source), ..accepted() }));
    assert_eq!(desk.notice(), "dev: key …wxyz is accepted and stored, but TRACKYARD_API_KEY_DEV comes first");
    assert_eq!(desk.screen.notice.unwrap().severity, Severity::Warning);
}

#[test]
fn of_a_key_that_may_be_stored_nobody_says_that_it_is_not() {
    let mut desk = ScreenFixture::new();
    let refused = EnrollmentError::Unwritten(examples::of(KeyErrorKind::Slow));
    desk.answer(Err(refused.clone()));
    assert!(desk.notice().starts_with("dev: it is not known whether the key was stored: "), "{}", desk.notice());
    desk.press(&["a"]);
    desk.paste(CANARY);
    desk.press(&["enter"]);
    desk.answer(Err(refused));
    let picture = text(&draw(&desk.screen, &desk.owned.context(), 120, 40));
    assert!(picture.contains("It is not known whether"), "{picture}");
    assert!(!picture.contains("nothing was stored"), "{picture}");
}

#[test]
fn an_outcome_for_another_environment_leaves_the_dialog_alone() {
    let mut desk = ScreenFixture::new();
    desk.press(&["2", "a"]);
    desk.paste(CANARY);
    desk.press(&["enter"]);
    desk.answer(Ok(accepted()));
    assert!(desk.dialog().unwrap().trying.is_some());
}
