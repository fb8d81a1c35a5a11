//! Does what the monitor wants done, each thing as a task of its own, and brings back what came of it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::mpsc;

use super::alert_notification;
use super::key_commands::KeyCommands;
use super::poll;
use super::rotation::{self, LoadedRotation, RotationExecutor};
use super::shared_client::SharedClient;
use super::tasks::{StoreTasksEnd, TaskOutcome, Tasks};
use crate::domain::alert::AlertRecord;
use crate::domain::api_key::{ApiKey, Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, PollErrorKind};
use crate::domain::forecast;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::rotation::{RotationError, RotationStage};
use crate::monitor::effect::Effect;
use crate::monitor::input::{HeldKey, HeldRotation, Input, PollOutcome};
use crate::monitor::model::Monitor;
use crate::monitor::quota::PermitRequest;
use crate::services::Services;
use crate::services::history::{HistoryError, HistoryStore};
use crate::services::keys::{KeyReadTimeout, KeyWriter, LoadedKey};
use crate::tui::ChartRange;

/// A forecast needs no more balances than one for each of these.
const BALANCES_STEP: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// What the key store tells within this is told as one.
const KEY_STORE_DEBOUNCE: Duration = Duration::from_millis(200);
/// How long after that a change can be read for certain.
const KEY_STORE_SETTLE_TIME: Duration = Duration::from_secs(2);

/// What a runner may do about keys.
pub enum Mode {
    /// Ask for the keys in use.
    Headless,
    /// And for the old keys of rotations, to watch them.
    Observer,
    /// And change them: go on with rotations, and do what the operator asks.
    Operator(KeyWriter),
}

/// Runs effects. It alone holds the keys in use.
pub struct EffectRunner {
    pub(super) services: Services,
    mode: Mode,
    patience_min: KeyReadTimeout,
    pub(super) client: SharedClient,
    pub(super) keys: HashMap<Fingerprint, ApiKey>,
    /// Environments in whose store what a rotation left behind was looked for, and no rotation is under way. Where one
    /// is, the loss of its journal is noticed with the next look.
    searched: HashSet<EnvironmentName>,
    /// How often sources of keys were asked.
    loads: u64,
    /// The last time that sources were asked before a key of the environment was changed here.
    outdated: HashMap<EnvironmentName, u64>,
    pub(super) tasks: Tasks,
    stored: StoreTasksEnd,
}

impl EffectRunner {
    /// A runner, and the mailbox where what came of its tasks arrives.
    #[must_use]
    pub fn new(services: Services, rights: Mode) -> (Self, mpsc::Receiver<TaskOutcome>) {
        let (tasks, mailbox, stored) = Tasks::new();
        let runner = Self {
            services,
            mode: rights,
            patience_min: KeyReadTimeout::Poll,
            client: SharedClient::default(),
            keys: HashMap::new(),
            searched: HashSet::new(),
            loads: 0,
            outdated: HashMap::new(),
            tasks,
            stored,
        };
        (runner, mailbox)
    }

    /// The same, with at least such patience for every source of keys.
    #[must_use]
    pub fn with_patience(self, patience_min: KeyReadTimeout) -> Self {
        Self { patience_min, ..self }
    }

    /// Where the operator's wishes go; `None` where keys may not be changed.
    #[must_use]
    pub fn key_commands(&self) -> Option<KeyCommands> {
        let Mode::Operator(keeper) = &self.mode else { return None };
        Some(KeyCommands::new(self.services.clone(), keeper.clone(), self.client.clone(), self.tasks.clone()))
    }

    /// Delivers whatever the key store tells by itself.
    pub fn follow_key_store(&self) {
        let (keys, mailbox) = (self.services.keys.clone(), self.tasks.mailbox());
        tokio::spawn(async move {
            loop {
                keys.changed().await;
                // One change is told many times over, and by some programs before it can be read.
                for wait in [KEY_STORE_DEBOUNCE, KEY_STORE_SETTLE_TIME] {
                    tokio::time::sleep(wait).await;
                    keys.invalidate();
                    if mailbox.send(TaskOutcome::Event(Input::KeyStoreChanged)).await.is_err() {
                        return;
                    }
                }
            }
        });
    }

