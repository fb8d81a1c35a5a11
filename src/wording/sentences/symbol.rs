//! The symbol that stands with a severity.

use crate::domain::status::Severity;

/// The symbol that stands with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusSymbol {
    /// `●`
    Ok,
    /// `▲`
    Warning,
    /// `✖`
    Critical,
    /// `?`
    Unknown,
    /// `○`
    NoKey,
}

impl From<Severity> for StatusSymbol {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Ok => Self::Ok,
            Severity::Warning => Self::Warning,
            Severity::Unknown => Self::Unknown,
            Severity::Critical => Self::Critical,
        }
    }
}
