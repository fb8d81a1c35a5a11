//! Context of a frame: all that is shown beside the screen's own state, borrowed.

use std::ops::Deref;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::notice::ScreenNotice;
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::LogEntry;
use crate::domain::sample::CreditsPoint;
use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// All that a frame is painted from, beside the screen's own state.
#[derive(Clone, Copy, Debug)]
pub struct ViewContext<'a> {
    /// The environments.
    pub snapshot: &'a Snapshot,
    /// The event log, oldest first.
    pub events: &'a [LogEntry],
    /// Credits of the chosen environment, oldest first, as far back as the chart goes; may be empty.
    pub credits: &'a [CreditsPoint],
    /// The moment of the snapshot, from which all ages are counted.
    pub now: Timestamp,
    /// Time zone in which times are shown.
    pub zone: &'a TimeZone,
    /// Notices that stay until their cause is mended, such as a history that can't be written.
    pub notices: &'a [ScreenNotice],
    /// Hint at what the program waits for, such as a key store that asks to be unlocked.
    pub wait_hint: Option<&'a str>,
}

impl<'a> ViewContext<'a> {
    /// The snapshot of an environment; `None` once it is no longer watched.
    pub(super) fn environment(&self, name: &EnvironmentName) -> Option<&'a EnvironmentSnapshot> {
        self.snapshot.environments.iter().map(Deref::deref).find(|environment| environment.environment.name == *name)
    }

    /// Absence of any key: the first steps are told.
    pub(super) fn is_first_start(&self) -> bool {
        self.snapshot.environments.iter().all(|environment| environment.status == Status::NoKey)
    }
}
