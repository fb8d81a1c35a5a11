//! Values of an environment that are drawn as they are, dimmed or as unknown.

use crate::domain::limit::Limit;
use crate::domain::status::Status;
use crate::monitor::snapshot::EnvironmentSnapshot;

/// Freshness of the numbers of an environment: the sample is fresh, and the last poll did not fail to renew it.
pub(in crate::tui) fn is_current(environment: &EnvironmentSnapshot) -> bool {
    let failed = matches!(
        environment.status,
        Status::Invalid | Status::Revoked | Status::Forbidden | Status::RateLimited | Status::Unreachable
    );
    environment.fresh && !failed && environment.poll_failure.is_none()
}

/// Presence of an answer that told the limits, or that there are none. A sample from an earlier run may lack both.
pub(in crate::tui) fn limits_are_known(environment: &EnvironmentSnapshot) -> bool {
    let answered = environment.latency.is_some_and(|latency| !latency.is_zero());
    environment.account.is_some()
        && (answered || [environment.minute, environment.day].iter().any(|window| window.limit != Limit::Unknown))
}
