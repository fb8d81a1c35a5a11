//! One rule for every path and program that a person writes.

use super::*;
use crate::domain::sink::WebhookAddress;

/// The settings of a config file in `/etc/t`, at home in `/home/me`.
fn resolved(text: &str) -> Result<Settings, ConfigError> {
    let paths = Paths::below(Path::new("/home/me")).with_config_file("/etc/t/config.toml".into());
    Settings::resolve(&Overrides::default(), NO_VARIABLES, Some(text), paths)
}

/// Value or error of each setting with a path for the same text, by the name of the setting.
fn each(written: &str) -> [(&'static str, Result<String, String>); 4] {
    let written = serde_json::to_string(written).unwrap();
    let shown =
        |text: String, found: fn(Settings) -> String| resolved(&text).map(found).map_err(|error| error.to_string());
    [
        (
            "key_file",
            shown(format!("key_file = {written}"), |settings| settings.paths.key_file().unwrap().display().to_string()),
        ),
        (
            "webhook_file",
            shown(format!("[alerts]\nwebhook_file = {written}"), |settings| {
                match settings.alerts.sinks.webhook.unwrap().address {
                    WebhookAddress::File(path) => path.display().to_string(),
                    WebhookAddress::Written(_) => String::new(),
                }
            }),
        ),
        (
            "command",
            shown(format!("[alerts]\ncommand = [{written}]"), |settings| {
                settings.alerts.sinks.command.unwrap().join(" ")
            }),
        ),
        (
            "key_command",
            shown(format!("[[environment]]\nname = \"a\"\nkey_command = [{written}]"), |settings| {
                settings.environments[0].key_command.clone().unwrap().join(" ")
            }),
        ),
    ]
}

#[test]
fn every_path_and_program_may_begin_with_the_home_or_at_the_folder_of_the_file() {
    for (written, expected) in [("~/x", "/home/me/x"), ("/x/y", "/x/y"), ("x/y", "/etc/t/x/y"), ("./x", "/etc/t/x")] {
        for (name, found) in each(written) {
            assert_eq!(found.as_deref(), Ok(expected), "{name} = {written:?}");
        }
    }
}

#[test]
fn a_program_without_a_folder_is_looked_for_in_the_path_and_its_arguments_are_its_own() {
    let found = resolved("[alerts]\ncommand = [\"logger\", \"~/log\", \"$HOME\", \"x/y\"]").unwrap();
    assert_eq!(found.alerts.sinks.command.unwrap(), ["logger", "/home/me/log", "$HOME", "x/y"]);
}

#[test]
fn a_variable_another_home_or_a_control_character_is_refused_in_every_path_and_program() {
    for (written, reason) in [
        ("$HOME/canary", "has a variable in it"),
        ("${HOME}/canary", "has a variable in it"),
        ("/x/%USERNAME%/canary", "has a variable in it"),
        ("~root/canary", "begins with the home of another user"),
        ("canary\0", "control character"),
        ("can\nary", "control character"),
    ] {
        for (name, found) in each(written) {
            let told = found.unwrap_err();
            assert!(told.contains(name) && told.contains(reason) && !told.contains("canary"), "{told}");
        }
    }
}

#[test]
fn the_name_of_the_config_file_is_held_to_the_same_rule() {
    let find = |option: Option<&str>, variable: Option<&str>| {
        let overrides = Overrides { config_file: option.map(Into::into), ..Overrides::default() };
        let variables: VariableLookup<'_> = &|name| variable.filter(|_| name == CONFIG_VARIABLE).map(Into::into);
        let source = ConfigSource::find(&overrides, variables, Paths::below(Path::new("/home/me")));
        source.map(|source| source.paths.config_file().unwrap().to_owned()).map_err(|error| error.to_string())
    };
    assert_eq!(find(Some("~/t.toml"), None).unwrap(), Path::new("/home/me/t.toml"));
    assert_eq!(find(Some("t.toml"), None).unwrap(), Path::new("t.toml"));
    assert_eq!(find(None, Some("~/t.toml")).unwrap(), Path::new("/home/me/t.toml"));
    let told = find(Some("$HOME/t.toml"), None).unwrap_err();
    assert!(told.starts_with("--config: has a variable in it"), "{told}");
    let told = find(None, Some("%X%/t.toml")).unwrap_err();
    assert!(told.starts_with("TRACKYARD_CONFIG: has a variable in it"), "{told}");
}
