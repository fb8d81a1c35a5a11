//! Size of the picture, in columns and rows.

use ratatui::layout::Size;

/// Size where neither the terminal nor a variable says one.
const USUAL: Size = Size::new(80, 24);
/// Largest size that is drawn: more than any screen has, for each cell takes memory.
const MAX: Size = Size::new(1_024, 400);

/// Size to draw at, for a terminal that reports `reported`. A reported 0, as on serial lines, is replaced by the
/// variables `COLUMNS` and `LINES`, or else by the usual size.
pub(super) fn usable(reported: Size, variable: &dyn Fn(&str) -> Option<String>) -> Size {
    let cells = |reported: u16, name: &str, usual: u16, max: u16| {
        let set = || variable(name)?.trim().parse::<u32>().ok().filter(|number| *number > 0);
        let cells = if reported > 0 { u32::from(reported) } else { set().unwrap_or(usual.into()) };
        u16::try_from(cells).unwrap_or(max).min(max)
    };
    Size {
        width: cells(reported.width, "COLUMNS", USUAL.width, MAX.width),
        height: cells(reported.height, "LINES", USUAL.height, MAX.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(told: (u16, u16), variables: &[(&str, &str)]) -> (u16, u16) {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let Size { width, height } = usable(Size::from(told), &variable);
        (width, height)
    }

    #[test]
    fn a_terminal_without_a_size_has_that_of_the_variables_or_the_usual_one() {
        let variables = [("COLUMNS", "132"), ("LINES", "50")];
        assert_eq!(size((101, 33), &variables), (101, 33));
        assert_eq!(size((0, 0), &variables), (132, 50));
        assert_eq!(size((0, 33), &variables), (132, 33));
        assert_eq!(size((101, 0), &variables), (101, 50));
        assert_eq!(size((0, 0), &[]), (80, 24));
        for wrong in ["", "0", "-1", "wide", "99999999999"] {
            assert_eq!(size((0, 0), &[("COLUMNS", wrong), ("LINES", wrong)]), (80, 24), "{wrong}");
        }
        assert_eq!(size((0, 0), &[("COLUMNS", "70000"), ("LINES", " 30 ")]), (1_024, 30));
        assert_eq!(size((1, 1), &variables), (1, 1));
        assert_eq!(size((65_535, 65_535), &variables), (1_024, 400));
    }

    proptest! {
        #[test]
        fn every_size_can_be_drawn(columns: u16, rows: u16) {
            let (width, height) = size((columns, rows), &[]);
            prop_assert!((1..=1_024).contains(&width) && (1..=400).contains(&height));
            prop_assert!(columns == 0 || width == columns.min(1_024));
        }
    }
}
