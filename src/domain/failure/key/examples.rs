//! One failure of each kind and more, for tests.

use super::*;
use crate::domain::key_entry::KeyRole;

const LIMIT: Duration = Duration::from_secs(3);

fn said() -> String {
    "out of order".to_owned()
}

fn file_faults() -> Vec<FileFault> {
    let no_answers = [NoAnswer::Slow, NoAnswer::Withdrawn, NoAnswer::Stuck, NoAnswer::Broken];
    let opens = [(0o644, true), (0o644, false), (0o440, true), (0o440, false)];
    let opens = opens.map(|(mode, can_be_changed)| FileFault::TooOpen { mode, can_be_changed });
    let plain = [FileFault::NotRegular, FileFault::TooLarge(65_536), FileFault::Unreadable { said: said() }];
    let unanswered = no_answers.map(|reason| FileFault::Unanswered { reason, limit: LIMIT });
    plain.into_iter().chain(opens).chain(unanswered).collect()
}

/// Every fault of an encrypted key file.
#[must_use]
pub fn vault_faults() -> Vec<VaultFault> {
    let plain = [
        VaultFault::Locked,
        VaultFault::WrongPassphrase,
        VaultFault::ShortPassphrase,
        VaultFault::Foreign,
        VaultFault::Damaged,
        VaultFault::OtherRecipient,
        VaultFault::NewerFormat,
        VaultFault::ExcessiveWork { factor: 30, factor_max: 18 },
        VaultFault::NewerVersion(2),
        VaultFault::StrangeContent,
        VaultFault::Full(1 << 20),
        VaultFault::Busy,
        VaultFault::NotEncrypted,
        VaultFault::Unwritable { said: said() },
    ];
    let files = [
        FileFault::NotRegular,
        FileFault::TooOpen { mode: 0o644, can_be_changed: true },
        FileFault::TooLarge(1 << 20),
        FileFault::Unreadable { said: said() },
    ];
    plain.into_iter().chain(files.map(VaultFault::File)).collect()
}

/// Every fault of a keyring.
#[must_use]
pub fn keyring_faults() -> Vec<KeyringFault> {
    vec![
        KeyringFault::NoSession,
        KeyringFault::SessionDenied,
        KeyringFault::NoService,
        KeyringFault::Ended,
        KeyringFault::Deaf,
        KeyringFault::Denied,
        KeyringFault::Locked,
        KeyringFault::Dismissed,
        KeyringFault::NoCollection,
        KeyringFault::NotExposed,
        KeyringFault::Outdated,
        KeyringFault::Gone,
        KeyringFault::Undecipherable,
        KeyringFault::Ambiguous,
        KeyringFault::NoText,
        KeyringFault::TooLong(1_280),
        KeyringFault::Unusable(InvalidApiKey::InnerBlank),
        KeyringFault::Absent,
        KeyringFault::Other { said: Some(said()) },
        KeyringFault::Other { said: None },
    ]
}

/// Every program that keeps keys.
#[must_use]
pub fn keepers() -> [Keeper; 7] {
    let other = Keeper::Other("oo7-daemon".to_owned());
    let known = [Keeper::Gnome, Keeper::KeePassXc, Keeper::Kde, Keeper::Unknown];
    let [gnome, keepassxc, kde, unknown] = known;
    [gnome, keepassxc, kde, other, unknown, Keeper::Keychain, Keeper::CredentialManager]
}

fn read_only_sources() -> [KeySource; 4] {
    [
        KeySource::Variable("TRACKYARD_API_KEY_PROD".to_owned()),
        KeySource::VariableFile("TRACKYARD_API_KEY_PROD_FILE".to_owned()),
        KeySource::Credential("trackyard-prod".to_owned()),
        KeySource::Command,
    ]
}

/// Every failure, of prod's key.
///
/// # Panics
/// Never: the name is one of an environment.
#[must_use]
pub fn all() -> Vec<KeyFailure> {
    let entry = || KeyEntry::new("prod".parse().unwrap(), KeyRole::Current);
    let mut all = vec![KeyFailure::Missing, KeyFailure::Changed(entry()), KeyFailure::Interrupted];
    for source in read_only_sources() {
        all.push(KeyFailure::Unusable { source: source.clone(), reason: InvalidApiKey::Quoted });
        let shown = || Some("/run/secrets/key".to_owned());
        all.extend(file_faults().into_iter().map(|fault| KeyFailure::File {
            source: source.clone(),
            path: shown(),
            fault,
        }));
        for fault in [FileFault::Missing, FileFault::NoPath(InvalidPath::ControlCharacter)] {
            all.push(KeyFailure::File { source: source.clone(), path: None, fault });
        }
        all.push(KeyFailure::Passphrase { source, reason: InvalidPassphrase::Empty });
    }
    let exits = [Exit::Code(2), Exit::Signal(9), Exit::Unknown];
    let commands = [
        CommandFault::Empty,
        CommandFault::NotStarted { program: "pass".to_owned(), said: said() },
        CommandFault::TooMuchOutput,
        CommandFault::TooSlow(LIMIT),
        CommandFault::Broken { said: said() },
    ];
    let failed =
        exits.into_iter().flat_map(|exit| [Some(said()), None].map(|said| CommandFault::Failed { exit, said }));
    all.extend(commands.into_iter().chain(failed).map(KeyFailure::Command));
    let path = || "/home/me/keys.age".to_owned();
    all.extend(vault_faults().into_iter().map(|fault| KeyFailure::Vault { path: path(), fault }));
    for keeper in keepers() {
        all.extend(keyring_faults().into_iter().map(|fault| KeyFailure::Keyring {
            keeper: keeper.clone(),
            entry: entry(),
            fault,
        }));
    }
    for reason in [NoAnswer::Slow, NoAnswer::Withdrawn, NoAnswer::Stuck, NoAnswer::Broken] {
        all.push(KeyFailure::Unanswered { keeper: "GNOME Keyring".to_owned(), reason, limit: LIMIT });
    }
    all
}

/// A failure of a kind.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn of(kind: KeyFailureKind) -> KeyFailure {
    all().into_iter().find(|failure| failure.kind() == kind).unwrap()
}
