//! Files and threads that the program needs to start: checked, for libraries stop without a word where they are
//! missing.

use std::fs::File;
use std::io;
use std::thread;

/// Number of files, sockets and pipes open at once in the smallest run: event loop, history and one request.
const FILES: usize = 24;
/// Number of threads in the smallest run.
const THREADS: usize = 3;
const STACK: usize = 64 * 1024;
/// File that can always be opened.
const SOMETHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Checks that the program can have as many files and threads as it needs.
///
/// # Errors
/// The resource that is missing, and what to do: one plain sentence.
pub fn check() -> Result<(), String> {
    let files: io::Result<Vec<File>> = (0..FILES).map(|_| File::open(SOMETHING)).collect();
    let files = files.map_err(|error| {
        format!("{FILES} files have to be open at once, which this system does not allow ({error}): raise `ulimit -n`")
    });
    drop(files?);
    let barrier = std::sync::Arc::new(std::sync::Mutex::new(()));
    let held = barrier.lock();
    let start = |_| {
        let barrier = std::sync::Arc::clone(&barrier);
        thread::Builder::new().stack_size(STACK).spawn(move || drop(barrier.lock()))
    };
    let threads: Vec<io::Result<_>> = (0..THREADS).map(start).collect();
    drop(held);
    let mut outcome = Ok(());
    for thread in threads {
        match thread {
            Ok(thread) => drop(thread.join()),
            Err(error) => outcome = Err(error),
        }
    }
    outcome.map_err(|error| {
        format!("{THREADS} threads have to run at once, which this system does not allow ({error}): raise `ulimit -u`")
    })
}

/// Has a write beyond the size that a file may have (`ulimit -f`) fail like any other, instead of ending the program.
#[cfg(unix)]
pub fn outlive_large_files() {
    use std::sync::Arc;

    if let Err(error) = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()) {
        tracing::debug!(%error, "a file that may not grow ends the program");
    }
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub fn outlive_large_files() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_as_it_should_be_has_enough() {
        assert_eq!(check(), Ok(()));
    }
}
