//! Course of each scenario, as `/me` shows it.

use super::*;

#[test]
fn the_demo_shows_what_it_says_whenever_it_starts() {
    for start in ["2026-11-21T14:32:00Z", "2026-12-01T00:00:01Z", "2027-01-31T23:59:59Z", "2028-02-29T12:00:00Z"] {
        let mut world = world_at(Scenario::Demo, at(start));
        let mut phase = |environment| {
            let account = account(&me(&mut world, environment, at(start)));
            assert!(account.credits_ratio().unwrap() > 0.5, "{environment} at {start}: {account:?}");
            let age = KeyAge::at(account.created_at.unwrap(), &Thresholds::default(), at(start));
            (age.phase, age.days_left())
        };
        assert_eq!(phase("dev"), (RotationPhase::Young, Some(60)));
        assert_eq!(phase("staging"), (RotationPhase::Soon, Some(10)));
        assert_eq!(phase("prod"), (RotationPhase::Overdue, Some(-5)));
    }
}

#[test]
fn low_credits_are_low_whenever_they_start() {
    for start in ["2026-11-01T00:00:00Z", START, "2026-12-31T23:59:59Z"] {
        let mut world = world_at(Scenario::LowCredits, at(start));
        let mut credits = |name| account(&me(&mut world, name, at(start))).credits_remaining.to_string();
        assert_eq!([credits("dev"), credits("staging"), credits("prod")], ["8", "9", "0"], "{start}");
    }
}

#[test]
fn the_scenarios_of_limits_are_enforced_by_the_limits_themselves() {
    let mut limited = world(Scenario::RateLimited);
    let mut reply = |environment, now| me(&mut limited, environment, now);
    let (even, odd) = (at("2026-11-20T14:32:00Z"), at("2026-11-20T14:33:00Z"));
    assert_eq!(header(&reply("dev", even), "retry-after").as_deref(), Some("60"));
    assert_eq!(header(&reply("staging", even), "retry-after").as_deref(), Some("34080"));
    assert_eq!([reply("prod", even).status, reply("dev", odd).status], [200, 200]);
    assert_eq!(reply("staging", at("2026-11-21T00:00:00Z")).status, 200);

    let mut near = world(Scenario::DailyLimit);
    for environment in ["dev", "staging", "prod"] {
        let reply = me(&mut near, environment, at(START));
        let (left, limit) = (number(&reply, "x-ratelimit-remaining-daily"), number(&reply, "x-ratelimit-limit-daily"));
        assert!(reply.status == 200 && left * 10 < limit, "{environment}: {left} of {limit}");
    }
}

#[test]
fn the_same_calls_at_the_same_times_bring_the_same_bytes() {
    for scenario in Scenario::ALL {
        let play = || {
            let mut world = world(scenario);
            let mut replies = Vec::new();
            for (step, environment) in (0..30).zip(["dev", "staging", "prod"].into_iter().cycle()) {
                let now = at(START) + (step * 17).seconds();
                replies.push(me(&mut world, environment, now));
                replies.push(search(&mut world, "prod", now));
            }
            replies
        };
        assert_eq!(play(), play(), "{scenario}");
    }
}

#[test]
fn the_past_leads_to_the_present_and_resets_on_the_first() {
    for scenario in [Scenario::Demo, Scenario::LowCredits] {
        for environment in ["dev", "staging", "prod"] {
            let mut world = world(scenario);
            let since = earlier(at(START), SignedDuration::from_hours(30 * 24));
            let past = world.past_credits(&name(environment), since, SignedDuration::from_mins(15)).unwrap();
            assert!(past.is_sorted_by_key(|(at, _)| *at));
            let present = account(&me(&mut world, environment, at(START))).credits_remaining;
            let last = world.past_credits(&name(environment), at(START), SignedDuration::from_hours(1)).unwrap();
            let told: Vec<_> = last.iter().map(|(at, credits)| (*at, f64::from(*credits))).collect();
            assert_eq!(told, [(at(START), present)], "{scenario} {environment}");
            let rises = past.windows(2).filter(|pair| pair[1].1 > pair[0].1);
            let months: Vec<_> = rises.map(|pair| (month_start(pair[1].0), month_start(pair[0].0))).collect();
            let reset = (at("2026-11-01T00:00:00Z"), at("2026-10-01T00:00:00Z"));
            assert_eq!(months, if environment == "dev" { vec![] } else { vec![reset] }, "{scenario} {environment}");
        }
    }
}

#[test]
fn the_past_begins_with_the_account() {
    let world = world(Scenario::Healthy);
    let year = SignedDuration::from_hours(365 * 24);
    let past = world.past_credits(&name("prod"), earlier(at(START), year), SignedDuration::from_hours(1)).unwrap();
    assert_eq!((past[0], past.len()), ((at("2026-10-31T11:15:00Z"), 50_000), 20 * 24 + 4));
}

#[test]
fn unknown_environments_and_too_many_keys_are_refused() {
    let mut world = world(Scenario::Demo);
    let error = world.revoke(&name("moon"), at(START)).unwrap_err();
    assert_eq!(error, ControlError::UnknownEnvironment);
    for _ in 1..KEYS_MAX {
        world.create_key(&name("dev"), at(START)).unwrap();
    }
    assert_eq!(world.create_key(&name("dev"), at(START)).unwrap_err(), ControlError::TooManyKeys);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn traffic_is_the_same_however_often_one_looks(
        splits in proptest::collection::vec(0_i64..172_800, 0..12),
        scenario in 0..Scenario::ALL.len(),
    ) {
        let end = at(START) + 48.hours();
        let state = |moments: &[i64]| {
            let mut world = world(Scenario::ALL[scenario]);
            for tenant in &mut world.tenants {
                for moment in moments {
                    tenant.advance_to(at(START) + moment.seconds());
                }
                tenant.advance_to(end);
            }
            let told = |tenant: &Tenant| {
                let key = &tenant.keys[0];
                (tenant.credits, key.last_used_at, key.day_remaining(&tenant.plan, end), key.entries().clone())
            };
            world.tenants.iter().map(told).collect::<Vec<_>>()
        };
        let mut sorted = splits.clone();
        sorted.sort_unstable();
        let once = state(&[]);
        prop_assert_eq!(&state(&splits), &once);
        prop_assert_eq!(&state(&sorted), &once);
    }

    #[test]
    fn credits_only_fall_within_a_month_and_never_exceed_the_allowance(
        start in 1_700_000_000_i64..1_900_000_000,
        scenario in 0..Scenario::ALL.len(),
    ) {
        let start = Timestamp::from_second(start).unwrap();
        let world = world_at(Scenario::ALL[scenario], start);
        for tenant in &world.tenants {
            let past = tenant.past_credits(earlier(start, SignedDuration::from_hours(24 * 40)), SignedDuration::from_hours(6), start);
            prop_assert!(past.iter().all(|(_, credits)| *credits <= tenant.plan.allowance));
            for pair in past.windows(2) {
                let reset = month_start(pair[1].0) > pair[0].0 && tenant.plan.resets;
                prop_assert!(reset || pair[1].1 <= pair[0].1, "{pair:?}");
            }
        }
    }
}
