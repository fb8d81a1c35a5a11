//! Built-in themes.

use ratatui::style::{Color, Modifier, Style};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::depth::ColourDepth;
use super::ground::Ground;
use super::role::Role;
use super::styles::Theme;

/// Theme that needs no file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum BuiltInTheme {
    /// On the terminal's own ground.
    #[default]
    Terminal,
    /// On a dark ground of its own.
    Dark,
    /// On a light ground of its own.
    Light,
    /// On black, or on white where the terminal's ground is light.
    HighContrast,
    /// Told apart by lightness, and by blue and yellow: for eyes without red or green.
    Deuteranopia,
    /// Told apart by lightness, and by red and green: for eyes without blue.
    Tritanopia,
    /// Without colours.
    Mono,
}

/// Colours of a theme on one kind of ground, by their numbers among the 256.
struct Tones {
    /// Ground and text; `None` where both are the terminal's own.
    own: Option<(u8, u8)>,
    muted: u8,
    accent: u8,
    warning: u8,
    critical: u8,
    unknown: u8,
    bar: u8,
    bar_own: u8,
    track: u8,
}

const ON_DARK: Tones = Tones {
    own: None,
    muted: 247,
    accent: 33,
    warning: 136,
    critical: 210,
    unknown: 140,
    bar: 250,
    bar_own: 245,
    track: 242,
};
const ON_LIGHT: Tones = Tones {
    own: None,
    muted: 243,
    accent: 25,
    warning: 130,
    critical: 124,
    unknown: 92,
    bar: 240,
    bar_own: 244,
    track: 245,
};
const DARK: Tones = Tones { own: Some((234, 252)), ..ON_DARK };
const LIGHT: Tones = Tones { own: Some((231, 234)), ..ON_LIGHT };
const BLACK: Tones = Tones {
    own: Some((16, 231)),
    muted: 252,
    accent: 45,
    warning: 172,
    critical: 210,
    unknown: 177,
    bar: 231,
    bar_own: 252,
    track: 247,
};
const WHITE: Tones = Tones {
    own: Some((231, 16)),
    muted: 238,
    accent: 19,
    warning: 94,
    critical: 88,
    unknown: 126,
    bar: 16,
    bar_own: 238,
    track: 243,
};
const DEUTERANOPIA_ON_DARK: Tones = Tones { accent: 33, warning: 136, critical: 220, unknown: 183, ..DARK };
const DEUTERANOPIA_ON_LIGHT: Tones = Tones { accent: 25, warning: 130, critical: 88, unknown: 93, ..LIGHT };
const TRITANOPIA_ON_DARK: Tones = Tones { accent: 39, warning: 202, critical: 210, unknown: 177, ..DARK };
const TRITANOPIA_ON_LIGHT: Tones = Tones { accent: 25, warning: 94, critical: 88, unknown: 163, ..LIGHT };

impl Theme {
    /// The theme `terminal` on a dark ground.
    #[must_use]
    pub fn new(depth: ColourDepth) -> Self {
        BuiltInTheme::Terminal.theme(depth, Ground::Dark)
    }
}

impl BuiltInTheme {
    /// Its name, by which users ask for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Theme on a terminal of that depth and ground.
    #[must_use]
    pub fn theme(self, depth: ColourDepth, terminal: Ground) -> Theme {
        let ground = match self {
            Self::Dark => Ground::Dark,
            Self::Light => Ground::Light,
            _ => terminal,
        };
        match depth {
            ColourDepth::None => Theme::without_colour(),
            _ if self == Self::Mono => Theme::without_colour(),
            ColourDepth::Sixteen => sixteen(self != Self::Terminal, ground),
            ColourDepth::TwoHundredFiftySix | ColourDepth::TrueColour => self.tones(ground).theme(),
        }
    }

    fn tones(self, ground: Ground) -> Tones {
        match (self, ground) {
            (Self::HighContrast, Ground::Dark) => BLACK,
            (Self::HighContrast, Ground::Light) => WHITE,
            (Self::Deuteranopia, Ground::Dark) => DEUTERANOPIA_ON_DARK,
            (Self::Deuteranopia, Ground::Light) => DEUTERANOPIA_ON_LIGHT,
            (Self::Tritanopia, Ground::Dark) => TRITANOPIA_ON_DARK,
            (Self::Tritanopia, Ground::Light) => TRITANOPIA_ON_LIGHT,
            (Self::Dark | Self::Light, Ground::Dark) => DARK,
            (Self::Dark | Self::Light, Ground::Light) => LIGHT,
            (Self::Terminal | Self::Mono, Ground::Dark) => ON_DARK,
            (Self::Terminal | Self::Mono, Ground::Light) => ON_LIGHT,
        }
    }
}

impl Tones {
    fn theme(&self) -> Theme {
        let plain = |index| Style::new().fg(Color::Indexed(index));
        let loud = |index| plain(index).add_modifier(Modifier::BOLD);
        Theme::from_styles(self.own.map(|(ground, _)| Color::Indexed(ground)), |role| match role {
            Role::Text | Role::Ok => self.own.map_or(Style::new(), |(_, text)| plain(text)),
            Role::Muted | Role::Label => plain(self.muted),
            Role::Accent => loud(self.accent),
            Role::Warning => loud(self.warning),
            Role::Critical => loud(self.critical),
            Role::Unknown => loud(self.unknown),
            Role::Bar => plain(self.bar),
            Role::BarOwn => plain(self.bar_own),
            Role::Track => plain(self.track),
        })
    }
}

/// Theme of the 16 colours. Grey is made by dimming: "bright black" is the ground itself in some palettes. Of the others
/// only those are taken that stand out in the palettes of xterm and of VGA.
fn sixteen(paints_ground: bool, ground: Ground) -> Theme {
    let (painted, text) = match ground {
        Ground::Dark => (Color::Black, Color::Gray),
        Ground::Light => (Color::White, Color::Black),
    };
    let text = if paints_ground { Style::new().fg(text) } else { Style::new() };
    let pick = |on_dark, on_light| Style::new().fg(if ground == Ground::Dark { on_dark } else { on_light });
    Theme::from_styles(paints_ground.then_some(painted), |role| match role {
        Role::Text | Role::Ok | Role::Label | Role::Bar | Role::BarOwn => text,
        Role::Muted | Role::Track => text.add_modifier(Modifier::DIM),
        Role::Accent => pick(Color::Cyan, Color::Blue).add_modifier(Modifier::BOLD),
        Role::Warning => pick(Color::LightYellow, Color::Magenta),
        Role::Critical => pick(Color::LightRed, Color::Red).add_modifier(Modifier::BOLD),
        Role::Unknown => pick(Color::LightMagenta, Color::Black).add_modifier(Modifier::UNDERLINED),
    })
}
