//! Cause of a refusal (401): the end of its key, or a fault of the service that refuses every key.
//!
//! A key that was accepted before is told as revoked once its refusal is confirmed. Where two or more such keys are refused
//! within minutes of each other, and none is accepted, that is one fault of the service, until it has lasted for long or
//! another key is accepted again. So whenever a key is refused, the others are asked too, one after the other as long as
//! all of them are refused; and once one is accepted, those that were refused before are asked again.

use std::collections::BTreeMap;
use std::ops::Deref;

use jiff::SignedDuration;

use super::polling::confirmation::{OtherKey, RefusalStreak};
use super::polling::delays::REFRESH_GAP;
use super::polling::key::{KeyState, KeyStates};
use super::polling::reason::PollReason;
use super::tracked::Tracked;
use crate::domain::api_key::Fingerprint;
use crate::domain::status::Status;
use crate::domain::time::{Elapsed, Now};

/// Refusals whose first ones are no further apart than this are of one fault.
const SAME_FAULT: SignedDuration = SignedDuration::from_mins(5);
/// A fault of all keys that lasts for so long is the end of each.
const LASTING: SignedDuration = SignedDuration::from_mins(15);
/// An answer that is due within this is waited for.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// Cause of a confirmed refusal of a key that was accepted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalCause {
    /// The end of this key.
    Key,
    /// The service, which has refused every key since then on the elapsed clock.
    Service(Elapsed),
    /// It is not known yet: others are being asked, or it is not known of each environment which key it has, and of each key
    /// how it stands.
    Unknown,
}

/// Refusals of all keys together that were accepted before.
#[derive(Clone, Debug, Default)]
struct RefusalAssessment {
    /// Number of such keys of this run.
    keys: usize,
    streaks: Vec<RefusalStreak>,
    /// Time at which a key was accepted last.
    accepted_at: Option<Elapsed>,
    /// True when an answer for a key that is not refused is expected soon.
    is_awaited: bool,
    /// True when it is known of each environment which key it has, and of each key how it stands.
    is_complete: bool,
}

impl RefusalAssessment {
    fn of<'a>(keys: impl Iterator<Item = &'a KeyState>, is_complete: bool, now: Elapsed) -> Self {
        let mut refusals = Self { is_complete, ..Self::default() };
        for key in keys.filter(|key| key.accepted) {
            refusals.keys += 1;
            refusals.accepted_at = refusals.accepted_at.max(key.sampled_at);
            match key.refusals {
                Some(streak) => refusals.streaks.push(streak),
                None => refusals.is_awaited |= is_awaited(key, now),
            }
        }
        refusals
    }

    /// With what is known of keys that are none of this run's: one that was accepted before counts, and a refusal of it
    /// counts as long as no key was accepted since.
    fn with<'a>(mut self, others: impl Iterator<Item = &'a OtherKey<Elapsed>> + Clone) -> Self {
        let accepted = others.clone().map(|other| other.accepted_at);
        self.accepted_at = accepted.fold(self.accepted_at, Option::max);
        let others = others.filter(|other| other.accepted_at.is_some()).filter_map(|other| other.refusals);
        let of_all = others.filter(|streak| !streak.is_alone && self.accepted_at <= Some(streak.since));
        self.streaks.extend(of_all);
        self
    }

    /// Cause of a confirmed refusal.
    fn cause(&self, streak: RefusalStreak, now: Elapsed) -> RefusalCause {
        if streak.is_alone {
            return RefusalCause::Key;
        }
        if let Some(accepted_at) = self.accepted_at.filter(|accepted| *accepted > streak.since) {
            // It was not asked since, and is to be at once.
            return if now - accepted_at > SOON { RefusalCause::Key } else { RefusalCause::Unknown };
        }
        if !self.is_complete {
            return RefusalCause::Unknown;
        }
        let Some(first) = self.first_of_fault(streak) else {
            return if self.keys > 1 && self.is_awaited { RefusalCause::Unknown } else { RefusalCause::Key };
        };
        let has_lasted = self.fault(streak).any(|refusal| refusal.asked_at >= first + LASTING);
        let is_unasked = now - first >= LASTING + SOON;
        if has_lasted || is_unasked { RefusalCause::Key } else { RefusalCause::Service(first) }
    }

    /// The refusals of the fault that a refusal is of.
    fn fault(&self, streak: RefusalStreak) -> impl Iterator<Item = &RefusalStreak> {
        self.streaks.iter().filter(move |other| (other.since - streak.since).abs() <= SAME_FAULT)
    }

    /// Beginning of a fault of several keys; `None` where the refusal is the only one.
    fn first_of_fault(&self, streak: RefusalStreak) -> Option<Elapsed> {
        let is_of_several = self.fault(streak).count() > 1;
        self.fault(streak).map(|refusal| refusal.since).min().filter(|_| is_of_several)
    }
}

