//! What only reads works on a read-only disk, however the history was left there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use tempfile::TempDir;
use trackyard_tui::monitor::input::KeyHistory;
use trackyard_tui::services::history::{Access, History, HistoryErrorKind, HistoryStore};

use crate::support::history::{at, key, other_key, sample};
use crate::support::needs;

/// Runs what follows its first argument, a folder, with that folder mounted read-only.
const READ_ONLY: &str = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@""#;

const STATE: &str = ".local/state/trackyard-tui";

/// How the program ended before the disk became read-only.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// The log is written back and gone.
    Clean,
    /// The log and its index stayed.
    Killed,
    /// The log stayed alone, as in a backup.
    KilledWithoutIndex,
}

/// A home whose history has one sample in the file and one in the log.
async fn home(end: End) -> TempDir {
    let (made, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (made.path().join("state"), home.path().join(STATE));
    let file = from.join("history.sqlite3");
    let history = History::open(file.clone());
    history.run(move |store| store.store_sample(key(), &sample(at(0), 487.0), None)).await.unwrap();
    assert!(history.close(std::time::Duration::from_mins(1)).await);
    let history = History::open(file);
    history.run(move |store| store.store_sample(other_key(), &sample(at(1), 480.5), None)).await.unwrap();
    if end == End::Clean {
        assert!(history.close(std::time::Duration::from_mins(1)).await);
    }
    fs::create_dir_all(&to).unwrap();
    for file in fs::read_dir(&from).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        if !(end == End::KilledWithoutIndex && name.ends_with("-shm")) {
            fs::copy(file.path(), to.join(name)).unwrap();
        }
    }
    assert_eq!(to.join("history.sqlite3-wal").exists(), end != End::Clean);
    home
}

/// The program on a read-only home; `None`, said once, where this machine mounts nothing.
fn run(home: &Path, arguments: &[&str]) -> Option<Output> {
    let mount = || {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", READ_ONLY]).arg(home).stdin(Stdio::null());
        command
    };
    if !needs::can_mount() || !mount().arg("true").status().is_ok_and(|status| status.success()) {
        needs::lacks("nothing can be mounted here");
        return None;
    }
    let mut command = mount();
    command.arg(env!("CARGO_BIN_EXE_trackyard-tui")).args(arguments).env_clear().env("HOME", home);
    for (name, value) in [("PATH", "/usr/bin:/bin"), ("TRACKYARD_BASE_URL", "http://127.0.0.1:1")] {
        command.env(name, value);
    }
    Some(command.output().unwrap())
}

/// All files below a folder, byte for byte.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(tree(&entry));
        }
        found.insert(entry.clone(), entry.is_file().then(|| fs::read(&entry).unwrap()));
    }
    found
}

fn lines(output: &Output) -> usize {
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap().lines().count()
}

#[tokio::test]
async fn a_history_on_a_read_only_disk_is_read_whole_and_left_as_it_is() {
    for end in [End::Clean, End::Killed, End::KilledWithoutIndex] {
        let home = home(end).await;
        let before = tree(home.path());
        let Some(exported) = run(home.path(), &["history", "export"]) else { return };
        assert_eq!(lines(&exported), 3, "{end:?}");
        for arguments in [&["history", "export", "--daily"][..], &["key", "list"], &["status", "--json"], &["doctor"]] {
            let output = run(home.path(), arguments).unwrap();
            let said = format!("{arguments:?} {end:?}: {output:?}");
            assert!(output.status.code().is_some_and(|code| code < 2) && !said.contains("panicked"), "{said}");
            assert!(!output.stdout.is_empty(), "{said}");
        }
        assert!(tree(home.path()) == before, "{end:?}: something changed");
    }
}

#[tokio::test]
async fn an_export_of_no_history_is_empty_and_makes_none() {
    let home = tempfile::tempdir().unwrap();
    let Some(exported) = run(home.path(), &["history", "export"]) else { return };
    assert_eq!(lines(&exported), 1);
    assert!(tree(home.path()).is_empty());
}

#[tokio::test]
async fn an_older_history_on_a_read_only_disk_is_read() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join(STATE)).unwrap();
    let file = home.path().join(STATE).join("history.sqlite3");
    Connection::open(&file).unwrap().execute_batch(include_str!("version_1.sql")).unwrap();
    let before = tree(home.path());
    let Some(exported) = run(home.path(), &["history", "export"]) else { return };
    assert_eq!(lines(&exported), 3);
    assert!(tree(home.path()) == before);
}

