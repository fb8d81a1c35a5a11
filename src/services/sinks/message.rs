//! Notifications in words, and as JSON.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::alert::{Condition, Notification, NotificationKind};
use crate::domain::environment::Environment;
use crate::domain::sink::WebhookForm;
use crate::domain::status::Severity;
use crate::domain::text::sanitise;
use crate::wording::alerts;

/// The longest sentence that is sent, in characters.
const TEXT_MAX: usize = 500;
/// The longest label of an environment that is sent, in characters.
const LABEL_MAX: usize = 64;

/// A notification in words: all sinks tell it alike.
#[derive(Clone, Debug)]
pub(super) struct RenderedNotification {
    pub(super) at: Timestamp,
    pub(super) environment: Option<Environment>,
    pub(super) condition: Option<Condition>,
    pub(super) severity: Severity,
    pub(super) occasion: NotificationKind,
    pub(super) since: Timestamp,
    pub(super) text: String,
}

impl RenderedNotification {
    pub(super) fn new(notification: &Notification, zone: &TimeZone) -> Self {
        let Notification { at, environment, severity, news } = notification;
        Self {
            at: *at,
            environment: environment.clone(),
            condition: news.condition(),
            severity: *severity,
            occasion: news.kind(),
            since: news.since().at(),
            text: sanitise(&alerts::notification(notification, zone), TEXT_MAX),
        }
    }
}

/// The members of the JSON form: a stable interface. More may come, none goes.
#[derive(Debug, Serialize)]
pub(super) struct NotificationDocument {
    product: &'static str,
    version: &'static str,
    pub(super) environment: Option<String>,
    pub(super) label: Option<String>,
    pub(super) condition: Option<&'static str>,
    pub(super) severity: &'static str,
    pub(super) occasion: &'static str,
    pub(super) since: String,
    pub(super) at: String,
    pub(super) text: String,
}

impl From<&RenderedNotification> for NotificationDocument {
    fn from(notification: &RenderedNotification) -> Self {
        let environment = notification.environment.as_ref();
        Self {
            product: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            environment: environment.map(|environment| environment.name.to_string()),
            label: environment.and_then(|environment| environment.label.as_deref()).map(safe_label),
            condition: notification.condition.map(Condition::as_str),
            severity: notification.severity.as_str(),
            occasion: notification.occasion.as_str(),
            since: time(notification.since),
            at: time(notification.at),
            text: text(notification),
        }
    }
}

#[derive(Serialize)]
struct SlackDocument {
    text: String,
}

/// The notification as a JSON object with a member for each thing.
pub(super) fn json(notification: &RenderedNotification) -> String {
    serialised(&NotificationDocument::from(notification))
}

/// Body of the request to a webhook.
pub(super) fn webhook_body(form: WebhookForm, notification: &RenderedNotification) -> String {
    match form {
        WebhookForm::Json => json(notification),
        WebhookForm::Slack => serialised(&SlackDocument { text: escaped(&harmless(&line(notification))) }),
    }
}

/// Subject of a notification: the product, and the environment if it is of one.
pub(super) fn title(notification: &RenderedNotification) -> String {
    let Some(environment) = &notification.environment else { return "Trackyard".to_owned() };
    match &environment.label {
        Some(label) => format!("Trackyard {} ({})", environment.name, safe_label(label)),
        None => format!("Trackyard {}", environment.name),
    }
}

/// Text of a notification: its event, and the severity.
pub(super) fn body(notification: &RenderedNotification) -> String {
    let (severity, text) = (notification.severity.as_str(), text(notification));
    match notification.occasion {
        NotificationKind::Raised => format!("{severity}: {text}"),
        NotificationKind::Reminder => format!("still {severity}: {text}"),
        NotificationKind::Resolved => format!("resolved: {text}"),
        NotificationKind::Test => format!("test: {text}"),
    }
}

/// Subject and text of a notification, in one line.
pub(super) fn line(notification: &RenderedNotification) -> String {
    format!("{}: {}", title(notification), body(notification))
}

/// The text without what calls people, or hides an address behind other words, in programs that follow Slack: the
/// service may have written a part of it.
fn harmless(text: &str) -> String {
    text.replace('@', "\u{ff20}").replace("](", "] (")
}

