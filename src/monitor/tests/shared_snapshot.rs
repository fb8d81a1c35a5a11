//! A step builds anew only what it touched, and still tells all that a step tells that builds everything anew.

use std::collections::VecDeque;

use jiff::civil::time;
use proptest::prelude::*;

use super::*;
use crate::domain::activity::{ActivityRecord, UsageError, UsagePage, UsageResponse, UsageUpdate};
use crate::domain::alert::{Acknowledgement, AlertRecord, AlertWriteOutcome, QuietHours};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::rotation::{Rotation, RotationStage};
use crate::domain::sample::CreditsPoint;
use crate::monitor::input::HeldRotation;
use crate::monitor::usage::{UsageEffect, UsageInput, UsageOutcome};

const ENVIRONMENTS: usize = 24;
/// Fewer than environments, so that some share a key.
const KEYS: u32 = 19;

/// Something that happens. `usize` is an environment, `u32` a key, `u8` one of the ways in which it can happen.
#[derive(Clone, Debug)]
enum Happening {
    /// So many seconds pass.
    Pass(i64),
    /// So many effects that wait are done, the first one at such a place, in one way.
    Do(usize, usize, u8),
    Hold(usize, u32),
    Lose(usize, u8),
    Rotate(usize, u32, u8),
    Refresh(usize),
    RefreshAll,
    Pause,
    Snooze(usize),
    Acknowledge(usize),
    TakeBack(usize),
    Open(Option<usize>),
    /// The service answers every poll in one way until it does so in another, or each in its own.
    Answer(Option<u8>),
    ReloadAlerts,
    ChangeKeyStore,
    FailHistory(bool),
    SetClock(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let place = || 0..ENVIRONMENTS;
    prop_oneof![
        8 => prop_oneof![3 => Just(0), 4 => 1..5_i64, 3 => 5..150_i64, 1 => 150..4_000_i64].prop_map(Happening::Pass),
        16 => (0..100_usize, 1..30_usize, 0..24_u8).prop_map(|(from, count, way)| Happening::Do(from, count, way)),
        3 => (place(), 0..KEYS + 8).prop_map(|(place, key)| Happening::Hold(place, key)),
        1 => (place(), 0..3_u8).prop_map(|(place, way)| Happening::Lose(place, way)),
        2 => (place(), 0..KEYS, 0..4_u8).prop_map(|(place, key, way)| Happening::Rotate(place, key, way)),
        2 => place().prop_map(Happening::Refresh),
        1 => Just(Happening::RefreshAll),
        1 => Just(Happening::Pause),
        1 => place().prop_map(Happening::Snooze),
        2 => place().prop_map(Happening::Acknowledge),
        1 => place().prop_map(Happening::TakeBack),
        3 => proptest::option::of(place()).prop_map(Happening::Open),
        2 => proptest::option::of(7..18_u8).prop_map(Happening::Answer),
        1 => Just(Happening::ReloadAlerts),
        1 => Just(Happening::ChangeKeyStore),
        1 => any::<bool>().prop_map(Happening::FailHistory),
        1 => (-200..200_i64).prop_map(Happening::SetClock),
    ]
}

fn environment(place: usize) -> EnvironmentName {
    name(&format!("env-{place}"))
}

/// Two monitors to which the same happens. The first shares what a step does not touch, the second builds all anew.
struct Twins {
    monitors: [Monitor; 2],
    now: Now,
    waiting: VecDeque<Effect>,
    held: Vec<u32>,
    /// The one way in which all polls are answered.
    answer: Option<u8>,
    alerts: Vec<AlertRecord>,
}

impl Twins {
    fn new() -> Self {
        let environments = (0..ENVIRONMENTS).map(|place| WatchedEnvironment {
            environment: Environment { name: environment(place), label: None },
            requested: place.is_multiple_of(2),
            thresholds: Thresholds::default(),
            muted: Vec::new(),
        });
        let quiet_hours = QuietHours { from: time(15, 0, 0, 0), until: time(15, 20, 0, 0), zone: TimeZone::UTC };
        let settings = MonitorSettings {
            mode: Mode::Operate,
            environments: environments.collect(),
            unwatched: Vec::new(),
            polling: Polling::default(),
            alerts: AlertRules { quiet_hours: Some(quiet_hours), ..AlertRules::default() },
            operator: "ada".to_owned(),
            max_age: None,
            seed: 7,
        };
        let now = Now { elapsed: Elapsed::ZERO, wall: "2026-11-21T14:32:00Z".parse().unwrap() };
        let mut monitors = [Monitor::new(settings.clone(), &now), Monitor::new(settings, &now)];
        monitors[0].latest.few = 0;
        monitors[1].latest.few = usize::MAX;
        let held = (0..KEYS).cycle().take(ENVIRONMENTS).collect();
        let mut twins = Self { monitors, now, waiting: VecDeque::new(), held, answer: None, alerts: Vec::new() };
        twins.tell(Input::Started);
        twins.tell(Input::Usage(UsageInput::Followed));
        twins
    }

