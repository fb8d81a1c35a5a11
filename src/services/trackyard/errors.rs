//! What an answer that is no success means, by its status; its text is untrusted.

use reqwest::StatusCode;
use serde_json::Value;

use crate::domain::api_key::ApiKey;
use crate::domain::failure::{PollFailure, PollFailureKind};
use crate::domain::quota::Limits;
use crate::domain::text;

/// The longest identifier of a request that is shown, in characters.
const REQUEST_ID_LENGTH_MAX: usize = 64;

/// A failure of which no more is known than this.
pub(super) fn failure(kind: PollFailureKind, message: String) -> PollFailure {
    // What this machine can't send never reaches the service.
    let counts = kind != PollFailureKind::Client;
    PollFailure { kind, message, retry_after: None, counts, server_clock: None, limits: Limits::default() }
}

/// An answer with a status outside 200 to 299; the body may be empty or anything else.
pub(super) fn refusal(status: StatusCode, body: &[u8], key: &ApiKey) -> PollFailure {
    let (kind, sentence) = meaning(status);
    let Some(said) = said(body, key).filter(|_| !status.is_redirection()) else {
        return failure(kind, sentence);
    };
    failure(kind, format!("{sentence}: {said}"))
}

fn meaning(status: StatusCode) -> (PollFailureKind, String) {
    let number = status.as_u16();
    match number {
        401 => (PollFailureKind::Unauthorized, format!("the service refuses the key ({number})")),
        403 => (PollFailureKind::Forbidden, format!("the service knows the key but forbids the request ({number})")),
        429 => (PollFailureKind::RateLimited, format!("the service asks to slow down ({number})")),
        300..=399 => (
            PollFailureKind::UnexpectedAnswer,
            format!(
                "the service redirects to another address ({number}), which is not followed because it would be given the key"
            ),
        ),
        500..=599 => (PollFailureKind::ServerError, format!("the service answered {number}")),
        _ => (PollFailureKind::UnexpectedAnswer, format!("the service answered {number}")),
    }
}

/// What the service says of its error, safe to show.
fn said(body: &[u8], key: &ApiKey) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let message = message(&value, key)?;
    let request = value.get("request_id").and_then(|id| scalar(id, key, REQUEST_ID_LENGTH_MAX));
    Some(request.map_or_else(|| message.clone(), |id| format!("{message} (request {id})")))
}

/// Takes `message`, else `error`; either may hold another object of that kind.
fn message(value: &Value, key: &ApiKey) -> Option<String> {
    let field = |name| {
        let field = value.get(name)?;
        message(field, key).or_else(|| scalar(field, key, text::LENGTH_MAX))
    };
    field("message").or_else(|| field("error"))
}

