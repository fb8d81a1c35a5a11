//! The start of each environment in each scenario, and what becomes of its calls.

use jiff::SignedDuration;

use super::scenario::Scenario;
use super::traffic::Traffic;
use crate::domain::environment::EnvironmentName;

/// The part that an environment plays in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantRole {
    /// "dev", and every environment that is neither of the others.
    Dev,
    /// "staging".
    Staging,
    /// "prod" or "production", and "env-4" and so on, with which many are polled each minute.
    Prod,
}

impl TenantRole {
    /// The part that goes with a name.
    #[must_use]
    pub fn of(name: &EnvironmentName) -> Self {
        match name.as_str() {
            "staging" => Self::Staging,
            other if name.is_production() || other.starts_with("env-") => Self::Prod,
            _ => Self::Dev,
        }
    }
}

/// The state in which an environment starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantPlan {
    /// The tier of the account.
    pub tier: &'static str,
    /// Credits a month, or in all.
    pub allowance: u32,
    /// True where the balance is filled up to the allowance on the first of each month.
    pub resets: bool,
    /// Requests of one key in a minute.
    pub per_minute: u32,
    /// Requests of one key in a UTC day; `None` is no limit.
    pub per_day: Option<u32>,
    /// The age of the first key, in days.
    pub age_days: i32,
    /// The balance at the start; `None` is what the applications left of it.
    pub credits: Option<u32>,
    /// Requests of the day used at the start, at least.
    pub day_used: u32,
    /// Habits of the applications.
    pub traffic: Traffic,
}

const DEV: TenantPlan = TenantPlan {
    tier: "free",
    allowance: 50,
    resets: false,
    per_minute: 5,
    per_day: Some(50),
    age_days: 30,
    credits: None,
    day_used: 0,
    traffic: Traffic { peak_milli: 50, ..Traffic::NONE },
};

const STAGING: TenantPlan = TenantPlan {
    tier: "starter",
    allowance: 300,
    resets: true,
    per_minute: 10,
    per_day: Some(1_000),
    age_days: 40,
    traffic: Traffic { peak_milli: 400, batch_percent: 1, batch_calls_max: 4, burst_calls: 0 },
    ..DEV
};

const PROD: TenantPlan = TenantPlan {
    tier: "pro",
    allowance: 50_000,
    resets: true,
    per_minute: 300,
    per_day: None,
    age_days: 20,
    traffic: Traffic { peak_milli: 60_000, batch_percent: 3, batch_calls_max: 60, burst_calls: 0 },
    ..DEV
};

/// The state in which an environment starts.
#[must_use]
pub fn plan(scenario: Scenario, role: TenantRole) -> TenantPlan {
    let well = match role {
        TenantRole::Dev => DEV,
        TenantRole::Staging => STAGING,
        TenantRole::Prod => PROD,
    };
    match (scenario, role) {
        (Scenario::Demo, TenantRole::Staging) => TenantPlan { age_days: 80, ..well },
        (Scenario::Demo, TenantRole::Prod) => TenantPlan { age_days: 95, ..well },
        (Scenario::LowCredits, TenantRole::Dev) => TenantPlan { credits: Some(8), ..well },
        (Scenario::LowCredits, TenantRole::Staging) => TenantPlan { credits: Some(9), ..well },
        (Scenario::LowCredits, TenantRole::Prod) => TenantPlan { credits: Some(0), ..well },
        (Scenario::RotationDue, TenantRole::Dev) => TenantPlan { age_days: 78, ..well },
        (Scenario::RotationDue, TenantRole::Staging) => TenantPlan { age_days: 89, ..well },
        (Scenario::RotationDue, TenantRole::Prod) => TenantPlan { age_days: 120, ..well },
        (Scenario::RateLimited, TenantRole::Dev) => TenantPlan {
            per_day: Some(100_000),
            traffic: Traffic { burst_calls: well.per_minute, ..well.traffic },
            ..well
        },
        (Scenario::RateLimited, TenantRole::Staging) => TenantPlan { day_used: 1_000, ..well },
        (Scenario::DailyLimit, TenantRole::Dev) => TenantPlan { day_used: 46, ..well },
        (Scenario::DailyLimit, TenantRole::Staging) => TenantPlan { day_used: 950, ..well },
        (Scenario::DailyLimit, TenantRole::Prod) => TenantPlan { per_day: Some(10_000), day_used: 9_400, ..well },
        _ => well,
    }
}

/// Calls of an environment before the one at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallHistory {
    /// Calls over the wire with the environment's keys before this one.
    pub calls: u64,
    /// Time since the first of them; zero at the first.
    pub since_first: SignedDuration,
    /// Time since the first call of all environments; zero at the first.
    pub since_first_of_all: SignedDuration,
}

