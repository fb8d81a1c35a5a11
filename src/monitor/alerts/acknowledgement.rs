//! A change of who has seen an alert.

use crate::domain::alert::{Acknowledgement, AcknowledgementRequest, Condition};
use crate::domain::log_entry::EventFact;
use crate::domain::time::Now;

/// Change of the acknowledgement of alerts.
#[derive(Clone, Debug)]
pub(in crate::monitor) enum AcknowledgementChange {
    /// The alert was seen.
    Given(Acknowledgement),
    /// It counts as unseen again, by the word of this operator.
    TakenBack(String),
}

impl AcknowledgementChange {
    /// Change that an operator asks for.
    pub(in crate::monitor) fn new(request: AcknowledgementRequest, by: &str, now: &Now) -> Self {
        match request {
            AcknowledgementRequest::Acknowledge(note) => {
                Self::Given(Acknowledgement { by: by.to_owned(), at: now.wall, note })
            }
            AcknowledgementRequest::TakeBack => Self::TakenBack(by.to_owned()),
        }
    }

    /// The acknowledgement after the change.
    pub(super) fn acknowledgement(&self) -> Option<&Acknowledgement> {
        match self {
            Self::Given(acknowledgement) => Some(acknowledgement),
            Self::TakenBack(_) => None,
        }
    }

    /// Event that tells of it.
    pub(in crate::monitor) fn fact(&self, condition: Condition) -> EventFact {
        match self {
            Self::Given(seen) => EventFact::Acknowledged { condition, by: seen.by.clone(), note: seen.note.clone() },
            Self::TakenBack(by) => EventFact::Unacknowledged { condition, by: by.clone() },
        }
    }
}
