mod idle;
mod scenarios;

use jiff::ToSpan;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::domain::account::Account;
use crate::domain::key_age::{KeyAge, RotationPhase};
use crate::domain::thresholds::Thresholds;
use crate::simulator::calendar::{earlier, month_start};
use crate::simulator::tenant::APPLICATIONS_MOVE_AFTER;
use crate::simulator::traffic::Traffic;

const START: &str = "2026-11-20T14:32:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn name(text: &str) -> EnvironmentName {
    text.parse().unwrap()
}

fn world_at(scenario: Scenario, start: Timestamp) -> SimulatedService {
    let environments = ["dev", "staging", "prod"].map(name).to_vec();
    let options = ServiceOptions { scenario, seed: 1, environments, idle: false, last_used: LastUsed::default() };
    SimulatedService::new(&options, start)
}

fn world(scenario: Scenario) -> SimulatedService {
    world_at(scenario, at(START))
}

/// A world without applications, so that every number is the test's own.
fn quiet(start: &str) -> SimulatedService {
    let mut world = world_at(Scenario::Healthy, at(start));
    for tenant in &mut world.tenants {
        tenant.plan.traffic = Traffic::NONE;
        tenant.credits = tenant.plan.allowance;
        tenant.keys[0] = TenantKey::new(tenant.keys[0].secret.clone(), tenant.keys[0].created_at);
    }
    world
}

fn key_of(world: &SimulatedService, environment: &str) -> ApiKey {
    world.keys().into_iter().find(|(found, _)| *found == name(environment)).unwrap().1
}

fn request(key: &ApiKey, method: &str, path: &str) -> IncomingRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    IncomingRequest {
        method: method.to_owned(),
        path: format!("{}{path}", crate::simulator::request::PREFIX),
        query: query.to_owned(),
        authorization: Some(format!("Bearer {}", key.expose())),
    }
}

fn me(world: &mut SimulatedService, environment: &str, now: Timestamp) -> Reply {
    let key = key_of(world, environment);
    world.handle(&request(&key, "GET", "/me"), now)
}

fn search(world: &mut SimulatedService, environment: &str, now: Timestamp) -> Reply {
    let key = key_of(world, environment);
    world.handle(&request(&key, "POST", "/search"), now)
}

fn header(reply: &Reply, name: &str) -> Option<String> {
    reply.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone())
}

fn number(reply: &Reply, name: &str) -> u64 {
    header(reply, name).unwrap().parse().unwrap()
}

fn account(reply: &Reply) -> Account {
    assert_eq!(reply.status, 200, "{}", reply.body);
    Account::parse(reply.body.as_bytes()).unwrap()
}

fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

#[test]
fn the_minute_is_a_fixed_window_enforced_to_the_last_request() {
    let mut world = quiet("2026-11-20T14:32:10Z");
    for left in [4, 3, 2, 1, 0] {
        let reply = me(&mut world, "dev", at("2026-11-20T14:32:20Z"));
        assert_eq!((reply.status, number(&reply, "x-ratelimit-remaining")), (200, left));
    }
    let refused = me(&mut world, "dev", at("2026-11-20T14:32:59.5Z"));
    assert_eq!((refused.status, header(&refused, "retry-after").as_deref()), (429, Some("1")));
    assert_eq!(json(&refused)["error"], "Too Many Requests");
    let next = me(&mut world, "dev", at("2026-11-20T14:33:00Z"));
    assert_eq!((next.status, number(&next, "x-ratelimit-remaining")), (200, 4));
    assert_eq!(number(&next, "x-ratelimit-remaining-daily"), 44);
}

#[test]
fn the_day_ends_at_midnight_utc() {
    let mut world = quiet("2026-11-20T23:40:00Z");
    for minute in 0..10 {
        for _ in 0..5 {
            let now = at("2026-11-20T23:40:00Z") + minute.minutes();
            assert_eq!(me(&mut world, "dev", now).status, 200);
        }
    }
    let refused = me(&mut world, "dev", at("2026-11-20T23:50:00Z"));
    assert_eq!((refused.status, header(&refused, "retry-after").as_deref()), (429, Some("600")));
    assert_eq!(number(&refused, "x-ratelimit-remaining-daily"), 0);
    assert_eq!(me(&mut world, "dev", at("2026-11-20T23:59:59Z")).status, 429);
    let next = me(&mut world, "dev", at("2026-11-21T00:00:00Z"));
    assert_eq!((next.status, number(&next, "x-ratelimit-remaining-daily")), (200, 49));
}

