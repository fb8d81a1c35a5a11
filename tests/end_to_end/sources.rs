//! Where keys come from, as the commands see it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::end_to_end::session::{Session, done, folder};

/// Writes a file of this mode into the home folder.
fn write(session: &Session, name: &str, text: &str, mode: u32) -> PathBuf {
    let file = folder(&session.home).join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    file
}

fn test_dev(session: &Session, variables: &[(&str, &Path)]) -> crate::end_to_end::session::Done {
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
    test_dev(&session, &[variable]).expect(1, &["keyring-unavailable", "chmod 600"]);
    test_dev(&session, &[("TRACKYARD_API_KEY_DEV_FILE", Path::new("/no/such/file"))]).expect(1, &["does not exist"]);
    assert_eq!(session.calls(), 1);
}

#[test]
fn a_credential_of_systemd_is_read() {
    let session = Session::playing("healthy");
    let file = write(&session, "credentials/trackyard-dev", session.simulate.key("DEV"), 0o400);
    let folder = ("CREDENTIALS_DIRECTORY", file.parent().unwrap());
    test_dev(&session, &[folder]).expect(0, &["active", "from credential trackyard-dev"]);
}

#[test]
fn the_general_variable_is_for_the_default_environment_alone() {
    let Some(keyring) = crate::end_to_end::keys::Keyring::start("healthy") else { return };
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
    with_other(&["key", "test", "dev"]).expect(1, &["key_command of dev failed", "Correct it in the configuration"]);
    let check = with_other(&["config", "check"]).expect(0, &["print key …"]);
    assert!(!check.out.contains("other"), "its arguments may be secret: {check:?}");
}
