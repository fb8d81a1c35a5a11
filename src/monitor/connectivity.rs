//! Connectivity: "the service can't be reached", "this machine is offline", and which key is asked to find out.
//!
//! Search for one fault of all environments. Once a key can't reach the service, the others are asked too, one after
//! the other, until one of them is answered or all are lost, so that such a fault is told once, as that.

use std::ops::Deref;

use super::polling::key::{KeyState, KeyStates};
use super::polling::reason::PollReason;
use super::snapshot::Outage;
use crate::domain::api_key::Fingerprint;
use crate::domain::time::{Elapsed, Now};

/// True when no key is answered, of several, and none was since the first one failed.
pub(super) fn is_unreachable(keys: &KeyStates) -> bool {
    let first = lost_since(keys);
    lost(keys).count() > 1 && keys.values().all(|key| key.unreachable_since.is_some() || key.last_answer_at < first)
}

/// Cause of the outage of all keys; `None` while another key is being asked that may be answered. This machine is offline
/// only where no failure says that something was reached.
pub(super) fn outage(keys: &KeyStates, now: &Now) -> Option<Outage> {
    let since = lost_since(keys).filter(|_| is_unreachable(keys))?;
    if keys.values().any(|key| is_open(key, since) && key.in_flight.is_some()) {
        return None;
    }
    let failures = || lost(keys).filter_map(|key| Some((key.failed_at?, &*key.failure.as_ref()?.cause)));
    let reached = failures().filter(|(_, cause)| !cause.is_offline()).max_by_key(|(at, _)| *at);
    let (_, cause) = reached.or_else(|| failures().max_by_key(|(at, _)| *at))?;
    Some(Outage { cause: cause.clone(), since: now.wall_at(since) })
}

/// A key to ask at once, to learn whether all are lost: one that was not asked since the first was, unless one was answered
/// or is being asked.
pub(super) fn probe(keys: &KeyStates) -> Option<Fingerprint> {
    let first = lost_since(keys)?;
    let is_planned = |key: &KeyState| matches!(key.due, Some((_, PollReason::Probe | PollReason::Confirmation)));
    let is_awaited = |key: &KeyState| is_open(key, first) && (key.in_flight.is_some() || is_planned(key));
    if keys.values().any(|key| key.last_answer_at > Some(first) || is_awaited(key)) {
        return None;
    }
    let is_unasked = |key: &KeyState| is_open(key, first) && key.is_history_loaded && key.asked_at < Some(first);
    keys.iter().find(|(_, key)| is_unasked(key)).map(|(fingerprint, _)| *fingerprint)
}

fn lost(keys: &KeyStates) -> impl Iterator<Item = &KeyState> {
    keys.values().map(Deref::deref).filter(|key| key.unreachable_since.is_some())
}

fn lost_since(keys: &KeyStates) -> Option<Elapsed> {
    lost(keys).filter_map(|key| key.unreachable_since).min()
}

/// True when it is not known how a key fares since a moment.
fn is_open(key: &KeyState, moment: Elapsed) -> bool {
    key.unreachable_since.is_none() && key.last_answer_at <= Some(moment)
}
