//! Number of colours of the terminal, and colours brought down to it.

use ratatui::style::Color;

use super::rgb::Rgb;

/// Number of colours of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourDepth {
    /// None: attributes only.
    None,
    /// The 16 colours that the terminal's own palette sets.
    Sixteen,
    /// The 256 indexed colours.
    TwoHundredFiftySix,
    /// All colours of sRGB.
    TrueColour,
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
        // A shell on the console may have kept the variable of a terminal that it was started from.
        let is_console = term == "linux";
        if !is_console && colorterm.is_some_and(|value| matches!(value, "truecolor" | "24bit")) {
            Self::TrueColour
        } else if RICH.iter().any(|name| term.contains(name)) {
            Self::TwoHundredFiftySix
        } else if term.starts_with("vt1") || term.starts_with("vt2") || term.starts_with("vt3") {
            Self::None
        } else {
            Self::Sixteen
        }
    }

    /// Nearest colour that a terminal of this depth has; `None` where it has none.
    pub(super) fn nearest(self, colour: Color) -> Option<Color> {
        match (self, colour) {
            (Self::None, _) => None,
            (Self::TwoHundredFiftySix, Color::Rgb(red, green, blue)) => Some(Rgb(red, green, blue).nearest_index()),
            (Self::Sixteen, Color::Rgb(..) | Color::Indexed(_)) => Rgb::of(colour).map(Rgb::nearest_of_sixteen),
            _ => Some(colour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_is_what_the_variables_tell() {
        use ColourDepth::{None as NoColour, Sixteen, TrueColour, TwoHundredFiftySix};
        let cases = [
            (Some("1"), Some("xterm-256color"), Some("truecolor"), NoColour),
            (Some(""), Some("xterm-256color"), None, TwoHundredFiftySix),
            (None, Some("dumb"), Some("truecolor"), NoColour),
            (None, Some("xterm"), Some("truecolor"), TrueColour),
            (None, Some("xterm-kitty"), None, TwoHundredFiftySix),
            (None, Some("xterm"), None, Sixteen),
            (None, Some("linux"), None, Sixteen),
            (None, Some("linux"), Some("truecolor"), Sixteen),
            (None, Some("vt220"), None, NoColour),
            (None, None, None, Sixteen),
        ];
        for (no_color, term, colorterm, depth) in cases {
            assert_eq!(ColourDepth::detect(no_color, term, colorterm), depth, "{no_color:?} {term:?} {colorterm:?}");
        }
    }

    #[test]
    fn a_colour_is_brought_down_to_what_the_terminal_has() {
        let coral = Color::Rgb(255, 90, 90);
        assert_eq!(ColourDepth::TrueColour.nearest(coral), Some(coral));
        assert_eq!(ColourDepth::TwoHundredFiftySix.nearest(coral), Some(Color::Indexed(203)));
        assert_eq!(ColourDepth::Sixteen.nearest(Color::Rgb(250, 10, 5)), Some(Color::LightRed));
        assert_eq!(ColourDepth::Sixteen.nearest(Color::Indexed(3)), Some(Color::Yellow));
        assert_eq!(ColourDepth::Sixteen.nearest(Color::Reset), Some(Color::Reset));
        assert_eq!(ColourDepth::None.nearest(coral), None);
    }
}
