use std::sync::{Arc, Mutex, mpsc as plain};
use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::domain::error::EnrollmentError;
use crate::domain::key_entry::{KeyEntry, KeyRole};
use crate::domain::rotation::{KeyCheckOverrides, Replace};
use crate::monitor::effect::Lease;
use crate::monitor::input::PollOutcome;
use crate::monitor::polling::key_verdict::KeyVerdict;
use crate::monitor::polling::permit::{CallPurpose, PermitRequest};
use crate::runtime::enrollment::{self, EnrollmentConditions, TrialPolicy};
use crate::services::clock;
use crate::services::history::History;
use crate::services::keys::{KeyReadTimeout, KeyStore, KeyTimeouts, Keys, KeysOptions, MemoryKeyStore, Variables};
use crate::services::sinks::Notifier;
use crate::services::trackyard::TrackyardClient;
use crate::simulator::fault::Fault;
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, Simulator, SimulatorOptions};
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;

/// A store whose writes tell that they began, and then wait until they are let through.
#[derive(Clone)]
struct Gate {
    store: MemoryKeyStore,
    began: mpsc::UnboundedSender<()>,
    let_through: Arc<Mutex<plain::Receiver<()>>>,
}

impl KeyStore for Gate {
    fn name(&self) -> &'static str {
        "gate"
    }

    fn read(&mut self, entry: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        self.store.read(entry)
    }

    fn write(&mut self, entry: &KeyEntry, key: &ApiKey) -> Result<(), KeyError> {
        self.began.send(()).unwrap();
        _ = self.let_through.lock().unwrap().recv();
        self.store.write(entry, key)
    }

    fn remove(&mut self, entry: &KeyEntry) -> Result<bool, KeyError> {
        self.store.remove(entry)
    }
}

/// A runner on the simulator, with a store that has an old key.
struct RunnerFixture {
    simulator: Simulator,
    services: Services,
    writer: KeyWriter,
    began: mpsc::UnboundedReceiver<()>,
    let_through: plain::Sender<()>,
}

impl RunnerFixture {
    async fn set(history: History, timeout: Duration) -> Self {
        let clock = clock::given();
        let simulator = simulator::start(SimulatorOptions::new(Scenario::Healthy, clock)).await.unwrap();
        let (began_sender, began) = mpsc::unbounded_channel();
        let (let_through, receiver) = plain::channel();
        let gate = Gate {
            store: MemoryKeyStore::from_iter([(dev(), old_key())]),
            began: began_sender,
            let_through: Arc::new(Mutex::new(receiver)),
        };
        let (keys, writer) = Keys::new(KeysOptions {
            variables: Variables::default(),
            default_environment: None,
            commands: HashMap::new(),
            store: Box::new(move || Box::new(gate.clone())),
            limits: KeyTimeouts { user: timeout, ..KeyTimeouts::default() },
        });
        let services =
            Services { keys, history, notifier: Notifier::default(), base_url: simulator.base_url().clone(), clock };
        Self { simulator, services, writer, began, let_through }
    }

    async fn patient() -> Self {
        Self::set(History::in_memory(), KeyTimeouts::default().user).await
    }

    fn of_another_process(self) -> Self {
        let services = Services { history: self.services.history.of_another_process(), ..self.services };
        Self { services, ..self }
    }

    fn runner(&self) -> (EffectRunner, mpsc::Receiver<TaskOutcome>) {
        EffectRunner::new(self.services.clone(), KeyAccess::Full(self.writer.clone()))
    }

    fn good_key(&self) -> ApiKey {
        self.simulator.keys().into_iter().find(|(name, _)| *name == dev()).unwrap().1
    }

    async fn stored(&self) -> Fingerprint {
        self.services.keys.stored(&dev().into(), KeyReadTimeout::User).await.unwrap().unwrap().fingerprint()
    }
}

fn dev() -> EnvironmentName {
    "dev".parse().unwrap()
}

fn old_key() -> ApiKey {
    ApiKey::parse("old-key").unwrap()
}

/// A history whose file can't be made.
fn broken_history() -> (tempfile::TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no folder");
    std::fs::write(&file, "").unwrap();
    let history = History::open(file.join("history.db"));
    (folder, history)
}

fn replacing() -> EnrollmentConditions {
    let overrides = KeyCheckOverrides { replace: Replace::Anything, ..KeyCheckOverrides::default() };
    EnrollmentConditions { overrides, ..EnrollmentConditions::default() }
}

