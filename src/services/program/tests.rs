use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::thread::JoinHandle;

use super::*;

const LONG: Duration = Duration::from_mins(1);

async fn run(argv: &[String], input: Option<&[u8]>, limit: Duration) -> Result<String, String> {
    let variables = [
        ("PATH", "/usr/bin:/bin"),
        ("TRACKYARD_API_KEY", "canary"),
        ("TRACKYARD_API_KEY_DEV_FILE", "canary"),
        ("TRACKYARD_PASSPHRASE", "canary"),
        ("GPG_TTY", "/dev/pts/canary"),
        ("SSH_TTY", "/dev/pts/canary"),
    ];
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    let outcome = Program { argv, variables, input, has_output: true, limit }.run().await;
    outcome.map(|output| String::from_utf8(output.to_vec()).unwrap()).map_err(|error| error.to_string())
}

async fn run_shell(script: &str, limit: Duration) -> Result<String, String> {
    run(&["/bin/sh", "-c", script].map(str::to_owned), None, limit).await
}

/// A named pipe, and a reader that ends once no process holds its other end.
struct WatchedPipe {
    _folder: tempfile::TempDir,
    pipe: PathBuf,
    reader: JoinHandle<String>,
    is_up: tokio::sync::oneshot::Receiver<String>,
}

impl WatchedPipe {
    /// A pipe that gives the first line at once, and the rest once no process holds it any more.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let (up, is_up) = tokio::sync::oneshot::channel();
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || {
                let mut output = BufReader::new(File::open(pipe).unwrap());
                let mut line = String::new();
                output.read_line(&mut line).unwrap();
                drop(up.send(line));
                let mut rest = String::new();
                output.read_to_string(&mut rest).unwrap();
                rest
            }
        });
        Self { _folder: folder, pipe, reader, is_up }
    }

    /// A script whose processes all hold the pipe, without any other stream.
    fn script(&self, script: &str) -> String {
        format!("exec 3> '{}' </dev/null 2>/dev/null; echo up >&3; {script}", self.pipe.display())
    }

    /// Lines after the first, once all processes are gone.
    async fn rest(self) -> String {
        tokio::task::spawn_blocking(|| self.reader.join().unwrap()).await.unwrap()
    }
}

#[tokio::test]
async fn what_a_program_prints_is_its_answer_and_it_reads_its_input() {
    assert_eq!(run_shell("echo 'a key'; echo noise >&2", LONG).await.unwrap(), "a key\n");
    assert_eq!(run_shell("cat; echo end", LONG).await.unwrap(), "end\n");
    assert_eq!(run(&["cat".to_owned()], Some(b"told"), LONG).await.unwrap(), "told");
    let unread = vec![b'x'; 1_000_000];
    assert_eq!(run(&["true".to_owned()], Some(&unread), LONG).await.unwrap(), "");
}

#[tokio::test]
async fn variables_with_keys_or_a_terminal_stay_here() {
    assert_eq!(run_shell("env | grep -c canary; test -n \"$PATH\"", LONG).await.unwrap(), "0\n");
}

#[tokio::test]
async fn it_leads_a_session_without_a_terminal() {
    // The fifth, sixth and seventh words: group, session, terminal.
    let script = "set -- $(cat /proc/$$/stat); echo $(($5 - $$)) $(($6 - $$)) $7";
    assert_eq!(run_shell(script, LONG).await.unwrap(), "0 0 0\n");
    let shown = run_shell("read answer < /dev/tty", LONG).await.unwrap_err();
    assert!(shown.contains("/dev/tty: No such device or address"), "{shown}");
}

#[tokio::test]
async fn a_failure_shows_the_last_line_without_what_could_be_the_key() {
    let script = "echo s3cret-key; printf '1st\\n\\033[1mbad s3cret-key trackyard_live_x\\n \\n' >&2; exit 3";
    assert_eq!(
        run_shell(script, LONG).await.unwrap_err(),
        "failed (exit status: 3): [1mbad [redacted] trackyard_live_[redacted]"
    );
    assert_eq!(run_shell("exit 1", LONG).await.unwrap_err(), "failed (exit status: 1)");
}

