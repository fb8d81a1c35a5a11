//! `key`, with a real keyring.

use std::process::Command;

use tempfile::TempDir;

use crate::support::secret_service::{self, SecretService};
use crate::support::session::{Done, Session, done, fed};

/// A session with a keyring of its own.
pub struct Keyring {
    pub session: Session,
    pub service: SecretService,
    _folder: TempDir,
}

impl Keyring {
    /// Nothing where the tools for a keyring are not installed.
    pub fn start(scenario: &str) -> Option<Self> {
        if !secret_service::is_available() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let service = SecretService::start(folder.path());
        Some(Self { session: Session::playing(scenario), service, _folder: folder })
    }

    /// The command with the simulator's address and the keyring, and without a key.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.session.keyless(arguments);
        command.envs(self.service.variables());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        done(&mut self.command(arguments))
    }

    pub fn set(&self, environment: &str, input: &[u8]) -> Done {
        fed(&mut self.command(&["key", "set", environment]), input)
    }

    /// What the platform's own program finds.
    pub fn stored(&self, environment: &str) -> Vec<u8> {
        let attributes = ["lookup", "service", "trackyard-tui", "username", environment];
        self.service.secret_tool(&attributes, b"").stdout
    }
}

#[test]
fn a_key_is_set_listed_tested_and_removed() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let key = keyring.session.simulate.key("DEV").to_owned();
    let ending = format!("…{}", &key[key.len() - 4..]);

    let set = keyring.set("dev", format!("  {key} \r\n").as_bytes());
    let set = set.expect(0, &["dev: key", &ending, "accepted", "credits left", "stored in the keyring"]);
    assert!(!set.out.contains(&key) && set.err.is_empty(), "{set:?}");
    assert_eq!(keyring.stored("dev"), key.as_bytes());

    let list = keyring.run(&["key", "list"]).expect(0, &["dev", "active", &ending, "keyring", "30 of 90 days"]);
    assert!(!list.out.contains(&key), "{list:?}");
    let json = keyring.run(&["key", "list", "--json"]).expect(0, &[]);
    assert!(!json.out.contains(&key), "{json:?}");
    let keys = json.json();
    assert_eq!([&keys["keys"][0]["name"], &keys["keys"][0]["status"]], ["dev", "active"]);
    assert_eq!(keys["keys"][0]["key"]["source"], "keyring");
    assert_eq!(keys["keys"][1]["status"], "no-key");
    assert!(keys["keys"][1]["key"].is_null());
    // Setting the key was one call; listing took the stored sample.
    assert_eq!(keyring.session.calls(), 1);

    keyring.run(&["key", "test", "dev"]).expect(0, &["dev: active", "credits left", &ending, "from keyring"]);
    keyring.run(&["key", "test", "prod"]).expect(1, &["prod: no-key", "trackyard-tui key set prod"]);

    keyring.run(&["key", "remove", "dev"]).expect(1, &["no terminal to ask on", "--yes"]);
    assert_eq!(keyring.stored("dev"), key.as_bytes());
    keyring.run(&["key", "remove", "dev", "--yes"]).expect(0, &["dev: the key is removed from the keyring"]);
    assert_eq!(keyring.stored("dev"), b"");
    keyring.run(&["key", "remove", "dev", "--yes"]).expect(0, &["dev: the keyring has no key"]);
}

