//! Themes that can be chosen, and the one that is.

use strum::VariantArray as _;

use super::built_in::BuiltInTheme;
use super::depth::ColourDepth;
use super::ground::Ground;
use super::own::OwnTheme;
use super::styles::Theme;

/// Theme that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    /// A built-in one.
    BuiltIn(BuiltInTheme),
    /// That of a file.
    Own(Box<OwnTheme>),
}

impl Default for ThemeChoice {
    fn default() -> Self {
        Self::BuiltIn(BuiltInTheme::default())
    }
}

/// Theme at the start, and what is known of the terminal then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThemeSettings {
    /// Theme that is asked for.
    pub choice: ThemeChoice,
    /// Ground of the terminal, until it tells its own.
    pub ground: Ground,
}

/// All themes that can be chosen on this terminal, and the one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Themes {
    depth: ColourDepth,
    ground: Ground,
    /// That of the user's file, if there is one.
    own: Option<OwnTheme>,
    /// The chosen one; `None` is that of the user's file.
    chosen: Option<BuiltInTheme>,
}

impl Themes {
    /// Themes on a terminal of that depth.
    #[must_use]
    pub fn new(depth: ColourDepth, settings: ThemeSettings) -> Self {
        let (own, chosen) = match settings.choice {
            ThemeChoice::BuiltIn(theme) => (None, Some(theme)),
            ThemeChoice::Own(theme) => (Some(*theme), None),
        };
        Self { depth, ground: settings.ground, own, chosen }
    }

    /// The chosen theme.
    #[must_use]
    pub fn theme(&self) -> Theme {
        match (self.chosen, &self.own) {
            (None, Some(own)) => own.theme(self.depth, self.ground),
            (chosen, _) => chosen.unwrap_or_default().theme(self.depth, self.ground),
        }
    }

    /// Name of the chosen theme.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.chosen, &self.own) {
            (None, Some(own)) => own.name().to_owned(),
            (chosen, _) => chosen.unwrap_or_default().to_string(),
        }
    }

    /// Chooses the next theme: the built-in ones in their order, then that of the file, then the first again.
    pub fn choose_next(&mut self) {
        let place = self.chosen.and_then(|chosen| BuiltInTheme::VARIANTS.iter().position(|theme| *theme == chosen));
        let next = BuiltInTheme::VARIANTS.get(place.map_or(0, |place| place + 1)).copied();
        self.chosen = if self.own.is_some() { next } else { next.or(Some(BuiltInTheme::default())) };
    }

    /// Takes the ground that the terminal tells.
    pub fn set_ground(&mut self, ground: Ground) {
        self.ground = ground;
    }

    /// Takes the theme of the user's file as it is now.
    pub fn set_own(&mut self, theme: OwnTheme) {
        self.own = Some(theme);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::super::own::OwnGround;
    use super::super::role::Role;
    use super::*;

    fn names(themes: &mut Themes, count: usize) -> Vec<String> {
        let next = |_| {
            themes.choose_next();
            themes.name()
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn each_theme_comes_in_turn_and_then_the_first_again() {
        let mut themes = Themes::new(ColourDepth::Sixteen, ThemeSettings::default());
        let all = ["dark", "light", "high-contrast", "deuteranopia", "tritanopia", "mono", "terminal", "dark"];
        assert_eq!(names(&mut themes, 8), all);

        let choice = ThemeChoice::Own(Box::new(OwnTheme::new("mine".to_owned(), OwnGround::Any)));
        let mut themes = Themes::new(ColourDepth::Sixteen, ThemeSettings { choice, ground: Ground::Dark });
        assert_eq!(themes.name(), "mine");
        assert_eq!(names(&mut themes, 9)[6..], ["mono", "mine", "terminal"]);
    }

    #[test]
    fn the_ground_that_the_terminal_tells_changes_the_theme_that_follows_it() {
        let mut themes = Themes::new(ColourDepth::TwoHundredFiftySix, ThemeSettings::default());
        let before = themes.theme();
        themes.set_ground(Ground::Light);
        assert_ne!(themes.theme(), before);
        assert_eq!(themes.theme(), BuiltInTheme::Terminal.theme(ColourDepth::TrueColour, Ground::Light));
    }

    #[test]
    fn a_theme_of_ones_own_is_taken_up_and_fits_the_depth() {
        let mut own = OwnTheme::new("mine".to_owned(), OwnGround::Painted(Color::Rgb(250, 250, 250)));
        own.set(Role::Critical, Style::new().fg(Color::Rgb(250, 10, 5)).bold());
        let choice = ThemeChoice::Own(Box::default());
        let mut themes = Themes::new(ColourDepth::Sixteen, ThemeSettings { choice, ground: Ground::Dark });
        themes.set_own(own);
        let theme = themes.theme();
        assert_eq!(theme.style(Role::Critical), Style::new().fg(Color::LightRed).bold());
        assert_eq!(theme.ground(), Some(Color::White));
        let of_light = BuiltInTheme::Light.theme(ColourDepth::Sixteen, Ground::Dark);
        assert_eq!(theme.style(Role::Warning), of_light.style(Role::Warning), "what is not written");
    }
}
