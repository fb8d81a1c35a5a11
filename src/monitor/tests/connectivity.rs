//! Faults that leave no environment to be reached, and an account that is out of credits.

use super::*;
use crate::domain::alert::Condition;
use crate::domain::error::{ConnectionError, Peer, ProxyName, VariableError};
use crate::domain::status::{Flag, Severity, Status};

fn link(fault: ConnectionError) -> RequestError {
    RequestError::link(Peer::Service { host: "api.trackyard.com".into(), via: None }, fault)
}

fn by_proxy(fault: ConnectionError) -> RequestError {
    let address = "http://proxy.example:3128".into();
    RequestError::link(Peer::Proxy(ProxyName { address, variable: Some("HTTPS_PROXY".into()) }.into()), fault)
}

fn fails(world: &mut MonitorHarness, number: u32, cause: &RequestError) {
    world.conclude(number, PollOutcome::Failed(PollError::new(cause.clone(), true)));
}

/// Three keys that were answered, and are due again.
fn watched() -> MonitorHarness {
    let mut world = MonitorHarness::with_keys(&["dev", "staging", "prod"]);
    for number in 1..=3 {
        let sample = world.sample(account());
        world.answer(number, sample);
    }
    world.pass(seconds(432));
    world
}

/// Lets time pass until each key is being asked.
fn until_asked(world: &mut MonitorHarness) {
    while (1..=3).any(|number| world.monitor.scheduler.keys[&fingerprint(number)].in_flight.is_none()) {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
    }
}

#[test]
fn offline_is_said_only_where_nothing_was_reached() {
    let cases = [
        (link(ConnectionError::NoName), true),
        (link(ConnectionError::NameTimeout { after: 5_000 }), true),
        (link(ConnectionError::NoRoute), true),
        (link(ConnectionError::Refused), false),
        (link(ConnectionError::Broke), false),
        (link(ConnectionError::ConnectTimeout { after: 5_000 }), false),
        (link(ConnectionError::AnswerTimeout { after: 10_000, has_begun: false }), false),
        (link(ConnectionError::NotHttp), false),
        (by_proxy(ConnectionError::NoName), false),
        (by_proxy(ConnectionError::Refused), false),
        (RequestError::Status { status: 503, said: None }, false),
        (RequestError::Stranger { host: "api.trackyard.com".into(), status: 403 }, false),
        (RequestError::Variable { name: "HTTPS_PROXY".into(), fault: VariableError::Quotes }, false),
    ];
    for (cause, is_offline) in cases {
        let mut world = watched();
        for number in 1..=3 {
            fails(&mut world, number, &cause);
        }
        let outage = world.snapshot().outage.unwrap();
        assert_eq!((outage.is_offline(), &outage.cause), (is_offline, &cause));
        let [line] = &world.log()[..] else { panic!("{:?}", world.log()) };
        assert_eq!(line.contains("offline"), is_offline, "{line}");
        assert!(line.starts_with("all: no environment can be reached: "), "{line}");
        until_asked(&mut world);
        for number in 1..=3 {
            let sample = world.sample(account());
            world.answer(number, sample);
        }
        assert_eq!(world.log()[1..], ["all: the service was reached again"], "told once, and once its end");
    }
}

#[test]
fn an_outage_is_as_bad_as_its_environments_are_and_no_worse() {
    let mut world = watched();
    for number in 1..=3 {
        fails(&mut world, number, &link(ConnectionError::NoName));
    }
    let severity = |world: &MonitorHarness| world.snapshot().outage_severity();
    let told = world.monitor.log.entries().last().unwrap();
    assert_eq!((told.severity, world.environment("dev").severity), (Severity::Warning, Severity::Warning));
    assert_eq!(severity(&world), Severity::Warning, "samples are fresh");
    world.pass(minutes(30));
    assert_eq!((severity(&world), world.environment("dev").severity), (Severity::Critical, Severity::Critical));
}

#[test]
fn one_answer_that_was_reached_is_proof_against_offline() {
    let mut world = watched();
    fails(&mut world, 1, &link(ConnectionError::Refused));
    fails(&mut world, 2, &link(ConnectionError::NoName));
    fails(&mut world, 3, &link(ConnectionError::NoName));
    let outage = world.snapshot().outage.unwrap();
    assert_eq!(outage.cause, link(ConnectionError::Refused));
}

#[test]
fn the_cause_stands_on_the_card_at_once() {
    let mut world = watched();
    fails(&mut world, 1, &link(ConnectionError::Refused));
    let environment = world.environment("dev");
    assert_eq!(
        (environment.status, *environment.poll_failure.unwrap().cause),
        (Status::Unreachable, link(ConnectionError::Refused))
    );
}

#[test]
fn an_account_that_is_out_of_credits_has_a_key_that_is_accepted() {
    let payment = RequestError::Status { status: 402, said: Some("Buy more".into()) };
    let mut world = watched();
    for _ in 0..3 {
        fails(&mut world, 1, &payment);
        let environment = world.environment("dev");
        assert_eq!((environment.status, environment.severity), (Status::Active, Severity::Critical));
        assert_eq!(environment.flags[0], Flag::CreditsOut);
        assert_eq!(environment.refusal.unwrap().cause, payment);
        assert_eq!(environment.next_poll.reason, PollReason::Backoff);
        while world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_none() {
            let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
            world.pass(wait);
        }
    }
    fails(&mut world, 1, &link(ConnectionError::Refused));
    let environment = world.environment("dev");
    assert_eq!(
        (environment.status, environment.flags[0]),
        (Status::Unreachable, Flag::CreditsOut),
        "the service's word stands"
    );
    let verdict = world.monitor.scheduler.keys[&fingerprint(1)].verdict(&world.now);
    assert_eq!(verdict.refusal.unwrap().cause, payment, "and is told to other processes");
    while world.monitor.scheduler.keys[&fingerprint(1)].in_flight.is_none() {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        world.pass(wait);
    }
    let sample = world.sample(account());
    world.answer(1, sample);
    assert!(world.environment("dev").flags.is_empty());
}

#[test]
fn an_account_that_was_never_seen_and_is_out_of_credits_is_told() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    fails(&mut world, 1, &RequestError::Status { status: 402, said: None });
    let environment = world.environment("dev");
    assert_eq!((environment.status, environment.flags), (Status::Active, vec![Flag::CreditsOut]));
    assert_eq!(environment.account, None);
    let told = "dev: the service says that the account is out of credits (402)".to_owned();
    assert!(world.log().contains(&told), "{:?}", world.log());
    world.pass(minutes(3));
    let alerts = world.snapshot().environments[0].alerts.clone();
    assert!(alerts.is_empty() || alerts[0].condition == Condition::Flag(Flag::CreditsOut));
}
