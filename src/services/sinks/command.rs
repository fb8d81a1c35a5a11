//! A program of the operator that is run with each notification.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use jiff::SignedDuration;

use super::message::{self, NotificationDocument, RenderedNotification};
use crate::domain::sink::SinkError;
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::services::program::{Program, ProgramError};

/// The start of the names of this program's own variables.
const OWN_VARIABLES: &str = "TRACKYARD_";
const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// The variables of a process without those that lead to keys or passphrases: all that begin with `TRACKYARD_`, and
/// systemd's folder of credentials.
pub fn ordinary_variables(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    variables.into_iter().filter(|(name, _)| {
        let name = if cfg!(windows) { name.to_ascii_uppercase() } else { name.clone() };
        !name.as_encoded_bytes().starts_with(OWN_VARIABLES.as_bytes()) && name != OsStr::new(CREDENTIALS_VARIABLE)
    })
}

/// The program, and how it is run.
pub(super) struct CommandSink {
    command: Vec<String>,
    variables: Vec<(OsString, OsString)>,
    limit: Duration,
}

impl CommandSink {
    /// `variables` are filtered once more, so that no key gets through.
    pub(super) fn new(command: Vec<String>, variables: Vec<(OsString, OsString)>, limit: Duration) -> Self {
        Self { command, variables: ordinary_variables(variables).collect(), limit }
    }

    /// Runs the program without a shell, with the notification as JSON on its standard input and in variables. What it
    /// prints is dropped.
    pub(super) async fn run(&self, notification: &RenderedNotification) -> Result<(), SinkError> {
        let input = message::json(notification) + "\n";
        let own = own_variables(notification).map(|(name, value)| (name.into(), value.into()));
        let program = Program {
            argv: &self.command,
            variables: self.variables.iter().cloned().chain(own).collect(),
            input: Some(input.as_bytes()),
            has_output: false,
            limit: self.limit,
        };
        let program_name = self.command.first().map(|program| sanitise(program, LENGTH_MAX)).unwrap_or_default();
        let failed = |error| failure(program_name, error);
        program.run().await.map(drop).map_err(failed)
    }
}

fn failure(program: String, error: ProgramError) -> SinkError {
    match error {
        ProgramError::Empty => SinkError::NoProgram,
        ProgramError::NotStarted(_, error) => SinkError::NotStarted { program, said: error.to_string() },
        ProgramError::TooSlow(limit) => {
            SinkError::TooSlow { program, limit: SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX) }
        }
        ProgramError::Failed { status, said } => SinkError::Failed { program, status: status.to_string(), said },
        error @ (ProgramError::TooMuchOutput | ProgramError::Broken(_)) => {
            SinkError::NotStarted { program, said: sanitise(&error.to_string(), LENGTH_MAX) }
        }
    }
}

fn own_variables(notification: &RenderedNotification) -> [(&'static str, String); 8] {
    let document = NotificationDocument::from(notification);
    [
        ("TRACKYARD_ALERT_ENVIRONMENT", document.environment.unwrap_or_default()),
        ("TRACKYARD_ALERT_LABEL", document.label.unwrap_or_default()),
        ("TRACKYARD_ALERT_CONDITION", document.condition.unwrap_or_default().to_owned()),
        ("TRACKYARD_ALERT_SEVERITY", document.severity.to_owned()),
        ("TRACKYARD_ALERT_OCCASION", document.occasion.to_owned()),
        ("TRACKYARD_ALERT_SINCE", document.since),
        ("TRACKYARD_ALERT_AT", document.at),
        ("TRACKYARD_ALERT_TEXT", document.text),
    ]
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::message::tests::notification;
    use super::*;
    use crate::wording::sink_errors;

    const LONG: Duration = Duration::from_mins(1);

    fn shell(script: &str, limit: Duration) -> CommandSink {
        let variables = [
            ("PATH", "/usr/bin:/bin"),
            ("TRACKYARD_API_KEY", "canary"),
            ("TRACKYARD_PASSPHRASE_FILE", "canary"),
            ("TRACKYARD_BASE_URL", "canary"),
            ("CREDENTIALS_DIRECTORY", "canary"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
        CommandSink::new(["/bin/sh", "-c", script].map(str::to_owned).to_vec(), variables, limit)
    }

    async fn run(script: &str) -> Result<(), String> {
        shell(script, LONG)
            .run(&notification(Some("Main"), "Few credits."))
            .await
            .map_err(|failure| sink_errors::sentence(&failure))
    }

    #[tokio::test]
    async fn the_notification_comes_on_the_standard_input_and_in_variables() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("got");
        run(&format!("{{ cat; env; }} > '{}'", file.display())).await.unwrap();
        let got = std::fs::read_to_string(file).unwrap();
        let (input, variables) = got.split_once('\n').unwrap();
        assert_eq!(input, message::json(&notification(Some("Main"), "Few credits.")));
        let mut own: Vec<_> = variables.lines().filter(|line| line.starts_with("TRACKYARD_")).collect();
        own.sort_unstable();
        let expected = [
            "TRACKYARD_ALERT_AT=2026-11-21T14:32:20Z",
            "TRACKYARD_ALERT_CONDITION=credits-low",
            "TRACKYARD_ALERT_ENVIRONMENT=prod",
            "TRACKYARD_ALERT_LABEL=Main",
            "TRACKYARD_ALERT_OCCASION=raised",
            "TRACKYARD_ALERT_SEVERITY=warning",
            "TRACKYARD_ALERT_SINCE=2026-11-21T14:30:00Z",
            "TRACKYARD_ALERT_TEXT=Few credits.",
        ];
        assert_eq!(own, expected);
        assert!(variables.contains("PATH=") && !got.contains("canary"), "{got}");
    }

    #[tokio::test]
    async fn a_failure_shows_the_last_line_made_safe() {
        let complaint = "printf 'more\\n\\033[1mno trackyard_live_canary\\n\\n' >&2; exit 3";
        let shown = "/bin/sh failed (exit status: 3): \"[1mno trackyard_live_[redacted]\"";
        assert_eq!(run(complaint).await.unwrap_err(), shown);
        assert_eq!(run("exit 1").await.unwrap_err(), "/bin/sh failed (exit status: 1)");
        assert_eq!(run("exec <&-; head -c 1000000 /dev/zero >&2; yes | head -c 1000000").await, Ok(()));
        let asked = run("read answer < /dev/tty").await.unwrap_err();
        assert!(asked.contains("/dev/tty: No such device or address"), "it has no terminal: {asked}");
        let missing = CommandSink::new(vec!["/no/such/program".to_owned()], Vec::new(), LONG);
        let error = missing.run(&notification(None, "")).await.unwrap_err();
        assert_eq!(
            sink_errors::sentence(&error),
            "/no/such/program can't be run: No such file or directory (os error 2)"
        );
    }

    #[tokio::test]
    async fn what_takes_too_long_is_killed_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            // It ends once no process holds the other end.
            move || std::fs::read_to_string(pipe).unwrap()
        });
        let script = format!("exec 3> '{}'; echo up >&3; (sleep 4; echo survived >&3) & sleep 60", pipe.display());
        let limit = Duration::from_millis(500);
        let error = shell(&script, limit).run(&notification(None, "")).await.unwrap_err();
        assert_eq!(sink_errors::sentence(&error), "/bin/sh took longer than 0.5 s and was killed");
        assert_eq!(tokio::task::spawn_blocking(|| reader.join().unwrap()).await.unwrap(), "up\n");
    }
}
