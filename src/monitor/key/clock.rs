//! What a key's newest sample tells once the clock on the wall was set: its age stays, and the difference of the clocks is
//! another.

use jiff::{SignedDuration, Timestamp};

use super::KeyState;

impl KeyState {
    /// Takes note that the clock on the wall was set, forward or back.
    pub(in crate::monitor) fn clock_was_set(&mut self, by: SignedDuration) {
        self.clock_set = self.clock_set.saturating_add(by);
    }

    /// When the newest sample came, by the clock on the wall as it stands now.
    #[must_use]
    pub fn polled_at(&self) -> Option<Timestamp> {
        let at = self.sample.as_ref()?.at;
        Some(at.saturating_add(self.clock_set).unwrap_or(at))
    }

    /// How far the service's clock stands ahead of this machine's as it stands now.
    #[must_use]
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        Some(self.sample.as_ref()?.clock_skew()?.saturating_sub(self.clock_set))
    }

    /// Whether the newest sample tells of the requests of the UTC day of `now`, by the service's clock.
    pub(super) fn is_of_day(&self, now: Timestamp) -> bool {
        let unset = now.saturating_sub(self.clock_set).unwrap_or(now);
        self.sample.as_ref().is_some_and(|sample| sample.is_of_day(unset))
    }
}
