//! The help: the keys that work here by group, made from the keymap, and what symbols and gauges mean.

mod block;
mod legend;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use strum::VariantArray as _;

use crate::tui::keymap::{KeyGroup, UiCommand, key_names};
use crate::tui::mouse::MouseOwner;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::scroll_panel::ScrollPanel;
use crate::tui::widgets::text::{fit, wrap};
use block::{HelpBlock, HelpEntry, balanced};

/// Columns in which a column of the help reads well.
const COLUMN_WIDTH: u16 = 56;
/// More columns would be harder to read than one that is scrolled.
const COLUMNS_MAX: u16 = 3;
/// Columns between two columns of the help.
const SPACING: u16 = 3;

/// Help in a frame.
pub(in crate::tui) struct HelpScreen<'a> {
    pub screen: &'a Screen,
    /// Lines above those that are seen.
    pub scrolled: u16,
}

impl HelpScreen<'_> {
    /// Number of lines in a frame of that width.
    pub(in crate::tui) fn count(&self, width: u16) -> usize {
        self.columns(width.saturating_sub(ScrollPanel::COLUMNS_AROUND)).iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The keys that do something here.
    fn groups(&self) -> Vec<HelpBlock> {
        let screen = self.screen;
        let works = |command| {
            screen.permits(command) && (command != UiCommand::Mouse || screen.mouse != MouseOwner::TerminalAlways)
        };
        let entries = |group| {
            let bindings = screen.keymap.bindings();
            let bindings = bindings.filter(|(binding, chords)| {
                binding.command.group() == group && works(binding.command) && !chords.is_empty()
            });
            let key = |chords| Span::styled(key_names(chords).join(" "), screen.appearance.bold(Role::Text));
            bindings
                .map(|(binding, chords)| HelpEntry { sample: Line::from(key(chords)), meaning: binding.help })
                .collect()
        };
        let block = |group: &KeyGroup| HelpBlock { title: group.title(), entries: entries(*group) };
        KeyGroup::VARIANTS.iter().map(block).filter(|block| !block.entries.is_empty()).collect()
    }

    /// The lines of each column of the help: what symbols mean has one of its own where there are three.
    fn columns(&self, width: u16) -> Vec<Vec<Line<'static>>> {
        let count = ((width + SPACING) / (COLUMN_WIDTH + SPACING)).clamp(1, COLUMNS_MAX);
        let column_width = (width + SPACING) / count - SPACING.min(width);
        let (mut groups, legend) = (self.groups(), legend::blocks(self.screen.appearance));
        let columns = if count < COLUMNS_MAX {
            groups.extend(legend);
            balanced(groups, usize::from(count))
        } else {
            let mut columns = balanced(groups, usize::from(count) - 1);
            columns.push(legend);
            columns
        };
        columns.iter().map(|blocks| self.lines(blocks, column_width)).collect()
    }

    fn lines(&self, blocks: &[HelpBlock], width: u16) -> Vec<Line<'static>> {
        let appearance = self.screen.appearance;
        let samples =
            blocks.iter().flat_map(|block| &block.entries).map(|entry| entry.sample.width()).max().unwrap_or(0);
        let indent = u16::try_from(samples + 2).unwrap_or(u16::MAX).min(width / 2);
        let mut lines = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            lines.extend((number > 0).then(Line::default));
            lines.push(Line::from(Span::styled(block.title, appearance.bold(Role::Accent))));
            for entry in &block.entries {
                let sample = fit(entry.sample.clone(), indent.saturating_sub(2), appearance.symbols.ellipsis);
                let gap = usize::from(indent).saturating_sub(sample.width());
                let mut start = Line { spans: sample.spans, ..Line::default() };
                start.push_span(" ".repeat(gap));
                for part in wrap(entry.meaning, width - indent) {
                    let mut line = std::mem::replace(&mut start, Line::raw(" ".repeat(usize::from(indent))));
                    line.push_span(appearance.span(Role::Text, part));
                    lines.push(line);
                }
            }
        }
        lines
    }
}

impl Widget for &HelpScreen<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        let title = Span::styled("help", appearance.bold(Role::Text));
        let panel = Panel::new(title, appearance);
        let frame = ScrollPanel { panel, count: self.count(area.width), scrolled: self.scrolled };
        (&frame).render(area, buf);
        let (inner, first) = frame.window(area);
        let columns = self.columns(inner.width);
        let areas = Layout::horizontal(columns.iter().map(|_| Constraint::Fill(1))).spacing(SPACING).split(inner);
        for (lines, area) in columns.into_iter().zip(areas.iter()) {
            for (line, row) in lines.into_iter().skip(first).zip(area.rows()) {
                line.render(row, buf);
            }
        }
    }
}

#[cfg(test)]
mod tests;