    /// Tells both, and compares what comes of it.
    #[expect(clippy::needless_pass_by_value, reason = "an input is used up, as by a monitor")]
    fn tell(&mut self, input: Input) {
        let [sharing, whole] = &mut self.monitors;
        let effects = sharing.handle(input.clone(), &self.now);
        assert_eq!(effects, whole.handle(input.clone(), &self.now), "effects of {input:?}");
        assert_eq!(sharing.events(), whole.events(), "events after {input:?}");
        assert_eq!(sharing.next_wake(), whole.next_wake(), "the next wake after {input:?}");
        let [snapshot, all] = [sharing.snapshot(), whole.snapshot()];
        if snapshot != all {
            for (one, anew) in snapshot.environments.iter().zip(&all.environments) {
                assert_eq!(one, anew, "after {input:?}");
            }
            assert_eq!(snapshot, all, "after {input:?}");
        }
        self.waiting.extend(effects);
    }

    fn happen(&mut self, happening: &Happening) {
        match *happening {
            Happening::Pass(passed) => {
                self.now = self.now.after(seconds(passed));
                self.tell(Input::Ticked);
            }
            Happening::Do(from, count, way) => {
                for _ in 0..count {
                    let place = from.min(self.waiting.len().saturating_sub(1));
                    let Some(effect) = self.waiting.remove(place) else { return };
                    if let Some(input) = self.outcome(effect, way) {
                        self.tell(input);
                    }
                }
            }
            Happening::Hold(place, key) => {
                self.held[place] = key;
                self.load(place, 0);
            }
            Happening::Lose(place, way) => self.load(place, 1 + way),
            Happening::Rotate(place, key, way) => self.rotate(place, key, way),
            Happening::Refresh(place) => self.tell(Input::RefreshRequested(environment(place))),
            Happening::RefreshAll => self.tell(Input::RefreshAllRequested),
            Happening::Pause => self.tell(Input::PauseToggled),
            Happening::Snooze(place) => self.tell(Input::RotationSnoozed(environment(place))),
            Happening::Acknowledge(place) => self.tell(acknowledged(environment(place))),
            Happening::TakeBack(place) => {
                self.tell(Input::AcknowledgementRequested(environment(place), AcknowledgementRequest::TakeBack));
            }
            Happening::Open(place) => self.tell(Input::Usage(UsageInput::Opened(place.map(environment)))),
            Happening::Answer(way) => self.answer = way,
            Happening::ReloadAlerts => self.tell(Input::AlertsLoaded(Some(self.alerts.clone()))),
            Happening::ChangeKeyStore => self.tell(Input::KeyStoreChanged),
            Happening::FailHistory(fails) => {
                self.tell(Input::HistoryReported(fails.then(HistoryErrorDetails::interrupted)));
            }
            Happening::SetClock(by) => self.now.wall = self.now.wall.saturating_add(seconds(by)).unwrap(),
        }
    }

    fn load(&mut self, place: usize, way: u8) {
        let identity = KeyIdentity { fingerprint: fingerprint(self.held[place]), ending: None };
        let outcome = match way {
            1 => Err(key_failure(KeyErrorKind::Missing)),
            2 => Err(key_failure(KeyErrorKind::Locked)),
            _ => Ok(HeldKey { identity, source: KeySource::Store("keyring") }),
        };
        self.tell(Input::KeyLoaded { environment: environment(place), outcome });
    }

