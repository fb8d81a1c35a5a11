//! Does what the monitor wants done, each thing as a task of its own, and brings back what came of it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use super::client::SharedClient;
use super::polling;
use super::storing::{self, AcceptedKey, RefusedKey, Trial};
use crate::domain::api_key::{ApiKey, Fingerprint, KeyIdentity};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{KeyFailure, KeyFailureKind, PollFailure};
use crate::domain::sample::CreditsPoint;
use crate::monitor::effect::Effect;
use crate::monitor::event::{Event, HeldKey};
use crate::monitor::model::Monitor;
use crate::services::Services;
use crate::services::history::HistoryError;
use crate::services::keys::{KeyKeeper, LoadedKey, Patience};
use crate::services::trackyard::Client;

/// More results than this never wait at once: there is one task for each key and environment at most.
const MAILBOX: usize = 1024;

/// What came of a task.
pub enum Delivery {
    /// The sources of an environment's key were asked.
    Key(EnvironmentName, Result<LoadedKey, KeyFailure>),
    /// Something for the monitor.
    Event(Event),
    /// A poll ended.
    Polled {
        /// For the monitor.
        event: Event,
        /// Why the call could not be entered in the ledger, as a plain sentence, if so.
        ledger_trouble: Option<String>,
    },
    /// Balances of a key, for the chart.
    Credits(Fingerprint, Vec<CreditsPoint>),
    /// A key was tried for an environment.
    Tried(EnvironmentName, Result<AcceptedKey, RefusedKey>),
}

/// Runs effects. It alone holds the keys in use.
pub struct Runner {
    services: Services,
    /// `None` where no key may be changed.
    keeper: Option<KeyKeeper>,
    client: SharedClient,
    keys: HashMap<Fingerprint, ApiKey>,
    /// Whether the key that is being tried is not to be stored any more.
    given_up: Arc<AtomicBool>,
    sender: mpsc::Sender<Delivery>,
    /// Each task that stores something holds a clone, so that the channel closes with the last of them.
    storing: mpsc::Sender<Infallible>,
    stored: mpsc::Receiver<Infallible>,
}

impl Runner {
    /// A runner, and the mailbox where what came of its tasks arrives. Without a keeper it has no way to change a key.
    #[must_use]
    pub fn new(services: Services, keeper: Option<KeyKeeper>) -> (Self, mpsc::Receiver<Delivery>) {
        let (sender, mailbox) = mpsc::channel(MAILBOX);
        let (storing, stored) = mpsc::channel(1);
        let (client, given_up) = (SharedClient::default(), Arc::default());
        (Self { services, keeper, client, keys: HashMap::new(), given_up, sender, storing, stored }, mailbox)
    }

