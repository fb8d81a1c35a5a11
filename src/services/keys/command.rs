//! The operator's own command that prints a key.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use thiserror::Error;
use tokio::io::{self, AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::variables::Variables;
use crate::domain::text::{self, redact, sanitise};

/// The most that a command may print, in bytes.
const OUTPUT_MAX: usize = 64 * 1_024;
/// How much of what it complains is kept, in bytes.
const COMPLAINT_MAX: usize = 4 * 1_024;
/// How long to read on once the command has ended but a process it left behind holds its output open.
const LEFT_BEHIND: Duration = Duration::from_millis(200);
/// Shorter words of the output are too common to be a secret.
const SECRET_LENGTH_MIN: usize = 4;

/// Why a command brought no key. No variant carries any of its output.
#[derive(Debug, Error)]
pub(super) enum CommandProblem {
    #[error("is empty")]
    Empty,
    #[error("can't run {0}: {1}")]
    NotStarted(String, io::Error),
    #[error("failed ({status}){complaint}")]
    Failed {
        status: ExitStatus,
        /// `: ` and the first line of what it complained, safe to show; or nothing.
        complaint: String,
    },
    #[error("printed more than 64 KiB")]
    TooMuchOutput,
    #[error("took longer than {} s", .0.as_secs_f64())]
    TooSlow(Duration),
    #[error("broke off: {0}")]
    Broken(#[from] io::Error),
}

/// Runs a program with its arguments, without a shell or standard input, and answers with what it prints.
///
/// It sees all variables but those that hold keys. It is killed when it takes longer than `limit`, prints too much, or
/// when the caller loses interest.
pub(super) async fn run(
    argv: &[String],
    variables: &Variables,
    limit: Duration,
) -> Result<Zeroizing<Vec<u8>>, CommandProblem> {
    let (program, arguments) = argv.split_first().ok_or(CommandProblem::Empty)?;
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(variables.ordinary())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| CommandProblem::NotStarted(sanitise(program, text::LENGTH_MAX), error))?;
    match timeout(limit, output_of(child)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(CommandProblem::TooSlow(limit)),
    }
}

async fn output_of(mut child: Child) -> Result<Zeroizing<Vec<u8>>, CommandProblem> {
    let mut output = Capture::new(child.stdout.take(), OUTPUT_MAX);
    let mut complaint = Capture::new(child.stderr.take(), COMPLAINT_MAX);
    let status = {
        let reading = async { tokio::try_join!(output.fill(), complaint.fill_and_skip_rest()) };
        tokio::pin!(reading);
        tokio::select! {
            read = &mut reading => {
                read?;
                child.wait().await?
            }
            status = child.wait() => {
                if let Ok(read) = timeout(LEFT_BEHIND, reading).await {
                    read?;
                }
                status?
            }
        }
    };
    if status.success() {
        Ok(output.content())
    } else {
        Err(CommandProblem::Failed { status, complaint: first_line(&complaint.content(), &output.content()) })
    }
}

/// What is read of one stream, in a buffer that never moves, and is wiped.
struct Capture<R> {
    stream: Option<R>,
    buffer: Zeroizing<Vec<u8>>,
    length: usize,
}

impl<R: AsyncRead + Unpin> Capture<R> {
    fn new(stream: Option<R>, length_max: usize) -> Self {
        Self { stream, buffer: Zeroizing::new(vec![0; length_max + 1]), length: 0 }
    }

    /// Reads to the end of the stream.
    async fn fill(&mut self) -> Result<(), CommandProblem> {
        if self.fill_buffer().await? { Err(CommandProblem::TooMuchOutput) } else { Ok(()) }
    }

    /// Reads to the end of the stream, and keeps only the beginning.
    async fn fill_and_skip_rest(&mut self) -> Result<(), CommandProblem> {
        if self.fill_buffer().await?
            && let Some(stream) = &mut self.stream
        {
            let mut skipped = Zeroizing::new(vec![0; COMPLAINT_MAX]);
            while stream.read(&mut skipped).await? > 0 {}
        }
        Ok(())
    }

    /// Reads until the buffer is full (`true`) or the stream ends.
    async fn fill_buffer(&mut self) -> io::Result<bool> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        while self.length < self.buffer.len() {
            match stream.read(&mut self.buffer[self.length..]).await? {
                0 => return Ok(false),
                count => self.length += count,
            }
        }
        Ok(true)
    }

    fn content(&mut self) -> Zeroizing<Vec<u8>> {
        let mut content = std::mem::take(&mut self.buffer);
        content.truncate(self.length);
        content
    }
}

