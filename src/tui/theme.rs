//! Roles instead of colours, and what each looks like with 256 colours, with 16, and with none.
//!
//! The background is always the terminal's own. Warning and critical differ in lightness as well as in hue,
//! and both stand out from light and dark grounds; without colour, attributes tell the roles apart.

use ratatui::style::{Color, Modifier, Style};

use crate::wording::sentences::StatusSymbol;

/// Number of colours of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourDepth {
    /// None: attributes only.
    None,
    /// The 16 colours that the terminal's own palette sets.
    Sixteen,
    /// The 256 indexed colours; enough for a terminal with more, too.
    TwoHundredFiftySix,
}

impl ColourDepth {
    /// Colour depth by the variables `NO_COLOR`, `TERM` and `COLORTERM`.
    #[must_use]
    pub fn detect(no_color: Option<&str>, term: Option<&str>, colorterm: Option<&str>) -> Self {
        const RICH: [&str; 9] =
            ["256", "direct", "truecolor", "kitty", "alacritty", "ghostty", "wezterm", "foot", "iterm"];
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|value| !value.is_empty()) || term == "dumb" || term.ends_with("-mono") {
            return Self::None;
        }
        let truecolour = colorterm.is_some_and(|value| matches!(value, "truecolor" | "24bit"));
        if truecolour || RICH.iter().any(|name| term.contains(name)) {
            Self::TwoHundredFiftySix
        } else if term.starts_with("vt1") || term.starts_with("vt2") || term.starts_with("vt3") {
            Self::None
        } else {
            Self::Sixteen
        }
    }
}

/// Role of something on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::VariantArray))]
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

/// The styles of the roles for one depth of colour.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    depth: ColourDepth,
}

impl Theme {
    /// The theme for a terminal of that depth.
    #[must_use]
    pub fn new(depth: ColourDepth) -> Self {
        Self { depth }
    }

    /// Style of a role.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        match self.depth {
            ColourDepth::TwoHundredFiftySix => indexed(role),
            ColourDepth::Sixteen => sixteen(role),
            ColourDepth::None => plain(role),
        }
    }
}

/// Indices from the fixed part of the palette, the same on every terminal; each has a contrast of at
/// least 3 to 1 with black and with white.
fn indexed(role: Role) -> Style {
    let coloured = |index| Style::new().fg(Color::Indexed(index));
    match role {
        Role::Text | Role::Ok => Style::new(),
        Role::Muted | Role::Label | Role::Track => coloured(243),
        Role::Accent => coloured(33).add_modifier(Modifier::BOLD),
        Role::Warning => coloured(136).add_modifier(Modifier::BOLD),
        Role::Critical => coloured(161).add_modifier(Modifier::BOLD),
        Role::Unknown => coloured(127).add_modifier(Modifier::BOLD),
        Role::Bar | Role::BarOwn => coloured(245),
    }
}

/// Grey is made by dimming: "bright black" is the ground itself in some palettes.
fn sixteen(role: Role) -> Style {
    let coloured = |colour| Style::new().fg(colour);
    match role {
        Role::Text | Role::Ok | Role::Label | Role::Bar | Role::BarOwn => Style::new(),
        Role::Muted | Role::Track => Style::new().add_modifier(Modifier::DIM),
        Role::Accent => coloured(Color::Blue).add_modifier(Modifier::BOLD),
        Role::Warning => coloured(Color::Yellow).add_modifier(Modifier::BOLD),
        Role::Critical => coloured(Color::Red).add_modifier(Modifier::BOLD),
        Role::Unknown => coloured(Color::Magenta).add_modifier(Modifier::BOLD),
    }
}

fn plain(role: Role) -> Style {
    match role {
        Role::Text | Role::Ok | Role::Label | Role::Bar | Role::BarOwn => Style::new(),
        Role::Muted | Role::Track => Style::new().add_modifier(Modifier::DIM),
        Role::Accent | Role::Warning => Style::new().add_modifier(Modifier::BOLD),
        Role::Critical => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
        Role::Unknown => Style::new().add_modifier(Modifier::UNDERLINED),
    }
}

#[cfg(test)]
mod tests;
