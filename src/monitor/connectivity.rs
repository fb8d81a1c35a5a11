//! Whether what one key meets on the network is met by all: so that one fault of all is told once, as that.
//!
//! When a key can't reach the service, the others are asked too, one after the other, until one of them is heard or all
//! are lost.

use jiff::SignedDuration;

use super::key::KeyState;
use super::model::Monitor;
use super::snapshot::PollReason;
use crate::domain::api_key::Fingerprint;
use crate::domain::time::Now;

impl Monitor {
    /// Asks another key whenever one is lost, to learn whether all are.
    pub(super) fn probe_connectivity(&mut self, now: &Now) {
        let Some(first) = self.keys.values().filter_map(|key| key.unreachable_since).min() else { return };
        let is_heard = self.keys.values().any(|key| key.last_answer_at > Some(first));
        let Some(fingerprint) = self.unasked(first).filter(|_| !is_heard) else { return };
        if let Some(key) = self.keys.get_mut(&fingerprint) {
            key.plan(now.elapsed, PollReason::Probe, &self.polling, now.elapsed);
        }
    }

    /// Whether a key is lost, and another is being asked that may be heard.
    pub(super) fn is_outage_open(&self) -> bool {
        let first = self.keys.values().filter_map(|key| key.unreachable_since).min();
        first.is_some_and(|first| self.keys.values().any(|key| is_open(key, first) && key.in_flight.is_some()))
    }

    /// A key to ask that was not asked since a moment, unless one is being asked.
    fn unasked(&self, moment: SignedDuration) -> Option<Fingerprint> {
        let is_planned = |key: &KeyState| matches!(key.due, Some((_, PollReason::Probe | PollReason::Confirmation)));
        let is_awaited = |key: &KeyState| is_open(key, moment) && (key.in_flight.is_some() || is_planned(key));
        if self.keys.values().any(is_awaited) {
            return None;
        }
        let is_unasked = |key: &KeyState| is_open(key, moment) && key.is_history_loaded && key.asked_at < Some(moment);
        self.keys.iter().find(|(_, key)| is_unasked(key)).map(|(fingerprint, _)| *fingerprint)
    }
}

/// Whether it is not known how a key fares since a moment.
fn is_open(key: &KeyState, moment: SignedDuration) -> bool {
    key.unreachable_since.is_none() && key.last_answer_at <= Some(moment)
}
