//! One environment as the service sees it: an account, its keys, and the applications that use them.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::calendar::{self, earlier, later, month_start, next_month_start};
use super::key::{TenantKey, secret};
use super::plan::{TenantPlan, TenantRole};
use super::request::Endpoint;
use crate::domain::environment::EnvironmentName;

/// Time after the making of a new key until the applications begin to use it.
pub const APPLICATIONS_MOVE_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// Keys are a little older than their whole days, so that no threshold falls on the start itself.
const AGE_REMAINDER: SignedDuration = SignedDuration::from_mins(197);

/// An account with its keys and applications.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Name of the environment.
    pub name: EnvironmentName,
    /// Part that the environment plays.
    pub role: TenantRole,
    /// The state in which it started, and its limits.
    pub plan: TenantPlan,
    /// The balance.
    pub credits: u32,
    /// The keys, oldest first; there is always one.
    pub keys: Vec<TenantKey>,
    traffic_seed: u64,
    /// Last moment at which the account had its whole allowance.
    filled_at: Timestamp,
    other_spending: OtherSpending,
    advanced_to: Timestamp,
    next_reset: Timestamp,
}

/// Credits that others of the account spend, evenly over a time, without a key that is watched.
#[derive(Clone, Copy, Debug)]
struct OtherSpending {
    from: Timestamp,
    until: Timestamp,
    credits: u32,
    spent: u32,
}

impl OtherSpending {
    /// Credits spent since the last call of this.
    fn spend_until(&mut self, at: Timestamp) -> u32 {
        let whole = self.until.duration_since(self.from).as_millis().max(1);
        let part = at.duration_since(self.from).as_millis().clamp(0, whole);
        let part = if at >= self.until { whole } else { part };
        let spent = u32::try_from(i128::from(self.credits) * part / whole).unwrap_or(self.credits);
        let more = spent.saturating_sub(self.spent);
        self.spent += more;
        more
    }
}

impl Tenant {
    /// The environment in the state of the plan at `start`.
    #[must_use]
    pub fn new(name: EnvironmentName, role: TenantRole, plan: TenantPlan, seed: u64, start: Timestamp) -> Self {
        let created_at = earlier(start, SignedDuration::from_hours(24) * plan.age_days + AGE_REMAINDER);
        let filled_at = if plan.resets { created_at.max(month_start(start)) } else { created_at };
        let key = TenantKey::new(secret(seed, &name, 0), created_at);
        let mut tenant = Self {
            traffic_seed: traffic_seed(seed, &name),
            name,
            role,
            plan,
            credits: 0,
            keys: vec![key],
            filled_at,
            other_spending: OtherSpending { from: filled_at, until: start, credits: 0, spent: 0 },
            advanced_to: filled_at,
            next_reset: Timestamp::MAX,
        };
        if let Some(credits) = plan.credits {
            let spent = plan.allowance.saturating_sub(credits);
            tenant.other_spending.credits = spent.saturating_sub(tenant.demand_until(start));
        }
        tenant.restart_from_allowance(filled_at);
        tenant.advance_to(start);
        if plan.day_used > 0 {
            tenant.keys[0].raise_day_count(plan.day_used, start);
        }
        tenant
    }

    /// Lets the applications work until `now`. Time never goes back.
    pub fn advance_to(&mut self, now: Timestamp) {
        if now <= self.advanced_to {
            return;
        }
        for hour in calendar::hour(self.advanced_to)..=calendar::hour(now) {
            for call in self.plan.traffic.calls_in(self.traffic_seed, hour) {
                if call.at > self.advanced_to && call.at <= now {
                    self.application_call(call.endpoint, call.at);
                }
            }
        }
        self.apply_resets_and_spending(now);
        self.advanced_to = now;
    }

    /// A call with one of the keys: enforces the limits, takes the credits, logs it. `verdict` is an error
    /// that the service answers with, whatever is asked. Gives the status of the answer.
    pub fn call(&mut self, generation: usize, endpoint: Endpoint, at: Timestamp, verdict: Option<u16>) -> u16 {
        self.apply_resets_and_spending(at);
        let key = &mut self.keys[generation];
        let status = if key.retry_after(&self.plan, at).is_some() {
            429
        } else if let Some(status) = verdict {
            status
        } else if self.credits < endpoint.cost() {
            402
        } else {
            200
        };
        if status != 429 {
            key.count(at);
        }
        let cost = if status == 200 { endpoint.cost() } else { 0 };
        self.credits -= cost;
        key.log(endpoint.path(), status, cost, at);
        status
    }

    /// The balance at `since` and each `step` after it until `until`, as the applications made it. Begins
    /// with the account, not before; `step` is at least a minute.
    #[must_use]
    pub fn past_credits(&self, since: Timestamp, step: SignedDuration, until: Timestamp) -> Vec<(Timestamp, u32)> {
        let mut past = self.clone();
        past.keys.truncate(1);
        past.keys[0] = TenantKey::new(self.keys[0].secret.clone(), self.keys[0].created_at);
        let since = since.max(past.keys[0].created_at);
        let step = step.max(SignedDuration::from_mins(1));
        let month = month_start(since).max(past.keys[0].created_at);
        past.restart_from_allowance(if since < self.filled_at { month } else { self.filled_at });
        let mut samples = Vec::new();
        let mut at = since;
        while at <= until && at < Timestamp::MAX {
            past.advance_to(at);
            samples.push((at, past.credits));
            at = later(at, step);
        }
        samples
    }

    /// The credits that the applications would spend, had they as many as they like.
    fn demand_until(&self, start: Timestamp) -> u32 {
        let mut rich = self.clone();
        rich.restart_from_allowance(self.filled_at);
        rich.credits = u32::MAX;
        rich.advance_to(start);
        u32::MAX - rich.credits
    }

    /// Goes back to a moment at which the account had its whole allowance.
    fn restart_from_allowance(&mut self, at: Timestamp) {
        self.credits = self.plan.allowance;
        self.other_spending.spent = 0;
        self.advanced_to = at;
        self.next_reset = if self.plan.resets { next_month_start(at) } else { Timestamp::MAX };
    }

    /// Fills the account up where a month began, and takes what was spent elsewhere.
    fn apply_resets_and_spending(&mut self, at: Timestamp) {
        while at >= self.next_reset {
            self.credits = self.plan.allowance;
            self.next_reset = next_month_start(self.next_reset);
        }
        self.credits = self.credits.saturating_sub(self.other_spending.spend_until(at));
    }

    fn application_call(&mut self, endpoint: Endpoint, at: Timestamp) {
        let in_use = |key: &TenantKey| later(key.created_at, APPLICATIONS_MOVE_AFTER) <= at;
        let generation = self.keys.iter().rposition(in_use).unwrap_or(0);
        if self.keys[generation].revoked {
            self.apply_resets_and_spending(at);
        } else {
            self.call(generation, endpoint, at, None);
        }
    }
}

fn traffic_seed(seed: u64, name: &EnvironmentName) -> u64 {
    let digest = Sha256::digest(format!("{seed}/{name}/traffic"));
    digest[..8].iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
