//! No size, no environment and no text breaks the view.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use strum::VariantArray as _;

use crate::domain::account::Account;
use crate::domain::activity::{ActivityRecord, HourlyCalls, UsageSummary, UsageTotal, hour};
use crate::domain::environment::Environment;
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::domain::forecast::{Exhaustion, Forecast, Outlook};
use crate::domain::key_age::KeyAge;
use crate::domain::last_use::ExternalUse;
use crate::domain::limit::{Contradiction, Limit};
use crate::domain::log_entry::{EventFact, EventKind};
use crate::domain::poll_record::{PollRecord, RecordedOutcome};
use crate::domain::quota::QuotaWindow;
use crate::domain::rotation::RotationError;
use crate::domain::rotation::RotationStage;
use crate::domain::sample::CreditsPoint;
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::thresholds::Thresholds;
use crate::monitor::snapshot::{EnvironmentSnapshot, NextPoll, PollReason, Snapshot};
use crate::monitor::usage::{ActivityError, ActivitySnapshot};
use crate::testing::*;
use crate::tui::action::Action;
use crate::tui::charset::Charset;
use crate::tui::message::Message;
use crate::tui::screen::Screen;
use crate::tui::{update, view};

const OVERLAYS: [&[&str]; 14] = [
    &["w"],
    &["u", "down"],
    &[],
    &["["],
    &["]"],
    &["?"],
    &["e"],
    &["b"],
    &["a"],
    &["a", "x", "space", "x", "enter"],
    &["o", "x", "space", "x", "enter"],
    &["o", "ctrl-b"],
    &["x"],
    &["x", "x"],
];

/// A screen with each overlay open.
fn screens(owned: &OwnedViewContext) -> Vec<Screen> {
    let opened = |keys: &[&str]| {
        let mut screen = screen();
        for key in keys {
            if matches!(update(&mut screen, &owned.context(), press(key))[..], [Action::OpenWebPage]) {
                let _ = update(&mut screen, &owned.context(), Message::WebPageOpened(false));
            }
        }
        screen
    };
    OVERLAYS.into_iter().map(opened).collect()
}

#[test]
fn every_small_size_is_drawn() {
    let mixed = snapshot(vec![unreachable(prod()), key_unavailable(&staging()), invalid(dev())]);
    let first = snapshot(vec![no_key("dev"), no_key("prod")]);
    let rotating =
        snapshot(vec![held_up(rotating(prod(), RotationStage::Watching)), rotating(staging(), RotationStage::Started)]);
    let active = snapshot(vec![busy(prod()), partly_known(staging()), without_usage(dev())]);
    let forecasting = snapshot(vec![EnvironmentSnapshot {
        forecast: Some(forecast(2_000.0, 9_000.0, Some(1)).into()),
        ..calm_prod()
    }]);
    for snapshot in [usual(), mixed, first, rotating, active, forecasting, snapshot(Vec::new())] {
        let mut owned = OwnedViewContext::new(snapshot);
        owned.credits.truncate(50);
        for (number, mut screen) in screens(&owned).into_iter().enumerate() {
            // Each size for the dashboard, and some for what lies over it.
            let (step, sizes) = if number == 0 { (1, 1) } else { (11, 3) };
            let sizes =
                (1..=60).step_by(step).flat_map(|columns| (1..=20).step_by(sizes).map(move |rows| (columns, rows)));
            for (columns, rows) in sizes {
                let _ = update(&mut screen, &owned.context(), Message::Resized { columns, rows });
                draw(&screen, &owned.context(), columns, rows);
            }
        }
    }
}

#[test]
fn a_frame_is_painted_whole() {
    let (screen, owned) = (screen(), OwnedViewContext::new(usual()));
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| view(frame, &screen, &owned.context())).unwrap();
    terminal.backend().assert_buffer(&draw(&screen, &owned.context(), 80, 24));
}

#[test]
fn what_fits_is_never_lost_at_a_size_in_between() {
    let mut owned = OwnedViewContext::new(usual());
    owned.credits.clear();
    for (columns, rows) in (20..=200).step_by(15).flat_map(|columns| (5..=60).map(move |rows| (columns, rows))) {
        let mut screen = screen();
        screen.chosen = Some("prod".parse().unwrap());
        let picture = text(&draw(&screen, &owned.context(), columns, rows));
        let tells = |parts: &[&str]| parts.iter().any(|part| picture.contains(part));
        assert!(tells(&["PROD"]) && tells(&["✖"]) && tells(&["38,765", "38.7k"]), "{columns}×{rows}\n{picture}");
    }
}

fn failure(message: String) -> PollError {
    PollError::new(RequestError::Told { kind: PollErrorKind::ServerError, said: Some(message.into()) }, true)
}

