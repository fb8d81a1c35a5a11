//! Layout of the screen: a pure function of the terminal's size and the number of environments, for
//! the view and for clicks alike.

use ratatui::layout::Rect;

/// The narrowest card in a grid, border included.
const COLUMN_WIDTH_MIN: u16 = 36;
/// The narrowest that says only that there is no key.
const EMPTY_WIDTH_MIN: u16 = 25;
/// Wider cards in a grid are no easier to read.
const COLUMN_WIDTH_MAX: u16 = 58;
/// The narrowest card that takes a whole line of the screen.
const WIDE_WIDTH_MIN: u16 = 76;
/// Wider ones are no easier to read.
const WIDE_WIDTH_MAX: u16 = 118;
/// The rows of a card's border.
const BORDER: u16 = 2;
/// From this width on, the events have the right-hand side for themselves.
const SIDEBAR_FROM: u16 = 170;
const SIDEBAR_WIDTH: u16 = 52;
/// From this width on, the detail and the events stand side by side.
const SPLIT_FROM: u16 = 100;
/// Between what stands side by side.
const COLUMN_GAP: u16 = 3;
/// From this height on, blank lines set the regions apart.
const AIRY_FROM: u16 = 30;

/// Shape in which an environment is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A card in a grid: one value a row.
    Column,
    /// A card over the whole width: two values a row.
    Wide,
    /// A line without a border.
    Line,
}

/// The place of one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CardPlace {
    /// Its number among the environments, from 0.
    pub index: usize,
    /// Its cells.
    pub area: Rect,
}

/// Layout of the screen. Regions without room are `None`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub shape: Shape,
    pub header: Option<Rect>,
    pub cards: Vec<CardPlace>,
    pub detail: Option<Rect>,
    pub events: Option<Rect>,
    pub key_bar: Option<Rect>,
}

/// Content of the layout.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayoutContent {
    /// Number of environments.
    pub count: usize,
    /// The one that must be seen.
    pub chosen: usize,
    /// True while no environment has a key: cards are small, and the first steps are told below.
    pub welcome: bool,
}

/// The grid of cards that was decided on.
#[derive(Clone, Copy)]
struct CardGrid {
    shape: Shape,
    columns: u16,
    /// Rows inside a card.
    rows: u16,
    /// Rows of cards that are seen at a time.
    lines: u16,
}

impl Layout {
    pub(super) fn new(area: Rect, content: LayoutContent) -> Self {
        if area.width < 30 || area.height < 6 {
            return Self::tiny(area, content);
        }
        let margin = u16::from(area.width >= 100);
        let gap = u16::from(area.height >= AIRY_FROM);
        let header = Rect { height: 1, ..area };
        let hints = Rect { y: area.bottom() - 1, height: 1, ..area };
        let body = Rect {
            x: area.x + margin,
            y: area.y + 1 + gap,
            width: area.width - 2 * margin,
            height: area.height - 2 - 2 * gap,
        };
        let (main, sidebar) = if body.width >= SIDEBAR_FROM && body.height >= 12 {
            let [main, sidebar] = side_by_side(body, body.width - SIDEBAR_WIDTH - COLUMN_GAP);
            (main, Some(sidebar))
        } else {
            (body, None)
        };
        let grid = CardGrid::choose(main, content);
        let cards = grid.places(main, content);
        let bottom = cards.iter().map(|card| card.area.bottom()).max().unwrap_or(main.y);
        let (detail, events) = below(main, bottom, sidebar, content.welcome);
        Self { shape: grid.shape, header: Some(header), cards, detail, events, key_bar: Some(hints) }
    }

    /// A line for each environment; hints only where lines are to spare.
    fn tiny(area: Rect, content: LayoutContent) -> Self {
        let count = u16::try_from(content.count).unwrap_or(u16::MAX);
        let spare = area.height > count && area.height > 1;
        let lines = if spare { count } else { area.height };
        let first = page_start(content.chosen, usize::from(lines.max(1)));
        let cards = (first..content.count)
            .zip(area.y..area.y + lines)
            .map(|(index, y)| CardPlace { index, area: Rect { y, height: 1, ..area } })
            .collect();
        let hints = spare.then(|| Rect { y: area.bottom() - 1, height: 1, ..area });
        Self { shape: Shape::Line, header: None, cards, detail: None, events: None, key_bar: hints }
    }
}