/// True when the answer of a key is under way, or due within moments because another one was refused.
fn is_awaited(key: &KeyState, now: Elapsed) -> bool {
    let is_due_soon = matches!(key.due, Some((due, PollReason::Probe)) if due - now <= SOON);
    key.in_flight.is_some() || is_due_soon
}

/// Causes of the refusals of those keys that were accepted before and are refused for certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RefusalCauses {
    of: BTreeMap<Fingerprint, RefusalCause>,
    /// True when it is known of each environment which key it has, and of each key how it stands.
    is_complete: bool,
}

impl RefusalCauses {
    /// Cause of the refusal of a key.
    pub(super) fn get(&self, key: Fingerprint) -> Option<RefusalCause> {
        self.of.get(&key).copied()
    }

    /// True when it is known of each refusal what it is taken for.
    pub(super) fn are_known(&self) -> bool {
        self.is_complete && self.of.values().all(|cause| *cause != RefusalCause::Unknown)
    }

    /// Beginning of the fault for which the service refuses every key, on the elapsed clock.
    pub(super) fn all_refused_since(&self) -> Option<Elapsed> {
        let since = self.of.values().filter_map(|cause| match cause {
            RefusalCause::Service(since) => Some(*since),
            RefusalCause::Key | RefusalCause::Unknown => None,
        });
        since.min()
    }

    /// Keys whose refusal has another cause there, or is none.
    pub(super) fn differing<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = Fingerprint> + 'a {
        let all = self.of.keys().chain(other.of.keys()).copied();
        all.filter(|key| self.get(*key) != other.get(*key))
    }
}

impl RefusalAssessment {
    /// Causes of the refusals.
    fn causes(&self, keys: &KeyStates, now: &Now) -> RefusalCauses {
        let revoked = keys.iter().filter(|(_, key)| key.status == Status::Revoked);
        let of = revoked.filter_map(|(name, key)| Some((*name, self.cause(key.refusals?, now.elapsed))));
        RefusalCauses { of: of.collect(), is_complete: self.is_complete }
    }

    /// A key to ask once a fault of all keys has lasted, and when.
    fn lasting_from(&self, keys: &KeyStates, now: &Now) -> Option<(Fingerprint, Elapsed)> {
        let since = self.causes(keys, now).all_refused_since()?;
        let first = keys.iter().find(|(_, key)| key.refusals.is_some_and(|streak| streak.since == since))?;
        Some((*first.0, since + LASTING))
    }
}

/// Refusals of keys that are none of this run's.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals {
    /// The other keys as the history told last, on the elapsed clock.
    others: Vec<OtherKey<Elapsed>>,
}

impl Refusals {
    /// Takes in how the keys fare that are none of this run's. They are not asked for here.
    pub(super) fn set_other_keys(&mut self, others: &[OtherKey], now: &Now) {
        let by_elapsed = |other: &OtherKey| OtherKey {
            fingerprint: other.fingerprint,
            refusals: other.refusals.map(|streak| streak.map(|at| now.elapsed_at(at))),
            accepted_at: other.accepted_at.map(|at| now.elapsed_at(at)),
        };
        self.others = others.iter().map(by_elapsed).collect();
    }

