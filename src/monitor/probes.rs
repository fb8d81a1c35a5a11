//! Probes: polls that look into something, beside those that are due anyway.

use super::connectivity;
use super::refusals::Refusals;
use super::rotation;
use super::scheduler::Scheduler;
use crate::domain::time::Now;

/// Plans the polls that tell whether an old key is dead, whether a refusal is of one key alone, and whether the service can
/// be reached at all.
pub(super) fn plan(scheduler: &mut Scheduler, refusals: &Refusals, now: &Now) {
    let rotations = scheduler.environments.iter().map(|state| (&state.rotation, state.key_in_use()));
    let probes = rotation::revocation_probes(rotations, &scheduler.keys, now);
    scheduler.plan_probes(probes, now);
    let is_asked = scheduler.is_each_key_known();
    let probes = refusals.probes(&mut scheduler.keys, is_asked, now);
    scheduler.plan_probes(probes, now);
    let probe = connectivity::probe(&scheduler.keys).map(|key| (key, now.elapsed));
    scheduler.plan_probes(probe, now);
}
