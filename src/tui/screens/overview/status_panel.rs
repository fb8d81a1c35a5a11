//! Status panel: all that is to be said of the chosen environment, with what to do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::status::Severity;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::{fit, wrap};
use crate::wording::sentences::{self, Sentence, environment_name};

/// All that is to be said of an environment.
pub(in crate::tui) struct StatusPanel<'a> {
    pub environment: &'a EnvironmentSnapshot,
    pub told: &'a [Sentence],
    pub screen: &'a Screen,
}

/// All that is to be said of an environment: what is the matter with all first.
pub(in crate::tui) fn told(environment: &EnvironmentSnapshot, context: &ViewContext<'_>) -> Vec<Sentence> {
    let (snapshot, now, zone) = (context.snapshot, context.now, context.zone);
    let outage = sentences::outage(snapshot, now, zone);
    let refused = sentences::all_refused(snapshot, now, zone);
    let own = sentences::sentences_among(snapshot, environment, now, zone);
    outage.into_iter().chain(refused).chain(own).collect()
}

/// A sentence with its advice, for the keys that work here.
pub(in crate::tui) fn with_advice(sentence: &Sentence, screen: &Screen) -> String {
    match &sentence.advice {
        Some(advice) => format!("{} → {}", sentence.text, advice.at(&screen.audience())),
        None => sentence.text.clone(),
    }
}

impl Widget for &StatusPanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        let name = environment_name(&self.environment.environment.name);
        let label = self.environment.environment.label.as_deref().map(|label| format!(" · {label}"));
        let title = Line::from(vec![
            Span::styled(name, appearance.bold(Role::Text)),
            appearance.span(Role::Muted, label.unwrap_or_default()),
        ]);
        (&Panel::new(title, appearance)).render(area, buf);
        let inner = Panel::inner(area);
        let width = inner.width.saturating_sub(2);
        let mut rows = inner.rows().peekable();
        for sentence in self.told {
            let whole = with_advice(sentence, self.screen);
            let is_bad = sentence.severity > Severity::Ok;
            let mut written = 0;
            for (number, line) in wrap(&whole, width).into_iter().enumerate() {
                let Some(row) = rows.next() else { return };
                let start = whole.len() - whole[written..].trim_start().len();
                written = start + line.len();
                // The last row runs on, so that its cut is seen.
                let line = if rows.peek().is_none() { &whole[start..] } else { line };
                let advice_from = sentence.text.len().saturating_sub(start).min(line.len());
                let mark = if number == 0 && is_bad { appearance.mark(sentence.symbol()) } else { Span::raw(" ") };
                let spans = vec![
                    mark,
                    Span::raw(" "),
                    appearance.span(if is_bad { Role::Text } else { Role::Muted }, line[..advice_from].to_owned()),
                    appearance.span(Role::Muted, line[advice_from..].to_owned()),
                ];
                fit(Line::from(spans), row.width, appearance.symbols.ellipsis).render(row, buf);
            }
        }
    }
}
