//! Keys in the encrypted file, in place of a keyring.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::commands::keys::Keyring;
use crate::support::session::{Done, Session, at_home, done, fed, files, folder};
use crate::support::terminal::{Terminal, exited};

const PASSPHRASE: &str = "correct horse battery";
const LEAVE: Duration = Duration::from_mins(1);
const NOTHING: [&str; 0] = [];

/// A session whose configuration names the file.
pub struct Vault {
    pub session: Session,
}

impl Vault {
    pub fn start() -> Self {
        let session = Session::playing("healthy");
        configure(&session, "file");
        Self { session }
    }

    /// The command without a passphrase.
    fn locked(&self, arguments: &[&str]) -> Command {
        self.session.keyless(arguments)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.locked(arguments);
        command.env("TRACKYARD_PASSPHRASE_FILE", passphrase_file(&self.session));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        done(&mut self.command(arguments))
    }

    pub fn set(&self, environment: &str) -> Done {
        let key = self.session.simulate.key(&environment.to_uppercase());
        fed(&mut self.command(&["key", "set", environment]), key.as_bytes())
    }

    fn file(&self) -> PathBuf {
        key_file(&self.session)
    }
}

fn configure(session: &Session, store: &str) {
    let config = folder(&session.home).join("config/trackyard-tui/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(config, format!("key_store = \"{store}\"\n")).unwrap();
}

fn key_file(session: &Session) -> PathBuf {
    folder(&session.home).join("data/trackyard-tui/keys.age")
}

/// Written outside the home folder, whose files are searched.
fn passphrase_file(session: &Session) -> PathBuf {
    let file = folder(&session.home).with_extension("passphrase");
    fs::write(&file, format!("{PASSPHRASE}\n")).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    file
}

impl Drop for Vault {
    fn drop(&mut self) {
        drop(fs::remove_file(folder(&self.session.home).with_extension("passphrase")));
    }
}

#[test]
fn a_key_is_set_used_and_removed_and_stands_nowhere_in_clear() {
    let vault = Vault::start();
    let key = vault.session.simulate.key("DEV").to_owned();
    vault.set("dev").expect(0, &["accepted", "stored in the file"]);
    vault.run(&["key", "list"]).expect(0, &["active", "file", "30 of 90 days"]);
    let json = vault.run(&["status", "--json", "--env", "dev", "--max-age", "1h"]).expect(0, &[]).json();
    assert_eq!(json["environments"][0]["key"]["source"], "file");
    vault.run(&["key", "test", "dev"]).expect(0, &["dev: active", "from file"]);
    vault.run(&["key", "test", "prod"]).expect(1, &["prod: no-key"]);
    let path = vault.file().display().to_string();
    let doctor = vault.run(&["doctor", "--env", "dev", "--log-level", "trace"]).expect(0, &["ok     key store"]);
    assert!(doctor.out.contains(&format!("file {path}: 1 key, encrypted by age with scrypt, work factor 16")));

    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(vault.file()), mode(vault.file().parent().unwrap().to_owned())), (0o600, 0o700));
    let written = files(&folder(&vault.session.home));
    assert!(written.contains(&vault.file()) && written.iter().any(|file| file.ends_with("trackyard-tui.log")));
    for file in written {
        let bytes = fs::read(&file).unwrap();
        for secret in [key.as_str(), PASSPHRASE] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} in {}", secret, file.display());
        }
    }
    vault.run(&["key", "remove", "dev", "--yes"]).expect(0, &["removed from the file"]);
    vault.run(&["key", "remove", "dev", "--yes"]).expect(0, &["the file has no key"]);
}

