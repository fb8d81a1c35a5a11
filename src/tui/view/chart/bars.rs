//! The burn of each day, or of each hour, as bars under the chart.

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::ticks;
use super::time_axis::{LABEL_WIDTH, TimeAxis};
use crate::domain::forecast::used;
use crate::domain::sample::CreditsPoint;
use crate::tui::chart_range::ChartRange;
use crate::tui::theme::Role;
use crate::tui::view::next_redraw::minute_of;
use crate::tui::view::painter::Painter;
use crate::tui::view_context::ViewContext;
use crate::wording::format;

/// The heading and the bars.
pub(super) const HEIGHT: u16 = 4;

/// The bar of one day or hour.
struct Bar {
    from: Timestamp,
    until: Timestamp,
    /// Credits; `None` where no sample tells.
    used: Option<f64>,
}

/// Paints into `area`, whose columns are those of the chart.
pub(super) fn paint(
    painter: &mut Painter<'_>,
    area: Rect,
    time: &TimeAxis,
    range: ChartRange,
    context: &ViewContext<'_>,
) {
    let bars = bars(time, range, context);
    let most = bars.iter().filter_map(|bar| bar.used).fold(0.0, f64::max);
    let heading = if range == ChartRange::Day { "credits per hour" } else { "credits per day" };
    let (label, muted) = (painter.style(Role::Label), painter.style(Role::Muted));
    painter.text(area.x.saturating_sub(LABEL_WIDTH), area.y, area.width, heading, label);
    let rows = area.height.saturating_sub(1);
    if most <= 0.0 || rows == 0 {
        return;
    }
    painter.line_right(area.x.saturating_sub(2), area.y + 1, LABEL_WIDTH - 2, &[(&format::short(most), muted)]);
    for bar in bars {
        let (Some(used), Some(x), Some(end)) = (bar.used, time.column(bar.from), time.column(bar.until)) else {
            continue;
        };
        let gap = u16::from(end > x + 1);
        paint_bar(
            painter,
            Rect { x: area.x + x, y: area.y + 1, width: (end - x).saturating_sub(gap).max(1), height: rows },
            used / most,
        );
    }
}

/// A bar that fills a part of its area, from the bottom, in eighths of a row.
fn paint_bar(painter: &mut Painter<'_>, area: Rect, part: f64) {
    let levels = painter.appearance().symbols.levels;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and all eighths")]
    let eighths = (part.clamp(0.0, 1.0) * f64::from(area.height) * 8.0).round() as u16;
    let eighths = if part > 0.0 { eighths.max(1) } else { 0 };
    for row in 0..area.height {
        let filled = eighths.saturating_sub(8 * row).min(8);
        if let Some(symbol) = filled.checked_sub(1).and_then(|level| levels.get(usize::from(level))) {
            painter.fill(area.x, area.bottom() - 1 - row, area.width, symbol, painter.style(Role::Bar));
        }
    }
}

/// The days or hours that the axis shows, the first and the last in part.
fn bars(time: &TimeAxis, range: ChartRange, context: &ViewContext<'_>) -> Vec<Bar> {
    let start = time.start();
    let ends: Vec<Timestamp> = if range == ChartRange::Day {
        (1..=24).filter_map(|hour| start.checked_add(SignedDuration::from_hours(hour)).ok()).collect()
    } else {
        let now = minute_of(context.now);
        ticks::midnights(start, now, context.zone).into_iter().chain([now]).collect()
    };
    let starts = std::iter::once(start).chain(ends.iter().copied());
    let known = |from: Timestamp, until: Timestamp| {
        let near = |point: &CreditsPoint| point.at >= from && point.at <= until;
        context.credits.iter().any(near).then(|| used(context.credits, from, until))
    };
    starts.zip(ends.clone()).map(|(from, until)| Bar { from, until, used: known(from, until) }).collect()
}
