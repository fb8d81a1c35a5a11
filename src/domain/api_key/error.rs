//! Reasons for which a text is no API key.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest key that is accepted, in bytes. The smallest key store (Windows') holds 1,280 characters.
pub const LENGTH_MAX: usize = 1_024;

/// Reason for which a text is no API key. No variant carries any of the text.
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
