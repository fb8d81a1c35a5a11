use super::sample_changes::credits;
use super::*;
use crate::domain::log_entry::{EventFact, EventKind, LogEntry};
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::{Flag, Severity, Status};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn numbers_that_are_old_after_a_sleep_are_told_only_if_the_next_poll_fails_too() {
    for fails in [false, true] {
        let mut world = MonitorHarness::active();
        let known = world.log().len();
        world.pass(minutes(500));
        if fails {
            world.fail(1, PollErrorKind::Timeout);
        } else {
            let sample = world.sample(account());
            world.answer(1, sample);
        }
        let told = world.log()[known..].join("\n");
        assert_eq!(told.contains("numbers are old"), fails, "{told}");
        assert!(!told.contains("fresh again"), "{told}");
    }
}

#[test]
fn sleep_and_a_clock_that_was_set_are_told() {
    let mut world = MonitorHarness::active();
    let known = world.log().len();
    world.pass(minutes(8));
    assert_eq!(world.log().len(), known, "the poll was due after 7 minutes");
    let sample = world.sample(account());
    world.answer(1, sample);
    world.pass(minutes(98));
    world.now.wall = ago(&world.now, minutes(60));
    world.send(Input::Ticked);
    assert_eq!(
        world.log()[known..],
        [
            "all: nothing is known of the last 1 h 38 min: this machine slept, or the program stood still",
            "all: this machine's clock was put back by 1 h",
            "dev: this machine's clock is 1 h behind the service's",
        ]
    );
}

fn line(world: &MonitorHarness, kind: EventKind, severity: Severity) -> LogEntry {
    let environment = world.monitor.scheduler.environments[0].watched.environment.clone();
    LogEntry {
        at: ago(&world.now, minutes(60)),
        environment: Some(environment),
        severity,
        fact: EventFact::Earlier { kind, text: "old".to_owned() },
    }
}

#[test]
fn what_an_earlier_run_has_told_is_not_told_again() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let stored = vec![
        line(&world, EventKind::Flag(Flag::CreditsLow), Severity::Warning),
        line(&world, EventKind::Flag(Flag::ClockSkew), Severity::Warning),
        line(&world, EventKind::Status(Status::Revoked), Severity::Critical),
    ];
    world.send(Input::EventsLoaded(stored));
    let sample = world.sample(credits(60.0));
    let effects = world.answer(1, sample).to_vec();
    let told = ["active again", "clock is right again"];
    let stored = effects.into_iter().find_map(|effect| match effect {
        Effect::StoreEvents(entries) => {
            Some(entries.iter().map(|entry| event(entry, entry.at, &TimeZone::UTC)).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(stored.unwrap(), told);
    assert_eq!(
        world.log(),
        [vec!["dev: old"; 3], told.map(|text| format!("dev: {text}")).iter().map(String::as_str).collect()].concat()
    );
}

#[test]
fn nothing_is_told_before_the_earlier_lines_are_known() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    world.monitor.log = crate::monitor::events::EventLog::default();
    let sample = world.sample(credits(60.0));
    world.answer(1, sample);
    assert_eq!(world.log(), [""; 0]);
    world.send(Input::EventsLoaded(Vec::new()));
    assert_eq!(world.log(), ["dev: credits low: 60 left"]);
}

/// Monitor whose log begins with a line of an earlier run, and whose two environments share a key.
fn begun_with(kind: EventKind, severity: Severity) -> MonitorHarness {
    let mut world = MonitorHarness::started(&["dev", "prod"]);
    world.monitor.log = crate::monitor::events::EventLog::default();
    let stored = vec![line(&world, kind, severity)];
    world.send(Input::EventsLoaded(stored));
    world.hold("dev", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    world.pass(seconds(1));
    let sample = world.sample(account());
    world.answer(1, sample);
    world
}

#[test]
fn what_is_not_known_yet_is_not_over() {
    let mut world = begun_with(EventKind::Flag(Flag::SharedKey), Severity::Warning);
    world.hold("prod", 1);
    assert_eq!(world.log()[1..], ["prod: has the same key as dev"], "that of dev was told");

    let mut world = begun_with(EventKind::Flag(Flag::RunsOutBeforeReset), Severity::Warning);
    assert_eq!(world.log(), ["dev: old"], "there is no forecast yet");
    world.send(Input::BalancesLoaded { fingerprint: fingerprint(1), points: Some(Vec::new()) });
    assert_eq!(world.log()[1..], ["dev: credits last until the refill again"]);
}

#[test]
fn a_run_of_some_environments_knows_nothing_of_the_keys_of_others() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    world.monitor.scheduler.environments[0].watched.requested = true;
    let stored = vec![line(&world, EventKind::Flag(Flag::SharedKey), Severity::Warning)];
    world.send(Input::EventsLoaded(stored));
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.log(), ["dev: old"]);
    world.monitor.scheduler.environments[0].watched.requested = false;
    world.pass(seconds(1));
    assert_eq!(world.log()[1..], ["dev: has a key of its own again"]);
}

#[test]
fn a_flag_that_gave_way_to_a_worse_one_before_is_forgotten() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let told = |flag, severity| line(&world, EventKind::Flag(flag), severity);
    let stored = vec![
        told(Flag::CreditsLow, Severity::Warning),
        told(Flag::CreditsCritical, Severity::Critical),
        told(Flag::CreditsCritical, Severity::Ok),
    ];
    world.send(Input::EventsLoaded(stored));
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.log(), ["dev: old"; 3]);
}

