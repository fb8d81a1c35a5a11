//! Layout of the overview: a pure function of the terminal's size and of how much there is to say, for the view and for
//! clicks alike.

use ratatui::layout::{Constraint, Flex, Layout, Rect};

use crate::tui::widgets::text::wrap;

/// The narrowest card, border included.
const CARD_WIDTH_MIN: u16 = 36;
/// The narrowest card that says only that there is no key.
const EMPTY_CARD_WIDTH_MIN: u16 = 25;
/// Wider cards are no easier to read, if there is something else for the room.
const CARD_WIDTH_MAX: u16 = 60;
/// Heights of a card without any sentence, border included: with all its rows, and with the fewest.
const CARD_HEIGHT: (u16, u16) = (10, 5);
/// Rows that large digits take, above the exact number.
pub(super) const BIG_NUMBER: u16 = 4;
/// From this height and width of a card on, there is room for large digits.
const BIG_NUMBER_FROM: (u16, u16) = (40, 44);
/// From this size on environments are cards, and below it a table.
const CARDS_FROM: (u16, u16) = (100, 30);
/// So many are cards in several lines where they don't fit in one; fewer would leave holes.
const CARDS_IN_LINES: usize = 4;
/// More environments are a table at every size.
const CARDS_MAX: usize = 12;
/// From this size on there is room for a table.
const TABLE_FROM: (u16, u16) = (76, 14);
/// From this width on, events and the like have a column beside the cards.
const SIDE_FROM: u16 = 170;
const SIDE_WIDTH: u16 = 58;
/// The lowest chart with its frame and axis that says something.
const CHART_HEIGHT_MIN: u16 = 7;
/// Higher ones say no more.
const CHART_HEIGHT_MAX: u16 = 48;
/// The lowest panel of events.
const EVENTS_HEIGHT_MIN: u16 = 5;
/// Columns of the label of a fact about the key.
pub(in crate::tui) const FACT_LABEL_WIDTH: u16 = 9;
/// The rows of a frame.
const FRAME: u16 = 2;

/// Shape in which an environment is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum EnvironmentShape {
    /// A framed card.
    Card,
    /// A row of a table.
    Row,
    /// A line by itself, on the smallest terminals.
    Line,
}

/// The place of one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct EnvironmentPlace {
    /// Its number among those that are shown, from 0.
    pub index: usize,
    /// Its cells.
    pub area: Rect,
}

/// Layout of the overview. Regions without room are `None`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::tui) struct OverviewLayout {
    pub shape: EnvironmentShape,
    pub header: Option<Rect>,
    /// Rows of what needs someone.
    pub attention: Rect,
    pub places: Vec<EnvironmentPlace>,
    /// Headings of the table.
    pub table_head: Option<Rect>,
    /// Line under the table that counts those out of sight.
    pub table_edge: Option<Rect>,
    /// All that is to be said of the chosen environment.
    pub status: Option<Rect>,
    pub chart: Option<Rect>,
    pub key: Option<Rect>,
    pub events: Option<Rect>,
    /// True where the credits of cards are in large digits.
    pub has_big_numbers: bool,
    /// True where the events have a frame.
    pub frames_events: bool,
    pub usage: Option<Rect>,
    pub key_bar: Option<Rect>,
}

/// Extent of what there is to say, in rows.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct OverviewContent<'a> {
    /// Number of environments that are shown.
    pub count: usize,
    /// Place of the one that must be seen, among those.
    pub chosen: usize,
    /// Rows of what needs someone.
    pub attention: u16,
    /// True while no environment has a key: cards are small, and the first steps are told below.
    pub welcome: bool,
    /// Facts about the chosen key, a label and a text each.
    pub key: &'a [(&'static str, String)],
    /// Endpoints that the chosen key is used for.
    pub usage: u16,
    /// Rows of the longest of what cards say in words.
    pub sentences: u16,
    /// What is to be said of the chosen environment, with advice.
    pub status: &'a [String],
    /// True where the advice has to be read, for no key does it.
    pub needs_status: bool,
}