/// Action of a scenario on a call over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScenarioAction {
    /// The call takes its course.
    Regular,
    /// The environment's first key is revoked, for good.
    RevokeFirstKey,
    /// The environment's first key is refused.
    RefuseFirstKey,
    /// The call is answered with an error.
    Fail(u16),
    /// The connection ends without an answer.
    Drop,
    /// The call takes its course, but the answer comes late.
    Delay(SignedDuration),
}

/// Start of an outage, after the first call of all.
const OUTAGE_START: SignedDuration = SignedDuration::from_secs(20);
/// End of an outage, after the first call of all.
const OUTAGE_END: SignedDuration = SignedDuration::from_secs(200);

/// Action of a scenario on a call over the wire.
#[must_use]
pub fn scenario_action(scenario: Scenario, role: TenantRole, watched: CallHistory) -> ScenarioAction {
    match scenario {
        Scenario::Revoked
            if role == TenantRole::Prod
                && (watched.calls >= 2 || watched.since_first >= SignedDuration::from_secs(30)) =>
        {
            ScenarioAction::RevokeFirstKey
        }
        Scenario::UnknownKey => ScenarioAction::RefuseFirstKey,
        Scenario::Forbidden => ScenarioAction::Fail(403),
        Scenario::Outage if (OUTAGE_START..OUTAGE_END).contains(&watched.since_first_of_all) => {
            if watched.calls.is_multiple_of(2) { ScenarioAction::Drop } else { ScenarioAction::Fail(503) }
        }
        Scenario::Slow => {
            let seconds = if watched.calls % 3 == 2 { 30 } else { 8 };
            ScenarioAction::Delay(SignedDuration::from_secs(seconds))
        }
        Scenario::Malformed if watched.calls % 4 == 3 => ScenarioAction::Fail(500),
        _ => ScenarioAction::Regular,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::request::Endpoint;

    #[test]
    fn what_costs_nothing_is_called_by_monitors_alone() {
        for scenario in Scenario::ALL {
            for role in [TenantRole::Dev, TenantRole::Staging, TenantRole::Prod] {
                let traffic = plan(scenario, role).traffic;
                let calls = (494_000..494_000 + 24 * 14).flat_map(|hour| traffic.calls_in(7, hour));
                let free: Vec<_> = calls.map(|call| call.endpoint).filter(|endpoint| endpoint.cost() == 0).collect();
                let is_burst = |endpoint: &Endpoint| *endpoint == Endpoint::Me && traffic.burst_calls > 0;
                assert!(free.iter().all(is_burst), "{scenario} {role:?}: {free:?}");
            }
        }
    }

    fn watched(calls: u64, seconds: i64) -> CallHistory {
        let since_first = SignedDuration::from_secs(seconds);
        CallHistory { calls, since_first, since_first_of_all: since_first }
    }

    #[test]
    fn names_choose_the_role() {
        let role = |name: &str| TenantRole::of(&name.parse().unwrap());
        assert_eq!(
            [role("dev"), role("staging"), role("prod")],
            [TenantRole::Dev, TenantRole::Staging, TenantRole::Prod]
        );
        assert_eq!([role("production"), role("load-17")], [TenantRole::Prod, TenantRole::Dev]);
    }

    #[test]
    fn prod_alone_is_revoked_by_count_or_by_time() {
        let revoked = |role, calls, seconds| {
            scenario_action(Scenario::Revoked, role, watched(calls, seconds)) == ScenarioAction::RevokeFirstKey
        };
        assert_eq!([revoked(TenantRole::Prod, 0, 0), revoked(TenantRole::Prod, 1, 29)], [false, false]);
        assert_eq!([revoked(TenantRole::Prod, 2, 1), revoked(TenantRole::Prod, 1, 30)], [true, true]);
        assert!(!revoked(TenantRole::Dev, 9, 99));
    }

    #[test]
    fn an_outage_begins_and_ends() {
        let at = |calls, seconds| scenario_action(Scenario::Outage, TenantRole::Dev, watched(calls, seconds));
        assert_eq!([at(0, 0), at(1, 19)], [ScenarioAction::Regular, ScenarioAction::Regular]);
        assert_eq!([at(1, 20), at(2, 199)], [ScenarioAction::Fail(503), ScenarioAction::Drop]);
        assert_eq!(at(3, 200), ScenarioAction::Regular);
    }

    #[test]
    fn a_slow_service_answers_late_and_sometimes_too_late() {
        let delay = |calls| scenario_action(Scenario::Slow, TenantRole::Dev, watched(calls, 0));
        let seconds = |seconds| ScenarioAction::Delay(SignedDuration::from_secs(seconds));
        assert_eq!([delay(0), delay(1), delay(2), delay(3)], [seconds(8), seconds(8), seconds(30), seconds(8)]);
    }
}
