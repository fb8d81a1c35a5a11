use insta::assert_snapshot;

use super::*;
use crate::domain::error::KeyringProgram;
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::testing::*;
use crate::tui::screen::ScreenSettings;

fn without_keyring(environment: &EnvironmentSnapshot, fault: KeyringError) -> EnvironmentSnapshot {
    let entry = KeyEntry::new(environment.environment.name.clone(), KeyRole::Current);
    EnvironmentSnapshot {
        status: Status::KeyUnavailable,
        key_failure: Some(KeyError::Keyring { keeper: KeyringProgram::Unknown, entry, fault }),
        ..environment.clone()
    }
}

fn drawn(screen: &Screen, owned: &OwnedViewContext, columns: u16, rows: u16) -> String {
    text(&draw(screen, &owned.context(), columns, rows))
}

/// The words within frames.
fn words(picture: &str) -> String {
    let words = picture.split(['│', '╭', '╮', '╰', '╯', '─', '┃', '\n']).flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}

fn first_start() -> OwnedViewContext {
    let mut owned = OwnedViewContext::new(snapshot(vec![no_key("dev"), no_key("staging"), no_key("prod")]));
    owned.events.clear();
    owned.credits.clear();
    owned
}

#[test]
fn the_first_steps_are_numbered_and_framed_at_every_size() {
    let owned = first_start();
    assert_snapshot!("first_start_80x24", drawn(&screen(), &owned, 80, 24));
    assert_snapshot!("first_start_120x40", drawn(&screen(), &owned, 120, 40));
    let wide = drawn(&screen(), &owned, 200, 60);
    assert!(wide.contains("╭ first steps ─") && wide.contains("╭ where keys may come from ─"), "{wide}");
    let small = words(&drawn(&screen(), &owned, 40, 24));
    assert!(small.contains("1 Create a key at") && small.contains("Press a and paste the key."), "{small}");
    let tiny = words(&drawn(&screen(), &owned, 40, 12));
    assert!(tiny.contains("Press a and paste the key."), "{tiny}");
}

#[test]
fn a_step_that_does_not_work_here_is_not_told() {
    let owned = first_start();
    let mut screen = Screen::new(ScreenSettings { read_only: true, ..settings() });
    let read_only = words(&drawn(&screen, &owned, 80, 24));
    assert!(read_only.contains("3 Add the key in a dashboard that may change keys: this one is read-only."));
    assert!(!read_only.contains("Press"), "{read_only}");
    let alone = OwnedViewContext::new(snapshot(vec![no_key("prod")]));
    screen.read_only = false;
    let alone = words(&drawn(&screen, &alone, 80, 24));
    assert!(alone.contains("2 Press a and paste the key.") && !alone.contains("Select the environment"), "{alone}");
}

#[test]
fn without_a_session_bus_the_encrypted_file_is_named() {
    let environments = [no_key("dev"), no_key("staging"), no_key("prod")];
    let all = |fault: &KeyringError| {
        let environments = environments.iter().map(|one| without_keyring(one, fault.clone())).collect();
        OwnedViewContext::new(snapshot(environments))
    };
    let owned = all(&KeyringError::NoSession);
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let told = words(&drawn(&screen(), &owned, columns, rows));
        for part in ["key_store = \"file\"", "TRACKYARD_PASSPHRASE_FILE", "TRACKYARD_API_KEY_DEV"] {
            assert!(told.contains(part), "{part}\n{told}");
        }
        assert_eq!(told.matches("No session bus is running here").count(), 1, "{told}");
    }
    let locked = words(&drawn(&screen(), &all(&KeyringError::Locked), 120, 40));
    assert!(!locked.contains("first steps"), "a keyring that is locked is there: {locked}");
    let stored = without_keyring(&dev(), KeyringError::NoSession);
    let known = OwnedViewContext::new(snapshot(vec![stored]));
    assert!(!drawn(&screen(), &known, 120, 40).contains("first steps"), "numbers are known");
}

#[test]
fn an_environment_without_a_key_tells_how_to_get_one_in_the_place_of_its_chart() {
    let owned = OwnedViewContext::new(snapshot(vec![dev(), no_key("staging"), prod()]));
    let mut screen = screen();
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        screen.chosen = Some("staging".parse().unwrap());
        let told = words(&drawn(&screen, &owned, columns, rows));
        for part in ["staging has no key yet.", "1 Create a key at", "2 Press a and paste", "TRACKYARD_API_KEY_STAGING"]
        {
            assert!(told.contains(part), "{part}\n{told}");
        }
        screen.chosen = Some("dev".parse().unwrap());
        assert!(!drawn(&screen, &owned, columns, rows).contains("has no key yet"));
    }
}

#[test]
fn without_an_environment_the_config_file_is_named() {
    let owned = OwnedViewContext::new(snapshot(Vec::new()));
    let told = words(&drawn(&screen(), &owned, 80, 24));
    assert!(told.contains("No environment is watched.") && told.contains("name = \"prod\""), "{told}");
}

#[test]
fn what_has_no_room_ends_with_a_mark() {
    let (screen, owned) = (screen(), first_start());
    let welcome = Welcome::of(&screen, &owned.context()).unwrap();
    let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 3));
    welcome.render(buffer.area, &mut buffer);
    let picture = text(&buffer);
    assert!(picture.ends_with(" …") && picture.contains("Press a and paste"), "{picture}");
}
