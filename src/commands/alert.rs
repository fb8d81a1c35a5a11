//! `alert test`: sends a test notification through a sink, as a real one would go.

use std::io::{self, IsTerminal, Write};

use super::error::CommandError;
use super::setup;
use crate::cli::{AlertSubcommand, Sink};
use crate::config::settings::Settings;
use crate::domain::alert::{Notification, NotificationContent, Since};
use crate::domain::sink::{SinkError, TerminalForm};
use crate::domain::status::Severity;
use crate::services::history::History;
use crate::services::sinks::{BELL, sequence};
use crate::wording::sink_errors;

/// Sends a test notification to a sink, and says what came of it.
///
/// # Errors
/// A sink that was not asked for or did not take the notification, or an output that can't be written.
pub async fn run(command: AlertSubcommand, settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let AlertSubcommand::Test { sink } = command;
    let sinks = &settings.alerts.sinks;
    let notification = test_notification();
    // Nothing is kept of a test.
    let notifier = setup::notifier(settings, History::in_memory());
    let taken_by = |name: &str| format!("{name} took the notification.");
    let outcome = match sink {
        Sink::Bell => sinks.bell.then(|| tell_terminal(BELL, out).map(|()| "The bell was rung.".to_owned())),
        Sink::Terminal => sinks.terminal.map(|form| {
            tell_terminal(&sequence(form, &notification, &setup::zone()), out)?;
            Ok(format!("The terminal got the sequence {}; whether it shows it is up to it.", name(form)))
        }),
        Sink::Desktop => {
            let sent = notifier.try_desktop(&notification).await;
            sent.map(|sent| sent.map(|()| taken_by("The desktop")).map_err(|error| failed(&error)))
        }
        Sink::Webhook => {
            let sent = notifier.try_webhook(&notification).await;
            sent.map(|sent| sent.map(|host| taken_by(&host)).map_err(|error| failed(&error)))
        }
        Sink::Command => {
            let sent = notifier.try_command(&notification).await;
            let ended = "The command ended without a failure.";
            sent.map(|sent| sent.map(|()| ended.to_owned()).map_err(|error| failed(&error)))
        }
    };
    let said = outcome.unwrap_or_else(|| Err(not_asked_for(sink)))?;
    Ok(writeln!(out, "{said}")?)
}

/// Rings or shows through the terminal that the program runs in.
fn tell_terminal(bytes: &[u8], out: &mut dyn Write) -> Result<(), CommandError> {
    if !io::stdout().is_terminal() {
        let message = "the standard output is no terminal: run this in the terminal that is to be tried";
        return Err(CommandError::Failed(message.to_owned()));
    }
    Ok(out.write_all(bytes)?)
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

fn not_asked_for(sink: Sink) -> CommandError {
    let (name, setting) = match sink {
        Sink::Bell => ("bell", "bell = true"),
        Sink::Terminal => ("terminal", "terminal = \"osc9\" or \"osc777\""),
        Sink::Desktop => ("desktop", "desktop = true"),
        Sink::Webhook => ("webhook", "webhook_file = \"webhook\""),
        Sink::Command => ("command", "command = [\"logger\", \"-t\", \"trackyard\"]"),
    };
    CommandError::Failed(format!("no {name} was asked for: write `{setting}` under [alerts] in the config file"))
}

fn failed(error: &SinkError) -> CommandError {
    CommandError::Failed(format!("{}: {}", sink_errors::sentence(error), sink_errors::remedy(error)))
}
