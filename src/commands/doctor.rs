//! `doctor`: says what works here, and what to do about what does not.

mod folders;
mod network;

use std::io::{self, Write};

use ratatui::layout::Size;

use super::passphrase_prompt::{self, KeyStorePurpose};
use super::{CommandError, setup};
use crate::config::settings::{EnvironmentSettings, KeyStoreName, LogLevel, Settings};
use crate::domain::api_key::KeySource;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, KeyErrorKind};
use crate::domain::terminal::TerminalError;
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::domain::unconfigured_key::UnconfiguredKey;
use crate::runtime::terminal;
use crate::services::Services;
use crate::services::history::{Access, HistoryError, HistoryStore};
use crate::services::keys::{KeyReadTimeout, KeyStoreReadiness, KeyTimeouts, Passphrases, Vault, VaultSummary};
use crate::services::log;
use crate::tui::charset::Charset;
use crate::tui::theme::ColourDepth;
use crate::wording;
use crate::wording::format;
use crate::wording::remedies::{self, Remedy, RemedyReason};
use crate::wording::sink_errors;

/// How one thing fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FindingStatus {
    Works,
    /// Works, or is not needed, but worth knowing.
    Note,
    Fails,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    name: String,
    status: FindingStatus,
    text: String,
    remedy: Option<String>,
}

impl Finding {
    fn works(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), status: FindingStatus::Works, text: text.into(), remedy: None }
    }

    fn note(name: impl Into<String>, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), status: FindingStatus::Note, text: text.into(), remedy: Some(remedy.into()) }
    }

    /// A source of keys that fails.
    fn key_fails(name: impl Into<String>, failure: &KeyError, environment: &EnvironmentName) -> Self {
        let reason = RemedyReason::KeyFailed(failure.clone());
        let remedy = Remedy { reason, source: None, environment: environment.clone() };
        Self::fails(name, failure.to_string(), remedy.sentence(&remedies::RemedyAudience::CommandLine))
    }

    fn fails(name: impl Into<String>, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), status: FindingStatus::Fails, text: text.into(), remedy: Some(remedy.into()) }
    }
}

/// Looks at everything and prints what was found.
///
/// # Errors
/// When something that the user asked for can't work, or the output can't be written.
pub async fn run(settings: &Settings, out: &mut dyn Write) -> Result<(), CommandError> {
    let passphrases = passphrase_prompt::passphrases(settings.key_store, settings, KeyStorePurpose::Read).await?;
    let store = setup::key_store(settings.key_store, settings, passphrases.clone())?;
    let (services, _) = setup::services_of_command(settings, store, KeyTimeouts::for_person());
    let mut findings = vec![config(settings)];
    let (store, stored) = key_store(settings, &services, passphrases).await;
    findings.extend(store);
    findings.extend(keys(settings, &services).await);
    findings.extend(unclaimed(settings, &services, &stored));
    findings.extend(network::look(settings, &services).await);
    findings.push(terminal(settings));
    findings.push(history(&services).await);
    findings.extend(ledger(&services).await);
    findings.extend(folders::look(settings));
    findings.extend(alerts(settings, &services).await);
    findings.push(log_file(settings));
    for finding in &findings {
        print(finding, out)?;
    }
    out.flush()?;
    let failed = findings.iter().filter(|finding| finding.status == FindingStatus::Fails).count();
    match failed {
        0 => Ok(()),
        1 => Err(CommandError::Failed("1 check failed (see above)".to_owned())),
        _ => Err(CommandError::Failed(format!("{failed} checks failed (see above)"))),
    }
}

fn print(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let mark = match finding.status {
        FindingStatus::Works => "ok   ",
        FindingStatus::Note => "note ",
        FindingStatus::Fails => "FAILS",
    };
    writeln!(out, "{mark}  {:<14}{}", finding.name, finding.text)?;
    match &finding.remedy {
        Some(remedy) => writeln!(out, "{:21}{remedy}", ""),
        None => Ok(()),
    }
}