#[test]
fn a_key_that_is_refused_or_impossible_replaces_nothing() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let key = keyring.session.simulate.key("PROD").to_owned();
    keyring.set("prod", key.as_bytes()).expect(0, &[]);
    let calls = keyring.session.calls();
    let replace = ["key", "set", "prod", "--replace"];
    let refused = fed(&mut keyring.command(&replace), b"trackyard_live_canary_canary");
    let refused = refused.expect(1, &["nothing was stored", "401", "trackyard-tui key set prod`"]);
    assert!(!refused.err.contains("canary"), "{refused:?}");
    assert_eq!(keyring.session.calls(), calls + 1);
    let long = "canary".repeat(200);
    let far_too_long = "canary".repeat(2_000);
    for (input, reason) in [
        (&b""[..], "the key is empty"),
        (b" \n", "the key is empty"),
        (b"canary canary", "blank or line break inside"),
        (b"canary\ncanary\n", "several lines"),
        (b"\"canary\"", "in quotes"),
        (b"KEY=canary", "has a name before it"),
        (b"export KEY=canary", "a line for a shell"),
        (b"{\"key\": \"canary\"}", "this is JSON"),
        (b"null\n", "a word for nothing"),
        (b"Bearer canary", "Bearer before it"),
        (b"Authorization: Bearer canary", "header"),
        (b"<canary>", "a placeholder"),
        (b"$canary", "the name of a variable"),
        (b"canary\x1b[31m", "control character"),
        ("canary\u{e9}".as_bytes(), "not ASCII"),
        (b"canary\xff\xfe", "not text"),
        (long.as_bytes(), "longer than 1024"),
        (far_too_long.as_bytes(), "far too long"),
    ] {
        let refused = keyring.set("prod", input).expect(1, &["prod: ", reason]);
        assert!(!refused.err.contains("canary") && refused.out.is_empty(), "{refused:?}");
    }
    assert_eq!(keyring.stored("prod"), key.as_bytes());
    assert_eq!(keyring.session.calls(), calls + 1, "what can be no key is never sent");
}

#[test]
fn a_service_that_cannot_be_asked_keeps_a_key_out_unless_it_may_stay_untested() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    keyring.session.control("POST", "fail?with=503&count=2");
    let key = keyring.session.simulate.key("DEV").to_owned();
    keyring.set("dev", key.as_bytes()).expect(1, &["nothing was stored"]);
    assert_eq!(keyring.stored("dev"), b"");
    let mut untested = keyring.command(&["key", "set", "dev", "--untested"]);
    fed(&mut untested, key.as_bytes()).expect(0, &["stored in the keyring, untested"]);
    assert_eq!(keyring.stored("dev"), key.as_bytes());
}

#[test]
fn a_variable_that_comes_first_is_named() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let key = keyring.session.simulate.key("DEV").to_owned();
    let with_variable = |arguments: &[&str]| {
        let mut command = keyring.command(arguments);
        command.env("TRACKYARD_API_KEY_DEV", &key);
        command
    };
    let set = fed(&mut with_variable(&["key", "set", "dev"]), key.as_bytes());
    set.expect(0, &["stored in the keyring", "Note: TRACKYARD_API_KEY_DEV comes first"]);
    let remove = done(&mut with_variable(&["key", "remove", "dev", "--yes"]));
    remove.expect(0, &["removed", "Note: TRACKYARD_API_KEY_DEV still gives this environment a key"]);
}

#[test]
fn without_a_keyring_the_way_out_is_told() {
    let session = Session::playing("healthy");
    let key = session.simulate.key("DEV").to_owned();
    let set = fed(&mut session.keyless(&["key", "set", "dev"]), key.as_bytes());
    let ways = ["nothing was stored", "the keyring can't be reached", "Secret Service", "set TRACKYARD_API_KEY_DEV"];
    set.expect(1, &ways);
    for arguments in [&["key", "test", "dev"][..], &["key", "remove", "dev", "--yes"]] {
        done(&mut session.keyless(arguments)).expect(1, &ways[1..]);
    }
    done(&mut session.keyless(&["key", "list"])).expect(0, &["key-unavailable"]);
}

#[test]
fn an_environment_that_is_not_configured_is_refused_before_anything_is_read_or_asked() {
    let session = Session::playing("healthy");
    for arguments in [&["key", "set", "qa"][..], &["key", "test", "qa"], &["key", "remove", "qa", "--yes"]] {
        session.run(arguments).expect(2, &["\"qa\"", "dev, staging, prod"]);
    }
    assert_eq!(session.calls(), 0);
}
