//! The simulator over real HTTP on the loopback interface.

mod control;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::task::spawn_blocking;
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::environment::EnvironmentName;
use trackyard_tui::domain::limit::Limit;
use trackyard_tui::services::clock::Clock;
use trackyard_tui::simulator::announcement::Announcement;
use trackyard_tui::simulator::fault::Fault;
use trackyard_tui::simulator::reply::Reply;
use trackyard_tui::simulator::scenario::Scenario;
use trackyard_tui::simulator::service::LastUsed;
use trackyard_tui::simulator::{Simulator, SimulatorOptions, start};

const START: &str = "2026-11-20T14:32:00Z";
const LIMIT_HEADERS: [&str; 5] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-limit-daily",
    "x-ratelimit-remaining-daily",
    "x-credits-remaining",
];

/// A whole answer.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &'_ str| line.split_once(": ").is_some_and(|(found, _)| found == name);
        self.head.lines().find(|line| named(line)).map(|line| &line[name.len() + 2..])
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn account(&self) -> Account {
        assert_eq!(self.status, 200, "{}", self.body);
        Account::parse(self.body.as_bytes()).unwrap()
    }
}

/// A simulator, and where to find it.
struct Stage {
    simulator: Simulator,
    host: String,
}

impl Stage {
    async fn set(scenario: Scenario) -> Self {
        Self::of(options(scenario)).await
    }

    async fn of(options: SimulatorOptions) -> Self {
        let simulator = start(options).await.unwrap();
        let host = simulator.base_url().host();
        Self { simulator, host }
    }

    fn key(&self, environment: &str) -> ApiKey {
        let keys = self.simulator.keys();
        keys.into_iter().find(|(found, _)| *found == name(environment)).unwrap().1
    }

    /// Sends a request and reads until the connection ends; `None` if it ended without an answer.
    async fn send(&self, request: String) -> Option<Answer> {
        let host = self.host.clone();
        spawn_blocking(move || exchange(&host, &request)).await.unwrap()
    }

    async fn call(&self, method: &str, path: &str, key: &ApiKey) -> Option<Answer> {
        let key = key.expose();
        self.send(head(method, &format!("/api/external/v1{path}"), &format!("authorization: Bearer {key}\r\n"))).await
    }

    async fn me(&self, environment: &str) -> Answer {
        self.call("GET", "/me", &self.key(environment)).await.expect("an answer")
    }

    async fn control(&self, method: &str, path: &str) -> Answer {
        self.send(head(method, path, "")).await.expect("an answer")
    }

    fn later(&self, seconds: i64) {
        self.simulator.handle().advance(SignedDuration::from_secs(seconds));
    }
}

fn name(text: &str) -> EnvironmentName {
    text.parse().unwrap()
}

