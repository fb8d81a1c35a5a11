//! The keyring store against a real gnome-keyring.
//!
//! The store finds its D-Bus session by environment variables, which a test can't change for itself. So each test starts
//! this program again, for itself alone, with the variables of a session of its own.

mod faults;
mod keepassxc;
mod program;
mod waiting;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::secret_service::{self, SecretService};
use futures_util::FutureExt;
use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::environment::EnvironmentName;
use trackyard_tui::domain::error::{KeyError, KeyErrorKind};
use trackyard_tui::services::keys::{
    KeyReadTimeout, KeyStore, KeyStoreChange, KeyTimeouts, Keys, KeysOptions, OsKeyring, Variables,
};
use trackyard_tui::wording::remedies::{Remedy, RemedyAudience, RemedyReason};
use zbus::blocking::connection;

/// Names the folder of the session, in the program that was started again.
const SESSION: &str = "TRACKYARD_TEST_SESSION";
/// The attributes by which other programs find the key of `dev`.
const ATTRIBUTES: [&str; 4] = ["service", "trackyard-tui", "username", "dev"];

/// Runs a test in a program of its own, with the variables of a session in a new folder.
fn in_session(test: &str, body: impl FnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(SESSION) {
        let folder = PathBuf::from(folder);
        body(&folder);
        std::fs::write(folder.join("done"), "").unwrap();
        return;
    }
    if !secret_service::is_available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("keyring::{test}"), "--nocapture"])
        .envs(secret_service::variables(folder.path()))
        .env(SESSION, folder.path())
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{told}");
    assert!(folder.path().join("done").exists(), "no test of the name {test}");
}

fn dev() -> EnvironmentName {
    "dev".parse().unwrap()
}

fn key(text: &str) -> ApiKey {
    ApiKey::parse(text).unwrap()
}

/// Stores a secret for `dev` the way other programs do.
fn store_with_secret_tool(service: &SecretService, more: &[&str], secret: &[u8]) {
    let arguments = [&["store", "--label", "test"], &ATTRIBUTES[..], more].concat();
    assert!(service.secret_tool(&arguments, secret).status.success());
}

fn look_up_with_secret_tool(service: &SecretService) -> Vec<u8> {
    service.secret_tool(&[&["lookup"], &ATTRIBUTES[..]].concat(), b"").stdout
}

fn read(keyring: &mut OsKeyring) -> Result<Option<String>, KeyError> {
    keyring.prepare(&dev().into(), None)?;
    keyring.read(&dev().into()).map(|found| found.map(|key| key.expose().to_owned()))
}

/// The service tells of a change by other programs a moment after it was made.
fn wait_for_read(keyring: &mut OsKeyring, expected: Option<&str>) {
    let start = Instant::now();
    while read(keyring).unwrap().as_deref() != expected {
        assert!(start.elapsed() < Duration::from_secs(20), "the change is not taken up");
        std::thread::yield_now();
    }
}

fn kind_of_read(keyring: &mut OsKeyring) -> KeyErrorKind {
    read(keyring).unwrap_err().kind()
}

#[test]
fn other_programs_see_the_same_keys() {
    in_session("other_programs_see_the_same_keys", |folder| {
        let service = SecretService::start(folder);
        let mut keyring = OsKeyring::default();
        assert_eq!(read(&mut keyring).unwrap(), None);
        keyring.write(&dev().into(), &key("written-here")).unwrap();
        assert_eq!(look_up_with_secret_tool(&service), b"written-here");
        store_with_secret_tool(&service, &[], b"written-there\n");
        wait_for_read(&mut keyring, Some("written-there"));
        service.secret_tool(&[&["clear"], &ATTRIBUTES[..]].concat(), b"");
        wait_for_read(&mut keyring, None);
        let prod = "prod".parse::<EnvironmentName>().unwrap().into();
        assert!(keyring.read(&prod).unwrap().is_none());
    });
}

#[test]
fn a_key_is_replaced_and_removed() {
    in_session("a_key_is_replaced_and_removed", |folder| {
        let service = SecretService::start(folder);
        let mut keyring = OsKeyring::default();
        keyring.write(&dev().into(), &key("first")).unwrap();
        keyring.write(&dev().into(), &key("second")).unwrap();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("second"));
        assert!(keyring.remove(&dev().into()).unwrap());
        assert!(!keyring.remove(&dev().into()).unwrap());
        assert_eq!(look_up_with_secret_tool(&service), b"");
    });
}

#[test]
fn without_a_session_bus_the_keyring_says_so() {
    in_session("without_a_session_bus_the_keyring_says_so", |_| {
        let failure = read(&mut OsKeyring::default()).unwrap_err();
        assert_eq!(failure.kind(), KeyErrorKind::NoSession);
        assert!(failure.to_string().contains("no session bus is running here"), "{failure:?}");
        assert!(remedy(&failure).ends_with("or set TRACKYARD_API_KEY_DEV."), "{failure:?}");
    });
}

