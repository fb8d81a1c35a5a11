//! What may be shown of what others wrote.

/// A message acts on no terminal and fills no screen.
pub fn assert_harmless(text: &str) {
    assert!(!text.contains(acts_on_a_terminal), "{text:?}");
    assert!(text.chars().count() < 1_000, "{text:?}");
}

/// A text of the service as it is shown.
pub fn assert_shown(text: &str, length_max: usize) {
    assert!(text.chars().count() <= length_max.max(1), "{text:?}");
    assert!(!text.contains(acts_on_a_terminal), "{text:?}");
    assert!(!text.contains("  ") && !text.starts_with(' '), "{text:?}");
}

/// Control and escape characters, and those that turn the direction of text or can't be seen.
pub fn acts_on_a_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
