//! What the system tells the program: end, stop, or that its terminal is gone.

use std::io;

use tokio::sync::mpsc;

/// What the system wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End (`SIGTERM`, `SIGINT`), or the terminal is gone (`SIGHUP`, hang-up).
    End,
    /// Stop until further notice (`SIGTSTP`).
    Suspend,
}

/// Listens for signals and for the end of the terminal, on the current runtime.
///
/// The terminal's end is watched apart from its input: the input library spins when it reads from one that
/// went away.
///
/// # Errors
/// Where the system refuses to say.
#[cfg(unix)]
pub fn listen() -> io::Result<mpsc::Receiver<Signal>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (sender, receiver) = mpsc::channel(4);
    let suspend = SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw());
    let kinds = [
        (SignalKind::terminate(), Signal::End),
        (SignalKind::interrupt(), Signal::End),
        (SignalKind::hangup(), Signal::End),
        (suspend, Signal::Suspend),
    ];
    for (kind, meaning) in kinds {
        let mut arrivals = signal(kind)?;
        let sender = sender.clone();
        tokio::spawn(async move { while arrivals.recv().await.is_some() && sender.send(meaning).await.is_ok() {} });
    }
    watch_terminal(sender)?;
    Ok(receiver)
}

/// Waits on a thread of its own, at no cost, until the terminal hangs up.
#[cfg(unix)]
fn watch_terminal(sender: mpsc::Sender<Signal>) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};

    let watch = move || {
        let output = io::stdout();
        loop {
            // No flags: only errors and hang-ups, which can't be left out, end the wait.
            let mut terminal = [PollFd::new(&output, PollFlags::empty())];
            match poll(&mut terminal, None) {
                Err(rustix::io::Errno::INTR) => {}
                _ => break,
            }
        }
        let _ = sender.blocking_send(Signal::End);
    };
    std::thread::Builder::new().name("hang-up".to_owned()).stack_size(64 * 1024).spawn(watch)?;
    Ok(())
}

/// Listens for Ctrl-C and Ctrl-Break.
///
/// # Errors
/// Where the system refuses to say.
#[cfg(not(unix))]
pub fn listen() -> io::Result<mpsc::Receiver<Signal>> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = sender.send(Signal::End).await;
        }
    });
    Ok(receiver)
}

/// Stops this process until it is told to go on, as a shell's `fg` does.
#[cfg(unix)]
pub fn stop() {
    use rustix::process::{Signal, getpid, kill_process};

    if let Err(error) = kill_process(getpid(), Signal::STOP) {
        tracing::warn!(%error, "could not stop");
    }
}

/// Where there is no job control, there is nothing to do.
#[cfg(not(unix))]
pub fn stop() {}
