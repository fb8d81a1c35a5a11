//! Facts that an alert is judged by.

use jiff::Timestamp;

use super::rule;
use crate::domain::alert::{AlertRules, Condition, Notification, NotificationContent, Observation};
use crate::domain::environment::Environment;
use crate::domain::status::{Flag, Severity};
use crate::domain::time::{Elapsed, Now};
use crate::monitor::observations;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// Facts that an alert is judged by.
#[derive(Clone, Copy)]
pub(super) struct AlertContext<'a> {
    pub environment: Option<&'a EnvironmentSnapshot>,
    pub snapshot: &'a Snapshot,
    pub rules: &'a AlertRules,
    /// End of the quiet hours, in which only what is critical is told.
    pub quiet_until: Option<Timestamp>,
    /// True when the environment had a key since the program started.
    pub had_key: bool,
    pub now: &'a Now,
}

impl AlertContext<'_> {
    /// The environment; `None` for an alert of all of them together.
    pub(super) fn subject(&self) -> Option<&Environment> {
        self.environment.map(|environment| &environment.environment)
    }

    pub(super) fn may_tell(&self, severity: Severity) -> bool {
        severity == Severity::Critical || self.quiet_until.is_none()
    }

    /// Observation of a condition that holds.
    pub(super) fn observation(&self, condition: Condition) -> Observation {
        match self.environment {
            Some(environment) => observations::of_environment(condition, environment, self.now),
            None => observations::of_all(condition, self.snapshot, self.now),
        }
    }

    pub(super) fn severity(&self, condition: Condition) -> Severity {
        rule::severity(condition, self.environment, self.snapshot)
    }

    /// True when the end of a condition is final: the age of a key that is known is never less again, so another key is
    /// in use.
    pub(super) fn is_final(&self, condition: Condition) -> bool {
        let is_of_age = matches!(condition, Condition::Flag(Flag::RotateSoon | Flag::RotateOverdue));
        is_of_age && self.environment.and_then(|environment| environment.key.as_ref()?.age).is_some()
    }

    pub(super) fn has_lasted(&self, since: Elapsed) -> bool {
        self.now.elapsed - since >= self.rules.minimum_duration
    }

    pub(super) fn notification(&self, severity: Severity, news: NotificationContent) -> Notification {
        Notification { at: self.now.wall, environment: self.subject().cloned(), severity, news }
    }
}
