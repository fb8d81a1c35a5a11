//! The clauses that sentences on one environment share: how old something is, when it goes on, and who took note of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::alerts::acknowledged;
use crate::domain::alert::Condition;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::wording::remedies::{Remedy, RemedyReason};
use crate::wording::{request_errors, times};

/// Writer of the sentences on one environment.
pub(super) struct SentenceWriter<'a> {
    pub environment: &'a EnvironmentSnapshot,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

impl SentenceWriter<'_> {
    /// A text, and how long ago the service said so.
    pub(super) fn said(&self, text: &str) -> String {
        self.aged(text, self.environment.refusal.as_ref().map(|refusal| refusal.at))
    }

    /// A text, and how long ago the last poll failed.
    pub(super) fn seen(&self, text: &str) -> String {
        self.aged(text, self.environment.failure_seen_at)
    }

    /// A text of what is to come, and how long ago the service asked for it.
    pub(super) fn as_told(&self, text: &str) -> String {
        let ago = self.environment.failure_seen_at.map(|at| times::ago(at, self.now)).filter(|ago| ago != "now");
        ago.map_or_else(|| text.to_owned(), |ago| format!("{text}, as told {ago}"))
    }

    /// A text with its age, where that is a minute or more.
    pub(super) fn aged(&self, text: &str, at: Option<Timestamp>) -> String {
        match at.map(|at| times::ago(at, self.now)).filter(|ago| ago != "now") {
            Some(ago) => format!("{text}, {ago}"),
            None => text.to_owned(),
        }
    }

    /// The refusal that stands.
    pub(super) fn refusal(&self, otherwise: &str) -> String {
        let refusal = self.environment.refusal.as_ref();
        refusal.map_or_else(|| self.failure(otherwise), |refusal| request_errors::clause(&refusal.cause))
    }

    /// Failure of the last poll, as a clause.
    pub(super) fn failure(&self, otherwise: &str) -> String {
        let failure = self.environment.poll_failure.as_ref();
        failure.map_or_else(|| otherwise.to_owned(), |failure| request_errors::clause(&failure.cause))
    }

    /// A text, and who took note of the alert that says the same.
    pub(super) fn with_acknowledgement(&self, text: String, condition: Condition) -> String {
        let alert = self.environment.alerts.iter().find(|alert| alert.condition == condition);
        match alert.and_then(|alert| acknowledged(alert, self.now, self.zone)) {
            Some(acknowledged) => format!("{text}, {acknowledged}"),
            None => text,
        }
    }

    /// A text, and when it goes on, where that is known.
    pub(super) fn then(&self, text: &str, next: &str) -> String {
        match self.environment.next_poll.at {
            Some(at) if !self.environment.polling => format!("{text}; {next} {}", self.moment(at)),
            _ => text.to_owned(),
        }
    }

    pub(super) fn moment(&self, at: Timestamp) -> String {
        times::moment(at, self.now, self.zone)
    }
}

pub(super) fn remedy(environment: &EnvironmentSnapshot, reason: RemedyReason) -> Remedy {
    let source = environment.key.as_ref().map(|key| key.source.clone());
    Remedy { reason, source, environment: environment.environment.name.clone() }
}
