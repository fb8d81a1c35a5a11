//! The framed chart of one environment: its credits, what was spent of them, and the requests.

mod requests;
mod spending;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::domain::account::Account;
use crate::domain::status::Flag;
use crate::domain::text::{LENGTH_MAX, sanitise};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::chart_range::ChartRange;
use crate::tui::hit_map::HitMap;
use crate::tui::screen::Screen;
use crate::tui::screens::range_names;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::area_chart::AreaChart;
use crate::tui::widgets::area_chart::axis_labels::AxisLabels;
use crate::tui::widgets::area_chart::time_axis::TimeAxis;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::{fit, wrap};
use crate::tui::widgets::time_bars::{TimeBar, TimeBars};
use crate::wording::charts;
use crate::wording::sentences::environment_name;

/// Credits over time with a frame around them.
#[derive(Clone, Debug)]
pub(in crate::tui) struct ChartPanel<'a> {
    /// The environment, which is the chosen one: the balances of the context are its.
    pub environment: &'a EnvironmentSnapshot,
    pub screen: &'a Screen,
    pub context: &'a ViewContext<'a>,
    /// What is told in the lower border.
    pub footer: Line<'a>,
}

/// Rows of the parts of a panel, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PanelRows {
    chart: u16,
    /// Heading and bars of the credits spent.
    spending: u16,
    /// Heading and bars of the requests by others.
    others: u16,
    /// Heading and bars of the requests by this monitor.
    own: u16,
}

impl PanelRows {
    /// Those of a height, of which some are for requests if these are known.
    fn of(height: u16, with_requests: bool) -> Self {
        let (spending, others, own) = match height {
            ..17 => (0, 0, 0),
            17..24 => (4, 0, 0),
            24..30 => (4, 3, 2),
            30..36 => (5, 4, 2),
            36.. => (6, 5, 3),
        };
        let (others, own) = if with_requests { (others, own) } else { (0, 0) };
        Self { chart: height - spending - others - own, spending, others, own }
    }
}

impl Widget for &ChartPanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        (&self.frame(area.width)).render(area, buf);
        let inner = area.inner(Margin::new(1, 1));
        if inner.is_empty() {
            return;
        }
        match self.nothing() {
            Some(text) => self.render_text(&text, inner, buf),
            None => self.render_charts(inner, buf),
        }
    }
}

