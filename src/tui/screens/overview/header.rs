//! Header: the product, how many environments are how, the date and the time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::attention::Attention;
use crate::domain::status::{Severity, Status};
use crate::tui::screen::{Appearance, Screen};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::split_line::SplitLine;
use crate::tui::widgets::text::columns;
use crate::wording::sentences::{self, StatusSymbol};
use crate::wording::times;

/// From this width on the header says the name of the product, and the day.
const WHOLE_FROM: u16 = 60;

/// The line at the top.
pub(in crate::tui) struct Header<'a> {
    pub attention: &'a Attention,
    /// True where the worst has no row of its own.
    pub tells_worst: bool,
    pub screen: &'a Screen,
    pub context: &'a ViewContext<'a>,
}

impl Widget for &Header<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let row = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let right = clock(self.screen.appearance, self.context, area.width);
        let room = row.width.saturating_sub(u16::try_from(right.width()).unwrap_or(0) + 2);
        let left = self.left(area.width, room);
        (&SplitLine { left, right, ellipsis: self.screen.appearance.symbols.ellipsis }).render(row, buf);
    }
}

impl Header<'_> {
    fn left(&self, width: u16, room: u16) -> Line<'static> {
        let appearance = self.screen.appearance;
        let mut line = Line::default();
        if width >= WHOLE_FROM {
            line.push_span(Span::styled("trackyard", appearance.bold(Role::Text)));
            line.push_span("   ");
        }
        let room = room.saturating_sub(u16::try_from(line.width()).unwrap_or(room));
        if let Some(worst) = self.attention.items.first() {
            if self.tells_worst {
                let name = if worst.name.is_empty() { String::new() } else { format!("{}: ", worst.name) };
                let more = self.attention.count - 1;
                let more = if more > 0 { format!("  +{more}") } else { String::new() };
                let room = room.saturating_sub(2 + columns(&name) + columns(&more));
                let text = worst.sentence.fitting(|form| columns(form) <= room).to_owned();
                line.extend([appearance.mark(worst.mark), Span::raw(" ")]);
                line.push_span(Span::styled(name, appearance.bold(worst.mark.into())));
                line.push_span(appearance.span(Role::Text, text));
                line.push_span(appearance.span(Role::Muted, more));
            } else {
                line.extend(self.counts());
            }
        } else {
            let (mark, role, text) = self.calm(room);
            line.extend([appearance.mark(mark), appearance.span(role, format!(" {text}"))]);
        }
        line
    }

    /// `3 keys · 1 critical · 1 warning`
    fn counts(&self) -> Vec<Span<'static>> {
        let appearance = self.screen.appearance;
        let environments = &self.context.snapshot.environments;
        let keys = environments.iter().filter(|environment| environment.status != Status::NoKey).count();
        let mut spans = vec![appearance.span(Role::Muted, format!("{keys} key{}", if keys == 1 { "" } else { "s" }))];
        let of_machine = self.context.notices.iter().map(|notice| notice.severity);
        let counted = environments.iter().filter(|one| one.requested || one.status != Status::NoKey);
        let severities: Vec<_> = counted.map(|environment| environment.severity).chain(of_machine).collect();
        for (severity, word) in
            [(Severity::Critical, "critical"), (Severity::Unknown, "unknown"), (Severity::Warning, "warning")]
        {
            let count = severities.iter().filter(|one| **one == severity).count();
            if count > 0 {
                let plural = if severity == Severity::Warning && count > 1 { "s" } else { "" };
                let mark = StatusSymbol::from(severity);
                spans.push(appearance.span(Role::Muted, " · "));
                spans.push(Span::styled(format!("{count} {word}{plural}"), appearance.bold(mark.into())));
            }
        }
        spans
    }

    /// The all-clear, in the form that has room.
    fn calm(&self, room: u16) -> (StatusSymbol, Role, String) {
        if self.context.is_first_start() {
            return (StatusSymbol::NoKey, Role::Text, "no key yet".to_owned());
        }
        match sentences::all_clear(self.context.snapshot) {
            sentences::AllClear::Well => (StatusSymbol::Ok, Role::Text, "all is well".to_owned()),
            sentences::AllClear::Paused => (StatusSymbol::Unknown, Role::Text, "paused: nothing is polled".to_owned()),
            sentences::AllClear::Watched { text, brief } => {
                (StatusSymbol::NoKey, Role::Text, if columns(&text) + 2 <= room { text } else { brief })
            }
        }
    }
}

/// The date and the time, and that polls are paused.
fn clock(appearance: Appearance, context: &ViewContext<'_>, width: u16) -> Line<'static> {
    let (day, clock) = times::header(context.now, context.zone);
    let mut line = Line::default();
    if context.snapshot.paused {
        line.push_span(Span::styled("polls paused", appearance.bold(Role::Accent)));
        line.push_span("   ");
    }
    if width >= if context.snapshot.paused { 100 } else { WHOLE_FROM } {
        line.push_span(appearance.span(Role::Muted, format!("{day} ")));
    }
    line.push_span(appearance.span(Role::Text, clock));
    line
}
