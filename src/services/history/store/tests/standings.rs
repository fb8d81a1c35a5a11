//! Why calls brought no sample, as later processes and later versions read it.

use rusqlite::params;

use super::*;
use crate::domain::failure::{
    BodyFault, Cause, CertificateFault, LinkFault, Party, PollFailureKind, ProxyName, TlsFault, VariableFault,
};
use crate::domain::stamp::Stamp;
use crate::monitor::standing::{Setback, Standing};
use crate::services::history::holder::Holder;

fn now() -> Timestamp {
    at("21T12:00:00")
}

/// One of each cause.
fn causes() -> Vec<Cause> {
    let host = || "api.trackyard.com".into();
    let proxy =
        || Box::new(ProxyName { address: "socks5h://proxy.example:1080".into(), variable: Some("ALL_PROXY".into()) });
    let service = |via| Party::Service { host: host(), via };
    let variable = |fault| Cause::Variable { name: "HTTPS_PROXY".into(), fault };
    vec![
        Cause::Status { status: 402, said: Some("Buy more".into()) },
        Cause::Stranger { host: host(), status: 403 },
        Cause::Redirect { host: host(), status: 302 },
        Cause::Body { status: 200, fault: BodyFault::NoCredits },
        Cause::Compressed { host: host(), encoding: Some("gzip".into()) },
        Cause::TooLarge { host: host(), limit: 64 },
        Cause::link(service(None), LinkFault::NoRoute),
        Cause::link(service(Some(proxy())), LinkFault::Tls { reason: TlsFault::UnknownIssuer }),
        Cause::link(Party::Proxy(proxy()), LinkFault::AnswerTimeout { after: 5_000, has_begun: false }),
        Cause::ProxyStatus { proxy: proxy(), host: host(), status: 407, said: None },
        Cause::SocksReply { proxy: proxy(), host: host(), reply: Some("connection refused".into()) },
        variable(VariableFault::Scheme { scheme: "ftp".into() }),
        variable(VariableFault::Certificates { fault: CertificateFault::Unreadable("permission denied".into()) }),
        Cause::NoCertificates,
        Cause::Told { kind: PollFailureKind::Dns, said: None },
    ]
}

fn with(setback: Setback) -> Store {
    let mut store = store();
    let standing = Standing { at: Some(now()), failure: Some(setback), failures: 1, ..Standing::default() };
    store.store_sample(key(), &sample(now(), 9.0), None).unwrap();
    store.store_standing(key(), &standing, &Holder::numbered(7), &now().into()).unwrap();
    store
}

fn told(store: &mut Store) -> Option<Cause> {
    store.recall(key(), Stamp::from(now())).unwrap().standing.failure.map(|failure| failure.cause)
}

#[test]
fn each_cause_is_kept_as_a_fact() {
    for cause in causes() {
        let mut store = with(Setback { cause: cause.clone(), at: now() });
        assert_eq!(told(&mut store), Some(cause));
    }
}

#[test]
fn a_sentence_of_an_earlier_version_is_known_by_its_kind_and_by_what_the_service_said() {
    let said = |kind, said: Option<&str>| Some(Cause::Told { kind, said: said.map(Into::into) });
    let cases = [
        ("forbidden", "the key is valid, but this call is forbidden (403): Upgrade", Some("Upgrade")),
        ("unauthorized", "the service refuses the key (401)", None),
        ("server-error", "the service answered 503: busy: wait", Some("busy: wait")),
        ("tls", "no secure connection to api.trackyard.com: its certificate has expired", None),
        ("timeout", "no answer from api.trackyard.com within 10 s", None),
    ];
    for (word, sentence, quoted) in cases {
        let mut store = with(Setback { cause: Cause::NoCertificates, at: now() });
        let sql = "UPDATE standings SET failure = ?1, failure_message = ?2, failure_cause = NULL";
        store.connection.execute(sql, params![word, sentence]).unwrap();
        assert_eq!(told(&mut store), said(PollFailureKind::from_word(word).unwrap(), quoted));
    }
}

#[test]
fn what_stands_in_a_damaged_row_is_safe_to_show() {
    let mut store = with(Setback { cause: Cause::NoCertificates, at: now() });
    let json = r#"{"what":"status","status":503,"said":"\u001b[31mtrackyard_live_abc\u202e"}"#;
    store.connection.execute("UPDATE standings SET failure = 'server-error', failure_cause = ?1", [json]).unwrap();
    let said = Some("[31mtrackyard_live_[redacted]".into());
    assert_eq!(told(&mut store), Some(Cause::Status { status: 503, said }));
    for nonsense in ["", "{}", r#"{"what":"status"}"#, r#"{"what":"no-certificates"}"#, "[1"] {
        store.connection.execute("UPDATE standings SET failure_cause = ?1", [nonsense]).unwrap();
        assert_eq!(told(&mut store), Some(Cause::Told { kind: PollFailureKind::ServerError, said: None }));
    }
}
