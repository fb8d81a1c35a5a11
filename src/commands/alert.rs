//! `alert test`: tries how alerts are told, through the real thing.

use std::io::{self, IsTerminal, Write};

use super::error::CommandError;
use super::setup;
use crate::cli::{AlertSubcommand, Sink};
use crate::config::settings::Settings;
use crate::domain::alert::{Notification, NotificationContent, Since};
use crate::domain::sink::{SinkError, TerminalForm};
use crate::domain::status::Severity;
use crate::services::history::History;
use crate::services::sinks::{BELL, Notifier, sequence};
use crate::wording::sink_errors;

/// Sends a test notification to a sink, and says what came of it.
///
/// # Errors
/// When the sink was not asked for, did not take the notification, or the output can't be written.
pub async fn run(command: AlertSubcommand, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let AlertSubcommand::Test { sink } = command;
    let sinks = &settings.alerts.sinks;
    // Nothing is kept of a test.
    let notifier = setup::notifier(settings, History::in_memory());
    match sink {
        Sink::Bell if sinks.bell => tell_terminal(BELL, "The bell was rung.", out),
        Sink::Bell => Err(not_asked_for("bell", "bell = true")),
        Sink::Terminal => match sinks.terminal {
            Some(form) => {
                let said = format!("The terminal got the sequence {}; whether it shows it is up to it.", name(form));
                tell_terminal(&sequence(form, &test_notification(), &setup::zone()), &said, out)
            }
            None => Err(not_asked_for("terminal", "terminal = \"osc9\" or \"osc777\"")),
        },
        Sink::Desktop | Sink::Webhook | Sink::Command => {
            let said = send(sink, &notifier).await?;
            Ok(writeln!(out, "{said}")?)
        }
    }
}

async fn send(sink: Sink, notifier: &Notifier) -> Result<String, CommandError> {
    let notification = test_notification();
    let (name, setting, outcome) = match sink {
        Sink::Webhook => {
            let outcome = notifier.try_webhook(&notification).await;
            let said = outcome.map(|outcome| outcome.map(|host| format!("{host} took the notification.")));
            ("webhook", "webhook_file = \"webhook\"", said)
        }
        Sink::Command => {
            let outcome = notifier.try_command(&notification).await;
            let said = outcome.map(|outcome| outcome.map(|()| "The command ended without a failure.".to_owned()));
            ("command", "command = [\"logger\", \"-t\", \"trackyard\"]", said)
        }
        _ => {
            let outcome = notifier.try_desktop(&notification).await;
            let said = outcome.map(|outcome| outcome.map(|()| "The desktop took the notification.".to_owned()));
            ("desktop", "desktop = true", said)
        }
    };
    outcome.ok_or_else(|| not_asked_for(name, setting))?.map_err(|failure| failed(&failure))
}

/// Rings or shows through the terminal that the program runs in.
fn tell_terminal(bytes: &[u8], said: &str, out: &mut dyn Write) -> Result<(), CommandError> {
    if !io::stdout().is_terminal() {
        let message = "the standard output is no terminal: run this in the terminal that is to be tried";
        return Err(CommandError::Failed(message.to_owned()));
    }
    out.write_all(bytes)?;
    Ok(writeln!(out, "{said}")?)
}

fn test_notification() -> Notification {
    let at = setup::clock().now().wall;
    Notification { at, environment: None, severity: Severity::Ok, news: NotificationContent::Test(Since::Fact(at)) }
}

fn name(form: TerminalForm) -> &'static str {
    match form {
        TerminalForm::Osc9 => "OSC 9",
        TerminalForm::Osc777 => "OSC 777",
    }
}

fn not_asked_for(sink: &str, setting: &str) -> CommandError {
    CommandError::Failed(format!("no {sink} was asked for: write `{setting}` under [alerts] in the config file"))
}

fn failed(failure: &SinkError) -> CommandError {
    CommandError::Failed(format!("{}: {}", sink_errors::sentence(failure), sink_errors::remedy(failure)))
}
