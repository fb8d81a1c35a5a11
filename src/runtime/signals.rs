//! Signals of the system: end, stop, or the terminal is gone.

use std::io;
#[cfg(unix)]
use std::time::Duration;

use tokio::sync::mpsc;

#[cfg(unix)]
use crate::services::{log, program};

/// Time limit for the program to end by itself.
#[cfg(unix)]
const END_LIMIT: Duration = Duration::from_secs(2);
/// Number of senders of the end: a signal, and the terminal that went away.
#[cfg(unix)]
const ENDS_MAX: usize = 2;

/// Request of the system.
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
/// Both are watched on threads of their own. A program that should end and can't is ended, with status 1.
///
/// # Errors
/// Where the system refuses to say.
#[cfg(unix)]
pub fn listen() -> io::Result<mpsc::Receiver<ProcessSignal>> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};

    program::signals_are_taken();
    let (sender, receiver) = mpsc::channel(16);
    let numbers = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH];
    let mut signals = signal_hook::iterator::Signals::new(numbers)?;
    let to_loop = sender.clone();
    let listen = move || {
        for number in signals.forever() {
            match number {
                SIGTSTP => send(&to_loop, ProcessSignal::Suspend),
                SIGCONT => send(&to_loop, ProcessSignal::Continue),
                SIGWINCH => send(&to_loop, ProcessSignal::Resized),
                _ => end(&to_loop),
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

/// Sends a signal other than the end. A burst is cut short, for the end must always find room.
#[cfg(unix)]
fn send(sender: &mpsc::Sender<ProcessSignal>, signal: ProcessSignal) {
    if sender.capacity() > ENDS_MAX {
        _ = sender.try_send(signal);
    }
}

/// Has the program end, in one way or the other.
#[cfg(unix)]
fn end(sender: &mpsc::Sender<ProcessSignal>) {
    let sent = sender.try_send(ProcessSignal::End);
    std::thread::sleep(END_LIMIT);
    tracing::warn!(told = sent.is_ok(), "the program did not end when it was told to, and is ended");
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

/// True when there is a shell that could bring the program to the front again: one with job control gives each job a
/// process group of its own.
#[cfg(unix)]
#[must_use]
pub fn can_stop() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}

/// False: there is no job control.
#[cfg(not(unix))]
#[must_use]
pub fn can_stop() -> bool {
    false
}

/// Stops this process, with the others of its job, until a shell's `fg` continues it.
#[cfg(unix)]
pub fn stop() {
    use rustix::process::{Signal, kill_current_process_group};

    if let Err(error) = kill_current_process_group(Signal::STOP) {
        tracing::warn!(%error, "could not stop");
    }
}

/// Does nothing: there is no job control.
#[cfg(not(unix))]
pub fn stop() {}
