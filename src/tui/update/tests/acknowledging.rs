//! Alerts are acknowledged where there are any.

use super::*;
use crate::domain::alert::Condition;
use crate::domain::status::Flag;

fn alert(seen_by: Option<&str>) -> Snapshot {
    let staging = alerted(staging(), Condition::Flag(Flag::RotateSoon), seen_by);
    snapshot(vec![dev(), staging, prod()])
}

#[test]
fn the_alerts_of_the_chosen_environment_are_acknowledged() {
    let mut desk = ScreenFixture::of(alert(None), false);
    assert_eq!(desk.press(&["2", "y"]), [Action::Acknowledge(name("staging"))]);
    assert_eq!(desk.notice(), "staging: acknowledged, no reminders follow");
}

#[test]
fn where_there_is_none_nothing_is_done() {
    for (snapshot, key) in [(alert(None), "1"), (alert(Some("ada")), "2")] {
        let mut desk = ScreenFixture::of(snapshot, false);
        assert_eq!(desk.press(&[key, "y"]), []);
        assert!(desk.notice().ends_with(": nothing to acknowledge"), "{}", desk.notice());
    }
    let mut desk = ScreenFixture::of(snapshot(Vec::new()), false);
    assert_eq!(desk.press(&["y"]), []);
}

#[test]
fn the_alert_of_the_machine_is_acknowledged_from_anywhere() {
    let mut snapshot = usual();
    snapshot.alerts = alerted(dev(), Condition::Offline, None).alerts;
    let mut desk = ScreenFixture::of(snapshot, false);
    assert_eq!(desk.press(&["y"]), [Action::Acknowledge(name("dev"))]);
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
