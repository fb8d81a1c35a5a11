//! Ground of the terminal: dark or light.

use super::rgb::Rgb;

/// Ground that something is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Nearer to black; also taken where nothing is known.
    #[default]
    Dark,
    /// Nearer to white.
    Light,
}

impl Ground {
    /// Luminance at which black and white stand out alike.
    const MIDDLE: f64 = 0.179;

    /// Ground of that colour.
    #[must_use]
    pub fn of(colour: Rgb) -> Self {
        if colour.luminance() > Self::MIDDLE { Self::Light } else { Self::Dark }
    }

    /// Ground as the variable `COLORFGBG` tells it, such as `15;0`: the last is one of the 16 colours.
    #[must_use]
    pub fn of_variable(colorfgbg: Option<&str>) -> Option<Self> {
        let last = colorfgbg?.rsplit(';').next()?;
        match last.parse::<u8>().ok()? {
            0..=6 | 8 => Some(Self::Dark),
            7 | 9..=15 => Some(Self::Light),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds_of_known_terminals_are_told_apart() {
        for dark in [Rgb(0, 0, 0), Rgb(0x1e, 0x1e, 0x2e), Rgb(0, 0x2b, 0x36), Rgb(0x28, 0x2c, 0x34)] {
            assert_eq!(Ground::of(dark), Ground::Dark, "{dark:?}");
        }
        for light in [Rgb(255, 255, 255), Rgb(0xfd, 0xf6, 0xe3), Rgb(0xef, 0xf1, 0xf5)] {
            assert_eq!(Ground::of(light), Ground::Light, "{light:?}");
        }
    }

    #[test]
    fn the_variable_tells_the_ground_where_it_names_one() {
        let ground = |text| Ground::of_variable(Some(text));
        assert_eq!((ground("15;0"), ground("0;15")), (Some(Ground::Dark), Some(Ground::Light)));
        assert_eq!((ground("12;default;8"), ground("7")), (Some(Ground::Dark), Some(Ground::Light)));
        for nothing in ["", "15;default", "15;", "15;99", "0;-1"] {
            assert_eq!(ground(nothing), None, "{nothing}");
        }
        assert_eq!(Ground::of_variable(None), None);
    }
}
