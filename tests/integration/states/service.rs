//! What the service, and the way to it, do with a call.

use hyper::StatusCode;
use hyper::header::{DATE, HeaderMap, HeaderName, HeaderValue};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::error::{ConnectionError, Peer, PollError, ProxyName, RequestError};
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::domain::time::Now;
use trackyard_tui::services::trackyard::ApiResponse;

/// Who is asked.
const HOST: &str = "api.trackyard.com";
/// How long each answer takes.
pub(crate) const LATENCY: SignedDuration = SignedDuration::from_millis(80);

/// What comes of a call.
#[derive(Clone)]
pub(crate) enum Reply {
    /// An answer of HTTP: its status, its headers, and after a blank line its body.
    Http(u16, Vec<String>),
    /// None, for this reason.
    Fault(String),
}

impl Reply {
    /// What the product makes of it. The service's clock is ahead by `ahead`.
    pub(crate) fn read(&self, key: &ApiKey, asked: Now, ahead: SignedDuration) -> Result<Sample, PollError> {
        match self {
            Self::Http(status, lines) => {
                let now = asked.after(LATENCY);
                let mut parts = lines.splitn(2, String::is_empty);
                let mut headers = HeaderMap::new();
                headers.insert(DATE, date(now.wall + ahead));
                for line in parts.next().unwrap_or_default() {
                    let (name, value) = line.split_once(": ").expect("a header");
                    headers.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
                }
                let body = parts.next().unwrap_or_default().join("\n").trim().as_bytes().to_vec();
                ApiResponse { status: StatusCode::from_u16(*status).unwrap(), headers, body: Ok(body), now }
                    .into_sample(HOST, key, asked)
            }
            Self::Fault(cause) => Err(fault(cause)),
        }
    }

    /// The body, for balances of the past.
    pub(crate) fn body(&self) -> Option<serde_json::Value> {
        let Self::Http(200, lines) = self else { return None };
        let body = lines.splitn(2, String::is_empty).nth(1)?.join("\n");
        serde_json::from_str(&body).ok()
    }
}

/// A fault on the way to the service, by its cause.
fn fault(cause: &str) -> PollError {
    let party = Peer::Service { host: HOST.into(), via: None };
    let link = |fault| RequestError::Link { party, fault };
    let cause_of = match cause {
        "no such name" => link(ConnectionError::NoName),
        "no route" => link(ConnectionError::NoRoute),
        "connection refused" => link(ConnectionError::Refused),
        "connection reset" => link(ConnectionError::Broke),
        "no answer" => link(ConnectionError::AnswerTimeout { after: 10_000, has_begun: false }),
        "proxy.example:3128 says 407" => RequestError::ProxyStatus {
            proxy: Box::new(ProxyName {
                address: "http://proxy.example:3128".into(),
                variable: Some("HTTPS_PROXY".into()),
            }),
            host: HOST.into(),
            status: 407,
            said: None,
        },
        other => panic!("no such cause: {other}"),
    };
    PollError::new(cause_of, matches!(cause, "connection reset" | "no answer"))
}

fn date(moment: Timestamp) -> HeaderValue {
    let text = moment.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&text).unwrap()
}
