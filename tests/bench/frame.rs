//! How long a frame and an update take: `cargo bench --bench frame` prints medians.
//!
//! A tool to look at, not a test: nothing here fails on a slow machine.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and may panic where its premises break")]

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::alert::{AlertRules, AlertWriteOutcome};
use trackyard_tui::domain::api_key::{ApiKey, KeySource};
use trackyard_tui::domain::environment::Environment;
use trackyard_tui::domain::limit::Limit;
use trackyard_tui::domain::quota::Quota;
use trackyard_tui::domain::sample::{CreditsPoint, Sample};
use trackyard_tui::domain::thresholds::Thresholds;
use trackyard_tui::domain::time::{Elapsed, Now};
use trackyard_tui::monitor::Monitor;
use trackyard_tui::monitor::effect::Effect;
use trackyard_tui::monitor::input::{HeldKey, Input, KeyHistory, PollOutcome};
use trackyard_tui::monitor::settings::{Mode, MonitorSettings, Polling, WatchedEnvironment};
use trackyard_tui::tui::charset::Charset;
use trackyard_tui::tui::keymap::{Chord, ChordKey, Keymap};
use trackyard_tui::tui::message::KeyPress;
use trackyard_tui::tui::screen::ScreenSettings;
use trackyard_tui::tui::theme::{ColourDepth, ThemeSettings};
use trackyard_tui::tui::{Message, Screen, ViewContext, update, view};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
/// As a user has, and far more than anyone has.
const ENVIRONMENTS: [usize; 2] = [3, 1_000];
const ROUNDS: usize = 200;
/// What one measurement may take; slow things are measured less often.
const PATIENCE: Duration = Duration::from_secs(2);
/// A chart as full as it gets.
const POINTS: i32 = 1_000;

fn main() {
    for count in ENVIRONMENTS {
        let mut machine = Machine::settled(count);
        for (columns, rows) in SIZES {
            let frame = machine.frame(columns, rows);
            report(&format!("frame, {count} environments, {columns}×{rows}"), frame);
        }
        report(&format!("key press, {count} environments"), machine.key_press());
        report(&format!("tick, {count} environments"), machine.tick());
        report(&format!("first tick of a second, {count} environments"), machine.tick_of_a_second());
        report(&format!("sample, {count} environments"), machine.sample());
        report(&format!("overview, {count} environments"), machine.overview());
    }
}

fn report(what: &str, median: Duration) {
    println!("{what:<40} {:>10.1} µs", median.as_secs_f64() * 1e6);
}

