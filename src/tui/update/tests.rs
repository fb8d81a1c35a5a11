//! Effects of messages. The dialogs that add, rotate and remove a key, and `--read-only`, are tested beside.

mod absence;
mod acknowledging;
mod adding;
mod bursts;
mod clicking;
mod copying;
mod finding;
mod read_only;
mod refreshing;
mod removing;
mod rotating;

use zeroize::Zeroizing;

use super::*;
use crate::domain::api_key::{ApiKey, KeyIdentity};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::EnrollmentError;
use crate::domain::rotation::{KeyCheckOverrides, Replace};
use crate::monitor::snapshot::Snapshot;
use crate::testing::*;
use crate::tui::ChartRange;
use crate::tui::keymap::{Chord, ChordKey, Keymap};
use crate::tui::message::KeyAccepted;
use crate::tui::notice::ScreenNotice;

const CANARY: &str = "trackyard_live_canary_0123wxyz";

struct ScreenFixture {
    screen: Screen,
    owned: OwnedViewContext,
}

impl ScreenFixture {
    fn new() -> Self {
        Self::of(usual(), false)
    }

    fn of(snapshot: Snapshot, read_only: bool) -> Self {
        let mut settings = settings();
        settings.read_only = read_only;
        Self { screen: Screen::new(settings), owned: OwnedViewContext::new(snapshot) }
    }

    fn send(&mut self, message: Message) -> Vec<Action> {
        update(&mut self.screen, &self.owned.context(), message)
    }

    /// Presses keys by their names, and answers with all that is to be done.
    fn press(&mut self, keys: &[&str]) -> Vec<Action> {
        keys.iter().flat_map(|key| self.send(press(key))).collect()
    }

    /// Presses keys where no browser can be opened, so that the addresses are shown instead.
    fn press_without_browser(&mut self, keys: &[&str]) {
        for action in self.press(keys) {
            if matches!(action, Action::OpenWebPage) {
                self.send(Message::WebPageOpened(false));
            }
        }
    }

    fn type_text(&mut self, text: &str, in_burst: bool) {
        for character in text.chars() {
            let chord = Chord::plain(ChordKey::Character(character));
            assert_eq!(self.send(Message::KeyPressed(KeyPress { chord, in_burst })), []);
        }
    }

    fn paste(&mut self, text: &str) {
        assert_eq!(self.send(Message::Pasted(Zeroizing::new(text.to_owned()))), []);
    }

    fn answer(&mut self, outcome: Result<KeyAccepted, EnrollmentError>) {
        assert_eq!(self.send(Message::KeyTried { environment: name("dev"), outcome }), []);
    }

    fn chosen(&self) -> &str {
        self.screen.chosen(&self.owned.snapshot).unwrap().environment.name.as_str()
    }

    fn dialog(&self) -> Option<&AddKey> {
        match &self.screen.overlay {
            Some(Overlay::Dialog(dialog)) => match dialog.as_ref() {
                Dialog::AddKey(dialog) => Some(dialog),
                _ => None,
            },
            _ => None,
        }
    }

    fn notice(&self) -> &str {
        self.screen.notice.as_ref().map_or("", |notice| &notice.text)
    }
}

/// Actions are compared by their parts, and keys by their fingerprints, which is all that `Debug` tells of them.
impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

