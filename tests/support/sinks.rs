//! Sinks of notifications for a test, and a notification for them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;
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

use super::clock::clock;

/// Far more than anything here takes.
pub const LONG: Duration = Duration::from_mins(1);
/// Soon over.
pub const SHORT: Duration = Duration::from_millis(200);

/// What stands before the text of a [`notification`].
pub const SAYING: &str = "the key is valid, but this call is forbidden (403): ";

/// A warning about prod that says this after [`SAYING`].
pub fn notification(text: &str) -> Notification {
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

pub fn webhook(url: &str) -> SinkSettings {
    let address = WebhookAddress::Written(url.parse().unwrap());
    SinkSettings { webhook: Some(Webhook { address, form: WebhookForm::Json }), ..SinkSettings::default() }
}

pub fn shell(script: &str) -> SinkSettings {
    SinkSettings { command: Some(["/bin/sh", "-c", script].map(str::to_owned).to_vec()), ..SinkSettings::default() }
}

/// Sinks that may take long, with a history in this file.
pub fn notifier(sinks: SinkSettings, history: &Path) -> Notifier {
    limited(sinks, History::open(history.to_owned()), LONG)
}

/// The same with a limit for each of them.
pub fn limited(sinks: SinkSettings, history: History, limit: Duration) -> Notifier {
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

/// A folder with the place of a history in it.
pub fn history() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite3");
    (folder, path)
}

/// Waits until nothing is in the queue any more.
pub async fn wait_until_empty(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let count = || connection.query_row("SELECT count(*) FROM deliveries", [], |row| row.get::<_, u32>(0)).unwrap();
    while count() > 0 {
        tokio::task::yield_now().await;
    }
}
