//! The item of the keyring that holds a key: its names, by which other programs find it too.

/// Service under which all keys stand; the user is the name of the entry: that of the environment for the key in use.
pub(super) const SERVICE: &str = "trackyard-tui";

/// Text that other programs show in place of an entry.
#[cfg(target_os = "linux")]
pub(super) fn label(entry: &crate::domain::key_entry::KeyEntry) -> String {
    format!("Trackyard API key ({entry})")
}
