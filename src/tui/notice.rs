//! Notice: a sentence for the operator, at the foot of the screen.

use crate::domain::status::Severity;

/// Something to tell the operator in the line at the foot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenNotice {
    /// Severity of what is told.
    pub severity: Severity,
    /// One plain sentence, safe to show.
    pub text: String,
}
