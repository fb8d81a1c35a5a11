//! What the service, and the way to it, do with a call.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue};
use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::failure::{PollFailure, PollFailureKind};
use trackyard_tui::domain::quota::Limits;
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::domain::time::Now;
use trackyard_tui::services::trackyard::Answer;

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
    pub(crate) fn read(&self, key: &ApiKey, asked: Now, ahead: SignedDuration) -> Result<Sample, PollFailure> {
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
                Answer { status: StatusCode::from_u16(*status).unwrap(), headers, body: Ok(body), now }
                    .into_sample(key, asked)
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
fn fault(cause: &str) -> PollFailure {
    const HOST: &str = "api.trackyard.com";
    let (kind, message) = match cause {
        "no such name" => (PollFailureKind::Dns, format!("the address of {HOST} could not be found")),
        "no route" => (PollFailureKind::Connection, format!("{HOST} can't be reached from this machine's network")),
        "connection refused" => (PollFailureKind::Connection, format!("{HOST} refused the connection")),
        "connection reset" => {
            (PollFailureKind::Connection, format!("the connection to {HOST} broke before the answer was whole"))
        }
        "no answer" => (PollFailureKind::Timeout, format!("no answer from {HOST} within 10 s")),
        "proxy.example:3128 says 407" => {
            (PollFailureKind::Connection, format!("no connection to {HOST} could be made"))
        }
        other => panic!("no such cause: {other}"),
    };
    let counts = matches!(cause, "connection reset" | "no answer");
    PollFailure { kind, message, retry_after: None, counts, server_clock: None, limits: Limits::default() }
}

fn date(moment: Timestamp) -> HeaderValue {
    let text = moment.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&text).unwrap()
}
