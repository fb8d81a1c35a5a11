//! The characters that the screen is drawn with, in Unicode and in plain ASCII. Each is one column wide.

use ratatui::symbols::border;

use crate::wording::sentences::StatusSymbol;

/// Border of one character for all corners.
const fn plain_border(corner: &'static str, horizontal: &'static str, vertical: &'static str) -> border::Set<'static> {
    border::Set {
        top_left: corner,
        top_right: corner,
        bottom_left: corner,
        bottom_right: corner,
        vertical_left: vertical,
        vertical_right: vertical,
        horizontal_top: horizontal,
        horizontal_bottom: horizontal,
    }
}

/// A set of characters.
#[derive(Debug)]
pub(super) struct Symbols {
    /// True where texts must be brought to ASCII too.
    pub ascii: bool,
    /// Before the name of the chosen environment.
    pub chosen: &'static str,
    /// The foot of a bar upwards whose value isn't known.
    pub hatch: &'static str,
    /// The filled part of a line gauge.
    pub line: &'static str,
    /// Its last cell where half of it is filled; `None` where no character tells that.
    pub line_half: Option<&'static str>,
    /// The part of a line gauge that this monitor filled.
    pub line_own: &'static str,
    /// The rest of a line gauge.
    pub line_track: &'static str,
    /// A line gauge of a value that isn't known.
    pub line_unknown: &'static str,
    /// A character of a hidden input.
    pub mask: &'static str,
    /// The end of a text that was cut.
    pub ellipsis: &'static str,
    /// The border of most boxes.
    pub border: border::Set<'static>,
    /// The border of production.
    pub border_heavy: border::Set<'static>,
    /// The axis of a chart: the line upwards, a mark on it, the corner, the line sideways, a mark on that.
    pub axis: [&'static str; 5],
    /// The axis of what is still to come.
    pub future: &'static str,
    /// A moment to come, from the top of a chart to its axis.
    pub moment: &'static str,
    /// Credits to come: those that are sure, likely and possible.
    pub forecast: [&'static str; 3],
    /// A rise of the balance.
    pub reset: &'static str,
    /// A bar upwards that fills one to eight eighths of its cell.
    pub levels: [&'static str; 8],
    marks: [&'static str; 5],
}

impl Symbols {
    /// The usual set.
    pub(super) const UNICODE: Self = Self {
        ascii: false,
        chosen: "▸",
        hatch: "╱",
        line: "━",
        line_half: Some("╸"),
        line_own: "╍",
        line_track: "─",
        line_unknown: "╌",
        mask: "•",
        ellipsis: "…",
        border: border::ROUNDED,
        border_heavy: border::THICK,
        axis: ["│", "┤", "└", "─", "┴"],
        future: "┄",
        moment: "┊",
        forecast: ["▒", "░", "·"],
        reset: "↑",
        levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        marks: ["●", "▲", "✖", "?", "○"],
    };

    /// The set for terminals and fonts without more.
    pub(super) const ASCII: Self = Self {
        ascii: true,
        chosen: ">",
        hatch: "/",
        line: "=",
        line_half: None,
        line_own: "~",
        line_track: "-",
        line_unknown: ".",
        mask: "*",
        ellipsis: "~",
        border: plain_border("+", "-", "|"),
        border_heavy: plain_border("#", "=", "#"),
        axis: ["|", "+", "+", "-", "+"],
        future: ".",
        moment: "'",
        forecast: ["%", ":", "."],
        reset: "^",
        levels: ["_", "_", ".", "-", "-", "=", "=", "#"],
        marks: ["*", "!", "X", "?", "o"],
    };

    /// The symbol that stands with a status word.
    pub(super) fn mark(&self, mark: StatusSymbol) -> &'static str {
        self.marks[match mark {
            StatusSymbol::Ok => 0,
            StatusSymbol::Warning => 1,
            StatusSymbol::Critical => 2,
            StatusSymbol::Unknown => 3,
            StatusSymbol::NoKey => 4,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    fn all(symbols: &Symbols) -> Vec<&'static str> {
        let mut all = vec![
            symbols.chosen,
            symbols.hatch,
            symbols.line,
            symbols.line_own,
            symbols.line_track,
            symbols.line_unknown,
            symbols.mask,
            symbols.ellipsis,
        ];
        for border in [&symbols.border, &symbols.border_heavy] {
            all.extend([border.top_left, border.top_right, border.bottom_left, border.bottom_right]);
            all.extend([border.vertical_left, border.vertical_right, border.horizontal_top, border.horizontal_bottom]);
        }
        all.extend(symbols.line_half);
        all.extend(symbols.axis);
        all.extend([symbols.future, symbols.moment, symbols.reset]);
        all.extend(symbols.forecast);
        all.extend(symbols.levels);
        all.extend(symbols.marks);
        all
    }

    #[test]
    fn each_symbol_is_one_column_wide() {
        for symbol in all(&Symbols::UNICODE).into_iter().chain(all(&Symbols::ASCII)) {
            assert_eq!(symbol.width(), 1, "{symbol}");
        }
    }

    #[test]
    fn the_ascii_set_is_ascii() {
        assert!(all(&Symbols::ASCII).into_iter().all(str::is_ascii));
    }
}
