//! The paths by which the simulator is steered, and requests that it refuses.

use trackyard_tui::simulator::scenario::Scenario;

use super::{Stage, head};

#[tokio::test]
async fn drills_are_steered_over_http() {
    let stage = Stage::set(Scenario::Healthy).await;
    let old = stage.key("prod");
    let made = stage.control("POST", "/simulator/keys/prod").await;
    assert_eq!((made.status, made.body.trim_end()), (200, stage.key("prod").expose()));
    assert_eq!(stage.control("POST", "/simulator/revoke/prod").await.status, 200);
    assert_eq!(stage.call("GET", "/me", &old).await.unwrap().status, 401);
    assert_eq!(stage.me("prod").await.status, 200);
    stage.control("POST", "/simulator/credits/staging?remaining=7").await;
    assert!((stage.me("staging").await.account().credits_remaining - 7.0).abs() < 3.0);
    stage.control("POST", "/simulator/fail?with=drop&count=1").await;
    assert!(stage.call("GET", "/me", &stage.key("dev")).await.is_none());
    stage.control("POST", "/simulator/advance?seconds=86400").await;
    assert!(stage.me("dev").await.header("date").unwrap().starts_with("Sat, 21 Nov"));
    assert_eq!(stage.control("POST", "/simulator/scenario/forbidden").await.status, 200);
    assert_eq!(stage.me("dev").await.status, 403);
    let calls = stage.control("GET", "/simulator/calls").await;
    assert_eq!(calls.json()[0]["environment"], "prod");
    assert_eq!(calls.json().as_array().unwrap().len(), 6);
    assert!(!calls.body.contains(old.expose()));
}

#[tokio::test]
async fn control_paths_refuse_what_makes_no_sense() {
    let stage = Stage::set(Scenario::Healthy).await;
    let cases = [
        ("POST", "/simulator/revoke/moon", 404),
        ("POST", "/simulator/revoke/", 404),
        ("GET", "/simulator/revoke/dev", 404),
        ("POST", "/simulator/scenario/bogus", 404),
        ("POST", "/simulator/credits/dev?remaining=-1", 400),
        ("POST", "/simulator/credits/dev", 400),
        ("POST", "/simulator/fail?with=200", 400),
        ("POST", "/simulator/advance?seconds=-1", 400),
        ("GET", "/elsewhere", 404),
    ];
    for (method, path, status) in cases {
        assert_eq!(stage.control(method, path).await.status, status, "{method} {path}");
    }
    assert_eq!(stage.me("dev").await.status, 200);
}

#[tokio::test]
async fn large_requests_are_refused() {
    let stage = Stage::set(Scenario::Healthy).await;
    let body = "x".repeat(70_000);
    let request = head("POST", "/api/external/v1/search", &format!("content-length: {}\r\n", body.len())) + &body;
    assert_eq!(stage.send(request).await.unwrap().status, 413);
    let endless = head("GET", "/api/external/v1/me", &format!("x-filler: {body}\r\n"));
    assert_eq!(stage.send(endless).await.unwrap().status, 431);
}
