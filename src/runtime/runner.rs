//! Does what the monitor wants done, each thing as a task of its own, and brings back what came of it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::mpsc;

use super::alerts;
use super::client::SharedClient;
use super::desk::KeyDesk;
use super::polling;
use super::rotation::{self, LoadedRotation, Rotations};
use super::tasks::{Delivery, Stored, Tasks};
use crate::domain::alert::AlertRecord;
use crate::domain::api_key::{ApiKey, Fingerprint, KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{KeyFailure, PollFailureKind};
use crate::domain::forecast;
use crate::domain::history_failure::HistoryFailure;
use crate::domain::rotation::{RotationError, Stage};
use crate::monitor::effect::Effect;
use crate::monitor::event::{Event, HeldKey, HeldRotation, PollOutcome};
use crate::monitor::leave::LeaveRequest;
use crate::monitor::model::Monitor;
use crate::services::Services;
use crate::services::history::HistoryError;
use crate::services::keys::{KeyKeeper, LoadedKey, Patience};
use crate::tui::ChartRange;

/// A forecast needs no more balances than one for each of these.
const BALANCES_STEP: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// What the key store tells within this is told as one.
const QUIET: Duration = Duration::from_millis(200);
/// How long after that a change can be read for certain.
const SETTLED: Duration = Duration::from_secs(2);

/// What a runner may do about keys.
pub enum Rights {
    /// Ask for the keys in use.
    Sample,
    /// And for the old keys of rotations, to watch them.
    Watch,
    /// And change them: go on with rotations, and do what the operator asks.
    Change(KeyKeeper),
}

/// Runs effects. It alone holds the keys in use.
pub struct Runner {
    pub(super) services: Services,
    rights: Rights,
    patience_min: Patience,
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
    stored: Stored,
}

impl Runner {
    /// A runner, and the mailbox where what came of its tasks arrives.
    #[must_use]
    pub fn new(services: Services, rights: Rights) -> (Self, mpsc::Receiver<Delivery>) {
        let (tasks, mailbox, stored) = Tasks::new();
        let runner = Self {
            services,
            rights,
            patience_min: Patience::Poll,
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
    pub fn with_patience(self, patience_min: Patience) -> Self {
        Self { patience_min, ..self }
    }

    /// Where the operator's wishes go; `None` where keys may not be changed.
    #[must_use]
    pub fn desk(&self) -> Option<KeyDesk> {
        let Rights::Change(keeper) = &self.rights else { return None };
        Some(KeyDesk::new(self.services.clone(), keeper.clone(), self.client.clone(), self.tasks.clone()))
    }

    /// Delivers whatever the key store tells by itself.
    pub fn follow_key_store(&self) {
        let (keys, mailbox) = (self.services.keys.clone(), self.tasks.mailbox());
        tokio::spawn(async move {
            loop {
                keys.changed().await;
                // One change is told many times over, and by some programs before it can be read.
                for wait in [QUIET, SETTLED] {
                    tokio::time::sleep(wait).await;
                    keys.ask_anew();
                    if mailbox.send(Delivery::Event(Event::KeyStoreChanged)).await.is_err() {
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
                if mailbox.send(Delivery::Event(Event::SinkReported(sink, failure))).await.is_err() {
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
    pub fn keep(&mut self, environment: EnvironmentName, loaded: Result<LoadedKey, KeyFailure>) -> Event {
        let outcome = loaded.map(|LoadedKey { key, source }| HeldKey { identity: self.hold(key), source });
        Event::KeyLoaded { environment, outcome }
    }

    /// Keeps the old key of a rotation while it is watched, and tells the monitor what it may know of it.
    pub fn keep_rotation(
        &mut self,
        environment: EnvironmentName,
        outcome: Result<Option<LoadedRotation>, RotationError>,
    ) -> Event {
        let is_under_way = |loaded: &LoadedRotation| !loaded.rotation.stage.is_ended();
        if outcome.as_ref().map_or(true, |loaded| loaded.as_ref().is_some_and(is_under_way)) {
            self.searched.remove(&environment);
        }
        let outcome = outcome.map(|loaded| {
            loaded.map(|LoadedRotation { rotation, previous, hindrance, .. }| {
                let is_watched = |key: &ApiKey| rotation.stage == Stage::Watching && key.fingerprint() == rotation.old;
                let old_key = previous.filter(is_watched).map(|key| self.hold(key));
                let stage = rotation.stage;
                let trouble = hindrance.map(|hindrance| RotationError::Hindered { hindrance, stage });
                HeldRotation { rotation, old_key, trouble }
            })
        });
        Event::RotationLoaded { environment, outcome }
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
    pub fn asks_anew(&mut self, environment: &EnvironmentName, begun: u64) -> bool {
        let is_outdated = self.outdated.get(environment).is_some_and(|last| begun <= *last);
        if is_outdated {
            self.load(environment.clone(), Patience::Poll);
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
            let points = history.credits(fingerprint, since, until, points_max).await.inspect_err(report).ok()?;
            Some(Delivery::Credits(fingerprint, range, points))
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
                history.forget_days(now).await?;
                history.prune(before).await?;
                history.tell_unreadable(now).await
            };
            if let Err(error) = kept.await {
                report(&error);
            }
        });
    }

    fn start(&mut self, effect: Effect) {
        let services = self.services.clone();
        match effect {
            Effect::LoadKey(environment, patience) => self.load(environment, patience.max(self.patience_min)),
            Effect::Recall(fingerprint) => self.recall(fingerprint),
            Effect::LoadBalances(fingerprint) => {
                let loaded = move |points| Delivery::Event(Event::BalancesLoaded { fingerprint, points });
                self.tasks.spawn(Some(loaded(None)), async move {
                    let until = services.clock.now().wall;
                    let since = until.saturating_sub(forecast::RESET_PAST).unwrap_or(until);
                    let balances = services.history.balances(fingerprint, since, until, BALANCES_STEP).await;
                    Some(loaded(balances.inspect_err(report).ok()))
                });
            }
            Effect::Poll { fingerprint, sequence, leave } => {
                let Some(key) = self.keys.get(&fingerprint).cloned() else {
                    tracing::error!(%fingerprint, "the key to poll with is not in memory");
                    let event = polling::interrupted(fingerprint, sequence, false);
                    self.tasks.spawn(None, async { Some(Delivery::Event(event)) });
                    return;
                };
                let client = self.client.get_for(&services.base_url);
                let leave = self.without_lease_for_a_moment(leave);
                let lost = Delivery::Event(polling::interrupted(fingerprint, sequence, true));
                self.tasks.spawn(Some(lost), async move {
                    let poll = polling::poll(&services, client.await, &key, sequence, leave).await;
                    if is_refusal(&poll.event) {
                        services.keys.ask_for_another();
                    }
                    let ledger_trouble = poll.ledger_trouble.as_ref().map(told);
                    Some(Delivery::Polled { event: poll.event, ledger_trouble })
                });
            }
            Effect::StoreSample { fingerprint, sample, others_use, look } => {
                let reported = |trouble| Delivery::Event(Event::HistoryReported(trouble));
                let lost = reported(Some(HistoryFailure::interrupted()));
                self.tasks.spawn_storing(Some(lost), async move {
                    let stored = services
                        .history
                        .store_answer(fingerprint, *sample, others_use, look, services.clock.stamp())
                        .await;
                    Some(reported(stored.inspect_err(report).err().map(|error| told(&error))))
                });
            }
            Effect::StoreStanding { fingerprint, standing } => {
                let reported = |trouble| Delivery::Event(Event::HistoryReported(trouble));
                let lost = reported(Some(HistoryFailure::interrupted()));
                self.tasks.spawn_storing(Some(lost), async move {
                    let stored = services.history.store_standing(fingerprint, *standing, services.clock.stamp()).await;
                    Some(reported(stored.inspect_err(report).err().map(|error| told(&error))))
                });
            }
            Effect::LoadEvents => {
                if matches!(self.rights, Rights::Sample) {
                    return;
                }
                let loaded = |entries| Delivery::Event(Event::EventsLoaded(entries));
                self.tasks.spawn(Some(loaded(Vec::new())), async move {
                    Some(loaded(services.history.events().await.inspect_err(report).unwrap_or_default()))
                });
            }
            Effect::StoreEvents(entries) => {
                if matches!(self.rights, Rights::Sample) {
                    return;
                }
                self.tasks.spawn_storing(None, async move {
                    _ = services.history.store_events(entries).await.inspect_err(report);
                    None
                });
            }
            Effect::StoreSnooze { fingerprint, until } => self.tasks.spawn_storing(None, async move {
                let stored = services.history.snooze_rotation(fingerprint, until).await;
                let trouble = stored.inspect_err(report).err().map(|error| told(&error));
                Some(Delivery::Event(Event::HistoryReported(trouble)))
            }),
            Effect::LoadAlerts => self.tasks.spawn(Some(alerts_loaded(None)), async move {
                Some(alerts_loaded(services.history.alerts().await.inspect_err(report).ok()))
            }),
            Effect::SettleAlert(change) => alerts::settle(&self.tasks, services, *change),
            Effect::Bury(dead) => {
                let Some(rotations) = self.rotations() else { return };
                let environment = dead.rotation().environment.clone();
                let lost = Delivery::Rotation {
                    environment: environment.clone(),
                    outcome: Err(RotationError::Lost),
                    asked: false,
                };
                self.tasks.spawn_storing(Some(lost), async move {
                    let outcome = rotations.bury(&environment, *dead).await;
                    Some(Delivery::Rotation { environment, outcome, asked: false })
                });
            }
            Effect::Activity(effect) => self.follow_activity(effect),
        }
    }

    /// Asks for the rotation first: it may put another key in use.
    fn load(&mut self, environment: EnvironmentName, patience: Patience) {
        let (services, rotations) = (self.services.clone(), self.rotations());
        let (looks, patience_min) = (!matches!(self.rights, Rights::Sample), self.patience_min);
        let is_first = self.searched.insert(environment.clone());
        self.loads += 1;
        let begun = self.loads;
        let lost = Delivery::Key {
            environment: environment.clone(),
            begun,
            loaded: Err(KeyFailure::Interrupted),
            rotation: None,
        };
        self.tasks.spawn(Some(lost), async move {
            let rotation = match rotations {
                // Where the key comes from elsewhere, the key store is left alone.
                Some(rotations) if is_first && services.keys.overriding_source(&environment).is_none() => {
                    Some(rotations.resume_or_adopt(&environment).await)
                }
                Some(rotations) => Some(rotations.resume(&environment).await),
                None if looks => Some(rotation::look(&services, &environment).await),
                None => None,
            };
            let loaded = services.keys.load_by(&environment, patience_min, patience).await;
            Some(Delivery::Key { environment, begun, loaded, rotation })
        });
    }

    fn recall(&self, fingerprint: Fingerprint) {
        let services = self.services.clone();
        let recalled = move |memory| Delivery::Event(Event::Recalled { fingerprint, memory });
        let lost = recalled(Err(HistoryFailure::interrupted()));
        let tasks = self.tasks.clone();
        self.tasks.spawn(Some(lost), async move {
            let found = services.history.recall_anywhere(fingerprint, services.clock.stamp()).await;
            let memory = match found.inspect_err(report) {
                Ok((memory, trouble)) => {
                    if let Some(trouble) = trouble {
                        tasks.deliver(Delivery::Event(Event::HistoryReported(Some(told(&trouble))))).await;
                    }
                    Ok(memory)
                }
                Err(error) => Err(told(&error)),
            };
            Some(recalled(memory))
        });
    }

    /// Who runs for a moment only watches no key for others.
    pub(super) fn without_lease_for_a_moment(&self, request: LeaveRequest) -> LeaveRequest {
        let lease = request.lease.filter(|_| !matches!(self.rights, Rights::Sample));
        LeaveRequest { lease, ..request }
    }

    fn rotations(&self) -> Option<Rotations> {
        let Rights::Change(keeper) = &self.rights else { return None };
        Some(Rotations::new(self.services.clone(), keeper.clone(), Patience::Poll))
    }
}

/// Whether the service refused the key, so that its source has to be asked for another.
fn is_refusal(event: &Event) -> bool {
    let Event::Polled { outcome: PollOutcome::Failed(failure), .. } = event else { return false };
    failure.kind() == PollFailureKind::Unauthorized
}

fn alerts_loaded(records: Option<Vec<AlertRecord>>) -> Delivery {
    Delivery::Event(Event::AlertsLoaded(records))
}

/// What went wrong with the history.
pub(super) fn told(error: &HistoryError) -> HistoryFailure {
    error.failure().clone()
}

/// Gives up the leases of this process: others need not wait until they are over.
pub(super) async fn release(services: &Services) {
    _ = services.history.release().await.inspect_err(report);
}

pub(super) fn report(error: &HistoryError) {
    tracing::warn!(%error, "the history could not be used");
}

#[cfg(test)]
mod tests;
