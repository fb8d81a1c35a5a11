//! Sentences about themes.

/// Notice that a theme was chosen.
#[must_use]
pub fn chosen(name: &str) -> String {
    format!("theme {name}")
}

/// Notice that the file of a theme has changed, and what it says now is shown.
#[must_use]
pub fn read_again(name: &str) -> String {
    format!("theme {name} read again")
}

/// Notice that the file of a theme has changed and is not as it must be, for that reason.
#[must_use]
pub fn kept(reason: &str) -> String {
    let end = if reason.ends_with(['.', '?']) { "" } else { "." };
    format!("{reason}{end} The theme stays as it was.")
}
