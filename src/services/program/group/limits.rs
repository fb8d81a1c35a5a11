//! Time limits for the end of a program's processes.

use std::time::Duration;

/// Time for processes to end by themselves once they were asked to.
pub(super) const GRACE: Duration = Duration::from_millis(500);
/// Wait for processes that were killed: what hangs in the system ends later.
pub(super) const KILLED_LIMIT: Duration = Duration::from_millis(500);
