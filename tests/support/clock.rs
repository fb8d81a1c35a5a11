//! The clock that tests give: the same working day, whenever they run.

use std::sync::OnceLock;

use jiff::Timestamp;
use trackyard_tui::services::clock::Clock;

/// The one clock of this process, which starts on 20 November 2026 at 14:32 UTC.
pub fn clock() -> Clock {
    static CLOCK: OnceLock<Clock> = OnceLock::new();
    *CLOCK.get_or_init(|| Clock::starting_at(Timestamp::constant(1_795_185_120, 0)))
}