fn median(mut act: impl FnMut()) -> Duration {
    let start = Instant::now();
    let mut times = Vec::with_capacity(ROUNDS);
    while times.len() < ROUNDS && (times.is_empty() || start.elapsed() < PATIENCE) {
        let before = Instant::now();
        act();
        times.push(before.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

/// A monitor that has polled each of its environments, and the screen that shows it.
struct Machine {
    monitor: Monitor,
    screen: Screen,
    credits: Vec<CreditsPoint>,
    now: Now,
}

impl Machine {
    fn settled(count: usize) -> Self {
        let settings = MonitorSettings {
            mode: Mode::Operate,
            unwatched: Vec::new(),
            environments: (0..count).map(watched).collect(),
            polling: Polling::default(),
            alerts: AlertRules::default(),
            operator: "ada".to_owned(),
            max_age: None,
            seed: 1,
        };
        let now = Now { elapsed: Elapsed::ZERO, wall: "2026-11-21T14:32:00Z".parse().expect("a time") };
        let credits = (0..POINTS).map(|minute| CreditsPoint {
            at: now.wall - SignedDuration::from_mins(10 * i64::from(POINTS - minute)),
            credits: f64::from(40_000 - 11 * minute),
            allowance: Some(50_000.0),
        });
        let screen = Screen::new(ScreenSettings {
            read_only: false,
            wall: false,
            locked: false,
            charset: Charset::Unicode,
            colours: ColourDepth::detect(None, Some("xterm-256color"), Some("truecolor")),
            theme: ThemeSettings::default(),
            keymap: Keymap::default(),
            mouse: true,
        });
        let mut machine = Self { monitor: Monitor::new(settings, &now), screen, credits: credits.collect(), now };
        machine.tell(Input::Started);
        while machine.monitor.snapshot().environments.iter().any(|one| one.account.is_none()) {
            machine.now = machine.now.after(SignedDuration::from_secs(1));
            machine.tell(Input::Ticked);
        }
        machine
    }

    /// Tells the monitor of an event, and of what comes of its effects.
    fn tell(&mut self, event: Input) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let effects = self.monitor.handle(event, &self.now);
            events.extend(effects.into_iter().map(|effect| outcome(effect, self.now.wall)));
        }
    }

    fn with_world<T>(&mut self, act: impl FnOnce(&mut Screen, &ViewContext<'_>) -> T) -> T {
        let snapshot = self.monitor.snapshot();
        let world = ViewContext {
            snapshot: &snapshot,
            events: self.monitor.events(),
            credits: &self.credits,
            now: self.now.wall,
            zone: &TimeZone::UTC,
            notices: &[],
            wait_hint: None,
        };
        act(&mut self.screen, &world)
    }

    fn frame(&mut self, columns: u16, rows: u16) -> Duration {
        let Ok(mut terminal) = Terminal::new(TestBackend::new(columns, rows));
        self.with_world(|screen, world| {
            drop(update(screen, world, Message::Resized { columns, rows }));
            median(|| {
                let Ok(frame) = terminal.draw(|frame| view(frame, screen, world));
                black_box(frame.count);
            })
        })
    }

    fn key_press(&mut self) -> Duration {
        let next = KeyPress { chord: Chord::plain(ChordKey::Tab), in_burst: false };
        self.with_world(|screen, world| median(|| drop(black_box(update(screen, world, Message::KeyPressed(next))))))
    }

    fn tick(&mut self) -> Duration {
        median(|| drop(black_box(self.monitor.handle(Input::Ticked, &self.now))))
    }

    fn tick_of_a_second(&mut self) -> Duration {
        let mut now = self.now;
        median(|| {
            now.wall += SignedDuration::from_secs(1);
            drop(black_box(self.monitor.handle(Input::Ticked, &now)));
        })
    }

    /// From the wish for news of one environment until its sample is taken in.
    fn sample(&mut self) -> Duration {
        let name = self.monitor.snapshot().environments[0].environment.name.clone();
        median(|| {
            self.now = self.now.after(SignedDuration::from_mins(1));
            self.tell(Input::RefreshRequested(name.clone()));
        })
    }

    fn overview(&mut self) -> Duration {
        median(|| drop(black_box(self.monitor.snapshot())))
    }
}

fn watched(number: usize) -> WatchedEnvironment {
    let names = ["dev".to_owned(), "staging".to_owned(), "prod".to_owned()];
    let name = names.get(number).cloned().unwrap_or_else(|| format!("more-{number}"));
    let environment = Environment { name: name.parse().expect("a name"), label: None };
    WatchedEnvironment { environment, requested: false, thresholds: Thresholds::default(), muted: Vec::new() }
}

fn outcome(effect: Effect, now: Timestamp) -> Input {
    match effect {
        Effect::LoadKey(environment, _) => {
            let key = ApiKey::parse(&format!("trackyard_live_of_{environment}_for_the_bench")).expect("a key");
            let held = HeldKey { identity: key.identity(), source: KeySource::Store("keyring") };
            Input::KeyLoaded { environment, outcome: Ok(held) }
        }
        Effect::LoadKeyHistory(fingerprint) => {
            Input::KeyHistoryLoaded { fingerprint, history: Ok(KeyHistory::default()) }
        }
        Effect::LoadBalances(fingerprint) => {
            let points = (0..75 * 24).rev().map(|hours| CreditsPoint {
                at: now - SignedDuration::from_hours(i64::from(hours)),
                credits: 38_768.0 + 17.0 * f64::from(hours),
                allowance: Some(50_000.0),
            });
            Input::BalancesLoaded { fingerprint, points: Some(points.collect()) }
        }
        Effect::Poll { fingerprint, sequence, .. } => {
            let outcome = PollOutcome::Answered(Box::new(sample(now)));
            Input::Polled { fingerprint, sequence, outcome, calls: Some(vec![now]), known: None }
        }
        Effect::LoadAlerts => Input::AlertsLoaded(None),
        Effect::StoreAlert(change) => {
            Input::AlertStored { record: Box::new(change.record), settlement: AlertWriteOutcome::Stored }
        }
        Effect::StoreSample { .. }
        | Effect::StoreVerdict { .. }
        | Effect::StoreSnooze { .. }
        | Effect::Observe { .. }
        | Effect::EraseRevokedKey(_)
        | Effect::Usage(_) => Input::HistoryReported(None),
        Effect::LoadEvents => Input::EventsLoaded(Vec::new()),
        Effect::StoreEvents(_) => Input::Ticked,
    }
}

fn sample(at: Timestamp) -> Sample {
    let account = Account {
        tier: Some("pro".to_owned()),
        credits_remaining: 38_768.0,
        monthly_allowance: Some(50_000.0),
        requests_per_minute: Limit::Of(300),
        requests_per_day: Limit::Of(10_000),
        created_at: Some(at - SignedDuration::from_hours(24 * 80)),
        last_used_at: Some(at - SignedDuration::from_mins(3)),
    };
    let quota = Quota {
        minute_limit: Limit::Of(300),
        minute_remaining: Some(280),
        day_limit: Limit::Of(10_000),
        day_remaining: Some(9_000),
    };
    Sample { at, latency: SignedDuration::from_millis(80), server_clock: Some(at), account, quota }
}
