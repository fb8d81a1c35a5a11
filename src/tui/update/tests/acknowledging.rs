//! Alerts are acknowledged where there are any, with a note, and that is taken back.

use super::*;
use crate::domain::alert::{Acknowledgement, AcknowledgementNote, AcknowledgementRequest, Condition};
use crate::domain::status::Flag;

fn alert(seen_by: Option<&str>) -> Snapshot {
    let staging = alerted(staging(), Condition::Flag(Flag::RotateSoon), seen_by);
    snapshot(vec![dev(), staging, prod()])
}

fn acknowledge(environment: &str, note: &str) -> Action {
    let request = AcknowledgementRequest::Acknowledge(AcknowledgementNote::unless_blank(note));
    Action::Acknowledge(name(environment), request)
}

fn lines_of(desk: &ScreenFixture) -> String {
    text(&draw(&desk.screen, &desk.owned.context(), 100, 40))
}

#[test]
fn the_alerts_of_the_chosen_environment_are_acknowledged_with_a_note_or_without() {
    let mut desk = ScreenFixture::of(alert(None), false);
    assert_eq!(desk.press(&["2", "y"]), []);
    let picture = lines_of(&desk);
    for line in ["acknowledge alerts of staging", "▲ rotate soon seen at 14:05", "No reminders follow.", "note"] {
        assert!(picture.contains(line), "{line}: {picture}");
    }
    assert_eq!(desk.press(&["enter"]), [acknowledge("staging", "")]);
    assert_eq!(desk.notice(), "staging: acknowledged, no reminders follow");
    assert!(desk.screen.overlay.is_none());
    desk.press(&["y"]);
    desk.type_text("q: new", false);
    desk.paste(" key on Monday\nq");
    assert!(lines_of(&desk).contains("note q: new key on Monday"), "{}", lines_of(&desk));
    assert_eq!(desk.press(&["enter"]), [acknowledge("staging", "q: new key on Monday")]);
    assert_eq!(desk.press(&["y", "a", "esc"]), []);
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn an_acknowledgement_is_shown_with_its_note_and_taken_back() {
    let mut snapshot = alert(Some("ada"));
    let one = std::sync::Arc::make_mut(&mut snapshot.environments[1]);
    let note = AcknowledgementNote::unless_blank("new key on Monday");
    one.alerts[0].acknowledged = Some(Acknowledgement { by: "ada".to_owned(), at: minutes_ago(12), note });
    let mut desk = ScreenFixture::of(snapshot, false);
    desk.press(&["2", "y", "x"]);
    let picture = lines_of(&desk);
    let told = "rotate soon seen at 14:05, acknowledged by ada 14:20 (new";
    assert!(picture.contains(told) && picture.contains("reminders follow"), "{picture}");
    assert_eq!(desk.press(&["enter"]), [Action::Acknowledge(name("staging"), AcknowledgementRequest::TakeBack)]);
    assert_eq!(desk.notice(), "staging: acknowledgement taken back, reminders follow");
}

#[test]
fn what_another_operator_does_meanwhile_turns_no_enter_round() {
    for (before, after, told) in [
        (None, Some("ada"), "nothing is left to acknowledge"),
        (Some("ada"), None, "no acknowledgement is left to take back"),
    ] {
        let mut desk = ScreenFixture::of(alert(before), false);
        desk.press(&["2", "y"]);
        desk.owned.snapshot = alert(after);
        assert!(lines_of(&desk).contains(told), "{}", lines_of(&desk));
        assert_eq!(desk.press(&["enter"]), []);
        assert!(!lines_of(&desk).contains("Enter"), "{}", lines_of(&desk));
    }
}

#[test]
fn where_there_is_none_it_is_said_why() {
    for (key, told) in [
        ("1", "dev: nothing to acknowledge, there is no alert"),
        ("3", "PROD: no alert was sent for this yet, it has to last a while first"),
    ] {
        let mut desk = ScreenFixture::of(alert(None), false);
        assert_eq!(desk.press(&[key, "y"]), []);
        assert_eq!(desk.notice(), told);
        assert!(desk.screen.overlay.is_none());
    }
    let mut desk = ScreenFixture::of(snapshot(Vec::new()), false);
    assert_eq!(desk.press(&["y"]), []);
}

#[test]
fn the_alert_of_the_machine_is_acknowledged_from_anywhere() {
    let mut snapshot = usual();
    snapshot.alerts = alerted(dev(), Condition::Offline, None).alerts;
    let mut desk = ScreenFixture::of(snapshot, false);
    desk.press(&["y"]);
    assert!(lines_of(&desk).contains("offline seen at 14:05"), "{}", lines_of(&desk));
    assert_eq!(desk.press(&["enter"]), [acknowledge("dev", "")]);
}

#[test]
fn no_key_comes_into_a_note() {
    let mut desk = ScreenFixture::of(alert(None), false);
    desk.press(&["2", "y"]);
    desk.paste(CANARY);
    assert!(!lines_of(&desk).contains("canary") && !format!("{:?}", desk.screen).contains("live"));
    let actions = desk.press(&["enter"]);
    assert!(!format!("{actions:?}").contains("canary"), "{actions:?}");
}

#[test]
fn it_is_offered_while_there_is_something_to_acknowledge() {
    let hints = |snapshot, read_only| {
        let mut desk = ScreenFixture::of(snapshot, read_only);
        desk.press(&["2"]);
        text(&draw(&desk.screen, &desk.owned.context(), 160, 40))
    };
    assert!(hints(alert(None), false).contains("y acknowledge"));
    assert!(!hints(alert(Some("ada")), false).contains("y acknowledge"));
    assert!(!hints(alert(None), true).contains("y acknowledge"));
    let mut desk = ScreenFixture::of(alert(None), true);
    assert_eq!(desk.press(&["2", "y"]), []);
    assert_eq!(desk.notice(), "read-only: nothing can be changed here");
}
