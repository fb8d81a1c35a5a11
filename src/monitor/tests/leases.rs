use super::*;
use crate::domain::last_use::ExternalUse;

/// Answers the poll under way with what another process has stored, `ago` seconds ago, with a lease of `left` seconds.
fn leave(world: &mut MonitorHarness, credits: f64, age: i64, left: i64) {
    let at = ago(&world.now, seconds(age));
    let sample = Sample { at, ..world.sample(Account { credits_remaining: credits, ..unlimited() }) };
    let others_use = Some(ExternalUse { at, exact: true });
    let key_history = Box::new(KeyHistory { sample: Some(sample.clone()), others_use, ..KeyHistory::default() });
    let until = world.now.wall.checked_add(seconds(left)).unwrap();
    let outcome = PollOutcome::LeasedByOther { history: key_history, until };
    assert_eq!(outcome.sample(), Some(&sample), "it is drawn as well");
    world.conclude(1, outcome);
}

fn unlimited() -> Account {
    Account { requests_per_day: Limit::Unlimited, requests_per_minute: Limit::Unlimited, ..account() }
}

fn lease(effects: &[Effect]) -> Option<Lease> {
    effects.iter().find_map(|effect| match effect {
        Effect::Poll { permit, .. } => permit.lease,
        _ => None,
    })
}

/// `dev` with key 1, answered once, and its next poll under way.
fn polling() -> MonitorHarness {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let sample = world.sample(unlimited());
    world.answer(1, sample);
    let effects = world.pass(seconds(60));
    assert_eq!(lease(effects), Some(Lease { duration: seconds(75), yields: true }));
    world
}

#[test]
fn what_the_operator_asks_for_is_left_to_nobody() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(10));
    let effects = world.send(Input::RefreshRequested(name("dev")));
    assert!(lease(effects).is_some_and(|lease| !lease.yields));
}

#[test]
fn the_answer_of_another_process_is_taken_over() {
    let mut world = polling();
    leave(&mut world, 200.0, 20, 55);
    let environment = world.environment("dev");
    assert_eq!(environment.account, Some(Account { credits_remaining: 200.0, ..unlimited() }));
    assert_eq!(environment.polled_at, Some(ago(&world.now, seconds(20))));
    assert_eq!(environment.others_use.map(|used| used.at), environment.polled_at);
    assert!(!world.effects.iter().any(|effect| matches!(effect, Effect::StoreSample { .. })), "it is stored already");
    assert_eq!(world.next("dev"), (Some(seconds(45)), PollReason::Follow), "just after its next answer is due");
}

#[test]
fn after_the_clock_was_put_back_each_process_asks_once_for_itself() {
    let mut world = polling();
    leave(&mut world, 200.0, 20, 55);
    world.now.wall = ago(&world.now, minutes(60));
    let effects = world.pass(seconds(45));
    assert!(lease(effects).is_some_and(|lease| !lease.yields));
    let sample = world.sample(unlimited());
    world.answer(1, sample);
    let effects = world.pass(seconds(60));
    assert!(lease(effects).is_some_and(|lease| lease.yields));
}

#[test]
fn while_few_requests_of_the_day_are_left_followers_pause_too() {
    let mut world = polling();
    let account = Account { requests_per_day: Limit::Of(10_000), ..unlimited() };
    let quota = Quota { day_limit: Limit::Of(10_000), day_remaining: Some(900), ..Quota::default() };
    let sample = Some(Sample { quota, ..world.sample(account) });
    let until = world.now.wall.checked_add(seconds(60)).unwrap();
    let key_history = Box::new(KeyHistory { sample, ..KeyHistory::default() });
    world.conclude(1, PollOutcome::LeasedByOther { history: key_history, until });
    let (wait, reason) = world.next("dev");
    assert_eq!(reason, PollReason::Reserve);
    assert!(wait.unwrap() >= minutes(360), "{wait:?}");
}

#[test]
fn an_answer_that_is_late_is_looked_for_again_but_not_beyond_the_lease() {
    let mut world = polling();
    let mut waits = Vec::new();
    for (age, left) in [(60, 40), (65, 35), (70, 30), (80, 7)] {
        leave(&mut world, 222.0, age, left);
        let (wait, reason) = world.next("dev");
        assert_eq!(reason, PollReason::Follow);
        waits.push(wait.unwrap());
        world.pass(wait.unwrap());
    }
    assert_eq!(waits, [5, 5, 10, 7].map(seconds));
}
