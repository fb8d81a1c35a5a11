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

    /// The value without its kind; what is not known is empty.
    pub fn into_text(self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}