/// An invalid configuration has ended the program before.
fn config(settings: &Settings) -> Finding {
    match settings.paths.config_file() {
        Ok(file) if file.exists() => Finding::works("config", format!("{} is valid", file.display())),
        Ok(file) => Finding::works("config", format!("there is no {}: the defaults apply", file.display())),
        Err(error) => Finding::note("config", error.to_string(), "Set HOME."),
    }
}

/// What is found of the key store, and the environments that an encrypted file has keys for. Of a keyring that can't be
/// used the keys tell, where they need it.
async fn key_store(
    settings: &Settings,
    services: &Services,
    passphrases: Passphrases,
) -> (Option<Finding>, Vec<EnvironmentName>) {
    match settings.key_store {
        KeyStoreName::Keyring => (answering_keyring(settings, services).await, Vec::new()),
        KeyStoreName::File => key_file(settings, passphrases),
    }
}

async fn answering_keyring(settings: &Settings, services: &Services) -> Option<Finding> {
    let environment = settings.environments.first()?.name();
    services.keys.stored(&environment.clone().into(), KeyReadTimeout::User).await.ok()?;
    Some(keyring(environment, services).await)
}

fn key_file(settings: &Settings, passphrases: Passphrases) -> (Option<Finding>, Vec<EnvironmentName>) {
    let name = "key store";
    let Ok(path) = settings.paths.key_file() else { return (None, Vec::new()) };
    let Some(environment) = settings.environments.first().map(EnvironmentSettings::name) else {
        return (None, Vec::new());
    };
    let shown = path.display();
    let (finding, environments) = match Vault::new(path.to_owned(), passphrases).summary() {
        Ok(Some(VaultSummary { keys, environments, work_factor })) => {
            let keys = if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") };
            let work = format!("encrypted by age with scrypt, work factor {work_factor}");
            (Finding::works(name, format!("file {shown}: {keys}, {work}")), environments)
        }
        Ok(None) => {
            let remedy = format!("The first `trackyard-tui key set {environment}` makes it.");
            (Finding::note(name, format!("file {shown} does not exist yet"), remedy), Vec::new())
        }
        Err(failure) => (Finding::key_fails(name, &failure, environment), Vec::new()),
    };
    (Some(finding), environments)
}

/// What a keyring that answers will do with the next key that is to be stored.
async fn keyring(environment: &EnvironmentName, services: &Services) -> Finding {
    let (name, place) = ("key store", services.keys.place(environment).await);
    let keeper = services.keys.keeper();
    match place {
        Ok(KeyStoreReadiness::Ready) => Finding::works(name, format!("{keeper} answers")),
        Ok(KeyStoreReadiness::CreatedOnWrite) => {
            let remedy = format!(
                "The first `trackyard-tui key set {environment}` has it make one, and it asks for a password then."
            );
            Finding::note(name, format!("{keeper} answers, and has no place for keys yet"), remedy)
        }
        Err(failure) => Finding::key_fails(name, &failure, environment),
    }
}

/// Keys of environments that are not configured, those that are `stored` in an encrypted file among them.
fn unclaimed(settings: &Settings, services: &Services, stored: &[EnvironmentName]) -> Option<Finding> {
    let configured: Vec<_> =
        settings.environments.iter().chain(&settings.left_out).map(EnvironmentSettings::name).collect();
    let stored = stored.iter().filter(|environment| !configured.contains(environment)).map(|environment| {
        let source = KeySource::Store(services.keys.store_name());
        UnconfiguredKey { environment: environment.clone(), source }
    });
    let keys: Vec<_> = services.keys.unclaimed(&configured).into_iter().chain(stored).collect();
    let (text, remedy) = wording::unconfigured_keys::report(&keys)?;
    Some(Finding::note("other keys", text, remedy))
}

async fn keys(settings: &Settings, services: &Services) -> Vec<Finding> {
    let mut findings = Vec::new();
    for environment in &settings.environments {
        let name = environment.name();
        let label = format!("key {name}");
        findings.push(match services.keys.load(name, KeyReadTimeout::User).await {
            Ok(loaded) => Finding::works(label, format!("{} from {}", loaded.key.fingerprint(), loaded.source)),
            Err(failure) => {
                let finding = Finding::key_fails(label, &failure, name);
                let is_note = failure.kind() == KeyErrorKind::Missing && !environment.watched.requested;
                if is_note { Finding { status: FindingStatus::Note, ..finding } } else { finding }
            }
        });
    }
    findings
}

