//! Reminders, and how they are ended.

use super::*;
use crate::domain::alert::AcknowledgementNote;

fn reminding() -> AlertHarness {
    let mut settings = settings(&["dev", "prod"]);
    settings.alerts.remind_after = Some(hours(24));
    AlertHarness::with(settings, AlertStoreStub::default(), "2026-11-21T12:00:00Z")
}

fn taken_back(environment: &str) -> Input {
    Input::AcknowledgementRequested(name(environment), AcknowledgementRequest::TakeBack)
}

fn seen(watch: &AlertHarness) -> Vec<Option<String>> {
    let alerts = watch.world.environment("dev").alerts.into_iter();
    alerts.map(|alert| alert.acknowledged.map(|seen| format!("{} {}", seen.by, seen.at))).collect()
}

#[test]
fn what_still_holds_is_told_again() {
    let mut watch = reminding();
    watch.set(1, 55.0);
    watch.run(hours(49));
    assert_eq!(
        watch.texts(),
        ["credits low: 55 left", "credits low: 55 left, for 24 h now", "credits low: 55 left, for 2 d now"]
    );
}

#[test]
fn an_acknowledged_alert_is_not_told_again() {
    let mut watch = reminding();
    watch.set(1, 55.0);
    watch.run(hours(1));
    watch.send(acknowledged(name("dev")));
    assert_eq!(seen(&watch), [Some("ada 2026-11-21T13:00:20Z".to_owned())]);
    assert_eq!(watch.world.log().last().unwrap(), "dev: credits low, acknowledged by ada");
    let kept = watch.store.borrow()[0].acknowledged.clone();
    assert_eq!(kept.unwrap().by, "ada");
    watch.run(hours(100));
    assert_eq!(watch.news(), ["dev raised credits-low"]);
    watch.set(1, 300.0);
    watch.run(hours(1));
    assert_eq!(watch.news(), ["dev resolved credits-low"]);
}

#[test]
fn an_acknowledgement_ends_when_things_get_worse() {
    let mut watch = reminding();
    watch.set(1, 55.0);
    watch.run(hours(1));
    watch.send(acknowledged(name("dev")));
    watch.set(1, 3.0);
    watch.run(hours(25));
    assert_eq!(seen(&watch), [None]);
    assert_eq!(
        watch.news(),
        ["dev raised credits-low", "dev raised credits-critical", "dev reminder credits-critical"]
    );
    watch.break_off(2, PollErrorKind::ServerError);
    watch.run(minutes(4));
    watch.send(acknowledged(name("prod")));
    watch.run(hours(1));
    assert_eq!(watch.news(), ["prod raised unreachable", "prod reminder unreachable"], "critical once it is stale");
}

#[test]
fn the_alerts_of_others_stay_unseen() {
    let mut watch = reminding();
    watch.set(1, 55.0);
    watch.set(2, 55.0);
    watch.run(minutes(5));
    watch.send(acknowledged(name("prod")));
    assert_eq!(seen(&watch), [None]);
    assert!(watch.world.environment("prod").alerts[0].acknowledged.is_some());
    let log = watch.world.log().len();
    watch.send(acknowledged(name("prod")));
    assert_eq!(watch.world.log().len(), log, "nobody else has seen it first");
}

#[test]
fn the_alert_of_the_machine_is_acknowledged_with_any_other() {
    let mut watch = reminding();
    for number in 1..=2 {
        watch.answers.insert(number, ScriptedAnswer::Fails(PollErrorKind::Dns));
    }
    watch.refresh();
    watch.run(hours(1));
    watch.send(acknowledged(name("dev")));
    let snapshot = watch.world.snapshot();
    assert!(snapshot.alerts[0].acknowledged.is_some() && !snapshot.can_acknowledge(&snapshot.environments[0]));
    let told = "all: no environment can be reached: this machine seems to be offline, acknowledged by ada";
    assert_eq!(watch.world.log().last().unwrap(), told, "of all, and not of the environment that was chosen");
    watch.run(hours(100));
    assert_eq!(watch.news(), ["all raised offline"], "once, however long it lasts");
}

#[test]
fn a_clock_that_is_set_back_or_forward_neither_floods_nor_silences() {
    for jump in [-hours(24 * 400), hours(24 * 400)] {
        let mut watch = reminding();
        watch.set(1, 55.0);
        watch.run(hours(1));
        watch.world.now.wall = watch.world.now.wall.checked_add(jump).unwrap();
        watch.news();
        watch.run(hours(22));
        assert_eq!(watch.news(), [""; 0], "{jump}");
        watch.run(hours(2));
        assert_eq!(watch.news(), ["dev reminder credits-low"], "{jump}");
    }
}

#[test]
fn a_note_is_kept_and_told() {
    let mut watch = reminding();
    watch.set(1, 55.0);
    watch.run(hours(1));
    let note = AcknowledgementNote::unless_blank("refill ordered");
    let request = AcknowledgementRequest::Acknowledge(note.clone());
    watch.send(Input::AcknowledgementRequested(name("dev"), request));
    assert_eq!(watch.store.borrow()[0].acknowledged.clone().unwrap().note, note);
    assert_eq!(watch.world.environment("dev").alerts[0].acknowledged.clone().unwrap().note, note);
    assert_eq!(watch.world.log().last().unwrap(), "dev: credits low, acknowledged by ada (refill ordered)");
}

#[test]
fn an_acknowledgement_that_is_taken_back_lets_reminders_follow() {
    let mut watch = reminding();
    watch.set(1, 55.0);
    watch.run(hours(1));
    watch.send(acknowledged(name("dev")));
    watch.run(hours(30));
    assert_eq!(watch.news(), ["dev raised credits-low"]);
    watch.send(taken_back("dev"));
    assert_eq!(seen(&watch), [None]);
    assert_eq!(watch.store.borrow()[0].acknowledged, None);
    assert_eq!(watch.world.log().last().unwrap(), "dev: credits low, acknowledgement taken back by ada");
    watch.run(hours(1));
    assert_eq!(watch.news(), ["dev reminder credits-low"]);
    let lines = watch.world.log().len();
    watch.send(taken_back("dev"));
    assert_eq!(watch.world.log().len(), lines, "there is nothing to take back");
}
