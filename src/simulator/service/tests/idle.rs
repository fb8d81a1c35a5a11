//! Without applications, nothing depends on when the world starts.

use super::*;

/// Credits, requests left in the minute and in the day, and age of each environment's key at the start.
type StartFigures = Vec<(u32, u32, Option<u32>, SignedDuration)>;

fn idle(scenario: Scenario, start: Timestamp) -> SimulatedService {
    let environments = ["dev", "staging", "prod"].map(name).to_vec();
    SimulatedService::new(
        &ServiceOptions { scenario, seed: 1, environments, idle: true, last_used: LastUsed::default() },
        start,
    )
}

fn start_figures(world: &SimulatedService, now: Timestamp) -> StartFigures {
    let told = |tenant: &Tenant| {
        let key = &tenant.keys[0];
        let (minute, day) = (key.minute_remaining(&tenant.plan, now), key.day_remaining(&tenant.plan, now));
        (tenant.credits, minute, day, now.duration_since(key.created_at))
    };
    world.tenants.iter().map(told).collect()
}

proptest! {
    #[test]
    fn a_world_without_applications_is_the_same_whenever_it_starts(
        start in 0_i64..4_102_444_800,
        scenario in 0..Scenario::ALL.len(),
        next in 0..Scenario::ALL.len(),
    ) {
        let [scenario, next] = [scenario, next].map(|number| Scenario::ALL[number]);
        let start = Timestamp::from_second(start).unwrap();
        let mut world = idle(scenario, start);
        prop_assert_eq!(start_figures(&world, start), start_figures(&idle(scenario, at(START)), at(START)));
        world.set_scenario(next, start);
        prop_assert_eq!(start_figures(&world, start), start_figures(&idle(next, at(START)), at(START)));
    }

    #[test]
    fn watched_calls_alone_change_a_world_without_applications(
        start in 0_i64..4_102_444_800,
        minutes in 0_i64..100_000,
    ) {
        let start = Timestamp::from_second(start).unwrap();
        let mut world = idle(Scenario::Healthy, start);
        let now = start + minutes.minutes();
        let before = me(&mut world, "dev", now);
        prop_assert_eq!((number(&before, "x-credits-remaining"), account(&before).last_used_at), (50, None));
        prop_assert_eq!(number(&search(&mut world, "dev", now), "x-credits-remaining"), 49);
    }
}
