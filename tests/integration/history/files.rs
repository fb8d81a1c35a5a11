//! Which files are made, with what rights, and which are left alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use trackyard_tui::domain::last_use::ExternalUse;
use trackyard_tui::domain::rotation::RotationStage;
use trackyard_tui::monitor::input::KeyHistory;
use trackyard_tui::services::history::{History, HistoryCounts, HistoryError, HistoryErrorKind};

use crate::support::history::{at, balances, environment, key, place, sample};

/// All files of a folder, byte for byte.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

async fn attempt(path: &Path) -> Result<(), HistoryError> {
    let history = History::open(path.to_owned());
    let outcome = history.run(move |store| store.store_sample(key(), &sample(at(0), 1.0), None)).await;
    assert!(history.close(Duration::from_mins(1)).await);
    outcome
}

/// The history is refused, and nothing in its folder changes.
async fn assert_refused(path: &Path, kind: HistoryErrorKind) {
    let before = contents(path.parent().unwrap());
    let error = attempt(path).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains("history.db") && error.to_string().contains("untouched ("), "{error}");
    assert!(error.remedy().ends_with('.'));
    assert!(contents(path.parent().unwrap()) == before, "the folder changed");
}

#[cfg(unix)]
mod modes {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn modes(folder: &Path) -> Vec<(String, u32)> {
        contents(folder).into_keys().map(|name| (name.clone(), mode(&folder.join(name)))).collect()
    }

    fn private() -> Vec<(String, u32)> {
        ["history.db", "history.db-shm", "history.db-wal"].map(|name| (name.to_owned(), 0o600)).into()
    }

    #[tokio::test]
    async fn only_the_owner_may_read() {
        let (_folder, path) = place();
        let history = History::open(path.clone());
        history.run(move |store| store.store_sample(key(), &sample(at(0), 1.0), None)).await.unwrap();
        let folder = path.parent().unwrap();
        assert_eq!((mode(folder), modes(folder)), (0o700, private()));
    }

    #[tokio::test]
    async fn rights_of_others_are_taken_back() {
        let (_folder, path) = place();
        let first = History::open(path.clone());
        first.run(move |store| store.store_sample(key(), &sample(at(0), 1.0), None)).await.unwrap();
        let folder = path.parent().unwrap();
        for (name, _) in modes(folder) {
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o666)).unwrap();
        }
        attempt(&path).await.unwrap();
        assert_eq!(modes(folder), private());
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_untouched() {
    let (_folder, path) = place();
    fs::create_dir(path.parent().unwrap()).unwrap();
    for text in ["my notes\n", "SQLite format 3", &"notes ".repeat(2_000)] {
        fs::write(&path, text).unwrap();
        assert_refused(&path, HistoryErrorKind::NotADatabase).await;
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(attempt(&path).await.unwrap_err().kind(), HistoryErrorKind::NotADatabase);
}

#[tokio::test]
async fn a_database_of_another_program_is_left_untouched() {
    for journal_mode in ["delete", "wal"] {
        let (_folder, path) = place();
        fs::create_dir(path.parent().unwrap()).unwrap();
        let theirs = Connection::open(&path).unwrap();
        theirs.pragma_update(None, "journal_mode", journal_mode).unwrap();
        theirs.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        theirs.execute_batch("CREATE TABLE theirs (id INTEGER); INSERT INTO theirs VALUES (1)").unwrap();
        drop(theirs);
        assert_refused(&path, HistoryErrorKind::Foreign).await;
    }
}

#[tokio::test]
async fn a_newer_version_is_left_untouched_even_where_only_the_log_tells() {
    for checkpointed in [true, false] {
        let (_folder, path) = place();
        attempt(&path).await.unwrap();
        let newer = Connection::open(&path).unwrap();
        newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !checkpointed).unwrap();
        newer.pragma_update(None, "user_version", 999).unwrap();
        drop(newer);
        let before = contents(path.parent().unwrap());
        let error = attempt(&path).await.unwrap_err();
        assert_eq!(error.kind(), HistoryErrorKind::Newer, "{error}");
        assert!(error.to_string().contains("999"), "{error}");
        let after = contents(path.parent().unwrap());
        let kept = |files: &BTreeMap<String, Vec<u8>>| {
            (files.get("history.db").cloned(), files.get("history.db-wal").cloned())
        };
        assert!(kept(&after) == kept(&before), "the file or its log changed");
    }
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_to_date_and_keeps_its_rows() {
    let (_folder, path) = place();
    fs::create_dir(path.parent().unwrap()).unwrap();
    Connection::open(&path).unwrap().execute_batch(include_str!("version_1.sql")).unwrap();

    let history = History::open(path.clone());
    let others_use = Some(ExternalUse { at: at(-500), exact: true });
    let expected =
        KeyHistory { sample: Some(sample(at(1), 487.0)), others_use, calls: vec![at(0)], ..KeyHistory::default() };
    assert_eq!(history.recall(key(), at(2)).await.unwrap(), expected);
    assert_eq!(history.check().await.unwrap().contents, HistoryCounts { keys: 2, samples: 2, calls: 1 });
    assert_eq!(history.run(move |store| store.rotation(&environment())).await, Ok(None));

    history.run(move |store| store.snooze_rotation(key(), at(9))).await.unwrap();
    let rotation = history
        .run(move |store| store.start_rotation(environment(), key(), RotationStage::Watching, None, at(3)))
        .await
        .unwrap();
    let again = History::open(path);
    let expected = KeyHistory { snoozed_until: Some(at(9)), ..expected };
    assert_eq!(again.recall(key(), at(2)).await.unwrap(), expected);
    assert_eq!(again.run(move |store| store.rotation(&environment())).await, Ok(Some(rotation)));
}

#[tokio::test]
async fn a_rotation_that_cannot_be_read_is_told_and_stays_as_it_is() {
    let (_folder, path) = place();
    let history = History::open(path.clone());
    history
        .run(move |store| store.start_rotation(environment(), key(), RotationStage::Started, None, at(0)))
        .await
        .unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute("UPDATE rotations SET stage = 'pausing'", []).unwrap();
    for error in [
        history.run(move |store| store.rotation(&environment())).await.unwrap_err(),
        history.run(move |store| store.rotations(&environment())).await.unwrap_err(),
        history
            .run(move |store| store.start_rotation(environment(), key(), RotationStage::Started, None, at(1)))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), HistoryErrorKind::UnreadableRotation);
        let sentence = "the history tells of a rotation that can't be read: rotation 1: its stage is unknown; \
            it was left untouched (";
        assert!(error.to_string().starts_with(sentence), "{error}");
        assert!(error.remedy().ends_with('.'));
    }
    let stage: String = other.query_row("SELECT stage FROM rotations", [], |row| row.get(0)).unwrap();
    assert_eq!(stage, "pausing");
    assert_eq!(history.check().await.unwrap().contents.samples, 0, "all else goes on");
}

