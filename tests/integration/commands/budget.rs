//! This product's share of a key's limits, over many processes.

use crate::support::product::Home;
use crate::support::server::Server;
use crate::support::session::{at_home, done};

/// A key that may make twenty requests a day, of which this product takes four.
const BODY: &str = r#"{"tier":"free","credits_remaining":40,"monthly_allowance":50,
"rate_limit":{"requests_per_minute":600,"requests_per_day":20}}"#;

fn server() -> Server {
    Server::answering(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len()))
}

#[test]
fn all_processes_together_keep_to_the_share_of_the_day_and_then_say_when() {
    let (home, server) = (Home::new(), server());
    let url = server.url();
    let status = |arguments: &[&str]| {
        let arguments = [&["status", "--env", "dev", "--base-url", &url], arguments].concat();
        let mut command = at_home(&home, &arguments);
        command.env("TRACKYARD_API_KEY_DEV", "s3cret-s3cret-s3cret");
        command
    };
    done(&mut status(&[])).expect(0, &["active"]);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| done(&mut status(&[])).expect(0, &["40 of 50"]));
        }
    });
    let mut calls = server.heads().len();
    assert!((2..=4).contains(&calls), "{calls}");
    for _ in 0..4 {
        done(&mut status(&[])).expect(0, &["active"]);
    }
    calls += server.heads().len();
    assert_eq!(calls, 4);

    let table = done(&mut status(&[])).expect(0, &["40 of 50", "own share of today is used up; next poll"]);
    assert_eq!(table.err, "");
    let document = done(&mut status(&["--json"])).expect(0, &[]).json();
    let dev = &document["environments"][0];
    let (now, next) = (document["generated_at"].as_str().unwrap(), dev["next_poll_at"].as_str().unwrap());
    let wait = next.parse::<jiff::Timestamp>().unwrap().duration_since(now.parse().unwrap());
    assert!((20..=24).contains(&wait.as_hours()), "{now} {next}");
    assert_eq!(dev["status"], "active", "the last answer goes on to hold");

    // A person may ask for up to half of the day.
    let test = || {
        let mut test = at_home(&home, &["key", "test", "dev", "--base-url", &server.url()]);
        test.env("TRACKYARD_API_KEY_DEV", "s3cret-s3cret-s3cret");
        done(&mut test)
    };
    for _ in 0..6 {
        test().expect(0, &["active"]);
    }
    assert_eq!(server.heads().len(), 6);
    test().expect(1, &["not tried", "half", "next "]);
    assert_eq!(server.heads().len(), 0);
}

#[test]
fn the_limit_of_a_minute_makes_nobody_wait() {
    let session = crate::support::session::Session::playing("healthy");
    // dev may make five requests a minute, of which this product takes one. The share of its day is ten.
    for _ in 0..6 {
        assert_eq!(session.statuses(&["--env", "dev"]), [("dev".to_owned(), "active".to_owned())]);
    }
    // A minute may end meanwhile.
    assert!((1..=2).contains(&session.calls()), "{}", session.calls());
}
