//! The README says what is so: its tables, commands, settings and numbers are those of the program.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use strum::VariantArray as _;

use clap::CommandFactory;
use clap::error::ErrorKind;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use trackyard_tui::cli::{Cli, EXIT_STATUSES, VARIABLES};
use trackyard_tui::commands::{dashboard, status::document::StatusDocument};
use trackyard_tui::config::paths::Paths;
use trackyard_tui::config::settings::Settings;
use trackyard_tui::config::{Overrides, TEMPLATE};
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::api_key::Fingerprint;
use trackyard_tui::domain::limit::Limit;
use trackyard_tui::domain::quota::{self, Quota};
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::domain::status::{Flag, Status};
use trackyard_tui::monitor::polling::interval::poll_interval;
use trackyard_tui::monitor::polling::request_log::RequestLog;
use trackyard_tui::monitor::settings::Polling;
use trackyard_tui::runtime::headless;
use trackyard_tui::services::Services;
use trackyard_tui::services::history::History;
use trackyard_tui::services::history::import_export::StoredSample;
use trackyard_tui::services::keys::{KeyReadTimeout, KeyTimeouts, Keys, KeysOptions, MemoryKeyStore, Variables};
use trackyard_tui::services::sinks::Notifier;
use trackyard_tui::simulator::scenario::Scenario;
use trackyard_tui::simulator::{self, SimulatorOptions};
use trackyard_tui::tui::keymap::{BINDINGS, Keymap};
use trackyard_tui::wording::format;

use crate::support::clock::clock;
use trackyard_tui::domain::time::Elapsed;

const README: &str = include_str!("../../README.md");
/// Words of the commands that stand for a value, and such a value.
const VALUES: [(&str, &str); 12] = [
    ("SINK", "bell"),
    ("DURATION", "10m"),
    ("SHELL", "bash"),
    ("ENV", "dev"),
    ("FILE", "/c"),
    ("LEVEL", "info"),
    ("--scenario NAME", "--scenario demo"),
    ("--env NAME", "--env dev"),
    ("--key-store NAME", "--key-store keyring"),
    ("--from STORE --to STORE", "--from keyring --to file"),
    ("URL", "https://localhost"),
    (" N", " 1"),
];

/// The only fenced block of a language.
fn block(language: &str) -> &'static str {
    let blocks: Vec<_> =
        README.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix(language)).collect();
    assert_eq!(blocks.len(), 1, "{language}");
    blocks[0]
}

/// A table of Markdown, with a blank line on either side.
fn has_table(table: &str) -> bool {
    README.contains(&format!("\n\n{table}\n"))
}

/// Every command line of the program that the README shows, without the program's name.
fn command_lines() -> Vec<&'static str> {
    let lines = README.match_indices("trackyard-tui ").map(|(start, name)| &README[start + name.len()..]);
    let in_code = |line: &&str| {
        let before = &README[..README.len() - line.len() - "trackyard-tui ".len()];
        before.ends_with(['`', '\n', '/']) || before.ends_with("| ")
    };
    lines.filter(in_code).map(|line| line.split(['`', '\n', '|', '#', '>']).next().unwrap_or_default().trim()).collect()
}

#[test]
fn the_keys_of_the_keyboard_are_those_of_the_keymap() {
    let table = Keymap::default().markdown_table();
    assert!(has_table(&table), "it must have:\n{table}");
}

#[test]
fn every_scenario_is_told() {
    let rows = Scenario::ALL.map(|scenario| format!("| `{scenario}` | {} |\n", scenario.description())).concat();
    let table = format!("| Scenario | What happens |\n| --- | --- |\n{rows}");
    assert!(has_table(&table), "it must have:\n{table}");
}

#[test]
fn every_command_line_is_taken() {
    let lines = command_lines();
    assert!(lines.len() > 20, "{lines:?}");
    for line in lines {
        let concrete =
            VALUES.iter().fold(line.replace(['[', ']'], ""), |line, (word, value)| line.replace(word, value));
        let arguments = std::iter::once("trackyard-tui").chain(concrete.split_whitespace()).map(OsString::from);
        if let Err(error) = Cli::from_arguments(arguments) {
            assert!(matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion), "{line}: {error}");
        }
    }
}

/// The commands that do something, with the names of those above them, and all options.
fn commands_and_options(
    command: &clap::Command,
    above: &str,
    commands: &mut Vec<String>,
    options: &mut BTreeSet<String>,
) {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    options.extend(shown.filter_map(|argument| argument.get_long()).map(|long| format!("--{long}")));
    for inner in command.get_subcommands() {
        let name = format!("{above} {}", inner.get_name());
        if inner.has_subcommands() {
            commands_and_options(inner, &name, commands, options);
        } else {
            commands_and_options(inner, &name, &mut Vec::new(), options);
            commands.push(name);
        }
    }
}

#[test]
fn every_command_option_and_variable_is_told() {
    let (mut commands, mut options) = (Vec::new(), BTreeSet::new());
    commands_and_options(&Cli::command(), "| `trackyard-tui", &mut commands, &mut options);
    assert!(commands.len() > 10 && options.len() > 10, "{commands:?} {options:?}");
    for command in commands {
        let found = README.contains(&format!("{command}`")) || README.contains(&format!("{command} "));
        assert!(found, "{command}");
    }
    for told in options.iter().map(String::as_str).chain(VARIABLES.map(|(name, _)| name)) {
        assert!(README.contains(&format!("`{told}")) || README.contains(&format!("[{told}")), "{told}");
    }
}

