//! The browser of the operator.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::sinks::ordinary_variables;

/// Time after which a program that still runs is the browser itself, or has found one.
const LIMIT: Duration = Duration::from_secs(5);
/// Variables of a connection whose other end has the screen.
const REMOTE_VARIABLES: [&str; 3] = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"];
/// Variables of a screen that windows open on; the last is of Linux on Windows.
const SCREEN_VARIABLES: [&str; 3] = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"];

/// True where a browser can open on the screen of the person who sits there: not over SSH, and not on a console.
#[must_use]
pub fn can_open(variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.is_empty());
    let has_screen = cfg!(any(windows, target_os = "macos")) || SCREEN_VARIABLES.iter().any(&is_set);
    has_screen && !REMOTE_VARIABLES.iter().any(is_set)
}

/// Opens an address by the first program of the desktop that takes it; `false` where none does.
///
/// It leads a session of its own, without a terminal, so that none of its kind can draw on this one or read its
/// keyboard, and sees no variable that leads to a key. It outlives this process: the browser is the operator's.
pub async fn open(address: &str) -> bool {
    for command in open::commands(address) {
        let program = command.get_program().to_owned();
        match run(command).await {
            Ok(None) => return true,
            Ok(Some(status)) if status.success() => return true,
            Ok(Some(status)) => tracing::info!(?program, %status, "a program opened no browser"),
            Err(error) => tracing::debug!(?program, %error, "a program that opens browsers can't be run"),
        }
    }
    false
}

/// Starts a program on a thread of its own, which waits for its end; answers with that, or `None` if it takes longer.
async fn run(mut command: Command) -> io::Result<Option<ExitStatus>> {
    command.env_clear().envs(ordinary_variables(std::env::vars_os()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (started, start) = oneshot::channel();
    let (ended, end) = oneshot::channel();
    let supervise = move || {
        let mut child = match detached(command) {
            Ok(child) => child,
            Err(error) => return drop(started.send(Err(error))),
        };
        drop(started.send(Ok(())));
        drop(ended.send(child.wait()));
    };
    thread::Builder::new().name("browser".to_owned()).spawn(supervise)?;
    let interrupted = || Err(io::ErrorKind::Interrupted.into());
    let outcome = timeout(LIMIT, async {
        start.await.unwrap_or_else(|_| interrupted())?;
        end.await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
    });
    outcome.await.map_or(Ok(None), |status| status.map(Some))
}

#[cfg(unix)]
fn detached(command: Command) -> io::Result<Box<dyn process_wrap::std::ChildWrapper>> {
    process_wrap::std::CommandWrap::from(command).wrap(process_wrap::std::ProcessSession).spawn()
}

#[cfg(not(unix))]
fn detached(mut command: Command) -> io::Result<std::process::Child> {
    command.spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(variables: &[(&str, &str)]) -> bool {
        can_open(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into()))
    }

    #[cfg(not(any(windows, target_os = "macos")))]
    #[test]
    fn a_browser_needs_a_screen() {
        assert!(!opens(&[]) && !opens(&[("DISPLAY", ""), ("TERM", "linux")]));
        assert!(opens(&[("DISPLAY", ":0")]) && opens(&[("WAYLAND_DISPLAY", "wayland-0")]));
        assert!(opens(&[("WSL_DISTRO_NAME", "Debian")]));
    }

    #[test]
    fn no_browser_opens_where_nobody_sits() {
        for name in REMOTE_VARIABLES {
            assert!(!opens(&[("DISPLAY", "localhost:10.0"), (name, "10.0.0.1 50000 10.0.0.2 22")]), "{name}");
        }
    }
}
