//! `config path`, `init` and `check`, on files of their own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use trackyard_tui::cli::ConfigSubcommand;
use trackyard_tui::commands::{CommandError, config};
use trackyard_tui::config::paths::Paths;
use trackyard_tui::config::{ConfigSource, Overrides};

fn run(command: ConfigSubcommand, paths: Paths) -> Result<String, CommandError> {
    let mut out = Vec::new();
    let source = ConfigSource { paths, named_by: None };
    config::run(command, &source, &Overrides::default(), &|_| None, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn path_prints_the_path_alone() {
    assert_eq!(run(ConfigSubcommand::Path, Paths::below(Path::new("/c"))).unwrap(), "/c/config.toml\n");
    assert_eq!(run(ConfigSubcommand::Path, Paths::default()).unwrap_err().exit_status(), 2);
}

#[test]
fn what_init_writes_is_valid_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::below(&folder.path().join("new"));
    let file = paths.config_file().unwrap().to_owned();
    assert_eq!(run(ConfigSubcommand::Init, paths.clone()).unwrap(), format!("Wrote {}\n", file.display()));
    assert!(
        run(ConfigSubcommand::Check, paths.clone()).unwrap().starts_with(&format!("Read {}: ok\n", file.display()))
    );

    fs::write(&file, "# mine\n").unwrap();
    let error = run(ConfigSubcommand::Init, paths).unwrap_err();
    assert_eq!(error.exit_status(), 1);
    assert!(error.to_string().contains("exists already"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
}

#[test]
fn check_says_what_is_in_effect() {
    let folder = tempfile::tempdir().unwrap();
    let text = "polling.share_percent = 7\n[keys]\nquit = [\"q\", \"ctrl-q\"]\n[[environment]]\nname = \"eu\"\nlabel = \"Europe\"\n\
                key_command = [\"pass\", \"canary\"]\n[environment.thresholds]\nrotation_days = 30\n";
    let paths = Paths::below(folder.path());
    fs::write(paths.config_file().unwrap(), text).unwrap();
    let told = run(ConfigSubcommand::Check, paths).unwrap();
    insta::assert_snapshot!(told.replace(&folder.path().display().to_string(), "FOLDER"));
}

#[test]
fn check_names_the_place_of_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::below(folder.path());
    let file = paths.config_file().unwrap().to_owned();
    fs::write(&file, "\nbase-url = 1\n").unwrap();
    let error = run(ConfigSubcommand::Check, paths).unwrap_err();
    assert_eq!(error.exit_status(), 2);
    assert_eq!(error.to_string(), format!("{}:2:1: unknown key `base-url`: did you mean `base_url`?", file.display()));
}

/// A command that reads the configuration alone, and what it says.
fn refusal(file: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trackyard-tui"));
    command.args(arguments).env("TRACKYARD_CONFIG", file).env("HOME", file.parent().unwrap()).stdin(Stdio::null());
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_the_dashboard_refuses_to_start_with_is_no_valid_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for text in [
        "[keys]\nrefresh = [\"q\"]",
        "[keys]\nfly = [\"f\"]",
        "[keys]\nhelp = [\"f77\"]",
        "[keys]\nquit = []",
        "[keys]\nquit = \"q\"",
        "[dashboard]\ntheme = 7",
        "[dashboard]\nascii = \"perhaps\"",
        "[alerts]\nterminal = \"osc8\"",
        "[alerts]\nwebhook = \"ftp://example.org\"",
        "[alerts]\ncommand = []",
        "[alerts]\nmuted = [\"rain\"]",
        "[thresholds]\nrotation_days = 7",
        "key_file = \"$HOME/keys.age\"",
        "[[environment]]\nname = \"a\"\nkey_command = [\"~nobody/pass\"]",
    ] {
        fs::write(&file, text).unwrap();
        let checked = refusal(&file, &["config", "check"]);
        assert_eq!(checked.0, Some(2), "{text}: {}", checked.1);
        assert!(checked.1.contains("config.toml:"), "{text}: {}", checked.1);
        for arguments in [&[][..], &["status"], &["doctor"]] {
            assert_eq!(refusal(&file, arguments), checked, "{text} {arguments:?}");
        }
    }
}

#[test]
fn a_theme_that_is_in_no_file_is_no_valid_configuration_and_holds_up_no_other_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "[dashboard]\ntheme = \"pink\"").unwrap();
    let (status, told) = refusal(&file, &["config", "check"]);
    assert!(status == Some(2) && told.contains("themes/pink.toml: built in are terminal, dark,"), "{told}");
    assert!(!refusal(&file, &["key", "list"]).1.contains("theme"));
}

#[test]
fn check_without_a_file_says_that_the_defaults_apply() {
    let folder = tempfile::tempdir().unwrap();
    let told = run(ConfigSubcommand::Check, Paths::below(folder.path())).unwrap();
    assert!(told.starts_with("There is no ") && told.contains(": the defaults apply\n"), "{told}");
    let told = run(ConfigSubcommand::Check, Paths::default()).unwrap();
    assert!(told.starts_with("There is no home folder"), "{told}");
}