/// An area in two: so many columns, and what is left of them beyond a gap.
pub(super) fn side_by_side(area: Rect, width: u16) -> [Rect; 2] {
    let left = Rect { width: width.min(area.width), ..area };
    let x = left.right().saturating_add(COLUMN_GAP).min(area.right());
    [left, Rect { x, width: area.right() - x, ..area }]
}

/// The detail, and the events beside or below it, in what the cards leave.
fn below(main: Rect, bottom: u16, sidebar: Option<Rect>, welcome: bool) -> (Option<Rect>, Option<Rect>) {
    let left = main.bottom().saturating_sub(bottom);
    let gap = u16::from(left >= 6);
    let rest = Rect { y: bottom + gap, height: left - gap, ..main };
    if rest.height == 0 || welcome {
        return (Some(rest).filter(|rest| rest.height > 0), sidebar);
    }
    if sidebar.is_some() {
        (Some(rest), sidebar)
    } else if rest.width >= SPLIT_FROM && rest.height >= 4 {
        let [detail, events] = side_by_side(rest, rest.width * 5 / 8);
        (Some(detail), Some(events))
    } else if rest.height >= 22 {
        let detail = Rect { height: rest.height - 7, ..rest };
        (Some(detail), Some(Rect { y: detail.bottom() + 1, height: 6, ..rest }))
    } else {
        (Some(rest), None)
    }
}

impl Shape {
    /// Number of cards that stand side by side.
    fn columns(self, width: u16, welcome: bool) -> u16 {
        let narrowest = if welcome { EMPTY_WIDTH_MIN } else { COLUMN_WIDTH_MIN };
        match self {
            Self::Column => ((width + 1) / (narrowest + 1)).max(1),
            Self::Wide if width >= WIDE_WIDTH_MIN => 1,
            _ => 0,
        }
    }
}

impl CardGrid {
    /// The richest form in which all environments are seen, with room for the detail if that can be; else a
    /// form that shows some at a time.
    fn choose(main: Rect, content: LayoutContent) -> Self {
        let fits = |(shape, rows, detail): &(Shape, u16, u16)| Self::fitting(main, content, *shape, *rows, *detail);
        let found = if content.welcome {
            let found = [(Shape::Column, 2, 9), (Shape::Column, 1, 9)].iter().find_map(fits);
            found.or(Some(Self {
                shape: Shape::Column,
                columns: Shape::Column.columns(main.width, true),
                rows: 1,
                lines: 1,
            }))
        } else {
            let alone = (content.count == 1).then_some((Shape::Wide, 4, 6));
            alone.iter().chain(&PREFERENCES).find_map(fits)
        };
        found.unwrap_or_else(|| Self::paged(main))
    }

    fn fitting(main: Rect, content: LayoutContent, shape: Shape, rows: u16, detail: u16) -> Option<Self> {
        let count = u16::try_from(content.count).unwrap_or(u16::MAX).max(1);
        let columns = shape.columns(main.width, content.welcome).min(count);
        if columns == 0 {
            return None;
        }
        let lines = count.div_ceil(columns);
        let height = lines.checked_mul(rows + BORDER)?.checked_add(detail)?;
        (height <= main.height).then_some(Self { shape, columns, rows, lines })
    }

    /// Some cards at a time: several lines of small ones over the detail, or one line of larger ones.
    fn paged(main: Rect) -> Self {
        let columns = Shape::Column.columns(main.width, false);
        let small = 4;
        let lines = main.height.saturating_sub(6) / (small + BORDER);
        if lines >= 2 {
            Self { shape: Shape::Column, columns, rows: small, lines }
        } else {
            Self { shape: Shape::Column, columns, rows: (main.height - BORDER).min(13), lines: 1 }
        }
    }

