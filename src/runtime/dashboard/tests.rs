use super::*;
use crate::domain::alert::AlertRules;
use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::Environment;
use crate::domain::failure::{PollFailure, PollFailureKind};
use crate::domain::thresholds::Thresholds;
use crate::monitor::effect::Effect;
use crate::monitor::event::KeyMemory;
use crate::monitor::settings::{Polling, WatchedEnvironment};
use crate::tui::keymap::Keymap;
use crate::tui::theme::ColourDepth;

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn dev() -> EnvironmentName {
    "dev".parse().unwrap()
}

fn held() -> HeldKey {
    let identity = KeyIdentity { fingerprint: "ba7816bf".parse().unwrap(), ending: None };
    HeldKey { identity, source: KeySource::Store("memory") }
}

fn monitor() -> Monitor {
    let watched = WatchedEnvironment {
        environment: Environment { name: dev(), label: None },
        requested: true,
        thresholds: Thresholds::default(),
        muted: Vec::new(),
    };
    Monitor::new(MonitorSettings {
        environments: vec![watched],
        polling: Polling::default(),
        alerts: AlertRules::default(),
        operator: "ada".to_owned(),
        max_age: None,
        seed: 1,
    })
}

#[test]
fn frames_that_nobody_asked_for_take_a_tenth_of_the_time() {
    let at = SignedDuration::from_millis;
    let mut frames = Frames::default();
    assert!(frames.is_due(at(0)));
    frames.drawn(at(0), at(2));
    assert!(!frames.is_due(at(21)) && frames.put_off);
    assert!(frames.is_due(at(22)) && !frames.put_off);
    frames.drawn(at(100), at(1_100));
    assert!(frames.is_due(at(1_350)), "but none waits for long");
}

#[test]
fn old_samples_go_once_a_day_and_only_while_the_clock_is_right() {
    let right = Some(hours(0));
    assert!(is_prune_due(None, hours(0), right));
    assert!(!is_prune_due(Some(hours(1)), hours(24), right));
    assert!(is_prune_due(Some(hours(1)), hours(25), right));
    for skew in [None, Some(hours(24)), Some(hours(-24)), Some(SignedDuration::MIN), Some(SignedDuration::MAX)] {
        assert!(!is_prune_due(None, hours(100), skew), "{skew:?}");
    }
    assert!(is_prune_due(None, hours(0), Some(hours(-23))));
}

#[test]
fn a_refused_key_that_is_stored_again_is_polled_at_once() {
    let mut monitor = monitor();
    let mut now = Now { elapsed: hours(0), wall: "2026-11-21T12:00:00Z".parse().unwrap() };
    let fingerprint = held().identity.fingerprint;
    monitor.handle(Event::Started, &now);
    let first = news_of_stored_key(&monitor, dev(), held());
    assert_eq!(first, [Event::KeyLoaded { environment: dev(), outcome: Ok(held()) }], "it is unknown still");
    let mut effects: Vec<_> = first.into_iter().flat_map(|event| monitor.handle(event, &now)).collect();
    effects.extend(monitor.handle(Event::Recalled { fingerprint, memory: Ok(KeyMemory::default()) }, &now));
    for _ in 0..2 {
        let poll = effects.drain(..).find_map(|effect| match effect {
            Effect::Poll { sequence, .. } => Some(sequence),
            _ => None,
        });
        let sequence = poll.expect("a poll");
        let failure = PollFailure {
            kind: PollFailureKind::Unauthorized,
            message: "refused".to_owned(),
            retry_after: None,
            counts: true,
            server_clock: None,
        };
        let outcome = PollOutcome::Failed(failure);
        monitor.handle(Event::Polled { fingerprint, sequence, outcome, calls: None }, &now);
        now = Now { elapsed: now.elapsed + SignedDuration::from_mins(2), ..now };
        effects = monitor.handle(Event::Ticked, &now);
    }
    let is_polled = effects.iter().any(|effect| matches!(effect, Effect::Poll { .. }));
    assert!(!is_polled, "it is refused for good, and asked again in an hour: {effects:?}");
    let news = news_of_stored_key(&monitor, dev(), held());
    let effects: Vec<_> = news.into_iter().flat_map(|event| monitor.handle(event, &now)).collect();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Poll { .. })), "{effects:?}");
}

#[test]
fn trouble_with_the_ledger_is_told_beside_that_with_samples_but_not_twice() {
    let keymap = Keymap::default();
    let settings = ScreenSettings { read_only: false, ascii: false, colours: ColourDepth::Sixteen, keymap };
    let mut dashboard = Dashboard {
        monitor: monitor(),
        screen: Screen::new(settings),
        zone: TimeZone::UTC,
        clock: Clock::system(),
        charts: Charts::default(),
        ledger_trouble: None,
        sink_trouble: None,
    };
    let mut told = |samples: Option<&str>, ledger: Option<&str>| {
        dashboard.monitor.history_trouble = samples.map(str::to_owned);
        dashboard.ledger_trouble = ledger.map(str::to_owned);
        dashboard.with_world(|_, world| world.notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>())
    };
    assert_eq!(told(None, None), [""; 0]);
    assert_eq!(told(None, Some("full")), ["full"]);
    assert_eq!(told(Some("full"), Some("full")), ["full"]);
    assert_eq!(told(Some("full"), Some("locked")), ["full", "locked"]);
}
