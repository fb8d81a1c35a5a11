//! Theme of a file of the user's own.

use ratatui::style::{Color, Style};
use strum::EnumCount as _;

use super::built_in::BuiltInTheme;
use super::depth::ColourDepth;
use super::ground::Ground;
use super::rgb::Rgb;
use super::role::Role;
use super::styles::Theme;

/// Theme that a user wrote. A role without a style has that of the built-in theme on such a ground.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnTheme {
    name: String,
    ground: OwnGround,
    styles: [Option<Style>; Role::COUNT],
}

/// Ground of a theme that a user wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnGround {
    /// The terminal's own, whatever it is.
    #[default]
    Any,
    /// The terminal's own, which the theme takes to be such.
    Known(Ground),
    /// Painted in a colour.
    Painted(Color),
}

impl OwnTheme {
    /// Theme of that name, without styles yet.
    #[must_use]
    pub fn new(name: String, ground: OwnGround) -> Self {
        Self { name, ground, styles: [None; Role::COUNT] }
    }

    /// Sets the style of a role.
    pub fn set(&mut self, role: Role, style: Style) {
        self.styles[role as usize] = Some(style);
    }

    /// Its name, safe to show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Theme on a terminal of that depth and ground. Without colours it is that of attributes alone.
    #[must_use]
    pub fn theme(&self, depth: ColourDepth, terminal: Ground) -> Theme {
        if depth == ColourDepth::None {
            return Theme::without_colour();
        }
        let (base, painted) = match self.ground {
            OwnGround::Any => (BuiltInTheme::Terminal.theme(depth, terminal), None),
            OwnGround::Known(ground) => (BuiltInTheme::Terminal.theme(depth, ground), None),
            OwnGround::Painted(colour) => {
                let is_light = Rgb::of(colour).map(Ground::of) == Some(Ground::Light);
                let base = if is_light { BuiltInTheme::Light } else { BuiltInTheme::Dark };
                (base.theme(depth, terminal), depth.nearest(colour))
            }
        };
        Theme::from_styles(painted, |role| match self.styles[role as usize] {
            Some(style) => Style { fg: style.fg.and_then(|colour| depth.nearest(colour)), ..style },
            None => base.style(role),
        })
    }
}
