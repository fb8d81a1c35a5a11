//! A model of rotations: two processes, an operator, a service and whatever goes wrong, in any order.
//!
//! The parts that decide are the product's own: the monitor of each process, the evidence that it collects, and the
//! steps that it takes. The model has only the world around them: the journal, the key store, the lock, the service and
//! the clock.
//! It assumes one thing of the service, without which nothing can be concluded from its answers: between two passing
//! refusals of every key, it is well for longer than [`EVIDENCE_MAX`].

mod tasks;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::domain::key_entry::KeyRole;
use crate::domain::rotation::{
    EVIDENCE_MAX, Proof, Rotation, RotationIntent, RotationRequest, RotationStage, RotationStep, StoredKeys, next_step,
};
use crate::domain::time::Elapsed;
use crate::monitor::input::HeldRotation;

/// Something that happens. `usize` is the process that it happens to, 0 or 1.
#[derive(Clone, Debug)]
enum RotationAction {
    /// So many seconds pass.
    Pass(i64),
    /// A process does so many small things: hears of a key, takes half a step, asks or hears an answer.
    Run(usize, usize),
    /// The service decides the oldest question of a process, whose answer is not heard yet.
    Decide(usize),
    /// A process stands still until it is continued, with whatever it holds.
    Stop(usize),
    Continue(usize),
    /// A process is killed, and started anew.
    Restart(usize),
    /// The operator asks for something.
    Start(usize),
    Offer(usize),
    Wish(usize, RotationRequest),
    /// The operator presses `r`.
    Refresh(usize),
    /// The operator revokes the key that is kept aside, or that is in use.
    RevokeOld,
    RevokeNew,
    /// The service refuses every key for so many seconds.
    RefuseAll(i64),
    /// The service can't be reached for so many seconds.
    FailAll(i64),
    /// The history is deleted.
    LoseJournal,
    /// The clock on the wall is set.
    SetClock(i64),
}

fn action() -> impl Strategy<Value = RotationAction> {
    let process = || 0..2_usize;
    let request = proptest::sample::select(vec![
        RotationRequest::RollBack,
        RotationRequest::PromoteAgain,
        RotationRequest::Abandon,
    ]);
    prop_oneof![
        8 => prop_oneof![1..5_i64, 5..40_i64, 40..900_i64].prop_map(RotationAction::Pass),
        16 => (process(), 1..12_usize).prop_map(|(process, times)| RotationAction::Run(process, times)),
        3 => process().prop_map(RotationAction::Decide),
        2 => process().prop_map(RotationAction::Stop),
        3 => process().prop_map(RotationAction::Continue),
        1 => process().prop_map(RotationAction::Restart),
        2 => process().prop_map(RotationAction::Start),
        3 => process().prop_map(RotationAction::Offer),
        2 => (process(), request).prop_map(|(process, request)| RotationAction::Wish(process, request)),
        3 => process().prop_map(RotationAction::Refresh),
        2 => Just(RotationAction::RevokeOld),
        1 => Just(RotationAction::RevokeNew),
        2 => prop_oneof![1..10_i64, 10..1_800_i64].prop_map(RotationAction::RefuseAll),
        1 => (1..300_i64).prop_map(RotationAction::FailAll),
        1 => Just(RotationAction::LoseJournal),
        1 => (-90_000..90_000_i64).prop_map(RotationAction::SetClock),
    ]
}

/// A question to the service.
struct ServiceQuestion {
    key: Fingerprint,
    sequence: u64,
    outcome: Option<PollOutcome>,
}

/// A task that takes steps: it waits for the lock, and each of its steps is read first and done later.
struct Task {
    intent: RotationIntent,
    /// The key that is to be tried first.
    trial: Option<Fingerprint>,
    proof: Option<Proof>,
    /// True where its end is to be told as that of a look at the sources of the key.
    is_load: bool,
    read: Option<(RotationStep, StoredKeys, Option<Rotation>)>,
}

/// A process of the product.
struct ModelProcess {
    monitor: Monitor,
    is_stopped: bool,
    tasks: VecDeque<Task>,
    questions: VecDeque<ServiceQuestion>,
    has_lock: bool,
}

/// The world around two processes.
struct Model {
    now: Now,
    processes: [ModelProcess; 2],
    journal: Option<Rotation>,
    numbers: i64,
    stored: StoredKeys,
    made: u32,
    revoked: BTreeSet<Fingerprint>,
    refuses_until: Elapsed,
    refused_last: Elapsed,
    fails_until: Elapsed,
    given_up: BTreeSet<Fingerprint>,
    accepted_at: BTreeMap<Fingerprint, Elapsed>,
}

fn environment() -> EnvironmentName {
    name("prod")
}

