//! Roles of what is drawn, which have styles in place of colours.

use strum::{EnumCount, IntoStaticStr, VariantArray};

use crate::wording::sentences::StatusSymbol;

/// Role of something on the screen. A file of a theme names it in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// Values and sentences.
    Text,
    /// Details that may be overlooked: units, stale values, borders.
    Muted,
    /// The name of a value.
    Label,
    /// Selection and focus.
    Accent,
    /// All is well.
    Ok,
    /// Worth a look.
    Warning,
    /// Someone must act.
    Critical,
    /// It can't be told.
    Unknown,
    /// The filled part of a bar, a chart's line.
    Bar,
    /// The part of a bar that this monitor filled.
    BarOwn,
    /// The rest of a bar.
    Track,
}

impl Role {
    /// Its name in a file of a theme.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl From<StatusSymbol> for Role {
    fn from(mark: StatusSymbol) -> Self {
        match mark {
            StatusSymbol::Ok => Self::Ok,
            StatusSymbol::Warning => Self::Warning,
            StatusSymbol::Critical => Self::Critical,
            StatusSymbol::Unknown => Self::Unknown,
            StatusSymbol::NoKey => Self::Muted,
        }
    }
}