fn head(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

fn exchange(host: &str, request: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(host).unwrap();
    // A request that is refused early need not be read to its end.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

#[tokio::test]
async fn me_has_the_documented_body_and_headers() {
    let stage = Stage::set(Scenario::Demo).await;
    let answer = stage.me("staging").await;
    let account = answer.account();
    let body = &answer.body;
    let mut last = 0;
    let fields = ["tier", "credits_remaining", "monthly_allowance", "rate_limit", "requests_per_minute"];
    for field in fields.into_iter().chain(["requests_per_day", "created_at", "last_used_at"]) {
        let place = body.find(&format!("\"{field}\":")).unwrap_or_else(|| panic!("{field} in {body}"));
        assert!(place > last, "{field} in {body}");
        last = place;
    }
    assert_eq!((account.tier.as_deref(), account.requests_per_day), (Some("starter"), Limit::Of(1_000)));
    assert_eq!(account.created_at, "2026-09-01T11:15:00Z".parse().ok());
    assert!(account.last_used_at.unwrap() <= START.parse().unwrap());
    for header in LIMIT_HEADERS {
        assert!(answer.header(header).unwrap().parse::<u64>().is_ok(), "{header}");
    }
    assert_eq!(answer.header("x-credits-remaining"), Some(account.credits_remaining.to_string().as_str()));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("date").unwrap().starts_with("Fri, 20 Nov 2026 14:3"), "{}", answer.head);
    let unlimited = stage.me("prod").await;
    assert_eq!(unlimited.header("x-ratelimit-limit-daily"), None);
    assert_eq!(unlimited.account().requests_per_day, Limit::Unlimited);
}

#[tokio::test]
async fn the_simulated_clock_moves_the_date_and_the_windows() {
    let stage = Stage::set(Scenario::Healthy).await;
    stage.me("dev").await;
    stage.later(10 * 24 * 3_600);
    let answer = stage.me("dev").await;
    assert!(answer.header("date").unwrap().starts_with("Mon, 30 Nov 2026 14:3"), "{}", answer.head);
    assert_eq!(stage.simulator.handle().calls(&name("dev")).len(), 2);
}

#[tokio::test]
async fn a_call_that_costs_takes_a_credit_and_stands_in_the_usage() {
    let stage = Stage::of(SimulatorOptions { last_used: LastUsed::ThisCall, ..options(Scenario::Healthy) }).await;
    let key = stage.key("prod");
    let before = stage.me("prod").await;
    assert_eq!(stage.call("POST", "/search", &key).await.unwrap().status, 200);
    let download = stage.call("POST", "/download-track", &key).await.unwrap();
    assert_eq!(download.status, 200);
    let usage = stage.call("GET", "/usage?limit=3", &key).await.unwrap().json();
    let endpoints: Vec<_> = usage["usage"].as_array().unwrap().iter().map(|line| &line["endpoint"]).collect();
    assert!(endpoints.contains(&&"/usage".into()) && endpoints.contains(&&"/download-track".into()), "{usage}");
    let spent = before.account().credits_remaining - credits(&download);
    assert!(spent >= 2.0, "{spent}");
}

fn options(scenario: Scenario) -> SimulatorOptions {
    SimulatorOptions::new(scenario, Clock::starting_at(START.parse().unwrap()))
}

fn credits(answer: &Answer) -> f64 {
    answer.header("x-credits-remaining").unwrap().parse().unwrap()
}

#[tokio::test]
async fn healthy_and_rotation_due_answer_every_key() {
    for scenario in [Scenario::Demo, Scenario::Healthy, Scenario::RotationDue] {
        let stage = Stage::set(scenario).await;
        for environment in ["dev", "staging", "prod"] {
            assert!(stage.me(environment).await.account().created_at.is_some());
        }
    }
}

#[tokio::test]
async fn low_credits_end_in_402() {
    let stage = Stage::set(Scenario::LowCredits).await;
    assert!(stage.me("dev").await.account().credits_ratio().unwrap() < 0.2);
    assert!(stage.me("staging").await.account().credits_ratio().unwrap() < 0.05);
    let refused = stage.call("POST", "/search", &stage.key("prod")).await.unwrap();
    assert_eq!((refused.status, &refused.json()["error"]), (402, &"Out of credits".into()));
    assert_eq!(refused.header("x-credits-remaining"), Some("0"));
}

#[tokio::test]
async fn prod_is_revoked_while_it_is_watched() {
    let stage = Stage::set(Scenario::Revoked).await;
    assert_eq!(stage.me("prod").await.status, 200);
    stage.later(30);
    let refused = stage.me("prod").await;
    assert_eq!((refused.status, refused.body.as_str()), (401, r#"{"error":"Invalid API key","code":"unauthorized"}"#));
    assert_eq!(stage.me("dev").await.status, 200);
    let key = stage.simulator.handle().create_key(&name("prod")).unwrap();
    assert_eq!(stage.call("GET", "/me", &key).await.unwrap().status, 200);
}

#[tokio::test]
async fn rate_limits_say_when_to_come_back() {
    let stage = Stage::set(Scenario::RateLimited).await;
    let refused = stage.me("staging").await;
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"Too Many Requests".into()));
    let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    let midnight = "2026-11-21T00:00:00Z".parse::<Timestamp>().unwrap();
    let whole = midnight.duration_since(START.parse().unwrap()).as_secs();
    assert!((1..=whole).contains(&seconds), "{seconds}");
    assert_eq!(refused.header("x-ratelimit-remaining-daily"), Some("0"));
    stage.later(whole);
    assert_eq!(stage.me("staging").await.status, 200);
}

#[tokio::test]
async fn little_is_left_of_the_day() {
    let stage = Stage::set(Scenario::DailyLimit).await;
    for environment in ["dev", "staging", "prod"] {
        let answer = stage.me(environment).await;
        let number = |header| answer.header(header).unwrap().parse::<u64>().unwrap();
        assert!(number("x-ratelimit-remaining-daily") * 10 < number("x-ratelimit-limit-daily"), "{}", answer.head);
    }
}

#[tokio::test]
async fn an_outage_drops_connections_and_answers_503_then_ends() {
    let stage = Stage::set(Scenario::Outage).await;
    let key = stage.key("dev");
    assert_eq!(stage.me("dev").await.status, 200);
    stage.later(20);
    let unavailable = stage.me("dev").await;
    assert_eq!((unavailable.status, unavailable.json()["request_id"].is_string()), (503, true));
    assert!(stage.call("GET", "/me", &key).await.is_none());
    stage.later(180);
    assert_eq!(stage.me("dev").await.status, 200);
}

#[tokio::test]
async fn forbidden_keys_are_told_so_with_their_limits() {
    let stage = Stage::set(Scenario::Forbidden).await;
    let refused = stage.me("staging").await;
    assert_eq!((refused.status, &refused.json()["error"]), (403, &"Forbidden".into()));
    for header in LIMIT_HEADERS {
        assert!(refused.header(header).is_some(), "{header}");
    }
}

#[tokio::test]
async fn unknown_keys_are_refused_in_both_documented_forms() {
    let stage = Stage::set(Scenario::UnknownKey).await;
    let bodies = [stage.me("dev").await, stage.me("staging").await].map(|answer| {
        assert_eq!((answer.status, answer.header("x-credits-remaining")), (401, None));
        answer.body
    });
    let documented = [
        r#"{"error":"Invalid API key","code":"unauthorized"}"#,
        r#"{"error":"Unauthorized","message":"Invalid API key"}"#,
    ];
    assert_eq!(bodies, documented);
}

#[tokio::test]
async fn strange_answers_are_legal_and_never_tell_limits() {
    let stage = Stage::set(Scenario::Malformed).await;
    let dev = stage.me("dev").await;
    assert_eq!((dev.account().tier.as_deref(), dev.account().created_at), (Some("hobby-2027"), None));
    assert!(dev.account().credits_remaining.fract() > 0.0);
    assert!(LIMIT_HEADERS.iter().all(|header| dev.header(header).is_none()), "{}", dev.head);
    assert!(stage.me("staging").await.json()["tier"].as_str().unwrap().contains('\u{1b}'));
    assert!(stage.me("prod").await.account().credits_remaining < 0.0);
    stage.me("dev").await;
    stage.me("dev").await;
    let fault = stage.me("dev").await;
    let message = fault.json()["message"].as_str().unwrap().to_owned();
    assert!(fault.status == 500 && message.contains(stage.key("dev").expose()), "{message}");
}

#[tokio::test]
async fn a_slow_scenario_holds_its_answer_back() {
    let stage = Stage::set(Scenario::Slow).await;
    let mut slow = waiting(&stage, &stage.key("dev"));
    // The control path answers though the call, sent before, is still under way.
    while stage.control("GET", "/simulator/calls").await.json().as_array().unwrap().is_empty() {}
    assert_eq!(slow.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn faults_delay_hang_and_replace_the_answer() {
    let stage = Stage::set(Scenario::Healthy).await;
    let handle = stage.simulator.handle();
    handle.fail_next(1, &Fault::Delay(SignedDuration::from_millis(1)));
    assert_eq!(stage.me("dev").await.status, 200);
    handle.fail_next(1, &Fault::Answer(Reply::text(302, "").with("location", "http://127.0.0.1:9/me")));
    let redirect = stage.me("dev").await;
    assert_eq!((redirect.status, redirect.header("location")), (302, Some("http://127.0.0.1:9/me")));
    handle.fail_next(1, &Fault::Hang);
    let mut hung = waiting(&stage, &stage.key("dev"));
    while handle.calls(&name("dev")).len() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.me("dev").await.status, 200);
    assert_eq!(hung.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
    let statuses: Vec<_> = handle.calls(&name("dev")).into_iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(200), Some(302), None, Some(200)]);
}

/// A connection on which a request was sent, and that never blocks.
fn waiting(stage: &Stage, key: &ApiKey) -> TcpStream {
    let mut stream = TcpStream::connect(&stage.host).unwrap();
    let authorization = format!("authorization: Bearer {}\r\n", key.expose());
    stream.write_all(head("GET", "/api/external/v1/me", &authorization).as_bytes()).unwrap();
    stream.set_nonblocking(true).unwrap();
    stream
}

#[tokio::test]
async fn dropping_it_ends_its_connections() {
    let stage = Stage::set(Scenario::Healthy).await;
    stage.simulator.handle().fail_next(1, &Fault::Hang);
    let mut hung = waiting(&stage, &stage.key("dev"));
    let handle = stage.simulator.handle();
    while handle.calls(&name("dev")).is_empty() {
        tokio::task::yield_now().await;
    }
    let Stage { simulator, host } = stage;
    drop(simulator);
    while TcpStream::connect(&host).is_ok() {
        tokio::task::yield_now().await;
    }
    hung.set_nonblocking(false).unwrap();
    let end = spawn_blocking(move || hung.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(end, Ok(0)) || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_thousand_environments_have_a_key_each() {
    let environments = (0..1_000).map(|number| name(&format!("load-{number}"))).collect();
    let stage = Stage::of(SimulatorOptions { environments, ..options(Scenario::Healthy) }).await;
    let keys = stage.simulator.keys();
    let mut secrets: Vec<_> = keys.iter().map(|(_, key)| key.expose().to_owned()).collect();
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets.len(), 1_000);
    assert_eq!(stage.call("GET", "/me", &keys[999].1).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_announcement_can_be_pasted_into_a_shell() {
    let stage = Stage::set(Scenario::Demo).await;
    let text = stage.simulator.announcement().to_string();
    let base_url = format!("export TRACKYARD_BASE_URL=http://127.0.0.1:{}", stage.host.rsplit(':').next().unwrap());
    assert!(text.contains(&format!("{base_url}/api/external/v1\n")), "{text}");
    let key = format!("export TRACKYARD_API_KEY_STAGING={}\n", stage.key("staging").expose());
    assert!(text.contains(&key), "{text}");
    assert!(text.contains(Scenario::Demo.description()) && text.ends_with("\ntrackyard-tui\n"), "{text}");

    let name = |number: u8| name(&format!("env-{number}"));
    let many = Announcement {
        keys: vec![(name(4), stage.key("dev")), (name(5), stage.key("dev"))],
        ..stage.simulator.announcement()
    };
    let text = many.to_string();
    assert!(text.contains("for name in env-4 env-5; do\n"), "{text}");
    assert!(text.ends_with("\ntrackyard-tui --config simulated.toml\n"), "{text}");
}