impl OverviewLayout {
    pub(in crate::tui) fn new(area: Rect, content: OverviewContent<'_>) -> Self {
        if area.width < 30 || area.height < 6 {
            return Self::tiny(area, content);
        }
        let [header, rest, key_bar] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
        let attention = content.attention.min(match area.height {
            0..12 => 0,
            12..20 => 1,
            20..30 => 3,
            height => height / 10,
        });
        let gap = u16::from(area.height >= 20);
        let [attention, _, body] =
            Layout::vertical([Constraint::Length(attention), Constraint::Length(gap), Constraint::Fill(1)]).areas(rest);
        let mut layout = Self { header: Some(header), key_bar: Some(key_bar), attention, ..Self::empty(area) };
        let is_table = area.width >= TABLE_FROM.0 && area.height >= TABLE_FROM.1;
        let is_one_line = rows(content.count) * (CARD_WIDTH_MIN + 1) <= area.width + 1;
        let is_roomy = area.width >= CARDS_FROM.0 && area.height >= CARDS_FROM.1;
        let is_cards = is_roomy && (is_one_line || (CARDS_IN_LINES..=CARDS_MAX).contains(&content.count));
        if is_table && !is_cards && !content.welcome && content.count != 1 {
            layout.place_table(body, content);
        } else {
            layout.place_cards(body, content);
        }
        layout
    }

    fn empty(area: Rect) -> Self {
        Self {
            shape: EnvironmentShape::Card,
            header: None,
            attention: Rect { height: 0, ..area },
            places: Vec::new(),
            table_head: None,
            table_edge: None,
            status: None,
            chart: None,
            key: None,
            events: None,
            frames_events: false,
            has_big_numbers: false,
            usage: None,
            key_bar: None,
        }
    }

    /// A line for each environment; hints only where lines are to spare.
    fn tiny(area: Rect, content: OverviewContent<'_>) -> Self {
        let count = rows(content.count);
        let has_hints = area.height > count && area.height > 1;
        let height = if has_hints { count } else { area.height };
        let first = page_start(content.chosen, usize::from(height.max(1)));
        Self {
            shape: EnvironmentShape::Line,
            places: lines(Rect { height, ..area }, first, content.count),
            key_bar: has_hints.then(|| Rect { y: area.bottom() - 1, height: 1, ..area }),
            ..Self::empty(area)
        }
    }

