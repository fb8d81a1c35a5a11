//! The help, made from the keymap.

use ratatui::layout::Rect;

use super::painter::Painter;
use crate::tui::keymap::key_names;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::widgets::text::columns;
use crate::wording::sentences::StatusSymbol;

/// A line of the help.
pub(super) enum HelpLine {
    Heading(&'static str),
    Key(String, &'static str),
    Mark(StatusSymbol, &'static str),
    Bar(LegendBar, &'static str),
    Blank,
}

/// A piece of a bar, to say what it means.
#[derive(Clone, Copy)]
pub(super) enum LegendBar {
    Others,
    Own,
    Left,
    Unknown,
    Forecast,
    Reset,
}

const LEGEND: [HelpLine; 17] = [
    HelpLine::Blank,
    HelpLine::Heading("symbols"),
    HelpLine::Mark(StatusSymbol::Ok, "all is well"),
    HelpLine::Mark(StatusSymbol::Warning, "worth a look"),
    HelpLine::Mark(StatusSymbol::Critical, "someone must act"),
    HelpLine::Mark(StatusSymbol::Unknown, "unknown"),
    HelpLine::Mark(StatusSymbol::NoKey, "no key"),
    HelpLine::Blank,
    HelpLine::Heading("bars"),
    HelpLine::Bar(LegendBar::Others, "credits left; requests used by others; days the key has lived"),
    HelpLine::Bar(LegendBar::Own, "requests used by this monitor"),
    HelpLine::Bar(LegendBar::Left, "the rest"),
    HelpLine::Bar(LegendBar::Unknown, "not known"),
    HelpLine::Blank,
    HelpLine::Heading("chart"),
    HelpLine::Bar(
        LegendBar::Forecast,
        "credits to come: those left nine times in ten, as often as not, and once in ten",
    ),
    HelpLine::Bar(LegendBar::Reset, "the balance rose, or will be filled up"),
];

/// All lines of the help.
pub(super) fn lines(screen: &Screen) -> Vec<HelpLine> {
    let keys = screen
        .keymap
        .bindings()
        .filter(|(binding, chords)| screen.permits(binding.command) && !chords.is_empty())
        .map(|(binding, chords)| HelpLine::Key(key_names(chords).join(" "), binding.help));
    std::iter::once(HelpLine::Heading("keys")).chain(keys).chain(LEGEND).collect()
}

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, screen: &Screen, scrolled: u16) {
    let lines = lines(screen);
    let key_width = lines.iter().map(|line| if let HelpLine::Key(keys, _) = line { columns(keys) } else { 0 }).max();
    let indent = key_width.unwrap_or(0).min(area.width / 2) + 3;
    let top = area.y + u16::from(area.height > 4);
    for (line, y) in lines.iter().skip(usize::from(scrolled)).zip(top..area.bottom()) {
        paint_line(painter, Rect { x: area.x + 1, y, width: area.width.saturating_sub(2), height: 1 }, indent, line);
    }
}

fn paint_line(painter: &mut Painter<'_>, row: Rect, indent: u16, line: &HelpLine) {
    let (text, label, muted) = (painter.style(Role::Text), painter.style(Role::Label), painter.style(Role::Muted));
    let x = row.x + indent;
    let room = row.right().saturating_sub(x);
    match line {
        HelpLine::Blank => {}
        HelpLine::Heading(heading) => {
            painter.text(row.x, row.y, row.width, heading, label);
        }
        HelpLine::Key(keys, help) => {
            painter.text(row.x, row.y, indent.saturating_sub(2), keys, painter.bold(Role::Text));
            painter.text(x, row.y, room, help, text);
        }
        HelpLine::Mark(mark, meaning) => {
            painter.marked(row.x, row.y, 1, *mark, "", text);
            painter.text(x, row.y, room, meaning, text);
        }
        HelpLine::Bar(sample, meaning) => {
            let (symbols, bar) = (painter.appearance().symbols, painter.style(Role::Bar));
            let (symbol, style) = match sample {
                LegendBar::Others => (symbols.bar, bar),
                LegendBar::Own => (symbols.bar_own, painter.style(Role::BarOwn)),
                LegendBar::Left => (symbols.track, muted),
                LegendBar::Unknown => (symbols.hatch, muted),
                LegendBar::Forecast => (symbols.forecast[0], bar),
                LegendBar::Reset => (symbols.reset, text),
            };
            let width = if matches!(sample, LegendBar::Reset) { 1 } else { 4 };
            painter.fill(row.x, row.y, width.min(row.width), symbol, style);
            if matches!(sample, LegendBar::Forecast) && row.width >= width {
                painter.line(row.x + 2, row.y, 2, &[(symbols.forecast[1], bar), (symbols.forecast[2], bar)]);
            }
            painter.text(x, row.y, room, meaning, text);
        }
    }
}
