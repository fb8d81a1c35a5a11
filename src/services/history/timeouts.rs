//! Time limits of the history.

use std::time::Duration;

/// Longest wait for a file that another program has locked.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait of a call for its answer, so that a disk that hangs stops no poll.
pub(super) const CALL_LIMIT: Duration = Duration::from_secs(10);
/// Longest wait of a call that works on the whole file.
pub(super) const WHOLE_FILE_LIMIT: Duration = Duration::from_mins(2);
