//! Limit of the time spent on drawing.

use crate::domain::time::Elapsed;
use jiff::SignedDuration;

/// Limiter of frames that the operator did not ask for: however much happens, they take about a tenth of the time at
/// most, or come four times a second where one takes longer than 25 ms.
#[derive(Default)]
pub(super) struct FrameLimiter {
    /// Moment from which the next frame may be drawn, on the elapsed clock.
    pub(super) due: Elapsed,
    /// True when a frame was put off until then.
    pub(super) put_off: bool,
}

impl FrameLimiter {
    const COST_FACTOR: i32 = 10;
    /// Longest time that a frame is put off, however slow the terminal is.
    const WAIT_MAX: SignedDuration = SignedDuration::from_millis(250);

    /// True when a frame may be drawn now; else it is put off.
    pub(super) fn is_due(&mut self, now: Elapsed) -> bool {
        self.put_off = now < self.due;
        !self.put_off
    }

    pub(super) fn drawn(&mut self, before: Elapsed, after: Elapsed) {
        let wait = (after - before) * Self::COST_FACTOR;
        *self = Self { due: after + wait.min(Self::WAIT_MAX), put_off: false };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_nobody_asked_for_take_a_tenth_of_the_time() {
        let at = |milliseconds| Elapsed::ZERO + SignedDuration::from_millis(milliseconds);
        let mut frames = FrameLimiter::default();
        assert!(frames.is_due(at(0)));
        frames.drawn(at(0), at(2));
        assert!(!frames.is_due(at(21)) && frames.put_off);
        assert!(frames.is_due(at(22)) && !frames.put_off);
        frames.drawn(at(100), at(1_100));
        assert!(frames.is_due(at(1_350)), "but none waits for long");
    }
}