#[tokio::test]
async fn a_history_says_whether_it_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(folder.path().join("history.db"));
    assert_eq!(history.access().await, Ok(Access::ReadWrite));
    assert_eq!(history.run(HistoryStore::try_writing).await, Ok(()));
    assert_eq!(History::in_memory().access().await, Ok(Access::ReadWrite));
    let nowhere = History::open(PathBuf::from("/proc/trackyard/history.db"));
    let Ok(Access::ReadOnly(reason)) = nowhere.access().await else { panic!("nothing can be made in /proc") };
    assert_eq!(reason.kind(), HistoryErrorKind::Unwritable);
    assert_eq!(nowhere.recall(key(), at(0)).await, Ok(KeyHistory::default()), "nothing is known");
    let kept = nowhere.run(move |store| store.store_sample(key(), &sample(at(0), 1.0), None)).await;
    assert_eq!(kept.map_err(|error| error.kind()), Err(HistoryErrorKind::Unwritable));
    assert_eq!(
        nowhere.run(HistoryStore::try_writing).await.map_err(|error| error.kind()),
        Err(HistoryErrorKind::Unwritable)
    );
}

/// What a command says under limits of the shell, with its exit status.
fn limited(limits: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{limits}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_trackyard-tui")]);
    command.args(arguments).env_clear().env("HOME", home.path()).env("TRACKYARD_BASE_URL", "http://127.0.0.1:1");
    let output = command.env("TRACKYARD_API_KEY_DEV", "trackyard_live_abcdefghijkl").stdin(Stdio::null()).output();
    let output = output.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout) + &text(&output.stderr), output.status.code())
}

#[test]
fn a_system_that_gives_too_little_is_told_in_a_sentence() {
    let commands = [
        &["status"][..],
        &["doctor"],
        &["key", "list"],
        &["history", "export"],
        &["alert", "test", "webhook"],
        &["demo"],
    ];
    for arguments in commands {
        for limits in
            ["ulimit -n 4", "ulimit -n 5", "ulimit -n 6", "ulimit -n 7", "ulimit -n 8", "ulimit -n 12", "ulimit -f 0"]
        {
            let (said, status) = limited(limits, arguments);
            let context = format!("{limits}: {arguments:?}: {said}");
            assert!(status.is_some_and(|status| status < 2) && !said.contains("panicked"), "{status:?} {context}");
            assert!(!limits.contains("-n") || said.contains("raise `ulimit -n`"), "{context}");
        }
    }
}

#[test]
fn a_file_that_may_not_grow_is_told_by_doctor() {
    let (said, status) = limited("ulimit -f 0", &["doctor"]);
    assert!(said.contains("FAILS  history") && status == Some(1), "{said}");
}

#[tokio::test]
async fn doctor_tells_of_a_disk_that_is_read_only_and_of_one_that_is_full() {
    let there = home(End::Clean).await;
    let Some(output) = run(there.path(), &["doctor"]) else { return };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("FAILS  history") && said.contains("nothing can be kept"), "{said}");

    let full = r#"mount -t tmpfs -o size=1m tmpfs "$1" && cp -r "$0/.local" "$1" && { cat /dev/zero > "$1/fill" 2>/dev/null; true; } && HOME="$1" exec "$2" doctor"#;
    let disk = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", full]).arg(there.path()).arg(disk.path()).arg(env!("CARGO_BIN_EXE_trackyard-tui"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("TRACKYARD_BASE_URL", "http://127.0.0.1:1");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said.contains("FAILS  history") && said.contains("2 samples"), "{said}");
}

#[tokio::test]
async fn doctor_tells_of_folders_that_others_can_change_and_of_a_bad_one_of_the_session() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = home(End::Clean).await;
    fs::set_permissions(home.path().join(STATE), fs::Permissions::from_mode(0o777)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trackyard-tui"));
    command.arg("doctor").env_clear().env("HOME", home.path()).env("TRACKYARD_BASE_URL", "http://127.0.0.1:1");
    let output = command.env("XDG_RUNTIME_DIR", home.path().join("nowhere")).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("trackyard-tui can be changed by every user of this machine"), "{said}");
    assert!(said.contains("which XDG_RUNTIME_DIR names, can't be used"), "{said}");
}
