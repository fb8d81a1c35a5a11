//! One state, told in every way: the dashboard, the table, the JSON, the event log and the alerts tell the same figures in
//! the same second.

mod figures;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use figures::{Due, Figures};

use super::document::StatusDocument;
use super::table::table;
use crate::domain::account::Account;
use crate::domain::alert::{AlertRules, AlertWriteOutcome, Condition, Notification};
use crate::domain::api_key::{Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::Environment;
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::domain::limit::Limit;
use crate::domain::quota::Quota;
use crate::domain::sample::Sample;
use crate::domain::status::Flag;
use crate::domain::thresholds::Thresholds;
use crate::domain::time::{Elapsed, Now};
use crate::monitor::Monitor;
use crate::monitor::effect::Effect;
use crate::monitor::input::{HeldKey, Input, KeyHistory, PollOutcome};
use crate::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use crate::monitor::snapshot::Snapshot;
use crate::testing::{draw, screen, text};
use crate::tui::ViewContext;
use crate::wording::alerts::notification;
use crate::wording::events;

/// Moments that hurt: a leap day, the end of a year, both nights of Europe in which the clocks are set.
const MOMENTS: [&str; 5] = [
    "2026-11-28T18:42:00.4Z",
    "2028-02-29T12:00:00Z",
    "2026-12-31T23:59:30.9Z",
    "2027-03-28T00:59:50Z",
    "2026-10-25T00:59:50.5Z",
];
const ZONES: [&str; 4] = ["UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45"];
const DAY: i64 = 24 * 60 * 60;

/// Facts that the service tells of a key, in seconds before the answer; negative ones lie ahead.
#[derive(Clone, Debug)]
struct ServiceFacts {
    created: i64,
    used: i64,
    credits: f64,
    minute_left: Option<i64>,
    day_left: Option<i64>,
}

/// A state of the world: what was told when, and how long ago that was, in milliseconds.
#[derive(Clone, Debug)]
struct AgreementCase {
    moment: Timestamp,
    zone: TimeZone,
    told: ServiceFacts,
    /// From the answer to the moment at which all is compared.
    waited: i64,
    /// By how much this machine's clock was set meanwhile.
    set: i64,
    /// Failure of a later poll.
    failure: Option<PollErrorKind>,
}

fn states() -> impl Strategy<Value = AgreementCase> {
    let ages = prop_oneof![-4 * 3_600i64..0, 0i64..130, 0i64..4 * 3_600, 0i64..100 * DAY];
    // Near the limits of a key's time, and anywhere.
    let lives =
        prop_oneof![(74i64..97, -2i64..3).prop_map(|(days, seconds)| days * DAY + seconds), -3 * 3_600i64..200 * DAY,];
    let told = (lives, ages, 0u32..=30_000, proptest::option::of(0i64..=10), proptest::option::of(0i64..=1_000));
    let told = told.prop_map(|(created, used, credits, minute_left, day_left)| ServiceFacts {
        created,
        used,
        credits: f64::from(credits) / 100.0,
        minute_left,
        day_left,
    });
    let waits = prop_oneof![0i64..130_000, 0i64..3 * 3_600_000, 0i64..40 * DAY * 1_000];
    let sets = prop_oneof![4 => Just(0i64), 1 => -3 * 3_600i64..3_600];
    let failures = prop_oneof![
        2 => Just(None),
        1 => Just(Some(PollErrorKind::Unauthorized)),
        1 => Just(Some(PollErrorKind::Forbidden)),
        1 => Just(Some(PollErrorKind::Timeout)),
    ];
    let moment = (0..MOMENTS.len(), 0i64..100_000_000, 0..ZONES.len());
    (moment, told, waits, sets, failures).prop_map(|((moment, later, zone), told, waited, set, failure)| {
        AgreementCase {
            moment: MOMENTS[moment].parse::<Timestamp>().unwrap() + SignedDuration::from_millis(later),
            zone: TimeZone::posix(ZONES[zone]).unwrap(),
            told,
            waited,
            set,
            failure,
        }
    })
}

/// Snapshots of a case, and the texts on the way.
struct AgreementOutcome {
    /// Snapshot right after the answer.
    answered: Snapshot,
    /// Texts of the event log then, and notifications.
    events: Vec<String>,
    alerts: Vec<Notification>,
    /// Snapshot in the end.
    snapshot: Snapshot,
}

fn fingerprint() -> Fingerprint {
    "e4da3b7f".parse().unwrap()
}

impl AgreementCase {
    fn run(&self) -> AgreementOutcome {
        let watched = WatchedEnvironment {
            environment: Environment { name: "prod".parse().unwrap(), label: None },
            requested: false,
            thresholds: Thresholds::default(),
            muted: Vec::new(),
        };
        let settings = MonitorSettings {
            mode: Mode::Operate,
            environments: vec![watched],
            unwatched: Vec::new(),
            polling: Polling::default(),
            alerts: AlertRules { minimum_duration: SignedDuration::ZERO, ..AlertRules::default() },
            operator: "ada".to_owned(),
            max_age: None,
            seed: 7,
        };
        let mut now = Now { elapsed: Elapsed::ZERO, wall: self.moment };
        let mut monitor = Monitor::new(settings, &now);
        let held = HeldKey {
            identity: KeyIdentity { fingerprint: fingerprint(), ending: None },
            source: KeySource::Store("keyring"),
        };
        monitor.handle(Input::Started, &now);
        monitor.handle(Input::EventsLoaded(Vec::new()), &now);
        monitor.handle(Input::AlertsLoaded(None), &now);
        monitor.handle(Input::KeyLoaded { environment: "prod".parse().unwrap(), outcome: Ok(held) }, &now);
        let recalled = Input::KeyHistoryLoaded { fingerprint: fingerprint(), history: Ok(KeyHistory::default()) };
        let mut effects = monitor.handle(recalled, &now);
        let answer = PollOutcome::Answered(Box::new(self.sample()));
        let mut alerts = Vec::new();
        effects = Self::conclude(&mut monitor, &effects, answer, &now);
        // Each change of an alert is kept before the next.
        for _ in 0..4 {
            let changes: Vec<_> = effects.drain(..).filter_map(settled).collect();
            for change in changes {
                alerts.extend(change.notification);
                let kept =
                    Input::AlertStored { record: Box::new(change.record), settlement: AlertWriteOutcome::Stored };
                effects.extend(monitor.handle(kept, &now));
            }
        }
        let events = monitor.events().iter().map(|entry| events::event(entry, now.wall, &self.zone)).collect();
        let answered = Snapshot::clone(&monitor.snapshot());
        now = now.after(SignedDuration::from_millis(self.waited));
        if let Some(kind) = self.failure {
            let failure = PollError::new(RequestError::Told { kind, said: None }, true);
            let effects = monitor.handle(Input::Ticked, &now);
            Self::conclude(&mut monitor, &effects, PollOutcome::Failed(failure), &now);
        }
        now.wall += SignedDuration::from_secs(self.set);
        monitor.handle(Input::Ticked, &now);
        AgreementOutcome { answered, events, alerts, snapshot: Snapshot::clone(&monitor.snapshot()) }
    }

    fn conclude(monitor: &mut Monitor, effects: &[Effect], outcome: PollOutcome, now: &Now) -> Vec<Effect> {
        let sequence = effects.iter().find_map(|effect| match effect {
            Effect::Poll { sequence, .. } => Some(*sequence),
            _ => None,
        });
        let Some(sequence) = sequence else { return Vec::new() };
        let event = Input::Polled { fingerprint: fingerprint(), sequence, outcome, calls: None, known: None };
        monitor.handle(event, now)
    }

    fn sample(&self) -> Sample {
        let before = |seconds: i64| Some(self.moment - SignedDuration::from_secs(seconds));
        Sample {
            at: self.moment,
            latency: SignedDuration::from_millis(40),
            server_clock: Some(self.moment),
            account: Account {
                tier: Some("starter".to_owned()),
                credits_remaining: self.told.credits,
                monthly_allowance: Some(300.0),
                requests_per_minute: Limit::Of(10),
                requests_per_day: Limit::Of(1_000),
                created_at: before(self.told.created),
                last_used_at: before(self.told.used),
            },
            quota: Quota {
                minute_limit: Limit::Of(10),
                minute_remaining: self.told.minute_left,
                day_limit: Limit::Of(1_000),
                day_remaining: self.told.day_left,
            },
        }
    }
}

fn settled(effect: Effect) -> Option<crate::domain::alert::AlertChange> {
    match effect {
        Effect::StoreAlert(change) => Some(*change),
        _ => None,
    }
}

fn rendered(snapshot: &Snapshot, zone: &TimeZone, columns: u16, rows: u16) -> String {
    let world =
        ViewContext { snapshot, events: &[], credits: &[], now: snapshot.at, zone, notices: &[], wait_hint: None };
    text(&draw(&screen(), &world, columns, rows))
}

/// The length of time between two times of the JSON, as people read it: counted here anew, from the text alone.
fn counted(from: &Value, until: &Value) -> String {
    let second = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap().as_second();
    let seconds = second(until) - second(from);
    let told = |minutes: i64| match minutes {
        0 => "now".to_owned(),
        1..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1_440),
    };
    match seconds {
        ..=-60 => format!("{} ahead", told(-seconds / 60)),
        -59..=-6 => "under 1 min ahead".to_owned(),
        -5..0 => "now".to_owned(),
        _ => told(seconds / 60),
    }
}

