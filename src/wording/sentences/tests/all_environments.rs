//! Sentences that are said once for all environments.

use super::*;

#[test]
fn a_machine_without_a_network_is_told_once() {
    let mut snapshot = snapshot(vec![unreachable(dev()), unreachable(staging())]);
    assert_eq!(outage(&snapshot, now(), &TimeZone::UTC), None);
    let environments = snapshot.environments.iter_mut().map(Arc::make_mut);
    environments.for_each(|environment| *environment.poll_failure.as_mut().unwrap().cause = offline().cause);
    snapshot.outage = Some(offline());
    let sentence = outage(&snapshot, now(), &TimeZone::UTC).unwrap();
    assert_eq!(
        sentence.text,
        "this machine seems to be offline, the address of api.trackyard.com could not be found; next try at 14:33"
    );
    let of_each = sentences_among(&snapshot, &snapshot.environments[0], now(), &TimeZone::UTC);
    assert_eq!(
        of_each.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>(),
        ["the numbers are 23 min old"]
    );
}

#[test]
fn a_service_that_fails_every_environment_is_told_once_by_its_cause() {
    let mut snapshot = snapshot(vec![unreachable(dev()), unreachable(staging())]);
    let cause = (*snapshot.environments[0].poll_failure.as_ref().unwrap().cause).clone();
    snapshot.outage = Some(Outage { cause, since: minutes_ago(9) });
    let sentence = outage(&snapshot, now(), &TimeZone::UTC).unwrap();
    assert_eq!(
        sentence.text,
        "no environment can be reached, no answer from api.trackyard.com within 10 s; next try at 14:33"
    );
    let of_each = sentences_among(&snapshot, &snapshot.environments[1], now(), &TimeZone::UTC);
    assert!(of_each.iter().all(|sentence| !sentence.text.contains("no answer")), "{of_each:?}");
    *Arc::make_mut(&mut snapshot.environments[1]).poll_failure.as_mut().unwrap().cause = answered(503, "busy");
    let of_each = sentences_among(&snapshot, &snapshot.environments[1], now(), &TimeZone::UTC);
    assert!(of_each[0].text.contains("the service answered 503: busy"), "what differs is told: {of_each:?}");
}

#[test]
fn a_keyring_is_told_once_only_if_it_fails_all_alike() {
    let failing = || vec![key_unavailable(&dev()), key_unavailable(&prod())];
    let told = |environments| keyless(&snapshot(environments)).map(|sentence| sentence.text);
    assert_eq!(told(failing()).as_deref(), Some("key unavailable: the keyring is locked"));
    assert_eq!(told(failing()[..1].to_vec()), None);
    assert_eq!(told([failing(), vec![staging()]].concat()), None);
    let mut differing = failing();
    differing[1].key_failure = Some(keyring_failure(&differing[1].environment.name, KeyringError::Deaf));
    assert_eq!(told(differing), None);
    assert_eq!(told(Vec::new()), None);
}

#[test]
fn one_sentence_tells_of_a_service_that_refuses_every_key() {
    let refused = |environment: EnvironmentSnapshot| EnvironmentSnapshot {
        refused_with_all: true,
        severity: Severity::Critical,
        ..environment
    };
    let mut snapshot = snapshot(vec![refused(dev()), refused(staging())]);
    assert_eq!(all_refused(&snapshot, now(), &TimeZone::UTC), None);
    snapshot.all_refused_since = Some(minutes_ago(3));
    let sentence = all_refused(&snapshot, now(), &TimeZone::UTC).unwrap();
    assert!(sentence.text.starts_with("the service refuses every key (401) since 14:29; next try at "), "{sentence:?}");
    let of_each = sentences_among(&snapshot, &snapshot.environments[0], now(), &TimeZone::UTC);
    assert!(!of_each.iter().any(|sentence| sentence.text.contains("refuse")), "{of_each:?}");
    assert_eq!(headline(&snapshot.environments[0]), (StatusSymbol::Critical, "refused".to_owned()));
}
