use std::fs::{self, Permissions};
use std::iter;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::disk::SIZE_MAX;
use super::*;
use crate::domain::error::KeyErrorKind;
use crate::domain::key_entry::KeyRole;
use crate::services::private_file::PrivateFiles;

/// Enough for tests, which look at what is done and not at how hard it is.
const LITTLE_WORK: u8 = 2;
const PASSPHRASE: &str = "correct horse";
/// Stands in the key and in the passphrase of no other test.
const CANARY: &str = "trackyard_live_canary_3f7a";

fn passphrases(text: &str) -> Passphrases {
    Passphrases::default().or_typed(Passphrase::parse(text.as_bytes()).unwrap())
}

fn vault(path: &Path) -> Vault {
    Vault::with_work_factor(path.to_owned(), passphrases(PASSPHRASE), LITTLE_WORK)
}

fn entry(name: &str) -> KeyEntry {
    KeyEntry::new(name.parse().unwrap(), KeyRole::Current)
}

fn key(text: &str) -> ApiKey {
    ApiKey::parse(text).unwrap()
}

fn read(vault: &mut Vault, name: &str) -> Option<String> {
    vault.read(&entry(name)).unwrap().map(|key| key.expose().to_owned())
}

/// A folder with a file that holds the canary for `dev`.
fn folder_with_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.age");
    vault(&path).write(&entry("dev"), &key(CANARY)).unwrap();
    (folder, path)
}

/// Content of a file, byte by byte, its mode and its number; for what is no file, its kind.
fn state_of(path: &Path) -> (Option<Vec<u8>>, u32, u64) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let content = metadata.is_file().then(|| fs::read(path).unwrap());
    (content, metadata.mode(), metadata.ino())
}

/// Reads, writes and removes; each must fail alike and leave the file as it was.
fn assert_refused(mut vault: Vault, kind: KeyErrorKind, words: &str) {
    let path = vault.path.clone();
    let before = state_of(&path);
    let failures = [
        vault.read(&entry("dev")).map(drop).unwrap_err(),
        vault.write(&entry("dev"), &key("other")).unwrap_err(),
        vault.remove(&entry("dev")).map(drop).unwrap_err(),
        vault.summary().map(drop).unwrap_err(),
    ];
    for failure in failures {
        assert_eq!(failure.kind(), kind, "{failure:?}");
        assert!(failure.to_string().contains(words), "{words:?}: {failure:?}");
    }
    assert!(state_of(&path) == before, "{words}: the file was touched");
}

/// The kinds of failure of all variants of a file: none of them opens, and none is changed.
fn refused_variants(variants: impl Iterator<Item = Vec<u8>>) -> Vec<KeyErrorKind> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.age");
    let refused = variants.map(|variant| {
        fs::write(&path, &variant).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let kind = vault(&path).read(&entry("dev")).unwrap_err().kind();
        assert_eq!(vault(&path).write(&entry("dev"), &key("other")).unwrap_err().kind(), kind);
        assert!(fs::read(&path).unwrap() == variant, "it was overwritten");
        kind
    });
    refused.collect()
}

#[test]
fn keys_are_kept_replaced_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/keys.age");
    let mut first = vault(&path);
    assert_eq!(first.state(), VaultState::Missing);
    assert_eq!((read(&mut first, "dev"), first.summary()), (None, Ok(None)));
    assert!(!first.remove(&entry("dev")).unwrap());
    assert!(!path.parent().unwrap().exists(), "nothing is made before a key is kept");
    first.write(&entry("dev"), &key("one")).unwrap();
    first.write(&entry("prod"), &key("two")).unwrap();
    first.write(&KeyEntry::new("prod".parse().unwrap(), KeyRole::Previous), &key("old")).unwrap();
    let mut second = vault(&path);
    assert_eq!((read(&mut second, "dev"), read(&mut second, "prod")), (Some("one".to_owned()), Some("two".to_owned())));
    second.write(&entry("dev"), &key("three")).unwrap();
    assert_eq!(read(&mut first, "dev").as_deref(), Some("three"), "another process has changed it");
    assert!(first.remove(&entry("dev")).unwrap() && !first.remove(&entry("dev")).unwrap());
    assert_eq!(read(&mut second, "dev"), None);
    assert_eq!(second.state(), VaultState::Sealed);
    assert_eq!(
        second.summary(),
        Ok(Some(VaultSummary { keys: 2, environments: vec!["prod".parse().unwrap()], work_factor: LITTLE_WORK }))
    );
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn neither_key_nor_passphrase_stands_in_any_file() {
    let (folder, path) = folder_with_file();
    assert_eq!(read(&mut vault(&path), "dev").as_deref(), Some(CANARY));
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for secret in [CANARY, PASSPHRASE] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

#[test]
fn the_product_uses_the_documented_work_factor() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = Vault::new(folder.path().join("keys.age"), passphrases(PASSPHRASE));
    vault.write(&entry("dev"), &key("one")).unwrap();
    let summary = vault.summary().unwrap().unwrap();
    assert_eq!(summary, VaultSummary { keys: 1, environments: vec!["dev".parse().unwrap()], work_factor: 16 });
}