#[test]
fn the_network_is_back_once_the_service_was_heard() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.monitor.log = crate::monitor::events::EventLog::default();
    let offline = LogEntry { environment: None, ..line(&world, EventKind::Network, Severity::Critical) };
    world.send(Input::EventsLoaded(vec![offline]));
    assert_eq!(world.log(), ["all: old"]);
    world.hold("dev", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    world.pass(seconds(1));
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.log(), ["all: old", "all: the service was reached again"]);
}

/// So many environments, whose first polls are under way.
fn many(count: usize) -> MonitorHarness {
    let names: Vec<_> = (0..count).map(|number| format!("env-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut world = MonitorHarness::with_keys(&names);
    world.pass(seconds(1));
    world
}

#[test]
fn what_happens_to_one_of_many_is_logged_at_once() {
    for count in [3, 200] {
        let mut world = many(count);
        let sample = world.sample(account());
        world.answer(1, sample);
        world.pass(seconds(1));
        world.lose("env-0", KeyErrorKind::Missing);
        assert_eq!(world.log().last().map(String::as_str), Some("env-0: the key was removed"), "{count}");
    }
}

#[test]
fn an_alert_of_one_of_many_is_raised_when_it_is_ripe() {
    let mut world = many(200);
    world.send(Input::AlertsLoaded(Some(Vec::new())));
    world.fail(1, PollErrorKind::Forbidden);
    world.pass(seconds(1));
    world.pass(SignedDuration::from_millis(118_999));
    let wake = world.monitor.next_wake().unwrap() - world.now.elapsed;
    assert_eq!(wake, SignedDuration::from_millis(1));
    let effects = world.pass(wake);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StoreAlert(_))));
}

#[test]
fn that_a_key_was_removed_is_told_only_where_it_was_seen() {
    let removed = "dev: the key was removed".to_owned();
    let mut world = MonitorHarness::started(&["dev"]);
    world.lose("dev", KeyErrorKind::NoSession);
    world.lose("dev", KeyErrorKind::Missing);
    assert_eq!(world.log()[1..], ["dev: no source has a key"], "another key store is asked now");

    let mut world = MonitorHarness::active();
    world.lose("dev", KeyErrorKind::Missing);
    assert_eq!(world.log(), [removed]);

    let mut world = MonitorHarness::started(&["dev"]);
    let environment = Some(Environment { name: name("dev"), label: None });
    let (at, kind) = (world.now.wall, EventKind::Status(Status::Active));
    let fact = EventFact::Earlier { kind, text: "active".to_owned() };
    let earlier = LogEntry { at, environment, severity: Severity::Ok, fact };
    world.send(Input::EventsLoaded(vec![earlier]));
    world.lose("dev", KeyErrorKind::Missing);
    assert_eq!(world.log()[1..], ["dev: no source has a key"], "an earlier run may have had another source");
}

