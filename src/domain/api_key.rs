//! The secret itself, and the little that may be told of it.

mod error;
mod fingerprint;
mod shape;
mod source;

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

pub use error::{LENGTH_MAX, ParseApiKeyError};
pub use fingerprint::{Fingerprint, KeyIdentity, ParseFingerprintError};
pub use source::KeySource;

/// Keys shorter than this show none of their characters.
const LENGTH_TO_SHOW_ENDING: usize = 20;

/// More than hashing a key takes of the stack, in bytes.
const STACK_WIPED: usize = 8 * 1024;

/// An API key: printable ASCII without blanks, wiped from memory when dropped.
///
/// It has no `Display`, no `Serialize`, and a `Debug` that shows the fingerprint only.
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// Takes a key as typed, pasted or stored: blanks and line ends around it are trimmed.
    ///
    /// # Errors
    /// When nothing is left, or what is left can be no key; the reason never quotes it.
    pub fn parse(text: &str) -> Result<Self, ParseApiKeyError> {
        let key = text.trim_matches(is_blank);
        if key.is_empty() {
            return Err(ParseApiKeyError::Empty);
        }
        shape::check(key)?;
        Self::parse_characters(key)
    }

    /// Takes the key that a program printed: of several lines the first.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_output(text: &str) -> Result<Self, ParseApiKeyError> {
        let is_empty = |line: &str| line.trim_matches(is_blank).is_empty();
        let mut lines = text.lines().filter(|line| !is_empty(line));
        let (first, has_more) = (lines.next().unwrap_or_default(), lines.next().is_some());
        if has_more && text.lines().next().is_some_and(is_empty) {
            return Err(ParseApiKeyError::FirstLineEmpty);
        }
        Self::parse(first)
    }

    /// Takes a text of printable ASCII without blanks, whatever its shape: as a key store may keep one from before.
    ///
    /// # Errors
    /// When it has other characters, or too many.
    pub fn parse_characters(key: &str) -> Result<Self, ParseApiKeyError> {
        if key.is_empty() {
            return Err(ParseApiKeyError::Empty);
        }
        if key.len() > LENGTH_MAX {
            return Err(ParseApiKeyError::TooLong);
        }
        for character in key.chars() {
            match character {
                '!'..='~' => {}
                _ if character.is_whitespace() => return Err(ParseApiKeyError::InnerBlank),
                _ if character.is_control() => return Err(ParseApiKeyError::ControlCharacter),
                _ => return Err(ParseApiKeyError::NotAscii),
            }
        }
        let mut kept = Zeroizing::new(String::with_capacity(key.len()));
        kept.push_str(key);
        Ok(Self(kept))
    }

    /// The secret, for the key store and the `Authorization` header only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Part of this key that may be shown and stored.
    #[must_use]
    pub fn identity(&self) -> KeyIdentity {
        let ending = (self.0.len() >= LENGTH_TO_SHOW_ENDING).then(|| self.0[self.0.len() - 4..].to_owned());
        KeyIdentity { fingerprint: self.fingerprint(), ending }
    }

    /// The name under which history knows this key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let fingerprint = self.hashed();
        wipe_stack();
        fingerprint
    }

    /// Leaves copies of the key on the stack, where the hash function moved it.
    #[inline(never)]
    fn hashed(&self) -> Fingerprint {
        let mut digest = Sha256::digest(self.0.as_bytes());
        let fingerprint = Fingerprint::from([digest[0], digest[1], digest[2], digest[3]]);
        digest.as_mut_slice().zeroize();
        fingerprint
    }
}

/// Blanks, line ends, and the character with which editors of Windows begin a file.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// Overwrites what the function called before this one has left on the stack.
#[inline(never)]
fn wipe_stack() {
    [0_u8; STACK_WIPED].zeroize();
}

impl Clone for ApiKey {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKey({})", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_key_are_trimmed() {
        let key = ApiKey::parse(" \t trackyard_live_abc \r\n").unwrap();
        assert_eq!(key.expose(), "trackyard_live_abc");
    }

    #[test]
    fn impossible_keys_are_refused_with_the_reason() {
        let cases = [
            (" \n", ParseApiKeyError::Empty),
            ("a b", ParseApiKeyError::InnerBlank),
            ("a\nb", ParseApiKeyError::SeveralLines),
            ("a\u{2028}b", ParseApiKeyError::InnerBlank),
            ("a\u{a0}b", ParseApiKeyError::InnerBlank),
            ("a\u{1b}b", ParseApiKeyError::ControlCharacter),
            ("a\u{7f}b", ParseApiKeyError::ControlCharacter),
            ("clé", ParseApiKeyError::NotAscii),
            ("a\u{202e}b", ParseApiKeyError::NotAscii),
        ];
        for (text, reason) in cases {
            assert_eq!(ApiKey::parse(text).unwrap_err(), reason, "{text:?}");
        }
        assert_eq!(ApiKey::parse(&"a".repeat(LENGTH_MAX + 1)).unwrap_err(), ParseApiKeyError::TooLong);
    }

    #[test]
    fn the_fingerprint_is_the_start_of_the_sha_256() {
        // printf %s abc | sha256sum
        assert_eq!(ApiKey::parse("abc").unwrap().fingerprint().to_string(), "ba7816bf");
    }

    #[test]
    fn only_long_keys_show_their_ending() {
        assert_eq!(ApiKey::parse(&"x".repeat(19)).unwrap().identity().ending, None);
        let long = format!("{}wxyz", "x".repeat(16));
        assert_eq!(ApiKey::parse(&long).unwrap().identity().ending.as_deref(), Some("wxyz"));
    }

    #[test]
    fn debug_never_shows_the_key() {
        let key = ApiKey::parse("trackyard_live_canary").unwrap();
        assert_eq!(format!("{key:?}"), format!("ApiKey({})", key.fingerprint()));
    }

    #[test]
    fn fingerprints_round_trip_and_reject_other_text() {
        let fingerprint: Fingerprint = "00ab78bf".parse().unwrap();
        assert_eq!(fingerprint.to_string(), "00ab78bf");
        for bad in ["", "ba7816b", "BA7816BF", "+a7816bf", "ba7816bg", "ba7816bf0"] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(ParseFingerprintError), "{bad}");
        }
    }
}
