//! Sentences about the opening of a web page.

/// A browser has it.
#[must_use]
pub fn opened(address: &str) -> String {
    format!("opened {address}")
}

/// No browser has it, so that the address must do.
#[must_use]
pub fn not_opened(address: &str) -> String {
    format!("no browser could be opened: {address}")
}
