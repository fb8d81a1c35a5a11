//! What the system tells the program: end, stop, or that its terminal is gone.

use std::io;
#[cfg(unix)]
use std::time::Duration;

use tokio::sync::mpsc;

#[cfg(unix)]
use crate::services::{log, program};

/// How long the program may take to end by itself.
#[cfg(unix)]
const END_LIMIT: Duration = Duration::from_secs(2);
/// The most that tell the program to end at once: a signal, and the terminal that went away.
#[cfg(unix)]
const ENDS_MAX: usize = 2;

/// What the system wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessSignal {
    /// End (`SIGTERM`, `SIGINT`, `SIGQUIT`), or the terminal is gone (`SIGHUP`, hang-up).
    End,
    /// Stop until further notice (`SIGTSTP`).
    Suspend,
    /// Go on after a stop (`SIGCONT`).
    Continue,
    /// The terminal has another size, or is another one (`SIGWINCH`).
    Resized,
}

/// Listens for signals and for the end of the terminal.
///
/// Both are watched on threads of their own. A program that is told to end and can't is ended, with status 1.
///
/// # Errors
/// Where the system refuses to say.
#[cfg(unix)]
pub fn listen() -> io::Result<mpsc::Receiver<ProcessSignal>> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};

    program::signals_are_taken();
    let (sender, receiver) = mpsc::channel(16);
    let numbers = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH];
    let mut arrivals = signal_hook::iterator::Signals::new(numbers)?;
    let to_session = sender.clone();
    let listen = move || {
        for number in arrivals.forever() {
            match number {
                SIGTSTP => tell(&to_session, ProcessSignal::Suspend),
                SIGCONT => tell(&to_session, ProcessSignal::Continue),
                SIGWINCH => tell(&to_session, ProcessSignal::Resized),
                _ => end(&to_session),
            }
        }
    };
    start("signals", listen)?;
    start("hang-up", move || {
        wait_for_hang_up();
        end(&sender);
    })?;
    Ok(receiver)
}

#[cfg(unix)]
fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).stack_size(64 * 1024).spawn(work).map(drop)
}

/// Passes on what is not the end. A burst of it is cut short, for the end must always find a place.
#[cfg(unix)]
fn tell(sender: &mpsc::Sender<ProcessSignal>, signal: ProcessSignal) {
    if sender.capacity() > ENDS_MAX {
        _ = sender.try_send(signal);
    }
}

/// Has the program end, in one way or the other.
#[cfg(unix)]
fn end(sender: &mpsc::Sender<ProcessSignal>) {
    let told = sender.try_send(ProcessSignal::End);
    std::thread::sleep(END_LIMIT);
    tracing::warn!(told = told.is_ok(), "the program did not end when it was told to, and is ended");
    super::terminal::restore();
    program::end_all();
    log::finish();
    std::process::exit(1);
}

/// Waits, at no cost, until the terminal hangs up.
#[cfg(unix)]
fn wait_for_hang_up() {
    use rustix::event::{PollFd, PollFlags, poll};

    let output = io::stdout();
    // No flags: only errors and hang-ups, which can't be left out, end the wait.
    while let Err(rustix::io::Errno::INTR) = poll(&mut [PollFd::new(&output, PollFlags::empty())], None) {}
}

/// Listens for Ctrl-C and Ctrl-Break.
///
/// # Errors
/// Where the system refuses to say.
#[cfg(not(unix))]
pub fn listen() -> io::Result<mpsc::Receiver<ProcessSignal>> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = sender.send(ProcessSignal::End).await;
        }
    });
    Ok(receiver)
}

/// Whether there is a shell that could bring the program to the front again: one with job control gives each job a
/// process group of its own.
#[cfg(unix)]
#[must_use]
pub fn can_stop() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}

/// Where there is no job control, nothing can be stopped.
#[cfg(not(unix))]
#[must_use]
pub fn can_stop() -> bool {
    false
}

/// Stops this process, with the others of its job, until it is told to go on, as a shell's `fg` does.
#[cfg(unix)]
pub fn stop() {
    use rustix::process::{Signal, kill_current_process_group};

    if let Err(error) = kill_current_process_group(Signal::STOP) {
        tracing::warn!(%error, "could not stop");
    }
}

/// Where there is no job control, there is nothing to do.
#[cfg(not(unix))]
pub fn stop() {}
