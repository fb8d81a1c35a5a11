//! The whole service as a value: what it knows, and what it answers. Time is an argument.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::fault::Fault;
use super::key::{TenantKey, secret};
use super::malformed;
use super::plan::{CallHistory, ScenarioAction, TenantPlan, TenantRole, plan, scenario_action};
use super::reply::{self, Reply, ReplyDelivery};
use super::request::{Endpoint, IncomingRequest, RecordedCall};
use super::route::{page, route};
use super::scenario::Scenario;
use super::tenant::Tenant;
use super::traffic::Traffic;
use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;

/// Most calls that are kept.
pub const CALLS_MAX: usize = 10_000;
/// The most keys that one environment may have.
pub const KEYS_MAX: usize = 100;

/// Settings of the service.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// The story.
    pub scenario: Scenario,
    /// Keys and traffic are drawn from it.
    pub seed: u64,
    /// One account with one key each.
    pub environments: Vec<EnvironmentName>,
    /// True where no application uses the keys.
    pub idle: bool,
    /// Meaning of the last use in `/me`.
    pub last_used: LastUsed,
}

/// Meaning of the last use in `/me`: the call that asks, or the one before; the documentation doesn't say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastUsed {
    /// It is the call before.
    #[default]
    BeforeThisCall,
    /// It is this call.
    ThisCall,
}

/// Error of a change of the service that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ControlError {
    /// No environment has that name.
    #[error("there is no such environment")]
    UnknownEnvironment,
    /// The environment has as many keys as it may.
    #[error("the environment has {KEYS_MAX} keys, which is the most")]
    TooManyKeys,
}

/// The whole service.
#[derive(Clone, Debug)]
pub struct SimulatedService {
    scenario: Scenario,
    seed: u64,
    idle: bool,
    last_used: LastUsed,
    /// Start of the scenario.
    started_at: Timestamp,
    /// Latest moment that the service was asked at; its clock never goes back.
    now: Timestamp,
    tenants: Vec<Tenant>,
    tenant_calls: Vec<TenantCalls>,
    first_call: Option<Timestamp>,
    keys: HashMap<String, KeyLocation>,
    faults: VecDeque<Fault>,
    calls: VecDeque<RecordedCall>,
}

/// Calls that came in over the wire for one tenant.
#[derive(Clone, Copy, Debug, Default)]
struct TenantCalls {
    calls: u64,
    first_call: Option<Timestamp>,
}

/// Place of a key: its tenant, and its number among the keys of that.
#[derive(Clone, Copy, Debug)]
struct KeyLocation {
    tenant: usize,
    generation: usize,
}

impl SimulatedService {
    /// The service as the scenario has it at `start`.
    #[must_use]
    pub fn new(options: &ServiceOptions, start: Timestamp) -> Self {
        let mut world = Self {
            scenario: options.scenario,
            seed: options.seed,
            idle: options.idle,
            last_used: options.last_used,
            started_at: start,
            now: start,
            tenants: Vec::with_capacity(options.environments.len()),
            tenant_calls: Vec::new(),
            first_call: None,
            keys: HashMap::new(),
            faults: VecDeque::new(),
            calls: VecDeque::new(),
        };
        for name in &options.environments {
            if world.tenant_index(name).is_ok() {
                continue;
            }
            let tenant = world.tenant(name.clone());
            let place = KeyLocation { tenant: world.tenants.len(), generation: 0 };
            world.keys.insert(tenant.keys[0].secret.expose().to_owned(), place);
            world.tenants.push(tenant);
            world.tenant_calls.push(TenantCalls::default());
        }
        world
    }

    /// Answers a request.
    pub fn handle(&mut self, request: &IncomingRequest, now: Timestamp) -> Reply {
        let now = self.at(now);
        let place = request.bearer().and_then(|key| self.keys.get(key)).copied();
        let answer = match self.faults.pop_front() {
            None => self.answer(request, place, now),
            Some(Fault::Drop) => Reply::none(ReplyDelivery::Dropped),
            Some(Fault::Hang) => Reply::none(ReplyDelivery::Never),
            Some(Fault::Delay(delay)) => self.answer(request, place, now).delayed(delay),
            Some(Fault::Status(status)) => self.answer_error(request, place, now, status),
            Some(Fault::Answer(answer)) => answer,
        };
        self.record(request, place, &answer, now);
        answer
    }

