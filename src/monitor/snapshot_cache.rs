//! Snapshot of the last step, brought up to date with each: environments of which nothing changed are shared with it.
//!
//! This is for hundreds of environments: with a thousand, a step takes some 40 µs where building all of them takes 7 ms
//! (`cargo bench --bench frame`).
//!
//! An environment is built anew once it, one of its keys, or the cause of its key's refusal changed, or where it shares a
//! key that changed. Time alone changes all of them (ages, windows, staleness), which is seen with the first step of each
//! second.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::connectivity;
use super::refusals::RefusalCauses;
use super::scheduler::{Scheduler, Touched};
use super::snapshot::{EnvironmentSnapshot, Snapshot};
use super::snapshot_builder::Parts;
use crate::domain::api_key::Fingerprint;
use crate::domain::status::{Severity, Status};
use crate::domain::time::Now;

/// Up to so many environments are all built anew in each step, which takes about as long as to find out which of them
/// changed: a tenth of a millisecond.
const FEW: usize = 50;

/// Snapshot of the last step.
#[derive(Clone, Debug)]
pub(super) struct SnapshotCache {
    snapshot: Arc<Snapshot>,
    /// Causes of the refusals in it.
    causes: RefusalCauses,
    facts: SharedFacts,
    /// Moment at which all environments were built last; `None` where they are to be.
    built_at: Option<Now>,
    /// Number of environments up to which all are built anew.
    pub(super) few: usize,
}

/// Facts of all environments together that the events and alerts of each depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct SharedFacts {
    is_outage: bool,
    are_keys_known: bool,
    has_service_answered: bool,
}

impl SnapshotCache {
    /// Snapshot of a moment at which nothing is known.
    pub fn new(now: &Now) -> Self {
        let snapshot = Snapshot {
            at: now.wall,
            environments: Vec::new(),
            severity: Severity::Unknown,
            outage: None,
            all_refused_since: None,
            are_refusals_known: false,
            paused: false,
            history_error: None,
            alerts: Vec::new(),
        };
        Self {
            snapshot: Arc::new(snapshot),
            causes: RefusalCauses::default(),
            facts: SharedFacts::default(),
            built_at: None,
            few: FEW,
        }
    }

    /// The snapshot.
    pub fn get(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The snapshot, to be changed.
    pub fn get_mut(&mut self) -> &mut Snapshot {
        Arc::make_mut(&mut self.snapshot)
    }

    /// Lets the next step build all environments anew.
    pub fn expire(&mut self) {
        self.built_at = None;
    }

    /// Brings the snapshot up to date, and answers with the places of the environments whose events and alerts may be others
    /// now: those that are built anew, and those about which something else tells.
    pub fn update(&mut self, parts: &Parts<'_>, touched: Touched, now: &Now) -> Vec<usize> {
        let Parts { scheduler, refusals, .. } = parts;
        let keys = &scheduler.keys;
        let causes = refusals.causes(keys, scheduler.is_each_key_known(), now);
        let count = scheduler.environments.len();
        let is_outdated = |built_at: Now| {
            now.wall.as_second() != built_at.wall.as_second()
                || now.elapsed - built_at.elapsed >= SignedDuration::from_secs(1)
        };
        let are_all =
            count <= self.few || self.snapshot.paused != scheduler.paused || self.built_at.is_none_or(is_outdated);
        let places = if are_all { (0..count).collect() } else { self.changed(scheduler, touched, &causes) };
        if are_all {
            self.built_at = Some(*now);
        }
        let snapshot = Arc::make_mut(&mut self.snapshot);
        let is_other_reach = renew(&mut snapshot.environments, parts, &places, &causes, now);
        let environments = &snapshot.environments;
        let counts =
            |environment: &&Arc<EnvironmentSnapshot>| environment.status != Status::NoKey || environment.requested;
        let severity = environments.iter().filter(counts).map(|environment| environment.severity).max();
        snapshot.at = now.wall;
        snapshot.severity = severity.unwrap_or(Severity::Unknown);
        snapshot.outage = connectivity::outage(keys, now);
        snapshot.all_refused_since = causes.all_refused_since().map(|since| now.wall_at(since));
        snapshot.are_refusals_known = causes.are_known();
        snapshot.paused = scheduler.paused;
        snapshot.history_error = parts.history_error.cloned();
        self.causes = causes;
        let facts = SharedFacts {
            is_outage: snapshot.outage.is_some(),
            are_keys_known: snapshot.are_keys_known(),
            has_service_answered: snapshot.has_service_answered(),
        };
        if std::mem::replace(&mut self.facts, facts) != facts {
            return (0..count).collect();
        }
        if !is_other_reach {
            return places;
        }
        // Whether one that can't be reached is alone is told by the others.
        let is_open = |place: &usize| self.snapshot.environments[*place].status == Status::Unreachable;
        (0..count).filter(|place| is_open(place) || places.binary_search(place).is_ok()).collect()
    }

    /// Places of the environments to be built anew, in ascending order.
    fn changed(&self, scheduler: &Scheduler, touched: Touched, causes: &RefusalCauses) -> Vec<usize> {
        let Touched { environments, mut keys } = touched;
        keys.extend(self.causes.differing(causes));
        for place in &environments {
            let before = self.snapshot.environments[*place].key.as_ref().map(|key| key.identity.fingerprint);
            let after = scheduler.environments[*place].key_in_use();
            if before != after {
                // Those that share it with this one are told so.
                keys.extend([before, after].into_iter().flatten());
            }
        }
        let is_held = |key: Option<Fingerprint>| key.is_some_and(|key| keys.contains(&key));
        let states = scheduler.environments.iter().enumerate();
        let changed = states.filter(|(place, state)| {
            environments.contains(place) || is_held(state.key_in_use()) || is_held(state.old_key())
        });
        changed.map(|(place, _)| place).collect()
    }
}

/// Builds the environments at such places anew. True where it is another that is told of the reach of the service: which
/// environments have a key, and when it was answered.
fn renew(
    environments: &mut Vec<Arc<EnvironmentSnapshot>>,
    parts: &Parts<'_>,
    places: &[usize],
    causes: &RefusalCauses,
    now: &Now,
) -> bool {
    let states = &parts.scheduler.environments;
    let mut holders: BTreeMap<_, Vec<_>> =
        places.iter().filter_map(|place| Some((states[*place].key_in_use()?, Vec::new()))).collect();
    for state in states {
        if let Some(names) = state.key_in_use().and_then(|key| holders.get_mut(&key)) {
            names.push(state.name());
        }
    }
    let reach = |one: &EnvironmentSnapshot| (one.key.is_some(), one.last_answer_at);
    let mut is_other_reach = false;
    for place in places {
        let state = &states[*place];
        let holders = state.key_in_use().and_then(|key| holders.get(&key));
        let one = parts.environment(state, holders.map_or(&[], Vec::as_slice), causes, now);
        let before = environments.get_mut(*place);
        is_other_reach |= before.as_ref().is_none_or(|before| reach(before) != reach(&one));
        match before {
            Some(before) => *before = Arc::new(one),
            None => environments.push(Arc::new(one)),
        }
    }
    is_other_reach
}