#[tokio::test]
async fn a_trial_that_is_given_up_in_time_stores_and_tells_nothing() {
    let stage = RunnerFixture::patient().await;
    let (runner, mut mailbox) = stage.runner();
    let mut commands = runner.key_commands(Vec::new()).unwrap();
    stage.let_through.send(()).unwrap();
    commands.try_key(dev(), stage.good_key(), replacing());
    commands.cancel_trial(&dev());
    drop((runner, commands));
    assert!(mailbox.recv().await.is_none(), "all tasks ended without a word");
    assert_eq!(stage.stored().await, old_key().fingerprint());
}

#[tokio::test]
async fn a_passing_fault_of_before_is_no_answer_to_a_key_that_is_offered_now() {
    for (status, is_of_the_key) in [(503, false), (404, false), (401, true)] {
        let stage = RunnerFixture::patient().await;
        stage.simulator.handle().fail_next(2, &Fault::Status(status));
        let key = stage.good_key();
        let offered = async || {
            let client = TrackyardClient::new(&stage.services.base_url);
            enrollment::try_key(&stage.services, client, &key, TrialPolicy::AcceptanceRequired).await.unwrap_err()
        };
        for _ in 0..2 {
            assert!(matches!(offered().await, EnrollmentError::Trial(_)), "{status}");
        }
        // Nothing is known of the key's limits: two calls in a minute are all.
        let third = offered().await;
        assert_eq!(matches!(third, EnrollmentError::Trial(_)), is_of_the_key, "{status}: {third:?}");
        assert_eq!(matches!(third, EnrollmentError::Untried(_)), !is_of_the_key, "{status}: {third:?}");
    }
}

#[tokio::test]
async fn a_trial_that_is_given_up_while_the_key_is_stored_is_told() {
    let mut stage = RunnerFixture::patient().await;
    let (runner, mut mailbox) = stage.runner();
    let mut commands = runner.key_commands(Vec::new()).unwrap();
    commands.try_key(dev(), stage.good_key(), replacing());
    stage.began.recv().await.unwrap();
    commands.cancel_trial(&dev());
    drop((runner, commands));
    stage.let_through.send(()).unwrap();
    let Some(TaskOutcome::KeyTried(_, Ok(accepted))) = mailbox.recv().await else { panic!("not told") };
    assert_eq!(accepted.loaded.key.fingerprint(), stage.good_key().fingerprint());
    assert_eq!(stage.stored().await, stage.good_key().fingerprint());
}

#[tokio::test]
async fn giving_up_one_trial_leaves_the_next_alone() {
    let stage = RunnerFixture::patient().await;
    let (runner, mut mailbox) = stage.runner();
    let mut commands = runner.key_commands(Vec::new()).unwrap();
    stage.let_through.send(()).unwrap();
    commands.try_key(dev(), stage.good_key(), replacing());
    commands.cancel_trial(&dev());
    commands.try_key(dev(), stage.good_key(), replacing());
    drop((runner, commands));
    assert!(matches!(mailbox.recv().await, Some(TaskOutcome::KeyTried(_, Ok(_)))));
    assert!(mailbox.recv().await.is_none());
}

#[tokio::test]
async fn a_store_that_gives_no_answer_may_have_the_key_all_the_same() {
    let stage = RunnerFixture::set(History::in_memory(), Duration::from_millis(20)).await;
    let stored = enrollment::enroll(&stage.services, &stage.writer, &dev(), stage.good_key(), None, &replacing()).await;
    let Err(error) = stored else { panic!("it never answered") };
    assert!(error.may_be_stored());
    let told = key_errors::not_stored(&error, &dev(), &RemedyAudience::CommandLine);
    assert!(told.starts_with("it is not known whether the key was stored: "), "{told}");
    assert!(told.contains("trackyard-tui key list"), "{told}");
}

/// The next answer of the sources: when they began to be asked, the key, and how far its rotation came.
async fn next_load(
    mailbox: &mut mpsc::Receiver<TaskOutcome>,
) -> (u64, Fingerprint, Result<Option<LoadedRotation>, RotationError>) {
    loop {
        if let Some(TaskOutcome::KeyLoaded { begun, loaded, rotation, .. }) = mailbox.recv().await {
            return (begun, loaded.unwrap().key.fingerprint(), rotation.unwrap());
        }
    }
}

