//! `status`: the document, the table, and how each scenario is told.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use serde_json::Value;

use crate::support::session::{ENVIRONMENTS, Session};

/// The fields of an object, and of the objects in it.
const FIELDS: [(&str, &[&str]); 9] = [
    ("", &["generated_at", "environments"]),
    (
        "/environments/0",
        &[
            "name",
            "label",
            "status",
            "severity",
            "flags",
            "key",
            "account",
            "rate_limit",
            "last_used_at",
            "last_used_by_others_at",
            "polled_at",
            "next_poll_at",
            "latency_ms",
            "error",
            "forecast",
        ],
    ),
    ("/environments/0/key", &["source", "fingerprint", "created_at", "age_days", "rotate_by"]),
    ("/environments/0/account", &["tier", "credits_remaining", "monthly_allowance", "rounded"]),
    ("/environments/0/rate_limit", &["minute", "day"]),
    ("/environments/0/rate_limit/minute", &["limit", "remaining", "unlimited", "contradiction"]),
    ("/environments/0/rate_limit/day", &["limit", "remaining", "unlimited", "contradiction"]),
    ("/environments/0/error", &["kind", "message"]),
    ("/environments/0/forecast", &["as_of", "burn_per_day", "exhausted_at", "reset_at", "reset_source"]),
];

/// Holds every object of a document to the documented fields; what is unknown may be null instead.
fn assert_documented(document: &Value) {
    for (place, fields) in FIELDS {
        let environments = document["environments"].as_array().unwrap().len();
        for number in 0..environments {
            let place = place.replace("/0", &format!("/{number}"));
            let value = document.pointer(&place).unwrap_or_else(|| panic!("{place} is missing"));
            let Some(object) = value.as_object() else {
                assert!(value.is_null(), "{place}: {value}");
                continue;
            };
            let mut found: Vec<_> = object.keys().map(String::as_str).collect();
            let mut expected = fields.to_vec();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{place}");
        }
    }
}

fn alike(status: &str) -> Vec<(String, String)> {
    ENVIRONMENTS.map(|name| (name.to_owned(), status.to_owned())).to_vec()
}

#[test]
fn the_document_has_the_documented_fields_with_their_values() {
    let session = Session::playing("healthy");
    let document = session.run(&["status", "--json"]).expect(0, &[]).json();
    assert_documented(&document);
    let dev = &document["environments"][0];
    assert_eq!([&dev["name"], &dev["status"], &dev["severity"]], ["dev", "active", "ok"]);
    assert_eq!([&dev["label"], &dev["error"]], [&Value::Null, &Value::Null]);
    assert_eq!(dev["flags"], Value::Array(Vec::new()));
    assert_eq!(dev["key"]["source"], "TRACKYARD_API_KEY_DEV");
    assert_eq!(dev["key"]["age_days"], 30);
    assert_eq!(dev["account"]["tier"], "free");
    assert_eq!(dev["account"]["monthly_allowance"], 50);
    assert_eq!(dev["rate_limit"]["minute"]["limit"], 5);
    assert_eq!(dev["rate_limit"]["day"]["limit"], 50);
    let prod = &document["environments"][2];
    assert_eq!(
        [&prod["rate_limit"]["day"]["limit"], &prod["rate_limit"]["day"]["unlimited"]],
        [&Value::Null, &true.into()]
    );
    let times = ["/generated_at", "/environments/0/polled_at", "/environments/0/next_poll_at"];
    for place in times.into_iter().chain(["/environments/0/key/created_at", "/environments/0/key/rotate_by"]) {
        let time = document.pointer(place).unwrap().as_str().unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z'), "{place}: {time}");
    }
    assert!(dev["latency_ms"].is_u64(), "{dev}");
}

#[test]
fn what_is_unknown_is_null() {
    let session = Session::playing("healthy");
    let document = crate::support::session::done(&mut session.keyless(&["status", "--json"])).expect(0, &[]).json();
    assert_documented(&document);
    let dev = &document["environments"][0];
    for field in ["key", "account", "last_used_at", "last_used_by_others_at", "polled_at", "next_poll_at", "latency_ms"]
    {
        assert_eq!(dev[field], Value::Null, "{field}");
    }
    for field in ["limit", "remaining", "unlimited", "contradiction"] {
        assert_eq!(dev["rate_limit"]["day"][field], Value::Null, "{field}");
    }
    assert_eq!(dev["status"], "key-unavailable");
    assert_eq!(dev["error"]["kind"], "no-session");
}

