mod enrollment_beside;
mod keys;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::stored_keys::entry;
use super::*;
use crate::domain::error::{EnrollmentError, KeyError, KeyErrorKind, RemovalError, examples};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::quota::Quota;
use crate::domain::rotation::{
    KeyAnswer, KeyCheckError, KeyCheckOverrides, KeyObservation, Replace, RevocationEvidence, RotationBlockedReason,
};
use crate::domain::time::Elapsed;
use crate::runtime::enrollment::EnrollmentConditions;
use crate::runtime::key_lock;
use crate::services::Services;
use crate::services::clock::{self, Clock};
use crate::services::history::History;
use crate::services::keys::{KeyReadTimeout, KeyStore, KeyTimeouts, Keys, KeysOptions, MemoryKeyStore, Variables};
use crate::services::sinks::Notifier;
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, Simulator, SimulatorOptions};

/// A store that counts its calls and fails one of them, before or after it did what it was asked.
#[derive(Clone)]
struct Flaky {
    store: MemoryKeyStore,
    calls: Arc<AtomicUsize>,
    fault: Arc<Mutex<Option<(usize, When)>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Before,
    After,
}

impl Flaky {
    fn call<T>(&mut self, act: impl FnOnce(&mut MemoryKeyStore) -> Result<T, KeyError>) -> Result<T, KeyError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.fault.lock().unwrap().filter(|(number, _)| *number == call).map(|(_, when)| when);
        let failed = || examples::of(KeyErrorKind::Unavailable);
        match fault {
            Some(When::Before) => Err(failed()),
            Some(When::After) => act(&mut self.store).and_then(|_| Err(failed())),
            None => act(&mut self.store),
        }
    }
}

impl KeyStore for Flaky {
    fn name(&self) -> &'static str {
        "flaky"
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        self.call(|store| store.read(entry))
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyError> {
        self.call(|store| store.write(entry, key))
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyError> {
        self.call(|store| store.remove(entry))
    }
}

/// A service, a history and a key store that outlast a process.
struct RotationFixture {
    simulator: Simulator,
    clock: Clock,
    history: History,
    store: Flaky,
    variables: Vec<(&'static str, &'static str)>,
}

impl RotationFixture {
    async fn new() -> Self {
        let clock = clock::given();
        let simulator = simulator::start(SimulatorOptions::new(Scenario::Healthy, clock)).await.unwrap();
        let store = Flaky {
            store: simulator.keys().into_iter().collect(),
            calls: Arc::default(),
            fault: Arc::new(Mutex::new(None)),
        };
        Self { simulator, clock, history: History::in_memory(), store, variables: Vec::new() }
    }

    /// Executor of a process that was just started.
    fn rotations(&self) -> RotationExecutor {
        let store = self.store.clone();
        let variables = self.variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let (keys, writer) = Keys::new(KeysOptions {
            variables: variables.collect::<Variables>(),
            default_environment: None,
            commands: HashMap::new(),
            store: Box::new(move || Box::new(store.clone())),
            limits: KeyTimeouts::default(),
        });
        let base_url = self.simulator.base_url().clone();
        let services = Services {
            keys,
            history: self.history.clone(),
            notifier: Notifier::default(),
            base_url,
            clock: self.clock,
        };
        RotationExecutor::new(services, writer, KeyReadTimeout::User)
    }

    async fn offer(&self, key: &ApiKey, insist: bool) -> Result<LoadedRotation, RotationError> {
        let held: Vec<_> = self.simulator.keys().into_iter().map(|(name, key)| (name, key.fingerprint())).collect();
        let client = TrackyardClient::new(self.simulator.base_url());
        self.rotations().offer(&prod(), key, client, &held, insist, || true).await
    }

    fn old_key(&self) -> ApiKey {
        self.simulator.keys().into_iter().find(|(name, _)| *name == prod()).unwrap().1
    }

    fn new_key(&self) -> ApiKey {
        self.simulator.handle().create_key(&prod()).unwrap()
    }

    fn stored(&self, role: KeyRole) -> Option<Fingerprint> {
        let mut store = self.store.store.clone();
        store.read(&entry(&prod(), role)).unwrap().map(|key| key.fingerprint())
    }

    fn holds(&self, key: &ApiKey) -> bool {
        KeyRole::ALL.into_iter().any(|role| self.stored(role) == Some(key.fingerprint()))
    }

    fn break_call(&self, number: usize, when: When) {
        *self.store.fault.lock().unwrap() = Some((number, when));
    }

