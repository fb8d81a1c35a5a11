//! A key that another process polls, and that is not known here.

use super::*;
use crate::domain::status::Flag;
use crate::monitor::usage::UsageEffect;

/// A wall that has just found key 1 of `dev` in use elsewhere.
fn observing() -> MonitorHarness {
    let mut world = MonitorHarness::started_as(Mode::Observe, &["dev"]);
    let identity = KeyIdentity { fingerprint: fingerprint(1), ending: None };
    let held = HeldKey { identity, source: KeySource::OtherProcess };
    world.send(Input::KeyLoaded { environment: name("dev"), outcome: Ok(held) });
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    world
}

fn observe(world: &mut MonitorHarness, credits: f64, is_polled: bool) {
    let sample = world.sample(Account { credits_remaining: credits, ..account() });
    let history = Box::new(KeyHistory { sample: Some(sample), ..KeyHistory::default() });
    world.conclude(1, PollOutcome::Observed { history, is_polled });
}

#[test]
fn an_observed_key_is_looked_at_and_never_polled() {
    let mut world = observing();
    let mut looks = 0;
    for credits in [40.0, 39.0, 38.0] {
        looks += world.effects.iter().filter(|effect| matches!(effect, Effect::Observe { .. })).count();
        assert_eq!(polled(&world.effects), []);
        observe(&mut world, credits, true);
        assert!(
            !world
                .effects
                .iter()
                .any(|effect| matches!(effect, Effect::StoreSample { .. } | Effect::Usage(UsageEffect::Read { .. })))
        );
        let environment = world.environment("dev");
        assert_eq!(environment.account.map(|account| account.credits_remaining), Some(credits));
        assert!(environment.fresh);
        assert_eq!(world.next("dev"), (Some(seconds(10)), PollReason::Follow));
        world.pass(seconds(10));
    }
    assert_eq!(looks, 3);
}

#[test]
fn a_number_that_nobody_renews_is_not_of_now() {
    let mut world = observing();
    observe(&mut world, 40.0, true);
    world.pass(seconds(10));
    observe(&mut world, 40.0, false);
    let environment = world.environment("dev");
    assert_eq!(environment.account.map(|account| account.credits_remaining), Some(40.0));
    assert!(!environment.fresh && environment.flags.contains(&Flag::Stale));
    assert_eq!(world.next("dev"), (Some(seconds(10)), PollReason::NotPolled));
    world.pass(seconds(10));
    observe(&mut world, 41.0, true);
    assert!(world.environment("dev").fresh);
}

#[test]
fn a_key_that_comes_to_be_known_here_is_polled_here() {
    let mut world = observing();
    observe(&mut world, 40.0, false);
    world.hold("dev", 1);
    world.pass(seconds(10));
    assert_eq!(polled(&world.effects), [fingerprint(1)]);
}
