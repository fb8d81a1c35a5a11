//! Where notifications go, with the real thing on the other end: web servers, programs, a desktop, a terminal.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests may panic and print"
)]

mod support {
    #[expect(dead_code, reason = "the secret alone is for other tests")]
    pub mod canary;
    pub mod clock;
    #[expect(dead_code, reason = "no demonstration is run")]
    pub mod product;
    #[expect(dead_code, reason = "only the session bus is needed")]
    pub mod secret_service;
    #[expect(dead_code, reason = "what only the terminal's own tests need")]
    pub mod terminal;
}

mod alert_sinks {
    mod command;
    mod desktop;
    mod hooks;
    mod program;
    mod terminal;
    mod webhook;
}

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trackyard_tui::domain::alert::{
    Condition, Notification, NotificationContent, Observation, ObservationDetail, Since,
};
use trackyard_tui::domain::environment::Environment;
use trackyard_tui::domain::error::{PollErrorKind, RequestError};
use trackyard_tui::domain::sink::{SinkSettings, Webhook, WebhookAddress, WebhookForm};
use trackyard_tui::domain::status::{Flag, Severity};
use trackyard_tui::services::history::History;
use trackyard_tui::services::private_file::PrivateFiles;
use trackyard_tui::services::sinks::{Notifier, NotifierOptions, SinkLimits, ordinary_variables};

use support::clock::clock;

/// Far more than anything here takes.
const LONG: Duration = Duration::from_mins(1);
/// Soon over.
const SHORT: Duration = Duration::from_millis(200);

/// What stands before the text of a [`notification`].
const SAYING: &str = "the key is valid, but this call is forbidden (403): ";

/// A warning about prod that says this after [`SAYING`].
fn notification(text: &str) -> Notification {
    let cause = RequestError::Told { kind: PollErrorKind::Forbidden, said: Some(text.into()) };
    let at: Timestamp = "2026-11-21T14:32:20Z".parse().unwrap();
    Notification {
        at,
        environment: Some(Environment { name: "prod".parse().unwrap(), label: Some("Main & Co".to_owned()) }),
        severity: Severity::Warning,
        news: NotificationContent::Raised(Observation {
            condition: Condition::Flag(Flag::CreditsLow),
            since: Since::Fact(at),
            detail: ObservationDetail::Poll(cause),
        }),
    }
}

fn webhook(url: &str) -> SinkSettings {
    let address = WebhookAddress::Written(url.parse().unwrap());
    SinkSettings { webhook: Some(Webhook { address, form: WebhookForm::Json }), ..SinkSettings::default() }
}

fn shell(script: &str) -> SinkSettings {
    SinkSettings { command: Some(["/bin/sh", "-c", script].map(str::to_owned).to_vec()), ..SinkSettings::default() }
}

/// Sinks that may take long, with a history in this file.
fn notifier(sinks: SinkSettings, history: &Path) -> Notifier {
    limited(sinks, History::open(history.to_owned()), LONG)
}

/// The same with a limit for each of them.
fn limited(sinks: SinkSettings, history: History, limit: Duration) -> Notifier {
    Notifier::new(NotifierOptions {
        sinks,
        history,
        clock: clock(),
        zone: TimeZone::UTC,
        variables: ordinary_variables(std::env::vars_os()).collect(),
        private_files: PrivateFiles::default(),
        limits: SinkLimits { desktop: limit, webhook: limit, command: limit, retry: SHORT },
    })
}