/// The text without the three characters that are markup to Slack, and in the bodies of desktop notifications.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn text(notification: &RenderedNotification) -> String {
    sanitise(&notification.text, TEXT_MAX)
}

fn safe_label(label: &str) -> String {
    sanitise(label, LABEL_MAX)
}

/// RFC 3339 in UTC, to the second.
fn time(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// Texts and nothing else can always be written as JSON.
fn serialised(document: &impl Serialize) -> String {
    serde_json::to_string(document).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::status::Flag;
    use proptest::prelude::*;

    pub(in crate::services::sinks) fn notification(label: Option<&str>, text: &str) -> RenderedNotification {
        let environment = Environment { name: "prod".parse().unwrap(), label: label.map(str::to_owned) };
        RenderedNotification {
            at: "2026-11-21T14:32:20.9Z".parse().unwrap(),
            environment: Some(environment),
            condition: Some(Condition::Flag(Flag::CreditsLow)),
            severity: Severity::Warning,
            occasion: NotificationKind::Raised,
            since: "2026-11-21T14:30:00Z".parse().unwrap(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_json_form_has_its_members_in_their_order() {
        let expected = format!(
            r#"{{"product":"trackyard-tui","version":"{}","environment":"prod","label":"Main \"App\"","condition":"credits-low","severity":"warning","occasion":"raised","since":"2026-11-21T14:30:00Z","at":"2026-11-21T14:32:20Z","text":"Only 12 credits are left."}}"#,
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(json(&notification(Some("Main \"App\""), "Only 12 credits are left.")), expected);
    }

    #[test]
    fn what_is_about_no_environment_says_null() {
        let test = RenderedNotification {
            environment: None,
            condition: None,
            occasion: NotificationKind::Test,
            severity: Severity::Ok,
            ..notification(None, "A test.")
        };
        let document: serde_json::Value = serde_json::from_str(&json(&test)).unwrap();
        assert!(document["environment"].is_null() && document["label"].is_null() && document["condition"].is_null());
        assert_eq!((&document["occasion"], &document["severity"]), (&"test".into(), &"ok".into()));
        assert_eq!(line(&test), "Trackyard: test: A test.");
    }

    #[test]
    fn the_slack_form_escapes_what_is_markup_there() {
        let raised = notification(Some("R&D <!channel>"), "<https://x|click> & *go*");
        assert_eq!(
            webhook_body(WebhookForm::Slack, &raised),
            r#"{"text":"Trackyard prod (R&amp;D &lt;!channel&gt;): warning: &lt;https://x|click&gt; &amp; *go*"}"#
        );
    }

    #[test]
    fn the_slack_form_calls_nobody_and_hides_no_address() {
        let raised = notification(Some("@here"), "Forbidden: @all, @channel, [the log](https://x.example)");
        assert_eq!(
            webhook_body(WebhookForm::Slack, &raised),
            r#"{"text":"Trackyard prod (＠here): warning: Forbidden: ＠all, ＠channel, [the log] (https://x.example)"}"#
                .replace("\\uff20", "\u{ff20}")
        );
    }

    #[test]
    fn occasions_are_told_apart() {
        let told = |occasion| body(&RenderedNotification { occasion, ..notification(None, "So.") });
        assert_eq!(told(NotificationKind::Reminder), "still warning: So.");
        assert_eq!(told(NotificationKind::Resolved), "resolved: So.");
    }

    pub(in crate::services::sinks) fn is_unsafe(character: char) -> bool {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    }

    proptest! {
        #[test]
        fn nothing_that_acts_on_a_screen_gets_through(label: String, text: String) {
            let notification = notification(Some(&label), &text);
            for form in [WebhookForm::Json, WebhookForm::Slack] {
                let document: serde_json::Value = serde_json::from_str(&webhook_body(form, &notification)).unwrap();
                for value in document.as_object().unwrap().values().filter_map(|value| value.as_str()) {
                    prop_assert!(!value.chars().any(is_unsafe), "{value:?}");
                    prop_assert!(value.chars().count() < 5 * (TEXT_MAX + LABEL_MAX));
                }
            }
            prop_assert!(!title(&notification).chars().chain(body(&notification).chars()).any(is_unsafe));
        }
    }
}
