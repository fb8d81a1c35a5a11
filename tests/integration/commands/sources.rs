//! Where keys come from, as the commands see it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::session::{Session, done, fed, folder};

/// Writes a file of this mode into the home folder.
fn write(session: &Session, name: &str, text: &str, mode: u32) -> PathBuf {
    let file = folder(&session.home).join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    file
}

fn test_dev(session: &Session, variables: &[(&str, &Path)]) -> crate::support::session::Done {
    let mut command = session.keyless(&["key", "test", "dev"]);
    done(command.envs(variables.iter().copied()))
}

#[test]
fn a_key_file_is_read_and_refused_if_others_may_read_it() {
    let session = Session::playing("healthy");
    let file = write(&session, "key", &format!("{}\n", session.simulate.key("DEV")), 0o600);
    let variable = ("TRACKYARD_API_KEY_DEV_FILE", file.as_path());
    test_dev(&session, &[variable]).expect(0, &["active", "from TRACKYARD_API_KEY_DEV_FILE"]);
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    test_dev(&session, &[variable]).expect(1, &["key-unavailable", "chmod 600"]);
    test_dev(&session, &[("TRACKYARD_API_KEY_DEV_FILE", Path::new("/no/such/file"))]).expect(1, &["does not exist"]);
    assert_eq!(session.calls(), 1);
}

/// What the commands say of an environment whose one source fails: which source, and how.
fn assert_named(session: &Session, environment: &[(&str, &Path)], brief: &str, kind: &str, message: &str) {
    let run = |arguments: &[&str]| {
        let arguments = [arguments, &["--env", "dev"]].concat();
        let done = done(session.keyless(&arguments).envs(environment.iter().copied())).expect(0, &[]);
        assert!(!done.out.contains("keyring"), "{done:#?}");
        done
    };
    let status = run(&["status"]);
    assert!(status.out.contains("key unavailable") && status.out.contains(message), "{status:#?}");
    let list = run(&["key", "list"]);
    assert!(list.out.contains("key-unavailable") && list.out.contains(brief), "{list:#?}");
    for (command, list) in [(&["status", "--json"][..], "environments"), (&["key", "list", "--json"], "keys")] {
        let document = run(command).json()[list][0].clone();
        assert_eq!((&document["status"], &document["error"]["kind"]), (&"key-unavailable".into(), &kind.into()));
        assert!(document["error"]["message"].as_str().unwrap().contains(message), "{document}");
    }
}

#[test]
fn the_source_that_fails_is_named() {
    let session = Session::playing("healthy");
    let file = write(&session, "key", session.simulate.key("DEV"), 0o644);
    let variable = [("TRACKYARD_API_KEY_DEV_FILE", file.as_path())];
    let message = "of TRACKYARD_API_KEY_DEV_FILE may be used by others (its mode is 0644)";
    assert_named(&session, &variable, "key file too open", "file", message);
    let script = write(&session, "print", "#!/bin/sh\necho 'the vault is sealed' >&2\nexit 2\n", 0o700);
    let config = format!("[[environment]]\nname = \"dev\"\nkey_command = [{script:?}]\n");
    write(&session, "config/trackyard-tui/config.toml", &config, 0o600);
    let message = "key_command failed with exit status 2: \"the vault is sealed\"";
    assert_named(&session, &[], "key_command failed", "command", message);
}

#[test]
fn a_credential_of_systemd_is_read() {
    let session = Session::playing("healthy");
    let file = write(&session, "credentials/trackyard-dev", session.simulate.key("DEV"), 0o400);
    let folder = ("CREDENTIALS_DIRECTORY", file.parent().unwrap());
    test_dev(&session, &[folder]).expect(0, &["active", "from credential trackyard-dev"]);
}

#[test]
fn files_of_a_group_are_used_where_the_configuration_allows_it() {
    let session = Session::playing("healthy");
    let file = write(&session, "key", session.simulate.key("DEV"), 0o440);
    let passphrase = write(&session, "passphrase", "opensesame\n", 0o440);
    let config = write(&session, "config/trackyard-tui/config.toml", "allow_group_readable_files = true\n", 0o600);
    let of_file = ("TRACKYARD_API_KEY_DEV_FILE", file.as_path());
    test_dev(&session, &[of_file]).expect(0, &["active", "from TRACKYARD_API_KEY_DEV_FILE"]);
    let with_vault = |arguments: &[&str]| {
        let mut command = session.keyless(&[arguments, &["--key-store", "file"]].concat());
        command.env("TRACKYARD_PASSPHRASE_FILE", &passphrase);
        command
    };
    let key = session.simulate.key("PROD").to_owned();
    fed(&mut with_vault(&["key", "set", "prod"]), key.as_bytes()).expect(0, &["stored"]);
    let vault = folder(&session.home).join("data/trackyard-tui/keys.age");
    fs::set_permissions(&vault, Permissions::from_mode(0o440)).unwrap();
    done(&mut with_vault(&["key", "test", "prod"])).expect(0, &["active", "from file"]);

    fs::write(&config, "").unwrap();
    let way_out = "set `allow_group_readable_files` in the configuration";
    test_dev(&session, &[of_file]).expect(1, &["(its mode is 0440)", "chmod 600", way_out]);
    done(&mut with_vault(&["key", "test", "prod"])).expect(1, &["(its mode is 0440)", way_out]);
}

