//! Programs that are run.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use trackyard_tui::services::history::History;

use crate::support::sinks::{LONG, SAYING, SHORT, limited, notification, shell};

/// How many programs run at the same time.
const AT_ONCE: usize = 4;

fn make_pipe(folder: &Path) -> (PathBuf, OwnedFd) {
    let pipe = folder.join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let held = rustix::fs::open(&pipe, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
    (pipe, held)
}

/// Waits until a file has so many lines.
async fn wait_for_lines(file: &Path, count: usize) -> Vec<String> {
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if text.ends_with('\n') && text.lines().count() >= count {
            return text.lines().map(str::to_owned).collect();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_few_run_at_the_same_time_and_all_get_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, held) = make_pipe(folder.path());
    let (running, counts) = (folder.path().join("running"), folder.path().join("counts"));
    fs::create_dir(&running).unwrap();
    // Each tells how many run, and waits for a line.
    let script = format!(
        "touch {running}/$$; ls {running} | wc -l >> {counts}; read line < {pipe}; rm {running}/$$",
        running = running.display(),
        counts = counts.display(),
        pipe = pipe.display()
    );
    let notifier = limited(shell(&script), History::in_memory(), LONG);
    for _ in 0..3 * AT_ONCE {
        notifier.notify(&notification("so"));
    }
    for turn in 1..=3 {
        wait_for_lines(&counts, turn * AT_ONCE).await;
        rustix::io::write(&held, &[b'\n'; AT_ONCE]).unwrap();
    }
    assert!(notifier.finish(LONG).await);
    let counts = wait_for_lines(&counts, 3 * AT_ONCE).await;
    let most = counts.iter().map(|count| count.trim().parse::<usize>().unwrap()).max();
    assert_eq!((counts.len(), most), (3 * AT_ONCE, Some(AT_ONCE)));
}

#[tokio::test]
async fn programs_that_hang_are_killed_and_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, _held) = make_pipe(folder.path());
    let done = folder.path().join("done");
    let script = format!(
        "case $TRACKYARD_ALERT_TEXT in *hang) read line < {};; *) echo \"$TRACKYARD_ALERT_TEXT\" >> {};; esac",
        pipe.display(),
        done.display()
    );
    let notifier = limited(shell(&script), History::in_memory(), SHORT);
    for text in ["hang"; AT_ONCE].into_iter().chain(["went on"]) {
        notifier.notify(&notification(text));
    }
    assert_eq!(wait_for_lines(&done, 1).await, [format!("{SAYING}went on")]);
    assert!(notifier.finish(LONG).await);
}

#[tokio::test]
async fn at_the_end_what_still_runs_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let notifier = limited(
        shell(&format!("exec > {}; echo up; (sleep 4; echo survived) & sleep 60", pipe.display())),
        History::in_memory(),
        LONG,
    );
    notifier.notify(&notification("so"));
    let (up, is_up) = tokio::sync::oneshot::channel();
    let reader = std::thread::spawn(move || {
        use std::io::{BufRead as _, BufReader, Read as _};
        let mut output = BufReader::new(fs::File::open(pipe).unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        up.send(line).unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        rest
    });
    assert_eq!(is_up.await.unwrap(), "up\n");
    assert!(!notifier.finish(SHORT).await);
    let rest = tokio::task::spawn_blocking(|| reader.join().unwrap());
    assert_eq!(rest.await.unwrap(), "", "the pipe ends with it");
}