fn new_process(now: &Now) -> (Monitor, Vec<Effect>) {
    let watched = WatchedEnvironment {
        environment: Environment { name: environment(), label: None },
        requested: false,
        thresholds: Thresholds::default(),
        muted: Vec::new(),
    };
    let settings = MonitorSettings {
        mode: Mode::Operate,
        environments: vec![watched],
        unwatched: Vec::new(),
        polling: Polling { interval: minutes(10), ..Polling::default() },
        alerts: AlertRules::default(),
        operator: "ada".to_owned(),
        max_age: None,
        seed: 7,
    };
    let mut monitor = Monitor::new(settings, now);
    let effects = monitor.handle(Input::Started, now);
    (monitor, effects)
}

impl Model {
    fn new() -> Self {
        let now = Now { elapsed: Elapsed::ZERO + EVIDENCE_MAX * 4, wall: "2026-11-21T14:32:00Z".parse().unwrap() };
        let process = || ModelProcess {
            monitor: new_process(&now).0,
            is_stopped: false,
            tasks: VecDeque::new(),
            questions: VecDeque::new(),
            has_lock: false,
        };
        let mut world = Self {
            now,
            processes: [process(), process()],
            journal: None,
            numbers: 0,
            stored: StoredKeys { current: Some(fingerprint(1)), ..StoredKeys::default() },
            made: 1,
            revoked: BTreeSet::new(),
            refuses_until: Elapsed::ZERO,
            refused_last: Elapsed::ZERO,
            fails_until: Elapsed::ZERO,
            given_up: BTreeSet::new(),
            accepted_at: BTreeMap::new(),
        };
        (0..2).for_each(|process| world.restart(process));
        world
    }

    fn restart(&mut self, process: usize) {
        let (monitor, effects) = new_process(&self.now);
        let (tasks, questions) = (VecDeque::new(), VecDeque::new());
        self.processes[process] = ModelProcess { monitor, is_stopped: false, tasks, questions, has_lock: false };
        self.take(process, effects);
    }

    fn tell(&mut self, process: usize, event: Input) {
        let effects = self.processes[process].monitor.handle(event, &self.now);
        self.take(process, effects);
    }

    fn take(&mut self, process: usize, effects: Vec<Effect>) {
        for effect in effects {
            let state = &mut self.processes[process];
            match effect {
                Effect::LoadKey(..) => state.tasks.push_back(Task::load()),
                Effect::LoadKeyHistory(fingerprint) => {
                    let key_history = Ok(KeyHistory::default());
                    self.tell(process, Input::KeyHistoryLoaded { fingerprint, history: key_history });
                }
                Effect::Poll { fingerprint, sequence, .. } => {
                    state.questions.push_back(ServiceQuestion { key: fingerprint, sequence, outcome: None });
                }
                Effect::EraseRevokedKey(dead) => state.tasks.push_back(Task::of(RotationIntent::EraseRevoked(*dead))),
                _ => {}
            }
        }
    }

    /// Answer of the service to a poll with a key now.
    fn ask(&mut self, key: Fingerprint) -> PollOutcome {
        if self.now.elapsed < self.fails_until {
            return PollOutcome::Failed(failure(PollErrorKind::ServerError));
        }
        if self.now.elapsed < self.refuses_until || self.revoked.contains(&key) {
            return PollOutcome::Failed(failure(PollErrorKind::Unauthorized));
        }
        self.accepted_at.insert(key, self.now.elapsed);
        let account = Account { requests_per_minute: Limit::Of(60), requests_per_day: Limit::Of(100_000), ..account() };
        PollOutcome::Answered(Box::new(Sample {
            at: self.now.wall,
            latency: SignedDuration::ZERO,
            server_clock: None,
            account,
            quota: Quota::default(),
        }))
    }

    fn decide(&mut self, process: usize) {
        let asked = self.processes[process].questions.iter().position(|question| question.outcome.is_none());
        if let Some(index) = asked {
            let outcome = self.ask(self.processes[process].questions[index].key);
            self.processes[process].questions[index].outcome = Some(outcome);
        }
    }

    /// One small thing that a process does; tells whether there was any.
    fn run(&mut self, process: usize) -> bool {
        if self.processes[process].is_stopped {
            return false;
        }
        if !self.processes[process].tasks.is_empty() {
            return self.work(process);
        }
        if let Some(question) = self.processes[process].questions.front() {
            if question.outcome.is_none() {
                self.decide(process);
            } else if let Some(ServiceQuestion { key, sequence, outcome: Some(outcome) }) =
                self.processes[process].questions.pop_front()
            {
                self.tell(process, Input::Polled { fingerprint: key, sequence, outcome, calls: None, known: None });
            }
            return true;
        }
        let is_due = self.processes[process].monitor.next_wake().is_some_and(|wake| wake <= self.now.elapsed);
        if is_due {
            self.tell(process, Input::Ticked);
        }
        is_due
    }