#[tokio::test]
async fn a_key_that_the_cut_would_split_is_not_shown_in_part() {
    let script = "key=s3cret-key; echo $key; printf '%0195d%s' 0 $key >&2; exit 1";
    let shown = run_shell(script, LONG).await.unwrap_err();
    assert!(shown.ends_with("0[red…") && !shown.contains("s3c"), "{shown}");
}

#[tokio::test]
async fn a_flood_of_output_is_refused_and_of_complaints_the_end_is_kept() {
    assert_eq!(run_shell("yes", LONG).await.unwrap_err(), "printed more than 64 KiB");
    assert_eq!(run_shell("head -c 1000000 /dev/zero >&2; echo key", LONG).await.unwrap(), "key\n");
    let flood = "head -c 1000000 /dev/zero >&2; printf '\\nlast' >&2; exit 1";
    assert_eq!(run_shell(flood, LONG).await.unwrap_err(), "failed (exit status: 1): last");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let shown = run(&["/no/such/program".to_owned()], None, LONG).await.unwrap_err();
    assert_eq!(shown, "can't run /no/such/program: No such file or directory (os error 2)");
    assert_eq!(run(&[], None, LONG).await.unwrap_err(), "is empty");
}

#[tokio::test]
async fn at_its_limit_a_program_is_asked_to_end() {
    let watched = WatchedPipe::new();
    let script = watched.script("trap 'echo ended >&3; exit' TERM; while :; do sleep 0.01; done");
    let limit = Duration::from_millis(300);
    assert_eq!(run_shell(&script, limit).await.unwrap_err(), "took longer than 0.3 s");
    assert_eq!(watched.rest().await, "ended\n");
}

#[tokio::test]
async fn at_its_limit_all_that_it_started_is_gone_even_what_ignores_the_request() {
    let watched = WatchedPipe::new();
    let script = watched.script("trap '' TERM; (sleep 60; echo survived >&3) >/dev/null & sleep 60");
    assert_eq!(run_shell(&script, Duration::from_millis(300)).await.unwrap_err(), "took longer than 0.3 s");
    // All are gone when it is told, not some time later.
    assert_eq!(watched.reader.join().unwrap(), "");
}

#[tokio::test]
async fn with_the_end_of_a_program_ends_all_that_it_left_behind() {
    for outcome in ["exit 0", "exit 1"] {
        let watched = WatchedPipe::new();
        let script = watched.script(&format!("(trap '' TERM; sleep 60; echo survived >&3) >/dev/null & {outcome}"));
        assert_eq!(run_shell(&script, LONG).await.is_ok(), outcome == "exit 0");
        assert_eq!(watched.rest().await, "", "{outcome}");
    }
}

#[tokio::test]
async fn a_process_out_of_reach_does_not_hold_up_the_answer() {
    let watched = WatchedPipe::new();
    let held = File::options().read(true).write(true).open(&watched.pipe).unwrap();
    // It lives as long as this end of the pipe.
    let script = format!("echo key; setsid sh -c 'read line < {}' & exit", watched.pipe.display());
    assert_eq!(run_shell(&script, LONG).await.unwrap(), "key\n");
    std::io::Write::write_all(&mut &held, b"\n\n").unwrap();
}

#[tokio::test]
async fn a_program_nobody_waits_for_ends_with_all_that_it_started() {
    let mut watched = WatchedPipe::new();
    let script = watched.script("(sleep 60; echo survived >&3) >/dev/null & sleep 60");
    tokio::select! {
        outcome = run_shell(&script, LONG) => panic!("ended by itself: {outcome:?}"),
        line = &mut watched.is_up => assert_eq!(line.unwrap(), "up\n"),
    }
    assert_eq!(watched.rest().await, "");
}
