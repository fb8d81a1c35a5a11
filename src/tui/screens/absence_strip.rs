//! The strip that tells what happened while nobody touched a key.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::domain::status::Severity;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::widgets::text::fit;
use crate::wording::absence::{AbsenceReport, while_away};
use crate::wording::sentences::StatusSymbol;

/// What happened, on one row.
pub(in crate::tui) struct AbsenceStrip<'a> {
    pub appearance: Appearance,
    pub report: &'a AbsenceReport,
}

impl Widget for &AbsenceStrip<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let severity = match self.report {
            AbsenceReport { critical: 1.., .. } => Severity::Critical,
            AbsenceReport { warnings: 1.., .. } => Severity::Warning,
            _ => Severity::Ok,
        };
        let mark = StatusSymbol::from(severity);
        let mark_style = self.appearance.style(mark.into()).add_modifier(Modifier::BOLD);
        let text = while_away(self.report);
        let line = Line::from(vec![
            Span::raw(" "),
            Span::styled(self.appearance.symbols.mark(mark), mark_style),
            Span::raw(" "),
            Span::styled(text, self.appearance.style(Role::Text).add_modifier(Modifier::BOLD)),
        ]);
        Clear.render(area, buffer);
        fit(line, area.width, self.appearance.symbols.ellipsis).render(area, buffer);
    }
}