#[test]
fn what_keeps_the_file_closed_is_told_with_the_way_out() {
    let vault = Vault::start();
    let key = vault.session.simulate.key("DEV").to_owned();
    let locked = ["nothing was stored", "is locked", "set TRACKYARD_PASSPHRASE_FILE"];
    fed(&mut vault.locked(&["key", "set", "dev"]), key.as_bytes()).expect(1, &locked);
    let short = |command: &mut Command| fed(command.env("TRACKYARD_PASSPHRASE", "short"), key.as_bytes());
    short(&mut vault.locked(&["key", "set", "dev"])).expect(1, &["fewer than 8 characters"]);
    assert!(!vault.file().exists());
    vault.run(&["doctor", "--env", "dev"]).expect(1, &[]);

    vault.set("dev").expect(0, &[]);
    let sealed = fs::read(vault.file()).unwrap();
    let wrong = |arguments: &[&str]| {
        let mut command = vault.locked(arguments);
        fed(command.env("TRACKYARD_PASSPHRASE", "wrong horse battery"), key.as_bytes())
    };
    wrong(&["key", "set", "dev"]).expect(1, &["is not opened by this passphrase", "check TRACKYARD_PASSPHRASE"]);
    let status = wrong(&["status"]).expect(0, &["key unavailable", "is not opened by this passphrase"]);
    assert!(!status.out.contains("keyring"), "{status:#?}");
    wrong(&["key", "list"]).expect(0, &["key-unavailable", "wrong passphrase"]);
    let status = wrong(&["status", "--json"]).expect(0, &[]).json();
    assert_eq!(status["environments"][0]["error"]["kind"], "wrong-passphrase");
    done(&mut vault.locked(&["key", "test", "dev"])).expect(1, &["is locked: no passphrase was given"]);
    done(&mut vault.locked(&["doctor", "--env", "dev"])).expect(1, &["2 checks failed"]);

    fs::set_permissions(vault.file(), Permissions::from_mode(0o640)).unwrap();
    let mended = format!("Run `chmod 600 {}`", vault.file().display());
    vault.set("dev").expect(1, &["may be used by others", &mended]);
    let doctor = vault.run(&["doctor", "--env", "dev"]).expect(1, &[]);
    assert!(doctor.out.contains("FAILS  key store") && doctor.out.contains(&mended), "{doctor:#?}");
    assert_eq!(fs::read(vault.file()).unwrap(), sealed);
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let vault = Vault::start();
    vault.set("dev").expect(0, &[]);
    let sealed = fs::read(vault.file()).unwrap();
    let product = vault.command(&[]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]).arg(product.get_program());
    limited.args(["key", "set", "prod", "--log-level", "off"]).env_clear();
    limited.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    limited.envs(product.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let key = vault.session.simulate.key("PROD");
    fed(&mut limited, key.as_bytes()).expect(1, &["can't be written", "the old file is as it was"]);
    assert_eq!(fs::read(vault.file()).unwrap(), sealed);
    vault.set("prod").expect(0, &[]);
}

#[test]
fn processes_that_write_at_once_lose_nothing() {
    let vault = Vault::start();
    let children = ["dev", "staging", "prod"].map(|environment| {
        let mut command = vault.command(&["key", "set", environment]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let key = vault.session.simulate.key(&environment.to_uppercase());
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), key.as_bytes()).unwrap();
        child
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let list = vault.run(&["key", "list"]).expect(0, &[]);
    assert_eq!(list.out.matches(" active ").count(), 3, "{list:#?}");
}

#[test]
fn a_key_command_does_not_see_the_passphrase() {
    let session = Session::playing("healthy");
    let script = "env | grep TRACKYARD_PASS && exit 1; cat key";
    let config = folder(&session.home).join("config/trackyard-tui/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(config, format!("[[environment]]\nname = \"dev\"\nkey_command = [\"sh\", \"-c\", {script:?}]\n"))
        .unwrap();
    fs::write(folder(&session.home).join("key"), session.simulate.key("DEV")).unwrap();
    let mut command = session.keyless(&["key", "test", "dev"]);
    command.env("TRACKYARD_PASSPHRASE", PASSPHRASE).env("TRACKYARD_PASSPHRASE_FILE", "/no/such/file");
    done(&mut command).expect(0, &["active", "from key_command"]);
}

/// Answers a prompt once it stands there for the n-th time and hides what is typed.
fn answer(terminal: &Terminal, prompt: &str, times: usize, text: &str) {
    terminal.wait_until(prompt, |screen| screen.contents().matches(prompt).count() == times);
    let start = Instant::now();
    while !terminal.leftovers().contains(&"line settings") {
        assert!(start.elapsed() < LEAVE, "the prompt hides nothing");
        std::thread::yield_now();
    }
    terminal.send(&format!("{text}\r"));
}

const NEW: &str = "New passphrase for ";
const AGAIN: &str = "The same once more: ";
const OPEN: &str = "Passphrase for ";

#[test]
fn the_passphrase_is_asked_for_on_a_terminal() {
    let vault = Vault::start();
    let key = vault.session.simulate.key("DEV").to_owned();
    let mut terminal = Terminal::spawn(&vault.locked(&["key", "set", "dev"]), 200, 20);
    answer(&terminal, NEW, 1, "short");
    terminal.wait_for("fewer than 8 characters");
    answer(&terminal, NEW, 2, PASSPHRASE);
    answer(&terminal, AGAIN, 1, "something else");
    terminal.wait_for("two different passphrases");
    answer(&terminal, NEW, 3, PASSPHRASE);
    answer(&terminal, AGAIN, 2, PASSPHRASE);
    answer(&terminal, "Key for dev (not shown): ", 1, &key);
    terminal.wait_for("stored in the file");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_unseen(&terminal, &[PASSPHRASE, &key]);

    // The dashboard asks before it draws anything.
    let mut terminal = Terminal::spawn(&vault.locked(&["--env", "dev"]), 200, 40);
    answer(&terminal, OPEN, 1, "wrong horse");
    terminal.wait_for("is not opened by this passphrase");
    answer(&terminal, OPEN, 2, PASSPHRASE);
    terminal.wait_for("● active");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(LEAVE), exited(0));
    assert_unseen(&terminal, &[PASSPHRASE, "wrong horse", &key]);

    let mut terminal = Terminal::spawn(&vault.locked(&["status"]), 200, 20);
    for times in 1..=3 {
        answer(&terminal, OPEN, times, "wrong horse");
    }
    terminal.wait_for("3 tries are enough");
    assert_eq!(terminal.wait_exit(LEAVE), exited(1));
}

