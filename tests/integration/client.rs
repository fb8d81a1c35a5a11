//! The client of the service against servers that misbehave, over real sockets on loopback.

mod usage;

use std::net::{SocketAddr, TcpListener};

use jiff::{SignedDuration, Timestamp};
use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::error::{PollError, PollErrorKind};
use trackyard_tui::domain::limit::Limit;
use trackyard_tui::domain::quota::Quota;
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::services::trackyard::{BODY_LIMIT, TIME_LIMIT, TrackyardClient};
use trackyard_tui::wording::request_errors::clause;

use crate::support::client::{KEY, SHORT, answer, poll};
use crate::support::clock::clock;
use crate::support::server::{SAMPLE, Server, Trap, drip, flood, hang};

fn ask(server: &Server) -> Result<Sample, PollError> {
    poll(&server.url(), TIME_LIMIT)
}

fn failure(answer: impl Into<Vec<u8>>) -> PollError {
    let server = Server::answering(answer);
    let failure = ask(&server).unwrap_err();
    assert_eq!(server.heads().len(), 1, "one request, whatever comes of it");
    failure
}

/// What a failure is, with the address of the server taken out of its message.
fn told(failure: &PollError, address: SocketAddr) -> (PollErrorKind, String) {
    (failure.kind(), clause(&failure.cause).replace(&address.to_string(), "HOST"))
}

