//! Gaps between two steps: nothing was done for long, or the clock on the wall was set.

use jiff::SignedDuration;

use crate::domain::log_entry::EventFact;
use crate::domain::time::{Elapsed, Now};

/// Something that fell due so long ago was held back: the machine slept, or the program stood still.
const GAP: SignedDuration = SignedDuration::from_mins(3);
/// The wall clock was set when it went so much faster or slower than time.
const CLOCK_SET: SignedDuration = SignedDuration::from_mins(1);

/// Gaps between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// Time in which nothing was done.
    slept: Option<SignedDuration>,
    /// Distance by which the clock on the wall was set, forward or back.
    pub clock_set: Option<SignedDuration>,
}

impl Gaps {
    /// The gaps since `before`, the last step, after which something was to be done at `due`.
    #[must_use]
    pub fn between(before: &Now, due: Option<Elapsed>, now: &Now) -> Self {
        let passed = now.elapsed - before.elapsed;
        let slept = due.filter(|due| now.elapsed - *due >= GAP).map(|_| passed);
        let set = now.wall.duration_since(before.wall) - passed;
        Self { slept, clock_set: (set.abs() >= CLOCK_SET).then_some(set) }
    }

    /// The facts to log.
    #[must_use = "iterators are lazy"]
    pub fn facts(self) -> impl Iterator<Item = EventFact> {
        self.slept.map(EventFact::Slept).into_iter().chain(self.clock_set.map(EventFact::ClockSet))
    }
}
