use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::api_key::KeyIdentity;

fn facts() -> Vec<Fact> {
    let failed = |kind| {
        let remedy = "Mend it.".to_owned();
        Fact::KeyFailed(KeyFailure { kind, message: "no".to_owned(), remedy })
    };
    let plain = [
        Fact::NoKey,
        Fact::RotationDue,
        Fact::RotationWaits,
        Fact::SharedKey,
        Fact::ClockSkew,
        Fact::Offline,
        Fact::AllRefused,
    ];
    let polls = PollFailureKind::ALL.into_iter();
    let polls = polls.flat_map(|kind| [Fact::PollFailed(kind), Fact::TrialFailed(kind)]);
    let objections = [
        Objection::SameKey,
        Objection::KeyOf("dev".parse().unwrap()),
        Objection::Replaces(KeyIdentity { fingerprint: "00ab78bf".parse().unwrap(), ending: None }),
        Objection::OtherAccount { old: "free".to_owned(), new: "pro".to_owned() },
    ];
    let polls = polls.chain(objections.map(Fact::Objected));
    KeyFailureKind::ALL.into_iter().map(failed).chain(polls).chain(plain).collect()
}

fn sources() -> Vec<Option<KeySource>> {
    vec![
        None,
        Some(KeySource::Variable("TRACKYARD_API_KEY_PROD".to_owned())),
        Some(KeySource::Variable("TRACKYARD_API_KEY".to_owned())),
        Some(KeySource::VariableFile("TRACKYARD_API_KEY_PROD_FILE".to_owned())),
        Some(KeySource::Credential("trackyard-prod".to_owned())),
        Some(KeySource::Command),
        Some(KeySource::Store("keyring")),
        Some(KeySource::Store("file")),
    ]
}

fn places() -> Vec<Place> {
    let bound = |key: &str| Some(key.to_owned());
    vec![
        Place::Dashboard { add: bound("a"), rotate: bound("o") },
        Place::Dashboard { add: None, rotate: None },
        Place::Dialog,
        Place::CommandLine,
        Place::Sink,
    ]
}

proptest! {
    #[test]
    fn a_remedy_is_one_that_works_for_the_source_and_the_place(
        fact in select(facts()), source in select(sources()), place in select(places()),
    ) {
        let remedy = Remedy { fact: fact.clone(), source: source.clone(), environment: "prod".parse().unwrap() };
        let text = remedy.at(&place);
        prop_assert!(!text.is_empty() && !text.ends_with('.') && !text.contains(". "), "{}", text);
        prop_assert!(!text.contains("<ENV>") && !text.contains("key set ENV"), "{}", text);
        prop_assert!(remedy.sentence(&place).ends_with('.'));
        if !matches!(place, Place::Dashboard { .. } | Place::Dialog) {
            prop_assert!(!text.contains("press "), "{}", text);
        }
        if place != Place::Dialog {
            prop_assert!(!text.contains(" here") || text.contains("proxy here"), "{}", text);
        }
        let of_the_key = matches!(&fact, Fact::PollFailed(PollFailureKind::Unauthorized) | Fact::RotationDue);
        if let Some(source) = source.filter(|_| of_the_key) {
            let names = match &source {
                KeySource::Variable(name) | KeySource::VariableFile(name) | KeySource::Credential(name) => name.clone(),
                KeySource::Command => "key_command".to_owned(),
                KeySource::Store(_) => String::new(),
            };
            prop_assert!(text.contains(&names), "{}", text);
            let is_stored = matches!(source, KeySource::Store(_));
            let ours = ["press ", "trackyard-tui key", "paste it"].iter().any(|way| text.contains(way));
            prop_assert_eq!(ours, is_stored, "{}", text);
            prop_assert_eq!(remedy.is_pressed(), is_stored);
        }
    }
}

#[test]
fn each_failure_of_a_poll_has_a_cause_of_its_own() {
    let causes: std::collections::BTreeSet<_> = PollFailureKind::ALL.into_iter().map(cause).collect();
    assert_eq!(causes.len(), PollFailureKind::ALL.len());
}

#[test]
fn a_refused_key_is_replaced_where_it_comes_from() {
    let at = |source, place: &Place| {
        let fact = Fact::PollFailed(PollFailureKind::Unauthorized);
        Remedy { fact, source: Some(source), environment: "prod".parse().unwrap() }.sentence(place)
    };
    let variable = KeySource::Variable("TRACKYARD_API_KEY_PROD".to_owned());
    assert_eq!(
        at(variable, &Place::CommandLine),
        "Make a new key at https://app.trackyard.com/api-keys, and set TRACKYARD_API_KEY_PROD to it."
    );
    assert_eq!(
        at(KeySource::Store("keyring"), &Place::CommandLine),
        "Make a new key at https://app.trackyard.com/api-keys, and store it with `trackyard-tui key set prod`."
    );
    let dashboard = Place::Dashboard { add: Some("a".to_owned()), rotate: None };
    assert_eq!(at(KeySource::Store("keyring"), &dashboard), "Make a new key on the web page, then press a.");
    assert_eq!(
        at(KeySource::Command, &dashboard),
        "Make a new key on the web page, and put it where key_command takes it from."
    );
}

#[test]
fn a_sentence_becomes_a_clause_and_names_stay_as_they_are() {
    assert_eq!(clause("Run `chmod 600 x`."), "run `chmod 600 x`");
    assert_eq!(clause("A key."), "a key");
    assert_eq!(clause("PATH is wrong."), "PATH is wrong");
}
