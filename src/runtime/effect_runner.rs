//! Runs the effects of the monitor, each as a task of its own that delivers its outcome to the mailbox.

use std::collections::{HashMap, HashSet};

use tokio::sync::mpsc;

use super::key_commands::KeyCommands;
use super::rotation::{self, LoadedRotation, RotationExecutor};
use super::shared_client::SharedClient;
use super::tasks::{StoreTasksEnd, TaskOutcome, Tasks, logged};
use super::{alert_notification, key_history, notices, observed_key, poll, trace, usage_page};
use crate::domain::activity::UsageError;
use crate::domain::api_key::{ApiKey, Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, PollError};
use crate::domain::forecast;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::rotation::{RevokedKey, RotationError, RotationStage};
use crate::domain::time::Now;
use crate::monitor::Monitor;
use crate::monitor::effect::Effect;
use crate::monitor::input::{HeldKey, HeldRotation, Input};
use crate::monitor::polling::permit::PermitRequest;
use crate::monitor::usage::{UsageEffect, UsageInput, UsageOutcome};
use crate::services::Services;
use crate::services::history::HistoryStore;
use crate::services::keys::{KeyReadTimeout, KeyWriter, LoadedKey};
use crate::services::trackyard::TrackyardClient;
use crate::tui::ChartRange;

/// Step of the balances of a forecast, which needs no more than one for each.
const BALANCES_STEP: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// Rights of a runner over keys.
pub enum KeyAccess {
    /// Reading the keys in use.
    InUse,
    /// And the old keys of rotations, to watch them.
    Watched,
    /// And, where there is no key, following the process of this user that has one.
    Observed,
    /// And changing them: rotations go on, and the operator's commands are carried out.
    Full(KeyWriter),
}

/// Runner of effects, and sole holder of the keys in use.
pub struct EffectRunner {
    pub(super) services: Services,
    access: KeyAccess,
    timeout_min: KeyReadTimeout,
    pub(super) client: SharedClient,
    pub(super) keys: HashMap<Fingerprint, ApiKey>,
    /// Environments without a rotation, in whose key store leftovers of one were looked for. Where a rotation is under
    /// way, the loss of its journal is noticed at the next load.
    searched: HashSet<EnvironmentName>,
    /// Number of loads of keys so far.
    loads: u64,
    /// Number of the last load of each environment that began before its key was changed here.
    outdated: HashMap<EnvironmentName, u64>,
    pub(super) tasks: Tasks,
    stored: StoreTasksEnd,
}

