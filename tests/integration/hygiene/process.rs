//! Who may look into the memory of the program.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A user without rights, as whom root runs the programs of this test.
const NOBODY: &str = "65534";

/// Programs of one ordinary user: the one who runs the tests, or nobody where that is root.
struct User {
    folder: TempDir,
    is_root: bool,
}

impl User {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // The binary itself may stand in a folder that nobody may enter.
        fs::copy(env!("CARGO_BIN_EXE_trackyard-tui"), folder.path().join("program")).unwrap();
        Self { folder, is_root: rustix::process::geteuid().is_root() }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        if self.is_root {
            command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
        }
        command.arg("--").arg(program).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    /// Whether the user may read a file of a process.
    fn may_read(&self, process: &Running, file: &str) -> bool {
        let mut head = self.command(Path::new("head"));
        let path = format!("/proc/{}/{file}", process.0.id());
        head.args(["--bytes=1", &path]).stderr(Stdio::null()).output().unwrap().status.success()
    }
}

/// A program that runs, and is ended with the test.
struct Running(Child);

impl Running {
    /// Starts a program, and waits for the first line that it prints.
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap().take(1_000)).read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        Self(child)
    }

    fn owner_of(&self, file: &str) -> u32 {
        fs::metadata(format!("/proc/{}/{file}", self.0.id())).unwrap().uid()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn no_core_file_is_written_and_no_program_of_the_same_user_may_look_inside() {
    let user = User::new();
    let product = Running::start(user.command(&user.folder.path().join("program")).arg("simulate"));
    let limits = fs::read_to_string(format!("/proc/{}/limits", product.0.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).collect::<Vec<_>>(), ["0", "0", "bytes"]);

    // What the kernel lets nobody dump or trace belongs to root, whoever runs it.
    assert_eq!((product.owner_of("environ"), product.owner_of("mem")), (0, 0));
    for file in ["environ", "mem", "maps"] {
        assert!(!user.may_read(&product, file), "{file}");
    }
    let ordinary = Running::start(user.command(Path::new("sh")).args(["-c", "echo started; read line"]));
    assert_ne!(ordinary.owner_of("environ"), 0);
    assert!(user.may_read(&ordinary, "environ"), "or the test above shows nothing");
}