    /// Ends, once all that is to be kept is stored.
    pub async fn finish(self) {
        let Self { storing, mut stored, .. } = self;
        drop(storing);
        stored.recv().await;
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

    /// Keeps a key in memory.
    pub fn hold(&mut self, key: ApiKey) -> KeyIdentity {
        let identity = key.identity();
        self.keys.insert(identity.fingerprint, key);
        identity
    }

    /// Wipes the keys that no environment holds any more.
    pub fn forget_unheld(&mut self, monitor: &Monitor) {
        self.keys.retain(|fingerprint, _| monitor.keys.contains_key(fingerprint));
    }

    /// Asks the history for the balances of a key. Where it can't tell, nothing is delivered, so that what is drawn
    /// stays.
    pub fn chart(&self, fingerprint: Fingerprint, days: i64, points_max: usize) {
        let Services { history, clock, .. } = self.services.clone();
        self.spawn(None, async move {
            let until = clock.now().wall;
            let since = until.saturating_sub(jiff::SignedDuration::from_hours(24 * days)).unwrap_or(until);
            let points = history.credits(fingerprint, since, until, points_max).await.inspect_err(report).ok()?;
            Some(Delivery::Credits(fingerprint, points))
        });
    }

    /// Tries a key, and stores it if the service accepts it. Nothing is delivered of one that was given up in time.
    pub fn try_key(&mut self, environment: EnvironmentName, key: ApiKey) {
        let Some(keeper) = self.keeper.clone() else {
            tracing::error!("a key was to be stored where none may be changed");
            return;
        };
        let (services, client) = (self.services.clone(), self.client());
        let given_up = Arc::new(AtomicBool::new(false));
        self.given_up = Arc::clone(&given_up);
        let lost = Delivery::Tried(environment.clone(), Err(RefusedKey::interrupted()));
        self.spawn(Some(lost), async move {
            let tried = storing::try_key(&services, client.await, &key, Trial::Demanded).await;
            if given_up.load(Ordering::Relaxed) {
                return None;
            }
            let outcome = match tried {
                Ok(sample) => storing::store(&services, &keeper, &environment, key, sample).await,
                Err(refused) => Err(refused),
            };
            Some(Delivery::Tried(environment, outcome))
        });
    }

    /// Gives up trying a key, so that it is not stored. Once it is being stored this comes too late: what came of it
    /// is delivered then.
    pub fn cancel_try(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Forgets what the history needs no more, in the background.
    pub fn prune(&self, retention: jiff::SignedDuration) {
        let Services { history, clock, .. } = self.services.clone();
        tokio::spawn(async move {
            let before = clock.now().wall.saturating_sub(retention).unwrap_or(jiff::Timestamp::MIN);
            if let Err(error) = history.prune(before).await {
                report(&error);
            }
        });
    }

    fn start(&mut self, effect: Effect) {
        let services = self.services.clone();
        match effect {
            Effect::LoadKey(environment) => {
                let lost = Delivery::Key(environment.clone(), Err(interrupted()));
                self.spawn(Some(lost), async move {
                    let loaded = services.keys.load(&environment, Patience::Poll).await;
                    Some(Delivery::Key(environment, loaded))
                });
            }
            Effect::Recall(fingerprint) => {
                let recalled = move |memory| Delivery::Event(Event::Recalled { fingerprint, memory });
                let lost = recalled(Err("the history could not be asked; the log tells more".to_owned()));
                self.spawn(Some(lost), async move {
                    let memory = services.history.recall(fingerprint, services.clock.now().wall).await;
                    Some(recalled(memory.inspect_err(report).map_err(|error| told(&error))))
                });
            }
            Effect::Poll { fingerprint, sequence, calls_per_day } => {
                let Some(key) = self.keys.get(&fingerprint).cloned() else {
                    tracing::error!(%fingerprint, "the key to poll with is not in memory");
                    let event = polling::interrupted(fingerprint, sequence, false);
                    self.spawn(None, async { Some(Delivery::Event(event)) });
                    return;
                };
                let client = self.client();
                let lost = Delivery::Event(polling::interrupted(fingerprint, sequence, true));
                self.spawn(Some(lost), async move {
                    let poll = polling::poll(&services, client.await, &key, sequence, calls_per_day).await;
                    let ledger_trouble = poll.ledger_trouble.as_ref().map(told);
                    Some(Delivery::Polled { event: poll.event, ledger_trouble })
                });
            }
            Effect::StoreSample { fingerprint, sample, others_use } => {
                let reported = |trouble| Delivery::Event(Event::HistoryReported(trouble));
                let lost = reported(Some("a sample could not be stored; the log tells more".to_owned()));
                let storing = self.storing.clone();
                self.spawn(Some(lost), async move {
                    let _storing = storing;
                    let stored = services.history.store_sample(fingerprint, *sample, others_use).await;
                    Some(reported(stored.inspect_err(report).err().map(|error| told(&error))))
                });
            }
        }
    }

    /// The client, made by the task that first needs it.
    fn client(&self) -> impl Future<Output = Result<Client, PollFailure>> + Send + 'static {
        let (shared, base_url) = (self.client.clone(), self.services.base_url.clone());
        async move { shared.get(move || Client::new(&base_url)).await }
    }

    /// Runs a task and delivers its result, if any; `lost` in its place if it panics.
    fn spawn(&self, lost: Option<Delivery>, task: impl Future<Output = Option<Delivery>> + Send + 'static) {
        let sender = self.sender.clone();
        let task = tokio::spawn(task);
        tokio::spawn(async move {
            if let Some(delivery) = task.await.unwrap_or(lost) {
                // Nobody reads the mailbox any more when the program ends.
                let _ = sender.send(delivery).await;
            }
        });
    }
}

/// What went wrong with the history, and what to do about it.
#[must_use]
pub fn told(error: &HistoryError) -> String {
    format!("{error}: {}", error.remedy())
}

fn report(error: &HistoryError) {
    tracing::warn!(%error, "the history could not be used");
}

fn interrupted() -> KeyFailure {
    KeyFailure {
        kind: KeyFailureKind::Unavailable,
        message: "asking for the key was interrupted by a fault of this program".to_owned(),
        remedy: "It is tried again in a minute; the log tells more.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
