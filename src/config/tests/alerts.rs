//! `[alerts]`.

use jiff::SignedDuration;
use jiff::civil::time;

use super::{problem, resolve};
use crate::domain::alert::Condition;
use crate::domain::sink::{SinkSettings, TerminalForm, Webhook, WebhookAddress, WebhookForm};
use crate::domain::status::{Flag, Severity, Status};

#[test]
fn alerts_are_taken_as_written() {
    let settings = resolve(
        "[alerts]\nminimum_duration = \"0s\"\nremind_after = \"never\"\nquiet_hours = \"21:30 - 6:15\"\n\
         muted = [\"stale\", \"offline\"]\nseverity = \"critical\"\nbell = true\nterminal = \"osc777\"\n\
         desktop = true\nwebhook = \"https://hooks.example.com/canary\"\nwebhook_form = \"slack\"\n\
         command = [\"notify\", \"canary\"]\n",
    )
    .unwrap();
    let rules = settings.monitor(None, 0).alerts;
    assert_eq!((rules.minimum_duration, rules.remind_after), (SignedDuration::ZERO, None));
    let quiet_hours = rules.quiet_hours.unwrap();
    assert_eq!((quiet_hours.from, quiet_hours.until), (time(21, 30, 0, 0), time(6, 15, 0, 0)));
    assert_eq!(rules.muted, [Condition::Flag(Flag::Stale), Condition::Offline]);
    let muted = |word| resolve(&format!("alerts.muted = [\"{word}\"]")).unwrap().monitor(None, 0).alerts.muted;
    assert_eq!(muted("keyring-unavailable"), [Condition::Status(Status::KeyUnavailable)], "its former name");
    assert_eq!(muted("keyring-unavailable"), muted("key-unavailable"));
    let url = "https://hooks.example.com/canary".parse().unwrap();
    let expected = SinkSettings {
        least_severity: Severity::Critical,
        bell: true,
        terminal: Some(TerminalForm::Osc777),
        desktop: true,
        webhook: Some(Webhook { address: WebhookAddress::Written(url), form: WebhookForm::Slack }),
        command: Some(vec!["notify".to_owned(), "canary".to_owned()]),
    };
    assert_eq!(settings.alerts.sinks, expected);
    let debugged = format!("{:?}", settings.alerts.sinks.webhook);
    assert!(debugged.contains("hooks.example.com") && !debugged.contains("canary"), "{debugged}");
}

#[test]
fn reminders_are_off_with_never_or_nothing() {
    for (text, expected) in
        [("\"never\"", None), ("0", None), ("\"0s\"", None), ("\"1h\"", Some(SignedDuration::from_hours(1)))]
    {
        assert_eq!(resolve(&format!("alerts.remind_after = {text}")).unwrap().alerts.remind_after, expected, "{text}");
    }
}

#[test]
fn faults_of_alerts_are_named_with_their_place_and_what_to_do() {
    let cases = [
        ("alerts.minimum_duration = \"61m\"", "1:27: `alerts.minimum_duration` must lie between 0s and 1h"),
        ("alerts.remind_after = \"59s\"", "1:23: `alerts.remind_after` must lie between 1m and 8760h"),
        (
            "alerts.remind_after = 1",
            "1:23: `alerts.remind_after` must be a duration in quotes with its unit, like \"90s\", \"10m\" or \"1h 30m\"",
        ),
        (
            "alerts.quiet_hours = \"22:00\"",
            "1:22: `alerts.quiet_hours` must be two times of the day, like \"22:00-07:00\"",
        ),
        (
            "alerts.quiet_hours = \"22:00-24:30\"",
            "1:22: `alerts.quiet_hours` must be two times of the day, like \"22:00-07:00\"",
        ),
        (
            "alerts.quiet_hours = \"7:00-07:00\"",
            "1:22: `alerts.quiet_hours` end when they begin: leave them out, or mute what is not to be told",
        ),
        (
            "[[environment]]\nname = \"a\"\n[environment.alerts]\nmuted = [\"active\"]",
            "4:9: `environment.alerts.muted` has an unknown word: known are key-unavailable, invalid, revoked, forbidden, rate-limited, unreachable, credits-out, credits-critical, credits-low, daily-limit-reached, rotate-overdue, runs-out-before-reset, rotate-soon, daily-limit-near, stale, shared-key, clock-skew, outage, offline, all-refused",
        ),
        ("alerts.severity = \"ok\"", "1:19: `alerts.severity` must be one of \"warning\", \"critical\""),
        ("alerts.terminal = \"osc8\"", "1:19: `alerts.terminal` must be one of \"off\", \"osc9\", \"osc777\""),
        ("alerts.webhook_form = \"xml\"", "1:23: `alerts.webhook_form` must be one of \"json\", \"slack\""),
        (
            "alerts.webhook = \"http://hooks.example.com/canary\"",
            "1:18: `alerts.webhook` is not valid: it would go unencrypted to another host: use https:// (plain http:// is for this machine only)",
        ),
        (
            "[alerts]\nwebhook = \"https://x.example\"\nwebhook_file = \"x\"",
            "3:16: `alerts.webhook_file` is one too many beside `alerts.webhook`: take one of them out",
        ),
        (
            "alerts.webhook_file = \"$HOME/x\"",
            "1:23: `alerts.webhook_file` has a variable in it, and none is replaced here: write the path out, or begin it \
             with ~/",
        ),
        (
            "alerts.command = []",
            "1:18: `alerts.command` names no program: write it like [\"logger\", \"-t\", \"trackyard\"]",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(problem(text), message, "{text}");
    }
}
