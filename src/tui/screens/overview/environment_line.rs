//! One environment in one line, for the smallest terminals: name, symbol, credits.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::figures::UNKNOWN;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::known_values::is_current;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, fit};
use crate::wording::sentences::{self, StatusSymbol, environment_name};
use crate::wording::{format, times};

/// One environment in one line.
pub(in crate::tui) struct EnvironmentLine<'a> {
    pub environment: &'a EnvironmentSnapshot,
    pub is_chosen: bool,
    pub context: &'a ViewContext<'a>,
    pub appearance: Appearance,
}

impl Widget for &EnvironmentLine<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let (environment, appearance) = (self.environment, self.appearance);
        let (mark, status) = match sentences::headline(environment) {
            (StatusSymbol::Ok, _) if self.context.snapshot.paused => (StatusSymbol::Unknown, "paused".to_owned()),
            headline => headline,
        };
        let name_width = (area.width / 2).saturating_sub(1).min(20);
        let number = self.number(area.width.saturating_sub(name_width));
        let [name, _, status_area, number_area] = Layout::horizontal([
            Constraint::Length(name_width),
            Constraint::Length(1),
            Constraint::Fill(1),
            Constraint::Length(columns(&number) + 1),
        ])
        .areas(area);
        let style = if self.is_chosen {
            appearance.bold(Role::Accent).add_modifier(Modifier::REVERSED)
        } else {
            appearance.bold(Role::Text)
        };
        let ellipsis = appearance.symbols.ellipsis;
        let name_text = environment_name(&environment.environment.name);
        fit(Line::styled(name_text, style), name.width, ellipsis).render(name, buf);
        let status = if columns(&status) + 2 <= status_area.width { status } else { String::new() };
        let line = Line::from(vec![appearance.mark(mark), Span::raw(" "), appearance.span(mark.into(), status)]);
        line.render(status_area, buf);
        let role = if is_current(environment) { Role::Text } else { Role::Muted };
        let line = Line::from(appearance.span(role, number)).right_aligned();
        fit(line, number_area.width, ellipsis).render(number_area, buf);
    }
}

impl EnvironmentLine<'_> {
    /// Credits; those that are not of now stand with their age, or not at all.
    fn number(&self, room: u16) -> String {
        let credits = self.environment.account.as_ref().map(|account| account.credits_remaining);
        let whole = credits.map_or_else(|| UNKNOWN.to_owned(), format::credits);
        let number = if columns(&whole) > 7 { format::short(credits.unwrap_or_default()) } else { whole };
        match self.environment.polled_at.filter(|_| !self.environment.fresh) {
            None => number,
            Some(at) => {
                let read = times::short_ago(at, self.context.now);
                let dated = format!("{number}  {read}");
                if columns(&dated) + 4 <= room { dated } else { UNKNOWN.to_owned() }
            }
        }
    }
}
