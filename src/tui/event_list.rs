//! The whole event log, as the operator looks at it: which events, and how far scrolled.

use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::LogEntry;
use crate::domain::status::Severity;
use crate::monitor::snapshot::Snapshot;

/// View of the event log: filter, scroll position and form of the times.
#[derive(Clone, Debug)]
pub(super) struct EventList {
    /// Scrolled down by so many lines.
    pub scrolled: u16,
    /// Only what is about this environment, or about all.
    pub environment: Option<EnvironmentName>,
    /// Only what is as bad as this, or worse.
    pub severity_min: Severity,
    /// True for times as ages, false for times of the clock.
    pub relative_times: bool,
}

impl Default for EventList {
    fn default() -> Self {
        Self { scrolled: 0, environment: None, severity_min: Severity::Ok, relative_times: false }
    }
}

impl EventList {
    /// The events that are shown, newest first.
    pub fn visible<'a>(&'a self, events: &'a [LogEntry]) -> impl Iterator<Item = &'a LogEntry> + Clone {
        events.iter().rev().filter(|entry| self.shows(entry))
    }

    /// Goes on from all environments to each in turn, and back.
    pub fn next_environment(&mut self, snapshot: &Snapshot) {
        let mut names = snapshot.environments.iter().map(|environment| &environment.environment.name);
        let next = match &self.environment {
            None => names.next(),
            Some(shown) => names.skip_while(|name| *name != shown).nth(1),
        };
        self.environment = next.cloned();
        self.scrolled = 0;
    }

    /// Goes on from all events to warnings and worse, to what is critical, and back.
    pub fn next_severity(&mut self) {
        self.severity_min = match self.severity_min {
            Severity::Ok => Severity::Warning,
            Severity::Warning | Severity::Unknown => Severity::Critical,
            Severity::Critical => Severity::Ok,
        };
        self.scrolled = 0;
    }

    /// `12 of 120 events, of prod, critical only, newest first`.
    pub fn heading(&self, events: &[LogEntry]) -> String {
        let shown = self.visible(events).count();
        let all = match events.len() {
            1 => "1 event".to_owned(),
            count => format!("{count} events"),
        };
        let count = if shown == events.len() { all } else { format!("{shown} of {all}") };
        let environment = self.environment.as_ref().map(|name| format!(", of {name}")).unwrap_or_default();
        let severity = match self.severity_min {
            Severity::Ok => "",
            Severity::Warning | Severity::Unknown => ", warnings and worse",
            Severity::Critical => ", critical only",
        };
        let order = if shown > 1 { ", newest first" } else { "" };
        format!("{count}{environment}{severity}{order}")
    }

    fn shows(&self, entry: &LogEntry) -> bool {
        let is_of =
            |name: &EnvironmentName| entry.environment.as_ref().is_none_or(|environment| environment.name == *name);
        entry.severity >= self.severity_min && self.environment.as_ref().is_none_or(is_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use crate::wording::events::event;
    use jiff::tz::TimeZone;

    fn texts(list: &EventList, events: &[LogEntry]) -> Vec<String> {
        list.visible(events).map(|entry| event(entry, entry.at, &TimeZone::UTC)).collect()
    }

    #[test]
    fn each_environment_in_turn_then_all() {
        let snapshot = testing::usual();
        let mut list = EventList { scrolled: 7, ..EventList::default() };
        let mut shown = Vec::new();
        for _ in 0..4 {
            list.next_environment(&snapshot);
            shown.push(list.environment.as_ref().map(ToString::to_string).unwrap_or_default());
        }
        assert_eq!(shown, ["dev", "staging", "prod", ""]);
        assert_eq!(list.scrolled, 0, "from the newest on");
    }

    #[test]
    fn what_is_about_all_environments_is_about_each() {
        let list = EventList { environment: Some("dev".parse().unwrap()), ..EventList::default() };
        let expected = ["this machine is online again", "this machine was offline", "credits rose by 9, to 50"];
        assert_eq!(texts(&list, &testing::events()), expected);
        assert_eq!(list.heading(&testing::events()), "3 of 5 events, of dev, newest first");
    }

    #[test]
    fn all_then_warnings_then_what_is_critical() {
        let events = testing::events();
        let mut list = EventList::default();
        let mut counts = vec![list.visible(&events).count()];
        for _ in 0..3 {
            list.next_severity();
            counts.push(list.visible(&events).count());
        }
        assert_eq!(counts, [5, 3, 1, 5]);
        assert_eq!(list.heading(&events), "5 events, newest first");
    }
}