#[test]
fn a_key_is_active_again_only_where_it_was_before() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    world.fail(1, PollErrorKind::Forbidden);
    world.pass(minutes(16));
    let sample = world.sample(account());
    world.answer(1, sample);
    assert!(world.log().contains(&"dev: active".to_owned()), "{:?}", world.log());
    assert!(!world.log().contains(&"dev: active again".to_owned()));
    world.pass(minutes(8));
    world.fail(1, PollErrorKind::Forbidden);
    world.pass(minutes(16));
    let sample = world.sample(account());
    world.answer(1, sample);
    assert!(world.log().contains(&"dev: active again".to_owned()), "{:?}", world.log());
}

proptest! {
    #[test]
    fn no_line_claims_more_than_was_seen(steps in vec(0_u8..4, 1..12)) {
        let mut world = MonitorHarness::started(&["dev"]);
        let (mut had_key, mut told) = (false, world.log().len());
        for step in steps {
            match step {
                0 => drop(world.lose("dev", KeyErrorKind::Missing).to_vec()),
                1 => drop(world.lose("dev", KeyErrorKind::Locked).to_vec()),
                2 => drop(world.pass(minutes(2)).to_vec()),
                _ => {
                    world.hold("dev", 1);
                    had_key = true;
                }
            }
            for line in &world.log()[told..] {
                prop_assert!(had_key || !line.contains("removed"), "{}", line);
                prop_assert!(!line.contains("again"), "nothing was accepted: {}", line);
            }
            told = world.log().len();
        }
    }
}

fn hooks_answered(status: u16) -> SinkError {
    SinkError::Answered { host: "hooks.example.com".to_owned(), status, said: Some("invalid_token".to_owned()) }
}

#[test]
fn a_sink_that_fails_is_told_once_with_the_receivers_word_and_once_when_it_works_again() {
    let mut world = MonitorHarness::active();
    let known = world.log().len();
    for failure in [None, Some(hooks_answered(403)), Some(hooks_answered(500)), None, None] {
        world.send(Input::SinkReported(SinkKind::Webhook, failure));
    }
    assert_eq!(
        world.log()[known..],
        [
            "all: alerts by webhook fail: hooks.example.com answered 403: \"invalid_token\"",
            "all: alerts by webhook are taken again"
        ]
    );
    let mut later = MonitorHarness::started(&["dev"]);
    let failing = EventFact::Sink(SinkKind::Webhook, Some(hooks_answered(403)));
    let failing = LogEntry { at: later.now.wall, environment: None, severity: Severity::Warning, fact: failing };
    later.send(Input::EventsLoaded(vec![failing]));
    for failure in [Some(hooks_answered(403)), None] {
        later.send(Input::SinkReported(SinkKind::Webhook, failure));
    }
    assert_eq!(later.log()[1..], ["all: alerts by webhook are taken again"], "an earlier run told of it");
}

#[test]
fn an_event_tells_since_when_it_is_so() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let made = ago(&world.now, minutes(95 * 1_440));
    let sample = world.sample(Account { created_at: Some(made), ..account() });
    world.answer(1, sample);
    assert_eq!(world.log(), ["dev: rotation overdue since 16 Nov"], "made on 18 Aug, 90 days before");
    world.pass(minutes(8));
    world.fail(1, PollErrorKind::ServerError);
    world.pass(minutes(60));
    world.fail(1, PollErrorKind::Forbidden);
    let since = world.monitor.log.entries().iter().filter_map(|entry| Some((entry.at, entry.fact.since()?)));
    let since: Vec<_> = since.map(|(at, since)| at.duration_since(since).as_mins()).collect();
    assert_eq!(since[..2], [5 * 1_440, 0]);
}
