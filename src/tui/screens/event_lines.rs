//! Lines of events: time, environment, symbol and text, in columns.

use ratatui::text::{Line, Span};

use crate::domain::log_entry::LogEntry;
use crate::domain::status::Severity;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, cut, fit, wrap};
use crate::wording::events;
use crate::wording::sentences::{StatusSymbol, environment_name};

/// Columns of `14:32`, `Fri`, `30 Nov`, and a blank.
const TIME_WIDTH: u16 = 7;
/// Longer names are cut.
const NAME_WIDTH_MAX: u16 = 12;

/// An event, and its time as it is shown.
pub(super) struct TimedEvent<'a> {
    pub entry: &'a LogEntry,
    pub time: String,
}

/// Columns that events share.
pub(super) struct EventLines<'a> {
    pub context: &'a ViewContext<'a>,
    pub appearance: Appearance,
    /// Columns of all.
    pub width: u16,
    /// True where a long text goes on in further lines; else it is cut.
    pub wraps: bool,
}

impl EventLines<'_> {
    /// The lines of some events, in their order.
    pub(super) fn of(&self, events: &[TimedEvent<'_>]) -> Vec<Line<'static>> {
        let time = events.iter().map(|event| columns(&event.time) + 1).max().unwrap_or(0).max(TIME_WIDTH);
        let names = events.iter().map(|event| columns(&name(event.entry))).max().unwrap_or(0).min(NAME_WIDTH_MAX);
        let name = if names > 0 { names + 1 } else { 0 };
        events.iter().flat_map(|event| self.lines(event, time, name)).collect()
    }

    fn lines(&self, event: &TimedEvent<'_>, time_width: u16, name_width: u16) -> Vec<Line<'static>> {
        let appearance = self.appearance;
        let ellipsis = appearance.symbols.ellipsis;
        let TimedEvent { entry, time } = event;
        let text = events::event(entry, self.context.now, self.context.zone);
        let before_text = time_width + name_width + 2;
        let parts = if self.wraps { wrap(&text, self.width.saturating_sub(before_text)) } else { vec![text.as_str()] };
        let lines = parts.into_iter().enumerate().map(|(number, part)| {
            let mut line = Line::default();
            if number == 0 {
                let name = name(entry);
                let name = cut(&name, name_width.saturating_sub(1), ellipsis);
                line.push_span(appearance.span(Role::Muted, padded(time, time_width)));
                line.push_span(appearance.span(Role::Label, padded(&name, name_width)));
                let is_marked = entry.severity != Severity::Ok;
                line.push_span(if is_marked {
                    appearance.mark(StatusSymbol::from(entry.severity))
                } else {
                    Span::raw(" ")
                });
                line.push_span(" ");
            } else {
                line.push_span(padded("", before_text));
            }
            line.push_span(appearance.span(Role::Text, part.to_owned()));
            fit(line, self.width, ellipsis)
        });
        lines.collect()
    }
}

/// A text with blanks up to a width.
fn padded(text: &str, width: u16) -> String {
    let blanks = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(usize::from(blanks)))
}

fn name(entry: &LogEntry) -> String {
    entry.environment.as_ref().map(|environment| environment_name(&environment.name)).unwrap_or_default()
}