impl EffectRunner {
    /// A runner, and the mailbox of its tasks.
    #[must_use]
    pub fn new(services: Services, access: KeyAccess) -> (Self, mpsc::Receiver<TaskOutcome>) {
        let (tasks, mailbox, stored) = Tasks::new();
        let runner = Self {
            services,
            access,
            timeout_min: KeyReadTimeout::Poll,
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

    /// The same runner, with at least this time limit for every source of keys.
    #[must_use]
    pub fn with_timeout(self, timeout_min: KeyReadTimeout) -> Self {
        Self { timeout_min, ..self }
    }

    /// Commands of the operator that change keys; `None` where keys may not be changed. `unwatched` are the
    /// environments that are configured and not watched.
    #[must_use]
    pub fn key_commands(&self, unwatched: Vec<EnvironmentName>) -> Option<KeyCommands> {
        let KeyAccess::Full(writer) = &self.access else { return None };
        Some(KeyCommands::new(
            self.services.clone(),
            writer.clone(),
            self.client.clone(),
            self.tasks.clone(),
            unwatched,
        ))
    }

    /// Follows the key store and the sinks.
    pub fn follow(&self) {
        notices::follow_key_store(self.services.keys.clone(), self.tasks.mailbox());
        notices::follow_sinks(self.services.notifier.clone(), self.tasks.mailbox());
    }

    /// Sender to the mailbox for what is no task.
    pub(super) fn mailbox(&self) -> mpsc::Sender<TaskOutcome> {
        self.tasks.mailbox()
    }

    /// Ends once everything is stored. The [`KeyCommands`] have to be dropped before.
    pub async fn finish(self) {
        let Self { services, tasks, stored, .. } = self;
        drop(tasks);
        stored.wait().await;
        release(&services).await;
    }

    /// Starts effects.
    pub fn run(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.start(effect);
        }
    }

    /// Holds a loaded key, and answers with the monitor's input about it.
    pub fn keep_key(&mut self, environment: EnvironmentName, loaded: Result<LoadedKey, KeyError>) -> Input {
        let outcome = loaded.map(|LoadedKey { key, source }| HeldKey { identity: self.hold(key), source });
        if let Ok(HeldKey { identity, .. }) = &outcome
            && !matches!(self.access, KeyAccess::InUse)
        {
            observed_key::note(&self.tasks, &self.services, environment.clone(), identity.clone());
        }
        Input::KeyLoaded { environment, outcome }
    }

    /// Holds the old key of a rotation while it is watched, and answers with the monitor's input about it.
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
            let LoadedRotation { rotation, previous, hindrance, .. } = loaded?;
            let stage = rotation.stage;
            let is_watched = |key: &ApiKey| stage == RotationStage::Watching && key.fingerprint() == rotation.old;
            let old_key = previous.filter(is_watched).map(|key| self.hold(key));
            let error = hindrance.map(|hindrance| RotationError::Blocked { reason: hindrance, stage });
            Some(HeldRotation { rotation, old_key, error })
        });
        Input::RotationLoaded { environment, outcome }
    }

    /// Holds a key in memory.
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

    /// Marks the loads of an environment's key that are under way as outdated, for its key was changed here.
    pub fn outdate(&mut self, environment: EnvironmentName) {
        self.outdated.insert(environment, self.loads);
    }

    /// True when a load is outdated. Another is started then.
    pub fn reloads_outdated(&mut self, environment: &EnvironmentName, begun: u64) -> bool {
        let is_outdated = self.outdated.get(environment).is_some_and(|last| begun <= *last);
        if is_outdated {
            self.load(environment.clone(), KeyReadTimeout::Poll);
        }
        is_outdated
    }

    /// Wipes the keys that no environment holds any more.
    pub fn forget_unheld(&mut self, monitor: &Monitor) {
        self.keys.retain(|fingerprint, _| monitor.holds(*fingerprint));
    }

    /// Loads the balances of a key for its chart. Where the history can't be read, nothing is delivered, so that the
    /// chart stays as it is.
    pub fn chart(&self, fingerprint: Fingerprint, range: ChartRange, points_max: usize) {
        let Services { history, clock, .. } = self.services.clone();
        self.tasks.spawn(None, async move {
            let until = clock.now().wall;
            let since = until.saturating_sub(range.past()).unwrap_or(until);
            let points =
                logged(history.run(move |store| store.credits(fingerprint, since, until, points_max)).await).ok()?;
            Some(TaskOutcome::ChartPoints(fingerprint, range, points))
        });
    }

    /// Rolls up the days that are over, and then deletes what is older than the retention, in the background.
    pub fn prune(&self, retention: jiff::SignedDuration) {
        let Services { history, clock, .. } = self.services.clone();
        tokio::spawn(async move {
            let now = clock.now().wall;
            let before = now.saturating_sub(retention).unwrap_or(jiff::Timestamp::MIN);
            let pruned = async {
                history.roll_up(now).await?;
                history.run_long(move |store| store.forget_days(now)).await?;
                history.prune(before).await?;
                history.run_long(move |store| store.log_unreadable(now)).await
            };
            _ = logged(pruned.await);
        });
    }

    fn start(&mut self, effect: Effect) {
        trace::effect(&effect);
        let Services { history, clock, .. } = self.services.clone();
        let reported = |stored: Result<(), HistoryErrorDetails>| Input::HistoryReported(stored.err());
        match effect {
            Effect::LoadKey(environment, timeout) => self.load(environment, timeout.max(self.timeout_min)),
            Effect::LoadKeyHistory(fingerprint) => key_history::load(&self.tasks, &self.services, fingerprint),
            Effect::LoadBalances(fingerprint) => self.tasks.load(
                async move {
                    let until = clock.now().wall;
                    let since = until.saturating_sub(forecast::RESET_PAST).unwrap_or(until);
                    history.run(move |store| store.balances(fingerprint, since, until, BALANCES_STEP)).await
                },
                move |points| Input::BalancesLoaded { fingerprint, points: points.ok() },
            ),
            Effect::Poll { fingerprint, sequence, permit } => self.poll(fingerprint, sequence, permit),
            Effect::Observe { fingerprint, sequence } => {
                key_history::observe(&self.tasks, &self.services, fingerprint, sequence);
            }
            Effect::StoreSample { fingerprint, sample, others_use, backoff } => self.tasks.store(
                async move { history.store_answer(fingerprint, *sample, others_use, backoff, clock.stamp()).await },
                reported,
            ),
            Effect::StoreVerdict { fingerprint, verdict } => self
                .tasks
                .store(async move { history.store_verdict(fingerprint, *verdict, clock.stamp()).await }, reported),
            Effect::LoadEvents => self.tasks.load(async move { history.run(HistoryStore::events).await }, |events| {
                Input::EventsLoaded(events.unwrap_or_default())
            }),
            Effect::StoreEvents(entries) => self.tasks.spawn_storing(None, async move {
                _ = logged(history.run(move |store| store.store_events(&entries)).await);
                None
            }),
            Effect::StoreSnooze { fingerprint, until } => {
                self.tasks.store(
                    async move { history.run(move |store| store.snooze_rotation(fingerprint, until)).await },
                    reported,
                );
            }
            Effect::LoadAlerts => {
                self.tasks.load(async move { history.run(HistoryStore::alerts).await }, |alerts| {
                    Input::AlertsLoaded(alerts.ok())
                });
            }
            Effect::StoreAlert(change) => {
                alert_notification::store_and_notify(&self.tasks, history, self.services.notifier.clone(), *change);
            }
            Effect::EraseRevokedKey(key) => self.erase_revoked_key(*key),
            Effect::Usage(UsageEffect::Load(fingerprint)) => {
                self.tasks.load(
                    async move {
                        let now = clock.now().wall;
                        history.run(move |store| store.activity(fingerprint, now)).await
                    },
                    move |outcome| Input::Usage(UsageInput::Loaded { fingerprint, outcome }),
                );
            }
            Effect::Usage(UsageEffect::Read { fingerprint, sequence, offset, permit }) => {
                self.read_usage(fingerprint, sequence, offset, permit);
            }
            Effect::Usage(UsageEffect::Store { fingerprint, reading }) => self.tasks.store(
                async move {
                    let now = clock.now().wall;
                    history.run(move |store| store.add_usage(fingerprint, &reading, now)).await
                },
                move |outcome| Input::Usage(UsageInput::Stored { fingerprint, outcome }),
            ),
        }
    }

    fn poll(&self, fingerprint: Fingerprint, sequence: u64, permit: PermitRequest) {
        match self.key(fingerprint) {
            Some(key) => poll::start(&self.tasks, self.services.clone(), self.client(), key, sequence, permit),
            None => poll::interrupt(&self.tasks, fingerprint, sequence),
        }
    }

    fn read_usage(&self, fingerprint: Fingerprint, sequence: u64, offset: u64, permit: PermitRequest) {
        let input = move |(outcome, calls)| Input::Usage(UsageInput::Read { fingerprint, sequence, outcome, calls });
        let lost = move |counts| {
            let error = UsageError::Failed(poll::interruption(counts));
            Some(input((UsageOutcome::Failed(error), None)).into())
        };
        let Some(key) = self.key(fingerprint) else { return self.tasks.spawn(None, async move { lost(false) }) };
        let (services, tasks, client) = (self.services.clone(), self.tasks.clone(), self.client());
        self.tasks.spawn(lost(true), async move {
            let page = usage_page::read(&services, client.await, &key, offset, permit).await;
            tasks.deliver(TaskOutcome::RequestLog(page.request_log_error)).await;
            Some(input((page.outcome, page.calls)).into())
        });
    }

    fn client(&self) -> impl Future<Output = Result<TrackyardClient, PollError>> + Send + 'static {
        self.client.get_for(&self.services.base_url)
    }

    /// Key in memory that a call is to be made with.
    fn key(&self, fingerprint: Fingerprint) -> Option<ApiKey> {
        let key = self.keys.get(&fingerprint).cloned();
        if key.is_none() {
            tracing::error!(%fingerprint, "the key to call the service with is not in memory");
        }
        key
    }

    fn erase_revoked_key(&self, key: RevokedKey) {
        let Some(rotations) = self.rotations() else { return };
        let environment = key.rotation().environment.clone();
        let ended = |environment, outcome| Some(TaskOutcome::Rotation { environment, outcome, asked: false });
        let lost = ended(environment.clone(), Err(RotationError::Lost));
        self.tasks.spawn_storing(lost, async move {
            let outcome = rotations.erase_dead_key(&environment, key).await;
            ended(environment, outcome)
        });
    }

    /// Loads a key, after the rotation, which may put another key in use.
    fn load(&mut self, environment: EnvironmentName, timeout: KeyReadTimeout) {
        let (services, rotations) = (self.services.clone(), self.rotations());
        let observes = matches!(self.access, KeyAccess::Observed);
        let (looks, timeout_min) = (!matches!(self.access, KeyAccess::InUse), self.timeout_min);
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
            let loaded = services.keys.load_by(&environment, timeout_min, timeout).await;
            if let Err(error) = &loaded
                && observes
                && let Some(input) = observed_key::find(&services, &environment, error).await
            {
                return Some(input.into());
            }
            Some(TaskOutcome::KeyLoaded { environment, begun, loaded, rotation })
        });
    }

    fn rotations(&self) -> Option<RotationExecutor> {
        let KeyAccess::Full(writer) = &self.access else { return None };
        Some(RotationExecutor::new(self.services.clone(), writer.clone(), KeyReadTimeout::Poll))
    }
}

/// Passes an input to the monitor.
pub(super) fn handle(monitor: &mut Monitor, input: Input, now: &Now) -> Vec<Effect> {
    trace::input(&input);
    monitor.handle(input, now)
}

/// Gives up the leases of this process: others need not wait until they are over.
pub(super) async fn release(services: &Services) {
    _ = logged(services.history.release().await);
}

#[cfg(test)]
mod tests;
