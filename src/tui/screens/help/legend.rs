//! Legend: what symbols, gauges and the chart mean.

use ratatui::text::{Line, Span};

use super::block::{HelpBlock, HelpEntry};
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::wording::sentences::StatusSymbol;

/// Cells of a gauge that show what it looks like.
const SAMPLE_WIDTH: usize = 4;

/// All blocks of the legend.
pub(super) fn blocks(appearance: Appearance) -> Vec<HelpBlock> {
    let symbols = appearance.symbols;
    let mark = |mark, meaning| HelpEntry { sample: Line::from(appearance.mark(mark)), meaning };
    let sample = |parts: &[(&str, Role)], meaning| {
        let repeated =
            |(symbol, role): &(&str, Role)| appearance.span(*role, symbol.repeat(SAMPLE_WIDTH / parts.len()));
        HelpEntry { sample: parts.iter().map(repeated).collect::<Vec<Span<'_>>>().into(), meaning }
    };
    let one = |symbol, meaning| HelpEntry { sample: Line::from(appearance.span(Role::Muted, symbol)), meaning };
    let [_, low, .., whole] = symbols.levels;
    let [sure, likely, possible] = symbols.forecast;
    vec![
        HelpBlock {
            title: "symbols",
            entries: vec![
                mark(StatusSymbol::Ok, "all is well"),
                mark(StatusSymbol::Warning, "worth a look"),
                mark(StatusSymbol::Critical, "someone must act"),
                mark(StatusSymbol::Unknown, "unknown"),
                mark(StatusSymbol::NoKey, "no key"),
            ],
        },
        HelpBlock {
            title: "gauges",
            entries: vec![
                sample(&[(symbols.line, Role::Bar)], "credits left, requests by your apps, days of the key's life"),
                sample(&[(symbols.line_own, Role::BarOwn)], "requests by this monitor"),
                sample(&[(symbols.line_track, Role::Track)], "the rest"),
                sample(&[(symbols.line_unknown, Role::Track)], "unknown"),
            ],
        },
        HelpBlock {
            title: "chart",
            entries: vec![
                sample(&[(whole, Role::Muted), (low, Role::Muted)], "credits of the past"),
                sample(&[(sure, Role::Muted)], "credits to come, nine times in ten"),
                sample(&[(likely, Role::Muted)], "credits to come, as often as not"),
                sample(&[(possible, Role::Muted)], "credits to come, once in ten"),
                sample(&[(symbols.hatch, Role::Track)], "unknown"),
                one(symbols.reset, "credits rose, or will be refilled"),
                one(symbols.moment, "the day of the refill"),
            ],
        },
    ]
}
