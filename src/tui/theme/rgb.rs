//! Colours as red, green and blue, and those of xterm's palette.

use ratatui::style::Color;

/// Colours that a terminal's own palette sets, as xterm has them.
const SIXTEEN: [(Color, Rgb); 16] = [
    (Color::Black, Rgb(0, 0, 0)),
    (Color::Red, Rgb(205, 0, 0)),
    (Color::Green, Rgb(0, 205, 0)),
    (Color::Yellow, Rgb(205, 205, 0)),
    (Color::Blue, Rgb(0, 0, 238)),
    (Color::Magenta, Rgb(205, 0, 205)),
    (Color::Cyan, Rgb(0, 205, 205)),
    (Color::Gray, Rgb(229, 229, 229)),
    (Color::DarkGray, Rgb(127, 127, 127)),
    (Color::LightRed, Rgb(255, 0, 0)),
    (Color::LightGreen, Rgb(0, 255, 0)),
    (Color::LightYellow, Rgb(255, 255, 0)),
    (Color::LightBlue, Rgb(92, 92, 255)),
    (Color::LightMagenta, Rgb(255, 0, 255)),
    (Color::LightCyan, Rgb(0, 255, 255)),
    (Color::White, Rgb(255, 255, 255)),
];

/// Red, green and blue of sRGB, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Red, green and blue of a colour, by xterm's palette; `None` for the terminal's own ground.
    #[must_use]
    pub fn of(colour: Color) -> Option<Self> {
        match colour {
            Color::Reset => None,
            Color::Rgb(red, green, blue) => Some(Self(red, green, blue)),
            Color::Indexed(index) => Some(Self::of_index(index)),
            named => SIXTEEN.iter().find(|(known, _)| *known == named).map(|(_, rgb)| *rgb),
        }
    }

    fn of_index(index: u8) -> Self {
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        match index {
            0..16 => SIXTEEN[usize::from(index)].1,
            16..232 => {
                let cell = index - 16;
                Self(level(cell / 36), level(cell / 6 % 6), level(cell % 6))
            }
            232.. => {
                let grey = 8 + 10 * (index - 232);
                Self(grey, grey, grey)
            }
        }
    }

    /// Relative luminance as WCAG 2 defines it: 0 (black) to 1 (white).
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Nearest colour of the fixed part of the 256.
    #[must_use]
    pub fn nearest_index(self) -> Color {
        let nearest = (16..=u8::MAX).min_by_key(|index| self.distance(Self::of_index(*index)));
        Color::Indexed(nearest.unwrap_or(u8::MAX))
    }

    /// Nearest colour of the 16, as xterm has them.
    #[must_use]
    pub fn nearest_of_sixteen(self) -> Color {
        let nearest = SIXTEEN.iter().min_by_key(|(_, rgb)| self.distance(*rgb));
        nearest.map_or(Color::Reset, |(colour, _)| *colour)
    }

    fn distance(self, other: Self) -> u32 {
        let square = |one: u8, two: u8| u32::from(one.abs_diff(two)).pow(2);
        square(self.0, other.0) + square(self.1, other.1) + square(self.2, other.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_of_the_palette_is_nearest_to_itself() {
        for index in 16..=u8::MAX {
            let (rgb, nearest) = (Rgb::of_index(index), Rgb::of_index(index).nearest_index());
            assert_eq!(Rgb::of(nearest), Some(rgb), "{index}");
        }
        for (colour, rgb) in SIXTEEN {
            assert_eq!(rgb.nearest_of_sixteen(), colour);
        }
    }

    #[test]
    fn luminance_goes_from_black_to_white() {
        assert!(Rgb(0, 0, 0).luminance().abs() < 1e-9);
        assert!((Rgb(255, 255, 255).luminance() - 1.0).abs() < 1e-9);
        assert!((Rgb(118, 118, 118).luminance() - 0.181).abs() < 0.001);
    }
}
