//! Characters that the terminal and its user can read, and texts in those.

use unicode_width::UnicodeWidthChar;

use crate::domain::terminal::is_old;

/// The characters that are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// The 95 characters of ASCII that can be seen, and the blank.
    Ascii,
    /// All, in UTF-8.
    Unicode,
}

impl Charset {
    /// Charset by the locale and `TERM`, each from a variable; one that is empty counts as not set.
    ///
    /// Of `LC_ALL`, `LC_CTYPE` and `LANG`, the first that is set is the locale. Where none is, the locale tells nothing,
    /// and the terminal decides: terminals are made for UTF-8, but for the consoles of systems and those of old.
    #[must_use]
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
        let is_plain = locale.is_some_and(|locale| !is_utf8(&locale)) || set(&"TERM").is_some_and(|term| is_old(&term));
        if is_plain { Self::Ascii } else { Self::Unicode }
    }

    /// A text in these characters, as wide as before.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        match self {
            Self::Ascii => to_ascii(text),
            Self::Unicode => text.to_owned(),
        }
    }
}

/// True for a locale whose codeset, which is all of it on macOS, is UTF-8.
fn is_utf8(locale: &str) -> bool {
    let name = locale.split_once('@').map_or(locale, |(name, _)| name);
    let codeset = name.rsplit_once('.').map_or(name, |(_, codeset)| codeset);
    matches!(codeset.to_ascii_lowercase().as_str(), "utf-8" | "utf8")
}

/// The letters U+00C0 to U+017F without their marks.
const LETTERS: &[u8; 192] = b"\
    AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty\
    AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL\
    lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// Brings a text to ASCII, as wide as before: the product's own typography to its plain form, Latin letters without
/// their marks, all else to `?`.
#[must_use]
pub fn to_ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            plain.push(character);
        } else if let Some(known) = known(character) {
            plain.push(known);
        } else {
            plain.extend(std::iter::repeat_n('?', character.width().unwrap_or(0)));
        }
    }
    plain
}

fn known(character: char) -> Option<char> {
    let letter = u32::from(character).checked_sub(0xc0).and_then(|index| LETTERS.get(usize::try_from(index).ok()?));
    if let Some(letter) = letter {
        return Some(char::from(*letter));
    }
    Some(match character {
        '…' | '≈' => '~',
        '–' | '—' | '‑' | '−' | '·' => '-',
        '•' | '●' => '*',
        '▲' => '!',
        '✖' => 'X',
        '○' => 'o',
        '←' | '≤' => '<',
        '→' | '▸' | '≥' => '>',
        '↑' => '^',
        '↓' => 'v',
        '‘' | '’' => '\'',
        '“' | '”' | '„' => '"',
        'µ' => 'u',
        '\u{a0}' | '\u{202f}' => ' ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    fn detected(variables: &[(&str, &str)]) -> Charset {
        Charset::detect(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let xterm = ("TERM", "xterm-256color");
        for (locale, charset) in [
            ("en_GB.UTF-8", Charset::Unicode),
            ("de_DE.utf8", Charset::Unicode),
            ("C.UTF-8", Charset::Unicode),
            ("sr_RS.UTF-8@latin", Charset::Unicode),
            ("UTF-8", Charset::Unicode),
            ("C", Charset::Ascii),
            ("POSIX", Charset::Ascii),
            ("de_DE", Charset::Ascii),
            ("de_DE@euro", Charset::Ascii),
            ("de_DE.ISO-8859-1", Charset::Ascii),
            ("ja_JP.eucJP", Charset::Ascii),
        ] {
            for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
                assert_eq!(detected(&[(name, locale), xterm]), charset, "{name}={locale}");
            }
        }
        let (plain, full) = ("C", "C.UTF-8");
        assert_eq!(detected(&[("LC_ALL", plain), ("LC_CTYPE", full), ("LANG", full)]), Charset::Ascii);
        assert_eq!(detected(&[("LC_ALL", ""), ("LC_CTYPE", full), ("LANG", plain)]), Charset::Unicode);
        assert_eq!(detected(&[("LC_ALL", ""), ("LC_CTYPE", ""), ("LANG", plain)]), Charset::Ascii);
        assert_eq!(detected(&[xterm]), Charset::Unicode, "nothing is told");
    }

    #[test]
    fn consoles_and_old_terminals_are_plain_whatever_the_locale() {
        for term in ["linux", "linux-16color", "screen.linux", "vt100", "vt220", "vt102-w", "ansi", "cons25"] {
            assert_eq!(detected(&[("TERM", term), ("LANG", "C.UTF-8")]), Charset::Ascii, "{term}");
        }
        for term in ["xterm", "xterm-256color", "tmux-256color", "screen", "screen.xterm-256color", "foot", "vte", ""] {
            assert_eq!(detected(&[("TERM", term), ("LANG", "C.UTF-8")]), Charset::Unicode, "{term}");
        }
    }

    #[test]
    fn letters_keep_their_shape() {
        assert_eq!(to_ascii("…c2b7 – ←é漢"), "~c2b7 - <e??");
        assert_eq!(to_ascii("Zürich Łódź × e\u{301}"), "Zurich Lodz x e");
        assert_eq!(Charset::Unicode.text("é"), "é");
    }

    proptest! {
        #[test]
        fn every_text_can_be_brought_to_ascii_as_wide_as_it_was(text in "\\PC{0,40}") {
            let plain = to_ascii(&text);
            prop_assert!(plain.is_ascii());
            let width: usize = text.chars().map(|character| character.width().unwrap_or(0)).sum();
            prop_assert_eq!(plain.width(), width);
        }
    }
}