/// Compares what is told of one moment.
fn agree(snapshot: &Snapshot, zone: &TimeZone) -> Result<(), TestCaseError> {
    let json = serde_json::to_value(StatusDocument::new(snapshot)).unwrap();
    let (told, now) = (&json["environments"][0], &json["generated_at"]);
    let in_table = table(snapshot, zone);
    let expected = Figures::of_table(&in_table);
    for (columns, rows) in [(120, 40), (80, 24)] {
        let drawn = rendered(snapshot, zone, columns, rows);
        let mut shown = Figures::of_screen(&drawn);
        // Where there is no room for a sentence, it tells nothing.
        let is_part = |part: &[String], whole: &[String]| part.iter().all(|one| whole.contains(one));
        prop_assert!(is_part(&expected.due.days, &shown.due.days), "{drawn}\n{in_table}");
        prop_assert!(is_part(&shown.due.days, &expected.due.days), "{drawn}\n{in_table}");
        prop_assert!(is_part(&expected.due.dates, &shown.due.dates), "{drawn}\n{in_table}");
        shown.due = Due { days: expected.due.days.clone(), dates: expected.due.dates.clone() };
        prop_assert_eq!(&shown, &expected, "{}\n{}", drawn, in_table);
    }
    prop_assert_eq!(&expected.sample, &counted(&told["polled_at"], now));
    let used = &told["last_used_by_others_at"];
    let used = if used.is_null() { "–".to_owned() } else { counted(used, now) };
    prop_assert_eq!(expected.used_by_others.trim_start_matches("about "), used);
    if let Some(days) = told["key"]["age_days"].as_i64() {
        prop_assert_eq!(&expected.key, &format!("{days} of 90"));
        let left = (90 - days).unsigned_abs();
        let is_told = days > 90 || (76..90).contains(&days);
        let days_told = if is_told { vec![left.to_string()] } else { Vec::new() };
        prop_assert_eq!(&expected.due.days, &days_told);
    } else {
        prop_assert_eq!(&expected.key, &counted(&told["key"]["created_at"], now));
    }
    for window in ["minute", "day"] {
        let text = if window == "minute" { &expected.minute } else { &expected.day };
        let rate = &told["rate_limit"][window];
        match (rate["limit"].as_u64(), rate["remaining"].as_u64()) {
            (Some(limit), Some(left)) => {
                prop_assert_eq!(text, &format!("{} of {limit}", limit - left).replace("1000", "1,000"));
            }
            _ => prop_assert!(text.starts_with('–') || text.starts_with('?'), "{}", text),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn dashboard_table_json_events_and_alerts_tell_the_same_in_the_same_second(state in states()) {
        let AgreementOutcome { answered, events, alerts, snapshot } = state.run();
        agree(&answered, &state.zone)?;
        agree(&snapshot, &state.zone)?;
        let json = serde_json::to_value(StatusDocument::new(&answered)).unwrap();
        let (key, in_table) = (&json["environments"][0]["key"], table(&answered, &state.zone));
        let (due, credits) = (Due::of(&in_table), Figures::of_table(&in_table).credits);
        let left = credits.split(' ').next().unwrap();
        let told = alerts.iter().map(|alert| notification(alert, &state.zone));
        for text in events.iter().cloned().chain(told) {
            let said = Due::of(&text);
            prop_assert!(said.days.iter().all(|days| due.days.contains(days)), "{text}: {due:?}");
            prop_assert!(said.dates.iter().all(|date| due.dates.contains(date)), "{text}: {due:?}");
            if let Some((_, number)) = text.split_once("credits low: ").or_else(|| text.split_once("credits critical: ")) {
                prop_assert_eq!(number.split(' ').next(), Some(left), "{}", text);
            }
        }
        for alert in alerts.iter().filter(|alert| alert.news.condition() == Some(Condition::Flag(Flag::RotateOverdue))) {
            let due: Timestamp = key["rotate_by"].as_str().unwrap().parse().unwrap();
            prop_assert_eq!(alert.news.since().at().as_second(), due.as_second());
        }
    }
}