fn terminal(settings: &Settings) -> Finding {
    let facts = terminal::facts();
    match facts.check() {
        Ok(()) => {}
        Err(TerminalError::NoScreen) => {
            let remedy = "The dashboard needs one; `status` does not.";
            return Finding::note("terminal", "the output is not a terminal", remedy);
        }
        Err(problem) => {
            let remedy = "The rest works without it.";
            return Finding::note("terminal", wording::terminal_errors::sentence(&problem), remedy);
        }
    }
    let variable = |name: &str| std::env::var(name).ok();
    let (no_color, term, colorterm) = (variable("NO_COLOR"), variable("TERM"), variable("COLORTERM"));
    let colours = match ColourDepth::detect(no_color.as_deref(), term.as_deref(), colorterm.as_deref()) {
        ColourDepth::None => "no colours",
        ColourDepth::Sixteen => "16 colours",
        ColourDepth::TwoHundredFiftySix => "256 colours",
    };
    let characters = match setup::charset(settings.dashboard.ascii) {
        Charset::Ascii => "ASCII",
        Charset::Unicode => "UTF-8",
    };
    let Size { width, height } = terminal::size();
    Finding::works("terminal", format!("drawn at {width}×{height}, {colours}, {characters}"))
}

async fn history(services: &Services) -> Finding {
    match services.history.check().await {
        Ok(summary) => {
            let place = summary.path.map_or_else(|| "kept in memory".to_owned(), |path| path.display().to_string());
            let samples = format::count(summary.contents.samples);
            let size = format::count(summary.size_bytes.div_ceil(1024));
            let text = format!("{place}: {samples} samples, {size} KiB");
            match (cannot_keep(services).await, summary.unreadable) {
                (Some(error), _) => {
                    Finding::fails("history", format!("{text}; nothing can be kept: {error}"), error.remedy())
                }
                (None, Some(unreadable)) => {
                    let text = format!("{text}; {unreadable} can't be read and are left out");
                    Finding::note(
                        "history",
                        text,
                        "The rest goes on; restore the file from a backup to have them again.",
                    )
                }
                (None, None) => Finding::works("history", text),
            }
        }
        Err(error) => Finding::fails("history", error.to_string(), error.remedy()),
    }
}

/// Why nothing can be kept in the history, if so.
async fn cannot_keep(services: &Services) -> Option<HistoryError> {
    match services.history.access().await {
        Ok(Access::ReadWrite) => services.history.run(HistoryStore::try_writing).await.err(),
        Ok(Access::ReadOnly(error)) | Err(error) => Some(error),
    }
}

/// Where calls are counted, if not in the history.
async fn ledger(services: &Services) -> Option<Finding> {
    cannot_keep(services).await?;
    let finding = if let Some(path) = services.history.fallback_request_log() {
        let text = format!("calls are counted in {} meanwhile", path.display());
        Finding::note("ledger", text, "Make the history writable: then it counts again.")
    } else {
        let remedy = "Make the history writable, or set XDG_RUNTIME_DIR to a folder that is yours alone.";
        Finding::note("ledger", "calls can be counted nowhere: only what you ask for is asked", remedy)
    };
    Some(finding)
}

/// The sinks that were asked for, without sending anything.
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

fn log_file(settings: &Settings) -> Finding {
    match settings.paths.log_file() {
        _ if settings.log_level == LogLevel::Off => Finding::works("log", "off, as asked for"),
        Ok(file) => {
            let level = settings.log_level;
            match log::check(&file) {
                Ok(()) => Finding::works("log", format!("{} at level {}", file.display(), level.as_str())),
                Err(error) => {
                    let text = format!("{} can't be written: {error}", file.display());
                    Finding::fails("log", text, "Make it and its folder writable, or say --log-level off.")
                }
            }
        }
        Err(error) => Finding::note("log", error.to_string(), "Set HOME."),
    }
}