#[test]
fn control_characters_never_reach_the_cells() {
    let mut environments = vec![dev(), staging(), prod()];
    environments[0].environment.label = Some("a\u{1b}[31mb\u{7}\r\n\u{9b}c\u{202e}d".to_owned());
    let mut owned = OwnedViewContext::new(snapshot(environments));
    let text = "x\u{1b}]0;title\u{7}y\u{200b}".to_owned();
    owned.events[4].fact = EventFact::Earlier { kind: EventKind::Key, text };
    for screen in screens(&owned) {
        let buffer = draw(&screen, &owned.context(), 120, 40);
        let unsafe_text =
            |symbol: &str| symbol.contains(|c: char| c.is_control() || c == '\u{202e}' || c == '\u{200b}');
        assert!(buffer.content.iter().all(|cell| !unsafe_text(cell.symbol())));
    }
}

fn moments() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        4 => (-400_000i64..400_000).prop_map(minutes_ago),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
    ]
}

fn windows() -> impl Strategy<Value = QuotaWindow> {
    (limits(), any::<Option<i64>>(), any::<u64>(), limits()).prop_map(|(limit, remaining, own, headers)| QuotaWindow {
        limit,
        remaining,
        own,
        contradiction: Contradiction::between(limit, headers),
        is_over: remaining.is_none() && own % 2 == 0,
    })
}

fn limits() -> impl Strategy<Value = Limit> {
    prop_oneof![Just(Limit::Unknown), Just(Limit::Unlimited), Just(Limit::Of(0)), any::<u64>().prop_map(Limit::Of)]
}

fn accounts() -> impl Strategy<Value = Account> {
    let credits = prop_oneof![3 => -1e6..1e6f64, 1 => Just(f64::MAX), 1 => Just(f64::MIN)];
    (credits, proptest::option::of(prop_oneof![1e-9..1e300f64, Just(0.0), Just(-1.0)]), ".{0,24}", limits()).prop_map(
        |(credits_remaining, monthly_allowance, tier, limit)| Account {
            tier: Some(tier),
            credits_remaining,
            monthly_allowance,
            requests_per_minute: limit,
            requests_per_day: limit,
            created_at: None,
            last_used_at: None,
        },
    )
}

const REASONS: [PollReason; 11] = [
    PollReason::NoKey,
    PollReason::First,
    PollReason::Interval,
    PollReason::Refresh,
    PollReason::Paused,
    PollReason::Confirmation,
    PollReason::Refused,
    PollReason::RateLimited,
    PollReason::Backoff,
    PollReason::Reserve,
    PollReason::Budget,
];

/// A forecast from any balances.
fn forecasts() -> impl Strategy<Value = Option<Forecast>> {
    let points = proptest::collection::vec((moments(), -1e6..1e6f64), 0..40);
    (points, proptest::option::of(any::<u8>()), moments()).prop_map(|(mut points, reset_day, at)| {
        points.sort_by_key(|(at, _)| *at);
        let points: Vec<_> =
            points.into_iter().map(|(at, credits)| CreditsPoint { at, credits, allowance: Some(1_000.0) }).collect();
        Forecast::new(&points, reset_day, at)
    })
}

/// An end of the credits at any moments.
fn outlooks() -> impl Strategy<Value = Option<Outlook>> {
    let moment = || proptest::option::of(moments());
    let exhaustion = (moment(), moment(), moment());
    proptest::option::of((exhaustion, any::<bool>()).prop_map(|((at, earliest, latest), lasts)| {
        let exhaustion = Exhaustion { at, earliest, latest };
        if lasts { Outlook::Lasts(exhaustion) } else { Outlook::RunsOut(exhaustion) }
    }))
}

/// Totals of any endpoints and of any size.
fn activities() -> impl Strategy<Value = ActivitySnapshot> {
    let counts = (any::<u64>(), any::<u64>(), any::<u64>(), 0.0..1e300f64, 0i64..i64::MAX / 1_000_000);
    let total = counts.prop_map(|(calls, errors, timed, credits, time)| {
        let time = SignedDuration::from_millis(time);
        UsageTotal { calls, errors, credits, timed, response_time: time, slowest: time }
    });
    let summary = proptest::collection::vec((".{0,32}", any::<bool>(), total), 0..40).prop_map(UsageSummary::new);
    let moment = || proptest::option::of(moments());
    let calls = (moments(), any::<u64>(), any::<u64>());
    let calls = calls.prop_map(|(at, others, own)| HourlyCalls { hour: hour(at), others, own });
    let hours = proptest::collection::vec(calls, 0..20).prop_map(|mut hours| {
        hours.sort_by_key(|calls| calls.hour);
        hours
    });
    let record = (moment(), moment(), moment(), [summary.clone(), summary.clone(), summary.clone(), summary], hours)
        .prop_map(|(read_at, known_from, last_other, summaries, hours)| ActivityRecord {
            read_at,
            read_until: read_at,
            known_from,
            last_other,
            summaries,
            hours,
        });
    (proptest::option::of(record), any::<bool>(), moment(), proptest::option::of(".{0,200}")).prop_map(
        |(record, reading, next_at, trouble)| ActivitySnapshot {
            record,
            reading,
            next_at,
            error: trouble.map(|message| ActivityError::Failed(failure(message))),
        },
    )
}