#[test]
fn a_file_that_has_not_changed_is_not_decrypted_again() {
    let (_folder, path) = folder_with_file();
    let mut reader = vault(&path);
    assert_eq!(read(&mut reader, "dev").as_deref(), Some(CANARY));
    // Without the right passphrase, only memory can have the answer.
    reader.passphrases = passphrases("another one");
    assert_eq!(read(&mut reader, "dev").as_deref(), Some(CANARY));
    assert_eq!(reader.write(&entry("dev"), &key("new")).unwrap_err().kind(), KeyErrorKind::WrongPassphrase);
    vault(&path).write(&entry("prod"), &key("two")).unwrap();
    assert_eq!(reader.read(&entry("dev")).unwrap_err().kind(), KeyErrorKind::WrongPassphrase);
    fs::remove_file(&path).unwrap();
    assert_eq!(read(&mut reader, "dev"), None);
}

#[test]
fn a_passphrase_that_is_wrong_missing_or_unreadable_changes_nothing() {
    let (_folder, path) = folder_with_file();
    let with = |passphrases| Vault::with_work_factor(path.clone(), passphrases, LITTLE_WORK);
    let wrong = KeyErrorKind::WrongPassphrase;
    assert_refused(with(passphrases("wrong horse")), wrong, "is not opened by this passphrase");
    assert_refused(with(Passphrases::default()), KeyErrorKind::Locked, "is locked: no passphrase was given");
    let variables = [("TRACKYARD_PASSPHRASE_FILE".into(), "/no/such/file".into())].into_iter().collect();
    let unreadable = Passphrases::new(&variables);
    assert_refused(with(unreadable), KeyErrorKind::File, "TRACKYARD_PASSPHRASE_FILE names a file");
}

#[test]
fn a_wrong_passphrase_is_not_tried_twice_and_another_one_or_file_is() {
    let (folder, path) = folder_with_file();
    let mut reader = Vault::with_work_factor(path.clone(), passphrases("wrong horse"), LITTLE_WORK);
    let kind = |reader: &mut Vault| reader.read(&entry("dev")).map(drop).map_err(|failure| failure.kind());
    assert_eq!(kind(&mut reader), Err(KeyErrorKind::WrongPassphrase));
    assert!(reader.rejected.is_some());
    reader.passphrases = passphrases(PASSPHRASE);
    assert_eq!(kind(&mut reader), Ok(()));
    reader.opened = None;
    reader.rejected = disk::open(&path, &PrivateFiles::default())
        .unwrap()
        .map(|(_, stamp)| (stamp, Passphrase::parse(PASSPHRASE.as_bytes()).unwrap()));
    assert_eq!(kind(&mut reader), Err(KeyErrorKind::WrongPassphrase), "it is not tried");
    fs::copy(&path, folder.path().join("copy")).unwrap();
    fs::rename(folder.path().join("copy"), &path).unwrap();
    assert_eq!(kind(&mut reader), Ok(()), "the file is another one");
}

/// Names the file to write to, in the program that was started again.
const WRITER: &str = "TRACKYARD_TEST_WRITER";

