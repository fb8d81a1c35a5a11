use proptest::prelude::*;

use super::*;
use crate::domain::time::{DAY, Elapsed};
use crate::monitor::polling::request_log::MINUTE;

#[derive(Clone, Copy, Debug)]
enum BudgetStep {
    Wait(i64),
    Refresh,
    Pause,
    ClockJump(i64),
    KeyReloaded,
}

fn step() -> impl Strategy<Value = BudgetStep> {
    prop_oneof![
        6 => (1i64..7_200).prop_map(BudgetStep::Wait),
        3 => Just(BudgetStep::Refresh),
        1 => Just(BudgetStep::Pause),
        1 => (-100_000i64..100_000).prop_map(BudgetStep::ClockJump),
        1 => Just(BudgetStep::KeyReloaded),
    ]
}

/// Fails every so often, in each way.
fn outcome(world: &MonitorHarness, account: &Account, choice: u8) -> PollOutcome {
    let kinds = [
        PollErrorKind::Unauthorized,
        PollErrorKind::Forbidden,
        PollErrorKind::RateLimited,
        PollErrorKind::Timeout,
        PollErrorKind::ServerError,
        PollErrorKind::UnexpectedAnswer,
    ];
    match kinds.get(usize::from(choice)) {
        Some(kind) => PollOutcome::Failed(PollError { counts: true, ..failure(*kind) }),
        None => PollOutcome::Answered(Box::new(world.sample(account.clone()))),
    }
}

/// The most calls in any window; `calls` in the order of time.
fn most_in(window: SignedDuration, calls: &[Elapsed]) -> u64 {
    let mut first = 0;
    let counts = calls.iter().enumerate().map(|(index, end)| {
        while calls[first] <= *end - window {
            first += 1;
        }
        index + 1 - first
    });
    counts.max().unwrap_or(0) as u64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn own_calls_never_exceed_the_share(
        per_day in 50u64..3_000,
        per_minute in 5u64..60,
        steps in proptest::collection::vec((step(), 0u8..12), 1..400),
        seed: u64,
    ) {
        let account = Account { requests_per_day: Limit::Of(per_day), requests_per_minute: Limit::Of(per_minute), ..account() };
        let mut world = MonitorHarness::with_keys(&["dev"]);
        let settings = MonitorSettings {
            mode: Mode::Operate,
            unwatched: Vec::new(),
            environments: world.monitor.scheduler.environments.iter().map(|state| state.watched.clone()).collect(),
            polling: Polling::default(),
            alerts: AlertRules::default(),
            operator: "ada".to_owned(),
            max_age: None,
            seed,
        };
        world.monitor = Monitor::new(settings, &world.now);
        world.hold("dev", 1);
        let (mut calls, mut timed) = (Vec::new(), Vec::new());
        let mut effects = world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) }).to_vec();
        for (step, choice) in steps {
            for _ in polled(&effects) {
                calls.push(world.now.elapsed);
                if world.monitor.scheduler.keys[&fingerprint(1)].due.is_some_and(|(_, reason)| reason.is_timed()) {
                    timed.push(world.now.elapsed);
                }
                let outcome = outcome(&world, &account, choice);
                world.conclude(1, outcome);
            }
            effects = match step {
                BudgetStep::Wait(wait) => world.pass(seconds(wait)),
                BudgetStep::Refresh => world.send(Input::RefreshAllRequested),
                BudgetStep::Pause => world.send(Input::PauseToggled),
                BudgetStep::KeyReloaded => world.hold("dev", 1),
                BudgetStep::ClockJump(jump) => {
                    world.now.wall = world.now.wall.saturating_add(seconds(jump)).unwrap();
                    world.send(Input::Ticked)
                }
            }
            .to_vec();
        }
        prop_assert!(most_in(DAY, &timed) <= per_day / 5, "timed polls and retries");
        prop_assert!(most_in(DAY, &calls) <= per_day / 2, "and what could not wait");
        prop_assert!(most_in(MINUTE, &calls) <= (per_minute / 2).max(1));
        prop_assert!(most_in(MINUTE, &timed) <= (per_minute / 5).max(1), "retries too");
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_timed_poller_uses_its_share_and_no_more(per_day in 50u64..3_000) {
        let account = Account { requests_per_day: Limit::Of(per_day), requests_per_minute: Limit::Unlimited, ..account() };
        let mut world = MonitorHarness::with_keys(&["dev"]);
        let mut calls = vec![world.monitor.scheduler.keys[&fingerprint(1)].request_log.last().unwrap()];
        while world.now.elapsed < Elapsed::ZERO + DAY * 2 {
            let sample = world.sample(account.clone());
            world.answer(1, sample);
            let wake = world.monitor.next_wake().unwrap();
            let wait = wake - world.now.elapsed;
            calls.extend(polled(world.pass(wait)).iter().map(|_| wake));
        }
        let share = per_day / 5;
        let most = most_in(DAY, &calls);
        prop_assert!(most <= share && most + 2 >= share.min(1_440), "{most} of {share}");
    }
}

#[test]
fn a_burst_of_refreshes_slows_polling_and_does_not_end_it() {
    let mut world = MonitorHarness::active();
    for _ in 0..150 {
        world.now = world.now.after(seconds(15));
        if polled(world.send(Input::RefreshAllRequested)).is_empty() {
            continue;
        }
        let sample = world.sample(account());
        world.answer(1, sample);
    }
    let mut longest = SignedDuration::ZERO;
    let end = world.now.elapsed + DAY;
    while world.now.elapsed < end {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        longest = longest.max(wait);
        if !polled(world.pass(wait)).is_empty() {
            let sample = world.sample(account());
            world.answer(1, sample);
        }
    }
    assert!(longest < minutes(40), "{longest:?}");
}