    /// A row for each environment, as many as leave room for the chart of the chosen one.
    fn place_table(&mut self, body: Rect, content: OverviewContent<'_>) {
        let kept = (CHART_HEIGHT_MIN + 1).min(body.height / 2);
        let room = if content.count > CARDS_MAX { body.height * 3 / 5 } else { body.height.saturating_sub(kept) };
        let wanted = rows(content.count);
        let is_whole = wanted < room;
        let height = if is_whole { wanted } else { room.saturating_sub(2) };
        let edge = u16::from(!is_whole);
        let [head, table, below, _, rest] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(height),
            Constraint::Length(edge),
            Constraint::Length(u16::from(body.height >= 16)),
            Constraint::Fill(1),
        ])
        .areas(body);
        self.shape = EnvironmentShape::Row;
        self.table_head = Some(head);
        self.table_edge = (edge > 0).then_some(below);
        let first = window_start(content.chosen, usize::from(height), content.count);
        self.places = lines(table, first, content.count);
        self.place_below(rest, content);
    }

    /// The richest cards of which all are seen, with room for more below if that can be; else some at a time.
    fn place_cards(&mut self, body: Rect, content: OverviewContent<'_>) {
        let has_side = body.width >= SIDE_FROM && body.height >= 20 && !content.welcome;
        let (main, side) = if has_side {
            let [main, side] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Length(SIDE_WIDTH)]).spacing(1).areas(body);
            (main, Some(side))
        } else {
            (body, None)
        };
        let narrowest = if content.welcome { EMPTY_CARD_WIDTH_MIN } else { CARD_WIDTH_MIN };
        let columns = ((main.width + 1) / (narrowest + 1)).clamp(1, rows(content.count).max(1));
        let count_of_lines = rows(content.count).div_ceil(columns).max(1);
        let below = if content.welcome { 9 } else { CHART_HEIGHT_MIN };
        let fits = |height: u16, below: u16| count_of_lines * height + below <= main.height;
        let is_big = main.height >= BIG_NUMBER_FROM.0 && (main.width + 1) / columns > BIG_NUMBER_FROM.1;
        let whole = CARD_HEIGHT.0 + content.sentences;
        let heights: Vec<u16> = if content.welcome {
            vec![4, 3]
        } else {
            let big = (is_big && count_of_lines == 1).then_some(whole + BIG_NUMBER);
            big.into_iter().chain((CARD_HEIGHT.1..=whole).rev()).collect()
        };
        let chosen = heights
            .iter()
            .find(|height| fits(**height, below))
            .or_else(|| heights.iter().find(|height| fits(**height, 0)));
        let (height, lines) = match chosen {
            Some(height) => (*height, count_of_lines),
            None if main.height >= 2 * 6 + CHART_HEIGHT_MIN => (6, (main.height - CHART_HEIGHT_MIN) / 6),
            None => (main.height.min(CARD_HEIGHT.0 + content.sentences), 1),
        };
        self.has_big_numbers = height > whole;
        let is_few = !has_side
            && !content.welcome
            && main.width.saturating_sub(columns * (CARD_WIDTH_MAX + 1)) >= CARD_WIDTH_MIN;
        let beside = main.width.saturating_sub(columns * (CARD_WIDTH_MAX + 1));
        let height = if is_few && height >= 8 {
            let wanted = status_height(content, beside) + facts_height(content, beside);
            height.max(wanted.min(main.height.saturating_sub(CHART_HEIGHT_MIN)))
        } else {
            height
        };
        let [cards, rest] = Layout::vertical([Constraint::Length(lines * height), Constraint::Fill(1)]).areas(main);
        let cards = if is_few && cards.height >= 8 {
            let width = columns * (CARD_WIDTH_MAX + 1) - 1;
            let [cards, beside] =
                Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]).spacing(1).areas(cards);
            let status = status_height(content, beside.width).min(beside.height);
            let [status, key] = Layout::vertical([Constraint::Length(status), Constraint::Fill(1)]).areas(beside);
            self.status = (status.height > FRAME).then_some(status);
            self.key = (key.height > FRAME).then_some(key);
            cards
        } else {
            cards
        };
        self.places = grid(cards, columns, height, content, usize::from(columns) * usize::from(lines));
        if content.welcome {
            self.status = (rest.height > 0).then_some(rest);
        } else if let Some(side) = side {
            self.place_side(side, content);
            self.place_chart_and_key(rest, content);
        } else {
            self.place_below(rest, content);
        }
    }

    /// What is about the chosen environment and the log, in what cards or table leave.
    fn place_below(&mut self, rest: Rect, content: OverviewContent<'_>) {
        if rest.width < CARDS_FROM.0 || rest.height < CHART_HEIGHT_MIN + 3 {
            // Too narrow for two columns: the chart, and the newest events without a frame.
            let status = if content.needs_status { status_height(content, rest.width).min(rest.height) } else { 0 };
            let left = rest.height - status;
            let events = if left >= CHART_HEIGHT_MIN + 3 { 3 + (left - CHART_HEIGHT_MIN - 3) / 6 } else { 0 };
            let [status, chart, events] =
                Layout::vertical([Constraint::Length(status), Constraint::Fill(1), Constraint::Length(events)])
                    .areas(rest);
            self.status = self.status.or((status.height > FRAME).then_some(status));
            self.chart = (chart.height >= 5).then_some(chart);
            self.events = (events.height > 0).then_some(events);
            return;
        }
        let side = (rest.width * 3 / 8).min(SIDE_WIDTH);
        let [main, side] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(side)]).spacing(1).areas(rest);
        self.place_chart_and_key(main, content);
        self.place_side_beside_chart(side, content);
    }

    /// The chart, and the facts about the key under it where both have room.
    fn place_chart_and_key(&mut self, area: Rect, content: OverviewContent<'_>) {
        let key = facts_height(content, area.width);
        let has_key = self.key.is_none() && key > 0 && area.height >= key + CHART_HEIGHT_MIN + 2;
        let key = if has_key { key } else { 0 };
        let chart = (area.height - key.min(area.height)).min(CHART_HEIGHT_MAX);
        let [chart, key] = Layout::vertical([
            Constraint::Length(chart),
            Constraint::Length(area.height.saturating_sub(chart).min(key)),
        ])
        .areas(area);
        self.chart = (chart.height >= 5).then_some(chart);
        self.key = self.key.or((key.height > FRAME).then_some(key));
    }

    /// Status, events and usage beside the chart.
    fn place_side_beside_chart(&mut self, area: Rect, content: OverviewContent<'_>) {
        let status = if self.status.is_some() { 0 } else { status_height(content, area.width) };
        let status = if area.height >= status + EVENTS_HEIGHT_MIN { status } else { area.height / 2 };
        let usage = content.usage + FRAME;
        let has_usage = content.usage > 0 && area.height >= status + EVENTS_HEIGHT_MIN + usage;
        let [status, events, usage] = Layout::vertical([
            Constraint::Length(status),
            Constraint::Fill(1),
            Constraint::Length(if has_usage { usage } else { 0 }),
        ])
        .areas(area);
        self.status = self.status.or((status.height > FRAME).then_some(status));
        self.events = (events.height > FRAME).then_some(events);
        self.frames_events = true;
        self.usage = (usage.height > 0).then_some(usage);
    }

    /// The column at the right of a wide screen.
    fn place_side(&mut self, side: Rect, content: OverviewContent<'_>) {
        let key = facts_height(content, side.width);
        let has_key = key > 0 && side.height >= key + 16;
        let [rest, key] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(if has_key { key } else { 0 })]).areas(side);
        self.place_side_beside_chart(rest, content);
        self.key = has_key.then_some(key);
    }
}