#[test]
fn limits_belong_to_a_key_and_credits_to_the_account() {
    let mut world = quiet(START);
    let old = key_of(&world, "dev");
    for _ in 0..5 {
        assert_eq!(search(&mut world, "dev", at(START)).status, 200);
    }
    let new = world.create_key(&name("dev"), at(START)).unwrap();
    assert_eq!(world.handle(&request(&old, "GET", "/me"), at(START)).status, 429);
    let reply = world.handle(&request(&new, "GET", "/me"), at(START));
    assert_eq!(number(&reply, "x-ratelimit-remaining"), 4);
    assert_eq!(
        number(&reply, "x-credits-remaining"),
        number(&search(&mut world, "dev", at(START)), "x-credits-remaining") + 1
    );
}

#[test]
fn an_empty_account_answers_402_and_costs_nothing_but_a_request() {
    let mut world = quiet(START);
    world.set_credits(&name("staging"), 1, at(START)).unwrap();
    assert_eq!(search(&mut world, "staging", at(START)).status, 200);
    let refused = search(&mut world, "staging", at(START));
    assert_eq!((refused.status, number(&refused, "x-credits-remaining")), (402, 0));
    assert_eq!(json(&refused)["error"], "Out of credits");
    assert_eq!(number(&refused, "x-ratelimit-remaining"), 8);
    assert_eq!(me(&mut world, "staging", at(START)).status, 200);
}

#[test]
fn the_balance_is_filled_up_on_the_first_unless_it_was_given_once() {
    let mut world = quiet("2026-11-30T23:59:00Z");
    for environment in ["dev", "staging"] {
        world.set_credits(&name(environment), 7, at("2026-11-30T23:59:00Z")).unwrap();
    }
    let mut credits = |environment, time| account(&me(&mut world, environment, at(time))).credits_remaining.to_string();
    assert_eq!(credits("staging", "2026-11-30T23:59:59Z"), "7");
    assert_eq!(credits("staging", "2026-12-01T00:00:00Z"), "300");
    assert_eq!(credits("dev", "2026-12-01T00:00:00Z"), "7");
}

#[test]
fn usage_lists_every_call_newest_first_and_its_own_too() {
    let mut world = quiet(START);
    let key = key_of(&world, "prod");
    me(&mut world, "prod", at(START));
    search(&mut world, "prod", at(START) + 1.second());
    world.handle(&request(&key, "GET", "/usage?limit=0"), at(START) + 2.seconds());
    let page = json(&world.handle(&request(&key, "GET", "/usage?limit=3&offset=0"), at(START) + 3.seconds()));
    let lines = page["usage"].as_array().unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            format!("{} {} {} {}", line["timestamp"], line["endpoint"], line["status_code"], line["credits_consumed"])
        })
        .collect();
    let expected = [
        r#""2026-11-20T14:32:03Z" "/usage" 200 0"#,
        r#""2026-11-20T14:32:02Z" "/usage" 400 0"#,
        r#""2026-11-20T14:32:01Z" "/search" 200 1"#,
    ];
    assert_eq!(told, expected);
    assert_eq!((&page["limit"], &page["offset"]), (&3.into(), &0.into()));
    let next = json(&world.handle(&request(&key, "GET", "/usage?limit=1&offset=4"), at(START) + 4.seconds()));
    assert_eq!(next["usage"][0]["endpoint"], "/me");
    assert_eq!(next["total_count"], page["total_count"].as_u64().unwrap() + 1);
}

#[test]
fn the_log_is_bounded() {
    let mut world = quiet(START);
    let key = key_of(&world, "prod");
    for second in 0..2_100 {
        me(&mut world, "prod", at(START) + second.seconds());
    }
    let page = json(&world.handle(&request(&key, "GET", "/usage?limit=1&offset=1999"), at(START) + 1.hour()));
    assert_eq!((page["total_count"].as_u64(), page["usage"].as_array().unwrap().len()), (Some(2_000), 1));
}

