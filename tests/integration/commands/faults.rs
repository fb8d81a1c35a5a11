//! Bad input, and a machine that fails: what is told, and what is left alone.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use rusqlite::Connection;

use crate::support::product::Home;
use crate::support::server::Trap;
use crate::support::session::{Done, Session, at_home, done, folder, history_file, make_runtime_folder};

#[test]
fn a_faulty_configuration_is_refused_with_its_place() {
    let home = Home::new();
    let file = folder(&home).join("faulty.toml");
    for (text, place, reason) in [
        ("\n[polling\n", ":2:", ""),
        ("\nbase-url = \"https://x\"\n", ":2:1: ", "unknown key `base-url`: did you mean `base_url`?"),
        ("polling.interval = true\n", ":1:", "interval"),
        ("[[environment]]\nname = \"Prod\"\n", ":2:", "name"),
    ] {
        fs::write(&file, text).unwrap();
        for command in ["status", "doctor"] {
            let mut command = at_home(&home, &[command]);
            done(command.env("TRACKYARD_CONFIG", &file)).expect(2, &["faulty.toml", place, reason]);
        }
    }
    done(&mut at_home(&home, &["status", "--config", "/no/such/file"])).expect(2, &["--config", "does not exist"]);
}

#[test]
fn usage_errors_are_told_apart_from_failures() {
    let home = Home::new();
    for (arguments, words) in [
        (&["simulate", "--scenario", "bogus"][..], "demo, healthy"),
        (&["bogus"], "unrecognized subcommand"),
        (&["status", "--key-store", "nonsense"], "keyring"),
        (&["status", "--log-level", "loud"], "trace"),
        (&["status", "--max-age", "soon"], "--max-age"),
        (&["status", "--base-url", "nonsense"], "the base URL is no URL"),
        (&["status", "--base-url", "ftp://api.trackyard.com"], "https://"),
        (&["status", "--base-url", "https://a:b@api.trackyard.com"], "no user name"),
    ] {
        done(&mut at_home(&home, arguments)).expect(2, &[words]);
    }
    done(&mut at_home(&home, &[])).expect(1, &["needs a terminal", "trackyard-tui status"]);
}

#[test]
fn a_key_is_never_sent_in_clear_to_another_host() {
    // An address of this machine that is not loopback would be another host to the program.
    let (home, trap) = (Home::new(), Trap::set());
    let url = trap.url().replace("127.0.0.1", "0.0.0.0");
    let mut command = at_home(&home, &["status", "--base-url", &url]);
    command.env("TRACKYARD_API_KEY_DEV", "s3cret-s3cret-s3cret");
    let refused = done(&mut command).expect(2, &["unencrypted", "use https://"]);
    assert!(!refused.err.contains("s3cret"), "{refused:?}");
    assert!(trap.is_untouched());
}

#[test]
fn a_service_that_is_not_there_is_unreachable() {
    let home = Home::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut command = at_home(&home, &["status", "--env", "dev", "--base-url", &url]);
    command.env("TRACKYARD_API_KEY_DEV", "s3cret-s3cret-s3cret");
    done(&mut command).expect(0, &["unreachable", "refused the connection"]);
    let mut command = at_home(&home, &["doctor", "--env", "dev", "--base-url", &url]);
    command.env("TRACKYARD_API_KEY_DEV", "s3cret-s3cret-s3cret");
    let told = done(&mut command).expect(1, &["1 check failed"]);
    assert!(told.out.contains("FAILS  network") && told.out.contains("Check the base URL"), "{told:?}");
}

/// Holds to what `status` tells where the history can't be used: without another place to count calls in the service is
/// not asked, and that is said in one line.
fn assert_not_asked(done: Done, reason: &str) {
    let done = done.expect(1, &["not asked", "no place to count calls in", reason]);
    assert!(done.out.contains("waiting") && done.err.lines().count() == 1, "{done:?}");
}

#[test]
fn a_history_of_another_program_is_left_alone_and_calls_are_counted_elsewhere() {
    let session = Session::playing("healthy");
    let file = history_file(&session.home);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = b"no database, but the notes of someone\n".to_vec();
    let foreign = {
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine');").unwrap();
        drop(connection);
        fs::read(&file).unwrap()
    };
    for (content, reason) in [(text, "is no database"), (foreign, "belongs to another program")] {
        fs::write(&file, &content).unwrap();
        assert_not_asked(session.run(&["status", "--env", "dev"]), reason);
        make_runtime_folder(&session.home);
        let json = session.run(&["status", "--env", "prod", "--json"]).expect(0, &[]);
        fs::remove_dir_all(folder(&session.home).join("run")).unwrap();
        assert_eq!(json.json()["environments"][0]["status"], "active");
        assert!(json.err.contains(reason), "{json:?}");
        let doctor = session.run(&["doctor"]).expect(1, &["1 check failed"]);
        assert!(doctor.out.contains("FAILS  history") && doctor.out.contains(reason), "{doctor:?}");
        assert!(doctor.out.contains("Move the file away"), "{doctor:?}");
        assert_eq!(fs::read(&file).unwrap(), content, "it was left untouched");
        let beside = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut beside: Vec<_> = beside.collect();
        beside.sort();
        assert_eq!(beside, ["history.sqlite3", "trackyard-tui.log"]);
    }
}

#[test]
fn without_a_place_to_count_calls_in_only_a_person_is_answered() {
    let session = Session::playing("healthy");
    let file = folder(&session.home).join("a-file");
    fs::write(&file, "").unwrap();
    let homeless = |home: &str, arguments: &[&str]| {
        let mut command = session.command(arguments);
        for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        done(command.env("HOME", home))
    };
    for home in ["/proc/no-home", "/dev/null"] {
        let reason = "can't be opened for writing";
        assert_not_asked(homeless(home, &["status", "--env", "dev"]), reason);
        homeless(home, &["key", "test", "dev"]).expect(0, &["active"]);
        let doctor = homeless(home, &["doctor"]).expect(1, &["2 checks failed"]);
        assert!(doctor.out.contains("FAILS  history") && doctor.out.contains("FAILS  log"), "{doctor:?}");
        assert!(homeless(home, &["doctor", "--log-level", "off"]).out.contains("off, as asked for"));
        homeless(home, &["config", "init"]).expect(1, &["can't be written"]);
    }
    // Without HOME, the folders that the other variables name are used.
    done(session.command(&["status", "--env", "dev"]).env_remove("HOME")).expect(0, &["active"]);
    assert!(history_file(&session.home).exists());
}

#[test]
fn a_full_disk_costs_the_memory_alone() {
    let session = Session::playing("healthy");
    let command = session.command(&["status", "--env", "dev", "--log-level", "trace"]);
    // No file may grow, and the program is told so as by a full disk.
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" XFSZ; ulimit -f 0; exec "$@""#, "sh"]);
    shell.arg(command.get_program()).args(command.get_args()).current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    make_runtime_folder(&session.home);
    assert_not_asked(done(&mut shell), "the history ");
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let session = Session::playing("healthy");
    for arguments in [&["status"][..], &["status", "--json"], &["man"], &["completions", "zsh"], &["config", "path"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let done = Done::of(session.command(arguments).stdout(full).output().unwrap());
        done.expect(1, &["the output can't be written", "No space left"]);
    }
}