    /// The story that is played.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        self.scenario
    }

    /// The newest key of each environment.
    #[must_use]
    pub fn keys(&self) -> Vec<(EnvironmentName, ApiKey)> {
        let newest = |tenant: &Tenant| tenant.keys.last().map(|key| (tenant.name.clone(), key.secret.clone()));
        self.tenants.iter().filter_map(newest).collect()
    }

    /// Body of `/me` for the newest key of an environment, without a call.
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn me(&self, name: &EnvironmentName) -> Result<String, ControlError> {
        let tenant = &self.tenants[self.tenant_index(name)?];
        let key = tenant.keys.last().ok_or(ControlError::UnknownEnvironment)?;
        Ok(reply::me(tenant, key, None).body)
    }

    /// The calls over the wire, oldest first, at most [`CALLS_MAX`].
    pub fn calls(&self) -> impl Iterator<Item = &RecordedCall> {
        self.calls.iter()
    }

    /// An environment's balance at `since` and each `step` after it, until the scenario's start: what a
    /// monitor would have seen. Begins with the account; `step` is at least a minute.
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn past_credits(
        &self,
        name: &EnvironmentName,
        since: Timestamp,
        step: SignedDuration,
    ) -> Result<Vec<(Timestamp, u32)>, ControlError> {
        Ok(self.tenants[self.tenant_index(name)?].past_credits(since, step, self.started_at))
    }

    /// Revokes the oldest key of an environment that is not revoked yet.
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn revoke(&mut self, name: &EnvironmentName, now: Timestamp) -> Result<(), ControlError> {
        let tenant = self.advanced(name, now)?;
        if let Some(key) = tenant.keys.iter_mut().find(|key| !key.revoked) {
            key.revoked = true;
        }
        Ok(())
    }

    /// Makes another key for an environment. Its applications move to it after a while.
    ///
    /// # Errors
    /// When there is no such environment, or it has too many keys.
    pub fn create_key(&mut self, name: &EnvironmentName, now: Timestamp) -> Result<ApiKey, ControlError> {
        let (seed, now, tenant) = (self.seed, self.at(now), self.tenant_index(name)?);
        let generation = self.tenants[tenant].keys.len();
        if generation == KEYS_MAX {
            return Err(ControlError::TooManyKeys);
        }
        let key = secret(seed, name, generation);
        self.advanced(name, now)?.keys.push(TenantKey::new(key.clone(), now));
        self.keys.insert(key.expose().to_owned(), KeyLocation { tenant, generation });
        Ok(key)
    }

    /// Sets an environment's balance.
    ///
    /// # Errors
    /// When there is no such environment.
    pub fn set_credits(&mut self, name: &EnvironmentName, credits: u32, now: Timestamp) -> Result<(), ControlError> {
        self.advanced(name, now)?.credits = credits;
        Ok(())
    }

    /// Starts another scenario now. Keys that were made or revoked since stay so; balances and counters
    /// become the scenario's.
    pub fn set_scenario(&mut self, scenario: Scenario, now: Timestamp) {
        let now = self.at(now);
        (self.scenario, self.started_at, self.first_call) = (scenario, now, None);
        for mut tenant in std::mem::take(&mut self.tenants) {
            let mut fresh = self.tenant(tenant.name);
            fresh.keys[0].revoked = tenant.keys[0].revoked;
            fresh.keys.extend(tenant.keys.drain(1..));
            self.tenants.push(fresh);
        }
        self.tenant_calls.fill(TenantCalls::default());
    }

    /// Lets the next `count` calls fail, after those that are to fail already.
    pub fn fail_next(&mut self, count: usize, fault: &Fault) {
        let room = CALLS_MAX.saturating_sub(self.faults.len());
        self.faults.extend(std::iter::repeat_n(fault, count.min(room)).cloned());
    }

    /// An environment as the scenario has it at its start.
    fn tenant(&self, name: EnvironmentName) -> Tenant {
        let role = TenantRole::of(&name);
        let plan = plan(self.scenario, role);
        let traffic = if self.idle { Traffic::NONE } else { plan.traffic };
        Tenant::new(name, role, TenantPlan { traffic, ..plan }, self.seed, self.started_at)
    }

    /// Lets no further call fail.
    pub fn recover(&mut self) {
        self.faults.clear();
    }

    /// The moment as the service sees it.
    fn at(&mut self, now: Timestamp) -> Timestamp {
        self.now = self.now.max(now);
        self.now
    }

    fn tenant_index(&self, name: &EnvironmentName) -> Result<usize, ControlError> {
        self.tenants.iter().position(|tenant| tenant.name == *name).ok_or(ControlError::UnknownEnvironment)
    }

    fn advanced(&mut self, name: &EnvironmentName, now: Timestamp) -> Result<&mut Tenant, ControlError> {
        let (now, place) = (self.at(now), self.tenant_index(name)?);
        let tenant = &mut self.tenants[place];
        tenant.advance_to(now);
        Ok(tenant)
    }

    /// The answer that the scenario gives.
    fn answer(&mut self, request: &IncomingRequest, place: Option<KeyLocation>, now: Timestamp) -> Reply {
        let Some(place) = place else {
            return route(request).map_or_else(|refusal| refusal, |_| reply::unauthorized(false)).dated(now);
        };
        let action = self.next_action(place, now);
        match action {
            ScenarioAction::Drop => return Reply::none(ReplyDelivery::Dropped),
            ScenarioAction::RevokeFirstKey => self.tenants[place.tenant].keys[0].revoked = true,
            ScenarioAction::RefuseFirstKey if place.generation == 0 => return refused(place).dated(now),
            ScenarioAction::Fail(status) => return self.answer_error(request, Some(place), now, status),
            _ => {}
        }
        let answer = self.process(request, place, now, None);
        match action {
            ScenarioAction::Delay(delay) => answer.delayed(delay),
            _ => answer,
        }
    }

    /// A call that ends with an error, whatever it asks; it still counts against the limits of its key.
    fn answer_error(
        &mut self,
        request: &IncomingRequest,
        place: Option<KeyLocation>,
        now: Timestamp,
        status: u16,
    ) -> Reply {
        match place {
            Some(place) => self.process(request, place, now, Some(status)),
            None => reply::failure(status, now).dated(now),
        }
    }

    /// The regular course of a call with a known key.
    fn process(
        &mut self,
        request: &IncomingRequest,
        place: KeyLocation,
        now: Timestamp,
        verdict: Option<u16>,
    ) -> Reply {
        let (scenario, last_used) = (self.scenario, self.last_used);
        let tenant = &mut self.tenants[place.tenant];
        tenant.advance_to(now);
        let endpoint = match route(request) {
            Ok(endpoint) => endpoint,
            Err(refusal) => return refusal.dated(now).with_limits(tenant, &tenant.keys[place.generation], now),
        };
        if tenant.keys[place.generation].revoked {
            return refused(place).dated(now);
        }
        let page = if endpoint == Endpoint::Usage { page(request) } else { Some((0, 0)) };
        let verdict = verdict.or(if page.is_none() { Some(400) } else { None });
        let before = tenant.keys[place.generation].last_used_at;
        let status = tenant.call(place.generation, endpoint, now, verdict);
        let key = &tenant.keys[place.generation];
        let answer = match (status, endpoint) {
            (200, Endpoint::Me) if scenario == Scenario::Malformed => malformed::me(tenant, key),
            (200, Endpoint::Me) if last_used == LastUsed::ThisCall => reply::me(tenant, key, Some(now)),
            (200, Endpoint::Me) => reply::me(tenant, key, before),
            (200, Endpoint::Usage) => {
                page.map_or_else(|| reply::failure(400, now), |(offset, limit)| reply::usage(key, offset, limit))
            }
            (200, Endpoint::Search) => reply::search(),
            (200, Endpoint::DownloadTrack) => reply::download(),
            (429, _) => {
                let seconds = key.retry_after(&tenant.plan, now).unwrap_or(60);
                reply::failure(429, now).with("retry-after", seconds.to_string())
            }
            (500, _) if scenario == Scenario::Malformed => malformed::failure(500, key, now),
            _ => reply::failure(status, now),
        };
        let answer = answer.dated(now);
        if scenario == Scenario::Malformed { answer } else { answer.with_limits(tenant, key, now) }
    }

    /// Action of the scenario on the next call; counts that call.
    fn next_action(&mut self, place: KeyLocation, now: Timestamp) -> ScenarioAction {
        let first_of_all = *self.first_call.get_or_insert(now);
        let watched = &mut self.tenant_calls[place.tenant];
        let first = *watched.first_call.get_or_insert(now);
        watched.calls += 1;
        scenario_action(
            self.scenario,
            self.tenants[place.tenant].role,
            CallHistory {
                calls: watched.calls - 1,
                since_first: now.duration_since(first),
                since_first_of_all: now.duration_since(first_of_all),
            },
        )
    }

    fn record(&mut self, request: &IncomingRequest, place: Option<KeyLocation>, answer: &Reply, now: Timestamp) {
        if self.calls.len() == CALLS_MAX {
            self.calls.pop_front();
        }
        let answered = matches!(answer.delivery, ReplyDelivery::AtOnce | ReplyDelivery::After(_));
        self.calls.push_back(RecordedCall {
            at: now,
            environment: place.map(|place| self.tenants[place.tenant].name.clone()),
            generation: place.map(|place| place.generation),
            method: request.method.clone(),
            path: request.path.chars().take(200).collect(),
            status: answered.then_some(answer.status),
        });
    }
}

/// 401; every other environment gets the other documented form.
fn refused(place: KeyLocation) -> Reply {
    reply::unauthorized(place.tenant % 2 == 1)
}

#[cfg(test)]
mod tests;
