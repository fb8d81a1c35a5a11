use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;
use strum::VariantArray as _;

use super::requests::by_kind;
use super::*;
use crate::domain::account::AccountPlan;
use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{
    CertificateFileError, ConnectionError, EnrollmentError, KeyError, KeyringError, KeyringProgram, Peer, PollError,
    PollErrorKind, ProxyName, RemovalError, RequestError, VariableError, examples,
};
use crate::domain::history_error::{HistoryErrorDetails, HistoryErrorKind};
use crate::domain::key_entry::KeyEntry;
use crate::domain::rotation::{
    KeyCheckError, RotationBlockedReason, RotationError, RotationRequest, RotationRequestError, RotationStage,
};
use crate::domain::sink::SinkError;
use crate::domain::text::SanitisedText;
use crate::testing::{prod, revoked, unreachable};
use crate::wording::sink_errors;

fn no_answer() -> PollError {
    unreachable(prod()).poll_failure.unwrap()
}

fn objections() -> [KeyCheckError; 4] {
    let plan = |tier: &str| AccountPlan { tier: Some(tier.to_owned()), allowance: Some(50.0) };
    [
        KeyCheckError::SameKey,
        KeyCheckError::KeyOf("dev".parse().unwrap()),
        KeyCheckError::Replaces(KeyIdentity { fingerprint: "00ab78bf".parse().unwrap(), ending: None }),
        KeyCheckError::OtherAccount { old: plan("free"), new: plan("pro") },
    ]
}

fn storing_errors() -> Vec<EnrollmentError> {
    let refused = revoked(prod()).poll_failure.unwrap();
    let plain = [EnrollmentError::Rotating, EnrollmentError::Busy, EnrollmentError::Interrupted];
    let trials = [refused, no_answer()].map(EnrollmentError::Trial);
    let failures = examples::all().into_iter();
    let failures =
        failures.flat_map(|failure| [EnrollmentError::Unread(failure.clone()), EnrollmentError::Unwritten(failure)]);
    let untried = EnrollmentError::Untried(SignedDuration::from_secs(90));
    let objected = objections().map(EnrollmentError::CheckFailed);
    plain.into_iter().chain(trials).chain([untried]).chain(objected).chain(failures).collect()
}

fn rotation_errors() -> Vec<RotationError> {
    let other = "00ab78bf".parse().unwrap();
    let refusals = [
        RotationRequestError::NoRotation,
        RotationRequestError::NoKey,
        RotationRequestError::MovedOn,
        RotationRequestError::HasNewKey(other),
        RotationRequestError::Unproven,
        RotationRequestError::Untimely(RotationRequest::RollBack),
        RotationRequestError::Untimely(RotationRequest::PromoteAgain),
        RotationRequestError::Untimely(RotationRequest::Abandon),
        RotationRequestError::KeptAside(other),
    ];
    let reasons = [RotationBlockedReason::KeptAside(other), RotationBlockedReason::Elsewhere];
    let stages = [RotationStage::Watching, RotationStage::RolledBack];
    let blocked = reasons.into_iter().flat_map(|reason| stages.map(|stage| RotationError::Blocked { reason, stage }));
    let journal = HistoryErrorDetails { kind: HistoryErrorKind::Stopped, file: None, said: String::new() };
    let plain = [
        RotationError::Journal(journal),
        RotationError::Busy,
        RotationError::Lock { said: "out of order".to_owned() },
        RotationError::NotStored(KeySource::Command),
        RotationError::Wiped,
        RotationError::GivenUp,
        RotationError::Lost,
    ];
    let errors = plain.into_iter().chain(blocked).chain(refusals.map(RotationError::WrongTime));
    let errors = errors.chain(objections().map(RotationError::CheckFailed));
    let errors = errors.chain(examples::all().into_iter().map(RotationError::KeyStore));
    let refused = storing_errors().into_iter();
    errors
        .chain(refused.flat_map(|error| [RotationError::Refused(error.clone()), RotationError::NotPromoted(error)]))
        .collect()
}

fn facts() -> Vec<RemedyReason> {
    let plain = [
        RemedyReason::NoKey,
        RemedyReason::RotationDue,
        RemedyReason::RotationWaits,
        RemedyReason::SharedKey,
        RemedyReason::ClockSkew,
        RemedyReason::Offline,
        RemedyReason::AllRefused,
    ];
    let polls = causes().into_iter();
    let polls = polls.flat_map(|cause| {
        [
            RemedyReason::PollFailed(cause.clone()),
            RemedyReason::NotStored(EnrollmentError::Trial(PollError::new(cause, true))),
        ]
    });
    let removals = [RemovalError::Rotating, RemovalError::Busy, RemovalError::Interrupted];
    let removals = removals.into_iter().chain(examples::all().into_iter().map(RemovalError::KeyStore));
    let ours = storing_errors().into_iter().map(RemedyReason::NotStored).chain(removals.map(RemedyReason::NotErased));
    let ours = ours.chain(rotation_errors().into_iter().map(RemedyReason::RotationFailed));
    let ours = ours.chain(examples::all().into_iter().map(RemedyReason::KeyFailed));
    ours.chain(polls).chain(plain).collect()
}

