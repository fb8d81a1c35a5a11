//! Tests of the moments at which the sources of a key are asked.

use super::*;
use crate::domain::status::Status;
use crate::monitor::key_source;

#[test]
fn a_source_in_trouble_is_asked_again_while_polling_goes_on() {
    let mut world = MonitorHarness::active();
    world.lose("dev", KeyErrorKind::Locked);
    assert_eq!(world.environment("dev").status, Status::Active);
    assert!(world.environment("dev").key_failure.is_some());
    assert_eq!(world.pass(key_source::RELOAD_LOCKED), [Effect::LoadKey(name("dev"), KeyReadTimeout::Poll)]);
    world.hold("dev", 1);
    assert_eq!(world.environment("dev").key_failure, None);
    assert_eq!(polled(world.pass(seconds(432))), [fingerprint(1)]);
}

#[test]
fn a_missing_key_is_looked_for_every_minute_and_at_a_refresh() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.lose("dev", KeyErrorKind::Missing);
    assert_eq!(world.environment("dev").status, Status::NoKey);
    assert_eq!(world.pass(key_source::RELOAD), [Effect::LoadKey(name("dev"), KeyReadTimeout::Poll)]);
    world.lose("dev", KeyErrorKind::Missing);
    assert_eq!(world.send(Input::RefreshAllRequested), [Effect::LoadKey(name("dev"), KeyReadTimeout::User)]);
}

#[test]
fn a_key_command_that_fails_is_run_again_ever_more_seldom_and_when_the_operator_asks() {
    let mut world = MonitorHarness::started(&["dev"]);
    for minutes_waited in [5, 10, 20, 40, 60, 60] {
        world.lose("dev", KeyErrorKind::Command);
        assert_eq!(world.pass(minutes(minutes_waited) - seconds(1)), []);
        assert_eq!(world.pass(seconds(1)), [Effect::LoadKey(name("dev"), KeyReadTimeout::Poll)]);
    }
    world.lose("dev", KeyErrorKind::Command);
    assert_eq!(world.send(Input::RefreshAllRequested), [Effect::LoadKey(name("dev"), KeyReadTimeout::User)]);
    world.hold("dev", 1);
    world.lose("dev", KeyErrorKind::Command);
    world.pass(minutes(4));
    assert!(world.pass(minutes(1)).contains(&Effect::LoadKey(name("dev"), KeyReadTimeout::Poll)), "it starts anew");
}

#[test]
fn a_source_is_asked_once_at_a_time_and_again_with_patience_where_the_operator_asked_meanwhile() {
    let mut world = MonitorHarness::started(&["dev"]);
    assert_eq!(world.send(Input::RefreshAllRequested), []);
    let asked = Effect::LoadKey(name("dev"), KeyReadTimeout::User);
    assert_eq!(world.lose("dev", KeyErrorKind::Command).first(), Some(&asked));
    // The operator is heard already.
    assert_eq!(world.send(Input::RefreshAllRequested), []);
    assert_eq!(world.lose("dev", KeyErrorKind::Command), []);
}

#[test]
fn a_change_in_the_key_store_has_it_asked_for_all_keys_that_may_be_there() {
    let mut world = MonitorHarness::started(&["dev", "staging"]);
    assert_eq!(world.send(Input::KeyStoreChanged), [], "they are being asked for");
    world.hold("dev", 1);
    world.lose("staging", KeyErrorKind::Missing);
    let loads = ["dev", "staging"].map(|text| Effect::LoadKey(name(text), KeyReadTimeout::Poll));
    assert_eq!(world.send(Input::KeyStoreChanged), loads);
    let identity = KeyIdentity { fingerprint: fingerprint(1), ending: None };
    let outcome = Ok(HeldKey { identity, source: KeySource::Command });
    world.send(Input::KeyLoaded { environment: name("dev"), outcome });
    world.hold("staging", 2);
    assert_eq!(world.send(Input::KeyStoreChanged), [Effect::LoadKey(name("staging"), KeyReadTimeout::Poll)]);
}

#[test]
fn a_removed_key_is_forgotten() {
    let mut world = MonitorHarness::active();
    world.lose("dev", KeyErrorKind::Missing);
    assert_eq!(world.environment("dev").status, Status::NoKey);
    assert!(polled(world.pass(minutes(60))).is_empty());
}