#[test]
fn no_folder_is_made_in_the_name_of_a_variable_or_the_home() {
    let session = Session::playing("healthy");
    let init = |file: &str| done(&mut session.keyless(&["config", "init", "--config", file]));
    init("$HOME/t.toml").expect(2, &["--config: has a variable in it"]);
    init("~root/t.toml").expect(2, &["--config: begins with the home of another user"]);
    init("~/own/t.toml").expect(0, &["own/t.toml"]);
    done(&mut session.keyless(&["history", "import", "$HOME/x.csv"])).expect(2, &["FILE: has a variable in it"]);
    let home = folder(&session.home);
    assert!(home.join("own/t.toml").exists() && !home.join("$HOME").exists() && !home.join("~").exists());

    let config = write(&session, "config/trackyard-tui/config.toml", "key_file = \"$HOME/k\"\n", 0o600);
    for arguments in [&["config", "check"][..], &["status"]] {
        done(&mut session.keyless(arguments)).expect(2, &["1:12: `key_file` has a variable in it"]);
    }
    fs::write(config, "key_file = \"~/k\"\n").unwrap();
    done(&mut session.keyless(&["config", "check"])).expect(0, &[home.join("k").to_str().unwrap()]);
}

#[test]
fn the_general_variable_is_for_the_default_environment_alone() {
    let Some(keyring) = crate::commands::keys::Keyring::start("healthy") else { return };
    let test = |environment: &str| {
        let mut command = keyring.command(&["key", "test", environment]);
        done(command.env("TRACKYARD_API_KEY", keyring.session.simulate.key("DEV")))
    };
    test("dev").expect(0, &["active", "from TRACKYARD_API_KEY"]);
    test("prod").expect(1, &["no-key"]);
}

#[test]
fn a_key_command_prints_the_key_and_sees_no_other() {
    let session = Session::playing("healthy");
    let script = "#!/bin/sh\nenv | grep TRACKYARD_API_KEY && exit 1\n[ \"$1\" = \"two words\" ] && cat key\n";
    let script = write(&session, "print key", script, 0o700);
    write(&session, "key", session.simulate.key("DEV"), 0o600);
    let command = format!("[[environment]]\nname = \"dev\"\nkey_command = [{script:?}, \"two words\"]\n");
    let config = write(&session, "config/trackyard-tui/config.toml", &command, 0o600);
    let with_other = |arguments: &[&str]| {
        let mut command = session.keyless(arguments);
        done(command.env("TRACKYARD_API_KEY", session.simulate.key("PROD")))
    };
    with_other(&["key", "test", "dev"]).expect(0, &["active", "50 credits", "from key_command"]);

    fs::write(&config, command.replace("two words", "other")).unwrap();
    with_other(&["key", "test", "dev"]).expect(1, &["key_command failed", "Correct it in the configuration"]);
    let check = with_other(&["config", "check"]).expect(0, &["print key …"]);
    assert!(!check.out.contains("other"), "its arguments may be secret: {check:?}");
}

#[test]
fn keys_of_environments_that_are_not_configured_are_named_and_never_shown() {
    let session = Session::playing("healthy");
    let mut command = session.command(&["doctor"]);
    for name in ["ENV_4", "QA_FILE"] {
        command.env(format!("TRACKYARD_API_KEY_{name}"), "canary-of-another");
    }
    let told = done(&mut command);
    let note = "TRACKYARD_API_KEY_ENV_4, TRACKYARD_API_KEY_QA_FILE are not watched";
    assert!(told.out.contains(note) && told.out.contains("[[environment]] name = \"env-4\""), "{told:#?}");
    assert!(!told.out.contains("canary") && !told.err.contains("canary"), "{told:#?}");
    assert!(!session.run(&["doctor"]).out.contains("not watched"));

    let mut command = session.command(&[]);
    command.env("TRACKYARD_API_KEY_ENV_4", "canary-of-another");
    let terminal = crate::support::terminal::Terminal::spawn(&command, 100, 30);
    terminal.wait_for("TRACKYARD_API_KEY_ENV_4 is not watched: add [[environment]] name = \"env-4\" to the config");
}

#[test]
fn what_people_read_is_in_the_characters_of_their_locale_and_data_is_utf_8() {
    let session = Session::playing("healthy");
    for (locale, is_plain) in [("C", true), ("de_DE.ISO-8859-1", true), ("C.UTF-8", false)] {
        let out = |arguments: &[&str]| done(session.keyless(arguments).env("LANG", locale)).out;
        for arguments in [&["status"][..], &["key", "list"], &["doctor"], &["config", "check"]] {
            let out = out(arguments);
            assert!(!is_plain || out.is_ascii(), "{locale} {arguments:?}: {out}");
        }
        assert_eq!(out(&["status"]).is_ascii(), is_plain, "{locale}");
        let wrong = done(session.keyless(&["status", "--max-age", "caf\u{e9}"]).env("LANG", locale));
        assert_eq!((wrong.status, wrong.err.is_ascii()), (2, is_plain), "{}", wrong.err);
    }
}