/// One of each kind, and those with a way out of their own.
fn causes() -> Vec<RequestError> {
    let proxy =
        || Box::new(ProxyName { address: "http://proxy.example:3128".into(), variable: Some("HTTPS_PROXY".into()) });
    let host = || SanitisedText::from("api.trackyard.com");
    let variable = |fault| RequestError::Variable { name: "HTTPS_PROXY".into(), fault };
    let told = PollErrorKind::VARIANTS.iter().copied().map(|kind| RequestError::Told { kind, said: None });
    let others = [
        RequestError::link(Peer::Proxy(proxy()), ConnectionError::Refused),
        RequestError::link(Peer::Service { host: host(), via: None }, ConnectionError::Refused),
        RequestError::link(Peer::Service { host: host(), via: Some(proxy()) }, ConnectionError::Broke),
        RequestError::NoCertificates,
        RequestError::ProxyStatus { proxy: proxy(), host: host(), status: 407, said: None },
        RequestError::SocksReply { proxy: proxy(), host: host(), reply: Some("connection refused".into()) },
        RequestError::Stranger { host: host(), status: 403 },
        RequestError::Redirect { host: host(), status: 302 },
        RequestError::Compressed { host: host(), encoding: None },
        variable(VariableError::Quotes),
        variable(VariableError::Certificates { fault: CertificateFileError::Missing }),
        RequestError::UnsendableKey,
        RequestError::Interrupted,
    ];
    told.chain(others).collect()
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

fn places() -> Vec<RemedyAudience> {
    let bound = |key: &str| Some(key.to_owned());
    vec![
        RemedyAudience::Dashboard { add: bound("a"), rotate: bound("o") },
        RemedyAudience::Dashboard { add: None, rotate: None },
        RemedyAudience::Dialog,
        RemedyAudience::CommandLine,
        RemedyAudience::Sink,
    ]
}

/// Calls with every remedy, where it stands, and what it says.
fn each(mut check: impl FnMut(&Remedy, &RemedyAudience, &str)) {
    for reason in facts() {
        for source in sources() {
            let remedy = Remedy { reason: reason.clone(), source, environment: "prod".parse().unwrap() };
            for audience in places() {
                check(&remedy, &audience, &remedy.at(&audience));
            }
        }
    }
}

#[test]
fn a_remedy_can_be_followed_where_the_user_is() {
    each(|remedy, audience, text| {
        let what = format!("{text}\n{audience:?} {remedy:?}");
        assert!(!text.contains(['<', '>']) && !text.split(' ').any(|word| word.trim_matches('`') == "ENV"), "{what}");
        match audience {
            RemedyAudience::Dashboard { .. } | RemedyAudience::Dialog => {
                assert!(!text.contains("trackyard-tui "), "{what}");
            }
            RemedyAudience::CommandLine | RemedyAudience::Sink => assert!(!text.contains("press "), "{what}"),
        }
        let is_stored = matches!(remedy.source, None | Some(KeySource::Store(_)));
        assert!(is_stored || !text.contains("press a"), "{what}");
        assert!(!text.is_empty() && !text.ends_with('.') && !text.contains(". "), "{what}");
    });
}

#[test]
fn no_remedy_loses_a_key() {
    let losing = ["clear", "delete", "erase", "rm", "mv", "overwrite", "shred", "purge", "reset"];
    each(|remedy, audience, text| {
        let words = text.split(|character: char| !character.is_alphanumeric()).map(str::to_lowercase);
        for word in words {
            assert!(!losing.contains(&word.as_str()), "{text}\n{audience:?} {remedy:?}");
        }
    });
}

#[test]
fn of_two_entries_only_one_that_is_known_to_be_of_no_use_is_taken_out() {
    let environment: EnvironmentName = "prod".parse().unwrap();
    for keeper in examples::keepers() {
        let entry = KeyEntry::from(environment.clone());
        let failure = KeyError::Keyring { keeper: keeper.clone(), entry, fault: KeyringError::Ambiguous };
        let remedy =
            Remedy { reason: RemedyReason::KeyFailed(failure), source: None, environment: environment.clone() };
        let text = remedy.at(&RemedyAudience::CommandLine);
        assert!(
            text.starts_with("look at both") && text.contains("take out only one: the one that is revoked"),
            "{text}"
        );
        assert!(text.contains("until you know, set TRACKYARD_API_KEY_PROD"), "{text}");
        let program = match keeper {
            KeyringProgram::Gnome => "seahorse",
            KeyringProgram::KeePassXc => "KeePassXC",
            KeyringProgram::Kde => "kwalletmanager5",
            KeyringProgram::Other(_) => "oo7-daemon",
            KeyringProgram::Unknown => "the program that keeps them",
            KeyringProgram::Keychain => "Keychain Access",
            KeyringProgram::CredentialManager => "Microsoft.CredentialManager",
        };
        assert!(text.contains(program), "{text}");
    }
}

proptest! {
    #[test]
    fn a_remedy_is_one_that_works_for_the_source_and_the_place(
        reason in select(facts()), source in select(sources()), audience in select(places()),
    ) {
        let remedy = Remedy { reason: reason.clone(), source: source.clone(), environment: "prod".parse().unwrap() };
        let text = remedy.at(&audience);
        prop_assert!(remedy.sentence(&audience).ends_with('.'));
        if audience != RemedyAudience::Dialog {
            prop_assert!(!text.contains(" here") || text.contains("proxy here"), "{}", text);
        }
        let of_the_key = matches!(&reason, RemedyReason::RotationDue)
            || matches!(&reason, RemedyReason::PollFailed(cause) if cause.kind() == PollErrorKind::Unauthorized);
        if let Some(source) = source.filter(|_| of_the_key) {
            let names = match &source {
                KeySource::Variable(name) | KeySource::VariableFile(name) | KeySource::Credential(name) => name.clone(),
                KeySource::Command => "key_command".to_owned(),
                KeySource::Store(_) | KeySource::OtherProcess => String::new(),
            };
            prop_assert!(text.contains(&names), "{}", text);
            let is_stored = matches!(source, KeySource::Store(_));
            let ways = [
                "press ",
                "trackyard-tui key",
                "paste it",
                "in a dashboard that may change keys",
                "the steps of a rotation",
            ];
            let ours = ways.iter().any(|way| text.contains(way));
            prop_assert_eq!(ours, is_stored, "{}", text);
            prop_assert_eq!(remedy.is_pressed(), is_stored);
        }
    }
}

#[test]
fn a_host_that_was_reached_is_no_fault_of_this_machines_network() {
    let host = || SanitisedText::from("api.trackyard.com");
    let direct = |fault: &ConnectionError| {
        cause(&RequestError::link(Peer::Service { host: host(), via: None }, fault.clone()), BASE_URL)
    };
    for reached in [ConnectionError::Refused, ConnectionError::Broke, ConnectionError::NotHttp] {
        assert!(!direct(&reached).contains("this machine"), "{}", direct(&reached));
    }
    for lost in [ConnectionError::NoName, ConnectionError::NoRoute] {
        assert!(direct(&lost).starts_with("check this machine's network"), "{}", direct(&lost));
    }
}

#[test]
fn a_variable_that_names_no_proxy_is_not_set_like_one() {
    for name in ["NO_PROXY", "no_proxy"] {
        let fault = RequestError::Variable { name: name.into(), fault: VariableError::Blanks };
        let text = cause(&fault, BASE_URL);
        assert!(!text.contains("://") && text.contains("host names with commas"), "{text}");
    }
}

#[test]
fn what_to_do_next_is_said_once() {
    each(|remedy, audience, text| {
        let whats_next = ["then ", "polling goes on"].iter().map(|next| text.matches(&format!("; {next}")).count());
        assert!(whats_next.sum::<usize>() <= 1, "{text}\n{audience:?} {remedy:?}");
    });
}

#[test]
fn advice_on_a_webhook_speaks_of_its_address_and_of_no_service() {
    for failed in causes() {
        let failure = SinkError::Unreached(failed.clone());
        let text = sink_errors::remedy(&failure);
        let is_met = matches!(
            failed,
            RequestError::Link { .. }
                | RequestError::ProxyStatus { .. }
                | RequestError::SocksReply { .. }
                | RequestError::Variable { .. }
        );
        assert!(!is_met || !(text.contains("base URL") || text.contains("the service")), "{text}");
    }
}

#[test]
fn each_failure_of_a_poll_has_a_cause_of_its_own() {
    let causes: std::collections::BTreeSet<_> =
        PollErrorKind::VARIANTS.iter().copied().map(|kind| by_kind(kind, BASE_URL)).collect();
    assert_eq!(causes.len(), PollErrorKind::VARIANTS.len());
}

#[test]
fn a_refused_key_is_replaced_where_it_comes_from() {
    let at = |source, audience: &RemedyAudience| {
        let reason = RemedyReason::PollFailed(RequestError::Status { status: 401, said: None });
        Remedy { reason, source: Some(source), environment: "prod".parse().unwrap() }.sentence(audience)
    };
    let variable = KeySource::Variable("TRACKYARD_API_KEY_PROD".to_owned());
    assert_eq!(
        at(variable, &RemedyAudience::CommandLine),
        "Make a new key at https://app.trackyard.com/api-keys, and set TRACKYARD_API_KEY_PROD to it."
    );
    assert_eq!(
        at(KeySource::Store("keyring"), &RemedyAudience::CommandLine),
        "Make a new key at https://app.trackyard.com/api-keys, and store it with `trackyard-tui key set prod`."
    );
    let dashboard = RemedyAudience::Dashboard { add: Some("a".to_owned()), rotate: None };
    assert_eq!(at(KeySource::Store("keyring"), &dashboard), "Make a new key on the web page, then press a.");
    assert_eq!(
        at(KeySource::Command, &dashboard),
        "Make a new key on the web page, and put it where key_command takes it from."
    );
}
