//! Activity of the chosen environment's key: the calls of a span by endpoint, this monitor's apart.

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use strum::IntoStaticStr;

use super::range_names;
use crate::domain::activity::{EndpointTotal, SummarySpan, UsageSummary, UsageTotal};
use crate::tui::chart_range::ChartRange;
use crate::tui::hit_map::HitMap;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::line_gauge::LineGauge;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::scroll_panel::ScrollPanel;
use crate::tui::widgets::text::{columns, fit, wrap};
use crate::wording::format;
use crate::wording::sentences::{self, StatusSymbol, environment_name, ratio};

/// Activity of the chosen environment in a frame.
pub(in crate::tui) struct ActivityScreen<'a> {
    pub screen: &'a Screen,
    pub context: &'a ViewContext<'a>,
    /// Lines above those that are seen.
    pub scrolled: u16,
}

/// The name of an endpoint stands in at least so many columns.
const NAME_WIDTH_MIN: u16 = 12;
/// A shorter bar says nothing, a longer one no more.
const BAR_WIDTH: (u16, u16) = (8, 40);

/// A line of the activity.
#[derive(Debug)]
pub(in crate::tui) enum ActivityLine {
    Blank,
    State(Option<StatusSymbol>, String),
    /// The names of the columns, with whose calls follow, and whether shares are told of them.
    Head(&'static str, bool),
    /// Nothing is listed.
    None(&'static str),
    /// An endpoint, and the part of the calls that are its.
    Row(EndpointTotal, Option<f64>),
    Sum(UsageTotal),
}

/// A column of numbers.
#[derive(Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
enum ActivityColumn {
    Calls,
    Errors,
    Share,
    Credits,
    Answer,
    Slowest,
}

impl ActivityColumn {
    /// The most telling first.
    const RANKED: [Self; 6] = [Self::Calls, Self::Errors, Self::Credits, Self::Answer, Self::Share, Self::Slowest];
    /// From left to right.
    const PLACED: [Self; 6] = [Self::Calls, Self::Share, Self::Errors, Self::Credits, Self::Answer, Self::Slowest];

    /// With the gap before it.
    fn width(self) -> u16 {
        match self {
            Self::Share => 7,
            Self::Errors => 8,
            Self::Calls | Self::Credits | Self::Answer | Self::Slowest => 9,
        }
    }

    fn value(self, total: &UsageTotal, share: Option<f64>) -> String {
        match self {
            Self::Calls => number(total.calls),
            Self::Errors => number(total.errors),
            Self::Share => share.map(format::percent).unwrap_or_default(),
            Self::Credits => fitting(format::credits(total.credits), total.credits),
            Self::Answer => time(total.mean()),
            Self::Slowest => time((total.timed > 0).then_some(total.slowest)),
        }
    }
}

/// Columns that there is room for.
struct ActivityGrid {
    name: u16,
    columns: Vec<ActivityColumn>,
    bar: u16,
}

impl ActivityGrid {
    fn new(width: u16, names: u16) -> Self {
        let mut left = width.saturating_sub(NAME_WIDTH_MIN);
        let mut chosen = Vec::new();
        for column in ActivityColumn::RANKED {
            // The name is worth more than the last columns.
            let wanted = if chosen.len() < 2 { 0 } else { names.saturating_sub(NAME_WIDTH_MIN) };
            if left >= column.width() + wanted {
                left -= column.width();
                chosen.push(column);
            }
        }
        let name = names.clamp(NAME_WIDTH_MIN, NAME_WIDTH_MIN + left).min(width);
        let rest = (NAME_WIDTH_MIN + left).saturating_sub(name + 2);
        let bar =
            if rest >= BAR_WIDTH.0 && chosen.contains(&ActivityColumn::Share) { rest.min(BAR_WIDTH.1) } else { 0 };
        Self {
            name,
            columns: ActivityColumn::PLACED.into_iter().filter(|column| chosen.contains(column)).collect(),
            bar,
        }
    }
}

fn table(summary: &UsageSummary, lines: &mut Vec<ActivityLine>) {
    let all = summary.by_others();
    lines.extend([ActivityLine::Blank, ActivityLine::Head("by others", true)]);
    let share = |of: &EndpointTotal| Some(ratio(of.total.calls, all.calls));
    lines.extend(summary.others.iter().map(|of| ActivityLine::Row(of.clone(), share(of))));
    match summary.others.len() {
        0 => lines.push(ActivityLine::None("none")),
        1 => {}
        _ => lines.push(ActivityLine::Sum(all)),
    }
    lines.extend([ActivityLine::Blank, ActivityLine::Head("this monitor", false)]);
    lines.extend(summary.own.iter().map(|of| ActivityLine::Row(of.clone(), None)));
    if summary.own.is_empty() {
        lines.push(ActivityLine::None("none"));
    }
}

impl ActivityScreen<'_> {
    /// Frame around all, its title with the names of the ranges.
    fn frame(&self, width: u16) -> Panel<'static> {
        let appearance = self.screen.appearance;
        let Some(environment) = self.screen.chosen(self.context.snapshot) else {
            return Panel::new(Line::default(), appearance);
        };
        let name = Span::styled(environment_name(&environment.environment.name), appearance.bold(Role::Text));
        let part = |text: &str| appearance.span(Role::Label, format!(" · {text}"));
        let whole = format!("activity, {}", self.screen.chart_range().as_str());
        let titles = [vec![name.clone(), part(&whole)], vec![name.clone(), part("activity")], vec![name]];
        let (title, corner) = range_names::fitting(&titles.map(Line::from), self.screen, width);
        let heavy = environment.environment.name.is_production();
        Panel { corner, heavy, ..Panel::new(title, appearance) }
    }

