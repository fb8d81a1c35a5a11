//! The web page and the clipboard.

use super::*;

#[test]
fn the_fingerprint_of_the_chosen_key_is_copied_and_never_the_key() {
    let mut desk = ScreenFixture::new();
    let fingerprint = prod().key.unwrap().identity.fingerprint;
    assert_eq!(desk.press(&["3", "c"]), [Action::Copy(ClipboardContent::Fingerprint(fingerprint))]);
    assert_eq!(desk.press(&["u", "c"]), [Action::Copy(ClipboardContent::Fingerprint(fingerprint))]);
    let mut keyless = ScreenFixture::of(snapshot(vec![no_key("prod")]), false);
    assert_eq!(keyless.press(&["c"]), []);
    assert_eq!(keyless.notice(), "PROD has no key, so there is no fingerprint to copy");
}

#[test]
fn the_web_page_is_opened_or_else_its_address_is_shown_and_copied() {
    let mut desk = ScreenFixture::new();
    assert_eq!(desk.press(&["b"]), [Action::OpenWebPage]);
    assert!(desk.screen.overlay.is_none());
    desk.send(Message::WebPageOpened(true));
    assert!(desk.screen.overlay.is_none());
    assert_eq!(desk.notice(), "opened https://app.trackyard.com/api-keys");
    desk.send(Message::WebPageOpened(false));
    assert!(matches!(desk.screen.overlay, Some(Overlay::WebPages)));
    let address = ClipboardContent::Address("https://app.trackyard.com/api-keys");
    assert_eq!(desk.press(&["c"]), [Action::Copy(address)]);
}

#[test]
fn an_address_that_comes_late_covers_nothing_that_was_opened_meanwhile() {
    let mut desk = ScreenFixture::new();
    desk.press(&["b", "a", "x"]);
    desk.send(Message::WebPageOpened(false));
    assert!(desk.dialog().is_some());
    assert_eq!(desk.notice(), "no browser could be opened: https://app.trackyard.com/api-keys");
}