#[test]
fn each_failure_has_its_status_and_is_no_failure_of_the_command() {
    std::thread::scope(|scope| {
        for (scenario, status, kind) in
            [("unknown-key", "invalid", "unauthorized"), ("forbidden", "forbidden", "forbidden")]
        {
            scope.spawn(move || {
                let document = Session::playing(scenario).run(&["status", "--json"]).expect(0, &[]).json();
                assert_documented(&document);
                for environment in document["environments"].as_array().unwrap() {
                    assert_eq!([&environment["status"], &environment["error"]["kind"]], [status, kind]);
                    assert_eq!(environment["severity"], "critical");
                }
            });
        }
        scope.spawn(|| assert_eq!(Session::playing("slow").statuses(&[]), alike("active")));
        scope.spawn(|| {
            let session = Session::playing("outage");
            assert_eq!(session.statuses(&[]), alike("active"));
            session.control("POST", "advance?seconds=21");
            // Of dev the share of its minute is used up.
            let others = session.statuses(&["--env", "staging", "--env", "prod"]);
            assert!(others.iter().all(|(_, status)| status == "unreachable"), "{others:?}");
        });
        scope.spawn(|| {
            let session = Session::playing("healthy");
            session.control("POST", "fail?with=429&count=3");
            assert_eq!(session.statuses(&[]), alike("rate-limited"));
        });
    });
}

#[test]
fn a_key_that_was_accepted_by_an_earlier_process_is_revoked_and_not_invalid() {
    let session = Session::playing("healthy");
    assert_eq!(session.statuses(&["--env", "prod"]), [("prod".to_owned(), "active".to_owned())]);
    session.control("POST", "revoke/prod");
    let revoked = [("prod".to_owned(), "revoked".to_owned())];
    assert_eq!(session.statuses(&["--env", "prod"]), revoked);
    // The stored sample is from before the refusal: it spares no call.
    assert_eq!(session.statuses(&["--env", "prod", "--max-age", "1h"]), revoked);
}

#[test]
fn odd_answers_are_told_without_escapes() {
    let session = Session::playing("strange");
    let document = session.run(&["status", "--json"]).expect(0, &[]);
    assert_documented(&document.json());
    let table = session.run(&["status"]).expect(0, &["ENVIRONMENT", "staging"]);
    for text in [document.out, table.out] {
        assert!(!text.contains(|character: char| character.is_control() && character != '\n'), "{text:?}");
        assert!(!text.contains(['\u{202e}', '\u{200b}']), "{text:?}");
    }
}

#[test]
fn a_stored_sample_that_is_fresh_enough_spares_the_calls() {
    let session = Session::playing("healthy");
    session.run(&["status"]).expect(0, &[]);
    assert_eq!(session.calls(), 3);
    assert_eq!(session.statuses(&["--max-age", "10m"]), alike("active"));
    assert_eq!(session.calls(), 3);
    assert_eq!(session.statuses(&["--env", "prod", "--max-age", "0s"])[0].1, "active");
    assert_eq!(session.calls(), 4);
}

#[test]
fn the_table_is_plain_and_a_closed_pipe_is_no_error() {
    let session = Session::playing("demo");
    let mut command = session.command(&["status"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("ENVIRONMENT  STATUS"), "{first:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let table = session.run(&["status", "--max-age", "1h"]).expect(
        0,
        &[
            "prod: rotate overdue",
            "Make a new key at https://app.trackyard.com/api-keys, and set TRACKYARD_API_KEY_PROD to it.",
        ],
    );
    assert!(!table.out.contains('\u{1b}'), "{table:?}");

    let mut child = session.command(&["status", "--max-age", "1h"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn only_the_environments_asked_for_are_called() {
    let session = Session::playing("healthy");
    let names = session.statuses(&["--env", "prod", "--env", "dev"]).into_iter().map(|(name, _)| name);
    assert_eq!(names.collect::<Vec<_>>(), ["dev", "prod"]);
    assert_eq!(session.calls(), 2);
    session.run(&["status", "--env", "qa"]).expect(2, &["\"qa\"", "dev, staging, prod"]);
    assert_eq!(session.calls(), 2);
}