    fn rotate(&mut self, place: usize, old: u32, way: u8) {
        let stage =
            [RotationStage::Watching, RotationStage::Watching, RotationStage::Promoting, RotationStage::Completed];
        let stage = stage[usize::from(way)];
        let new = (stage == RotationStage::Watching).then(|| fingerprint(self.held[place]));
        let rotation = Rotation {
            number: i64::from(old),
            environment: environment(place),
            old: fingerprint(old),
            new,
            stage,
            started_at: "2026-11-20T09:00:00Z".parse().unwrap(),
            promoted_at: new.map(|_| self.now.wall),
            ended_at: stage.is_ended().then_some(self.now.wall),
        };
        let old_key = new.map(|_| KeyIdentity { fingerprint: fingerprint(old), ending: None });
        let outcome = Ok(Some(HeldRotation { rotation, old_key, error: None }));
        self.tell(Input::RotationLoaded { environment: environment(place), outcome });
    }

    /// An answer of the service, in one of several ways.
    fn sample(&self, way: u8) -> Sample {
        let credits_remaining = [222.0, 40.0, 4.0, 0.0][usize::from(way) % 4];
        let age = SignedDuration::from_hours(24 * [10, 80, 95][usize::from(way) % 3]);
        let account = Account {
            credits_remaining,
            created_at: Some(self.now.wall - age),
            last_used_at: (way.is_multiple_of(2)).then(|| self.now.wall - seconds(200)),
            requests_per_minute: Limit::Of(300),
            requests_per_day: Limit::Of(if way == 7 { 200 } else { 100_000 }),
            ..account()
        };
        let day_remaining = (way == 5).then_some(3);
        let quota = Quota { day_limit: Limit::Of(1_000), day_remaining, ..Quota::default() };
        let server_clock = Some(if way == 6 { self.now.wall + minutes(10) } else { self.now.wall });
        Sample { at: self.now.wall, latency: SignedDuration::from_millis(40), server_clock, account, quota }
    }

    fn history(&self, way: u8) -> KeyHistory {
        KeyHistory {
            sample: (way.is_multiple_of(2)).then(|| self.sample(way)),
            outcome_number: u64::try_from((self.now.elapsed - Elapsed::ZERO).as_secs()).unwrap(),
            ..KeyHistory::default()
        }
    }

    fn poll_outcome(&self, way: u8) -> PollOutcome {
        match way {
            8..=10 => PollOutcome::Failed(failure(PollErrorKind::Unauthorized)),
            11..=13 => PollOutcome::Failed(failure(PollErrorKind::Connection)),
            14 => PollOutcome::Failed(failure(PollErrorKind::ServerError)),
            15 => PollOutcome::Failed(failure(PollErrorKind::RateLimited)),
            16 => PollOutcome::Failed(failure(PollErrorKind::Forbidden)),
            17 => PollOutcome::Failed(failure(PollErrorKind::CreditsOut)),
            18 => PollOutcome::PermitDenied(Box::new(self.history(way))),
            19 => PollOutcome::NoRequestLog,
            20 => {
                PollOutcome::LeasedByOther { history: Box::new(self.history(way)), until: self.now.wall + minutes(5) }
            }
            _ => PollOutcome::Answered(Box::new(self.sample(way))),
        }
    }