#[test]
fn a_daemon_that_comes_late_or_again_is_found() {
    in_session("a_daemon_that_comes_late_or_again_is_found", |folder| {
        let mut service = SecretService::start_bus(folder);
        let mut keyring = OsKeyring::default();
        assert_eq!(kind_of_read(&mut keyring), KeyErrorKind::NoService);
        service.start_daemon();
        keyring.write(&dev().into(), &key("kept")).unwrap();
        service.kill_daemon();
        assert_eq!(kind_of_read(&mut keyring), KeyErrorKind::NoService);
        service.start_daemon();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
        // This time without a call in between: the store still believes in the session that it had.
        service.kill_daemon();
        service.start_daemon();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn a_locked_keyring_is_told_apart_and_works_once_it_is_unlocked() {
    in_session("a_locked_keyring_is_told_apart_and_works_once_it_is_unlocked", |folder| {
        let mut service = SecretService::start(folder);
        let mut keyring = OsKeyring::default();
        keyring.write(&dev().into(), &key("kept")).unwrap();
        service.kill_daemon();
        service.start_locked_daemon();
        // No program is there that could ask for the password.
        assert_eq!(kind_of_read(&mut keyring), KeyErrorKind::Dismissed);
        let failure = keyring.prepare(&dev().into(), Some(KeyStoreChange::Write)).unwrap_err();
        assert_eq!(failure.kind(), KeyErrorKind::Dismissed);
        assert!(remedy(&failure).contains("`gnome-keyring-daemon --replace --unlock`"), "{failure:?}");
        service.kill_daemon();
        service.start_daemon();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn two_entries_of_one_name_are_ambiguous() {
    in_session("two_entries_of_one_name_are_ambiguous", |folder| {
        let service = SecretService::start(folder);
        store_with_secret_tool(&service, &["copy", "1"], b"s3cret-1");
        store_with_secret_tool(&service, &["copy", "2"], b"s3cret-2");
        let mut keyring = OsKeyring::default();
        assert_eq!(kind_of_read(&mut keyring), KeyErrorKind::Ambiguous);
        assert_eq!(keyring.write(&dev().into(), &key("new")).unwrap_err().kind(), KeyErrorKind::Ambiguous);
        assert_eq!(keyring.remove(&dev().into()).unwrap_err().kind(), KeyErrorKind::Ambiguous);
    });
}

#[test]
fn an_entry_that_is_no_key_is_invalid_and_not_told() {
    in_session("an_entry_that_is_no_key_is_invalid_and_not_told", |folder| {
        let service = SecretService::start(folder);
        for secret in [&b"s3cret\xff"[..], b"s3cret inside", b" \n"] {
            store_with_secret_tool(&service, &[], secret);
            let failure = read(&mut OsKeyring::default()).unwrap_err();
            assert_eq!(failure.kind(), KeyErrorKind::Entry);
            let told = format!("{failure:?}");
            assert!(!told.contains("s3cret") && !told.contains("115, 51"), "{told}");
        }
    });
}

/// The keyring behind the asynchronous front, with little time for polls.
fn keys() -> Keys {
    let (keys, _) = Keys::new(KeysOptions {
        variables: Variables::default(),
        default_environment: None,
        commands: HashMap::new(),
        store: Box::new(|| Box::new(OsKeyring::default())),
        limits: KeyTimeouts { poll: Duration::from_millis(50), user: Duration::from_mins(1), ..KeyTimeouts::default() },
    });
    keys
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// What a person at the command line is told to do.
fn remedy(failure: &KeyError) -> String {
    let (reason, environment) = (RemedyReason::KeyFailed(failure.clone()), dev());
    Remedy { reason, source: None, environment }.sentence(&RemedyAudience::CommandLine)
}

async fn kind_of_load(keys: &Keys, timeout: KeyReadTimeout) -> KeyErrorKind {
    keys.load(&dev(), timeout).await.unwrap_err().kind()
}

/// Asks as a person does, who waits until the call that was stuck has ended.
async fn load_by_person(keys: &Keys) -> Result<(String, String), KeyError> {
    let loaded = keys.load(&dev(), KeyReadTimeout::User).await?;
    Ok((loaded.key.expose().to_owned(), loaded.source.to_string()))
}

#[test]
fn a_daemon_that_does_not_answer_is_slow_and_then_works_again() {
    in_session("a_daemon_that_does_not_answer_is_slow_and_then_works_again", |folder| {
        let service = SecretService::start(folder);
        store_with_secret_tool(&service, &[], b"kept");
        service.pause_daemon();
        let keys = keys();
        block_on(async {
            assert_eq!(kind_of_load(&keys, KeyReadTimeout::Poll).await, KeyErrorKind::Slow);
            assert_eq!(kind_of_load(&keys, KeyReadTimeout::Poll).now_or_never(), Some(KeyErrorKind::Slow));
            let mut person = Box::pin(load_by_person(&keys));
            assert_eq!((&mut person).now_or_never(), None, "a person waits");
            service.resume_daemon();
            assert_eq!(person.await.unwrap(), ("kept".to_owned(), "keyring".to_owned()));
        });
    });
}

#[test]
fn a_prompt_that_nobody_answers_is_slow_and_then_dismissed() {
    in_session("a_prompt_that_nobody_answers_is_slow_and_then_dismissed", |folder| {
        let mut service = SecretService::start(folder);
        store_with_secret_tool(&service, &[], b"kept");
        service.kill_daemon();
        service.start_locked_daemon();
        // It takes the place of the program that asks for the password, and says nothing.
        let prompter = connection::Builder::session().unwrap().name("org.gnome.keyring.SystemPrompter").unwrap();
        let prompter = prompter.build().unwrap();
        let keys = keys();
        block_on(async {
            assert_eq!(kind_of_load(&keys, KeyReadTimeout::Poll).await, KeyErrorKind::Slow);
            assert_eq!(kind_of_load(&keys, KeyReadTimeout::Poll).now_or_never(), Some(KeyErrorKind::Slow));
            drop(prompter);
            assert_eq!(load_by_person(&keys).await.unwrap_err().kind(), KeyErrorKind::Dismissed);
        });
    });
}
