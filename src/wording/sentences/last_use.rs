//! Last use of a key by others, in words.

use jiff::Timestamp;

use crate::domain::last_use::ExternalUse;
use crate::wording::times;

/// Age of the last use of a key by others: `4 min ago`, `about 2 h ago`, `now`.
#[must_use]
pub fn used_ago(used: ExternalUse, now: Timestamp) -> String {
    about(used, times::ago(used.at, now))
}

/// The same in few columns: `3 h ahead`.
#[must_use]
pub fn used_ago_short(used: ExternalUse, now: Timestamp) -> String {
    about(used, times::short_ago(used.at, now))
}

fn about(used: ExternalUse, ago: String) -> String {
    if used.exact || !ago.ends_with(" ago") { ago } else { format!("about {ago}") }
}
