mod alerts;
mod overrides;
mod paths;

use std::path::Path;

use jiff::SignedDuration;
use jiff::civil::time;

use super::settings::{BaseUrlSource, KeyStoreName, LogLevel};
use super::*;
use crate::domain::alert::Condition;
use crate::domain::environment::EnvironmentName;
use crate::domain::sink::{Webhook, WebhookAddress, WebhookForm};
use crate::domain::status::Flag;
use crate::domain::thresholds::Thresholds;
use crate::monitor::settings::Polling;
use crate::tui::keymap::UiCommand;

const NO_VARIABLES: VariableLookup<'static> = &|_| None;

fn resolve(text: &str) -> Result<Settings, ConfigError> {
    Settings::resolve(&Overrides::default(), NO_VARIABLES, Some(text), Paths::below(Path::new("/c")))
}

/// Error of a faulty text, without the name of the file.
fn problem(text: &str) -> String {
    let message = resolve(text).expect_err(text).to_string();
    message.strip_prefix("/c/config.toml:").expect("the file is named").to_owned()
}

fn names(settings: &Settings) -> Vec<&str> {
    settings.environments.iter().map(|environment| environment.name().as_str()).collect()
}

fn name(text: &str) -> EnvironmentName {
    text.parse().unwrap()
}

/// Template with its keys live, and its examples too where `examples` is true.
fn uncommented(examples: bool) -> String {
    let live = |line: &'static str| match line.strip_prefix('#') {
        Some(example) if example.starts_with("   ") => examples.then_some(example),
        Some(key) if !key.is_empty() && !key.starts_with(' ') => Some(key),
        Some(_) => None,
        None => Some(line),
    };
    TEMPLATE.lines().filter_map(live).fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn without_a_file_the_documented_defaults_apply() {
    let settings = resolve("").unwrap();
    assert_eq!(settings.base_url.to_string(), "https://api.trackyard.com/api/external/v1");
    assert_eq!(names(&settings), ["dev", "staging", "prod"]);
    assert_eq!(settings.default_environment.as_str(), "dev");
    assert_eq!(settings.polling, Polling::default());
    assert_eq!(settings.key_store, KeyStoreName::Keyring);
    assert_eq!(settings.paths.key_file().unwrap(), Path::new("/c/data/keys.age"));
    assert_eq!(settings.history_retention_days, 400);
    assert_eq!(settings.log_level, LogLevel::Info);
    assert!(settings.dashboard.ascii.is_none() && !settings.dashboard.read_only && !settings.dashboard.no_mouse);
    let watched = settings.monitor(None, 0).environments;
    assert!(watched.iter().all(|one| one.thresholds == Thresholds::default() && !one.requested));
}

#[test]
fn the_template_means_the_defaults_commented_or_not() {
    let defaults = resolve("").unwrap();
    assert_eq!(resolve(TEMPLATE).unwrap(), defaults);
    let written = resolve(&uncommented(false)).unwrap();
    assert_eq!((defaults.base_url_source, written.base_url_source), (BaseUrlSource::Default, BaseUrlSource::File));
    assert_eq!(written, Settings { base_url_source: BaseUrlSource::File, ..defaults });
}

