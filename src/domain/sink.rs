//! Sinks: the places that notifications go to, as the operator chose.

mod error;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use strum::IntoStaticStr;
use thiserror::Error;
use url::Url;

use super::alert::{Condition, Notification, NotificationKind};
use super::status::{Severity, Status};
use super::web_address::{self, ParseAddressError};

pub use error::{SinkError, SinkKind};

/// The sinks that were asked for; none by default.
#[derive(Clone, Debug, PartialEq)]
pub struct SinkSettings {
    /// Least severity that is sent.
    pub least_severity: Severity,
    /// The bell of the terminal that the dashboard runs in.
    pub bell: bool,
    /// Form of notifications for that terminal; `None` sends none.
    pub terminal: Option<TerminalForm>,
    /// The notifications of the desktop.
    pub desktop: bool,
    /// A web server that is called.
    pub webhook: Option<Webhook>,
    /// A program that is run, and its arguments; it names a program at least.
    pub command: Option<Vec<String>>,
}

impl Default for SinkSettings {
    fn default() -> Self {
        Self {
            least_severity: Severity::Warning,
            bell: false,
            terminal: None,
            desktop: false,
            webhook: None,
            command: None,
        }
    }
}

impl SinkSettings {
    /// True for a notification that is severe enough. That something is over is as severe as that can be.
    #[must_use]
    pub fn admits(&self, notification: &Notification) -> bool {
        let severity = match notification.news.kind() {
            NotificationKind::Test => return true,
            NotificationKind::Resolved => notification.news.condition().map_or(Severity::Critical, highest_severity),
            NotificationKind::Raised | NotificationKind::Reminder => notification.severity,
        };
        severity >= self.least_severity
    }
}

/// As bad as a condition gets.
fn highest_severity(condition: Condition) -> Severity {
    match condition {
        Condition::Status(status) => status.severity(false),
        Condition::Flag(flag) => flag.severity(),
        Condition::Outage | Condition::Offline => Status::Unreachable.severity(false),
        Condition::AllRefused => Severity::Critical,
    }
}

/// Escape sequence by which a terminal shows a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum TerminalForm {
    /// `OSC 9`, one text: `iTerm2`, `WezTerm`, Windows Terminal, Ghostty.
    Osc9,
    /// `OSC 777`, title and text: urxvt, foot, VTE, Ghostty.
    Osc777,
}

impl TerminalForm {
    /// The name as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A web server that is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Place of its address.
    pub address: WebhookAddress,
    /// With what.
    pub form: WebhookForm,
}

/// Place of the address of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookAddress {
    /// In the config file.
    Written(WebhookUrl),
    /// In a file of its own, which none but its owner may read.
    File(PathBuf),
}

impl WebhookAddress {
    /// The host, or the file that holds the address: what may be shown.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Written(url) => url.host(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// Form of a webhook's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WebhookForm {
    /// The notification as a JSON object with a member for each thing.
    Json,
    /// `{"text": "…"}`, as Slack and those who follow it expect.
    Slack,
}

impl WebhookForm {
    /// The name as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The address of a webhook: HTTPS, or plain HTTP to this machine alone. Whoever knows it may post, so nothing of it
/// but the host is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// The whole address, for the request alone.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// True when requests go in clear, which only this machine itself may see; no proxy may get them.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The name of the host, and the port where it is not the scheme's own, for people.
    #[must_use]
    pub fn host(&self) -> String {
        web_address::host(&self.0)
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "WebhookUrl({})", self.host())
    }
}

/// Reason for which a text is no address of a webhook. The text itself is not quoted: it is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParseWebhookUrlError {
    /// No address that may be used.
    #[error("it {0}")]
    Address(#[from] ParseAddressError),
    /// A user name, password or fragment.
    #[error("it must have no user name, password or fragment")]
    Extras,
}

impl FromStr for WebhookUrl {
    type Err = ParseWebhookUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = web_address::parse(text)?;
        let extras = !url.username().is_empty() || url.password().is_some() || url.fragment().is_some();
        if extras { Err(ParseWebhookUrlError::Extras) } else { Ok(Self(url)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::{NotificationContent, Observation, ObservationDetail, ResolvedReason, Since};
    use crate::domain::status::Flag;
    use jiff::SignedDuration;

    fn notification(occasion: NotificationKind, condition: Condition, severity: Severity) -> Notification {
        let at = "2026-11-21T14:32:00Z".parse().unwrap();
        let since = Since::Fact(at);
        let observation = Observation { condition, since, detail: ObservationDetail::Plain };
        let news = match occasion {
            NotificationKind::Raised => NotificationContent::Raised(observation),
            NotificationKind::Reminder => NotificationContent::Reminder(observation, SignedDuration::ZERO),
            NotificationKind::Resolved => {
                NotificationContent::Resolved { condition, since, end: ResolvedReason::Muted, rest: None }
            }
            NotificationKind::Test => NotificationContent::Test(since),
        };
        Notification { at, environment: None, severity, news }
    }

    #[test]
    fn the_address_of_a_webhook_is_never_shown() {
        let url: WebhookUrl = " https://hooks.example.com:8443/services/T0/canary?a=canary ".parse().unwrap();
        assert_eq!(url.expose().as_str(), "https://hooks.example.com:8443/services/T0/canary?a=canary");
        assert_eq!(url.host(), "hooks.example.com:8443");
        assert_eq!(format!("{url:?}"), "WebhookUrl(hooks.example.com:8443)");
        assert!(!url.is_plain());
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for own in ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]"] {
            assert!(own.parse::<WebhookUrl>().unwrap().is_plain(), "{own}");
        }
        let refused = |text: &str| text.parse::<WebhookUrl>().unwrap_err();
        assert_eq!(refused("http://hooks.example.com"), ParseWebhookUrlError::Address(ParseAddressError::Unencrypted));
        assert_eq!(refused("ftp://hooks.example.com"), ParseWebhookUrlError::Address(ParseAddressError::Scheme));
        assert_eq!(refused("hooks.example.com"), ParseWebhookUrlError::Address(ParseAddressError::NotAUrl));
        for extra in ["https://me@x.example", "https://:canary@x.example", "https://x.example/#canary"] {
            assert_eq!(refused(extra), ParseWebhookUrlError::Extras, "{extra}");
        }
    }

    #[test]
    fn what_is_not_severe_enough_is_not_sent_and_neither_is_its_end() {
        let low = Condition::Flag(Flag::CreditsLow);
        let revoked = Condition::Status(Status::Revoked);
        let all = SinkSettings::default();
        let critical = SinkSettings { least_severity: Severity::Critical, ..SinkSettings::default() };
        for (occasion, condition, severity, expected) in [
            (NotificationKind::Raised, low, Severity::Warning, [true, false]),
            (NotificationKind::Reminder, low, Severity::Warning, [true, false]),
            (NotificationKind::Resolved, low, Severity::Ok, [true, false]),
            (NotificationKind::Raised, revoked, Severity::Critical, [true, true]),
            (NotificationKind::Resolved, revoked, Severity::Ok, [true, true]),
            (NotificationKind::Resolved, Condition::Offline, Severity::Ok, [true, true]),
            (NotificationKind::Raised, Condition::Status(Status::KeyUnavailable), Severity::Unknown, [true, false]),
            (NotificationKind::Test, low, Severity::Ok, [true, true]),
        ] {
            let notification = notification(occasion, condition, severity);
            assert_eq!([&all, &critical].map(|settings| settings.admits(&notification)), expected, "{notification:?}");
        }
    }
}