/// The first line of a complaint, without anything that was printed as output.
fn first_line(complaint: &[u8], output: &[u8]) -> String {
    let complaint = Zeroizing::new(String::from_utf8_lossy(complaint).into_owned());
    let output = Zeroizing::new(String::from_utf8_lossy(output).into_owned());
    let Some(line) = complaint.lines().find(|line| !line.trim().is_empty()) else { return String::new() };
    let mut line = Zeroizing::new(sanitise(line, COMPLAINT_MAX));
    for word in output.split_whitespace().filter(|word| word.len() >= SECRET_LENGTH_MIN) {
        line = Zeroizing::new(redact(&line, word));
    }
    format!(": {}", line.chars().take(text::LENGTH_MAX).collect::<String>())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::fs::File;
    use std::io::{BufRead, BufReader, Read};
    use std::path::PathBuf;

    const LONG: Duration = Duration::from_mins(1);

    async fn run_shell(script: &str, limit: Duration) -> Result<String, String> {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        let variables = [("PATH", "/usr/bin:/bin"), ("TRACKYARD_API_KEY", "k1"), ("TRACKYARD_API_KEY_DEV", "k2")];
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
        let outcome = run(&argv, &variables, limit).await;
        outcome.map(|output| String::from_utf8(output.to_vec()).unwrap()).map_err(|problem| problem.to_string())
    }

    fn make_pipe(folder: &tempfile::TempDir) -> PathBuf {
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        pipe
    }

    #[tokio::test]
    async fn what_a_command_prints_is_its_answer() {
        assert_eq!(run_shell("echo 'a key'; echo noise >&2", LONG).await.unwrap(), "a key\n");
    }

    #[tokio::test]
    async fn variables_with_keys_stay_here() {
        assert_eq!(run_shell("env | grep -c TRACKYARD; test -n \"$PATH\"", LONG).await.unwrap(), "0\n");
    }

    #[tokio::test]
    async fn standard_input_is_empty() {
        assert_eq!(run_shell("cat; echo end", LONG).await.unwrap(), "end\n");
    }

    #[tokio::test]
    async fn a_failure_shows_the_first_line_without_what_could_be_the_key() {
        let script = "echo s3cret-key; printf '\\n\\033[1mbad s3cret-key trackyard_live_x\\n2nd' >&2; exit 3";
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
        assert!(shown.ends_with("0[reda") && !shown.contains("s3c"), "{shown}");
    }

    #[tokio::test]
    async fn a_flood_of_output_is_refused_and_one_of_complaints_is_skipped() {
        assert_eq!(run_shell("yes", LONG).await.unwrap_err(), "printed more than 64 KiB");
        let flood = "head -c 1000000 /dev/zero >&2; echo key";
        assert_eq!(run_shell(flood, LONG).await.unwrap(), "key\n");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let shown = run(&["/no/such/program".to_owned()], &Variables::default(), LONG).await.unwrap_err().to_string();
        assert_eq!(shown, "can't run /no/such/program: No such file or directory (os error 2)");
        assert_eq!(run(&[], &Variables::default(), LONG).await.unwrap_err().to_string(), "is empty");
    }

    #[tokio::test]
    async fn a_command_that_does_not_end_is_given_up() {
        let limit = Duration::from_millis(20);
        assert_eq!(run_shell("exec sleep 3", limit).await.unwrap_err(), "took longer than 0.02 s");
    }

    #[tokio::test]
    async fn a_process_left_behind_does_not_hold_up_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = make_pipe(&folder);
        // What is left behind waits for a line, and so lives as long as this end of the pipe.
        let held = File::options().read(true).write(true).open(&pipe).unwrap();
        let script = format!("echo key; (read line < '{}') & exit", pipe.display());
        assert_eq!(run_shell(&script, LONG).await.unwrap(), "key\n");
        drop(held);
    }

    #[tokio::test]
    async fn a_command_nobody_waits_for_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = make_pipe(&folder);
        let script = format!("exec 3> '{}'; echo up >&3; sleep 5 3>&-; echo survived >&3", pipe.display());
        let (up, is_up) = tokio::sync::oneshot::channel();
        let reader = std::thread::spawn(move || {
            let mut output = BufReader::new(File::open(pipe).unwrap());
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            up.send(line).unwrap();
            let mut rest = String::new();
            output.read_to_string(&mut rest).unwrap();
            rest
        });
        tokio::select! {
            outcome = run_shell(&script, LONG) => panic!("ended by itself: {outcome:?}"),
            line = is_up => assert_eq!(line.unwrap(), "up\n"),
        }
        // The pipe ends with it.
        assert_eq!(reader.join().unwrap(), "");
    }
}