/// Rows that what is to be said takes in a frame of that width.
fn status_height(content: OverviewContent<'_>, width: u16) -> u16 {
    let lines: usize = content.status.iter().map(|text| wrap(text, width.saturating_sub(2 * FRAME + 2)).len()).sum();
    if lines == 0 { 0 } else { rows(lines) + FRAME }
}

/// Rows that the facts about the key take in a frame of that width.
fn facts_height(content: OverviewContent<'_>, width: u16) -> u16 {
    let room = width.saturating_sub(2 * FRAME + FACT_LABEL_WIDTH);
    let lines: usize = content.key.iter().map(|(_, text)| wrap(text, room).len()).sum();
    if lines == 0 { 0 } else { rows(lines) + FRAME }
}

/// A row for each, from `first` on.
fn lines(area: Rect, first: usize, count: usize) -> Vec<EnvironmentPlace> {
    (first..count).zip(area.rows()).map(|(index, area)| EnvironmentPlace { index, area }).collect()
}

/// The cards of the page on which the chosen one stands.
fn grid(area: Rect, columns: u16, height: u16, content: OverviewContent<'_>, page: usize) -> Vec<EnvironmentPlace> {
    let first = page_start(content.chosen, page);
    // All are as wide, so what can't be shared is between them.
    let width = (area.width + 1) / columns.max(1) - 1;
    let widths = Layout::horizontal(vec![Constraint::Length(width); usize::from(columns)]).flex(Flex::SpaceBetween);
    let heights = Layout::vertical(vec![Constraint::Length(height); usize::from(area.height / height.max(1))]);
    let cells = heights.split(area).iter().flat_map(|line| widths.split(*line).to_vec()).collect::<Vec<_>>();
    (first..content.count.min(first + page)).zip(cells).map(|(index, area)| EnvironmentPlace { index, area }).collect()
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn page_start(chosen: usize, page: usize) -> usize {
    chosen / page.max(1) * page.max(1)
}

/// The first row of a table of so many rows that shows the chosen one, in the middle where that can be.
fn window_start(chosen: usize, height: usize, count: usize) -> usize {
    chosen.saturating_sub(height / 2).min(count.saturating_sub(height))
}