fn assert_unseen(terminal: &Terminal, secrets: &[&str]) {
    let output = String::from_utf8(terminal.raw_output()).unwrap();
    for secret in secrets {
        assert!(!output.contains(secret), "{output:?}");
    }
    assert_eq!(terminal.leftovers(), NOTHING);
}

/// The command with both stores open.
fn with_both(keyring: &Keyring, arguments: &[&str]) -> Command {
    let mut command = keyring.command(arguments);
    command.env("TRACKYARD_PASSPHRASE", PASSPHRASE);
    command
}

#[test]
fn keys_move_between_keyring_and_file_and_none_is_replaced() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let run = |arguments: &[&str]| done(&mut with_both(&keyring, arguments));
    let keys = ["dev", "prod"].map(|name| keyring.session.simulate.key(&name.to_uppercase()).to_owned());
    let old = ["store", "--label", "x", "service", "trackyard-tui", "username", "dev.previous"];
    assert!(keyring.service.secret_tool(&old, b"trackyard_live_former_key").status.success());
    for (name, key) in ["dev", "prod"].into_iter().zip(&keys) {
        keyring.set(name, key.as_bytes()).expect(0, &[]);
    }
    run(&["key", "move", "--from", "file", "--to", "keyring"]).expect(0, &["There is no key to move from file."]);

    let to_file = ["key", "move", "--from", "keyring", "--to", "file"];
    let one = run(&[&to_file[..], &["--env", "dev"]].concat());
    let one = one
        .expect(0, &["dev: key ", "dev.previous: key ", "moved from keyring to file", "Now set key_store = \"file\""]);
    assert!(!one.out.contains(&keys[0]), "{one:#?}");
    assert_eq!((keyring.stored("dev"), keyring.stored("dev.previous")), (Vec::new(), Vec::new()));
    assert_eq!(keyring.stored("prod"), keys[1].as_bytes());
    // As after an interruption, one key stands in both; and another was replaced in one.
    keyring.set("dev", keys[0].as_bytes()).expect(0, &[]);
    assert!(keyring.service.secret_tool(&old, b"trackyard_live_another").status.success());
    let some = run(&to_file).expect(1, &["one key was not moved"]);
    for line in ["dev: key ", "dev.previous: not moved: file has another one already", "prod: key "] {
        assert!(some.out.contains(line), "{line}: {some:#?}");
    }
    assert_eq!((keyring.stored("dev"), keyring.stored("prod")), (Vec::new(), Vec::new()));
    assert_eq!(keyring.stored("dev.previous"), b"trackyard_live_another");
    run(&["key", "test", "prod", "--key-store", "file"]).expect(0, &["prod: active", "from file"]);

    assert!(keyring.service.secret_tool(&["clear", "username", "dev.previous"], b"").status.success());
    configure(&keyring.session, "keyring");
    let back = run(&["key", "move", "--from", "file", "--to", "keyring"]).expect(0, &["prod: key "]);
    assert!(!back.out.contains("Now set"), "{back:#?}");
    assert_eq!(keyring.stored("dev"), keys[0].as_bytes());
    assert_eq!(keyring.stored("dev.previous"), b"trackyard_live_former_key");
    assert_eq!(keyring.stored("prod"), keys[1].as_bytes());
    run(&["key", "test", "dev", "--key-store", "file"]).expect(1, &["no-key"]);
}

#[test]
fn a_store_that_stays_closed_moves_nothing() {
    let Some(keyring) = Keyring::start("healthy") else { return };
    let key = keyring.session.simulate.key("DEV").to_owned();
    keyring.set("dev", key.as_bytes()).expect(0, &[]);
    keyring.run(&["key", "move", "--from", "keyring", "--to", "file"]).expect(1, &["dev: ", "is locked"]);
    assert_eq!(keyring.stored("dev"), key.as_bytes());
    let mut nowhere = at_home(&keyring.session.home, &["key", "move", "--from", "file", "--to", "keyring"]);
    done(&mut nowhere).expect(0, &["There is no key to move"]);
}