#[tokio::test]
async fn what_was_asked_before_a_change_is_asked_anew() {
    let stage = RunnerFixture::patient().await;
    let (mut runner, mut mailbox) = stage.runner();
    runner.run(vec![Effect::LoadKey(dev(), KeyReadTimeout::Poll)]);
    let (begun, before, _) = next_load(&mut mailbox).await;
    stage.let_through.send(()).unwrap();
    stage.writer.store(&dev().into(), stage.good_key(), KeyReadTimeout::User).await.unwrap();
    runner.outdate(dev());
    assert_eq!(before, old_key().fingerprint());
    assert!(runner.reloads_outdated(&dev(), begun));
    let (begun, after, _) = next_load(&mut mailbox).await;
    assert_eq!(after, stage.good_key().fingerprint());
    assert!(!runner.reloads_outdated(&dev(), begun));
}

#[tokio::test]
async fn a_key_kept_aside_is_looked_for_again_after_the_key_store_failed() {
    let stage = RunnerFixture::patient().await;
    let (mut runner, mut mailbox) = stage.runner();
    runner.run(vec![Effect::LoadKey(dev(), KeyReadTimeout::Poll)]);
    assert!(matches!(next_load(&mut mailbox).await, (_, _, Ok(None))));
    stage.let_through.send(()).unwrap();
    let kept = KeyEntry::new(dev(), KeyRole::Previous);
    stage.writer.store(&kept, stage.good_key(), KeyReadTimeout::User).await.unwrap();
    runner.keep_rotation(dev(), Err(RotationError::Busy));
    runner.run(vec![Effect::LoadKey(dev(), KeyReadTimeout::Poll)]);
    let (_, _, rotation) = next_load(&mut mailbox).await;
    assert_eq!(rotation.unwrap().map(|loaded| loaded.rotation.old), Some(stage.good_key().fingerprint()));
}

#[tokio::test]
async fn a_stored_key_is_not_in_use_where_another_source_comes_first() {
    let stage = RunnerFixture::patient().await;
    assert!(stage.runner().0.from_store(&dev(), stage.good_key()).is_some());
    let (keys, writer) = Keys::new(KeysOptions {
        variables: Variables::from_iter([("TRACKYARD_API_KEY_DEV".into(), "from-a-variable".into())]),
        default_environment: None,
        commands: HashMap::new(),
        store: Box::new(|| Box::new(MemoryKeyStore::default())),
        limits: KeyTimeouts::default(),
    });
    let services = Services { keys, ..stage.services.clone() };
    let (runner, _mailbox) = EffectRunner::new(services, KeyAccess::Full(writer));
    assert!(runner.from_store(&dev(), stage.good_key()).is_none());
}

#[tokio::test]
async fn to_insist_on_a_key_that_is_wiped_is_answered() {
    let stage = RunnerFixture::patient().await;
    let (runner, mut mailbox) = stage.runner();
    let mut commands = runner.key_commands(Vec::new()).unwrap();
    commands.offer_key(dev(), stage.good_key(), Vec::new());
    assert!(matches!(mailbox.recv().await, Some(TaskOutcome::Rotation { outcome: Err(_), .. })), "none is under way");
    commands.forget_offered(&dev());
    commands.insist(dev(), Vec::new());
    drop((commands, runner));
    let Some(TaskOutcome::Rotation { outcome: Err(error), asked: true, .. }) = mailbox.recv().await else {
        panic!("not told")
    };
    assert_eq!(error, RotationError::Wiped);
}

const PERMIT: PermitRequest = PermitRequest {
    purpose: CallPurpose::Timed,
    share: 0.5,
    outcome_number: None,
    lease: Some(Lease { duration: SignedDuration::from_secs(75), yields: true }),
};

/// The end of the next poll, and why it is not in the request log.
async fn next_poll(mailbox: &mut mpsc::Receiver<TaskOutcome>) -> (Input, Option<HistoryErrorDetails>) {
    let Some(TaskOutcome::RequestLog(error)) = mailbox.recv().await else { panic!("nothing of the log") };
    let Some(TaskOutcome::Input(input)) = mailbox.recv().await else { panic!("no end") };
    (input, error)
}

#[tokio::test]
async fn a_poll_without_its_key_is_told_and_not_counted() {
    let stage = RunnerFixture::patient().await;
    let (mut runner, mut mailbox) = stage.runner();
    let fingerprint = old_key().fingerprint();
    runner.run(vec![Effect::Poll { fingerprint, sequence: 7, permit: PERMIT }]);
    drop(runner);
    let Some(TaskOutcome::Input(Input::Polled { sequence: 7, outcome: PollOutcome::Failed(failure), .. })) =
        mailbox.recv().await
    else {
        panic!("not told")
    };
    assert!(!failure.counts);
}

