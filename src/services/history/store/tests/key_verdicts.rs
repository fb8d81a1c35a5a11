//! Causes of calls that brought no sample, as later processes and later versions read them.

use rusqlite::params;

use super::*;
use crate::domain::error::{
    BodyError, CertificateFileError, ConnectionError, Peer, PollErrorKind, ProxyName, RequestError, TlsError,
    VariableError,
};
use crate::domain::stamp::Stamp;
use crate::monitor::polling::key_verdict::{KeyVerdict, PastFailure};
use crate::services::history::lease_holder::LeaseHolder;

fn now() -> Timestamp {
    at("21T12:00:00")
}

/// One of each cause.
fn causes() -> Vec<RequestError> {
    let host = || "api.trackyard.com".into();
    let proxy =
        || Box::new(ProxyName { address: "socks5h://proxy.example:1080".into(), variable: Some("ALL_PROXY".into()) });
    let service = |via| Peer::Service { host: host(), via };
    let variable = |fault| RequestError::Variable { name: "HTTPS_PROXY".into(), fault };
    vec![
        RequestError::Status { status: 402, said: Some("Buy more".into()) },
        RequestError::Stranger { host: host(), status: 403 },
        RequestError::Redirect { host: host(), status: 302 },
        RequestError::Body { status: 200, fault: BodyError::NoCredits },
        RequestError::Compressed { host: host(), encoding: Some("gzip".into()) },
        RequestError::TooLarge { host: host(), limit: 64 },
        RequestError::link(service(None), ConnectionError::NoRoute),
        RequestError::link(service(Some(proxy())), ConnectionError::Tls { reason: TlsError::UnknownIssuer }),
        RequestError::link(Peer::Proxy(proxy()), ConnectionError::AnswerTimeout { after: 5_000, has_begun: false }),
        RequestError::ProxyStatus { proxy: proxy(), host: host(), status: 407, said: None },
        RequestError::SocksReply { proxy: proxy(), host: host(), reply: Some("connection refused".into()) },
        variable(VariableError::Scheme { scheme: "ftp".into() }),
        variable(VariableError::Certificates { fault: CertificateFileError::Unreadable("permission denied".into()) }),
        RequestError::NoCertificates,
        RequestError::Told { kind: PollErrorKind::Dns, said: None },
    ]
}

fn with(setback: PastFailure) -> HistoryStore {
    let mut store = store();
    let verdict = KeyVerdict { at: Some(now()), failure: Some(setback), failures: 1, ..KeyVerdict::default() };
    store.store_sample(key(), &sample(now(), 9.0), None).unwrap();
    store.store_verdict(key(), &verdict, &LeaseHolder::numbered(7), &now().into()).unwrap();
    store
}

fn told(store: &mut HistoryStore) -> Option<RequestError> {
    store.recall(key(), Stamp::from(now())).unwrap().verdict.failure.map(|failure| failure.cause)
}

#[test]
fn each_cause_is_kept_as_a_fact() {
    for cause in causes() {
        let mut store = with(PastFailure { cause: cause.clone(), at: now() });
        assert_eq!(told(&mut store), Some(cause));
    }
}

#[test]
fn a_sentence_of_an_earlier_version_is_known_by_its_kind_and_by_what_the_service_said() {
    let said = |kind, said: Option<&str>| Some(RequestError::Told { kind, said: said.map(Into::into) });
    let cases = [
        ("forbidden", "the key is valid, but this call is forbidden (403): Upgrade", Some("Upgrade")),
        ("unauthorized", "the service refuses the key (401)", None),
        ("server-error", "the service answered 503: busy: wait", Some("busy: wait")),
        ("tls", "no secure connection to api.trackyard.com: its certificate has expired", None),
        ("timeout", "no answer from api.trackyard.com within 10 s", None),
    ];
    for (word, sentence, quoted) in cases {
        let mut store = with(PastFailure { cause: RequestError::NoCertificates, at: now() });
        let sql = "UPDATE standings SET failure = ?1, failure_message = ?2, failure_cause = NULL";
        store.connection.execute(sql, params![word, sentence]).unwrap();
        assert_eq!(told(&mut store), said(word.parse().unwrap(), quoted));
    }
}

#[test]
fn what_stands_in_a_damaged_row_is_safe_to_show() {
    let mut store = with(PastFailure { cause: RequestError::NoCertificates, at: now() });
    let json = r#"{"what":"status","status":503,"said":"\u001b[31mtrackyard_live_abc\u202e"}"#;
    store.connection.execute("UPDATE standings SET failure = 'server-error', failure_cause = ?1", [json]).unwrap();
    let said = Some("[31mtrackyard_live_[redacted]".into());
    assert_eq!(told(&mut store), Some(RequestError::Status { status: 503, said }));
    for nonsense in ["", "{}", r#"{"what":"status"}"#, r#"{"what":"no-certificates"}"#, "[1"] {
        store.connection.execute("UPDATE standings SET failure_cause = ?1", [nonsense]).unwrap();
        assert_eq!(told(&mut store), Some(RequestError::Told { kind: PollErrorKind::ServerError, said: None }));
    }
}