    fn push(&mut self, process: usize, task: Task) {
        self.processes[process].tasks.push_back(task);
    }

    fn act(&mut self, action: &RotationAction) {
        let seconds = SignedDuration::from_secs;
        match *action {
            RotationAction::Pass(length) => self.now = self.now.after(seconds(length)),
            RotationAction::Run(process, times) => {
                for _ in 0..times {
                    self.run(process);
                }
            }
            RotationAction::Decide(process) => self.decide(process),
            RotationAction::Stop(process) => self.processes[process].is_stopped = true,
            RotationAction::Continue(process) => self.processes[process].is_stopped = false,
            RotationAction::Restart(process) => self.restart(process),
            RotationAction::Start(process) => self.push(process, Task::of(RotationIntent::Start)),
            RotationAction::Offer(process) => {
                self.made += 1;
                let key = fingerprint(self.made);
                self.push(process, Task { trial: Some(key), ..Task::of(RotationIntent::Offer(key)) });
            }
            RotationAction::Wish(process, request) => {
                let Some(seen) = self.journal.as_ref().map(Rotation::id) else { return };
                if request == RotationRequest::Abandon {
                    self.given_up.extend(seen.new);
                }
                let trial = seen.new.filter(|_| request == RotationRequest::PromoteAgain);
                self.push(process, Task { trial, ..Task::of(RotationIntent::Change(seen, request)) });
            }
            RotationAction::Refresh(process) => {
                if !self.processes[process].is_stopped {
                    self.tell(process, Input::RefreshAllRequested);
                }
            }
            RotationAction::RevokeOld => {
                let works = self.stored.current.is_some_and(|key| !self.revoked.contains(&key));
                self.revoked.extend(self.stored.previous.filter(|key| works && Some(*key) != self.stored.current));
            }
            RotationAction::RevokeNew => {
                let is_watched = self.stored.previous.is_some_and(|key| Some(key) != self.stored.current);
                self.revoked.extend(self.stored.current.filter(|_| is_watched));
            }
            RotationAction::RefuseAll(length) => {
                if self.now.elapsed - self.refused_last > EVIDENCE_MAX {
                    self.refuses_until = self.now.elapsed + seconds(length);
                    self.refused_last = self.refuses_until;
                }
            }
            RotationAction::FailAll(length) => self.fails_until = self.now.elapsed + seconds(length),
            RotationAction::LoseJournal => (self.journal, self.numbers) = (None, 0),
            RotationAction::SetClock(by) => {
                self.now.wall = self.now.wall.checked_add(seconds(by)).unwrap_or(self.now.wall);
            }
        }
    }

    /// All is well again, and nobody asks for anything: the processes go on for so long.
    fn settle(&mut self, lasts: SignedDuration) {
        (self.refuses_until, self.fails_until) = (Elapsed::ZERO, Elapsed::ZERO);
        (0..2).for_each(|process| self.processes[process].is_stopped = false);
        let end = self.now.elapsed + lasts;
        while self.now.elapsed < end {
            while self.run(0) | self.run(1) {}
            let wakes = self.processes.iter().filter_map(|process| process.monitor.next_wake());
            let next = wakes.min().unwrap_or(end).max(self.now.elapsed + SignedDuration::from_secs(1));
            self.now = self.now.after(next - self.now.elapsed);
        }
    }
}

/// To the third step, as most of what goes wrong goes wrong there.
fn promoted() -> Model {
    let mut world = Model::new();
    for action in [
        RotationAction::Run(0, 40),
        RotationAction::Start(0),
        RotationAction::Run(0, 40),
        RotationAction::Offer(0),
        RotationAction::Run(0, 60),
    ] {
        world.act(&action);
    }
    assert_eq!(world.journal.as_ref().map(|journal| journal.stage), Some(RotationStage::Watching));
    world.act(&RotationAction::Run(1, 40));
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_key_that_the_service_accepts_is_erased_and_each_dead_one_is_in_the_end(
        is_promoted: bool,
        actions in proptest::collection::vec(action(), 1..120),
    ) {
        let mut world = if is_promoted { promoted() } else { Model::new() };
        for action in &actions {
            world.act(action);
        }
        world.settle(SignedDuration::from_hours(3));
        let StoredKeys { current, previous, .. } = world.stored;
        let is_dead = |key: Option<Fingerprint>| key.is_some_and(|key| world.revoked.contains(&key));
        let is_watching = world.journal.as_ref().is_some_and(|journal| journal.stage == RotationStage::Watching);
        let is_left = previous.is_some() && previous != current && is_dead(previous) && !is_dead(current);
        prop_assert!(!(is_left && is_watching), "a dead key is kept for ever: {:?} {:?}", world.stored, world.journal);
        prop_assert!(!is_left, "a dead key is watched no more: {:?} {:?}", world.stored, world.journal);
    }
}