#[test]
fn what_is_revoked_stays_revoked() {
    let mut world = world(Scenario::Healthy);
    let old = key_of(&world, "prod");
    world.revoke(&name("prod"), at(START)).unwrap();
    let new = world.create_key(&name("prod"), at(START)).unwrap();
    world.set_scenario(Scenario::Demo, at(START));
    world.set_credits(&name("prod"), 99, at(START)).unwrap();
    for days in [0, 40, 400] {
        let now = at(START) + (days * 24).hours();
        let status = |world: &mut SimulatedService, key| world.handle(&request(key, "GET", "/me"), now).status;
        assert_eq!((status(&mut world, &old), status(&mut world, &new)), (401, 200));
    }
}

#[test]
fn of_two_keys_the_old_one_is_revoked_and_the_applications_move() {
    let mut world = world(Scenario::Healthy);
    let old = key_of(&world, "prod");
    let new = world.create_key(&name("prod"), at(START)).unwrap();
    assert_eq!(key_of(&world, "prod").expose(), new.expose());
    let mut last_use = |key: &ApiKey, now| account(&world.handle(&request(key, "GET", "/me"), now)).last_used_at;
    let later = at(START) + 1.hour();
    assert!(last_use(&new, later).unwrap() > at(START) + APPLICATIONS_MOVE_AFTER);
    let old_use = last_use(&old, later).unwrap();
    assert!(old_use < at(START) + APPLICATIONS_MOVE_AFTER && old_use > at(START) - 10.minutes(), "{old_use}");
    world.revoke(&name("prod"), later).unwrap();
    let mut status = |key| world.handle(&request(key, "GET", "/me"), later).status;
    assert_eq!((status(&old), status(&new)), (401, 200));
}

#[test]
fn the_last_use_is_before_this_call_or_this_call_as_chosen() {
    let mut before = quiet(START);
    let mut after = quiet(START);
    after.last_used = LastUsed::ThisCall;
    let told = |world: &mut SimulatedService, now| account(&me(world, "dev", now)).last_used_at;
    let (first, second) = (at(START), at(START) + 5.seconds());
    told(&mut before, first);
    told(&mut after, first);
    assert_eq!((told(&mut before, second), told(&mut after, second)), (Some(first), Some(second)));
}

#[test]
fn unknown_keys_paths_and_methods_are_refused() {
    let mut world = quiet(START);
    let stranger = ApiKey::parse("somebody-else").unwrap();
    let reply = world.handle(&request(&stranger, "GET", "/me"), at(START));
    assert_eq!((reply.status, reply.body.as_str()), (401, r#"{"error":"Invalid API key","code":"unauthorized"}"#));
    let nobody = IncomingRequest { authorization: None, ..request(&stranger, "GET", "/me") };
    assert_eq!(world.handle(&nobody, at(START)).status, 401);
    let key = key_of(&world, "dev");
    assert_eq!(world.handle(&request(&key, "GET", "/you"), at(START)).status, 404);
    let reply = world.handle(&request(&key, "POST", "/me"), at(START));
    assert_eq!((reply.status, header(&reply, "allow").as_deref()), (405, Some("GET")));
    assert_eq!(number(&reply, "x-ratelimit-remaining"), 5);
}

#[test]
fn faults_come_in_order_and_pass() {
    let mut world = quiet(START);
    world.fail_next(2, &Fault::Drop);
    world.fail_next(1, &Fault::Status(500));
    world.fail_next(1, &Fault::Delay(SignedDuration::from_secs(3)));
    let mut next = || me(&mut world, "dev", at(START));
    assert_eq!([next().delivery, next().delivery], [ReplyDelivery::Dropped, ReplyDelivery::Dropped]);
    let fault = next();
    assert_eq!((fault.status, json(&fault)["request_id"].is_string()), (500, true));
    let late = next();
    assert_eq!((late.status, late.delivery), (200, ReplyDelivery::After(SignedDuration::from_secs(3))));
    assert_eq!(next().delivery, ReplyDelivery::AtOnce);
    let statuses: Vec<_> = world.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [None, None, Some(500), Some(200), Some(200)]);
}
