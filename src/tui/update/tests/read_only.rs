//! Under `--read-only` nothing that is pressed, clicked, pasted or answered changes anything, and nothing is offered.

use super::*;
use crate::domain::account::AccountPlan;
use crate::domain::alert::Condition;
use crate::domain::error::KeyringError;
use crate::domain::rotation::RotationStage;
use crate::domain::rotation::{KeyCheckError, RotationError};
use crate::domain::status::Flag;
use crate::monitor::snapshot::EnvironmentSnapshot;

/// Every key with every modifier. Shift is part of a character, and of Shift-Tab.
fn chords() -> Vec<Chord> {
    use ChordKey::{
        BackTab, Backspace, Delete, Down, End, Enter, Escape, Home, Left, PageDown, PageUp, Right, Tab, Up,
    };
    let named = [Enter, Escape, Tab, BackTab, Backspace, Delete, Left, Right, Up, Down, Home, End, PageUp, PageDown];
    let characters = (' '..='~').chain("äöüßéñ€✓漢\u{1b}\u{7f}".chars()).map(ChordKey::Character);
    let keys = characters.chain(named).chain((1..=24).map(ChordKey::Function));
    let modified = |key| [false, true].map(|control| [false, true].map(|alt| Chord { key, control, alt }));
    keys.flat_map(modified).flatten().collect()
}

fn worlds() -> Vec<Snapshot> {
    let rotating = |stage| snapshot(vec![rotating(prod(), stage), held_up(rotating(staging(), stage)), dev()]);
    let mut unusable = key_unavailable(&prod());
    unusable.key_failure = Some(keyring_failure(&name("prod"), KeyringError::NoText));
    let unconfirmed = EnvironmentSnapshot { key_failure: unusable.key_failure.clone(), ..dev() };
    vec![
        usual(),
        snapshot(Vec::new()),
        snapshot(vec![no_key("dev"), no_key("prod")]),
        snapshot(vec![unusable.clone(), unconfirmed, invalid(staging())]),
        snapshot(vec![unusable]),
        snapshot(vec![alerted(prod(), Condition::Flag(Flag::RotateOverdue), None), dev()]),
        snapshot(vec![revoked(prod()), put_off(staging()), unreachable(dev())]),
        rotating(RotationStage::Started),
        rotating(RotationStage::Watching),
        rotating(RotationStage::RolledBack),
    ]
}

fn read_only(snapshot: &Snapshot, keys: &[&str]) -> ScreenFixture {
    let mut desk = ScreenFixture::of(snapshot.clone(), true);
    desk.owned.credits.clear();
    desk.send(Message::Resized { columns: 120, rows: 40 });
    desk.press_without_browser(keys);
    desk
}

fn assert_harmless(desk: &mut ScreenFixture, message: Message, what: &str) {
    let actions = desk.send(message);
    let harmless = |action: &Action| {
        let is_of_screen = matches!(action, Action::Quit | Action::Suspend | Action::Redraw | Action::Copy(_));
        is_of_screen || matches!(action, Action::Refresh(_) | Action::RefreshAll | Action::OpenWebPage)
    };
    assert!(actions.iter().all(harmless), "{what}: {actions:?}");
    assert!(!matches!(desk.screen.overlay, Some(Overlay::Dialog(_))), "{what}");
}

#[test]
fn no_key_of_the_keyboard_changes_anything() {
    for snapshot in worlds() {
        for keys in [&[][..], &["2"], &["?"], &["e"], &["b"]] {
            let mut desk = read_only(&snapshot, keys);
            let open = desk.screen.overlay.take();
            for chord in chords() {
                desk.screen.overlay = match &open {
                    Some(Overlay::Help(lines)) => Some(Overlay::Help(*lines)),
                    Some(Overlay::Events(list)) => Some(Overlay::Events(list.clone())),
                    Some(Overlay::WebPages) => Some(Overlay::WebPages),
                    _ => None,
                };
                for in_burst in [false, true] {
                    let press = Message::KeyPressed(KeyPress { chord, in_burst });
                    assert_harmless(&mut desk, press, &format!("{keys:?} {chord}"));
                }
                assert_harmless(&mut desk, pressed(Chord::plain(ChordKey::Enter)), &format!("{keys:?} {chord} Enter"));
            }
        }
    }
}

#[test]
fn no_row_of_keys_changes_anything() {
    for snapshot in worlds() {
        let mut desk = read_only(&snapshot, &[]);
        for chord in chords().into_iter().chain(chords().into_iter().rev()) {
            assert_harmless(&mut desk, pressed(chord), &chord.to_string());
            assert_harmless(&mut desk, Message::Pasted(Zeroizing::new(CANARY.to_owned())), "paste");
        }
    }
}

#[test]
fn no_click_and_no_paste_changes_anything() {
    for snapshot in worlds() {
        for keys in [&[][..], &["?"], &["e"], &["b"]] {
            let mut desk = read_only(&snapshot, keys);
            for (column, row) in (0..121)
                .step_by(9)
                .flat_map(|column| (0..41).step_by(3).map(move |row| (column, row)))
                .chain((0..121).step_by(2).map(|column| (column, 39)))
            {
                assert_harmless(&mut desk, Message::Clicked { column, row }, "click");
            }
            for text in ["a", "o\n", "x\r\nprod\r\n", "p", CANARY, "\u{1b}"] {
                assert_harmless(&mut desk, Message::Pasted(Zeroizing::new(text.to_owned())), text);
            }
        }
    }
}

#[test]
fn no_answer_changes_anything() {
    for snapshot in worlds() {
        let mut desk = read_only(&snapshot, &[]);
        for environment in ["dev", "prod"].map(name) {
            let plan = AccountPlan::default();
            let refused = RotationError::CheckFailed(KeyCheckError::OtherAccount { old: plan.clone(), new: plan });
            let answers = [
                Message::KeyTried { environment: environment.clone(), outcome: Err(super::refused()) },
                Message::KeyRemoved { environment: environment.clone(), outcome: Ok(true) },
                Message::RotationAnswered { environment, outcome: Err(refused) },
            ];
            for answer in answers {
                let what = format!("{answer:?}");
                assert_harmless(&mut desk, answer, &what);
            }
        }
    }
}

#[test]
fn nothing_is_offered_that_does_not_work() {
    let words = [
        "press ",
        "replace key",
        "add key",
        "add a key",
        "rotate the",
        "o rotate",
        "remove",
        "p pause",
        "p resume",
        "y acknowledge",
    ];
    for snapshot in worlds() {
        for keys in [&[][..], &["2"], &["3"], &["?"], &["?", "pagedown"], &["e"], &["b"]] {
            for (columns, rows) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
                let desk = read_only(&snapshot, keys);
                let picture = text(&draw(&desk.screen, &desk.owned.context(), columns, rows));
                for word in words {
                    assert!(!picture.contains(word), "{word:?} in\n{picture}");
                }
            }
        }
    }
    let mut offered = ScreenFixture::of(usual(), false);
    offered.press(&["2"]);
    let picture = text(&draw(&offered.screen, &offered.owned.context(), 200, 60));
    for word in ["press ", "replace key", "o rotate", "remove", "p pause"] {
        assert!(picture.contains(word), "{word:?} in\n{picture}");
    }
}

#[test]
fn what_does_not_work_says_so() {
    for key in ["a", "o", "x", "p", "y"] {
        let mut desk = read_only(&usual(), &[]);
        assert_eq!(desk.press(&[key]), []);
        assert_eq!(desk.notice(), "read-only: nothing can be changed here");
    }
}
