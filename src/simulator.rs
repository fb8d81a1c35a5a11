//! A stand-in for the service, over real HTTP on the loopback interface: for demonstrations, drills and tests.
//!
//! ```text
//!  HTTP ──edge──► World::handle(&Request, now) ──► Reply
//!                   │ scenario: plan (how it starts), conduct (what happens while watched)
//!                   └ tenants: account, keys, applications (traffic, a pure function of seed and time)
//! ```
//!
//! The [`service`] is a plain value: the same seed, scenario, start and calls bring the same answers, byte for
//! byte. The edge adds sockets and a clock.

pub mod announcement;
mod calendar;
mod control;
pub mod fault;
mod key;
mod malformed;
mod plan;
pub mod reply;
pub mod request;
mod route;
pub mod scenario;
mod server;
pub mod service;
mod tenant;
mod traffic;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::announcement::Announcement;
use self::fault::Fault;
use self::request::{PREFIX, RecordedCall};
use self::scenario::Scenario;
use self::server::SharedService;
use self::service::{ControlError, LastUsed, ServiceOptions, SimulatedService};
use crate::domain::api_key::ApiKey;
use crate::domain::base_url::BaseUrl;
use crate::domain::environment::EnvironmentName;
use crate::services::clock::Clock;

/// Settings of the simulator at its start.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// The port on 127.0.0.1; 0 is any that is free.
    pub port: u16,
    /// The story.
    pub scenario: Scenario,
    /// Keys and traffic are drawn from it.
    pub seed: u64,
    /// The simulated clock.
    pub clock: Clock,
    /// One account with one key each; "staging" and "prod" play their parts, any other name plays dev's.
    pub environments: Vec<EnvironmentName>,
    /// True where no application uses the keys, so that balances and counters change by the watched calls alone.
    pub idle: bool,
    /// Meaning of the last use in `/me`.
    pub last_used: LastUsed,
}

impl SimulatorOptions {
    /// The three usual environments with their applications, on any free port.
    #[must_use]
    pub fn new(scenario: Scenario, clock: Clock) -> Self {
        Self {
            port: 0,
            scenario,
            seed: 1,
            clock,
            environments: ["dev", "staging", "prod"].iter().filter_map(|name| name.parse().ok()).collect(),
            idle: false,
            last_used: LastUsed::default(),
        }
    }
}

/// A running simulator. It stops, and its connections with it, when dropped.
#[derive(Debug)]
pub struct Simulator {
    base_url: BaseUrl,
    handle: SimulatorHandle,
    server: JoinHandle<()>,
}

/// Starts the simulator as a task of the current runtime.
///
/// # Errors
/// When the port can't be had.
pub async fn start(options: SimulatorOptions) -> io::Result<Simulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let base_url = format!("http://{}{PREFIX}", listener.local_addr()?);
    let world = ServiceOptions {
        scenario: options.scenario,
        seed: options.seed,
        environments: options.environments,
        idle: options.idle,
        last_used: options.last_used,
    };
    let world = SimulatedService::new(&world, options.clock.now().wall);
    let stage = Arc::new(SharedService::new(world, options.clock));
    let server = tokio::spawn(server::serve(listener, Arc::clone(&stage)));
    let handle = SimulatorHandle { service: stage };
    Ok(Simulator { base_url: base_url.parse().map_err(io::Error::other)?, handle, server })
}

impl Simulator {
    /// The address to which `/me` is appended.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// A handle on the simulated world, which may outlive the server.
    #[must_use]
    pub fn handle(&self) -> SimulatorHandle {
        self.handle.clone()
    }

    /// The newest key of each environment, in the order of the options.
    #[must_use]
    pub fn keys(&self) -> Vec<(EnvironmentName, ApiKey)> {
        self.handle.keys()
    }

    /// Text for those who started it by hand.
    #[must_use]
    pub fn announcement(&self) -> Announcement {
        let scenario = self.handle.service.with(|world, _| world.scenario());
        Announcement { base_url: self.base_url.clone(), scenario, keys: self.keys() }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Changes and questions the world of a running simulator.
#[derive(Clone, Debug)]
pub struct SimulatorHandle {
    service: Arc<SharedService>,
}

impl SimulatorHandle {
    /// The time by the simulated clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.service.with(|_, now| now)
    }

    /// Puts the simulated clock forward; a negative duration does nothing.
    pub fn advance(&self, by: SignedDuration) {
        self.service.advance(by);
    }

    /// See [`SimulatedService::keys`].
    #[must_use]
    pub fn keys(&self) -> Vec<(EnvironmentName, ApiKey)> {
        self.service.with(|world, _| world.keys())
    }

    /// The calls over the wire with an environment's keys, oldest first, at most [`service::CALLS_MAX`] of all.
    #[must_use]
    pub fn calls(&self, name: &EnvironmentName) -> Vec<RecordedCall> {
        let own = |call: &&RecordedCall| call.environment.as_ref() == Some(name);
        self.service.with(|world, _| world.calls().filter(own).cloned().collect())
    }

    /// See [`SimulatedService::me`].
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn me(&self, name: &EnvironmentName) -> Result<String, ControlError> {
        self.service.with(|world, _| world.me(name))
    }

    /// See [`SimulatedService::past_credits`].
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn past_credits(
        &self,
        name: &EnvironmentName,
        since: Timestamp,
        step: SignedDuration,
    ) -> Result<Vec<(Timestamp, u32)>, ControlError> {
        self.service.with(|world, _| world.past_credits(name, since, step))
    }

    /// See [`SimulatedService::revoke`].
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn revoke(&self, name: &EnvironmentName) -> Result<(), ControlError> {
        self.service.with(|world, now| world.revoke(name, now))
    }

    /// See [`SimulatedService::create_key`].
    ///
    /// # Errors
    /// When there is no such environment, or it has too many keys.
    pub fn create_key(&self, name: &EnvironmentName) -> Result<ApiKey, ControlError> {
        self.service.with(|world, now| world.create_key(name, now))
    }

    /// See [`SimulatedService::set_credits`].
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn set_credits(&self, name: &EnvironmentName, credits: u32) -> Result<(), ControlError> {
        self.service.with(|world, now| world.set_credits(name, credits, now))
    }

    /// See [`SimulatedService::set_scenario`].
    pub fn set_scenario(&self, scenario: Scenario) {
        self.service.with(|world, now| world.set_scenario(scenario, now));
    }

    /// See [`SimulatedService::fail_next`].
    pub fn fail_next(&self, count: usize, fault: &Fault) {
        self.service.with(|world, _| world.fail_next(count, fault));
    }
}
