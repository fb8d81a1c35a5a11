use std::collections::BTreeSet;

use super::*;
use crate::domain::error::{KeyringProgram, examples};
use crate::domain::key_entry::KeyEntry;
use crate::testing::{prod, revoked, unreachable};

fn name() -> EnvironmentName {
    "prod".parse().unwrap()
}

#[test]
fn every_fault_of_a_keyring_has_a_sentence_of_its_own_in_each_program() {
    let faults = examples::keyring_faults();
    for keeper in examples::keepers() {
        let entry = || KeyEntry::from(name());
        let told =
            faults.iter().cloned().map(|fault| KeyError::Keyring { keeper: keeper.clone(), entry: entry(), fault });
        let told: BTreeSet<_> = told.map(|failure| failure.to_string()).collect();
        assert_eq!(told.len(), faults.len(), "{told:?}");
    }
}

#[test]
fn every_fault_of_an_encrypted_key_file_has_a_sentence_of_its_own() {
    let faults = examples::vault_faults();
    let told = faults.iter().cloned().map(|fault| KeyError::Vault { path: "/k".to_owned(), fault }.to_string());
    let told: BTreeSet<_> = told.collect();
    assert_eq!(told.len(), faults.len());
    assert!(told.iter().all(|text| text.starts_with("the encrypted key file /k ")), "{told:?}");
}

#[test]
fn what_happened_is_one_clause() {
    for failure in examples::all() {
        let text = failure.to_string();
        assert!(!text.ends_with('.') && !text.contains(". ") && !text.contains(['<', '>']), "{text}");
        assert!(!text.contains("trackyard-tui key"), "advice is told apart: {text}");
        let words = brief(&failure).split(' ').count();
        assert!((2..=4).contains(&words), "{failure:?}");
    }
}

#[test]
fn the_source_that_fails_is_named_and_no_other() {
    let file = |fault| KeyError::File {
        source: KeySource::VariableFile("TRACKYARD_API_KEY_PROD_FILE".to_owned()),
        path: Some("/run/key".to_owned()),
        fault,
    };
    let vault = |fault| KeyError::Vault { path: "/k".to_owned(), fault };
    let keyring = |fault| KeyError::Keyring { keeper: KeyringProgram::Gnome, entry: name().into(), fault };
    let failed = KeyCommandError::Failed { exit: ProgramExit::Code(2), said: Some("gpg: no pinentry".to_owned()) };
    let cases = [
        (
            file(FileError::TooOpen { mode: 0o644, can_be_changed: true }),
            "key file too open",
            "the file /run/key of TRACKYARD_API_KEY_PROD_FILE may be used by others (its mode is 0644)",
        ),
        (
            KeyError::Command(failed),
            "key_command failed",
            "key_command failed with exit status 2: \"gpg: no pinentry\"",
        ),
        (
            KeyError::Command(KeyCommandError::TooSlow(Duration::from_secs(10))),
            "key_command too slow",
            "key_command took longer than 10 s",
        ),
        (
            vault(VaultFileError::WrongPassphrase),
            "wrong passphrase",
            "the encrypted key file /k is not opened by this passphrase",
        ),
        (keyring(KeyringError::Locked), "keyring locked", "the keyring is locked"),
    ];
    for (failure, word, text) in cases {
        assert_eq!((brief(&failure), failure.to_string().as_str()), (word, text));
        let of_keyring = matches!(failure, KeyError::Keyring { .. });
        assert_eq!(format!("{word} {text}").contains("keyring"), of_keyring, "{text}");
    }
}

#[test]
fn a_key_that_the_service_refuses_is_pasted_again_in_the_dialog() {
    let refused = EnrollmentError::Trial(revoked(prod()).poll_failure.unwrap());
    assert_eq!(
        not_stored(&refused, &name(), &RemedyAudience::Dialog),
        "the service doesn't accept this key (401). Check that you copied all of it, then paste it again."
    );
    let told = not_stored(&refused, &name(), &RemedyAudience::CommandLine);
    assert!(told.ends_with("and store it with `trackyard-tui key set prod`."), "{told}");
    let silent = EnrollmentError::Trial(unreachable(prod()).poll_failure.unwrap());
    assert!(!not_stored(&silent, &name(), &RemedyAudience::Dialog).contains("401"));
}
