//! A machine with a keyring, a home and a service, and an old and a new key of prod.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tempfile::TempDir;

use crate::support::secret_service::{self, SecretService};
use crate::support::session::{self, Done, Session, done, fed, folder, history_file};

/// The entries of the keyring that a rotation of prod uses: in use, kept aside, and not in use yet.
pub const ENTRIES: [&str; 3] = ["prod", "prod.previous", "prod.candidate"];

/// As often as can be.
const CONFIG: &str = "[polling]\ninterval = \"10s\"\n";

/// A machine of its own for a test.
pub struct Machine {
    pub session: Session,
    pub service: SecretService,
    /// The key of prod at the start.
    pub old: String,
    /// A second one, which the service accepts too.
    pub new: String,
    _folder: TempDir,
}

impl Machine {
    /// With the old key of prod in the keyring. Nothing where the tools for a keyring are not installed.
    pub fn start() -> Option<Self> {
        if !secret_service::is_available() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let service = SecretService::start(folder.path());
        let session = Session::playing("healthy");
        let (old, new) = (session.simulate.key("PROD").to_owned(), session.simulate.control("keys/prod"));
        let machine = Self { session, service, old, new, _folder: folder };
        let config = session::folder(&machine.session.home).join("config/trackyard-tui");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("config.toml"), CONFIG).unwrap();
        machine.store("prod", &machine.old);
        Some(machine)
    }

    /// The command with the simulator's address and the keyring.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.session.keyless(arguments);
        command.envs(self.service.variables());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        done(&mut self.command(arguments))
    }

    /// `key rotate prod` with more arguments, given a key.
    pub fn rotate(&self, arguments: &[&str], key: &str) -> Done {
        fed(&mut self.rotation(arguments), format!("{key}\n").as_bytes())
    }

    /// `key rotate prod` with more arguments.
    pub fn rotation(&self, arguments: &[&str]) -> Command {
        self.command(&[&["key", "rotate", "prod"], arguments].concat())
    }

    /// `key rotate prod` with more arguments, under way, given a key.
    pub fn begin(&self, arguments: &[&str], key: &str) -> Child {
        let mut command = self.rotation(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that wants no key may have ended already.
        drop(child.stdin.take().unwrap().write_all(key.as_bytes()));
        child
    }

    pub fn control(&self, path: &str) -> String {
        self.session.simulate.control(path)
    }

    /// Calls the service with a key, as an application does.
    pub fn search(&self, key: &str) {
        let address = self.session.simulate.base_url().strip_prefix("http://").unwrap();
        let (host, path) = address.split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!("POST /{path}/search HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}");
        write!(stream, "{head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// What the platform's own program finds in an entry of the keyring.
    pub fn stored(&self, entry: &str) -> String {
        let found = self.service.secret_tool(&["lookup", "service", "trackyard-tui", "username", entry], b"");
        String::from_utf8(found.stdout).unwrap()
    }

    /// Stores a key with the platform's own program, in the place of whatever is there.
    pub fn store(&self, entry: &str, key: &str) {
        self.clear(entry);
        let attributes = ["store", "--label", "test", "service", "trackyard-tui", "username", entry];
        assert!(self.service.secret_tool(&attributes, key.as_bytes()).status.success());
    }

    pub fn clear(&self, entry: &str) {
        self.service.secret_tool(&["clear", "service", "trackyard-tui", "username", entry], b"");
    }

    /// Which key is in which entry: in use, kept aside, not in use yet.
    pub fn places(&self) -> [&'static str; 3] {
        ENTRIES.map(|entry| match self.stored(entry) {
            key if key.is_empty() => "-",
            key if key == self.old => "old",
            key if key == self.new => "new",
            _ => "another",
        })
    }

    /// Puts the old and the new key in these entries.
    pub fn place(&self, places: [&str; 3]) {
        for (entry, name) in ENTRIES.into_iter().zip(places) {
            match name {
                "old" => self.store(entry, &self.old),
                "new" => self.store(entry, &self.new),
                _ => self.clear(entry),
            }
        }
    }

    /// Deletes the history, and with it the journal.
    pub fn lose_history(&self) {
        let file = history_file(&self.session.home);
        for ending in ["", "-wal", "-shm", "-journal"] {
            drop(fs::remove_file(format!("{}{ending}", file.display())));
        }
    }

    /// Sets the journal back to a stage, as if whoever entered it had been killed there.
    pub fn enter(&self, stage: &str) {
        let history = rusqlite::Connection::open(history_file(&self.session.home)).unwrap();
        let newest = "UPDATE rotations SET stage = ?1, ended_at = NULL WHERE id = (SELECT MAX(id) FROM rotations)";
        assert_eq!(history.execute(newest, [stage]).unwrap(), 1);
    }

    /// The last words of the journal: the stage of the newest rotation, `none` where there is no rotation.
    pub fn stage(&self) -> String {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let Ok(history) = rusqlite::Connection::open_with_flags(history_file(&self.session.home), flags) else {
            return "none".to_owned();
        };
        let newest = "SELECT stage FROM rotations ORDER BY id DESC LIMIT 1";
        history.query_row(newest, [], |row| row.get(0)).unwrap_or_else(|_| "none".to_owned())
    }

    /// Holds all that was printed, and all files of the home, to no key.
    pub fn assert_hidden(&self, printed: &[&Done]) {
        let mut texts: Vec<_> = printed
            .iter()
            .flat_map(|done| {
                [
                    ("the output".to_owned(), done.out.clone().into_bytes()),
                    ("an error".to_owned(), done.err.clone().into_bytes()),
                ]
            })
            .collect();
        let files = session::files(&folder(&self.session.home));
        assert!(files.iter().any(|file| file.ends_with("history.sqlite3")), "{files:?}");
        texts.extend(files.into_iter().map(|file| (file.display().to_string(), fs::read(file).unwrap())));
        for (place, bytes) in texts {
            assert_no_key(&place, &bytes, &[&self.old, &self.new]);
        }
    }
}

/// Holds a text to no key, nor half of one.
pub fn assert_no_key(place: &str, bytes: &[u8], keys: &[&str]) {
    for key in keys {
        let secret = key.trim_start_matches("trackyard_live_").as_bytes();
        let half = &secret[..secret.len() / 2];
        assert!(!bytes.windows(half.len()).any(|window| window == half), "a key is in {place}");
    }
}

/// The fingerprint of a key, as the product prints it.
pub fn fingerprint(key: &str) -> String {
    trackyard_tui::domain::api_key::ApiKey::parse(key).unwrap().fingerprint().to_string()
}

/// Waits for the end of a program, so long at most; tells whether it came.
pub fn ends_within(child: &Child, limit: Duration) -> bool {
    let handle = pidfd_open(Pid::from_child(child), PidfdFlags::empty()).unwrap();
    let deadline = Instant::now() + limit;
    loop {
        let left = Timespec::try_from(deadline.saturating_duration_since(Instant::now())).unwrap();
        match poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&left)) {
            Ok(ready) => return ready > 0,
            Err(error) => assert_eq!(error, Errno::INTR),
        }
    }
}

/// What a program printed that ends by itself within a minute or two, however busy the machine is.
pub fn finish(mut child: Child) -> Done {
    if !ends_within(&child, Duration::from_mins(2)) {
        child.kill().unwrap();
    }
    Done::of(child.wait_with_output().unwrap())
}

/// Lets a program run for so long at most, then kills it; tells whether it had ended by itself.
pub fn kill_after(mut child: Child, delay: Duration) -> bool {
    ends_within(&child, delay);
    child.kill().unwrap();
    child.wait().unwrap().signal().is_none()
}

/// How long a program takes that is left alone.
pub fn time(run: impl FnOnce() -> Done) -> (Done, Duration) {
    let start = Instant::now();
    (run(), start.elapsed())
}
