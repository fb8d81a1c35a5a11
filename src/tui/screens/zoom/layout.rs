//! Layout of the zoom: what has room on a terminal of a size.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::screens::overview::key_panel::KeyFact;
use crate::tui::screens::overview::layout::FACT_LABEL_WIDTH;
use crate::tui::widgets::text::wrap;

/// From this size on there is a column for sentences, key and use.
const SIDE_FROM: (u16, u16) = (110, 20);
const SIDE_WIDTH: u16 = 54;
/// From this height on the credits are large.
const LARGE_FROM: u16 = 18;
/// Rows of large credits with the gauge, and of small ones.
const CREDITS: (u16, u16) = (5, 2);
/// The lowest chart with its frame and axis that says something.
const CHART_HEIGHT_MIN: u16 = 7;
/// Rows of the frame, and of the timeline with it.
const FRAME: u16 = 2;
const TIMELINE: u16 = FRAME + 2;
/// More endpoints are told in the activity alone.
const ENDPOINTS_MAX: usize = 12;

/// What there is to show.
pub(super) struct ZoomContent<'a> {
    /// All that is to be said.
    pub told: &'a [String],
    pub facts: &'a [KeyFact],
    /// Number of endpoints that the key is used for.
    pub endpoints: usize,
    /// Rows that its last polls take.
    pub polls: u16,
    /// True where the age of the key is known.
    pub has_age: bool,
}

/// Regions of the zoom. Those without room are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ZoomLayout {
    pub title: Rect,
    pub credits: Rect,
    pub status: Option<Rect>,
    pub chart: Option<Rect>,
    pub timeline: Option<Rect>,
    pub key: Option<Rect>,
    pub usage: Option<Rect>,
    pub polls: Option<Rect>,
}

impl ZoomLayout {
    pub(super) fn new(area: Rect, content: &ZoomContent<'_>) -> Self {
        let credits = if area.height >= LARGE_FROM { CREDITS.0 } else { CREDITS.1 };
        let rows = [Constraint::Length(1), Constraint::Length(credits), Constraint::Fill(1)];
        let [title, credits, rest] = Layout::vertical(rows).areas(area);
        let inset = |area: Rect| Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let layout = Self { title: inset(title), credits: inset(credits), ..Self::default() };
        if area.width >= SIDE_FROM.0 && area.height >= SIDE_FROM.1 {
            layout.beside(rest, content)
        } else {
            layout.below(rest, content)
        }
    }

    /// Chart and timeline at the left, all else in a column at the right.
    fn beside(self, area: Rect, content: &ZoomContent<'_>) -> Self {
        let columns = [Constraint::Fill(1), Constraint::Length(SIDE_WIDTH)];
        let [main, side] = Layout::horizontal(columns).spacing(1).areas(area);
        let (chart, timeline) = chart_and_timeline(main, content);
        let mut rest = side;
        let mut take = |rows: u16| {
            let is_whole = rows > FRAME && rest.height > FRAME;
            let taken = is_whole.then(|| Rect { height: rows.min(rest.height), ..rest });
            let height = taken.map_or(0, |taken| taken.height);
            rest = Rect { y: rest.y + height, height: rest.height - height, ..rest };
            taken
        };
        let status = take(told_rows(content.told, side.width));
        let key = take(fact_rows(content.facts, side.width));
        let endpoints = u16::try_from(content.endpoints.min(ENDPOINTS_MAX)).unwrap_or(0);
        let usage = take(endpoints + FRAME);
        let polls = take(content.polls + FRAME);
        Self { status, chart, timeline, key, usage, polls, ..self }
    }

    /// Sentences, chart and timeline, one below the other.
    fn below(self, area: Rect, content: &ZoomContent<'_>) -> Self {
        let needed = told_rows(content.told, area.width);
        // The chart keeps its room, unless that leaves too little for a sentence.
        let spare = area.height.saturating_sub(CHART_HEIGHT_MIN);
        let room = if spare > FRAME { spare } else { area.height };
        let status = if needed > FRAME && room > FRAME { needed.min(room) } else { 0 };
        let [told, rest] = Layout::vertical([Constraint::Length(status), Constraint::Fill(1)]).areas(area);
        let (chart, timeline) = chart_and_timeline(rest, content);
        Self { status: (status > 0).then_some(told), chart, timeline, ..self }
    }
}

fn chart_and_timeline(area: Rect, content: &ZoomContent<'_>) -> (Option<Rect>, Option<Rect>) {
    let has_timeline = content.has_age && area.height >= CHART_HEIGHT_MIN + TIMELINE;
    let rows = [Constraint::Fill(1), Constraint::Length(if has_timeline { TIMELINE } else { 0 })];
    let [chart, timeline] = Layout::vertical(rows).areas(area);
    ((chart.height >= CHART_HEIGHT_MIN).then_some(chart), has_timeline.then_some(timeline))
}

/// Rows of a panel with so many lines.
fn framed(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(FRAME)
}

fn told_rows(told: &[String], width: u16) -> u16 {
    framed(told.iter().map(|text| wrap(text, width.saturating_sub(6)).len()).sum())
}

fn fact_rows(facts: &[KeyFact], width: u16) -> u16 {
    let room = width.saturating_sub(4 + FACT_LABEL_WIDTH);
    framed(facts.iter().map(|(_, text)| wrap(text, room).len()).sum())
}