    /// Registers the names of the ranges, for clicks.
    pub(in crate::tui) fn register(&self, area: Rect, hits: &mut HitMap) {
        range_names::register(&self.frame(area.width), area, hits);
    }

    /// All lines in a frame of that width.
    pub(in crate::tui) fn lines(&self, width: u16) -> Vec<ActivityLine> {
        let Self { screen, context, .. } = *self;
        let Some(environment) = screen.chosen(context.snapshot) else { return Vec::new() };
        let width = width.saturating_sub(ScrollPanel::COLUMNS_AROUND);
        let span = span(screen.chart_range());
        let mut lines = Vec::new();
        for (mark, text) in sentences::activity_state(environment, span, context.now, context.zone) {
            for (index, line) in wrap(&text, width.saturating_sub(2)).into_iter().enumerate() {
                lines.push(ActivityLine::State(mark.filter(|_| index == 0), line.to_owned()));
            }
        }
        let is_known = sentences::is_activity_known(environment, span, context.now);
        let record = environment.activity.record.as_ref().filter(|_| is_known);
        if let Some(record) = record {
            table(record.summary(span), &mut lines);
        }
        lines
    }

    fn render_line(&self, line: &ActivityLine, grid: &ActivityGrid, row: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        let words = |spans: Vec<Span<'static>>| fit(Line::from(spans), row.width, appearance.symbols.ellipsis);
        match line {
            ActivityLine::Blank => {}
            ActivityLine::State(mark, text) => {
                let mark = mark.map_or(Span::raw(" "), |mark| appearance.mark(mark));
                words(vec![mark, Span::raw(" "), appearance.span(Role::Text, text.clone())]).render(row, buf);
            }
            ActivityLine::None(text) => words(vec![appearance.span(Role::Muted, *text)]).render(row, buf),
            ActivityLine::Head(whose, shares) => {
                let name = |column: ActivityColumn| {
                    if column == ActivityColumn::Share && !shares { "" } else { column.into() }
                };
                let cells = |column| (Role::Label, name(column).to_owned());
                self.render_cells(row, grid, (Role::Label, whose), cells, buf);
            }
            ActivityLine::Row(of, share) => {
                let cells = |column: ActivityColumn| {
                    let is_bad = column == ActivityColumn::Errors && of.total.errors > 0;
                    (if is_bad { Role::Warning } else { Role::Text }, column.value(&of.total, *share))
                };
                let bar = self.render_cells(row, grid, (Role::Text, &of.endpoint), cells, buf);
                if share.is_some() {
                    let gauge =
                        LineGauge { ratio: *share, own: 0.0, role: Role::Bar, dimmed: false, heavy: false, appearance };
                    (&gauge).render(bar, buf);
                }
            }
            ActivityLine::Sum(total) => {
                let cells = |column: ActivityColumn| (Role::Muted, column.value(total, None));
                self.render_cells(row, grid, (Role::Muted, "all"), cells, buf);
            }
        }
    }

    /// Draws a name and its numbers, and answers with the place of their bar.
    fn render_cells(
        &self,
        row: Rect,
        grid: &ActivityGrid,
        (name_role, name): (Role, &str),
        value: impl Fn(ActivityColumn) -> (Role, String),
        buf: &mut Buffer,
    ) -> Rect {
        let appearance = self.screen.appearance;
        let cell = |role, text: String, width| {
            fit(Line::from(appearance.span(role, text)), width, appearance.symbols.ellipsis)
        };
        let numbers = grid.columns.iter().map(|column| column.width());
        let widths = std::iter::once(grid.name).chain(numbers).chain([2, grid.bar]).map(Constraint::Length);
        let areas = Layout::horizontal(widths).split(row);
        cell(name_role, name.to_owned(), areas[0].width).render(areas[0], buf);
        for (column, area) in grid.columns.iter().zip(areas.iter().skip(1)) {
            let (role, text) = value(*column);
            cell(role, text, area.width.saturating_sub(1)).right_aligned().render(*area, buf);
        }
        areas.last().copied().unwrap_or_default()
    }
}

impl Widget for &ActivityScreen<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let lines = self.lines(area.width);
        let frame = ScrollPanel { panel: self.frame(area.width), count: lines.len(), scrolled: self.scrolled };
        (&frame).render(area, buf);
        let (inner, first) = frame.window(area);
        let names = lines.iter().map(|line| match line {
            ActivityLine::Row(of, _) => columns(&of.endpoint),
            ActivityLine::Head(head, _) => columns(head),
            _ => 0,
        });
        let grid = ActivityGrid::new(inner.width, names.max().unwrap_or(0));
        for (line, row) in lines.iter().skip(first).zip(inner.rows()) {
            self.render_line(line, &grid, row, buf);
        }
    }
}

fn span(range: ChartRange) -> SummarySpan {
    match range {
        ChartRange::Day => SummarySpan::Day,
        ChartRange::Week => SummarySpan::Week,
        ChartRange::Month => SummarySpan::Month,
        ChartRange::Quarter => SummarySpan::Quarter,
    }
}

fn number(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a count without room for its digits is shortened")]
    fitting(format::count(count), count as f64)
}

/// A number in at most eight columns.
fn fitting(whole: String, amount: f64) -> String {
    if whole.len() <= 7 { whole } else { format::short(amount) }
}

/// Time of an answer in the unit that matters: `145 ms`, `2.3 s`.
fn time(duration: Option<SignedDuration>) -> String {
    let Some(milliseconds) = duration.map(|duration| duration.as_millis()) else { return "–".to_owned() };
    if milliseconds < 1_000 {
        format!("{milliseconds} ms")
    } else {
        format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100)
    }
}

#[cfg(test)]
mod tests;