#[test]
fn the_example_of_a_configuration_is_valid() {
    let settings = Settings::resolve(&Overrides::default(), &|_| None, Some(block("toml")), Paths::default()).unwrap();
    drop(dashboard::screen(&settings));
}

#[test]
fn the_config_file_that_is_written_names_every_command_that_keys_can_be_bound_to() {
    let (_, after) = TEMPLATE.split_once("# Other keys of the keyboard").unwrap();
    let (told, _) = after.split_once('.').unwrap();
    let words: Vec<_> = told.split([' ', ',', ':', '\n']).filter(|word| !word.is_empty()).collect();
    for entry in &BINDINGS {
        assert!(words.contains(&entry.command.name()), "{}", entry.command.name());
    }
}

#[test]
fn statuses_and_flags_have_their_severity() {
    let statuses = Status::VARIANTS.iter().map(|status| (status.as_str(), status.severity(true)));
    for (word, severity) in statuses.chain(Flag::VARIANTS.iter().map(|flag| (flag.as_str(), flag.severity()))) {
        let (start, end) = (format!("| `{word}` | "), format!(" | {}", severity.as_str()));
        assert!(README.lines().any(|line| line.starts_with(&start) && line.contains(&end)), "{word} is {end}");
    }
}

#[test]
fn the_intervals_are_those_that_are_kept() {
    let polling = Polling::default();
    for (limit, label) in
        [(Some(50), "50 requests a day"), (Some(1_000), "1,000 requests a day"), (None, "no daily limit")]
    {
        let limits = quota::RequestLimits { per_day: limit, ..quota::RequestLimits::default() };
        let pace = poll_interval(Some(limits), &RequestLog::default(), &polling, Elapsed::ZERO);
        let row = format!("| {label} | {} |\n", format::interval(pace.interval));
        assert!(README.contains(&row), "{row}");
    }
}

#[test]
fn exit_statuses_and_the_version_of_rust_are_told() {
    let rows = EXIT_STATUSES.map(|(status, meaning)| format!("| {status} | {meaning} |\n")).concat();
    assert!(has_table(&format!("| Exit status | It means |\n| --- | --- |\n{rows}")), "{rows}");
    assert!(README.contains(&format!("Rust {} or later", env!("CARGO_PKG_RUST_VERSION"))));
}

/// The names of all members, with those above them.
fn members(value: &Value, above: &str, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let name = format!("{above}.{name}");
                members(inner, &name, names);
                names.insert(name);
            }
        }
        Value::Array(array) => array.iter().for_each(|inner| members(inner, above, names)),
        _ => {}
    }
}

/// Samples of five days, in which credits were used.
fn past(fingerprint: Fingerprint, now: Timestamp) -> Vec<StoredSample> {
    let sample = |hours: i32| StoredSample {
        fingerprint,
        sample: Sample {
            at: now - SignedDuration::from_hours(i64::from(hours)),
            latency: SignedDuration::ZERO,
            server_clock: None,
            account: Account {
                tier: None,
                credits_remaining: 50.0 + f64::from(hours),
                monthly_allowance: None,
                requests_per_minute: Limit::Unknown,
                requests_per_day: Limit::Unknown,
                created_at: None,
                last_used_at: None,
            },
            quota: Quota::default(),
        },
    };
    (2..5 * 24).map(sample).collect()
}

#[tokio::test]
async fn the_document_of_status_has_the_members_that_are_told() {
    let clock = clock();
    let simulator = simulator::start(SimulatorOptions::new(Scenario::Healthy, clock)).await.unwrap();
    let store: MemoryKeyStore = simulator.keys().into_iter().collect();
    let (keys, _) = Keys::new(KeysOptions {
        variables: Variables::default(),
        default_environment: None,
        commands: HashMap::new(),
        store: Box::new(move || Box::new(store.clone())),
        limits: KeyTimeouts::default(),
    });
    let overrides = Overrides { environments: vec!["dev".parse().unwrap()], ..Overrides::default() };
    let settings = Settings::resolve(&overrides, &|_| None, None, Paths::default()).unwrap();
    let services = Services {
        keys,
        history: History::in_memory(),
        notifier: Notifier::default(),
        base_url: simulator.base_url().clone(),
        clock,
    };
    let (_, key) = simulator.keys().into_iter().find(|(name, _)| name.as_str() == "dev").unwrap();
    let fingerprint = key.identity().fingerprint;
    let samples = past(fingerprint, clock.now().wall);
    services.history.run_long(move |store| store.import_samples(&samples)).await.unwrap();
    let snapshot = headless::poll_on_timer(settings.monitor(None, 1), services, KeyReadTimeout::Poll).await.snapshot;
    let real = serde_json::to_value(StatusDocument::new(&snapshot)).unwrap();
    let told: Value = serde_json::from_str(block("json")).unwrap();
    let names = [&real, &told].map(|document| {
        let mut names = BTreeSet::new();
        members(document, "", &mut names);
        names
    });
    assert_eq!(names[0], names[1]);
}
