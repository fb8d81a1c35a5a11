//! The help, made from the keymap, and the addresses of the web pages.

use ratatui::layout::Rect;

use super::paint::{Painter, columns};
use super::{BILLING_PAGE, KEYS_PAGE};
use crate::tui::keymap::spelled;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::wording::sentences::Mark;

/// A line of the help.
pub(super) enum Line {
    Heading(&'static str),
    Key(String, &'static str),
    Mark(Mark, &'static str),
    Bar(Sample, &'static str),
    Blank,
}

/// A piece of a bar, to say what it means.
#[derive(Clone, Copy)]
pub(super) enum Sample {
    Others,
    Own,
    Left,
    Unknown,
    Forecast,
    Reset,
}

const LEGEND: [Line; 17] = [
    Line::Blank,
    Line::Heading("symbols"),
    Line::Mark(Mark::Ok, "all is well"),
    Line::Mark(Mark::Warning, "worth a look"),
    Line::Mark(Mark::Critical, "someone must act"),
    Line::Mark(Mark::Unknown, "unknown"),
    Line::Mark(Mark::NoKey, "no key"),
    Line::Blank,
    Line::Heading("bars"),
    Line::Bar(Sample::Others, "credits left; requests used by others; days the key has lived"),
    Line::Bar(Sample::Own, "requests used by this monitor"),
    Line::Bar(Sample::Left, "the rest"),
    Line::Bar(Sample::Unknown, "not known"),
    Line::Blank,
    Line::Heading("chart"),
    Line::Bar(
        Sample::Forecast,
        "the days to come: the forecast, and in sparser dots the ends of its likely range (8 in 10)",
    ),
    Line::Bar(Sample::Reset, "the balance rose, or will be filled up"),
];

/// All lines of the help.
pub(super) fn lines(screen: &Screen) -> Vec<Line> {
    let keys = screen
        .keymap
        .bindings()
        .filter(|(entry, chords)| screen.offers(entry) && !chords.is_empty())
        .map(|(entry, chords)| Line::Key(spelled(chords).join(" "), entry.help));
    std::iter::once(Line::Heading("keys")).chain(keys).chain(LEGEND).collect()
}

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, screen: &Screen, scrolled: u16) {
    let lines = lines(screen);
    let key_width = lines.iter().map(|line| if let Line::Key(keys, _) = line { columns(keys) } else { 0 }).max();
    let indent = key_width.unwrap_or(0).min(area.width / 2) + 3;
    let top = area.y + u16::from(area.height > 4);
    for (line, y) in lines.iter().skip(usize::from(scrolled)).zip(top..area.bottom()) {
        paint_line(painter, Rect { x: area.x + 1, y, width: area.width.saturating_sub(2), height: 1 }, indent, line);
    }
}

fn paint_line(painter: &mut Painter<'_>, row: Rect, indent: u16, line: &Line) {
    let (text, label, muted) = (painter.style(Role::Text), painter.style(Role::Label), painter.style(Role::Muted));
    let x = row.x + indent;
    let room = row.right().saturating_sub(x);
    match line {
        Line::Blank => {}
        Line::Heading(heading) => {
            painter.text(row.x, row.y, row.width, heading, label);
        }
        Line::Key(keys, help) => {
            painter.text(row.x, row.y, indent.saturating_sub(2), keys, painter.bold(Role::Text));
            painter.text(x, row.y, room, help, text);
        }
        Line::Mark(mark, meaning) => {
            painter.marked(row.x, row.y, 1, *mark, "", text);
            painter.text(x, row.y, room, meaning, text);
        }
        Line::Bar(sample, meaning) => {
            let symbols = painter.look().symbols;
            let (symbol, style) = match sample {
                Sample::Others => (symbols.bar, painter.style(Role::Bar)),
                Sample::Own => (symbols.bar_own, painter.style(Role::BarOwn)),
                Sample::Left => (symbols.track, muted),
                Sample::Unknown => (symbols.hatch, muted),
                Sample::Forecast => (symbols.future, muted),
                Sample::Reset => (symbols.reset, text),
            };
            let width = if matches!(sample, Sample::Reset) { 1 } else { 4 };
            painter.fill(row.x, row.y, width.min(row.width), symbol, style);
            painter.text(x, row.y, room, meaning, text);
        }
    }
}

/// The addresses of the web pages, over the dashboard.
pub(super) fn paint_console(painter: &mut Painter<'_>, body: Rect) {
    let inner = painter.dialog(body, "web pages", &painter.look().symbols.border, 58, 4);
    let rows = [("keys", KEYS_PAGE), ("credits", BILLING_PAGE)];
    for ((label, address), y) in rows.into_iter().zip((inner.y + 1..).take(usize::from(inner.height))) {
        painter.text(inner.x, y, inner.width, label, painter.style(Role::Label));
        painter.text(inner.x + 9, y, inner.width.saturating_sub(9), address, painter.style(Role::Text));
    }
}