#[tokio::test]
async fn a_damaged_file_is_told() {
    let (_folder, path) = place();
    attempt(&path).await.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4_096).skip(1) {
        page.fill(0x5a);
    }
    fs::write(&path, bytes).unwrap();
    let history = History::open(path.clone());
    assert_eq!(history.check().await.unwrap_err().kind(), HistoryErrorKind::Damaged);
    let error = history.recall(key(), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), HistoryErrorKind::Damaged, "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told_and_outlived() {
    let (folder, path) = place();
    let in_the_way = folder.path().join("data");
    fs::write(&in_the_way, "").unwrap();
    let history = History::open(path.clone());
    let error = history.recall(key(), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), HistoryErrorKind::Unwritable);
    assert!(error.to_string().starts_with("the history can't be opened for writing: "), "{error}");
    fs::remove_file(&in_the_way).unwrap();
    history.run(move |store| store.store_sample(key(), &sample(at(0), 1.0), None)).await.unwrap();
    assert_eq!(balances(&path).await, [1.0]);
}

#[tokio::test]
async fn names_that_mean_something_in_an_address_are_plain_names() {
    let (folder, _) = place();
    for name in ["what?mode=memory", "50%20", "a#b", "läuft schon", ":memory:"] {
        let path = folder.path().join(name);
        attempt(&path).await.unwrap();
        assert!(path.is_file(), "{name}");
        assert_eq!(balances(&path).await, [1.0], "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn after_the_file_was_moved_away_a_new_one_is_begun() {
    let (folder, path) = place();
    let history = History::open(path.clone());
    history.run(move |store| store.store_sample(key(), &sample(at(0), 1.0), None)).await.unwrap();
    fs::rename(path.parent().unwrap(), folder.path().join("moved")).unwrap();
    history.run(move |store| store.store_sample(key(), &sample(at(1), 2.0), None)).await.unwrap();
    assert_eq!(balances(&path).await, [2.0]);
    assert_eq!(balances(&folder.path().join("moved").join("history.db")).await, [1.0]);
}