    /// Delivers how the sinks fare, whenever that changes.
    pub fn follow_sinks(&self) {
        let (notifier, mailbox) = (self.services.notifier.clone(), self.tasks.mailbox());
        tokio::spawn(async move {
            loop {
                let (sink, failure) = notifier.changed().await;
                if mailbox.send(TaskOutcome::Event(Input::SinkReported(sink, failure))).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Ends, once all that is to be kept is stored. The desk has to be dropped before.
    pub async fn finish(self) {
        let Self { services, tasks, stored, .. } = self;
        drop(tasks);
        stored.wait().await;
        release(&services).await;
    }

    /// Starts what is to be done.
    pub fn run(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.start(effect);
        }
    }

    /// Keeps the key of a delivery, and tells the monitor what it may know of it.
    pub fn keep_key(&mut self, environment: EnvironmentName, loaded: Result<LoadedKey, KeyError>) -> Input {
        let outcome = loaded.map(|LoadedKey { key, source }| HeldKey { identity: self.hold(key), source });
        Input::KeyLoaded { environment, outcome }
    }

    /// Keeps the old key of a rotation while it is watched, and tells the monitor what it may know of it.
    pub fn keep_rotation(
        &mut self,
        environment: EnvironmentName,
        outcome: Result<Option<LoadedRotation>, RotationError>,
    ) -> Input {
        let is_under_way = |loaded: &LoadedRotation| !loaded.rotation.stage.is_ended();
        if outcome.as_ref().map_or(true, |loaded| loaded.as_ref().is_some_and(is_under_way)) {
            self.searched.remove(&environment);
        }
        let outcome = outcome.map(|loaded| {
            loaded.map(|LoadedRotation { rotation, previous, hindrance, .. }| {
                let is_watched =
                    |key: &ApiKey| rotation.stage == RotationStage::Watching && key.fingerprint() == rotation.old;
                let old_key = previous.filter(is_watched).map(|key| self.hold(key));
                let stage = rotation.stage;
                let trouble = hindrance.map(|hindrance| RotationError::Blocked { hindrance, stage });
                HeldRotation { rotation, old_key, error: trouble }
            })
        });
        Input::RotationLoaded { environment, outcome }
    }

    /// Keeps a key in memory.
    pub fn hold(&mut self, key: ApiKey) -> KeyIdentity {
        let identity = key.identity();
        self.keys.insert(identity.fingerprint, key);
        identity
    }

    /// A key that was just written to the key store; `None` where another source comes first.
    #[must_use]
    pub fn from_store(&self, environment: &EnvironmentName, key: ApiKey) -> Option<LoadedKey> {
        let keys = &self.services.keys;
        let is_used = keys.overriding_source(environment).is_none();
        is_used.then(|| LoadedKey { key, source: KeySource::Store(keys.store_name()) })
    }

    /// Notes that a key of an environment was changed here: what its sources are being asked may be answered with what
    /// they had before.
    pub fn outdate(&mut self, environment: EnvironmentName) {
        self.outdated.insert(environment, self.loads);
    }

    /// Whether the answer of sources is from before the last change. They are asked anew then.
    pub fn reloads_outdated(&mut self, environment: &EnvironmentName, begun: u64) -> bool {
        let is_outdated = self.outdated.get(environment).is_some_and(|last| begun <= *last);
        if is_outdated {
            self.load(environment.clone(), KeyReadTimeout::Poll);
        }
        is_outdated
    }

    /// Wipes the keys that no environment holds any more.
    pub fn forget_unheld(&mut self, monitor: &Monitor) {
        self.keys.retain(|fingerprint, _| monitor.keys.contains_key(fingerprint));
    }

    /// Asks the history for the balances of a key. Where it can't tell, nothing is delivered, so that what is drawn
    /// stays.
    pub fn chart(&self, fingerprint: Fingerprint, range: ChartRange, points_max: usize) {
        let Services { history, clock, .. } = self.services.clone();
        self.tasks.spawn(None, async move {
            let until = clock.now().wall;
            let since = until.saturating_sub(range.past()).unwrap_or(until);
            let points = history
                .run(move |store| store.credits(fingerprint, since, until, points_max))
                .await
                .inspect_err(log_history_error)
                .ok()?;
            Some(TaskOutcome::ChartPoints(fingerprint, range, points))
        });
    }

    /// Sums up the days that are over, and then forgets what the history needs no more, in the background.
    pub fn prune(&self, retention: jiff::SignedDuration) {
        let Services { history, clock, .. } = self.services.clone();
        tokio::spawn(async move {
            let now = clock.now().wall;
            let before = now.saturating_sub(retention).unwrap_or(jiff::Timestamp::MIN);
            let kept = async {
                history.roll_up(now).await?;
                history.run_long(move |store| store.forget_days(now)).await?;
                history.prune(before).await?;
                history.run_long(move |store| store.log_unreadable(now)).await
            };
            if let Err(error) = kept.await {
                log_history_error(&error);
            }
        });
    }

    fn start(&mut self, effect: Effect) {
        let services = self.services.clone();
        match effect {
            Effect::LoadKey(environment, patience) => self.load(environment, patience.max(self.patience_min)),
            Effect::LoadKeyHistory(fingerprint) => self.recall(fingerprint),
            Effect::LoadBalances(fingerprint) => {
                let loaded = move |points| TaskOutcome::Event(Input::BalancesLoaded { fingerprint, points });
                self.tasks.spawn(Some(loaded(None)), async move {
                    let until = services.clock.now().wall;
                    let since = until.saturating_sub(forecast::RESET_PAST).unwrap_or(until);
                    let job = move |store: &mut HistoryStore| store.balances(fingerprint, since, until, BALANCES_STEP);
                    let balances = services.history.run(job).await;
                    Some(loaded(balances.inspect_err(log_history_error).ok()))
                });
            }
            Effect::Poll { fingerprint, sequence, permit: leave } => {
                let Some(key) = self.keys.get(&fingerprint).cloned() else {
                    tracing::error!(%fingerprint, "the key to poll with is not in memory");
                    let event = poll::interrupted(fingerprint, sequence, false);
                    self.tasks.spawn(None, async { Some(TaskOutcome::Event(event)) });
                    return;
                };
                let client = self.client.get_for(&services.base_url);
                let leave = self.without_lease_for_a_moment(leave);
                let lost = TaskOutcome::Event(poll::interrupted(fingerprint, sequence, true));
                self.tasks.spawn(Some(lost), async move {
                    let poll = poll::poll(&services, client.await, &key, sequence, leave).await;
                    if is_refusal(&poll.event) {
                        services.keys.ask_for_another();
                    }
                    let ledger_trouble = poll.request_log_error.as_ref().map(to_history_error);
                    Some(TaskOutcome::Polled { event: poll.event, ledger_trouble })
                });
            }
            Effect::StoreSample { fingerprint, sample, others_use, backoff: look } => {
                let reported = |trouble| TaskOutcome::Event(Input::HistoryReported(trouble));
                let lost = reported(Some(HistoryErrorDetails::interrupted()));
                self.tasks.spawn_storing(Some(lost), async move {
                    let stored = services
                        .history
                        .store_answer(fingerprint, *sample, others_use, look, services.clock.stamp())
                        .await;
                    Some(reported(stored.inspect_err(log_history_error).err().map(|error| to_history_error(&error))))
                });
            }
            Effect::StoreVerdict { fingerprint, verdict: standing } => {
                let reported = |trouble| TaskOutcome::Event(Input::HistoryReported(trouble));
                let lost = reported(Some(HistoryErrorDetails::interrupted()));
                self.tasks.spawn_storing(Some(lost), async move {
                    let stored = services.history.store_verdict(fingerprint, *standing, services.clock.stamp()).await;
                    Some(reported(stored.inspect_err(log_history_error).err().map(|error| to_history_error(&error))))
                });
            }
            Effect::LoadEvents => {
                if matches!(self.mode, Mode::Headless) {
                    return;
                }
                let loaded = |entries| TaskOutcome::Event(Input::EventsLoaded(entries));
                self.tasks.spawn(Some(loaded(Vec::new())), async move {
                    let events = services.history.run(HistoryStore::events).await.inspect_err(log_history_error);
                    Some(loaded(events.unwrap_or_default()))
                });
            }
            Effect::StoreEvents(entries) => {
                if matches!(self.mode, Mode::Headless) {
                    return;
                }
                self.tasks.spawn_storing(None, async move {
                    let stored = services.history.run(move |store| store.store_events(&entries)).await;
                    _ = stored.inspect_err(log_history_error);
                    None
                });
            }
            Effect::StoreSnooze { fingerprint, until } => self.tasks.spawn_storing(None, async move {
                let stored = services.history.run(move |store| store.snooze_rotation(fingerprint, until)).await;
                let trouble = stored.inspect_err(log_history_error).err().map(|error| to_history_error(&error));
                Some(TaskOutcome::Event(Input::HistoryReported(trouble)))
            }),
            Effect::LoadAlerts => self.tasks.spawn(Some(alerts_loaded(None)), async move {
                let alerts = services.history.run(HistoryStore::alerts).await.inspect_err(log_history_error);
                Some(alerts_loaded(alerts.ok()))
            }),
            Effect::StoreAlert(change) => alert_notification::store_and_notify(&self.tasks, services, *change),
            Effect::EraseRevokedKey(dead) => {
                let Some(rotations) = self.rotations() else { return };
                let environment = dead.rotation().environment.clone();
                let lost = TaskOutcome::Rotation {
                    environment: environment.clone(),
                    outcome: Err(RotationError::Lost),
                    asked: false,
                };
                self.tasks.spawn_storing(Some(lost), async move {
                    let outcome = rotations.erase_dead_key(&environment, *dead).await;
                    Some(TaskOutcome::Rotation { environment, outcome, asked: false })
                });
            }
            Effect::Usage(effect) => self.follow_activity(effect),
        }
    }

    /// Asks for the rotation first: it may put another key in use.
    fn load(&mut self, environment: EnvironmentName, patience: KeyReadTimeout) {
        let (services, rotations) = (self.services.clone(), self.rotations());
        let (looks, patience_min) = (!matches!(self.mode, Mode::Headless), self.patience_min);
        let is_first = self.searched.insert(environment.clone());
        self.loads += 1;
        let begun = self.loads;
        let lost = TaskOutcome::KeyLoaded {
            environment: environment.clone(),
            begun,
            loaded: Err(KeyError::Interrupted),
            rotation: None,
        };
        self.tasks.spawn(Some(lost), async move {
            let rotation = match rotations {
                // Where the key comes from elsewhere, the key store is left alone.
                Some(rotations) if is_first && services.keys.overriding_source(&environment).is_none() => {
                    Some(rotations.resume_or_adopt(&environment).await)
                }
                Some(rotations) => Some(rotations.resume(&environment).await),
                None if looks => Some(rotation::load_rotation(&services, &environment).await),
                None => None,
            };
            let loaded = services.keys.load_by(&environment, patience_min, patience).await;
            Some(TaskOutcome::KeyLoaded { environment, begun, loaded, rotation })
        });
    }

    fn recall(&self, fingerprint: Fingerprint) {
        let services = self.services.clone();
        let recalled = move |memory| TaskOutcome::Event(Input::KeyHistoryLoaded { fingerprint, history: memory });
        let lost = recalled(Err(HistoryErrorDetails::interrupted()));
        let tasks = self.tasks.clone();
        self.tasks.spawn(Some(lost), async move {
            let found = services.history.recall_with_fallback(fingerprint, services.clock.stamp()).await;
            let memory = match found.inspect_err(log_history_error) {
                Ok((memory, trouble)) => {
                    if let Some(trouble) = trouble {
                        tasks
                            .deliver(TaskOutcome::Event(Input::HistoryReported(Some(to_history_error(&trouble)))))
                            .await;
                    }
                    Ok(memory)
                }
                Err(error) => Err(to_history_error(&error)),
            };
            Some(recalled(memory))
        });
    }

    /// Who runs for a moment only watches no key for others.
    pub(super) fn without_lease_for_a_moment(&self, request: PermitRequest) -> PermitRequest {
        let lease = request.lease.filter(|_| !matches!(self.mode, Mode::Headless));
        PermitRequest { lease, ..request }
    }

    fn rotations(&self) -> Option<RotationExecutor> {
        let Mode::Operator(keeper) = &self.mode else { return None };
        Some(RotationExecutor::new(self.services.clone(), keeper.clone(), KeyReadTimeout::Poll))
    }
}

/// Whether the service refused the key, so that its source has to be asked for another.
fn is_refusal(event: &Input) -> bool {
    let Input::Polled { outcome: PollOutcome::Failed(failure), .. } = event else { return false };
    failure.kind() == PollErrorKind::Unauthorized
}

fn alerts_loaded(records: Option<Vec<AlertRecord>>) -> TaskOutcome {
    TaskOutcome::Event(Input::AlertsLoaded(records))
}

/// What went wrong with the history.
pub(super) fn to_history_error(error: &HistoryError) -> HistoryErrorDetails {
    error.failure().clone()
}

/// Gives up the leases of this process: others need not wait until they are over.
pub(super) async fn release(services: &Services) {
    _ = services.history.release().await.inspect_err(log_history_error);
}

pub(super) fn log_history_error(error: &HistoryError) {
    tracing::warn!(%error, "the history could not be used");
}

#[cfg(test)]
mod tests;
