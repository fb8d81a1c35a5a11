//! `simulate`: the simulator alone, until it is told to end.

use std::io::Write;

use super::error::CommandError;
use super::setup;
use crate::cli::SimulateArguments;
use crate::domain::environment::EnvironmentName;
use crate::runtime::signals::{self, ProcessSignal};
use crate::simulator::{self, SimulatorOptions};

/// Starts the simulator, prints where it is and how to watch it, and waits for a signal.
///
/// # Errors
/// A port that can't be had, or an output that can't be written.
pub async fn run(arguments: &SimulateArguments, out: &mut dyn Write) -> Result<(), CommandError> {
    let mut options = SimulatorOptions::new(arguments.scenario, setup::clock());
    options.port = arguments.port;
    options.seed = arguments.seed;
    options.idle = arguments.idle;
    options.environments = environments(arguments.environments);
    let port = arguments.port;
    let started = simulator::start(options).await;
    let simulator = started.map_err(|error| CommandError::Failed(format!("port {port} can't be used: {error}")))?;
    write!(out, "{}", simulator.announcement())?;
    out.flush()?;
    let mut signals = signals::listen()?;
    loop {
        match signals.recv().await {
            Some(ProcessSignal::Suspend) => signals::stop(),
            Some(ProcessSignal::Continue | ProcessSignal::Resized) => {}
            Some(ProcessSignal::End) | None => return Ok(()),
        }
    }
}

/// Names of so many environments: the three usual ones, then numbered ones.
fn environments(count: u16) -> Vec<EnvironmentName> {
    let usual = ["dev", "staging", "prod"].map(ToOwned::to_owned).into_iter();
    let names = usual.chain((4..).map(|number| format!("env-{number}")));
    names.take(usize::from(count)).filter_map(|name| name.parse().ok()).collect()
}
