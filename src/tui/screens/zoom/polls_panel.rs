//! Polls panel: the last polls, newest first, with what came of each, and the latencies of the answers as a sparkline.

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::domain::poll_record::PollRecord;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::area_chart::filled_column::fill;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::{columns, fit};
use crate::wording::{last_polls, times};

/// From so many rows on, the first is the sparkline.
const SPARKLINE_FROM: u16 = 4;
/// Columns between those of a row.
const GAP: &str = "  ";

/// The last polls.
#[derive(Clone, Copy, Debug)]
pub(super) struct PollsPanel<'a> {
    /// Newest first.
    pub polls: &'a [PollRecord],
    pub context: &'a ViewContext<'a>,
    pub appearance: Appearance,
}

/// Rows within the frame for all polls.
pub(super) fn rows(polls: &[PollRecord]) -> u16 {
    let rows = u16::try_from(polls.len()).unwrap_or(u16::MAX);
    if latency_range(polls).is_some() { rows.saturating_add(1).max(SPARKLINE_FROM) } else { rows }
}

/// The least and the most latency, where several are known.
fn latency_range(polls: &[PollRecord]) -> Option<(SignedDuration, SignedDuration)> {
    let known = || polls.iter().filter_map(|poll| poll.outcome.latency());
    known().min().zip(known().max()).filter(|_| known().count() > 1)
}

impl PollsPanel<'_> {
    /// The latencies from the oldest that is known to the newest, a column each, and their range. One that is not known is
    /// a gap.
    fn render_sparkline(&self, range: (SignedDuration, SignedDuration), area: Rect, buf: &mut Buffer) {
        let (least, most) = range;
        let oldest = self.polls.iter().rposition(|poll| poll.outcome.latency().is_some());
        let count = oldest.map_or(0, |oldest| oldest + 1).min(usize::from(area.width));
        let newest = &self.polls[..count];
        let width = u16::try_from(newest.len()).unwrap_or(area.width);
        for (poll, place) in newest.iter().rev().zip(area.columns()) {
            let Some(latency) = poll.outcome.latency() else { continue };
            let share = latency.as_secs_f64() / most.as_secs_f64();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 8")]
            let eighths = (share * 8.0).ceil().clamp(1.0, 8.0) as u16;
            fill(buf, place, eighths, self.appearance.style(Role::Bar), &self.appearance.symbols.levels);
        }
        let text = format!("{GAP}{}", last_polls::latency_range(least, most));
        let room = Rect { x: area.x + width, width: area.width - width, ..area };
        let line = Line::from(self.appearance.span(Role::Muted, text));
        fit(line, room.width, self.appearance.symbols.ellipsis).render(room, buf);
    }

    /// The rows of the newest polls.
    fn lines(&self, count: usize) -> Vec<Line<'static>> {
        let appearance = self.appearance;
        let texts: Vec<_> = self.polls[..count]
            .iter()
            .map(|poll| {
                let moment = times::happened(poll.at, self.context.now, self.context.zone);
                (moment, last_polls::latency(poll.outcome), last_polls::outcome(poll.outcome))
            })
            .collect();
        let widest = |text: fn(&(String, String, _)) -> &String| {
            usize::from(texts.iter().map(|of| columns(text(of))).max().unwrap_or(0))
        };
        let (moments, latencies) = (widest(|of| &of.0), widest(|of| &of.1));
        let line = |(moment, latency, (symbol, word)): &(String, String, _)| {
            Line::from(vec![
                appearance.span(Role::Muted, format!("{moment:>moments$}{GAP}")),
                appearance.span(Role::Text, format!("{latency:>latencies$}{GAP}")),
                appearance.mark(*symbol),
                appearance.span(Role::Text, format!(" {word}")),
            ])
        };
        texts.iter().map(line).collect()
    }
}

impl Widget for &PollsPanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let appearance = self.appearance;
        let title = Line::from(appearance.span(Role::Label, last_polls::TITLE));
        (&Panel::new(title, appearance)).render(area, buf);
        let mut inner = Panel::inner(area).intersection(buf.area);
        if let Some(range) = latency_range(self.polls).filter(|_| inner.height >= SPARKLINE_FROM) {
            self.render_sparkline(range, Rect { height: 1, ..inner }, buf);
            inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        }
        let lines = self.lines(self.polls.len().min(usize::from(inner.height)));
        for (line, row) in lines.into_iter().zip(inner.rows()) {
            fit(line, row.width, appearance.symbols.ellipsis).render(row, buf);
        }
    }
}