prop_compose! {
    fn environments()(
        (forecast, outlook, activity) in (forecasts(), outlooks(), activities()),
        name in "[a-z0-9][a-z0-9-]{0,31}",
        label in proptest::option::of(".{0,60}"),
        status in proptest::sample::select(Status::VARIANTS),
        flags in proptest::sample::subsequence(Flag::VARIANTS, 0..=10),
        reason in proptest::sample::select(&REASONS[..]),
        account in proptest::option::of(accounts()),
        (minute, day) in (windows(), windows()),
        (created, at, next) in (moments(), moments(), proptest::option::of(moments())),
        (fresh, polling, with_key) in any::<(bool, bool, bool)>(),
        skew in any::<i32>(),
        stage in proptest::option::of(proptest::sample::select(RotationStage::VARIANTS)),
    ) -> EnvironmentSnapshot {
        let base = staging();
        let mut rotation = stage.and_then(|stage| rotating(staging(), stage).rotation);
        if let Some(rotation) = &mut rotation {
            (rotation.rotation.started_at, rotation.rotation.promoted_at) = (at, with_key.then_some(created));
            rotation.error = label.clone().map(|said| RotationError::Lock { said });
        }
        let forecast = forecast.map(|forecast| Forecast { outlook: outlook.unwrap_or(forecast.outlook), ..forecast });
        let answer = RecordedOutcome::answered(SignedDuration::from_millis(i64::from(skew)));
        let mut key = base.key.clone().filter(|_| with_key);
        if let Some(key) = &mut key {
            key.age = Some(KeyAge::at(created, &Thresholds::default(), now()));
        }
        EnvironmentSnapshot {
            environment: Environment { name: name.parse().unwrap(), label },
            severity: Severity::worst(status, &flags, fresh),
            next_poll: NextPoll { at: next, reason, ..base.next_poll },
            clock_skew: Some(SignedDuration::from_secs(i64::from(skew))),
            others_use: Some(ExternalUse { at, exact: polling }),
            own_use: Some(at),
            polled_at: Some(at),
            snoozed_until: next,
            activity,
            rotation,
            polls: [at, created].map(|at| PollRecord { at, outcome: answer }).to_vec(),
            status, flags, key, account, forecast: forecast.map(Into::into), fresh, minute, day, polling,
            ..base
        }
    }
}

prop_compose! {
    fn snapshots()(
        environments in proptest::collection::vec(environments(), 0..8),
        (is_cut_off, paused) in any::<(bool, bool)>(),
    ) -> Snapshot {
        Snapshot { outage: is_cut_off.then(offline), paused, ..snapshot(environments) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_environment_breaks_the_view(
        snapshot in snapshots(),
        (columns, rows) in (1u16..210, 1u16..64),
        credits in proptest::collection::vec((moments(), -1e9..1e12f64), 0..50),
        ascii in any::<bool>(),
    ) {
        let mut owned = OwnedViewContext::new(snapshot);
        owned.credits = credits.into_iter().map(|(at, credits)| CreditsPoint { at, credits, allowance: None }).collect();
        owned.credits.sort_by_key(|point| point.at);
        for screen in screens(&owned) {
            draw(&screen, &owned.context(), columns, rows);
        }
        let mut settings = settings();
        settings.charset = if ascii { Charset::Ascii } else { Charset::Unicode };
        if ascii {
            for keys in OVERLAYS {
                let mut screen = Screen::new(settings.clone());
                for key in keys {
                    let _ = update(&mut screen, &owned.context(), press(key));
                }
                let buffer = draw(&screen, &owned.context(), columns, rows);
                prop_assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()), "{:?}", keys);
            }
        }
        let mut plain = Screen::new(settings);
        for range in ["", "[", "]", "]"] {
            if !range.is_empty() {
                let _ = update(&mut plain, &owned.context(), press(range));
            }
            draw(&plain, &owned.context(), columns, rows);
        }
        let buffer = draw(&plain, &owned.context(), columns, rows);
        prop_assert!(!ascii || buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
    }
}
