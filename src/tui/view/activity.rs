//! Activity of the chosen environment's key: the calls of a span by endpoint, this monitor's apart.

use jiff::SignedDuration;
use ratatui::layout::Rect;
use strum::IntoStaticStr;

use super::painter::Painter;
use super::range_hint;
use crate::domain::activity::{EndpointTotal, SummarySpan, UsageSummary, UsageTotal};
use crate::tui::chart_range::ChartRange;
use crate::tui::hit_map::HitMap;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, wrap};
use crate::wording::format;
use crate::wording::sentences::{self, StatusSymbol, environment_name, ratio};

/// The name of an endpoint stands in at least so many columns.
const NAME_WIDTH_MIN: u16 = 12;
/// A shorter bar says nothing, a longer one no more.
const BAR_WIDTH: (u16, u16) = (8, 40);

/// A line below the heading.
pub(super) enum ActivityLine {
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

/// All lines below the heading.
pub(super) fn lines(screen: &Screen, context: &ViewContext<'_>, width: u16) -> Vec<ActivityLine> {
    let Some(environment) = screen.chosen(context.snapshot) else { return Vec::new() };
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

/// Width of the lines.
pub(super) fn width(columns: u16) -> u16 {
    columns.saturating_sub(2)
}

pub(super) fn paint(
    painter: &mut Painter<'_>,
    area: Rect,
    screen: &Screen,
    context: &ViewContext<'_>,
    scrolled: u16,
    hits: &mut HitMap,
) {
    let area = Rect { x: area.x + 1, width: width(area.width), ..area };
    let top = area.y + u16::from(area.height > 4);
    paint_heading(painter, Rect { y: top, height: 1, ..area }, screen, context, hits);
    let y = top + 1 + u16::from(area.height > 6);
    let lines = lines(screen, context, area.width);
    let names = lines.iter().map(|line| match line {
        ActivityLine::Row(of, _) => columns(&of.endpoint),
        ActivityLine::Head(head, _) => columns(head),
        _ => 0,
    });
    let grid = ActivityGrid::new(area.width, names.max().unwrap_or(0));
    for (line, y) in lines.iter().skip(usize::from(scrolled)).zip(y..area.bottom()) {
        paint_line(painter, Rect { y, height: 1, ..area }, &grid, line);
    }
}

/// `PROD  activity, 7 days`, and the keys for other ranges.
fn paint_heading(painter: &mut Painter<'_>, row: Rect, screen: &Screen, context: &ViewContext<'_>, hits: &mut HitMap) {
    let Some(environment) = screen.chosen(context.snapshot) else { return };
    let title = format!("  activity, {}", screen.chart_range().as_str());
    let name = environment_name(&environment.environment.name);
    let room = row.width.saturating_sub(columns(&title));
    let x = row.x + painter.text(row.x, row.y, room, &name, painter.bold(Role::Accent));
    let end = painter.line(x, row.y, row.right() - x, &[(&title, painter.bold(Role::Text))]);
    range_hint::paint(painter, Rect { x: end, width: row.right() - end, ..row }, screen, hits);
}

fn paint_line(painter: &mut Painter<'_>, row: Rect, grid: &ActivityGrid, line: &ActivityLine) {
    let (text, label, muted) = (painter.style(Role::Text), painter.style(Role::Label), painter.style(Role::Muted));
    match line {
        ActivityLine::Blank => {}
        ActivityLine::State(Some(mark), words) => {
            painter.marked(row.x, row.y, row.width, *mark, words, text);
        }
        ActivityLine::State(None, words) => {
            painter.text(row.x + 2, row.y, row.width.saturating_sub(2), words, text);
        }
        ActivityLine::None(words) => {
            painter.text(row.x, row.y, row.width, words, muted);
        }
        ActivityLine::Head(whose, shares) => {
            painter.text(row.x, row.y, grid.name, whose, label);
            let name =
                |column: ActivityColumn| if column == ActivityColumn::Share && !shares { "" } else { column.into() };
            paint_numbers(painter, row, grid, label, |column| name(column).to_owned());
        }
        ActivityLine::Row(of, share) => {
            painter.text(row.x, row.y, grid.name, &of.endpoint, text);
            paint_numbers(painter, row, grid, text, |column| column.value(&of.total, *share));
            if let Some(share) = share {
                paint_bar(painter, row, grid, *share);
            }
        }
        ActivityLine::Sum(total) => {
            painter.text(row.x, row.y, grid.name, "all", muted);
            paint_numbers(painter, row, grid, muted, |column| column.value(total, None));
        }
    }
}

fn paint_numbers(
    painter: &mut Painter<'_>,
    row: Rect,
    grid: &ActivityGrid,
    style: ratatui::style::Style,
    value: impl Fn(ActivityColumn) -> String,
) {
    let mut end = row.x + grid.name;
    for column in &grid.columns {
        end += column.width();
        painter.line_right(end, row.y, column.width().saturating_sub(1), &[(&value(*column), style)]);
    }
}

fn paint_bar(painter: &mut Painter<'_>, row: Rect, grid: &ActivityGrid, share: f64) {
    let taken: u16 = grid.columns.iter().map(|column| column.width()).sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share is between 0 and 1, and a bar has few columns"
    )]
    let filled = (share.clamp(0.0, 1.0) * f64::from(grid.bar)).ceil() as u16;
    painter.bar(row.x + grid.name + taken + 2, row.y, grid.bar, [filled, 0], Role::Bar, false);
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