fn timed_out(script: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> String {
    let server = Server::running(script);
    let failure = poll(&server.url(), SHORT).unwrap_err();
    assert_eq!(server.heads().len(), 1);
    let (kind, message) = told(&failure, server.address);
    assert_eq!(kind, PollErrorKind::Timeout);
    message
}

#[test]
fn one_request_goes_out_and_a_sample_comes_back() {
    let body = r#"{"tier":"free","credits_remaining":487}"#;
    let headers = "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\nX-RateLimit-Limit: 10\r\nX-RateLimit-Remaining: 9\r\n\
        X-RateLimit-Limit-Daily: 1000\r\nX-RateLimit-Remaining-Daily: 998\r\n";
    let server = Server::answering(answer("200 OK", headers, body));
    let sample = ask(&server).unwrap();

    assert_eq!(sample.account.tier.as_deref(), Some("free"));
    let quota = Quota {
        minute_limit: Limit::Of(10),
        minute_remaining: Some(9),
        day_limit: Limit::Of(1000),
        day_remaining: Some(998),
    };
    assert_eq!(sample.quota, quota);
    assert_eq!(sample.server_clock, "2026-11-21T12:00:00Z".parse().ok());
    assert!(sample.latency >= SignedDuration::ZERO);

    let heads = server.heads();
    assert_eq!(heads.len(), 1);
    let mut lines: Vec<&str> = heads[0].trim_end().split("\r\n").collect();
    lines[1..].sort_unstable();
    let expected = [
        "GET /v1/me HTTP/1.1".to_owned(),
        "accept-encoding: identity".to_owned(),
        "accept: application/json".to_owned(),
        format!("authorization: Bearer {KEY}"),
        format!("host: {}", server.address),
        format!("user-agent: trackyard-tui/{}", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_name_localhost_is_this_machine() {
    let server = Server::answering(SAMPLE);
    poll(&format!("http://localhost:{}", server.address.port()), TIME_LIMIT).unwrap();
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn a_refused_connection_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = poll(&format!("http://{address}"), TIME_LIMIT).unwrap_err();
    assert_eq!(told(&failure, address), (PollErrorKind::Connection, "HOST refused the connection".to_owned()));
    assert!(!failure.counts, "the request was never sent");
}

#[test]
fn a_connection_that_breaks_is_told() {
    let broken = || (PollErrorKind::Connection, "the connection to HOST broke before the answer was whole".to_owned());
    let servers = [
        ("reset", Server::resetting()),
        ("closed at once", Server::answering("")),
        ("closed in the head", Server::answering("HTTP/1.1 200 OK\r\nContent-")),
        ("truncated body", Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"credits_remaining\":1}")),
        ("truncated chunk", Server::answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n17\r\n{\"cre")),
    ];
    for (name, server) in servers {
        assert_eq!(told(&ask(&server).unwrap_err(), server.address), broken(), "{name}");
    }
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    assert_eq!(timed_out(hang), "no answer from HOST within 500 ms");
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    let dripping = |stream: &mut _| drip(stream, b"H");
    assert_eq!(timed_out(dripping), "no answer from HOST within 500 ms");
    let continuing = |stream: &mut _| drip(stream, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(timed_out(continuing), "no answer from HOST within 500 ms");
}

#[test]
fn a_body_that_drips_is_given_up() {
    let message = timed_out(|stream| drip(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"));
    assert_eq!(message, "no whole answer from HOST within 500 ms");
}

#[test]
fn a_status_counts_even_if_its_body_never_ends() {
    for (status, kind) in [
        ("429 Too Many Requests", PollErrorKind::RateLimited),
        ("503 Service Unavailable", PollErrorKind::ServerError),
        // Whether the service refuses the key can only be told from the whole of its answer.
        ("401 Unauthorized", PollErrorKind::Connection),
    ] {
        let head = format!("HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n");
        let server =
            Server::running(move |stream| flood(stream, &[head.as_bytes(), b"1000\r\n", &[b'x'; 0x1000]].concat()));
        assert_eq!(ask(&server).unwrap_err().kind(), kind, "{status}");
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let endless = Server::running(|stream| {
        use std::io::Write;
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        flood(stream, &[b"1000\r\n".as_slice(), &[b' '; 0x1000], b"\r\n"].concat());
    });
    let promised = Server::running(|stream| {
        use std::io::Write;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n").unwrap();
        hang(stream);
    });
    let one_more = Server::answering("HTTP/1.1 200 OK\r\n\r\n".to_owned() + &" ".repeat(BODY_LIMIT + 1));
    for server in [endless, promised, one_more] {
        let expected = (PollErrorKind::UnexpectedAnswer, "the answer of HOST is larger than 64 KiB".to_owned());
        assert_eq!(told(&ask(&server).unwrap_err(), server.address), expected);
    }
}

#[test]
fn a_body_of_just_the_limit_is_read() {
    let account = r#"{"credits_remaining":1}"#;
    let body = account.to_owned() + &" ".repeat(BODY_LIMIT - account.len());
    ask(&Server::answering(answer("200 OK", "", &body))).unwrap();
    let unframed = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
    ask(&Server::answering(unframed)).unwrap();
}

#[test]
fn a_redirect_is_not_followed() {
    let trap = Trap::set();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let failure = failure(answer(status, &format!("Location: {}/me\r\n", trap.url()), ""));
        assert_eq!(failure.kind(), PollErrorKind::UnexpectedAnswer);
        assert!(clause(&failure.cause).contains("redirects to another address"), "{failure:?}");
        assert!(trap.is_untouched(), "{status}");
    }
}

#[test]
fn what_is_no_account_is_told() {
    let cases = [
        (answer("200 OK", "", "credits: 9"), "the service answered 200, but the answer is not JSON"),
        (answer("200 OK", "", "[]"), "the service answered 200, but the answer is not a JSON object"),
        (answer("200 OK", "", "{}"), "the service answered 200, but the answer has no credits_remaining"),
        (answer("200 OK", "", ""), "the service answered 200 without a body"),
        ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), "the service answered 204 without a body"),
    ];
    for (answer, message) in cases {
        let failure = failure(answer);
        assert_eq!((failure.kind(), clause(&failure.cause).as_str()), (PollErrorKind::UnexpectedAnswer, message));
    }
}

#[test]
fn what_is_no_http_is_told() {
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Filler: x\r\n".repeat(500));
    for answer in
        ["SSH-2.0-OpenSSH_9.9\r\n", "\u{16}\u{3}\u{1}\0\u{5}garbage", "HTTP/9.9 200 OK\r\n\r\n", &many_headers]
    {
        let server = Server::answering(answer);
        let expected = (PollErrorKind::UnexpectedAnswer, "HOST answered with something that is not HTTP".to_owned());
        assert_eq!(told(&ask(&server).unwrap_err(), server.address), expected, "{answer:?}");
    }
}

#[test]
fn refusals_are_told_by_status_with_the_words_of_the_service() {
    let cases = [
        (
            "401 Unauthorized",
            r#"{"error":"Invalid API key","code":"unauthorized"}"#,
            PollErrorKind::Unauthorized,
            "the service refuses the key (401): Invalid API key",
        ),
        (
            "401 Unauthorized",
            r#"{"error":"Unauthorized","message":"Invalid API key"}"#,
            PollErrorKind::Unauthorized,
            "the service refuses the key (401): Invalid API key",
        ),
        (
            "402 Payment Required",
            r#"{"error":"Out of credits","message":"Buy more"}"#,
            PollErrorKind::CreditsOut,
            "the service says that the account is out of credits (402): Buy more",
        ),
        (
            "403 Forbidden",
            r#"{"error":"Forbidden","message":"Upgrade"}"#,
            PollErrorKind::Forbidden,
            "the key is valid, but this call is forbidden (403): Upgrade",
        ),
        (
            "500 Internal Server Error",
            r#"{"error":"Internal","request_id":"req_8f3a"}"#,
            PollErrorKind::ServerError,
            "the service answered 500: Internal (request req_8f3a)",
        ),
        ("503 Unavailable", "<html>busy</html>", PollErrorKind::ServerError, "the service answered 503"),
    ];
    for (status, body, kind, message) in cases {
        let failure = failure(answer(status, "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\n", body));
        assert_eq!((failure.kind(), clause(&failure.cause).as_str()), (kind, message));
        assert_eq!(failure.server_clock, "2026-11-21T12:00:00Z".parse::<Timestamp>().ok());
        assert_eq!(failure.retry_after, None);
    }
}

#[test]
fn a_verdict_that_is_no_json_is_a_gateways() {
    let cases = [
        ("401 Unauthorized", "Content-Type: text/html\r\n", "<html>Log in</html>", "answered 401"),
        ("403 Forbidden", "", "", "answered 403"),
        ("403 Forbidden", "", "Access denied", "answered 403"),
        ("402 Payment Required", "", "[]", "answered 402"),
        ("200 OK", "", " <!DOCTYPE html><p>Welcome to the hotel", "answered 200"),
        ("511 Network Authentication Required", "", "", "asks to sign in"),
    ];
    for (status, headers, body, told) in cases {
        let failure = failure(answer(status, headers, body));
        assert_eq!(failure.kind(), PollErrorKind::UnexpectedAnswer, "{status}");
        let clause = clause(&failure.cause);
        assert!(clause.contains(told) && !clause.contains("the service answered"), "{clause}");
    }
}

#[test]
fn what_is_compressed_is_told_as_that() {
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabV\x02\0";
    for headers in ["Content-Encoding: gzip\r\n", ""] {
        for status in ["200 OK", "401 Unauthorized"] {
            let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", gzip.len());
            let clause = clause(&failure([head.as_bytes(), gzip].concat()).cause);
            assert!(clause.contains("is compressed"), "{clause}");
        }
    }
}

#[test]
fn every_failure_tells_how_long_to_wait() {
    let statuses =
        ["301 Moved", "401 No", "402 No", "403 No", "404 No", "500 Oops", "503 Busy", "200 OK", "511 Sign in"];
    for status in statuses {
        for body in ["{}", "<html>"] {
            let failure = failure(answer(status, "Retry-After: 300\r\n", body));
            assert_eq!(failure.retry_after, Some(SignedDuration::from_secs(300)), "{status} {body}");
        }
    }
}

#[test]
fn a_rate_limit_tells_how_long_to_wait() {
    let wait = |headers: &str| {
        let failure = failure(answer("429 Too Many Requests", headers, r#"{"error":"Too Many Requests"}"#));
        assert_eq!(failure.kind(), PollErrorKind::RateLimited);
        assert_eq!(clause(&failure.cause), "the service asks to slow down (429): Too Many Requests");
        failure.retry_after.map(|wait| wait.as_secs())
    };
    assert_eq!(wait("Retry-After: 30\r\n"), Some(30));
    assert_eq!(wait("Retry-After: 999999999999999999999\r\n"), Some(3600));
    let date = "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\nRetry-After: Sat, 21 Nov 2026 12:01:30 GMT\r\n";
    assert_eq!(wait(date), Some(90));
    let date = "Date: Saturday, 21-Nov-26 12:00:00 GMT\r\nRetry-After: Sat Nov 21 12:01:30 2026\r\n";
    assert_eq!(wait(date), Some(90));
    assert_eq!(wait("Retry-After: Thu, 31 Dec 9998 00:00:00 GMT\r\n"), Some(3600), "by this machine's clock");
    assert_eq!(wait("Retry-After: Sat, 21 Nov 1998 12:00:00 GMT\r\n"), None);
    assert_eq!(wait(""), None);
}

#[test]
fn nothing_that_the_service_echoes_is_dangerous() {
    let body = format!(r#"{{"message":"\u001b]0;owned\u0007\u202e{KEY}\n\u009b2J","request_id":"{KEY}"}}"#);
    for status in ["401 Unauthorized", "404 Not Found", "429 Slow", "500 Error"] {
        let message = clause(&failure(answer(status, "", &body)).cause);
        assert!(message.ends_with("]0;owned[redacted] 2J (request [redacted])"), "{message}");
        assert!(!message.chars().any(char::is_control), "{message:?}");
    }
}
