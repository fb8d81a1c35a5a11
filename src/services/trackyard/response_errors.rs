//! Errors in answers that are no success, by their status; their text is untrusted.

use hyper::StatusCode;
use hyper::header::HeaderMap;
use serde_json::Value;

use crate::domain::api_key::ApiKey;
use crate::domain::error::{BodyError, RequestError};
use crate::domain::text::{self, SanitisedText};
use crate::services::http::headers::encoding;

/// The longest identifier of a request that is shown, in characters.
const REQUEST_ID_LENGTH_MAX: usize = 64;
/// First bytes of compressed bodies: gzip, zstd, zlib.
const COMPRESSED: [&[u8]; 5] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], &[0x78, 0x01], &[0x78, 0x9c], &[0x78, 0xda]];

/// An answer with a status outside 200 to 299; the body may be empty or anything else, or why it could not be read.
///
/// That a key is refused or the account out of credits is the service's word alone if it is a JSON object, as it gives
/// them: gateways and sign-in pages answer with the same statuses.
pub(super) fn status_error(
    status: StatusCode,
    headers: &HeaderMap,
    body: Result<&[u8], &RequestError>,
    key: &ApiKey,
    host: &str,
) -> RequestError {
    let number = status.as_u16();
    let is_verdict = matches!(number, 401..=403);
    if status.is_redirection() {
        return RequestError::Redirect { host: host.into(), status: number };
    }
    if number == 511 {
        return RequestError::Stranger { host: host.into(), status: number };
    }
    let body = match body {
        Ok(body) => body,
        Err(cause) if is_verdict => return cause.clone(),
        Err(_) => &[],
    };
    let object = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    if is_verdict && object.is_none() {
        return match compression(encoding(headers), body, host) {
            Some(compressed) => compressed,
            None => RequestError::Stranger { host: host.into(), status: number },
        };
    }
    let said = object.and_then(|value| said(&value, key)).map(SanitisedText::from);
    RequestError::Status { status: number, said }
}

/// A success that is not what was asked for.
pub(super) fn malformed_body(
    status: StatusCode,
    encoding: Option<&str>,
    body: &[u8],
    fault: BodyError,
    host: &str,
) -> RequestError {
    let is_page = body.trim_ascii_start().starts_with(b"<");
    let number = status.as_u16();
    match compression(encoding, body, host) {
        Some(compressed) if fault == BodyError::NotJson => compressed,
        _ if is_page => RequestError::Stranger { host: host.into(), status: number },
        _ => RequestError::Body { status: number, fault },
    }
}

fn compression(encoding: Option<&str>, body: &[u8], host: &str) -> Option<RequestError> {
    let is_compressed = encoding.is_some() || COMPRESSED.iter().any(|magic| body.starts_with(magic));
    is_compressed.then(|| RequestError::Compressed {
        host: host.into(),
        encoding: encoding.and_then(SanitisedText::unless_blank),
    })
}

