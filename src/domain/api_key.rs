//! The secret itself, and the little that may be told of it.

mod shape;

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// Where keys are made and revoked.
pub const KEYS_PAGE: &str = "https://app.trackyard.com/api-keys";
/// The longest key that is accepted, in bytes. The smallest key store (Windows') holds 1,280 characters.
pub const LENGTH_MAX: usize = 1_024;
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

    /// What may be shown and stored of this key.
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
        let fingerprint = Fingerprint([digest[0], digest[1], digest[2], digest[3]]);
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

/// Why a text is no API key. No variant carries any of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParseApiKeyError {
    /// Nothing but blanks.
    #[error("the key is empty")]
    Empty,
    /// A blank or line end inside.
    #[error("the key has a blank or line break inside: paste the key alone, on one line")]
    InnerBlank,
    /// Several lines, where a key stands on one.
    #[error("there are several lines: give the key alone, on one line")]
    SeveralLines,
    /// A first line without a key, and more lines after it.
    #[error("the first line is empty, and more lines follow: the key belongs on the first line")]
    FirstLineEmpty,
    /// Quotation marks.
    #[error("the key is in quotes: give it without them (jq prints it so with -r)")]
    Quoted,
    /// `NAME=key`.
    #[error("the key has a name before it: give only what comes after the name")]
    Named,
    /// `export NAME=key` and the like.
    #[error("this is a line for a shell, which sets a variable: give only the value")]
    ShellLine,
    /// An object or list of JSON.
    #[error("this is JSON: give only the key that stands in it")]
    Json,
    /// `null` and the like.
    #[error("this is a word for nothing, such as null: whatever should give the key has found none")]
    Null,
    /// `Bearer key`.
    #[error("the key has a word like Bearer before it: give only the key")]
    Scheme,
    /// `Authorization: …`.
    #[error("this is a header of a request, such as Authorization: give only the key in it")]
    Header,
    /// `<your key>`, `YOUR_KEY`, or hidden characters.
    #[error("this is a placeholder: put the real key in its place")]
    Placeholder,
    /// `$NAME`.
    #[error("this is the name of a variable, and nothing has put its value in its place: give the value")]
    Variable,
    /// An address or a reference to a secret.
    #[error("this is an address: give the key that is found there")]
    Address,
    /// A control character inside.
    #[error("the key has a control character inside: copy it again")]
    ControlCharacter,
    /// A character outside ASCII.
    #[error("the key has a character that is not ASCII: copy it again, without quotes or dashes changed by an editor")]
    NotAscii,
    /// Longer than [`LENGTH_MAX`].
    #[error("the key is longer than {LENGTH_MAX} characters: this is no API key")]
    TooLong,
}

/// The first 8 hexadecimal digits of the SHA-256 of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 4]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The text is no fingerprint: 8 lower-case hexadecimal digits were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a fingerprint is 8 lower-case hexadecimal digits")]
pub struct ParseFingerprintError;

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match u32::from_str_radix(text, 16) {
            Ok(number) if valid => Ok(Self(number.to_be_bytes())),
            _ => Err(ParseFingerprintError),
        }
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = ParseFingerprintError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// All that is ever shown or stored of a key outside the key store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyIdentity {
    /// Tells keys apart.
    pub fingerprint: Fingerprint,
    /// The last 4 characters, of keys of 20 or more.
    pub ending: Option<String>,
}

/// Where an environment's key comes from, in the order in which the sources are asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySource {
    /// The variable `TRACKYARD_API_KEY_<ENV>`, by its name.
    Variable(String),
    /// The file that `TRACKYARD_API_KEY_<ENV>_FILE` names, by the name of the variable.
    VariableFile(String),
    /// A file in `$CREDENTIALS_DIRECTORY`, by its name.
    Credential(String),
    /// The `key_command` of the environment.
    Command,
    /// The key store, by its name ("keyring").
    Store(#[serde(deserialize_with = "known_store")] StoreName),
}

/// The name of a key store.
type StoreName = &'static str;

/// The names of the key stores, as a store of failures knows them.
const STORES: [StoreName; 3] = ["keyring", "file", "memory"];

fn known_store<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StoreName, D::Error> {
    let name = String::deserialize(deserializer)?;
    STORES.into_iter().find(|known| *known == name).ok_or_else(|| D::Error::custom("no key store has this name"))
}

impl KeySource {
    /// The variable for the default environment alone.
    pub const GENERAL_VARIABLE: &str = "TRACKYARD_API_KEY";

    /// Whether it is asked before the key store, so that a stored key is not used as long as it has one.
    #[must_use]
    pub fn precedes_store(&self) -> bool {
        match self {
            Self::Variable(name) => name != Self::GENERAL_VARIABLE,
            Self::VariableFile(_) | Self::Credential(_) | Self::Command => true,
            Self::Store(_) => false,
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) | Self::VariableFile(name) => formatter.write_str(name),
            Self::Credential(name) => write!(formatter, "credential {name}"),
            Self::Command => formatter.write_str("key_command"),
            Self::Store(name) => formatter.write_str(name),
        }
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
