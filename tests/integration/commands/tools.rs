//! `doctor`, `config`, `completions`, `man` and `--version`.

use std::fs;

use crate::commands::keys::Keyring;
use crate::support::product::Home;
use crate::support::session::{Session, at_home, done, fed, folder};

#[test]
fn doctor_finds_a_good_machine_good() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    keyring.set("dev", keyring.session.simulate.key("DEV").as_bytes()).expect(0, &[]);
    let calls = keyring.session.calls();
    let doctor = keyring.run(&["doctor", "--env", "dev"]).expect(0, &[]);
    assert_eq!(doctor.err, "");
    for line in ["ok     key dev", "from keyring", "ok     network", "ok     clock", "ok     history", "ok     log"] {
        assert!(doctor.out.contains(line), "{line:?} is missing: {doctor:#?}");
    }
    assert!(!doctor.out.contains("FAILS") && !doctor.out.contains(keyring.session.simulate.key("DEV")), "{doctor:#?}");
    assert!(keyring.session.calls() <= calls + 1);
    // A key that nobody asked for is no fault; one that was asked for is.
    keyring.run(&["doctor"]).expect(0, &["note   key prod", "trackyard-tui key set prod"]);
    let asked = keyring.run(&["doctor", "--env", "prod"]).expect(1, &["1 check failed"]);
    assert!(asked.out.contains("FAILS  key prod"), "{asked:#?}");
}

#[test]
fn doctor_tells_the_way_out_of_a_missing_keyring() {
    let session = Session::playing("healthy");
    let doctor = done(&mut session.keyless(&["doctor"])).expect(1, &["3 checks failed"]);
    assert!(doctor.out.contains("FAILS  key dev") && doctor.out.contains("set TRACKYARD_API_KEY_DEV"), "{doctor:#?}");
}

#[test]
fn the_config_file_is_found_written_and_checked() {
    let home = Home::new();
    let run = |arguments: &[&str]| done(&mut at_home(&home, arguments));
    let file = folder(&home).join("config/trackyard-tui/config.toml");
    let name = file.to_str().unwrap();
    assert_eq!(run(&["config", "path"]).expect(0, &[]).out, format!("{name}\n"));
    run(&["config", "check"]).expect(0, &["the defaults apply", "base_url", "environment prod"]);
    run(&["config", "init"]).expect(0, &["Wrote", name]);
    run(&["config", "check"]).expect(0, &[&format!("Read {name}: ok")]);
    run(&["config", "init"]).expect(1, &["exists already"]);
    fs::write(&file, "polling.interval = \"1 fortnight\"\n").unwrap();
    run(&["config", "check"]).expect(2, &[&format!("{name}:1:"), "interval"]);
}

#[test]
fn completions_and_the_manual_are_whole_and_bash_understands() {
    let home = Home::new();
    let run = |arguments: &[&str]| done(&mut at_home(&home, arguments));
    for shell in ["bash", "zsh", "fish"] {
        run(&["completions", shell]).expect(0, &["trackyard-tui", "doctor"]);
    }
    let script = run(&["completions", "bash"]).out;
    let parsed = fed(std::process::Command::new("bash").arg("-n"), script.as_bytes());
    assert_eq!((parsed.status, parsed.err.as_str()), (0, ""));
    run(&["man"]).expect(0, &[".TH", "EXIT STATUS"]);
}

#[test]
fn the_version_has_commit_and_date() {
    let home = Home::new();
    let version = done(&mut at_home(&home, &["--version"])).expect(0, &["trackyard-tui "]);
    assert_eq!(version.out, format!("trackyard-tui {}\n", trackyard_tui::cli::VERSION));
}