#[tokio::test]
async fn without_a_request_log_no_timed_poll_is_made_and_it_is_told_why() {
    let (_folder, broken) = broken_history();
    for (history, is_broken) in [(broken, true), (History::in_memory(), false)] {
        let stage = RunnerFixture::set(history, Duration::from_mins(1)).await;
        let (mut runner, mut mailbox) = stage.runner();
        let fingerprint = runner.hold(stage.good_key()).fingerprint;
        runner.run(vec![Effect::Poll { fingerprint, sequence: 1, permit: PERMIT }]);
        let (Input::Polled { outcome, .. }, request_log_error) = next_poll(&mut mailbox).await else {
            panic!("no poll")
        };
        assert_eq!(matches!(outcome, PollOutcome::NoRequestLog), is_broken, "{outcome:?}");
        assert_eq!(matches!(outcome, PollOutcome::Answered(_)), !is_broken, "{outcome:?}");
        assert_eq!(request_log_error.is_some(), is_broken, "{request_log_error:?}");
    }
}

#[tokio::test]
async fn of_two_processes_one_polls_and_the_other_takes_its_answer_over() {
    let stage = RunnerFixture::patient().await;
    let poll = |fingerprint| vec![Effect::Poll { fingerprint, sequence: 1, permit: PERMIT }];
    let (mut first, mut mailbox) = stage.runner();
    let fingerprint = first.hold(stage.good_key()).fingerprint;
    first.run(poll(fingerprint));
    let (Input::Polled { outcome: PollOutcome::Answered(sample), .. }, _) = next_poll(&mut mailbox).await else {
        panic!("not polled")
    };
    let now = stage.services.clock.stamp();
    stage.services.history.store_answer(fingerprint, (*sample).clone(), None, None, now).await.unwrap();
    let stage = stage.of_another_process();
    let (mut second, mut mailbox) = stage.runner();
    second.hold(stage.good_key());
    second.run(poll(fingerprint));
    let (Input::Polled { outcome, calls, .. }, _) = next_poll(&mut mailbox).await else { panic!("not told") };
    let PollOutcome::LeasedByOther { history, .. } = outcome else { panic!("polled twice: {outcome:?}") };
    assert_eq!(history.sample.map(|stored| stored.at.as_millisecond()), Some(sample.at.as_millisecond()));
    assert_eq!(calls.map(|calls| calls.len()), Some(1), "one call in the request log");
}

#[tokio::test]
async fn whoever_is_given_leave_is_told_what_another_process_has_stored() {
    let stage = RunnerFixture::patient().await;
    let (fingerprint, now) = (stage.good_key().fingerprint(), stage.services.clock.stamp());
    let verdict = KeyVerdict { failures: 3, ..KeyVerdict::default() };
    stage.services.history.store_verdict(fingerprint, verdict, now).await.unwrap();
    for is_own in [true, false] {
        let (mut runner, mut mailbox) = stage.runner();
        if !is_own {
            runner.services.history = runner.services.history.of_another_process();
        }
        runner.hold(stage.good_key());
        let permit = PermitRequest { purpose: CallPurpose::Manual, lease: None, ..PERMIT };
        runner.run(vec![Effect::Poll { fingerprint, sequence: 1, permit }]);
        let (Input::Polled { known: Some(known), .. }, _) = next_poll(&mut mailbox).await else { panic!("not told") };
        assert_eq!((known.outcome_number, known.verdict.failures, known.is_own), (1, 3, is_own));
        runner.services.history.release().await.unwrap();
    }
}

#[tokio::test]
async fn a_person_is_answered_without_a_request_log_too() {
    let (_folder, broken) = broken_history();
    let stage = RunnerFixture::set(broken, Duration::from_mins(1)).await;
    let (mut runner, mut mailbox) = stage.runner();
    let fingerprint = runner.hold(stage.good_key()).fingerprint;
    let permit = PermitRequest { purpose: CallPurpose::Manual, ..PERMIT };
    runner.run(vec![Effect::Poll { fingerprint, sequence: 1, permit }]);
    let (Input::Polled { outcome, .. }, request_log_error) = next_poll(&mut mailbox).await else { panic!("not told") };
    assert!(matches!(outcome, PollOutcome::Answered(_)) && request_log_error.is_some(), "{outcome:?}");
}

#[tokio::test]
async fn balances_that_can_not_be_read_replace_nothing() {
    let (_folder, history) = broken_history();
    let stage = RunnerFixture::set(history, Duration::from_mins(1)).await;
    let (runner, mut mailbox) = stage.runner();
    runner.chart(old_key().fingerprint(), ChartRange::Week, 10);
    drop(runner);
    assert!(mailbox.recv().await.is_none());
}
