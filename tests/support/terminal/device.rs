//! The pseudo-terminal device: opening, reading, writing, size and settings.

use std::io::{PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, Termios, Winsize};

use super::Shared;

/// The emulator's side of a pseudo-terminal. Dropping it makes the terminal vanish under the program.
pub struct Device {
    control: Arc<OwnedFd>,
    reader: Option<Reader>,
}

struct Reader {
    thread: JoinHandle<()>,
    /// The thread stops when this is dropped.
    stop: PipeWriter,
}

/// A new pseudo-terminal of this size, and the side of it that is the program's.
pub fn open(columns: u16, rows: u16) -> (Device, OwnedFd) {
    let control = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
        .expect("a terminal is free");
    rustix::pty::grantpt(&control).unwrap();
    rustix::pty::unlockpt(&control).unwrap();
    let user_side = open_user_side(&control);
    let device = Device { control: Arc::new(control), reader: None };
    device.resize(columns, rows);
    (device, user_side)
}

fn open_user_side(control: &OwnedFd) -> OwnedFd {
    let name = rustix::pty::ptsname(control, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap()
}

impl Device {
    /// Starts to feed what the program writes to the display.
    pub fn read_into(&mut self, shared: Arc<Shared>) {
        let (stopped, stop) = std::io::pipe().unwrap();
        let control = Arc::clone(&self.control);
        let thread = std::thread::spawn(move || read_to_end(&control, &stopped, &shared));
        self.reader = Some(Reader { thread, stop });
    }

    pub fn write(&self, bytes: &[u8]) {
        write_all(&self.control, bytes);
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&*self.control, size).unwrap();
    }

    /// The line settings (echo, line editing, signal keys, …).
    pub fn settings(&self) -> Termios {
        rustix::termios::tcgetattr(&*self.control).unwrap()
    }

    pub fn set(&self, settings: &Termios) {
        rustix::termios::tcsetattr(&*self.control, OptionalActions::Now, settings).unwrap();
    }

    /// Whether the program could write something now.
    pub fn has_room(&self) -> bool {
        let user_side = open_user_side(&self.control);
        poll(&mut [PollFd::new(&user_side, PollFlags::OUT)], Some(&Timespec::default())) == Ok(1)
    }

    pub fn foreground_process(&self) -> Pid {
        rustix::termios::tcgetpgrp(&*self.control).unwrap()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        if let Some(Reader { thread, stop }) = self.reader.take() {
            drop(stop);
            // A panic of the reader has been printed already.
            drop(thread.join());
        }
    }
}

/// Whether the process ends within this time. It must be a child of this process that nobody has waited for.
pub fn wait_for_end(process: Pid, within: Duration) -> bool {
    let handle = rustix::process::pidfd_open(process, PidfdFlags::empty()).unwrap();
    let deadline = Instant::now() + within;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&Timespec::try_from(left).unwrap())) {
            Ok(ready) => return ready > 0,
            Err(error) => assert_eq!(error, Errno::INTR),
        }
    }
}

fn read_to_end(control: &OwnedFd, stopped: &PipeReader, shared: &Shared) {
    let mut buffer = [0; 16 * 1024];
    while wait_for_output(control, stopped) {
        match rustix::io::read(control, &mut buffer) {
            // Nobody has the program's side open any more.
            Ok(0) | Err(Errno::IO) => break,
            Ok(count) => {
                let answers = shared.display.lock().unwrap().feed(&buffer[..count]);
                shared.changed.notify_all();
                write_all(control, &answers);
            }
            Err(error) => assert_eq!(error, Errno::INTR),
        }
    }
    shared.display.lock().unwrap().end();
    shared.changed.notify_all();
}

/// Whether there is something to read, rather than a wish to stop.
fn wait_for_output(control: &OwnedFd, stopped: &PipeReader) -> bool {
    loop {
        let mut sources = [PollFd::new(control, PollFlags::IN), PollFd::new(stopped, PollFlags::empty())];
        match poll(&mut sources, None) {
            Ok(_) => return sources[1].revents().is_empty(),
            Err(error) => assert_eq!(error, Errno::INTR),
        }
    }
}

fn write_all(control: &OwnedFd, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match rustix::io::write(control, bytes) {
            Ok(count) => bytes = &bytes[count..],
            // The program is gone, and with it whoever would read this.
            Err(Errno::IO) => return,
            Err(error) => assert_eq!(error, Errno::INTR),
        }
    }
}
