//! The processes of a program: started in a session of their own, and ended together.

use std::io;
use std::process::{Command, ExitStatus};
use std::thread;

use tokio::process;
use tokio::sync::oneshot;
use tokio::time::timeout;

mod limits;
#[cfg(unix)]
mod session;
#[cfg(not(unix))]
mod single;
mod streams;

#[cfg(unix)]
use session::{self as system, SessionGroup as ProgramGroup};
#[cfg(not(unix))]
use single::{self as system, SingleProgram as ProgramGroup};

use limits::{GRACE, KILLED_LIMIT};
use streams::Streams;

pub(crate) use system::end_all;
#[cfg(unix)]
pub(crate) use system::signals_are_taken;

/// A program that was started. Dropping it ends all of its processes, without waiting for that.
pub(super) struct RunningProgram {
    streams: Streams,
    status: oneshot::Receiver<io::Result<ExitStatus>>,
    gone: oneshot::Receiver<()>,
    group: Option<ProgramGroup>,
}

impl RunningProgram {
    pub(super) fn stdin(&mut self) -> io::Result<Option<process::ChildStdin>> {
        self.streams.stdin.take().map(process::ChildStdin::from_std).transpose()
    }

    pub(super) fn stdout(&mut self) -> io::Result<Option<process::ChildStdout>> {
        self.streams.stdout.take().map(process::ChildStdout::from_std).transpose()
    }

    pub(super) fn stderr(&mut self) -> io::Result<Option<process::ChildStderr>> {
        self.streams.stderr.take().map(process::ChildStderr::from_std).transpose()
    }

    /// Exit status of the program, once it has ended.
    pub(super) async fn status(&mut self) -> io::Result<ExitStatus> {
        (&mut self.status).await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
    }

    /// Ends all processes, and waits until they are gone.
    pub(super) async fn end(mut self) {
        drop(self.group.take());
        if timeout(GRACE + KILLED_LIMIT, self.gone).await.is_err() {
            tracing::warn!("processes of a program can't be ended");
        }
    }
}

/// Starts a program on a thread of its own, which a disk that hangs may hold up, and which waits for its end.
pub(super) async fn start(command: Command) -> io::Result<RunningProgram> {
    let (started, start) = oneshot::channel();
    thread::Builder::new().name("program".to_owned()).spawn(move || supervise(command, started))?;
    start.await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
}

fn supervise(command: Command, started: oneshot::Sender<io::Result<RunningProgram>>) {
    let mut child = match system::spawn(command) {
        Ok(child) => child,
        Err(error) => return drop(started.send(Err(error))),
    };
    let (ended, status) = oneshot::channel();
    let (left, gone) = oneshot::channel();
    let streams = child.streams();
    // Where nobody waits any more, this is dropped at once, and so ends what was started.
    drop(started.send(Ok(RunningProgram { streams, status, gone, group: Some(child.group()) })));
    drop(ended.send(child.wait()));
    child.wait_for_rest();
    // Nobody may wait for this.
    let _ = left.send(());
}
