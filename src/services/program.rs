//! The one way to run a program of the operator: without a terminal, with limits, and with nothing left behind.

mod capture;
mod error;
mod group;

use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::ChildStdin;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::domain::text::{self, redact, sanitise};
use capture::{Head, Tail};
pub(super) use error::ProgramError;
use group::RunningProgram;
pub(crate) use group::end_all;
#[cfg(unix)]
pub(crate) use group::signals_are_taken;

/// Longest output that is taken, in bytes.
const OUTPUT_MAX: usize = 64 * 1_024;
/// Time to read on once the program has ended, but a process out of its reach holds its output open.
const LEFT_BEHIND: Duration = Duration::from_millis(200);
/// Shorter words of the output are too common to be a secret, in bytes.
const SECRET_LENGTH_MIN: usize = 4;
/// Beginnings of the names of variables that hold keys or passphrases, or lead to them.
const SECRET_VARIABLES: [&str; 2] = ["TRACKYARD_API_KEY", "TRACKYARD_PASSPHRASE"];
/// Variables that name a terminal on which a helper of a helper would ask.
const TERMINAL_VARIABLES: [&str; 2] = ["GPG_TTY", "SSH_TTY"];

/// A program to run once, and how.
pub(super) struct Program<'a> {
    /// The program and its arguments. No shell is involved.
    pub(super) argv: &'a [String],
    /// All variables that it is to see; those that hold keys or name a terminal are taken out.
    pub(super) variables: Vec<(OsString, OsString)>,
    /// Text for its standard input; nothing for `None`.
    pub(super) input: Option<&'a [u8]>,
    /// True where its output is wanted.
    pub(super) has_output: bool,
    /// Its time limit.
    pub(super) limit: Duration,
}

impl Program<'_> {
    /// Runs the program, and answers with what it prints.
    ///
    /// It leads a session of its own, which has no terminal: whatever asks there fails at once. With its end, at its
    /// limit, when nobody waits for it any more and when this process ends, all of its process group ends: first by
    /// `SIGTERM`, shortly after by `SIGKILL`. Only a service that took itself out of the session goes on, as gpg-agent
    /// does.
    pub(super) async fn run(self) -> Result<Zeroizing<Vec<u8>>, ProgramError> {
        let (program, _) = self.argv.split_first().ok_or(ProgramError::Empty)?;
        let not_started = |error| ProgramError::NotStarted(sanitise(program, text::LENGTH_MAX), error);
        let (limit, input) = (self.limit, self.input);
        let Some(command) = self.command() else { return Err(ProgramError::Empty) };
        let Ok(started) = timeout(limit, group::start(command)).await else {
            return Err(ProgramError::TooSlow(limit));
        };
        let mut started = started.map_err(not_started)?;
        if let Ok(outcome) = timeout(limit, outcome_of(&mut started, input.unwrap_or_default())).await {
            return outcome;
        }
        started.end().await;
        Err(ProgramError::TooSlow(limit))
    }

    fn command(&self) -> Option<Command> {
        let (program, arguments) = self.argv.split_first()?;
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        command.envs(self.variables.iter().filter(|(name, _)| is_harmless(name)).cloned());
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(if self.has_output { Stdio::piped() } else { Stdio::null() });
        command.stderr(Stdio::piped());
        Some(command)
    }
}

fn is_harmless(name: &OsStr) -> bool {
    let name = if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() };
    let begins = |start: &&str| name.as_encoded_bytes().starts_with(start.as_bytes());
    !SECRET_VARIABLES.iter().any(begins) && !TERMINAL_VARIABLES.iter().any(|other| name == *other)
}

async fn outcome_of(started: &mut RunningProgram, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProgramError> {
    let mut output = Head::new(started.stdout()?, OUTPUT_MAX);
    let mut complaint = Tail::new(started.stderr()?);
    let written = write_stdin(started.stdin()?, input);
    let status = {
        let talking = async { tokio::try_join!(written, output.fill(), complaint.fill()) };
        tokio::pin!(talking);
        tokio::select! {
            heard = &mut talking => {
                heard?;
                started.status().await?
            }
            status = started.status() => {
                if let Ok(heard) = timeout(LEFT_BEHIND, talking).await {
                    heard?;
                }
                status?
            }
        }
    };
    let output = output.content();
    if status.success() {
        Ok(output)
    } else {
        Err(ProgramError::Failed { status, said: last_line(complaint.content(), &output) })
    }
}

/// Writes the input. That a program does not read it is its own affair.
async fn write_stdin(stdin: Option<ChildStdin>, input: &[u8]) -> Result<(), ProgramError> {
    if let Some(mut stdin) = stdin
        && let Err(error) = stdin.write_all(input).await
    {
        tracing::debug!(%error, "a program did not read its input");
    }
    Ok(())
}

/// The last line of a complaint, without anything that was printed as output.
fn last_line(complaint: &[u8], output: &[u8]) -> Option<String> {
    let complaint = Zeroizing::new(String::from_utf8_lossy(complaint).into_owned());
    let output = Zeroizing::new(String::from_utf8_lossy(output).into_owned());
    let lines = complaint.lines().map(|line| Zeroizing::new(sanitise(line, usize::MAX)));
    let mut line = lines.rev().find(|line| !line.is_empty())?;
    for word in output.split_whitespace().filter(|word| word.len() >= SECRET_LENGTH_MIN) {
        line = Zeroizing::new(redact(&line, word));
    }
    Some(text::cut(&line, text::LENGTH_MAX))
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
