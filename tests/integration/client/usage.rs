//! `GET /usage`, of the simulator and of servers that have none.

use jiff::ToSpan as _;
use trackyard_tui::domain::activity::{UsageError, UsageResponse};
use trackyard_tui::simulator::scenario::Scenario;
use trackyard_tui::simulator::{self, SimulatorOptions};

use super::*;

fn usage(url: &str, limit: u64, offset: u64) -> Result<UsageResponse, Box<UsageError>> {
    let client = TrackyardClient::new(&url.parse().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.usage(&ApiKey::parse(KEY).unwrap(), limit, offset, &clock())).map_err(Box::new)
}

fn refusal(status: &str, body: &str) -> UsageError {
    let server = Server::answering(answer(status, "Retry-After: 30\r\n", body));
    *usage(&server.url(), 100, 0).unwrap_err()
}

#[test]
fn a_page_is_asked_for_by_limit_and_offset() {
    let body = r#"{"usage":[{"timestamp":"2026-11-21T12:00:00Z","endpoint":"/of/s3cret-s3cret-s3cret-s3cret"}]}"#;
    let server = Server::answering(answer("200 OK", "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\n", body));
    let answer = usage(&server.url(), 100, 95).unwrap();
    assert_eq!(answer.page.rows[0].as_ref().unwrap().endpoint, "/of/[redacted]");
    assert_eq!(answer.server_clock, "2026-11-21T12:00:00Z".parse().ok());
    let heads = server.heads();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with("GET /v1/usage?limit=100&offset=95 HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].contains(&format!("authorization: Bearer {KEY}\r\n")));
}

#[test]
fn a_service_without_usage_is_told_from_one_that_fails() {
    for status in ["403 Forbidden", "404 Not Found", "405 Method Not Allowed"] {
        let UsageError::NotAvailable(failure) = refusal(status, r#"{"message":"no"}"#) else { panic!("{status}") };
        assert!(clause(&failure.cause).ends_with(": no") && failure.counts, "{failure:?}");
    }
    let kinds = [
        ("401 Unauthorized", "{}", PollErrorKind::Unauthorized),
        ("401 Unauthorized", "", PollErrorKind::UnexpectedAnswer),
        ("403 Forbidden", "<html>", PollErrorKind::UnexpectedAnswer),
        ("402 Payment Required", "{}", PollErrorKind::CreditsOut),
        ("429 Too Many Requests", "", PollErrorKind::RateLimited),
        ("500 Internal Server Error", "", PollErrorKind::ServerError),
        ("302 Found", "", PollErrorKind::UnexpectedAnswer),
        ("200 OK", "", PollErrorKind::UnexpectedAnswer),
        ("200 OK", "<html>", PollErrorKind::UnexpectedAnswer),
        ("200 OK", r#"{"usage":7}"#, PollErrorKind::UnexpectedAnswer),
    ];
    for (status, body, kind) in kinds {
        let UsageError::Failed(failure) = refusal(status, body) else { panic!("{status}") };
        assert_eq!(failure.kind(), kind, "{status}");
        assert_eq!(failure.retry_after, Some(SignedDuration::from_secs(30)), "{status}");
    }
}

#[test]
fn a_page_that_is_too_large_is_refused() {
    let row = r#"{"timestamp":"2026-11-21T12:00:00Z"},"#.repeat(BODY_LIMIT / 30);
    let failure = refusal("200 OK", &format!(r#"{{"usage":[{row}{{}}]}}"#));
    assert!(clause(&failure.failure().cause).ends_with("is larger than 64 KiB"), "{failure:?}");
}

#[tokio::test]
async fn the_simulator_lists_the_calls_of_the_applications_and_our_own() {
    let clock = clock();
    let simulator = simulator::start(SimulatorOptions::new(Scenario::Demo, clock)).await.unwrap();
    let (_, key) = simulator.keys().into_iter().find(|(name, _)| name.as_str() == "prod").unwrap();
    let client = TrackyardClient::new(simulator.base_url()).unwrap();
    client.me(&key, &clock).await.unwrap();
    let newest = client.usage(&key, 100, 0, &clock).await.unwrap().page;
    let endpoints: Vec<_> = newest.calls().map(|call| call.endpoint.as_str()).collect();
    assert_eq!((endpoints.len(), &endpoints[..2]), (100, &["/usage", "/me"][..]));
    assert!(endpoints[2..].iter().all(|endpoint| ["/search", "/download-track"].contains(endpoint)), "{endpoints:?}");
    let soon = clock.now().wall + 1.minute();
    assert!(
        newest.calls().is_sorted_by_key(|call| std::cmp::Reverse(call.at)) && newest.calls().all(|call| call.at < soon)
    );
    let older = client.usage(&key, 100, 100, &clock).await.unwrap().page;
    assert_eq!(older.rows[0], newest.rows[99], "the call for this page moved the rows by one");
    assert!(newest.total_count.unwrap() < older.total_count.unwrap() || newest.total_count == Some(2_000));
}
