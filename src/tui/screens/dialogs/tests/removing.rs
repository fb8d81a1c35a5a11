//! The dialog that erases a key.

use insta::assert_snapshot;

use super::*;
use crate::domain::error::{KeyringError, RemovalError};
use crate::domain::rotation::RotationStage;

fn removing(environment: EnvironmentSnapshot, keys: &[&str]) -> String {
    small(environment, vec![Press(&["x"]), Press(keys)])
}

#[test]
fn the_name_is_typed_before_a_key_is_erased() {
    let open = || Press(&["x"]);
    let empty = removing(prod(), &[]);
    assert_snapshot!("prod", empty);
    assert_eq!(new_lines(&empty, &removing(prod(), &["p", "q"])), [" name p•  this is not the name"]);
    assert_eq!(keys(prod(), vec![open()]), "Ctrl-U clear, Esc close");
    let typed = || Press(&["p", "r", "o", "d"]);
    assert_eq!(new_lines(&empty, &small(prod(), vec![open(), typed()])), [" name prod"]);
    assert_eq!(keys(prod(), vec![open(), typed()]), "Enter erase the key, Ctrl-U clear, Esc close");
    let enter = || Press(&["enter"]);
    assert_eq!(new_lines(&empty, &small(prod(), vec![open(), typed(), enter()])), [" erasing the key …"]);
    let failure = keyring_failure(&"prod".parse().unwrap(), KeyringError::Locked);
    let outcome = Err(RemovalError::KeyStore(failure));
    let failed = Tell(Message::KeyRemoved { environment: "prod".parse().unwrap(), outcome });
    assert_eq!(
        new_lines(&empty, &small(prod(), vec![open(), typed(), enter(), failed])),
        [" ✖ The keyring is locked. Unlock it with `gnome-keyring-daemon", " --replace --unlock` or `seahorse`."]
    );
}

#[test]
fn why_a_key_cannot_be_erased_is_told_with_what_to_do() {
    let erased = removing(staging(), &[]);
    let told = |environment| removing(environment, &[]);
    assert_snapshot!("locked", told(key_unavailable(&staging())));
    assert_eq!(
        new_lines(&erased, &told(from_variable(staging()))),
        [
            " ? the key comes from TRACKYARD_API_KEY_STAGING, which is only",
            "   read here",
            "   remove it there, then revoke it at",
            "   https://app.trackyard.com/api-keys"
        ]
    );
    assert_eq!(
        new_lines(&erased, &told(rotating(staging(), RotationStage::Watching))),
        [" ? a rotation of this key is under way", "   complete it or give it up first: press o after closing this"]
    );
    assert!(told(no_key("qa")).contains("? qa has no key, so there is none to remove"));
}
