//! `key set` with a key that another environment holds, or in the place of another key.

use std::time::Duration;

use crate::commands::vault::Vault;
use crate::support::session::{Done, Session, fed};
use crate::support::terminal::{Terminal, exited};

const LEAVE: Duration = Duration::from_mins(1);

fn set(vault: &Vault, arguments: &[&str], key: &str) -> Done {
    fed(&mut vault.command(&[&["key", "set"], arguments].concat()), key.as_bytes())
}

/// What the key store has for an environment, by its ending.
fn stored(vault: &Vault, environment: &str) -> String {
    let list = vault.run(&["key", "list", "--env", environment]).expect(0, &[]);
    list.out.lines().nth(1).unwrap_or_default().to_owned()
}

fn ending(key: &str) -> &str {
    &key[key.len() - 4..]
}

#[test]
fn the_key_of_another_environment_is_stored_only_for_who_insists() {
    let vault = Vault::start();
    vault.set("dev").expect(0, &[]);
    let key = vault.session.simulate.key("DEV").to_owned();
    let calls = vault.session.calls();
    for arguments in [&["staging"][..], &["staging", "--replace"], &["staging", "--untested"]] {
        let told = ["nothing was stored", "this is dev's key", "--accept-shared-key"];
        set(&vault, arguments, &key).expect(1, &told);
    }
    assert_eq!(vault.session.calls(), calls, "the service was not asked");
    assert!(stored(&vault, "staging").contains("no-key"));
    set(&vault, &["staging", "--accept-shared-key"], &key).expect(0, &["stored in the file"]);
    assert!(stored(&vault, "staging").contains(ending(&key)));
}

#[test]
fn the_key_of_another_environment_is_known_whichever_source_it_comes_from() {
    let vault = Vault::start();
    let key = vault.session.simulate.key("PROD").to_owned();
    let mut command = vault.command(&["key", "set", "staging"]);
    fed(command.env("TRACKYARD_API_KEY_PROD", &key), key.as_bytes()).expect(1, &["this is prod's key"]);
}

#[test]
fn another_key_is_replaced_only_for_who_says_so_and_only_by_one_that_was_tried() {
    let vault = Vault::start();
    vault.set("dev").expect(0, &[]);
    let old = vault.session.simulate.key("DEV").to_owned();
    vault.set("dev").expect(0, &["stored in the file"]);
    let new = vault.session.control("POST", "keys/dev");
    let new = new.trim();
    let told = ["nothing was stored", "another key is stored already", ending(&old), "--replace"];
    set(&vault, &["dev"], new).expect(1, &told);
    set(&vault, &["dev", "--untested"], new).expect(1, &told);
    set(&vault, &["dev", "--replace"], "trackyard_live_nobody_knows_this").expect(1, &["nothing was stored", "401"]);
    assert!(stored(&vault, "dev").contains(ending(&old)), "nothing is lost");
    set(&vault, &["dev", "--replace"], new).expect(0, &["stored in the file"]);
    assert!(stored(&vault, "dev").contains(ending(new)));
}

#[test]
fn in_a_terminal_the_replacement_of_a_key_is_asked_for() {
    let vault = Vault::start();
    vault.set("dev").expect(0, &[]);
    let (old, new) = (vault.session.simulate.key("DEV").to_owned(), vault.session.control("POST", "keys/dev"));
    for (answer, status, left) in [("yes\r", 1, old.as_str()), ("dev\r", 0, new.trim())] {
        let mut terminal = Terminal::spawn(&vault.command(&["key", "set", "dev"]), 200, 20);
        terminal.wait_for("Key for dev (not shown): ");
        terminal.send(&format!("{}\r", new.trim()));
        terminal.wait_for("Type dev to replace key");
        terminal.send(answer);
        assert_eq!(terminal.wait_exit(LEAVE), exited(status));
        assert!(stored(&vault, "dev").contains(ending(left)));
    }
}

#[test]
fn that_a_variable_comes_first_is_told_before_the_key_is_asked_for() {
    let vault = Vault::start();
    let key = Session::playing("healthy").simulate.key("DEV").to_owned();
    let mut command = vault.command(&["key", "set", "dev"]);
    let terminal = Terminal::spawn(command.env("TRACKYARD_API_KEY_DEV", key), 200, 20);
    terminal.wait_for("Key for dev (not shown): ");
    let screen = terminal.contents();
    let (note, prompt) = (screen.find("TRACKYARD_API_KEY_DEV comes first"), screen.find("Key for dev"));
    assert!(note.is_some() && note < prompt, "{screen}");
}
