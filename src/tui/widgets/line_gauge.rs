//! Gauge in one row: a heavy line over a light track, which never touches the rows above and below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

use crate::tui::screen::Appearance;
use crate::tui::theme::Role;

/// Gauge in one row, as wide as its area.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct LineGauge {
    /// The filled part of the whole, 0 to 1; more is drawn as full. `None` where it is not known.
    pub ratio: Option<f64>,
    /// The part of the whole that this monitor used, 0 to `ratio`, at the end of the filled part.
    pub own: f64,
    /// Role of the filled part.
    pub role: Role,
    /// True for a value that is old.
    pub dimmed: bool,
    /// True for the gauge that matters most.
    pub heavy: bool,
    /// Theme and symbols.
    pub appearance: Appearance,
}

impl Widget for &LineGauge {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let row = Rect { height: area.height.min(1), ..area }.intersection(buf.area);
        let symbols = self.appearance.symbols;
        let track = Style::reset().patch(self.appearance.style(Role::Track));
        let Some(ratio) = self.ratio.filter(|ratio| !ratio.is_nan()) else {
            return fill(buf, row, symbols.line_unknown, track);
        };
        let own_role = if self.role == Role::Bar { Role::BarOwn } else { self.role };
        let mut weight = Modifier::empty();
        weight.set(Modifier::BOLD, self.heavy);
        weight.set(Modifier::DIM, self.dimmed);
        // Reversed, a line is a bar that melts into its neighbours.
        let style = |role| {
            let style = Style::reset().patch(self.appearance.style(role));
            style.add_modifier(weight).remove_modifier(Modifier::REVERSED)
        };

        let [others, own] = cells(ratio, self.own, row.width);
        let half = symbols.line_half.filter(|_| own == 0 && ends_with_half(ratio, row.width));
        let whole = others - u16::from(half.is_some());
        let part = |start, width| Rect { x: row.x + start, width, ..row };
        fill(buf, part(0, whole), symbols.line, style(self.role));
        fill(buf, part(whole, others - whole), half.unwrap_or_default(), style(self.role));
        fill(buf, part(others, own), symbols.line_own, style(own_role));
        fill(buf, part(others + own, row.width - others - own), symbols.line_track, track);
    }
}

fn fill(buf: &mut Buffer, area: Rect, symbol: &str, style: Style) {
    for position in area.positions() {
        buf[position].set_symbol(symbol).set_style(style);
    }
}

/// The cells of others' part and of our own: none only for nothing, all only for the whole, and each part that there is
/// has one of its own if there are two.
fn cells(ratio: f64, own: f64, width: u16) -> [u16; 2] {
    let all = halves(ratio, width).div_ceil(2);
    let own = own.min(ratio);
    if own.is_nan() || own <= 0.0 {
        return [all, 0];
    }
    if own >= ratio {
        return [0, all];
    }
    let own = halves(own, width).div_ceil(2).min(all.saturating_sub(1));
    [all - own, own]
}

/// True where only the left half of the last cell is filled.
fn ends_with_half(ratio: f64, width: u16) -> bool {
    halves(ratio, width) % 2 == 1
}

/// The half cells that a ratio fills.
fn halves(ratio: f64, width: u16) -> u16 {
    let width = width.min(u16::MAX / 2) * 2;
    if ratio <= 0.0 || width == 0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the width")]
    let halves = (ratio.min(1.0) * f64::from(width)).round() as u16;
    if ratio >= 1.0 { width } else { halves.clamp(1, width - 1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{screen, settings};
    use crate::tui::charset::Charset;
    use crate::tui::screen::{Screen, ScreenSettings};

    fn gauge(ratio: Option<f64>, own: f64, appearance: Appearance) -> LineGauge {
        LineGauge { ratio, own, role: Role::Bar, dimmed: false, heavy: false, appearance }
    }

    fn drawn(gauge: LineGauge, width: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        (&gauge).render(buffer.area, &mut buffer);
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    fn unicode(ratio: f64, own: f64) -> String {
        drawn(gauge(Some(ratio), own, screen().appearance), 10)
    }

    fn ascii() -> Appearance {
        Screen::new(ScreenSettings { charset: Charset::Ascii, ..settings() }).appearance
    }

    #[test]
    fn a_line_is_filled_by_half_cells_and_is_empty_or_full_only_for_none_and_all() {
        assert_eq!(
            [unicode(0.0, 0.0), unicode(1.0, 0.0), unicode(7.0, 0.0)],
            ["──────────", "━━━━━━━━━━", "━━━━━━━━━━"]
        );
        assert_eq!([unicode(0.001, 0.0), unicode(0.999, 0.0)], ["╸─────────", "━━━━━━━━━╸"]);
        assert_eq!([unicode(0.5, 0.0), unicode(0.55, 0.0)], ["━━━━━─────", "━━━━━╸────"]);
    }

    #[test]
    fn own_use_is_told_from_that_of_others() {
        assert_eq!([unicode(0.5, 0.2), unicode(0.5, 0.001)], ["━━━╍╍─────", "━━━━╍─────"]);
        assert_eq!([unicode(0.5, 0.499), unicode(0.5, 0.5)], ["━╍╍╍╍─────", "╍╍╍╍╍─────"]);
    }

    #[test]
    fn what_is_not_known_is_no_bar_at_all() {
        let appearance = screen().appearance;
        assert_eq!(drawn(gauge(None, 0.5, appearance), 4), "╌╌╌╌");
        assert_eq!(drawn(gauge(Some(f64::NAN), 0.0, appearance), 4), "╌╌╌╌");
    }

    #[test]
    fn ascii_has_a_character_for_each_part() {
        assert_eq!(drawn(gauge(Some(0.55), 0.2, ascii()), 10), "====~~----");
        assert_eq!(drawn(gauge(Some(0.55), 0.0, ascii()), 10), "======----");
        assert_eq!(drawn(gauge(None, 0.0, ascii()), 4), "....");
    }

    proptest! {
        #[test]
        fn a_gauge_fills_its_row_and_nothing_else(
            ratio in proptest::option::of(any::<f64>()), own in any::<f64>(), width in 0u16..30, height in 0u16..3,
        ) {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 3));
            let area = Rect::new(2, 1, width, height);
            (&gauge(ratio, own, screen().appearance)).render(area, &mut buffer);
            let row = Rect { height: height.min(1), ..area }.intersection(buffer.area);
            for position in buffer.area.positions() {
                prop_assert_eq!(buffer[position].symbol() != " ", row.contains(position));
            }
        }
    }
}
