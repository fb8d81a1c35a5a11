//! Roles instead of colours, and what each looks like with 256 colours, with 16, and with none.
//!
//! The background is always the terminal's own. Warning and critical differ in lightness as well as in hue,
//! and both stand out from light and dark grounds; without colour, attributes tell the roles apart.

use ratatui::style::{Color, Modifier, Style};

use super::sentences::Mark;

/// How many colours there are.
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
    /// What the variables `NO_COLOR`, `TERM` and `COLORTERM` tell of the terminal.
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

/// What something on the screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Values and sentences.
    Text,
    /// What may be overlooked: units, stale values, borders.
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
    /// Every role.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Muted,
        Self::Label,
        Self::Accent,
        Self::Ok,
        Self::Warning,
        Self::Critical,
        Self::Unknown,
        Self::Bar,
        Self::BarOwn,
        Self::Track,
    ];
}

impl From<Mark> for Role {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Ok => Self::Ok,
            Mark::Warning => Self::Warning,
            Mark::Critical => Self::Critical,
            Mark::Unknown => Self::Unknown,
            Mark::NoKey => Self::Muted,
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

    /// What a role looks like.
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
        Role::Critical => coloured(160).add_modifier(Modifier::BOLD),
        Role::Unknown => coloured(133).add_modifier(Modifier::BOLD),
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
mod tests {
    use super::*;

    const DEPTHS: [ColourDepth; 3] = [ColourDepth::None, ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix];

    /// The relative luminance of a colour of the fixed part of the palette, as WCAG defines it.
    fn luminance(index: u8) -> f64 {
        let channels = if index >= 232 {
            [f64::from(8 + 10 * (index - 232)); 3]
        } else {
            let level = |step: u8| if step == 0 { 0.0 } else { f64::from(55 + 40 * step) };
            let index = index - 16;
            [level(index / 36), level(index / 6 % 6), level(index % 6)]
        };
        let linear = channels.map(|channel| {
            let channel = channel / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn luminance_of(role: Role) -> Option<f64> {
        match Theme::new(ColourDepth::TwoHundredFiftySix).style(role).fg {
            Some(Color::Indexed(index)) => Some(luminance(index)),
            _ => None,
        }
    }

    #[test]
    fn the_depth_is_what_the_variables_tell() {
        use ColourDepth::{None as NoColour, Sixteen, TwoHundredFiftySix};
        let cases = [
            (Some("1"), Some("xterm-256color"), Some("truecolor"), NoColour),
            (Some(""), Some("xterm-256color"), None, TwoHundredFiftySix),
            (None, Some("dumb"), Some("truecolor"), NoColour),
            (None, Some("xterm"), Some("truecolor"), TwoHundredFiftySix),
            (None, Some("xterm-kitty"), None, TwoHundredFiftySix),
            (None, Some("xterm"), None, Sixteen),
            (None, Some("linux"), None, Sixteen),
            (None, Some("vt220"), None, NoColour),
            (None, None, None, Sixteen),
        ];
        for (no_color, term, colorterm, depth) in cases {
            assert_eq!(ColourDepth::detect(no_color, term, colorterm), depth, "{no_color:?} {term:?} {colorterm:?}");
        }
    }

    #[test]
    fn no_role_sets_a_background_and_none_needs_rgb() {
        for depth in DEPTHS {
            for role in Role::ALL {
                let style = Theme::new(depth).style(role);
                assert_eq!(style.bg, None, "{depth:?} {role:?}");
                assert!(!matches!(style.fg, Some(Color::Rgb(..))), "{depth:?} {role:?}");
            }
        }
    }

    #[test]
    fn without_colour_there_is_none_and_what_needs_someone_still_differs() {
        let theme = Theme::new(ColourDepth::None);
        assert!(Role::ALL.into_iter().all(|role| theme.style(role).fg.is_none()));
        let telling =
            [Role::Text, Role::Muted, Role::Warning, Role::Critical, Role::Unknown].map(|role| theme.style(role));
        for (index, style) in telling.iter().enumerate() {
            assert!(!telling[index + 1..].contains(style), "{style:?}");
        }
    }

    #[test]
    fn every_colour_stands_out_from_black_and_from_white() {
        for role in Role::ALL {
            if let Some(luminance) = luminance_of(role) {
                let (on_white, on_black) = (1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05);
                assert!(on_white >= 3.0 && on_black >= 3.0, "{role:?}: {on_white:.1}, {on_black:.1}");
            }
        }
    }

    #[test]
    fn amber_is_clearly_lighter_than_red() {
        let (amber, red) = (luminance_of(Role::Warning).unwrap(), luminance_of(Role::Critical).unwrap());
        assert!((amber + 0.05) / (red + 0.05) >= 1.5);
    }
}
