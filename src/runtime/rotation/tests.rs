use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::steps::entry;
use super::*;
use crate::domain::error::{EnrollmentError, KeyError, KeyErrorKind, RemovalError, examples};
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::quota::Quota;
use crate::domain::rotation::{
    KeyAnswer, KeyCheckError, KeyCheckOverrides, KeyObservation, Replace, RevocationEvidence,
};
use crate::runtime::enrollment::EnrollmentConditions;
use crate::services::clock::{self, Clock};
use crate::services::history::History;
use crate::services::keys::{KeyStore, KeyTimeouts, Keys, KeysOptions, MemoryKeyStore, Variables};
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

    /// What a process that was just started has.
    fn rotations(&self) -> RotationExecutor {
        let store = self.store.clone();
        let variables = self.variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let (keys, keeper) = Keys::new(KeysOptions {
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
        RotationExecutor::new(services, keeper, KeyReadTimeout::User)
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

/// What shows that the old key of a rotation is dead.
fn dead(rotation: &Rotation) -> RevokedKey {
    let (old, new) = (rotation.old, rotation.new.unwrap());
    let mut evidence = RevocationEvidence::of(rotation.id());
    for (seconds, key) in [(0, new), (10, old), (20, new), (50, old), (60, new)] {
        let at = jiff::SignedDuration::from_secs(seconds);
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

#[tokio::test]
async fn keys_that_may_not_take_the_place_change_nothing() {
    let world = RotationFixture::new().await;
    let old = world.old_key();
    world.rotations().start(&prod()).await.unwrap();
    let dev = world.simulator.keys().into_iter().find(|(name, _)| name.as_str() == "dev").unwrap().1;
    let unknown = ApiKey::parse("trackyard_live_nobody_knows_this").unwrap();
    for (key, said) in [
        (&old, "this is the key that is to be replaced"),
        (&dev, "this is dev's key: each environment needs a key of its own"),
        (&unknown, "Invalid API key"),
    ] {
        let error = world.offer(key, true).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(world.stored(KeyRole::Current), Some(old.fingerprint()));
        assert_eq!((world.stored(KeyRole::Previous), world.stored(KeyRole::Candidate)), (None, None));
    }
}

#[tokio::test]
async fn a_key_of_another_account_is_taken_only_if_the_operator_insists() {
    let world = RotationFixture::new().await;
    let old = world.old_key();
    world.rotations().start(&prod()).await.unwrap();
    // The history remembers the old key with another plan than the simulator's.
    let handle = world.simulator.handle();
    let body = handle.me(&"dev".parse().unwrap()).unwrap();
    let account = crate::domain::account::Account::parse(body.as_bytes()).unwrap();
    let sample = Sample {
        at: world.clock.now().wall,
        latency: jiff::SignedDuration::ZERO,
        server_clock: None,
        account,
        quota: Quota::default(),
    };
    world.history.run(move |store| store.store_sample(old.fingerprint(), &sample, None)).await.unwrap();
    let new = world.new_key();
    let error = world.offer(&new, false).await.unwrap_err();
    assert!(matches!(&error, RotationError::CheckFailed(objection) if objection.can_be_overridden()), "{error}");
    assert_eq!(world.offer(&new, true).await.unwrap().rotation.stage, RotationStage::Watching);
}

#[tokio::test]
async fn a_key_given_up_in_time_is_not_kept() {
    let world = RotationFixture::new().await;
    world.rotations().start(&prod()).await.unwrap();
    let new = world.new_key();
    let client = TrackyardClient::new(world.simulator.base_url());
    let outcome = world.rotations().offer(&prod(), &new, client, &[], false, || false).await;
    assert!(matches!(outcome, Err(RotationError::GivenUp)));
    assert!(!world.holds(&new));
}

#[tokio::test]
async fn a_key_that_is_only_read_here_is_not_rotated() {
    let world = RotationFixture {
        variables: vec![("TRACKYARD_API_KEY_PROD", "from-a-variable")],
        ..RotationFixture::new().await
    };
    let error = world.rotations().start(&prod()).await.unwrap_err();
    let variable = KeySource::Variable("TRACKYARD_API_KEY_PROD".to_owned());
    assert_eq!(error, RotationError::NotStored(variable));
}

#[tokio::test]
async fn a_key_kept_aside_is_watched_on_after_the_loss_of_the_journal() {
    let mut world = RotationFixture::new().await;
    let (old, new) = watched(&world).await;
    world.history = History::in_memory();
    let loaded = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_eq!((loaded.rotation.stage, loaded.rotation.old), (RotationStage::Watching, old.fingerprint()));
    assert_eq!(loaded.rotation.new, Some(new.fingerprint()));
    assert!(loaded.rotation.promoted_at.is_some());
}

#[tokio::test]
async fn a_look_into_another_key_store_leaves_the_rotation_as_it_is() {
    let mut world = RotationFixture::new().await;
    watched(&world).await;
    let journal = world.history.run(move |store| store.rotation(&prod())).await.unwrap();
    let right = world.store.store.clone();
    world.store.store = MemoryKeyStore::default();
    let loaded = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_eq!(loaded.hindrance, Some(RotationBlockedReason::Elsewhere));
    assert_eq!(world.rotations().start(&prod()).await.unwrap().rotation, loaded.rotation);
    assert_eq!(world.history.run(move |store| store.rotation(&prod())).await.unwrap(), journal);
    let seen = load_rotation(&world.rotations().services, &prod()).await.unwrap().unwrap();
    assert_eq!(seen.hindrance, Some(RotationBlockedReason::Elsewhere), "whoever only looks is told too");
    world.store.store = right;
    let loaded = world.rotations().resume(&prod()).await.unwrap().unwrap();
    assert_eq!((Some(loaded.rotation), loaded.hindrance), (journal, None));
}

#[tokio::test]
async fn a_start_after_the_key_was_replaced_by_others_begins_anew() {
    let world = RotationFixture::new().await;
    let first = world.rotations().start(&prod()).await.unwrap().rotation;
    let other = world.new_key();
    world.store.store.clone().write(&entry(&prod(), KeyRole::Current), &other).unwrap();
    let second = world.rotations().start(&prod()).await.unwrap().rotation;
    assert_eq!((second.stage, second.old), (RotationStage::Started, other.fingerprint()));
    let journal = world.history.run(move |store| store.rotations(&prod())).await.unwrap();
    assert_eq!(journal.iter().find(|kept| kept.number == first.number).unwrap().stage, RotationStage::Abandoned);
}

#[tokio::test]
async fn a_key_kept_aside_is_watched_on_where_the_journal_tells_of_another() {
    let world = RotationFixture::new().await;
    let old = world.old_key();
    world.rotations().start(&prod()).await.unwrap();
    let (kept, other) = (world.new_key(), world.new_key());
    let mut store = world.store.store.clone();
    store.write(&entry(&prod(), KeyRole::Current), &other).unwrap();
    store.write(&entry(&prod(), KeyRole::Previous), &kept).unwrap();
    let loaded = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_ne!(loaded.rotation.old, old.fingerprint());
    assert_eq!((loaded.rotation.stage, loaded.rotation.old), (RotationStage::Watching, kept.fingerprint()));
}

#[tokio::test]
async fn a_key_that_another_environment_keeps_aside_does_not_take_the_place() {
    let world = RotationFixture::new().await;
    let (old, _) = watched(&world).await;
    let dev: EnvironmentName = "dev".parse().unwrap();
    let held = [(prod(), world.stored(KeyRole::Current).unwrap())];
    world.rotations().start(&dev).await.unwrap();
    let client = TrackyardClient::new(world.simulator.base_url());
    let outcome = world.rotations().offer(&dev, &old, client, &held, true, || true).await;
    assert!(matches!(outcome, Err(RotationError::CheckFailed(KeyCheckError::KeyOf(holder))) if holder == prod()));
}

#[tokio::test]
async fn a_key_with_others_left_beside_it_is_not_removed_before_the_old_one_is_refused() {
    let mut world = RotationFixture::new().await;
    let (old, _) = watched(&world).await;
    world.history = History::in_memory();
    let rotations = world.rotations();
    let told = enrollment::remove(&rotations.services, &rotations.keeper, &prod()).await.unwrap_err();
    assert_eq!(told, RemovalError::Rotating);
    let mut store = world.store.store.clone();
    store.remove(&entry(&prod(), KeyRole::Previous)).unwrap();
    store.write(&entry(&prod(), KeyRole::Candidate), &old).unwrap();
    assert_eq!(enrollment::remove(&rotations.services, &rotations.keeper, &prod()).await, Ok(true));
    assert!(!world.holds(&old), "nothing is left behind");
}

#[tokio::test]
async fn two_processes_start_one_rotation() {
    let world = RotationFixture::new().await;
    let first = world.rotations().start(&prod()).await.unwrap().rotation;
    let second = world.rotations().start(&prod()).await.unwrap().rotation;
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_key_being_replaced_is_not_removed() {
    let world = RotationFixture::new().await;
    let rotations = world.rotations();
    rotations.start(&prod()).await.unwrap();
    let told = enrollment::remove(&rotations.services, &rotations.keeper, &prod()).await.unwrap_err();
    assert_eq!(told, RemovalError::Rotating);
    assert!(world.holds(&world.old_key()));
    rotations.request(&prod(), RotationRequest::Abandon, None).await.unwrap();
    assert_eq!(enrollment::remove(&rotations.services, &rotations.keeper, &prod()).await, Ok(true));
}

#[tokio::test]
async fn a_key_is_stored_only_after_the_step_that_another_process_takes() {
    let folder = tempfile::tempdir().unwrap();
    let world =
        RotationFixture { history: History::open(folder.path().join("history.db")), ..RotationFixture::new().await };
    let rotations = world.rotations();
    let (services, keeper) = (rotations.services.clone(), rotations.keeper.clone());
    let (old, new) = (world.old_key().fingerprint(), world.new_key());
    let fingerprint = new.fingerprint();
    let held = key_lock::take(&world.history).await.unwrap();
    let insistence = KeyCheckOverrides { replace: Replace::Anything, ..KeyCheckOverrides::default() };
    let conditions = EnrollmentConditions { insistence, ..EnrollmentConditions::default() };
    let mut storing =
        tokio::spawn(
            async move { enrollment::enroll(&services, &keeper, &prod(), new, None, &conditions).await.is_ok() },
        );
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut storing).await.is_err(), "it did not wait");
    assert_eq!(world.stored(KeyRole::Current), Some(old));
    drop(held);
    assert!(storing.await.unwrap());
    assert_eq!(world.stored(KeyRole::Current), Some(fingerprint));
}

/// Puts a fresh key in use, in the rotation that is under way or a new one.
async fn replaced(world: &RotationFixture) -> ApiKey {
    world.rotations().start(&prod()).await.unwrap();
    let new = world.new_key();
    assert_eq!(world.offer(&new, false).await.unwrap().rotation.stage, RotationStage::Watching);
    new
}

#[tokio::test]
async fn what_was_concluded_in_one_rotation_erases_no_key_in_the_next() {
    let world = RotationFixture::new().await;
    let first = world.old_key();
    let second = replaced(&world).await;
    let concluded = dead(&world.history.run(move |store| store.rotation(&prod())).await.unwrap().unwrap());
    // Another process ends that rotation and goes through the next, in which the second key is the old one.
    bury(&world).await.unwrap();
    let third = replaced(&world).await;
    let journal = world.history.run(move |store| store.rotation(&prod())).await.unwrap();
    let told = world.rotations().erase_dead_key(&prod(), concluded).await.unwrap().unwrap();
    assert_eq!(world.history.run(move |store| store.rotation(&prod())).await.unwrap(), journal, "nothing is changed");
    assert_eq!((Some(told.rotation), told.previous.unwrap().fingerprint()), (journal, second.fingerprint()));
    assert!(!world.holds(&first) && world.holds(&second) && world.holds(&third));
}

#[tokio::test]
async fn a_conclusion_is_void_in_a_journal_that_was_begun_anew() {
    let mut world = RotationFixture::new().await;
    let (old, _) = watched(&world).await;
    let concluded = dead(&world.history.run(move |store| store.rotation(&prod())).await.unwrap().unwrap());
    world.history = History::in_memory();
    let adopted = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_eq!(adopted.rotation.number, concluded.rotation().number, "numbers begin anew");
    world.rotations().erase_dead_key(&prod(), concluded).await.unwrap();
    assert!(world.holds(&old));
}

#[tokio::test]
async fn only_the_key_that_was_seen_is_erased_or_replaced() {
    let world = RotationFixture::new().await;
    let (old, new) = (world.old_key(), world.new_key());
    let rotations = world.rotations();
    let entry = entry(&prod(), KeyRole::Current);
    let erased = rotations.keeper.erase(&entry, new.fingerprint(), KeyReadTimeout::User).await;
    assert_eq!(erased.unwrap_err().kind(), KeyErrorKind::Changed);
    let replaced = rotations.keeper.replace(&entry, None, new.clone(), KeyReadTimeout::User).await;
    assert_eq!(replaced.unwrap_err().kind(), KeyErrorKind::Changed);
    assert_eq!(world.stored(KeyRole::Current), Some(old.fingerprint()));
    rotations.keeper.replace(&entry, Some(old.fingerprint()), new.clone(), KeyReadTimeout::User).await.unwrap();
    rotations.keeper.erase(&entry, new.fingerprint(), KeyReadTimeout::User).await.unwrap();
    assert_eq!(world.stored(KeyRole::Current), None);
}

#[tokio::test]
async fn a_key_kept_aside_is_put_in_use_only_if_the_service_accepts_it_now() {
    for loses_journal in [false, true] {
        let mut world = RotationFixture::new().await;
        let (old, new) = watched(&world).await;
        world.rotations().request(&prod(), RotationRequest::RollBack, None).await.unwrap();
        if loses_journal {
            world.history = History::in_memory();
        }
        // The oldest key that works is revoked first: the one in use, which is put aside for it.
        let handle = world.simulator.handle();
        handle.revoke(&prod()).unwrap();
        handle.revoke(&prod()).unwrap();
        let started = world.rotations().start(&prod()).await.unwrap();
        assert_eq!(
            (started.rotation.stage, started.rotation.new),
            (RotationStage::RolledBack, Some(new.fingerprint()))
        );
        let promoted = world.rotations().promote(&prod(), None, TrackyardClient::new(world.simulator.base_url())).await;
        assert!(matches!(promoted, Err(RotationError::NotPromoted(_))), "{promoted:?}");
        let offered = world.new_key();
        let told = world.offer(&offered, false).await.unwrap_err();
        assert!(matches!(told, RotationError::WrongTime(RotationRequestError::HasNewKey(_))), "{told}");
        assert_eq!(world.stored(KeyRole::Current), Some(old.fingerprint()));
        assert!(world.holds(&new), "it is given up by the operator alone");
        world.rotations().request(&prod(), RotationRequest::Abandon, None).await.unwrap();
        world.rotations().start(&prod()).await.unwrap();
        assert_eq!(world.offer(&offered, false).await.unwrap().rotation.stage, RotationStage::Watching);
    }
}

#[tokio::test]
async fn no_key_is_stored_beside_a_rotation_in_whichever_stage() {
    let stages = [RotationStage::Started, RotationStage::Watching, RotationStage::RolledBack];
    for (stage, loses_journal) in stages.into_iter().flat_map(|stage| [(stage, false), (stage, true)]) {
        let mut world = RotationFixture::new().await;
        world.rotations().start(&prod()).await.unwrap();
        if stage != RotationStage::Started {
            let new = world.new_key();
            world.offer(&new, false).await.unwrap();
        }
        if stage == RotationStage::RolledBack {
            world.rotations().request(&prod(), RotationRequest::RollBack, None).await.unwrap();
        }
        if loses_journal {
            world.history = History::in_memory();
        }
        let rotations = world.rotations();
        let held = KeyRole::ALL.map(|role| world.stored(role));
        let key = ApiKey::parse("trackyard_live_nobody_knows_this").unwrap();
        let client = TrackyardClient::new(world.simulator.base_url());
        let (services, keeper) = (&rotations.services, &rotations.keeper);
        let conditions = EnrollmentConditions {
            insistence: KeyCheckOverrides { replace: Replace::Anything, ..KeyCheckOverrides::default() },
            ..EnrollmentConditions::default()
        };
        let stored =
            enrollment::try_and_enroll(services, keeper, client, &prod(), key, TrialPolicy::Lenient, &conditions).await;
        let refused = stored.err().expect("it is refused");
        assert!(!refused.may_be_stored(), "{refused:?}");
        assert_eq!(KeyRole::ALL.map(|role| world.stored(role)), held, "{stage:?}");
        let is_told = refused == EnrollmentError::Rotating;
        // Of a rotation that has just begun, only the journal tells.
        assert!(is_told || (stage == RotationStage::Started && loses_journal), "{stage:?} {refused:?}");
    }
}
