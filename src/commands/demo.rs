//! `demo`: the dashboard on the built-in simulator, over real HTTP on this machine.

use std::io;

use jiff::{SignedDuration, Timestamp};

use super::error::CommandError;
use super::{dashboard, setup};
use crate::cli::DemoArguments;
use crate::config::settings::Settings;
use crate::domain::account::Account;
use crate::domain::environment::EnvironmentName;
use crate::domain::quota::Quota;
use crate::domain::sample::Sample;
use crate::monitor::settings::MonitorSettings;
use crate::runtime::dashboard::{self as session, DashboardSettings};
use crate::services::Services;
use crate::services::clock::Clock;
use crate::services::history::{History, HistoryError};
use crate::services::keys::{KeyTimeouts, KeyWriter, MemoryKeyStore};
use crate::services::sinks::Notifier;
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, Simulator, SimulatorHandle, SimulatorOptions};

/// Past that the demonstration has samples of, and the time between two of them.
const PAST: SignedDuration = SignedDuration::from_hours(35 * 24);
const PAST_STEP: SignedDuration = SignedDuration::from_mins(90);
/// Name of the operator, who acknowledges alerts.
const OPERATOR: &str = "you";
/// Seed of the jitter, the same each time.
const SEED: u64 = 1;

/// Runs the dashboard until it is ended. No file, key store, variable or network is touched.
///
/// # Errors
/// No terminal, or a simulator that can't listen.
pub async fn run(arguments: &DemoArguments, settings: &Settings) -> Result<(), CommandError> {
    dashboard::need_terminal()?;
    let clock = arguments.at.map_or_else(setup::clock, Clock::starting_at);
    let mut monitor = MonitorSettings { operator: OPERATOR.to_owned(), ..settings.monitor(None, SEED) };
    for watched in &mut monitor.environments {
        watched.environment.label = label(&watched.environment.name);
    }
    let screen = dashboard::screen(settings)?;
    let theme_file = dashboard::theme_file(&screen, settings);
    let options = DashboardSettings { monitor, screen, theme_file, clock, zone: setup::zone(), retention: None };
    let may_change_keys = !settings.dashboard.read_only;
    let mut running: Option<Simulator> = None;
    let services = async || {
        let simulator = simulator::start(SimulatorOptions::new(arguments.scenario, clock)).await?;
        let (services, key_writer) = services(&simulator, clock);
        if arguments.scenario != Scenario::UnknownKey {
            // A key that was never accepted has no past.
            remember(&services.history, &simulator.handle(), clock.now().wall).await.map_err(io::Error::other)?;
        }
        running = Some(simulator);
        Ok((services, may_change_keys.then_some(key_writer)))
    };
    session::run(options, services).await.map_err(|error| dashboard::lost_terminal(&error))
}

/// Label of an environment, as an operator may put it.
fn label(name: &EnvironmentName) -> Option<String> {
    let label = match name.as_str() {
        "staging" => "Staging - Release candidates",
        "prod" => "Production - Main App",
        _ => return None,
    };
    Some(label.to_owned())
}

fn services(simulator: &Simulator, clock: Clock) -> (Services, KeyWriter) {
    let store: MemoryKeyStore = simulator.keys().into_iter().collect();
    let (keys, key_writer) = setup::keys_of_store(Box::new(move || Box::new(store.clone())), KeyTimeouts::default());
    let base_url = simulator.base_url().clone();
    (Services { keys, history: History::in_memory(), notifier: Notifier::default(), base_url, clock }, key_writer)
}

/// Gives the history the simulator's past, so that there is something to draw.
async fn remember(history: &History, simulator: &SimulatorHandle, now: Timestamp) -> Result<(), HistoryError> {
    let since = now.saturating_sub(PAST).unwrap_or(now);
    for (name, key) in simulator.keys() {
        let present = simulator.me(&name).ok().and_then(|body| Account::parse(body.as_bytes()).ok());
        let Some(present) = present else { continue };
        let fingerprint = key.fingerprint();
        for (at, credits) in simulator.past_credits(&name, since, PAST_STEP).unwrap_or_default() {
            // Of the key itself the past says nothing, so that the first answers bring it.
            let account = Account { credits_remaining: f64::from(credits), created_at: None, ..present.clone() };
            let quota = Quota::default();
            let sample = Sample { at, latency: SignedDuration::ZERO, server_clock: None, account, quota };
            history.run(move |store| store.store_sample(fingerprint, &sample, None)).await?;
        }
    }
    Ok(())
}
