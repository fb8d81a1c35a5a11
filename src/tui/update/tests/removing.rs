//! The dialog that erases a key from the key store.

use super::rotating::{elsewhere, started};
use super::*;
use crate::domain::error::{KeyringError, RemovalError};

impl ScreenFixture {
    fn removed(&mut self, environment: &str, outcome: Result<bool, RemovalError>) {
        assert_eq!(self.send(Message::KeyRemoved { environment: name(environment), outcome }), []);
    }

    fn remove(&self) -> Option<&RemoveKey> {
        match &self.screen.overlay {
            Some(Overlay::Dialog(dialog)) => match dialog.as_ref() {
                Dialog::RemoveKey(dialog) => Some(dialog),
                _ => None,
            },
            _ => None,
        }
    }
}

#[test]
fn a_key_is_removed_only_once_its_name_is_typed() {
    let remove = Action::RemoveKey(name("prod"));
    let mut desk = ScreenFixture::with(prod(), &["x", "enter", "y", "enter", "ctrl-u", "p", "r", "o", "enter"]);
    desk.paste("d");
    assert_eq!(desk.press(&["enter"]), []);
    let burst = KeyPress { chord: Chord::plain(ChordKey::Enter), in_burst: true };
    assert_eq!(desk.press(&["d"]), []);
    assert_eq!(desk.send(Message::KeyPressed(burst)), []);
    assert_eq!(desk.press(&["enter", "enter"]), [remove]);
    desk.removed("prod", Ok(true));
    assert!(desk.screen.overlay.is_none());
    assert_eq!(desk.notice(), "prod: the key is erased here; the service accepts it until it is revoked");

    let mut desk = ScreenFixture::with(dev(), &["x", "d", "e", "v"]);
    assert_eq!(desk.press(&["enter"]), [Action::RemoveKey(name("dev"))]);
    desk.removed("dev", Ok(false));
    assert_eq!(desk.notice(), "dev: there was no key to erase");
}

fn locked() -> RemovalError {
    RemovalError::KeyStore(keyring_failure(&name("dev"), KeyringError::Locked))
}

#[test]
fn a_removal_that_failed_says_why_and_asks_anew() {
    let mut desk = ScreenFixture::with(dev(), &["x", "d", "e", "v"]);
    desk.press(&["enter"]);
    desk.removed("dev", Err(locked()));
    assert_eq!(desk.remove().unwrap().error, Some(locked()));
    assert_eq!(desk.press(&["enter"]), []);
    assert_eq!(desk.press(&["d", "e", "v", "enter"]), [Action::RemoveKey(name("dev"))]);
}

#[test]
fn removals_that_are_answered_late_are_told() {
    let mut desk = ScreenFixture::with(dev(), &["x", "d", "e", "v"]);
    desk.press(&["enter"]);
    desk.removed("prod", Ok(true));
    assert!(desk.remove().unwrap().erasing);
    assert_eq!(desk.press(&["esc"]), []);
    desk.removed("dev", Err(locked()));
    assert!(desk.notice().starts_with("dev: the keyring is locked. Unlock it "), "{}", desk.notice());
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn a_key_of_another_source_or_of_a_rotation_cannot_be_removed() {
    for environment in [no_key("prod"), key_unavailable(&prod()), elsewhere(prod()), started()] {
        let mut desk = ScreenFixture::with(environment, &["x", "p", "r", "o", "d"]);
        assert_eq!(desk.press(&["enter"]), []);
        assert!(!desk.remove().unwrap().erasing);
    }
    let mut desk = ScreenFixture::with(prod(), &["x", "p", "r", "o", "d"]);
    desk.becomes(started());
    assert_eq!(desk.press(&["enter"]), [], "a rotation was started elsewhere meanwhile");
}