    /// The cards of the page on which the chosen one stands.
    fn places(self, main: Rect, content: LayoutContent) -> Vec<CardPlace> {
        let Self { shape, columns, rows, lines } = self;
        let width_max = if shape == Shape::Wide { WIDE_WIDTH_MAX } else { COLUMN_WIDTH_MAX };
        let gaps = columns - 1;
        let width = ((main.width - gaps) / columns).min(width_max);
        let gap = if width * columns + 2 * gaps <= main.width { 2 } else { 1 };
        let height = rows + BORDER;
        let page = usize::from(columns) * usize::from(lines);
        let first = page_start(content.chosen, page);
        (first..content.count.min(first + page))
            .zip(0u16..)
            .map(|(index, place)| {
                let (column, line) = (place % columns, place / columns);
                let area = Rect { x: main.x + column * (width + gap), y: main.y + line * height, width, height };
                CardPlace { index, area }
            })
            .collect()
    }
}

/// Shape, rows inside a card, and rows kept for the detail, best first.
const PREFERENCES: [(Shape, u16, u16); 27] = {
    use Shape::{Column, Wide};
    [
        (Column, 14, 12),
        (Column, 13, 5),
        (Column, 12, 5),
        (Column, 11, 5),
        (Column, 10, 5),
        (Wide, 4, 4),
        (Column, 9, 4),
        (Column, 8, 4),
        (Wide, 3, 4),
        (Column, 7, 4),
        (Column, 6, 4),
        (Column, 5, 4),
        (Wide, 2, 3),
        (Column, 4, 3),
        (Column, 3, 3),
        (Column, 13, 0),
        (Column, 12, 0),
        (Column, 11, 0),
        (Column, 10, 0),
        (Column, 9, 0),
        (Column, 8, 0),
        (Column, 7, 0),
        (Wide, 4, 0),
        (Column, 6, 0),
        (Wide, 3, 0),
        (Column, 5, 0),
        (Column, 4, 0),
    ]
};

fn page_start(chosen: usize, page: usize) -> usize {
    chosen / page.max(1) * page.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(width: u16, height: u16, count: usize, chosen: usize) -> Layout {
        Layout::new(Rect::new(0, 0, width, height), LayoutContent { count, chosen, welcome: false })
    }

    #[test]
    fn the_picture_degrades_in_steps() {
        let seen = |width, height| {
            let layout = layout(width, height, 3, 0);
            (layout.shape, layout.cards.len(), layout.detail.is_some(), layout.events.is_some())
        };
        assert_eq!(seen(200, 60), (Shape::Column, 3, true, true));
        assert_eq!(seen(120, 40), (Shape::Column, 3, true, true));
        assert_eq!(seen(80, 24), (Shape::Wide, 3, true, false));
        assert_eq!(seen(60, 24), (Shape::Column, 3, true, false));
        assert_eq!(seen(40, 12), (Shape::Column, 1, false, false));
        assert_eq!(seen(20, 5), (Shape::Line, 3, false, false));
    }

    #[test]
    fn regions_lie_inside_and_apart_at_every_size() {
        for (width, height) in (1..=210).step_by(3).flat_map(|width| (1..=64).map(move |height| (width, height))) {
            for count in [0, 1, 2, 3, 5, 9, 40] {
                let area = Rect::new(0, 0, width, height);
                for welcome in [false, true] {
                    let content = LayoutContent { count, chosen: count.saturating_sub(1), welcome };
                    let layout = Layout::new(area, content);
                    let cards = layout.cards.iter().map(|place| place.area);
                    let others = [layout.header, layout.detail, layout.events, layout.key_bar].into_iter().flatten();
                    let regions: Vec<_> = cards.chain(others).collect();
                    for (index, region) in regions.iter().enumerate() {
                        assert_eq!(region.intersection(area), *region, "{width}×{height}, {count}: {layout:?}");
                        let alone = regions[index + 1..].iter().all(|other| !other.intersects(*region));
                        assert!(alone, "{width}×{height}, {count}: {layout:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_chosen_one_is_always_seen() {
        for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12), (20, 5), (1, 1)] {
            for chosen in [0, 1, 7, 150, 299] {
                let layout = layout(width, height, 300, chosen);
                assert!(layout.cards.iter().any(|place| place.index == chosen), "{width}×{height}, {chosen}");
            }
        }
    }

    #[test]
    fn cards_have_one_size() {
        for count in 1..12 {
            let layout = layout(120, 40, count, 0);
            let size = layout.cards[0].area.as_size();
            assert!(layout.cards.iter().all(|place| place.area.as_size() == size));
        }
    }
}