    /// Causes of the refusals. `is_asked` is true when it is known of each environment which key it has.
    pub(super) fn causes(&self, keys: &KeyStates, is_asked: bool, now: &Now) -> RefusalCauses {
        self.assess(keys, is_asked, now).causes(keys, now)
    }

    /// The refusals of all keys together.
    fn assess(&self, keys: &KeyStates, is_asked: bool, now: &Now) -> RefusalAssessment {
        let is_complete = is_asked && keys.values().all(|key| key.is_history_loaded);
        let others = self.others.iter().filter(|other| !keys.contains_key(&other.fingerprint));
        RefusalAssessment::of(keys.values().map(Deref::deref), is_complete, now.elapsed).with(others)
    }

    /// Polls to plan whenever a key is refused, to learn whether all are. Marks the keys that are refused alone.
    pub(super) fn probes(&self, keys: &mut KeyStates, is_asked: bool, now: &Now) -> Vec<(Fingerprint, Elapsed)> {
        let refusals = self.assess(keys, is_asked, now);
        let own = keys.values().filter(|key| key.accepted).filter_map(|key| key.refusals);
        let Some(latest) = own.map(|streak| streak.since).max() else { return Vec::new() };
        let accepted_at = refusals.accepted_at;
        let is_refuted = accepted_at.is_some_and(|accepted| accepted > latest);
        let refused = keys.iter_mut().filter(|(_, key)| key.refusals.is_some());
        let mut probes: Vec<_> =
            refused.filter_map(|(name, key)| Some((*name, ask_again(key, accepted_at)?))).collect();
        if !is_refuted && !refusals.is_awaited && now.elapsed - latest < SAME_FAULT {
            probes.extend(unasked_since(keys, latest).map(|key| (key, now.elapsed)));
        }
        probes.extend(refusals.lasting_from(keys, now));
        probes.retain_mut(|(fingerprint, due)| {
            *due = now.elapsed.max(*due);
            let is_sooner = |(planned, reason)| *due < planned && !is_probe(reason);
            keys.get(fingerprint).is_some_and(|key| key.in_flight.is_none() && key.due.is_none_or(is_sooner))
        });
        probes
    }
}

/// A key that was accepted before and not asked since a moment.
fn unasked_since(keys: &KeyStates, moment: Elapsed) -> Option<Fingerprint> {
    let is_unasked = |key: &KeyState| {
        let is_planned = key.due.is_some_and(|(_, reason)| is_probe(reason) || reason == PollReason::RateLimited);
        let is_idle = key.is_history_loaded && key.in_flight.is_none() && !is_planned;
        key.accepted && key.refusals.is_none() && is_idle && key.asked_at < Some(moment)
    };
    keys.iter().find(|(_, key)| is_unasked(key)).map(|(fingerprint, _)| *fingerprint)
}

/// Time at which a key is to be asked again that was refused with others, of which one is accepted by now. Notes that it is alone
/// once it was.
fn ask_again(key: &mut Tracked<KeyState>, accepted_at: Option<Elapsed>) -> Option<Elapsed> {
    let streak = key.refusals.filter(|streak| key.accepted && streak.is_confirmed() && !streak.is_alone)?;
    let accepted_at = accepted_at.filter(|accepted| *accepted > streak.since)?;
    if accepted_at <= streak.asked_at {
        key.refusals = Some(RefusalStreak { is_alone: true, ..streak });
        return None;
    }
    Some(streak.asked_at + REFRESH_GAP)
}

fn is_probe(reason: PollReason) -> bool {
    matches!(reason, PollReason::Probe | PollReason::Budget | PollReason::Confirmation)
}
