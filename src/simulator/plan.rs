//! What each scenario means for each environment.

use jiff::SignedDuration;

use super::scenario::Scenario;
use super::traffic::Traffic;
use crate::domain::environment::EnvironmentName;

/// The part that an environment plays in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// "dev", and every environment that is neither of the others.
    Dev,
    /// "staging".
    Staging,
    /// "prod" or "production", and "env-4" and so on, with which many are polled each minute.
    Prod,
}

impl Role {
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
pub struct Plan {
    /// The tier of the account.
    pub tier: &'static str,
    /// Credits a month, or in all.
    pub allowance: u32,
    /// Whether the balance is filled up to the allowance on the first of each month.
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
    /// What the applications do.
    pub traffic: Traffic,
}

const DEV: Plan = Plan {
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

const STAGING: Plan = Plan {
    tier: "starter",
    allowance: 300,
    resets: true,
    per_minute: 10,
    per_day: Some(1_000),
    age_days: 40,
    traffic: Traffic { peak_milli: 400, batch_percent: 1, batch_calls_max: 4, burst_calls: 0 },
    ..DEV
};

const PROD: Plan = Plan {
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
pub fn plan(scenario: Scenario, role: Role) -> Plan {
    let well = match role {
        Role::Dev => DEV,
        Role::Staging => STAGING,
        Role::Prod => PROD,
    };
    match (scenario, role) {
        (Scenario::Demo, Role::Staging) => Plan { age_days: 80, ..well },
        (Scenario::Demo, Role::Prod) => Plan { age_days: 95, ..well },
        (Scenario::LowCredits, Role::Dev) => Plan { credits: Some(8), ..well },
        (Scenario::LowCredits, Role::Staging) => Plan { credits: Some(9), ..well },
        (Scenario::LowCredits, Role::Prod) => Plan { credits: Some(0), ..well },
        (Scenario::RotationDue, Role::Dev) => Plan { age_days: 78, ..well },
        (Scenario::RotationDue, Role::Staging) => Plan { age_days: 89, ..well },
        (Scenario::RotationDue, Role::Prod) => Plan { age_days: 120, ..well },
        (Scenario::RateLimited, Role::Dev) => {
            Plan { per_day: Some(100_000), traffic: Traffic { burst_calls: well.per_minute, ..well.traffic }, ..well }
        }
        (Scenario::RateLimited, Role::Staging) => Plan { day_used: 1_000, ..well },
        (Scenario::DailyLimit, Role::Dev) => Plan { day_used: 46, ..well },
        (Scenario::DailyLimit, Role::Staging) => Plan { day_used: 950, ..well },
        (Scenario::DailyLimit, Role::Prod) => Plan { per_day: Some(10_000), day_used: 9_400, ..well },
        _ => well,
    }
}

/// What has been seen of an environment until a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Calls over the wire with the environment's keys before this one.
    pub calls: u64,
    /// Time since the first of them; zero at the first.
    pub since_first: SignedDuration,
    /// Time since the first call of all environments; zero at the first.
    pub since_first_of_all: SignedDuration,
}

/// What the scenario does with a call over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
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

/// From when on an outage lasts, after the first call of all.
const OUTAGE_START: SignedDuration = SignedDuration::from_secs(20);
/// Until when an outage lasts, after the first call of all.
const OUTAGE_END: SignedDuration = SignedDuration::from_secs(200);

/// What the scenario does with a call over the wire.
#[must_use]
pub fn conduct(scenario: Scenario, role: Role, watched: Watched) -> Conduct {
    match scenario {
        Scenario::Revoked
            if role == Role::Prod && (watched.calls >= 2 || watched.since_first >= SignedDuration::from_secs(30)) =>
        {
            Conduct::RevokeFirstKey
        }
        Scenario::UnknownKey => Conduct::RefuseFirstKey,
        Scenario::Forbidden => Conduct::Fail(403),
        Scenario::Outage if (OUTAGE_START..OUTAGE_END).contains(&watched.since_first_of_all) => {
            if watched.calls.is_multiple_of(2) { Conduct::Drop } else { Conduct::Fail(503) }
        }
        Scenario::Slow => {
            let seconds = if watched.calls % 3 == 2 { 30 } else { 8 };
            Conduct::Delay(SignedDuration::from_secs(seconds))
        }
        Scenario::Strange if watched.calls % 4 == 3 => Conduct::Fail(500),
        _ => Conduct::Regular,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::call::Endpoint;

    #[test]
    fn what_costs_nothing_is_called_by_monitors_alone() {
        for scenario in Scenario::ALL {
            for role in [Role::Dev, Role::Staging, Role::Prod] {
                let traffic = plan(scenario, role).traffic;
                let calls = (494_000..494_000 + 24 * 14).flat_map(|hour| traffic.calls_in(7, hour));
                let free: Vec<_> = calls.map(|call| call.endpoint).filter(|endpoint| endpoint.cost() == 0).collect();
                let is_burst = |endpoint: &Endpoint| *endpoint == Endpoint::Me && traffic.burst_calls > 0;
                assert!(free.iter().all(is_burst), "{scenario} {role:?}: {free:?}");
            }
        }
    }

    fn watched(calls: u64, seconds: i64) -> Watched {
        let since_first = SignedDuration::from_secs(seconds);
        Watched { calls, since_first, since_first_of_all: since_first }
    }

    #[test]
    fn names_choose_the_role() {
        let role = |name: &str| Role::of(&name.parse().unwrap());
        assert_eq!([role("dev"), role("staging"), role("prod")], [Role::Dev, Role::Staging, Role::Prod]);
        assert_eq!([role("production"), role("load-17")], [Role::Prod, Role::Dev]);
    }

    #[test]
    fn prod_alone_is_revoked_by_count_or_by_time() {
        let revoked =
            |role, calls, seconds| conduct(Scenario::Revoked, role, watched(calls, seconds)) == Conduct::RevokeFirstKey;
        assert_eq!([revoked(Role::Prod, 0, 0), revoked(Role::Prod, 1, 29)], [false, false]);
        assert_eq!([revoked(Role::Prod, 2, 1), revoked(Role::Prod, 1, 30)], [true, true]);
        assert!(!revoked(Role::Dev, 9, 99));
    }

    #[test]
    fn an_outage_begins_and_ends() {
        let at = |calls, seconds| conduct(Scenario::Outage, Role::Dev, watched(calls, seconds));
        assert_eq!([at(0, 0), at(1, 19)], [Conduct::Regular, Conduct::Regular]);
        assert_eq!([at(1, 20), at(2, 199)], [Conduct::Fail(503), Conduct::Drop]);
        assert_eq!(at(3, 200), Conduct::Regular);
    }

    #[test]
    fn a_slow_service_answers_late_and_sometimes_too_late() {
        let delay = |calls| conduct(Scenario::Slow, Role::Dev, watched(calls, 0));
        let seconds = |seconds| Conduct::Delay(SignedDuration::from_secs(seconds));
        assert_eq!([delay(0), delay(1), delay(2), delay(3)], [seconds(8), seconds(8), seconds(30), seconds(8)]);
    }
}
