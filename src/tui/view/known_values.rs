//! Values of an environment that are drawn as they are, dimmed or as unknown.

use crate::domain::limit::Limit;
use crate::domain::status::Status;
use crate::monitor::snapshot::EnvironmentSnapshot;

/// Freshness of the numbers of an environment: the sample is fresh, and the last poll did not fail to renew it.
pub(super) fn is_current(report: &EnvironmentSnapshot) -> bool {
    let failed = matches!(
        report.status,
        Status::Invalid | Status::Revoked | Status::Forbidden | Status::RateLimited | Status::Unreachable
    );
    report.fresh && !failed && report.poll_failure.is_none()
}

/// Presence of an answer that told the limits, or that there are none. A sample from an earlier run may lack both.
pub(super) fn limits_are_known(report: &EnvironmentSnapshot) -> bool {
    let answered = report.latency.is_some_and(|latency| !latency.is_zero());
    report.account.is_some()
        && (answered || [report.minute, report.day].iter().any(|window| window.limit != Limit::Unknown))
}
