//! One value of a row.

use jiff::Timestamp;

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Not known.
    Unknown,
    /// Digits.
    Number(String),
    /// Anything else.
    Text(String),
}

impl Cell {
    /// A number.
    pub fn number(number: &impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// A time, to the millisecond.
    pub fn time(time: Timestamp) -> Self {
        Self::Text(format!("{time:.3}"))
    }

    /// The value, if there is one.
    pub fn optional<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Unknown, cell)
    }

    /// The value as CSV has it; what is not known is empty. A spreadsheet calculates what begins like a formula, and the
    /// service may have written it: an apostrophe before a text says that it is none.
    pub fn into_text(self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Text(text) if is_formula(&text) => format!("'{text}"),
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}

/// The text that CSV has, without the apostrophe before what begins like a formula.
pub fn text(written: String) -> String {
    match written.strip_prefix('\'') {
        Some(text) if is_formula(text) => text.to_owned(),
        _ => written,
    }
}

/// Whether a text begins like a formula, be it after apostrophes: so each can be written, and read again.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}
