//! A state as it is written in its file.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// One file.
pub(crate) struct State {
    /// What it is about.
    pub title: String,
    /// When everything is looked at.
    pub now: Timestamp,
    /// In which people are told times.
    pub zone: TimeZone,
    /// The config file.
    pub config: String,
    /// What happens, in its order.
    pub facts: Vec<Fact>,
    /// What must stand on which screen.
    pub screens: Vec<ScreenSection>,
    /// What must stand in a line of `status`, each.
    pub status: Vec<String>,
    /// What must stand in a line of the event log, each.
    pub events: Vec<String>,
    /// How many lines that has, where it matters.
    pub event_count: Option<usize>,
    /// What must stand in one line of `status`, and in no other.
    pub once: Vec<String>,
    /// What must stand nowhere.
    pub never: Vec<String>,
    /// What the JSON must contain.
    pub json: Option<serde_json::Value>,
}

/// Something that happens.
pub(crate) struct Fact {
    pub at: Timestamp,
    /// To what.
    pub subject: String,
    /// What.
    pub predicate: String,
    /// What comes with it, such as an answer of the service.
    pub payload: Vec<String>,
}

/// What must stand on a screen.
pub(crate) struct ScreenSection {
    /// The environment that is chosen.
    pub environment: String,
    pub columns: u16,
    pub rows: u16,
    /// Each phrase.
    pub phrases: Vec<String>,
}

impl State {
    /// Reads a file.
    pub(crate) fn parse(text: &str) -> Self {
        let (title, rest) = text.split_once("\n\n").expect("a title, and a blank line after it");
        let sections = sections(rest);
        let find = |name: &str| sections.iter().find(|(heading, _)| heading.split(' ').next() == Some(name));
        let argument =
            |name: &str| find(name).and_then(|(heading, _)| heading.split_once(' ')).map(|(_, rest)| rest.trim());
        let body = |name: &str| find(name).map(|(_, lines)| lines.clone()).unwrap_or_default();
        let phrases =
            |name: &str| body(name).into_iter().filter(|line| !line.is_empty()).map(|line| collapse(&line)).collect();
        let now = moment(argument("now").expect("a line `now`"), None);
        let screens = sections.iter().filter(|(heading, _)| heading.starts_with("screen")).map(|(heading, lines)| {
            let words: Vec<_> = heading.split_whitespace().collect();
            let size = words.get(2).unwrap_or(&"120x40");
            let (columns, rows) = size.split_once('x').expect("a size");
            ScreenSection {
                environment: words[1].to_owned(),
                columns: columns.parse().unwrap(),
                rows: rows.parse().unwrap(),
                phrases: lines.iter().filter(|line| !line.is_empty()).map(|line| collapse(line)).collect(),
            }
        });
        let json = body("json").join("\n");
        for (heading, _) in &sections {
            let name = heading.split(' ').next().unwrap();
            let known = ["now", "zone", "config", "facts", "screen", "status", "once", "events", "never", "json"];
            assert!(known.contains(&name), "no such section: {heading}");
        }
        Self {
            title: collapse(title),
            now,
            zone: argument("zone").map_or(TimeZone::UTC, |zone| TimeZone::posix(zone).unwrap()),
            config: body("config").join("\n"),
            facts: facts(&body("facts"), now),
            screens: screens.collect(),
            status: phrases("status"),
            events: phrases("events"),
            event_count: argument("events").map(|count| count.parse().expect("a number of events")),
            once: phrases("once"),
            never: phrases("never"),
            json: (!json.trim().is_empty()).then(|| serde_json::from_str(&json).expect("JSON")),
        }
    }
}

/// What begins at the edge is a heading, what is indented belongs to it; `#` begins a remark.
fn sections(text: &str) -> Vec<(String, Vec<String>)> {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if line.starts_with(|first: char| !first.is_whitespace()) {
            sections.push((line.split_whitespace().collect::<Vec<_>>().join(" "), Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line.strip_prefix("  ").unwrap_or_default().trim_end().to_owned());
        }
    }
    for (_, lines) in &mut sections {
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
    }
    sections
}

/// Each fact is a line; what is indented further comes with it.
fn facts(lines: &[String], now: Timestamp) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for line in lines {
        if line.starts_with(' ') || line.is_empty() {
            if let Some(fact) = facts.last_mut() {
                fact.payload.push(line.trim().to_owned());
            }
            continue;
        }
        let mut words = line.split_whitespace();
        let first = words.next().unwrap();
        let at = if first.contains('-') {
            moment(&format!("{first} {}", words.next().unwrap()), None)
        } else {
            moment(first, Some(now.to_zoned(TimeZone::UTC).date()))
        };
        let subject = words.next().expect("a subject").to_owned();
        facts.push(Fact { at, subject, predicate: words.collect::<Vec<_>>().join(" "), payload: Vec::new() });
    }
    for pair in facts.windows(2) {
        assert!(pair[0].at <= pair[1].at, "{} {} comes too late", pair[1].subject, pair[1].predicate);
    }
    facts
}

/// `2026-11-28 18:42`, `2026-11-28 18:42:30`, or a time of the day `today` alone; UTC.
pub(crate) fn moment(text: &str, today: Option<Date>) -> Timestamp {
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date.parse::<Date>().expect("a date"), time),
        None => (today.expect("a date and a time"), text),
    };
    let time: Time = time.parse().expect("a time");
    date.to_datetime(time).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// A text without line breaks, and with single blanks.
pub(crate) fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