impl ChartPanel<'_> {
    fn frame(&self, width: u16) -> Panel<'_> {
        let (title, corner) = self.titles(width);
        let heavy = self.environment.environment.name.is_production();
        Panel { corner, footer: self.footer.clone(), heavy, ..Panel::new(title, self.screen.appearance) }
    }

    /// Registers the names of the ranges, for clicks.
    pub(in crate::tui) fn register(&self, area: Rect, hits: &mut HitMap) {
        range_names::register(&self.frame(area.width), area, hits);
    }

    /// `PROD · Production - Main App · credits` and `24 h [7 d] 30 d 90 d`, or as much of them as there is room for.
    fn titles(&self, width: u16) -> (Line<'static>, Line<'static>) {
        let appearance = self.screen.appearance;
        let environment = &self.environment.environment;
        let name = Span::styled(environment_name(&environment.name), appearance.bold(Role::Text));
        let part = |text: &str| appearance.span(Role::Label, format!(" · {text}"));
        let label = environment.label.as_deref().map(|label| part(&sanitise(label, LENGTH_MAX)));
        let whole: Line<'_> = [Some(name.clone()), label, Some(part("credits"))].into_iter().flatten().collect();
        let titles = [whole, Line::from(vec![name.clone(), part("credits")]), Line::from(name)];
        range_names::fitting(&titles, self.screen, width)
    }

    fn render_text(&self, text: &str, area: Rect, buf: &mut Buffer) {
        let style = self.screen.appearance.style(Role::Muted);
        let lines: Vec<_> = wrap(text, area.width).into_iter().map(Line::raw).collect();
        let rows = Constraint::Length(u16::try_from(lines.len()).unwrap_or(u16::MAX));
        let [middle] = Layout::vertical([rows]).flex(Flex::Center).areas(area);
        Paragraph::new(lines).style(style).centered().render(middle, buf);
    }

    fn render_charts(&self, area: Rect, buf: &mut Buffer) {
        let Self { environment, screen, context, .. } = self;
        let forecast = environment.forecast.as_deref().filter(|_| environment.outdated_forecast().is_none());
        let forecast = forecast.filter(|forecast| forecast.exhaustion().is_some());
        let columns = area.width - AxisLabels::of(area.width).width;
        let axis = TimeAxis::new(screen.chart_range(), context.now, forecast.is_some(), columns);
        let requests = requests::bars(environment, &axis);
        let rows = PanelRows::of(area.height, requests.is_some());
        let [chart, spending, others, own] =
            Layout::vertical([rows.chart, rows.spending, rows.others, rows.own].map(Constraint::Length)).areas(area);
        let chart_of_balances = AreaChart {
            points: context.credits,
            most: environment.account.as_ref().and_then(Account::allowance).unwrap_or(0.0),
            axis,
            forecast,
            role: role(environment),
            zone: context.zone,
            appearance: screen.appearance,
        };
        chart_of_balances.render(chart, buf);
        if rows.spending > 0 {
            let bars = spending::bars(&axis, context);
            let today = bars.last().and_then(|bar| bar.amount);
            let (heading, today) = charts::credits_spent(axis.range() == ChartRange::Day, today);
            self.render_bars(heading, today.as_deref(), &bars, Role::Muted, axis, spending, buf);
        }
        if let Some([by_others, by_us]) = requests.filter(|_| rows.others > 0) {
            let [of_others, of_us] = charts::REQUESTS;
            self.render_bars(of_others, None, &by_others, Role::Bar, axis, others, buf);
            self.render_bars(of_us, None, &by_us, Role::BarOwn, axis, own, buf);
        }
    }

    /// Bars under a heading.
    #[expect(clippy::too_many_arguments, reason = "they are what differs between the bars of a panel")]
    fn render_bars(
        &self,
        heading: &str,
        more: Option<&str>,
        bars: &[TimeBar],
        role: Role,
        axis: TimeAxis,
        area: Rect,
        buf: &mut Buffer,
    ) {
        let appearance = self.screen.appearance;
        let [head, plot] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        let labels = AxisLabels::of(area.width).width;
        let head = Rect { x: head.x + labels, width: head.width.saturating_sub(labels), ..head };
        let more = more.map(|more| format!("  {more}")).unwrap_or_default();
        let line = Line::from(vec![
            Span::styled(heading, appearance.style(Role::Label)),
            Span::styled(more, appearance.style(Role::Muted)),
        ]);
        fit(line, head.width, appearance.symbols.ellipsis).render(head, buf);
        (&TimeBars { bars, axis, role, appearance }).render(plot, buf);
    }

    /// Text in the place of a chart without a sample.
    fn nothing(&self) -> Option<String> {
        let Self { environment, screen, context, .. } = self;
        let range = screen.chart_range();
        let start = TimeAxis::new(range, context.now, false, 1).start();
        let newest = context.credits.last().map(|point| point.at);
        if newest.is_some_and(|at| at >= start) {
            return None;
        }
        let last: Option<Timestamp> = newest.max(environment.polled_at);
        Some(charts::without_samples(range.as_str(), start, last, context.now, context.zone))
    }
}

/// Role of the area: that of what is the matter with the credits, if anything is.
fn role(environment: &EnvironmentSnapshot) -> Role {
    let has = |flags: &[Flag]| environment.flags.iter().any(|flag| flags.contains(flag));
    if has(&[Flag::CreditsOut, Flag::CreditsCritical]) {
        Role::Critical
    } else if has(&[Flag::CreditsLow, Flag::RunsOutBeforeReset]) {
        Role::Warning
    } else {
        // So large an area of a bar's own role would be the loudest there is.
        Role::Muted
    }
}

#[cfg(test)]
mod tests;
