//! The command line: what its help says, what it takes and what it refuses.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory};
use trackyard_tui::cli::{self, Cli, KeySubcommand};
use trackyard_tui::domain::environment::EnvironmentName;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::from_arguments(std::iter::once("trackyard-tui").chain(line.split_whitespace()).map(OsString::from))
}

fn refused(line: &str) -> (ErrorKind, String) {
    let error = parse(line).map(|cli| format!("{cli:?}")).expect_err(line);
    assert_eq!(error.exit_code(), 2, "{line}");
    (error.kind(), error.to_string())
}

/// The long help of a command and all below it, by name.
fn helps(command: &mut Command, helps: &mut BTreeMap<String, String>) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    helps.insert(name, help);
    command
        .get_subcommands_mut()
        .filter(|inner| inner.get_name() != "help")
        .for_each(|inner| self::helps(inner, helps));
}

#[test]
fn help_says_what_each_command_does() {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut texts = BTreeMap::new();
    helps(&mut command, &mut texts);
    // The options everywhere end each text alike: they are shown once.
    let ending = texts["trackyard-tui man"].split_once("\nOptions everywhere:").expect("it has options").1.to_owned();
    let all = texts.into_iter().fold(String::new(), |all, (name, help)| {
        let own = if name == "trackyard-tui" { Some(help.as_str()) } else { help.strip_suffix(&ending) };
        format!("{all}$ {name} --help\n{}\n", own.expect(&name))
    });
    insta::assert_snapshot!(all);
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn the_version_has_the_commit_and_its_date_or_says_that_they_are_unknown() {
    let version = cli::VERSION.strip_prefix(env!("CARGO_PKG_VERSION")).unwrap();
    let commit = version.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')')).unwrap();
    if commit != "commit unknown" {
        let (hash, date) = commit.split_once(' ').unwrap();
        assert!(hash.len() >= 7 && hash.chars().all(|digit| digit.is_ascii_hexdigit()), "{commit}");
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{commit}");
    }
    let (kind, text) = parse("--version").map(|_| ()).map_err(|error| (error.kind(), error.to_string())).unwrap_err();
    assert_eq!((kind, text), (ErrorKind::DisplayVersion, format!("trackyard-tui {}\n", cli::VERSION)));
}

#[test]
fn options_everywhere_go_before_and_after_the_command() {
    for line in [
        "--env prod --config /c --base-url u --log-level debug status",
        "status --env prod --config /c --base-url u --log-level debug",
    ] {
        let overrides = parse(line).unwrap().overrides();
        assert_eq!(overrides.environments[0].as_str(), "prod");
        assert_eq!(overrides.config_file.unwrap().as_os_str(), "/c");
        assert_eq!(overrides.base_url.unwrap(), "u");
        assert_eq!(overrides.log_level.unwrap().to_string(), "debug");
    }
    let environments = parse("--env dev --env prod").unwrap().overrides().environments;
    assert_eq!(environments.iter().map(EnvironmentName::as_str).collect::<Vec<_>>(), ["dev", "prod"]);
}

#[test]
fn the_demo_takes_the_options_of_the_dashboard_on_either_side() {
    for line in [
        "--ascii --no-mouse --read-only demo",
        "demo --ascii --no-mouse --read-only",
        "--ascii demo --no-mouse --read-only",
        "--ascii --no-mouse --read-only",
    ] {
        let overrides = parse(line).unwrap().overrides();
        assert!(overrides.ascii && overrides.read_only && overrides.no_mouse, "{line}");
    }
    let overrides = parse("--wall demo --lock").unwrap().overrides();
    assert!(overrides.wall && overrides.lock);
    let overrides = parse("demo").unwrap().overrides();
    assert!(!overrides.ascii && !overrides.read_only && !overrides.no_mouse && !overrides.wall && !overrides.lock);
}

#[test]
fn commands_take_their_arguments() {
    let command = |line| parse(line).unwrap().command.unwrap();
    let cli::CliCommand::Status(status) = command("status --json --max-age 10m") else { panic!("no status") };
    assert_eq!((status.json, status.max_age), (true, Some(jiff::SignedDuration::from_mins(10))));
    let cli::CliCommand::Demo(demo) = command("demo --at 2026-11-21T14:32:00Z") else { panic!("no demo") };
    assert_eq!((demo.scenario.as_str(), demo.at.unwrap().to_string().as_str()), ("demo", "2026-11-21T14:32:00Z"));
    let cli::CliCommand::Simulate(simulate) = command("simulate --port 8080 --environments 2 --seed 7 --idle") else {
        panic!("no simulate")
    };
    assert_eq!((simulate.port, simulate.environments, simulate.seed, simulate.idle), (8080, 2, 7, true));
    let cli::CliCommand::Key(KeySubcommand::Set(set)) = command("key set prod --untested --replace") else {
        panic!("no key set")
    };
    assert_eq!((set.environment.as_str(), set.untested, set.replace), ("prod", true, true));
    assert!(!set.accept_shared_key);
    let cli::CliCommand::Key(KeySubcommand::Remove { yes, .. }) = command("key remove prod") else {
        panic!("no key remove")
    };
    assert!(!yes);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (line, kind) in [
        ("statsu", ErrorKind::InvalidSubcommand),
        ("--wall status", ErrorKind::ArgumentConflict),
        ("serve --lock", ErrorKind::InvalidSubcommand),
        ("--env Prod", ErrorKind::ValueValidation),
        ("--key-store plain", ErrorKind::InvalidValue),
        ("--log-level loud", ErrorKind::InvalidValue),
        ("status --max-age 10", ErrorKind::ValueValidation),
        ("simulate --environments 0", ErrorKind::ValueValidation),
        ("key set", ErrorKind::MissingRequiredArgument),
        ("key set prod other", ErrorKind::UnknownArgument),
        ("--read-only key remove prod", ErrorKind::ArgumentConflict),
        ("--ascii status", ErrorKind::ArgumentConflict),
        ("status --ascii", ErrorKind::UnknownArgument),
    ] {
        assert_eq!(refused(line).0, kind, "{line}");
    }
}

#[test]
fn a_key_on_the_command_line_is_refused_and_not_repeated() {
    for line in [
        "key set prod trackyard_live_canary",
        "key set trackyard_live_canary",
        "trackyard_live_canary",
        "--base-url=https://trackyard_live_canary@x",
    ] {
        let (_, message) = refused(line);
        assert!(message.contains("holds an API key") && !message.contains("canary"), "{message}");
    }
}

#[test]
fn a_move_names_two_different_key_stores_by_itself() {
    let moved = |line: &str| parse(&format!("key move {line}"));
    assert!(moved("--from keyring --to file --env dev").is_ok());
    for (line, words) in [
        ("--from file --to file", "the same key store"),
        ("--from file --to keyring --key-store file", "--key-store has no meaning here"),
    ] {
        let (kind, told) = refused(&format!("key move {line}"));
        assert!(kind == ErrorKind::ArgumentConflict && told.contains(words), "{line}: {told}");
    }
    assert_eq!(refused("key move --from plain --to file").0, ErrorKind::InvalidValue);
}
