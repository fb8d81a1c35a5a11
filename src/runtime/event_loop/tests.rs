use std::sync::Arc;

use jiff::tz::TimeZone;

use super::*;
use crate::domain::alert::AlertRules;
use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::Environment;
use crate::domain::error::{PollError, RequestError};
use crate::domain::history_error::{HistoryErrorDetails, HistoryErrorKind};
use crate::domain::thresholds::Thresholds;
use crate::domain::time::Elapsed;
use crate::monitor::effect::Effect;
use crate::monitor::input::KeyHistory;
use crate::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use crate::tui::Screen;
use crate::tui::charset::Charset;
use crate::tui::keymap::{Chord, ChordKey, Keymap};
use crate::tui::message::KeyPress;
use crate::tui::screen::ScreenSettings;
use crate::tui::theme::{ColourDepth, ThemeSettings};
use crate::wording::history_errors;

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
    let settings = MonitorSettings {
        mode: Mode::Operate,
        unwatched: Vec::new(),
        environments: vec![watched],
        polling: Polling::default(),
        alerts: AlertRules::default(),
        operator: "ada".to_owned(),
        max_age: None,
        seed: 1,
    };
    Monitor::new(settings, &crate::services::clock::given().now())
}

#[test]
fn a_refused_key_that_is_stored_again_is_polled_at_once() {
    let mut monitor = monitor();
    let mut now = Now { elapsed: Elapsed::ZERO, wall: "2026-11-21T12:00:00Z".parse().unwrap() };
    let fingerprint = held().identity.fingerprint;
    monitor.handle(Input::Started, &now);
    let first = inputs_of_stored_key(&monitor, dev(), held());
    assert_eq!(first, [Input::KeyLoaded { environment: dev(), outcome: Ok(held()) }], "it is unknown still");
    let mut effects: Vec<_> = first.into_iter().flat_map(|event| monitor.handle(event, &now)).collect();
    effects.extend(monitor.handle(Input::KeyHistoryLoaded { fingerprint, history: Ok(KeyHistory::default()) }, &now));
    for wait in [120, 30] {
        let poll = effects.drain(..).find_map(|effect| match effect {
            Effect::Poll { sequence, .. } => Some(sequence),
            _ => None,
        });
        let sequence = poll.expect("a poll");
        let outcome = PollOutcome::Failed(PollError::new(RequestError::Status { status: 401, said: None }, true));
        monitor.handle(Input::Polled { fingerprint, sequence, outcome, calls: None, known: None }, &now);
        now = Now { elapsed: now.elapsed + SignedDuration::from_secs(wait), ..now };
        effects = monitor.handle(Input::Ticked, &now);
    }
    let is_polled = effects.iter().any(|effect| matches!(effect, Effect::Poll { .. }));
    assert!(!is_polled, "it is refused for good, and asked again in a minute: {effects:?}");
    let news = inputs_of_stored_key(&monitor, dev(), held());
    let effects: Vec<_> = news.into_iter().flat_map(|event| monitor.handle(event, &now)).collect();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Poll { .. })), "{effects:?}");
}

fn app_state() -> AppState {
    let keymap = Keymap::default();
    let settings = ScreenSettings {
        read_only: false,
        wall: false,
        locked: false,
        charset: Charset::Unicode,
        colours: ColourDepth::Sixteen,
        theme: ThemeSettings::default(),
        keymap,
        mouse: true,
    };
    AppState::new(monitor(), Screen::new(settings), TimeZone::UTC, crate::services::clock::given())
}

#[test]
fn a_key_pressed_is_shown_from_the_snapshot_of_the_last_step() {
    let mut app_state = app_state();
    let before = app_state.snapshot();
    let press = KeyPress { chord: Chord::plain(ChordKey::Character('?')), in_burst: false };
    assert!(app_state.update(Message::KeyPressed(press)).is_empty());
    assert!(app_state.chart_to_load().is_none() && app_state.activity_opened().is_none());
    assert!(Arc::ptr_eq(&before, &app_state.snapshot()), "nothing has happened since");
    app_state.step(Input::Ticked);
    assert!(!Arc::ptr_eq(&before, &app_state.snapshot()));
}

#[test]
fn trouble_with_the_request_log_is_told_beside_that_with_samples_but_not_twice() {
    let mut app_state = app_state();
    let trouble = |kind| HistoryErrorDetails { kind, file: None, said: String::new() };
    let mut told = |samples: Option<HistoryErrorKind>, request_log: Option<HistoryErrorKind>| {
        app_state.step(Input::HistoryReported(samples.map(trouble)));
        app_state.request_log_error = request_log.map(trouble);
        app_state
            .with_context(|_, context| context.notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>())
    };
    assert_eq!(told(None, None), [""; 0]);
    let (full, locked) = (HistoryErrorKind::DiskFull, HistoryErrorKind::Busy);
    let [full_text, locked_text] = [full, locked].map(|kind| history_errors::sentence_and_remedy(&trouble(kind)));
    assert_eq!(told(None, Some(full)), std::slice::from_ref(&full_text));
    assert_eq!(told(Some(full), Some(full)), std::slice::from_ref(&full_text));
    assert_eq!(told(Some(full), Some(locked)), [full_text, locked_text]);
}