fn name(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

fn try_canary() -> Action {
    let shown = dev().key.unwrap().identity.fingerprint;
    let overrides = KeyCheckOverrides { replace: Replace::Only(shown), ..KeyCheckOverrides::default() };
    Action::TryKey { environment: name("dev"), key: ApiKey::parse(CANARY).unwrap(), overrides }
}

fn accepted() -> KeyAccepted {
    let identity = KeyIdentity { fingerprint: "ba7816bf".parse().unwrap(), ending: Some("wxyz".to_owned()) };
    KeyAccepted { identity, overridden_by: None }
}

fn refused() -> EnrollmentError {
    EnrollmentError::Trial(revoked(prod()).poll_failure.unwrap())
}

#[test]
fn numbers_choose_and_arrows_go_round() {
    let mut desk = ScreenFixture::new();
    assert_eq!(desk.chosen(), "dev");
    for (key, chosen) in [
        ("3", "prod"),
        ("tab", "dev"),
        ("left", "prod"),
        ("h", "staging"),
        ("right", "prod"),
        ("1", "dev"),
        ("9", "dev"),
        ("l", "staging"),
        ("backtab", "dev"),
        ("j", "staging"),
        ("up", "dev"),
    ] {
        assert_eq!(desk.press(&[key]), []);
        assert_eq!(desk.chosen(), chosen, "after {key}");
    }
}

#[test]
fn without_environments_no_key_does_harm() {
    let mut desk = ScreenFixture::of(snapshot(Vec::new()), false);
    desk.press(&["1", "tab", "left", "r", "a", "e", "j", "?", "pagedown", "esc", "b", "esc"]);
    desk.send(Message::Clicked { column: 3, row: 3 });
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn commands_become_actions() {
    let mut desk = ScreenFixture::new();
    let cases = [
        ("r", Action::Refresh(name("dev"))),
        ("R", Action::RefreshAll),
        ("p", Action::TogglePause),
        ("ctrl-l", Action::Redraw),
        ("ctrl-z", Action::Suspend),
        ("q", Action::Quit),
        ("ctrl-c", Action::Quit),
    ];
    for (key, action) in cases {
        assert_eq!(desk.press(&[key]), [action], "{key}");
    }
}

#[test]
fn overlays_open_scroll_and_close() {
    let mut desk = ScreenFixture::new();
    desk.send(Message::Resized { columns: 80, rows: 12 });
    desk.press(&["?", "j", "j", "k"]);
    assert!(matches!(desk.screen.overlay, Some(Overlay::Help(1))));
    desk.press(&["pagedown"; 20]);
    let Some(Overlay::Help(end)) = desk.screen.overlay else { panic!("closed") };
    desk.press(&["j"]);
    assert!(end > 1 && matches!(desk.screen.overlay, Some(Overlay::Help(lines)) if lines == end));
    desk.send(Message::Resized { columns: 80, rows: 90 });
    assert!(matches!(desk.screen.overlay, Some(Overlay::Help(0))));
    desk.press(&["e"]);
    assert!(matches!(desk.screen.overlay, Some(Overlay::Events(EventList { scrolled: 0, .. }))));
    desk.press(&["r", "p", "a"]);
    assert!(matches!(desk.screen.overlay, Some(Overlay::Events(EventList { scrolled: 0, .. }))));
    desk.press(&["e"]);
    assert!(desk.screen.overlay.is_none());
    desk.press_without_browser(&["b"]);
    assert!(matches!(desk.screen.overlay, Some(Overlay::WebPages)));
    desk.press(&["esc"]);
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn pastes_outside_the_dialog_do_nothing() {
    let mut desk = ScreenFixture::new();
    desk.paste("q");
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn bindings_of_the_configuration_hold() {
    let overrides = [("refresh".to_owned(), vec!["f5".to_owned()])].into();
    let mut settings = settings();
    settings.keymap = Keymap::with_overrides(&overrides).unwrap();
    let mut desk = ScreenFixture { screen: Screen::new(settings), owned: OwnedViewContext::new(usual()) };
    assert_eq!(desk.press(&["r", "f5"]), [Action::Refresh(name("dev"))]);
}

#[test]
fn debug_shows_nothing_that_was_typed_or_pasted() {
    let mut desk = ScreenFixture::new();
    desk.press(&["a"]);
    desk.paste(CANARY);
    assert!(!format!("{:?}", desk.screen).contains("canary"));
    assert!(!format!("{:?}", Message::Pasted(Zeroizing::new(CANARY.to_owned()))).contains("canary"));
    assert!(!format!("{:?}", try_canary()).contains("canary"));
    let typed = Message::KeyPressed(KeyPress { chord: Chord::plain(ChordKey::Character('c')), in_burst: false });
    assert!(!format!("{typed:?}").contains('c'));
}

#[test]
fn notices_are_shown_until_the_next_key() {
    let mut desk = ScreenFixture::new();
    desk.send(Message::Noticed(ScreenNotice { severity: Severity::Warning, text: "told".to_owned() }));
    assert_eq!(desk.notice(), "told");
    desk.press(&["2"]);
    assert_eq!(desk.notice(), "");
}

#[test]
fn the_range_of_the_chart_is_made_shorter_and_longer() {
    let (mut screen, owned) = (screen(), OwnedViewContext::new(usual()));
    let after = |key| {
        assert_eq!(update(&mut screen, &owned.context(), press(key)), []);
        screen.chart_range()
    };
    assert_eq!(
        ["[", "[", "]", "]", "]", "]", "["].map(after),
        [
            ChartRange::Day,
            ChartRange::Day,
            ChartRange::Week,
            ChartRange::Month,
            ChartRange::Quarter,
            ChartRange::Quarter,
            ChartRange::Month
        ]
    );
}
