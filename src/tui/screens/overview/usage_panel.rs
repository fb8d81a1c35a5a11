//! Usage panel: the endpoints that the chosen key is used for, most called first.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::domain::activity::{EndpointTotal, SummarySpan};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::line_gauge::LineGauge;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::{columns, fit};
use crate::wording::format;
use crate::wording::sentences::{self, ratio};

/// More endpoints are told in the activity alone.
pub(in crate::tui) const ENDPOINTS_MAX: u16 = 6;

/// Endpoints that a key is used for.
pub(in crate::tui) struct UsagePanel<'a> {
    pub endpoints: &'a [EndpointTotal],
    /// Key that opens the activity.
    pub key: Option<String>,
    pub appearance: Appearance,
}

/// The endpoints of a day that others called, as far as they are known.
pub(in crate::tui) fn endpoints<'a>(
    environment: &'a EnvironmentSnapshot,
    context: &ViewContext<'_>,
) -> &'a [EndpointTotal] {
    let is_known = sentences::is_activity_known(environment, SummarySpan::Day, context.now);
    let record = environment.activity.record.as_ref().filter(|_| is_known);
    record.map(|record| record.summary(SummarySpan::Day).others.as_slice()).unwrap_or_default()
}

impl Widget for &UsagePanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let appearance = self.appearance;
        let title = Line::from(appearance.span(Role::Label, "who uses it, 24 h"));
        let corner = self.key.iter().map(|key| appearance.span(Role::Muted, key.clone()));
        (&Panel { corner: corner.collect(), ..Panel::new(title, appearance) }).render(area, buf);
        let most = self.endpoints.iter().map(|of| of.total.calls).max().unwrap_or(0);
        let names = self.endpoints.iter().map(|of| columns(&of.endpoint)).max().unwrap_or(0);
        for (of, row) in self.endpoints.iter().zip(Panel::inner(area).rows()) {
            let [name, _, calls, _, bar, errors] = Layout::horizontal([
                Constraint::Length(names.min(row.width / 2)),
                Constraint::Length(1),
                Constraint::Length(7),
                Constraint::Length(2),
                Constraint::Fill(1),
                Constraint::Length(9),
            ])
            .areas(row);
            let cell = |role, text: String, width| {
                fit(Line::from(appearance.span(role, text)), width, appearance.symbols.ellipsis)
            };
            cell(Role::Text, of.endpoint.clone(), name.width).render(name, buf);
            cell(Role::Text, format::count(of.total.calls), calls.width).right_aligned().render(calls, buf);
            let gauge = LineGauge {
                ratio: Some(ratio(of.total.calls, most)),
                own: 0.0,
                role: Role::Bar,
                dimmed: false,
                heavy: false,
                appearance,
            };
            (&gauge).render(bar, buf);
            let (role, text) = match of.total.errors {
                0 => (Role::Muted, "0 err".to_owned()),
                count => (Role::Warning, format!("{} err", format::count(count))),
            };
            cell(role, text, errors.width).right_aligned().render(errors, buf);
        }
    }
}