/// Writes for ever, in a process of its own.
#[test]
fn a_process_killed_while_it_writes_leaves_the_old_or_the_new_file() {
    if let Some(path) = std::env::var_os(WRITER) {
        let mut writer = vault(Path::new(&path));
        for round in 0_u64.. {
            writer.write(&entry("dev"), &key(&format!("key-{round}"))).unwrap();
        }
    }
    let (folder, path) = folder_with_file();
    vault(&path).write(&entry("prod"), &key("never-touched")).unwrap();
    let name = concat!(module_path!(), "::a_process_killed_while_it_writes_leaves_the_old_or_the_new_file");
    let (_, name) = name.split_once("::").unwrap();
    let prepared = folder.path().join("keys.age.new");
    for round in 0..12 {
        let before = fs::metadata(&path).unwrap().ino();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.args(["--exact", name]).env(WRITER, &path).stdout(Stdio::null()).spawn().unwrap();
        // Some are killed as soon as they have replaced the file once, others while they prepare the next.
        while fs::metadata(&path).unwrap().ino() == before || (round % 2 == 0 && !prepared.exists()) {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut reader = vault(&path);
        assert!(read(&mut reader, "dev").is_some_and(|key| key.starts_with("key-")), "round {round}");
        assert_eq!(read(&mut reader, "prod").as_deref(), Some("never-touched"));
    }
    vault(&path).write(&entry("dev"), &key("at-last")).unwrap();
    assert_eq!(read(&mut vault(&path), "dev").as_deref(), Some("at-last"));
    assert!(!prepared.exists());
}

#[test]
fn a_new_file_wants_a_longer_passphrase_and_an_old_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.age");
    let mut hasty = Vault::with_work_factor(path.clone(), passphrases("short"), LITTLE_WORK);
    let failure = hasty.write(&entry("dev"), &key("one")).unwrap_err();
    assert!(failure.to_string().contains("fewer than 8 characters"), "{failure:?}");
    let mut locked = Vault::with_work_factor(path.clone(), Passphrases::default(), LITTLE_WORK);
    assert_eq!(locked.write(&entry("dev"), &key("one")).unwrap_err().kind(), KeyErrorKind::Locked);
    assert!(!path.exists());
    let text = b"trackyard-tui keys 1\ndev of-old\n";
    let sealed = encryption::seal(text, &Passphrase::parse(b"short").unwrap(), LITTLE_WORK).unwrap();
    put(&path, &sealed, 0o600);
    assert_eq!(read(&mut hasty, "dev").as_deref(), Some("of-old"));
}

fn put(path: &Path, content: &[u8], mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_others_may_use_or_is_no_file_is_refused() {
    let (folder, path) = folder_with_file();
    for mode in [0o640, 0o604, 0o620, 0o602] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert_refused(vault(&path), KeyErrorKind::File, "may be used by others");
        assert_eq!(vault(&path).state(), VaultState::Unusable);
    }
    assert_refused(vault(folder.path()), KeyErrorKind::File, "is no regular file");
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_refused(vault(&pipe), KeyErrorKind::File, "is no regular file");
    let large = folder.path().join("large");
    put(&large, &vec![b'a'; SIZE_MAX + 1], 0o600);
    assert_refused(vault(&large), KeyErrorKind::File, "is larger than 1024 KiB");
}

