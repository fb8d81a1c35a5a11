//! Texts that others wrote, made fit to be shown.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthChar;

/// The longest text of the service that is kept, in characters.
pub const LENGTH_MAX: usize = 200;

/// Beginning of every key of the service, by its documentation.
const KEY_PREFIX: &str = "trackyard_live_";
/// Text in place of a key.
const REDACTED: &str = "trackyard_live_[redacted]";
/// Its ending, so that a text may be sanitised twice.
const REDACTED_ENDING: &str = "[redacted]";

/// Combining marks that one character may carry: the most that a living script puts there. More of them, as in "Zalgo"
/// texts, run over the lines above and below.
const MARKS_MAX: usize = 4;

/// Takes the control, escape, bidirectional and invisible characters out of an untrusted text, and the combining marks
/// that have no base or are too many; folds blanks and line ends into single spaces, redacts what looks like a key, and
/// cuts it to `length_max` characters.
#[must_use]
pub fn sanitise(text: &str, length_max: usize) -> String {
    let mut folded = String::new();
    let mut marks = MARKS_MAX;
    for character in text.chars() {
        if is_blank(character) {
            marks = MARKS_MAX;
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else if is_unsafe(character) {
        } else if character.width() == Some(0) {
            if marks < MARKS_MAX {
                marks += 1;
                folded.push(character);
            }
        } else {
            marks = 0;
            folded.push(character);
        }
    }
    cut(redact_prefixed(&folded).trim_end(), length_max)
}

/// Takes every occurrence of a known secret out of a text.
#[must_use]
pub fn redact(text: &str, secret: &str) -> String {
    if secret.is_empty() { text.to_owned() } else { text.replace(secret, "[redacted]") }
}

/// Start of the first thing that looks like a key of the service, in bytes. The prefix alone is none.
#[must_use]
pub fn find_key(text: &str) -> Option<usize> {
    text.match_indices(KEY_PREFIX)
        .find(|(start, prefix)| text[start + prefix.len()..].starts_with(|next: char| next.is_ascii_alphanumeric()))
        .map(|(start, _)| start)
}

/// True where a key of the service begins, be it by the prefix alone: no more of the text may be shown.
#[must_use]
pub fn begins_key(text: &str) -> bool {
    text.contains(KEY_PREFIX)
}

/// A text that others wrote, made fit to be shown: sanitised, and cut to [`LENGTH_MAX`] characters. Whether it comes
/// from the service, a proxy or a store, there is no other way to make one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct SanitisedText(Box<str>);

impl SanitisedText {
    /// The text, unless nothing can be seen of it.
    #[must_use]
    pub fn unless_blank(text: &str) -> Option<Self> {
        Some(Self::from(text)).filter(|quoted| !quoted.0.is_empty())
    }
}

impl From<&str> for SanitisedText {
    fn from(text: &str) -> Self {
        Self(sanitise(text, LENGTH_MAX).into())
    }
}

impl From<String> for SanitisedText {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl Deref for SanitisedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SanitisedText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn redact_prefixed(text: &str) -> String {
    let mut rest = text;
    let mut redacted = String::with_capacity(text.len());
    while let Some(start) = rest.find(KEY_PREFIX) {
        redacted.push_str(&rest[..start]);
        redacted.push_str(REDACTED);
        let after = &rest[start + KEY_PREFIX.len()..];
        let end = after
            .find(|character: char| !character.is_ascii_alphanumeric() && !"_-".contains(character))
            .unwrap_or(after.len());
        rest = after[end..].strip_prefix(REDACTED_ENDING).unwrap_or(&after[end..]);
    }
    redacted.push_str(rest);
    redacted
}

/// Keeps at most `length_max` characters of a text (but always one); an ellipsis stands for the rest.
#[must_use]
pub fn cut(text: &str, length_max: usize) -> String {
    if text.chars().count() <= length_max {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(length_max.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

/// Blanks of all widths, and a character of braille that has no dot.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}'
}

/// Characters that act on a terminal, reorder text or can't be seen.
pub(crate) fn is_unsafe(character: char) -> bool {
    character.is_control()
        || INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&character))
        // The last two code points of each plane are no characters.
        || u32::from(character) & 0xfffe == 0xfffe
}

/// Of Unicode 16.0: all code points of `Default_Ignorable_Code_Point` (soft hyphens, joiners, fillers, variation
/// selectors, tags) and of `Bidi_Control`, and those of the category `Cf` that nothing is drawn for (interlinear
/// annotation, the formats of hieroglyphs, of shorthand and of music); beside them, other fillers without a glyph, the
/// line and paragraph separators, and what is no character. Characters for private use are left: labels have icons
/// there.
const INVISIBLE: [(char, char); 21] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fdd0}', '\u{fdef}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffc}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{16fe4}', '\u{16fe4}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_bidi_and_line_ends_do_not_survive() {
        assert_eq!(sanitise("a\u{1b}[31mb\r\n\tc\u{202e}d\u{9b}2J\u{7f}", 99), "a[31mb cd2J");
    }

    #[test]
    fn keys_are_redacted_wherever_they_stand() {
        let text = sanitise("key trackyard_live_abc-D_9. and trackyard_live_", 99);
        assert_eq!(text, "key trackyard_live_[redacted]. and trackyard_live_[redacted]");
        assert_eq!(redact("say s3cret, s3cret", "s3cret"), "say [redacted], [redacted]");
    }

    #[test]
    fn a_text_may_be_sanitised_twice() {
        let once = sanitise("key trackyard_live_abc. and trackyard_live_", 99);
        assert_eq!(sanitise(&once, 99), once);
    }

    #[test]
    fn a_key_is_found_but_not_its_prefix_alone() {
        assert_eq!(find_key("keys begin with trackyard_live_…"), None);
        assert_eq!(find_key("trackyard_live_ or trackyard_live_a"), Some(19));
    }

    #[test]
    fn a_key_split_by_an_invisible_character_is_still_redacted() {
        assert_eq!(sanitise("trackyard_li\u{200b}ve_abc", 99), REDACTED);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(sanitise("abcdef", 4), "abc…");
        assert_eq!(sanitise("abcd", 4), "abcd");
    }

    #[test]
    fn what_is_seen_stays() {
        for text in [
            "caf\u{e9} cafe\u{301}",
            "\u{5d0}\u{5b8}\u{591}",
            "Vi\u{1ec7}t",
            "\u{e0a0} main",
            "\u{600}12",
            "漢字",
            "😀",
        ] {
            assert_eq!(sanitise(text, 99), text, "{text:?}");
        }
    }

    #[test]
    fn floods_of_combining_marks_and_those_without_a_base_are_cut() {
        let marks = |count: usize| "\u{300}\u{489}".repeat(count / 2);
        assert_eq!(sanitise(&format!("{}a{} {}b", marks(2), marks(100), marks(6)), 99), format!("a{} b", marks(4)));
        assert_eq!(sanitise(&format!("a{}\u{200b}{}", marks(4), marks(4)), 99), format!("a{}", marks(4)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]
        #[test]
        fn nothing_that_cannot_be_seen_or_turns_text_survives(
            hidden in "[\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\p{Noncharacter_Code_Point}]\
                |[\\p{Cf}--[\u{600}-\u{605}\u{6dd}\u{70f}\u{890}\u{891}\u{8e2}\u{110bd}\u{110cd}]]",
            before in any::<bool>(),
        ) {
            let text = if before { format!("{hidden}ab") } else { format!("a{hidden}b") };
            prop_assert_eq!(sanitise(&text, 99), "ab");
        }

        #[test]
        fn once_is_enough(text in any::<String>(), length in 1usize..50) {
            let once = sanitise(&text, length);
            prop_assert_eq!(sanitise(&once, length), once);
        }

        #[test]
        fn whatever_comes_is_safe_and_short(text in any::<String>(), length in 0usize..50) {
            let safe = sanitise(&text, length);
            prop_assert!(safe.chars().count() <= length.max(1));
            prop_assert!(!safe.chars().any(is_unsafe));
            prop_assert!(!safe.starts_with(' ') && !safe.contains("  "));
        }
    }
}
