//! The program alone, for systems without sessions.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::streams::Streams;

/// Interval between two looks whether the program has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A program.
pub(super) struct SingleChild(Arc<Mutex<Child>>);

/// The right to end it. Dropping it does.
pub(super) struct SingleProgram(Arc<Mutex<Child>>);

pub(super) fn spawn(mut command: Command) -> io::Result<SingleChild> {
    Ok(SingleChild(Arc::new(Mutex::new(command.spawn()?))))
}

impl SingleChild {
    pub(super) fn streams(&mut self) -> Streams {
        let mut child = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Streams { stdin: child.stdin.take(), stdout: child.stdout.take(), stderr: child.stderr.take() }
    }

    pub(super) fn group(&self) -> SingleProgram {
        SingleProgram(Arc::clone(&self.0))
    }

    pub(super) fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.0.lock().unwrap_or_else(PoisonError::into_inner).try_wait()? {
                return Ok(status);
            }
            thread::sleep(LOOK);
        }
    }

    pub(super) fn wait_for_rest(self) {}
}

impl Drop for SingleProgram {
    fn drop(&mut self) {
        // One that has ended can't be killed.
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).kill());
    }
}

/// There is nothing more to do: a program ends with whoever waits for it.
pub(crate) fn end_all() {}