#[test]
fn what_this_program_has_not_written_is_refused() {
    let (folder, path) = folder_with_file();
    let passphrase = Passphrase::parse(PASSPHRASE.as_bytes()).unwrap();
    let sealed = |text: &[u8]| encryption::seal(text, &passphrase, LITTLE_WORK).unwrap();
    let case = |content: &[u8], kind, words: &str| {
        let path = folder.path().join("case");
        put(&path, content, 0o600);
        assert_refused(vault(&path), kind, words);
    };
    case(b"dev trackyard_live_in_clear\n", KeyErrorKind::Damaged, "is no file that this program has encrypted");
    case(b"age-encryption.org/v9\n-> new\n---\n", KeyErrorKind::Unsupported, "is of a newer format of age");
    case(&sealed(b"trackyard-tui keys 2\n"), KeyErrorKind::Unsupported, "by a newer version of this program");
    case(&sealed(b"something else"), KeyErrorKind::Damaged, "what it holds is no list of keys");
    case(&sealed(b""), KeyErrorKind::Damaged, "what it holds is no list of keys");

    let recipient = age::x25519::Identity::generate().to_public();
    let foreign = age::encrypt(&recipient, b"trackyard-tui keys 1\n").unwrap();
    case(&foreign, KeyErrorKind::Unsupported, "for the holder of a private key");
    let hungry = String::from_utf8_lossy(&fs::read(&path).unwrap()[..60]).replacen(" 2\n", " 30\n", 1).into_bytes();
    let hungry = [hungry.as_slice(), &fs::read(&path).unwrap()[60..]].concat();
    case(&hungry, KeyErrorKind::Unsupported, "work factor 30, above the highest that is accepted (18)");
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let (_folder, path) = folder_with_file();
    let whole = fs::read(&path).unwrap();
    let kinds = refused_variants((0..whole.len()).map(|length| whole[..length].to_vec()));
    assert_eq!(kinds.len(), whole.len());
    assert!(kinds.iter().all(|kind| *kind == KeyErrorKind::Damaged), "{kinds:?}");
}

#[test]
fn a_file_with_any_byte_changed_or_added_is_refused() {
    let (_folder, path) = folder_with_file();
    let whole = fs::read(&path).unwrap();
    let changed = (0..whole.len()).map(|index| {
        let mut bytes = whole.clone();
        bytes[index] ^= 1;
        bytes
    });
    let added = iter::once([whole.as_slice(), b"\n"].concat());
    let kinds = refused_variants(changed.chain(added));
    assert_eq!(kinds.len(), whole.len() + 1);
    // Where the byte helps to tell the passphrase, it can't be told from a wrong one.
    assert!(kinds.contains(&KeyErrorKind::WrongPassphrase) && kinds.contains(&KeyErrorKind::Unsupported));
    assert_eq!(kinds.last(), Some(&KeyErrorKind::Damaged));
}

#[test]
fn a_write_that_fails_leaves_the_old_file() {
    let (folder, path) = folder_with_file();
    let before = state_of(&path);
    // It can't be removed to make room for the new file.
    fs::create_dir_all(folder.path().join("keys.age.new/inside")).unwrap();
    let failure = vault(&path).write(&entry("dev"), &key("other")).unwrap_err();
    assert!(failure.to_string().contains("can't be written"), "{failure:?}");
    assert!(state_of(&path) == before);
    fs::remove_dir_all(folder.path().join("keys.age.new")).unwrap();
    put(&folder.path().join("keys.age.new"), b"left by a killed process", 0o600);
    vault(&path).write(&entry("dev"), &key("other")).unwrap();
    assert_eq!(read(&mut vault(&path), "dev").as_deref(), Some("other"));
    assert!(!folder.path().join("keys.age.new").exists());
}

#[test]
fn a_file_takes_no_more_than_it_may_hold() {
    let (_folder, path) = folder_with_file();
    let before = state_of(&path);
    let long = "k".repeat(crate::domain::api_key::LENGTH_MAX);
    let outcome = vault(&path).change(|content| {
        (0..1_100).for_each(|index| content.set(&entry(&format!("e{index}")), key(&long)));
        true
    });
    assert!(matches!(outcome, Err(VaultError::Fault(VaultFileError::Full(SIZE_MAX)))), "{outcome:?}");
    assert!(state_of(&path) == before);
}

#[test]
fn a_link_stays_a_link() {
    let (folder, path) = folder_with_file();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    vault(&link).write(&entry("prod"), &key("two")).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(read(&mut vault(&path), "prod").as_deref(), Some("two"));
}

#[test]
fn those_who_write_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.age");
    let names: Vec<_> = (0..6).map(|index| format!("env-{index}")).collect();
    let shared = &path;
    thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || {
                let mut own = vault(shared);
                for round in 0..5 {
                    own.write(&entry(name), &key(&format!("{name}-{round}"))).unwrap();
                }
            });
        }
    });
    let mut reader = vault(&path);
    for name in &names {
        assert_eq!(read(&mut reader, name), Some(format!("{name}-4")));
    }
}
