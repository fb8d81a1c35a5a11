//! What happened while nobody touched a key is told with the first one, until the next.

use jiff::SignedDuration;

use super::*;
use crate::domain::log_entry::{BalanceCause, EventFact, LogEntry};
use crate::monitor::snapshot::EnvironmentSnapshot;

struct Watch {
    desk: ScreenFixture,
    minutes: i64,
}

impl Watch {
    fn new() -> Self {
        let mut desk = ScreenFixture::new();
        desk.owned.events.clear();
        let mut watch = Self { desk, minutes: 0 };
        watch.send(Message::Resized { columns: 100, rows: 30 });
        watch
    }

    fn send(&mut self, message: Message) -> Vec<Action> {
        let mut context = self.desk.owned.context();
        context.now = now() + SignedDuration::from_mins(self.minutes);
        update(&mut self.desk.screen, &context, message)
    }

    fn happens(&mut self, name: &str, severity: Severity, fact: EventFact) {
        let at = now() + SignedDuration::from_mins(self.minutes);
        self.desk.owned.events.push(LogEntry { at, environment: Some(environment(name)), severity, fact });
    }

    fn prod_has(&mut self, credits: f64) {
        let account = account("pro", credits, 50_000.0, 300, None);
        let prod = EnvironmentSnapshot { account: Some(account), ..prod() };
        self.desk.owned.snapshot = snapshot(vec![dev(), staging(), prod]);
    }

    fn strip(&self) -> String {
        let picture = text(&draw(&self.desk.screen, &self.desk.owned.context(), 100, 30));
        let rows: Vec<_> = picture.lines().filter(|row| row.contains("while you were away")).collect();
        rows.join("\n").trim().to_owned()
    }
}

#[test]
fn the_first_key_after_an_hour_tells_what_happened_and_still_does_what_it_does() {
    let mut watch = Watch::new();
    watch.minutes = 61;
    watch.happens("prod", Severity::Critical, EventFact::Reached);
    watch.minutes = 90;
    watch.happens("prod", Severity::Ok, EventFact::Reached);
    watch.prod_has(38_335.0);
    watch.minutes = 130;
    assert_eq!(watch.send(press("r")), [Action::Refresh(name("dev"))]);
    assert_eq!(watch.strip(), "✖ while you were away (2 h): 1 critical, 1 other event · PROD used 430 credits");
    watch.minutes = 150;
    watch.send(Message::Resized { columns: 100, rows: 30 });
    assert_ne!(watch.strip(), "", "it stays until the next key");
    watch.send(press("2"));
    assert_eq!(watch.strip(), "");
}

#[test]
fn less_than_an_hour_is_no_absence() {
    let mut watch = Watch::new();
    for minutes in [59, 118, 177] {
        watch.minutes = minutes;
        watch.send(press("tab"));
        assert_eq!(watch.strip(), "", "at {minutes} min");
    }
    watch.minutes += 60;
    watch.send(Message::Clicked { column: 3, row: 4 });
    assert_eq!(watch.strip(), "● while you were away (1 h): no events", "a click is as good as a key");
}

#[test]
fn a_refill_is_no_use_and_what_is_not_known_is_no_number() {
    let mut watch = Watch::new();
    watch.minutes = 30;
    let refill = EventFact::Balance { cause: BalanceCause::Reset, from: 38_700.0, to: 50_000.0 };
    watch.happens("prod", Severity::Ok, refill);
    watch.prod_has(49_900.0);
    watch.minutes = 90;
    watch.send(press("tab"));
    assert_eq!(watch.strip(), "● while you were away (1 h): 1 event · PROD used 165 credits");
    watch.desk.owned.snapshot = snapshot(vec![dev(), staging(), waiting(prod())]);
    watch.minutes = 200;
    watch.send(press("tab"));
    assert_eq!(watch.strip(), "● while you were away (1 h): no events");
}
