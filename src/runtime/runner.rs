//! Does what the monitor wants done, each thing as a task of its own, and brings back what came of it.

use std::collections::HashMap;
use std::convert::Infallible;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::polling;
use crate::domain::api_key::{ApiKey, Fingerprint, KeyIdentity};
use crate::domain::environment::EnvironmentName;
use crate::domain::failure::{KeyFailure, KeyFailureKind, PollFailure};
use crate::domain::sample::CreditsPoint;
use crate::monitor::effect::Effect;
use crate::monitor::event::{Event, HeldKey};
use crate::monitor::model::Monitor;
use crate::services::Services;
use crate::services::history::HistoryError;
use crate::services::keys::{LoadedKey, Patience};
use crate::services::trackyard::Client;

/// More results than this never wait at once: there is one task for each key and environment at most.
const MAILBOX: usize = 1024;

/// What came of a task.
pub enum Delivery {
    /// The sources of an environment's key were asked.
    Key(EnvironmentName, Result<LoadedKey, KeyFailure>),
    /// Something for the monitor.
    Event(Event),
    /// Balances of a key, for the chart.
    Credits(Fingerprint, Vec<CreditsPoint>),
    /// A key was tried for an environment.
    Tried(EnvironmentName, Result<polling::AcceptedKey, polling::RefusedKey>),
}

/// Runs effects. It alone holds the keys in use.
pub struct Runner {
    services: Services,
    client: Option<Client>,
    keys: HashMap<Fingerprint, ApiKey>,
    trial: Option<AbortHandle>,
    sender: mpsc::Sender<Delivery>,
    /// Each task that stores something holds a clone, so that the channel closes with the last of them.
    storing: mpsc::Sender<Infallible>,
    stored: mpsc::Receiver<Infallible>,
}

impl Runner {
    /// A runner, and the mailbox where what came of its tasks arrives.
    #[must_use]
    pub fn new(services: Services) -> (Self, mpsc::Receiver<Delivery>) {
        let (sender, mailbox) = mpsc::channel(MAILBOX);
        let (storing, stored) = mpsc::channel(1);
        (Self { services, client: None, keys: HashMap::new(), trial: None, sender, storing, stored }, mailbox)
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

    /// Asks the history for the balances of a key.
    pub fn chart(&self, fingerprint: Fingerprint, days: i64, points_max: usize) {
        let Services { history, clock, .. } = self.services.clone();
        let none = move || Delivery::Credits(fingerprint, Vec::new());
        self.spawn(none(), async move {
            let until = clock.now().wall;
            let since = until.saturating_sub(jiff::SignedDuration::from_hours(24 * days)).unwrap_or(until);
            match history.credits(fingerprint, since, until, points_max).await {
                Ok(points) => Delivery::Credits(fingerprint, points),
                Err(error) => {
                    report(&error);
                    none()
                }
            }
        });
    }

    /// Tries a key, and stores it if the service accepts it.
    pub fn try_key(&mut self, environment: EnvironmentName, key: ApiKey) {
        let (services, client) = (self.services.clone(), self.client());
        let lost = Delivery::Tried(environment.clone(), Err(polling::RefusedKey::interrupted()));
        let trial = self.spawn(lost, async move {
            let outcome = polling::try_and_store(&services, client, &environment, key, polling::Trial::Demanded).await;
            Delivery::Tried(environment, outcome)
        });
        self.trial = Some(trial);
    }

    /// Gives up trying a key. One that is being stored already may still be stored, so the sources are asked again.
    pub fn cancel_try(&mut self, environment: EnvironmentName) {
        if let Some(trial) = self.trial.take() {
            trial.abort();
            self.start(Effect::LoadKey(environment));
        }
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
                self.spawn(lost, async move {
                    let loaded = services.keys.load(&environment, Patience::Poll).await;
                    Delivery::Key(environment, loaded)
                });
            }
            Effect::Recall(fingerprint) => {
                let recalled = move |memory| Delivery::Event(Event::Recalled { fingerprint, memory });
                let lost = recalled(Err("the history could not be asked; the log tells more".to_owned()));
                self.spawn(lost, async move {
                    let memory = services.history.recall(fingerprint, services.clock.now().wall).await;
                    recalled(memory.inspect_err(report).map_err(|error| told(&error)))
                });
            }
            Effect::Poll { fingerprint, sequence, calls_per_day } => {
                let Some(key) = self.keys.get(&fingerprint).cloned() else {
                    tracing::error!(%fingerprint, "the key to poll with is not in memory");
                    return;
                };
                let client = self.client();
                let lost = Delivery::Event(polling::interrupted(fingerprint, sequence));
                self.spawn(lost, async move {
                    Delivery::Event(polling::poll(&services, client, &key, sequence, calls_per_day).await)
                });
            }
            Effect::StoreSample { fingerprint, sample, others_use } => {
                let lost = Delivery::Event(Event::HistoryReported(None));
                let storing = self.storing.clone();
                self.spawn(lost, async move {
                    let _storing = storing;
                    let stored = services.history.store_sample(fingerprint, *sample, others_use).await;
                    Delivery::Event(Event::HistoryReported(stored.inspect_err(report).err().map(|error| told(&error))))
                });
            }
        }
    }

    /// The client, made when it is first needed: it reads the system's certificates.
    fn client(&mut self) -> Result<Client, PollFailure> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let client = Client::new(&self.services.base_url)?;
        self.client = Some(client.clone());
        Ok(client)
    }

    /// Runs a task, and delivers `lost` in place of its result if it panics; nothing if it is given up.
    fn spawn(&self, lost: Delivery, task: impl Future<Output = Delivery> + Send + 'static) -> AbortHandle {
        let sender = self.sender.clone();
        let task = tokio::spawn(task);
        let handle = task.abort_handle();
        tokio::spawn(async move {
            let delivery = match task.await {
                Ok(delivery) => delivery,
                Err(error) if error.is_cancelled() => return,
                Err(_) => lost,
            };
            // Nobody reads the mailbox any more when the program ends.
            let _ = sender.send(delivery).await;
        });
        handle
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
