//! Sessions of Unix.

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap, ProcessSession};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use rustix::process::{kill_process_group, test_kill_process_group, waitid};

use super::limits::{GRACE, KILLED_LIMIT};
use super::streams::Streams;

/// Interval between two looks whether the last process of a group has ended.
const LOOK: Duration = Duration::from_millis(5);

/// All programs of this process.
static PROGRAMS: Mutex<ProgramRegistry> =
    Mutex::new(ProgramRegistry { groups: Vec::new(), starting: 0, is_ending: false });
/// Told when one has started, or is gone.
static CHANGED: Condvar = Condvar::new();
/// True where another part of the program hears the signals that end it.
static SIGNALS_TAKEN: AtomicBool = AtomicBool::new(false);

struct ProgramRegistry {
    /// The groups that may have a process left.
    groups: Vec<Pid>,
    /// Number of programs that are being started.
    starting: usize,
    /// True where this process ends, so that nothing more may be started.
    is_ending: bool,
}

/// The leader of a session, and all processes of its group.
pub(super) struct SessionLeader {
    child: Box<dyn ChildWrapper>,
    pid: Pid,
}

/// The right to end a group. Dropping it does.
pub(super) struct SessionGroup(Pid);

/// Starts a program as the leader of a new session, which has no terminal.
pub(super) fn spawn(command: Command) -> io::Result<SessionLeader> {
    static SIGNALS: Once = Once::new();
    SIGNALS.call_once(hear_signals);
    {
        let mut programs = programs();
        if programs.is_ending {
            return Err(io::ErrorKind::Interrupted.into());
        }
        programs.starting += 1;
    }
    let started = CommandWrap::from(command).wrap(ProcessSession).spawn().and_then(|child| {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
        Ok(SessionLeader { child, pid })
    });
    let mut programs = programs();
    programs.starting -= 1;
    programs.groups.extend(started.as_ref().map(|leader| leader.pid));
    CHANGED.notify_all();
    started
}

impl SessionLeader {
    pub(super) fn streams(&mut self) -> Streams {
        Streams {
            stdin: self.child.stdin().take(),
            stdout: self.child.stdout().take(),
            stderr: self.child.stderr().take(),
        }
    }

    pub(super) fn group(&self) -> SessionGroup {
        SessionGroup(self.pid)
    }

    /// Waits for the end of the leader, and has the others end too.
    pub(super) fn wait(&mut self) -> io::Result<ExitStatus> {
        // Until its end has been waited for, the number of the group belongs to no other.
        while let Err(Errno::INTR) = waitid(WaitId::Pid(self.pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
        signal(self.pid, Signal::TERM);
        self.child.wait()
    }

    /// Waits until no process is left, and kills those that take too long.
    pub(super) fn wait_for_rest(self) {
        if !is_gone_within(self.pid, GRACE) {
            signal(self.pid, Signal::KILL);
            is_gone_within(self.pid, KILLED_LIMIT);
        }
        programs().groups.retain(|pid| *pid != self.pid);
        CHANGED.notify_all();
    }
}

impl Drop for SessionGroup {
    fn drop(&mut self) {
        let pid = self.0;
        if !signal(pid, Signal::TERM) {
            return;
        }
        let kill = move || end_after_grace(&[pid]);
        if let Err(error) = thread::Builder::new().name("program-end".to_owned()).spawn(kill) {
            tracing::warn!(%error, "a program is killed at once");
            signal(pid, Signal::KILL);
        }
    }
}

/// Ends all programs, and waits for that. To be called before this process ends; none is started any more.
pub(crate) fn end_all() {
    programs().is_ending = true;
    wait_while(|programs| programs.starting > 0);
    let all = programs().groups.clone();
    for pid in &all {
        signal(*pid, Signal::TERM);
    }
    end_after_grace(&all);
}

/// Says that another part of the program hears the signals that end it, and calls [`end_all`] then.
pub(crate) fn signals_are_taken() {
    SIGNALS_TAKEN.store(true, Ordering::SeqCst);
}

/// Kills what has not ended within the grace.
fn end_after_grace(pids: &[Pid]) {
    wait_while(|programs| pids.iter().any(|pid| programs.groups.contains(pid)));
    for pid in pids {
        signal(*pid, Signal::KILL);
    }
}

/// Waits as long as something holds, and no longer than the grace.
fn wait_while(holds: impl Fn(&ProgramRegistry) -> bool) {
    let waited = CHANGED.wait_timeout_while(programs(), GRACE, |programs| holds(programs));
    drop(waited.unwrap_or_else(PoisonError::into_inner));
}

/// Sends a signal to all processes of a group, and tells whether it may have any.
fn signal(pid: Pid, signal: Signal) -> bool {
    let programs = programs();
    if !programs.groups.contains(&pid) {
        return false;
    }
    match kill_process_group(pid, signal) {
        Ok(()) | Err(Errno::SRCH) => {}
        Err(error) => tracing::debug!(%error, "a process of a program can't be signalled"),
    }
    true
}

fn is_gone_within(pid: Pid, limit: Duration) -> bool {
    let start = Instant::now();
    while test_kill_process_group(pid) != Err(Errno::SRCH) {
        if start.elapsed() >= limit {
            return false;
        }
        thread::sleep(LOOK);
    }
    true
}

fn programs() -> MutexGuard<'static, ProgramRegistry> {
    PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a signal that ends this process end all programs first: they are out of reach of the terminal's Ctrl-C.
fn hear_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    if SIGNALS_TAKEN.load(Ordering::SeqCst) {
        return;
    }
    let numbers = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|number| !is_ignored(*number));
    let heard = signal_hook::iterator::Signals::new(numbers).and_then(|mut signals| {
        thread::Builder::new().name("program-signals".to_owned()).spawn(move || {
            for number in signals.forever() {
                if SIGNALS_TAKEN.load(Ordering::SeqCst) {
                    return;
                }
                end_all();
                drop(signal_hook::low_level::emulate_default_handler(number));
            }
        })
    });
    if let Err(error) = heard {
        tracing::warn!(%error, "a signal that ends this program does not end those that it started");
    }
}

/// True where this process was started so that the signal is ignored, as under `nohup`.
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    ignored >> (number - 1) & 1 == 1
}
