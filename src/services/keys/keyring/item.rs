//! The item of the keyring that holds a key: its names, by which other programs find it too.

/// Text that other programs show in place of an entry.
#[cfg(target_os = "linux")]
pub(super) fn label(entry: &crate::domain::key_entry::KeyEntry) -> String {
    format!("Trackyard API key ({entry})")
}