fn scalar(value: &Value, key: &ApiKey, length_max: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => safe_text(text, key, length_max),
        Value::Number(_) | Value::Bool(_) => safe_text(&value.to_string(), key, length_max),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// An untrusted text without the key, made fit to be shown. It is cut last: a key that invisible
/// characters tore apart must not survive in part.
pub(super) fn safe_text(untrusted: &str, key: &ApiKey, length_max: usize) -> String {
    let redacted = text::redact(untrusted, key.expose());
    let clean = text::sanitise(&redacted, usize::MAX);
    text::cut(&text::redact(&clean, key.expose()), length_max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> ApiKey {
        ApiKey::parse("s3cret-s3cret-s3cret").unwrap()
    }

    fn message_of(status: u16, body: &str) -> String {
        refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes(), &key()).message
    }

    #[test]
    fn the_status_decides_what_it_is() {
        let cases = [
            (401, PollFailureKind::Unauthorized),
            (403, PollFailureKind::Forbidden),
            (429, PollFailureKind::RateLimited),
            (500, PollFailureKind::ServerError),
            (503, PollFailureKind::ServerError),
            (599, PollFailureKind::ServerError),
            (101, PollFailureKind::UnexpectedAnswer),
            (301, PollFailureKind::UnexpectedAnswer),
            (400, PollFailureKind::UnexpectedAnswer),
            (402, PollFailureKind::UnexpectedAnswer),
            (404, PollFailureKind::UnexpectedAnswer),
            (600, PollFailureKind::UnexpectedAnswer),
        ];
        for (status, kind) in cases {
            let failure = refusal(StatusCode::from_u16(status).unwrap(), b"", &key());
            assert_eq!(failure.kind, kind, "{status}");
            assert!(failure.message.contains(&status.to_string()), "{status}: {}", failure.message);
        }
    }

    #[test]
    fn the_service_is_quoted_by_its_message_else_its_error() {
        let cases = [
            (r#"{"error":"Invalid API key","code":"unauthorized"}"#, Some("Invalid API key")),
            (r#"{"error":"Unauthorized","message":"Invalid API key"}"#, Some("Invalid API key")),
            (r#"{"error":{"code":7,"message":"Invalid API key"}}"#, Some("Invalid API key")),
            (r#"{"message":null,"error":"Invalid"}"#, Some("Invalid")),
            (r#"{"message":" \n\u001b ","error":"Invalid"}"#, Some("Invalid")),
            (r#"{"message":[1],"error":{}}"#, None),
            (r#"{"message":17}"#, Some("17")),
            (r#"{"error":true}"#, Some("true")),
            (r#"{"message":"Down","request_id":"req_1"}"#, Some("Down (request req_1)")),
            (r#"{"message":"Down","request_id":{}}"#, Some("Down")),
            (r#"{"detail":"other"}"#, None),
            (r#""Invalid""#, None),
            ("[]", None),
            ("Invalid API key", None),
            ("<html>", None),
            ("", None),
        ];
        for (body, said) in cases {
            let expected = said.map_or_else(String::new, |said| format!(": {said}"));
            assert_eq!(message_of(503, body), format!("the service answered 503{expected}"), "{body}");
        }
    }

    #[test]
    fn a_redirect_is_told_in_its_own_words_alone() {
        let message = message_of(302, r#"{"message":"Go on"}"#);
        assert!(message.contains("redirects to another address (302)") && !message.contains("Go on"), "{message}");
    }

    #[test]
    fn escapes_and_keys_do_not_survive() {
        let cases = [
            (r"\u001b]0;title\u0007Bad\u202e key", "]0;titleBad key"),
            ("key s3cret-s3cret-s3cret is bad", "key [redacted] is bad"),
            (r"key s3cret-\u200bs3cret-s3cret is bad", "key [redacted] is bad"),
            ("key trackyard_live_other is bad", "key trackyard_live_[redacted] is bad"),
        ];
        for (text, expected) in cases {
            let message = message_of(401, &format!(r#"{{"error":"{text}"}}"#));
            assert_eq!(message, format!("the service refuses the key (401): {expected}"));
        }
    }

    #[test]
    fn a_key_with_unusual_characters_leaves_no_part() {
        let key = ApiKey::parse("trackyard_live_abc.def+ghi").unwrap();
        assert_eq!(safe_text("of trackyard_live_abc.def+ghi!", &key, 99), "of [redacted]!");
    }

    #[test]
    fn a_torn_key_at_the_cut_leaves_no_part() {
        let padding = "x".repeat(text::LENGTH_MAX - 10);
        let message = message_of(401, &format!(r#"{{"error":"{padding} s3cret-\u200bs3cret-s3cret"}}"#));
        assert!(!message.contains("s3cret"), "{message}");
        assert!(message.ends_with('…'), "{message}");
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..256), status in 100u16..1000) {
            refusal(StatusCode::from_u16(status).unwrap(), &body, &key());
        }

        #[test]
        fn the_key_never_survives(before in any::<String>(), after in any::<String>()) {
            let text = format!("{before}s3cret-s3cret-s3cret{after}");
            let body = serde_json::json!({ "message": text }).to_string();
            let message = message_of(401, &body);
            prop_assert!(!message.contains("s3cret"));
            prop_assert!(!message.chars().any(char::is_control));
            prop_assert!(message.chars().count() <= text::LENGTH_MAX + 40);
        }
    }
}