#[test]
fn the_template_names_every_key() {
    let text = uncommented(true);
    let missing = schema::KEYS.iter().flat_map(|(_, keys)| *keys).filter(|key| !text.contains(**key));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn the_examples_of_the_template_are_valid() {
    let settings = resolve(&uncommented(true)).unwrap();
    let prod = &settings.environments[2];
    assert_eq!(prod.watched.environment.label.as_deref(), Some("Production - Main App"));
    assert_eq!(prod.key_command.as_deref().unwrap(), ["pass", "show", "trackyard/prod"]);
    assert_eq!(settings.key_bindings[0].command, "quit");
    assert_eq!(prod.watched.muted, [Condition::Flag(Flag::RotateSoon)]);
    assert_eq!(settings.alerts.quiet_hours, Some((time(22, 0, 0, 0), time(7, 0, 0, 0))));
    let file = WebhookAddress::File("/c/webhook".into());
    assert_eq!(settings.alerts.sinks.webhook, Some(Webhook { address: file, form: WebhookForm::Json }));
    assert_eq!(settings.alerts.sinks.command.unwrap(), ["logger", "-t", "trackyard"]);
}

#[test]
fn an_environment_overrides_the_thresholds_of_all() {
    let settings = resolve(
        "[thresholds]\nreset_day = 15\nrotation_days = 60\ncredits_low_percent = 12.5\n\
         [[environment]]\nname = \"eu\"\n[environment.thresholds]\nrotation_days = 30\nstale_after = \"10m\"\n\
         reset_day = 31\n[[environment]]\nname = \"us\"\n",
    )
    .unwrap();
    let [eu, us] = [0, 1].map(|index| settings.environments[index].watched.thresholds);
    assert_eq!((eu.rotation_days, us.rotation_days), (30, 60));
    assert_eq!((eu.reset_day, us.reset_day), (Some(31), Some(15)));
    assert_eq!((eu.credits_low_percent, us.credits_low_percent), (12.5, 12.5));
    assert_eq!((eu.stale_after, us.stale_after), (SignedDuration::from_mins(10), SignedDuration::from_mins(5)));
}

#[test]
fn credits_may_be_low_at_a_balance_of_its_own_for_each_environment() {
    let settings = resolve(
        "[thresholds]\ncredits_low = 1000\ncredits_critical = 99.5\n\
         [[environment]]\nname = \"eu\"\n[environment.thresholds]\ncredits_low = 200\n[[environment]]\nname = \"us\"\n",
    )
    .unwrap();
    let [eu, us] = [0, 1].map(|index| settings.environments[index].watched.thresholds);
    assert_eq!((eu.credits_low, eu.credits_critical), (Some(200.0), Some(99.5)));
    assert_eq!((us.credits_low, us.credits_critical), (Some(1_000.0), Some(99.5)));
}

#[test]
fn values_are_taken_as_written() {
    let settings = resolve(
        "base_url = \"http://127.0.0.1:9/v1\"\ndefault_environment = \"b\"\nlog_level = \"debug\"\n\
         key_store = \"file\"\nkey_file = \"my/keys.age\"\npolling = { interval = \"2m\", share_percent = 12.5 }\nhistory.retention_days = 0x10\n\
         [dashboard]\nascii = true\nmouse = false\nread_only = true\n\
         [[environment]]\nname = \"a\"\n[[environment]]\nname = \"b\"\nlabel = \"x\\u001b[31m\\ny\"\n",
    )
    .unwrap();
    assert_eq!(settings.base_url.to_string(), "http://127.0.0.1:9/v1");
    assert_eq!(settings.key_store, KeyStoreName::File);
    assert_eq!(settings.paths.key_file().unwrap(), Path::new("/c/my/keys.age"));
    assert_eq!(settings.polling, Polling { interval: SignedDuration::from_mins(2), share: 0.125 });
    assert_eq!((settings.history_retention_days, settings.log_level), (16, LogLevel::Debug));
    assert!(settings.dashboard.ascii == Some(true) && settings.dashboard.read_only && settings.dashboard.no_mouse);
    assert_eq!((names(&settings), settings.default_environment.as_str()), (vec!["a", "b"], "b"));
    assert_eq!(settings.environments[1].watched.environment.label.as_deref(), Some("x[31m y"));
}

#[test]
fn faults_are_named_with_their_place_and_what_to_do() {
    let cases = [
        ("base-url = \"x\"", "1:1: unknown key `base-url`: did you mean `base_url`?"),
        ("\n[polling]\n  intervall = \"60s\"", "3:3: unknown key `polling.intervall`: did you mean `interval`?"),
        (
            "[dashboard]\ncolour = 1",
            "2:1: unknown key `dashboard.colour`: known here are ascii, mouse, read_only, theme",
        ),
        (
            "[[environment]]\nname = \"a\"\nx = 1",
            "3:1: unknown key `environment.x`: known here are name, label, key_command, thresholds, alerts",
        ),
        (
            "z = 1\na = 2",
            "1:1: unknown key `z`: known here are base_url, default_environment, key_store, key_file, allow_group_readable_files, log_level, polling, thresholds, history, dashboard, alerts, keys, environment",
        ),
        ("base_url = 1", "1:12: `base_url` must be a text in quotes"),
        ("key_store = \"plain\"", "1:13: `key_store` must be one of \"keyring\", \"file\""),
        (
            "key_file = \"~you/keys.age\"",
            "1:12: `key_file` begins with the home of another user, which is not looked up: write the path out, or begin \
             it with ~/",
        ),
        (
            "[[environment]]\nname = \"passphrase\"",
            "2:8: `environment.name` passphrase is taken: systemd's credential trackyard-passphrase holds the passphrase of the key file",
        ),
        (
            "log_level = \"loud\"",
            "1:13: `log_level` must be one of \"off\", \"error\", \"warn\", \"info\", \"debug\", \"trace\"",
        ),
        ("[thresholds]\nreset_day = 32", "2:13: `thresholds.reset_day` must be a whole number between 1 and 31"),
        ("polling = 60", "1:11: `polling` must be a table: write [polling] on a line of its own"),
        (
            "polling.interval = 60",
            "1:20: `polling.interval` must be a duration in quotes with its unit, like \"90s\", \"10m\" or \"1h 30m\"",
        ),
        ("polling.interval = \"9s\"", "1:20: `polling.interval` must lie between 10s and 24h"),
        ("polling.share_percent = 51", "1:25: `polling.share_percent` must be a number between 1 and 50"),
        ("polling.share_percent = nan", "1:25: `polling.share_percent` must be a number between 1 and 50"),
        ("history.retention_days = 0", "1:26: `history.retention_days` must be a whole number between 1 and 3650"),
        ("history.retention_days = 1.5", "1:26: `history.retention_days` must be a whole number between 1 and 3650"),
        ("dashboard.ascii = \"yes\"", "1:19: `dashboard.ascii` must be true or false without quotes, or \"auto\""),
        (
            "thresholds.credits_critical_percent = 30",
            "1:39: `thresholds.credits_critical_percent` contradicts the other: credits are critical at 30 %, which is above low at 20 %",
        ),
        (
            "thresholds = { credits_low = 10, credits_critical = 11 }",
            "1:53: `thresholds.credits_critical` contradicts the other: credits are critical at 11, which is above low at 10",
        ),
        (
            "thresholds.credits_low_percent = 4.5",
            "1:34: `thresholds.credits_low_percent` contradicts the other: credits are critical at 5 %, which is above low at 4.5 %",
        ),
        (
            "thresholds.rotation_days = 14",
            "1:28: `thresholds.rotation_days` leaves no time: the reminder 14 days before must start after a key's first of 14",
        ),
        (
            "environment = \"dev\"",
            "1:15: `environment` must be tables: write [[environment]] on a line of its own before each",
        ),
        (
            "[environment]\nname = \"a\"",
            "1:1: `environment` must be tables: write [[environment]] on a line of its own before each",
        ),
        ("\n[[environment]]\nlabel = \"a\"", "2:1: this environment has no name: write one, like name = \"prod\""),
        (
            "[[environment]]\nname = \"a\"\n[[environment]]\nname = \"a\"",
            "4:8: `environment.name` a is there twice: give each environment a name of its own",
        ),
        (
            "[[environment]]\nname = \"a-file\"\n[[environment]]\nname = \"a\"",
            "4:8: `environment.name` a and a-file would share the variable TRACKYARD_API_KEY_A_FILE: rename one of them",
        ),
        ("default_environment = \"qa\"", "1:23: `default_environment` must be one of dev, staging, prod"),
        (
            "[[environment]]\nname = \"a\"\nkey_command = []",
            "3:15: `environment.key_command` names no program: write it like [\"pass\", \"show\", \"trackyard/prod\"]",
        ),
        (
            "[[environment]]\nname = \"a\"\nkey_command = \"pass show\"",
            "3:15: `environment.key_command` must be a list of texts, like [\"one\", \"two\"]",
        ),
        ("[keys]\nquit = \"q\"", "2:8: `keys.quit` must be a list of texts, like [\"one\", \"two\"]"),
        (
            "base_url = \"http://example.com\"",
            "1:12: `base_url` is not valid: the base URL would send the key unencrypted to another host: use https:// (plain http:// is for this machine only)",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(problem(text), message, "{text}");
    }
}

#[test]
fn broken_toml_is_named_with_its_place() {
    for (text, place) in
        [("# é\nbase_url = \"é", "2:14:"), ("base_url = x", "1:12:"), ("a = 1\na = 2", "2:1:"), ("[polling", "1:9:")]
    {
        let problem = problem(text);
        assert!(problem.starts_with(place) && problem.contains("this is no valid TOML"), "{text}: {problem}");
    }
}

#[test]
fn api_keys_are_refused_wherever_they_stand_without_being_quoted() {
    for (text, place) in [
        ("base_url = \"trackyard_live_canary\"", "1:13:"),
        ("# trackyard_live_canary", "1:3:"),
        ("[[environment]]\nname = \"a\"\nkey_command = [\"echo\", \"trackyard_live_canary\"]", "3:25:"),
        ("base_url = trackyard_live_canary", "1:12:"),
        ("trackyard_live_canary = 1", "1:1:"),
        ("key = \"canary\"", "1:1:"),
        ("api_key = \"canary\"", "1:1:"),
        ("[[environment]]\nname = \"a\"\napi-key = \"canary\"", "3:1:"),
        ("[[environment]]\nname = \"a\"\ntoken = \"canary\"", "3:1:"),
        ("TRACKYARD_API_KEY_PROD = \"canary\"", "1:1:"),
        ("[keys]\nprod = [\"canary-of-more-than-24-characters\"]", "2:8:"),
    ] {
        let problem = problem(text);
        assert!(problem.starts_with(place) && problem.contains("API keys don't belong in this file"), "{problem}");
        assert!(!problem.contains("canary"), "{problem}");
    }
}

#[test]
fn no_fault_quotes_a_value() {
    let ill_typed = schema::KEYS.iter().flat_map(|(table, keys)| {
        let table = if *table == "[[environment]]" { "[[environment]]\nname = \"a\"" } else { table };
        keys.iter().map(move |key| format!("{table}\n{key} = [[\"canary\"]]\n").replace("name = \"a\"\nname", "name"))
    });
    let invalid = [
        "base_url = \"canary\"",
        "default_environment = \"canary\"",
        "default_environment = \"a canary\"",
        "environment = [{ name = \"a canary\" }]",
        "key_store = \"canary\"",
        "log_level = \"canary\"",
        "polling.interval = \"canary\"",
        "alerts.webhook = \"canary\"",
        "alerts.webhook = \"http://x.example/canary\"",
        "alerts.webhook = \"https://canary@x.example\"",
        "alerts.webhook = https://x.example/canary",
        "alerts.quiet_hours = \"canary\"",
        "alerts.muted = [\"canary\"]",
        "alerts.terminal = \"canary\"",
        "base_url = \"canary",
        "base_url = canary",
        "base_url = \"https://x.example\" canary",
        "polling.interval = 1canary",
    ];
    for text in ill_typed.chain(invalid.map(String::from)) {
        let told = problem(&text);
        assert!(!told.contains("canary"), "{text}: {told}");
    }
}

#[test]
fn names_in_messages_carry_no_escapes() {
    let told = problem("\"a\\u001b[31m\\u202eb\" = 1");
    assert!(told.starts_with("1:1: unknown key `a[31mb`:"), "{told}");
}

#[test]
fn a_binding_that_the_keymap_refuses_is_named_with_its_place() {
    let refused = |keys: &str| resolve(&format!("[keys]\n\n{keys}")).unwrap_err().to_string();
    assert!(refused("fly = [\"f\"]").starts_with("/c/config.toml:3:1: `keys.fly`: \"fly\" is no command that a key"));
    assert_eq!(refused("quit = []"), "/c/config.toml:3:1: `keys.quit`: quit needs at least one key");
    let conflict = "the key q is bound to both refresh and quit";
    assert_eq!(
        refused("pause = [\"f5\"]\nrefresh = [\"q\"]"),
        format!("/c/config.toml:4:1: `keys.refresh`: {conflict}")
    );
    assert!(
        refused("events = [\"f6\"]\nhelp = [\"f77\"]")
            .starts_with("/c/config.toml:4:1: `keys.help`: \"f77\" is no key")
    );
}

#[test]
fn keys_may_be_exchanged_for_they_are_judged_together() {
    let settings = resolve("[keys]\nrefresh = [\"p\"]\npause = [\"r\"]").unwrap();
    assert_eq!(settings.keymap.key_of(UiCommand::Pause).as_deref(), Some("r"));
    assert_eq!(settings.key_bindings.iter().map(|binding| &*binding.command).collect::<Vec<_>>(), ["refresh", "pause"]);
}