    fn outcome(&mut self, effect: Effect, way: u8) -> Option<Input> {
        Some(match effect {
            Effect::LoadKey(environment, _) => {
                let place =
                    self.monitors[0].scheduler.environments.iter().position(|one| *one.name() == environment)?;
                self.load(place, way.saturating_sub(20));
                return None;
            }
            Effect::LoadKeyHistory(fingerprint) => {
                Input::KeyHistoryLoaded { fingerprint, history: Ok(self.history(way)) }
            }
            Effect::LoadBalances(fingerprint) => {
                let points = (1..75).rev().map(|hours| CreditsPoint {
                    at: self.now.wall - SignedDuration::from_hours(hours),
                    credits: 200.0 + 1.0 * f64::from(i32::try_from(hours).unwrap()),
                    allowance: Some(300.0),
                });
                Input::BalancesLoaded { fingerprint, points: (way != 1).then(|| points.collect()) }
            }
            Effect::Poll { fingerprint, sequence, .. } => {
                let outcome = self.poll_outcome(self.answer.unwrap_or(way));
                let known = (way == 21).then(|| Box::new(self.history(20)));
                Input::Polled { fingerprint, sequence, outcome, calls: (way.is_multiple_of(5)).then(Vec::new), known }
            }
            Effect::StoreAlert(change) => {
                let record = Box::new(change.record);
                let settlement = match way {
                    0..=18 => AlertWriteOutcome::Stored,
                    19..=21 => AlertWriteOutcome::NotStored,
                    _ => AlertWriteOutcome::VersionConflict(Box::new(AlertRecord {
                        version: record.version + 1,
                        acknowledged: Some(Acknowledgement { by: "bob".to_owned(), at: self.now.wall, note: None }),
                        ..(*record).clone()
                    })),
                };
                self.alerts.push((*record).clone());
                Input::AlertStored { record, settlement }
            }
            Effect::LoadAlerts => Input::AlertsLoaded((way.is_multiple_of(2)).then(|| self.alerts.clone())),
            Effect::LoadEvents => Input::EventsLoaded(Vec::new()),
            Effect::Usage(effect) => Input::Usage(self.usage_outcome(&effect, way)),
            _ => return None,
        })
    }

    fn usage_outcome(&self, effect: &UsageEffect, way: u8) -> UsageInput {
        let last_other = way.is_multiple_of(3).then(|| self.now.wall - seconds(90));
        let record = ActivityRecord { read_at: Some(self.now.wall), last_other, ..ActivityRecord::default() };
        match *effect {
            UsageEffect::Load(fingerprint) => {
                let record = ActivityRecord { read_at: record.read_at.filter(|_| way.is_multiple_of(4)), ..record };
                UsageInput::Loaded { fingerprint, outcome: Ok(record) }
            }
            UsageEffect::Read { fingerprint, sequence, .. } => {
                let page = UsagePage { rows: Vec::new(), total_count: Some(0), limit: None };
                let outcome = match way {
                    8..=10 => UsageOutcome::Failed(UsageError::NotAvailable(failure(PollErrorKind::Forbidden))),
                    11..=13 => UsageOutcome::Failed(UsageError::Failed(failure(PollErrorKind::RateLimited))),
                    14..=15 => UsageOutcome::PermitDenied,
                    16..=17 => UsageOutcome::LeasedByOther,
                    _ => UsageOutcome::Answered(Box::new(UsageResponse { page, server_clock: None })),
                };
                UsageInput::Read { fingerprint, sequence, outcome, calls: None }
            }
            UsageEffect::Store { fingerprint, .. } => {
                UsageInput::Stored { fingerprint, outcome: Ok(UsageUpdate { anomalies: Vec::new(), record }) }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_step_that_shares_what_it_did_not_touch_tells_all_that_one_tells_that_builds_all_anew(
        happenings in proptest::collection::vec(happening(), 1..40),
    ) {
        let mut twins = Twins::new();
        // Most of what goes wrong goes wrong once the keys are known.
        twins.happen(&Happening::Do(0, 120, 0));
        twins.happen(&Happening::Pass(20));
        twins.happen(&Happening::Do(0, 100, 0));
        for happening in &happenings {
            twins.happen(happening);
        }
    }
}

#[test]
fn a_step_shares_the_environments_that_it_did_not_touch() {
    let mut twins = Twins::new();
    twins.happen(&Happening::Do(0, 120, 0));
    let before = twins.monitors[0].snapshot();
    twins.happen(&Happening::Hold(3, KEYS + 1));
    let after = twins.monitors[0].snapshot();
    let places = 0..ENVIRONMENTS;
    let others = places.filter(|place| !Arc::ptr_eq(&before.environments[*place], &after.environments[*place]));
    assert_eq!(others.collect::<Vec<_>>(), [3, 22], "the one, and the one that shared its key");
}