    fn calls(&self) -> usize {
        self.store.calls.load(Ordering::Relaxed)
    }
}

/// Proof that the old key of a rotation is dead.
fn dead(rotation: &Rotation) -> RevokedKey {
    let (old, new) = (rotation.old, rotation.new.unwrap());
    let mut evidence = RevocationEvidence::of(rotation.id());
    for (seconds, key) in [(0, new), (10, old), (20, new), (50, old), (60, new)] {
        let at = Elapsed::ZERO + jiff::SignedDuration::from_secs(seconds);
        let answer = if key == old { KeyAnswer::Refused } else { KeyAnswer::Accepted };
        evidence.add(KeyObservation { key, answer, asked_at: at, answered_at: at });
    }
    evidence.revoked_key().unwrap()
}

async fn bury(world: &RotationFixture) -> Result<Option<LoadedRotation>, RotationError> {
    match world.history.run(move |store| store.rotation(&prod())).await.unwrap() {
        Some(rotation) if rotation.stage == RotationStage::Watching => {
            world.rotations().erase_dead_key(&prod(), dead(&rotation)).await
        }
        _ => world.rotations().resume(&prod()).await,
    }
}

fn prod() -> EnvironmentName {
    "prod".parse().unwrap()
}

async fn watched(world: &RotationFixture) -> (ApiKey, ApiKey) {
    let old = world.old_key();
    world.rotations().start(&prod()).await.unwrap();
    let new = world.new_key();
    assert_eq!(world.offer(&new, false).await.unwrap().rotation.stage, RotationStage::Watching);
    (old, new)
}

#[tokio::test]
async fn a_rotation_runs_from_the_start_to_the_end() {
    let world = RotationFixture::new().await;
    let (old, new) = watched(&world).await;
    assert_eq!(world.stored(KeyRole::Current), Some(new.fingerprint()));
    assert_eq!(world.stored(KeyRole::Previous), Some(old.fingerprint()));
    let loaded = world.rotations().resume(&prod()).await.unwrap().unwrap();
    assert_eq!(loaded.previous.unwrap().fingerprint(), old.fingerprint());
    let ended = bury(&world).await.unwrap().unwrap();
    assert_eq!(ended.rotation.stage, RotationStage::Completed);
    assert!(!world.holds(&old));
    assert_eq!(world.stored(KeyRole::Current), Some(new.fingerprint()));
    assert!(world.rotations().resume(&prod()).await.unwrap().is_none());
}

/// Lets each call of the key store fail in turn, before and after it did its work, and starts anew after that: as if
/// the process was killed there.
async fn at_every_call(
    prepare: impl AsyncFn(&RotationFixture) -> Vec<ApiKey>,
    act: impl AsyncFn(&RotationFixture, &[ApiKey]),
    end: RotationStage,
) {
    for when in [When::Before, When::After] {
        for number in 0.. {
            let world = RotationFixture::new().await;
            let keys = prepare(&world).await;
            let first = world.calls();
            world.break_call(first + number, when);
            act(&world, &keys).await;
            for key in &keys {
                assert!(world.holds(key), "call {number} {when:?}: a key is lost");
            }
            assert!(world.stored(KeyRole::Current).is_some(), "call {number} {when:?}: no key is left");
            if world.calls() <= first + number {
                break;
            }
            act(&world, &keys).await;
            let loaded = world.rotations().resume(&prod()).await.unwrap();
            let stage = loaded.map_or(RotationStage::Completed, |loaded| loaded.rotation.stage);
            assert_eq!(stage, end, "call {number} {when:?}");
        }
    }
}

#[tokio::test]
async fn a_store_that_fails_at_any_call_of_the_promotion_loses_neither_key_and_the_next_try_ends_it() {
    let prepare = async |world: &RotationFixture| {
        world.rotations().start(&prod()).await.unwrap();
        vec![world.old_key(), world.new_key()]
    };
    let act = async |world: &RotationFixture, keys: &[ApiKey]| {
        let _ = world.rotations().resume(&prod()).await;
        let _ = world.offer(&keys[1], false).await;
        let mut store = world.store.store.clone();
        if !world.holds(&keys[1]) {
            // Not kept yet: the operator still has it, and was told so.
            store.write(&entry(&prod(), KeyRole::Candidate), &keys[1]).unwrap();
        }
    };
    at_every_call(prepare, act, RotationStage::Watching).await;
}

#[tokio::test]
async fn a_store_that_fails_at_any_call_of_a_roll_back_loses_neither_key() {
    let prepare = async |world: &RotationFixture| {
        let (old, new) = watched(world).await;
        vec![old, new]
    };
    let act = async |world: &RotationFixture, _: &[ApiKey]| {
        let _ = world.rotations().request(&prod(), RotationRequest::RollBack, None).await;
        let _ = world.rotations().resume(&prod()).await;
    };
    at_every_call(prepare, act, RotationStage::RolledBack).await;
}

#[tokio::test]
async fn a_store_that_fails_at_any_call_of_the_end_keeps_the_new_key() {
    let prepare = async |world: &RotationFixture| vec![watched(world).await.1];
    let act = async |world: &RotationFixture, _: &[ApiKey]| {
        let _ = bury(world).await;
        let _ = world.rotations().resume(&prod()).await;
    };
    at_every_call(prepare, act, RotationStage::Completed).await;
}