/// Words of the service on its error, safe to show.
fn said(value: &Value, key: &ApiKey) -> Option<String> {
    let message = message(value, key)?;
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
    use hyper::header::{CONTENT_ENCODING, HeaderValue};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::error::PollErrorKind;
    use crate::wording::request_errors;

    fn key() -> ApiKey {
        ApiKey::parse("s3cret-s3cret-s3cret").unwrap()
    }

    fn refused(status: u16, headers: &HeaderMap, body: &[u8]) -> RequestError {
        status_error(StatusCode::from_u16(status).unwrap(), headers, Ok(body), &key(), "api.trackyard.com")
    }

    fn tell(status: u16, body: &str) -> Option<String> {
        match refused(status, &HeaderMap::new(), body.as_bytes()) {
            RequestError::Status { status: told, said } => {
                assert_eq!(told, status);
                said.map(|said| said.to_string())
            }
            cause => panic!("{cause:?}"),
        }
    }

    #[test]
    fn the_status_decides_what_it_is() {
        let cases = [
            (401, PollErrorKind::Unauthorized),
            (402, PollErrorKind::CreditsOut),
            (403, PollErrorKind::Forbidden),
            (429, PollErrorKind::RateLimited),
            (500, PollErrorKind::ServerError),
            (503, PollErrorKind::ServerError),
            (599, PollErrorKind::ServerError),
            (101, PollErrorKind::UnexpectedAnswer),
            (301, PollErrorKind::UnexpectedAnswer),
            (400, PollErrorKind::UnexpectedAnswer),
            (404, PollErrorKind::UnexpectedAnswer),
            (511, PollErrorKind::UnexpectedAnswer),
            (600, PollErrorKind::UnexpectedAnswer),
        ];
        for (status, kind) in cases {
            let cause = refused(status, &HeaderMap::new(), b"{}");
            assert_eq!(cause.kind(), kind, "{status}");
            assert!(request_errors::clause(&cause).contains(&status.to_string()), "{status}");
        }
    }

    #[test]
    fn a_verdict_that_is_no_json_object_is_a_gateways() {
        for status in [401, 402, 403] {
            for body in ["", "<html>Forbidden</html>", "Forbidden", "\"Forbidden\"", "[]", "403", "null", "{\"error\":"]
            {
                let cause = refused(status, &HeaderMap::new(), body.as_bytes());
                assert_eq!(cause, RequestError::Stranger { host: "api.trackyard.com".into(), status }, "{body}");
            }
            let broken = RequestError::TooLarge { host: "api.trackyard.com".into(), limit: 64 };
            let number = StatusCode::from_u16(status).unwrap();
            let cause = status_error(number, &HeaderMap::new(), Err(&broken), &key(), "api.trackyard.com");
            assert_eq!(cause, broken);
        }
        assert_eq!(refused(429, &HeaderMap::new(), b"<html>").kind(), PollErrorKind::RateLimited);
    }

    #[test]
    fn what_is_compressed_is_told_as_that() {
        let encoded = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
        let compressed = |encoding: Option<&str>| RequestError::Compressed {
            host: "api.trackyard.com".into(),
            encoding: encoding.map(Into::into),
        };
        assert_eq!(refused(401, &encoded, b"\x1f\x8b\x08"), compressed(Some("gzip")));
        for magic in COMPRESSED {
            let body = [magic, b"rest"].concat();
            let told = malformed_body(StatusCode::OK, None, &body, BodyError::NotJson, "api.trackyard.com");
            assert_eq!(told, compressed(None));
        }
        let told = malformed_body(StatusCode::OK, Some("br"), b"rest", BodyError::NotJson, "api.trackyard.com");
        assert_eq!(told, compressed(Some("br")));
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
            assert_eq!(tell(503, body).as_deref(), said, "{body}");
        }
    }

    #[test]
    fn a_redirect_is_told_in_its_own_words_alone() {
        let cause = refused(302, &HeaderMap::new(), br#"{"message":"Go on"}"#);
        assert_eq!(cause, RequestError::Redirect { host: "api.trackyard.com".into(), status: 302 });
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
            assert_eq!(tell(401, &format!(r#"{{"error":"{text}"}}"#)).as_deref(), Some(expected));
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
        let message = tell(401, &format!(r#"{{"error":"{padding} s3cret-\u200bs3cret-s3cret"}}"#)).unwrap();
        assert!(!message.contains("s3cret"), "{message}");
        assert!(message.ends_with('…'), "{message}");
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..256), status in 100u16..1000) {
            refused(status, &HeaderMap::new(), &body);
        }

        #[test]
        fn the_key_never_survives(before in any::<String>(), after in any::<String>()) {
            let text = format!("{before}s3cret-s3cret-s3cret{after}");
            let body = serde_json::json!({ "message": text }).to_string();
            let message = tell(401, &body).unwrap_or_default();
            prop_assert!(!message.contains("s3cret"));
            prop_assert!(!message.chars().any(char::is_control));
            prop_assert!(message.chars().count() <= text::LENGTH_MAX + 40);
        }
    }
}
