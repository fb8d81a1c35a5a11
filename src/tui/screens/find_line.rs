//! The line in which a query for an environment is typed, at the foot.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::monitor::snapshot::Snapshot;
use crate::tui::environment_order::found_count;
use crate::tui::find::Find;
use crate::tui::screen::{Appearance, Screen};
use crate::tui::theme::Role;
use crate::tui::widgets::text::{columns, end_of};
use crate::wording::finding;

/// Keys that work here, and their effect.
const HINTS: [(&str, &str); 2] = [("Enter", " keep  "), ("Esc", " back")];

/// What stands before the query.
const LABEL: &str = " find ";

/// The query and what it finds.
pub(in crate::tui) struct FindLine<'a> {
    appearance: Appearance,
    query: &'a str,
    found: String,
}

impl<'a> FindLine<'a> {
    pub(in crate::tui) fn new(find: &'a Find, screen: &Screen, snapshot: &Snapshot) -> Self {
        let (query, all) = (find.query.text(), snapshot.environments.len());
        let found = if query.is_empty() { all } else { found_count(snapshot, query) };
        let beside = screen.shown(snapshot).len().saturating_sub(found);
        Self { appearance: screen.appearance, query, found: finding::found(found, all, beside) }
    }
}

impl Widget for &FindLine<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        Clear.render(area, buffer);
        let style = |role| self.appearance.style(role);
        let bold = |role| style(role).add_modifier(Modifier::BOLD);
        let hints = HINTS
            .iter()
            .flat_map(|(key, word)| [Span::styled(*key, bold(Role::Text)), Span::styled(*word, style(Role::Muted))]);
        let hints: Line<'_> = hints.collect();
        let hints_width = u16::try_from(hints.width()).unwrap_or(u16::MAX) + 1;
        let wanted = LABEL.len() + self.query.len() + self.found.len() + hints.width();
        let has_hints = wanted + 8 <= usize::from(area.width);
        let [typed_area, found_area, hints_area] = Layout::horizontal([
            Constraint::Fill(1),
            Constraint::Length(columns(&self.found)),
            Constraint::Length(if has_hints { hints_width } else { 0 }),
        ])
        .spacing(2)
        .areas(area);
        let room = typed_area.width.saturating_sub(columns(LABEL) + 1);
        let typed = vec![
            Span::styled(LABEL, style(Role::Label)),
            Span::styled(end_of(self.query, room, self.appearance.symbols.ellipsis), bold(Role::Text)),
            Span::styled(" ", Style::new().add_modifier(Modifier::REVERSED)),
        ];
        Line::from(typed).render(typed_area, buffer);
        Span::styled(&self.found, style(Role::Muted)).render(found_area, buffer);
        if has_hints {
            hints.render(hints_area, buffer);
        }
    }
}
