//! `doctor`: checks of what works here, and what to do about what does not.

mod files;
mod finding;
mod folders;
mod keys;
mod network;

use std::io::Write;

use ratatui::layout::Size;

use super::error::CommandError;
use super::passphrase_prompt::{self, KeyStorePurpose};
use super::{charset_writer, dashboard, setup};
use crate::config::settings::Settings;
use crate::domain::terminal::TerminalError;
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::runtime::terminal;
use crate::services::Services;
use crate::services::keys::KeyReadTimeout;
use crate::tui::charset::Charset;
use crate::tui::theme::ColourDepth;
use crate::wording::{sink_errors, terminal_errors};
use finding::{Finding, FindingStatus};

/// Checks everything and prints the findings.
///
/// # Errors
/// A check that failed of something that the user asked for, or an output that can't be written.
pub async fn run(settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let passphrases = passphrase_prompt::passphrases(settings.key_store, settings, KeyStorePurpose::Read).await?;
    let store = setup::key_store(settings.key_store, settings, passphrases.clone())?;
    let (services, _) = setup::services_of_command(settings, store, KeyReadTimeout::User);
    let mut findings = vec![config(settings)];
    findings.extend(keys::look(settings, &services, passphrases).await);
    findings.extend(network::look(settings, &services).await);
    findings.push(terminal(settings));
    findings.push(files::history(&services).await);
    findings.extend(files::request_log(&services).await);
    findings.extend(folders::look(settings));
    findings.extend(alerts(settings, &services).await);
    findings.push(files::log_file(settings));
    for finding in &findings {
        finding.print(out)?;
    }
    out.flush()?;
    let failed = findings.iter().filter(|finding| finding.status == FindingStatus::Fails).count();
    match failed {
        0 => Ok(()),
        1 => Err(CommandError::Failed("1 check failed (see above)".to_owned())),
        _ => Err(CommandError::Failed(format!("{failed} checks failed (see above)"))),
    }
}

/// Finding about the config file; an invalid one has ended the program before.
fn config(settings: &Settings) -> Finding {
    match settings.paths.config_file() {
        Ok(file) if file.exists() => Finding::works("config", format!("{} is valid", file.display())),
        Ok(file) => Finding::works("config", format!("there is no {}: the defaults apply", file.display())),
        Err(error) => Finding::note("config", error.to_string(), "Set HOME."),
    }
}

fn terminal(settings: &Settings) -> Finding {
    let facts = terminal::facts();
    match facts.check() {
        Ok(()) => {}
        Err(TerminalError::NoScreen) => {
            let remedy = "The dashboard needs one; `status` does not.";
            return Finding::note("terminal", "the output is not a terminal", remedy);
        }
        Err(error) => {
            let remedy = "The rest works without it.";
            return Finding::note("terminal", terminal_errors::sentence(&error), remedy);
        }
    }
    let colours = match dashboard::colours() {
        ColourDepth::None => "no colours",
        ColourDepth::Sixteen => "16 colours",
        ColourDepth::TwoHundredFiftySix => "256 colours",
        ColourDepth::TrueColour => "true colour",
    };
    let characters = match charset_writer::charset(settings.dashboard.ascii) {
        Charset::Ascii => "ASCII",
        Charset::Unicode => "UTF-8",
    };
    let Size { width, height } = terminal::size();
    Finding::works("terminal", format!("drawn at {width}×{height}, {colours}, {characters}"))
}

/// Findings about the sinks that were asked for; nothing is sent.
async fn alerts(settings: &Settings, services: &Services) -> Vec<Finding> {
    let name = "alerts";
    let sinks = &settings.alerts.sinks;
    let mut findings = Vec::new();
    if sinks.bell {
        findings.push(Finding::works(name, "bell: the terminal of the dashboard rings"));
    }
    if let Some(form) = sinks.terminal {
        findings.push(Finding::works(name, format!("terminal: that of the dashboard gets {}", form.as_str())));
    }
    if sinks.desktop {
        findings.push(if cfg!(target_os = "linux") {
            Finding::works(name, "desktop: asked for, not tried now")
        } else {
            let remedy = "Use `terminal`, `webhook` or `command` in [alerts] instead.";
            Finding::fails(name, "desktop: not supported on this system", remedy)
        });
    }
    findings.extend(services.notifier.webhook_host().await.map(|host| match host {
        Ok(host) => Finding::works(name, format!("webhook: {host}, not tried now")),
        Err(failure) => {
            Finding::fails(name, format!("webhook: {}", sink_errors::sentence(&failure)), sink_errors::remedy(&failure))
        }
    }));
    if let Some(program) = sinks.command.as_ref().and_then(|command| command.first()) {
        let program = sanitise(program, LENGTH_MAX);
        findings.push(Finding::works(name, format!("command: {program} …, not tried now")));
    }
    if findings.is_empty() {
        findings.push(Finding::works(name, "on the dashboard alone, as no sink was asked for"));
    }
    findings
}
