//! Pages of the wall: which environments are shown at a moment, and where.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::{Constraint, Layout, Rect, Spacing};

use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// Time after which the next page is shown.
const TURN: SignedDuration = SignedDuration::from_secs(15);
/// The smallest tile that can be read from across a room.
const LEGIBLE: (u16, u16) = (24, 8);
/// The narrowest tile that tells anything.
const WIDTH_MIN: u16 = 20;
/// Columns and rows between two tiles.
const GAP: (u16, u16) = (2, 1);

/// What is shown at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WallPage {
    /// Places of environments in the order of the snapshot, each with its area.
    pub tiles: Vec<(usize, Rect)>,
    /// Critical environments for which there is no room, and the area of their number.
    pub untold: Option<(usize, Rect)>,
    /// Number of the page, from 0.
    pub number: usize,
    /// Number of all pages, 1 or more.
    pub count: usize,
}

impl WallPage {
    /// The page of a moment in an area. What is critical takes half of it, and is on each page.
    pub(super) fn of(snapshot: &Snapshot, area: Rect, now: Timestamp) -> Self {
        let (critical, others) = by_severity(snapshot);
        let [critical_area, others_area] = halves(area, critical.len(), others.len());
        let count = others.len().div_ceil(capacity(others_area)).max(1);
        let number = usize::try_from(turns(now).rem_euclid(i64::try_from(count).unwrap_or(1))).unwrap_or(0);
        // Pages are filled alike, so that none has a lonely tile.
        let shown = others.chunks(others.len().div_ceil(count).max(1)).nth(number).unwrap_or_default();
        let mut cells = grid(critical_area, critical.len());
        let missing = critical.len().saturating_sub(cells.len());
        let untold = if missing > 0 { cells.pop().map(|cell| (missing + 1, cell)) } else { None };
        let tiles = critical.iter().copied().zip(cells);
        let tiles = tiles.chain(shown.iter().copied().zip(grid(others_area, shown.len()))).collect();
        Self { tiles, untold, number, count }
    }

    /// Moment at which the next page is shown; `None` where there is one alone.
    pub(super) fn turns_at(&self, now: Timestamp) -> Option<Timestamp> {
        let next = Timestamp::from_second(turns(now).saturating_add(1).saturating_mul(TURN.as_secs()));
        (self.count > 1).then(|| next.unwrap_or(Timestamp::MAX))
    }
}

fn turns(now: Timestamp) -> i64 {
    now.as_second().div_euclid(TURN.as_secs())
}

/// Places of the environments that are critical, and of the others that count, worst first.
fn by_severity(snapshot: &Snapshot) -> (Vec<usize>, Vec<usize>) {
    let environments = &snapshot.environments;
    let mut places: Vec<_> = (0..environments.len()).filter(|place| counts(&environments[*place])).collect();
    if places.is_empty() {
        places = (0..environments.len()).collect();
    }
    places.sort_by_key(|place| Reverse(environments[*place].severity));
    let (critical, others) =
        places.into_iter().partition(|place: &usize| environments[*place].severity == Severity::Critical);
    (critical, others)
}

/// True unless the environment has no key and was not asked for by name.
fn counts(environment: &EnvironmentSnapshot) -> bool {
    environment.requested || environment.status != Status::NoKey
}

/// The areas of what is critical and of the others: half of the screen each, unless there is nothing for one.
fn halves(area: Rect, critical: usize, others: usize) -> [Rect; 2] {
    let none = Rect { width: 0, height: 0, ..area };
    if critical == 0 {
        return [none, area];
    } else if others == 0 || area.height < 2 {
        return [area, none];
    }
    let half = [Constraint::Fill(1), Constraint::Fill(1)];
    if area.width >= 2 * LEGIBLE.0 + GAP.0 {
        Layout::horizontal(half).spacing(Spacing::Space(GAP.0)).areas(area)
    } else {
        Layout::vertical(half).areas(area)
    }
}

/// Number of tiles of a legible size, at least 1.
fn capacity(area: Rect) -> usize {
    let columns = (area.width + GAP.0) / (LEGIBLE.0 + GAP.0);
    let rows = (area.height + GAP.1) / (LEGIBLE.1 + GAP.1);
    usize::from(columns.max(1)) * usize::from(rows.max(1))
}

/// Cells for a number of tiles, row by row; fewer where not even rows of one line have room for all.
fn grid(area: Rect, count: usize) -> Vec<Rect> {
    if count == 0 || area.is_empty() {
        return Vec::new();
    }
    let columns_max = (area.width + GAP.0) / (WIDTH_MIN + GAP.0);
    let columns = (1..=columns_max.max(1)).max_by_key(|columns| worth(area, count, *columns)).unwrap_or(1);
    let rows = u16::try_from(count.div_ceil(usize::from(columns))).unwrap_or(u16::MAX).min(area.height);
    let gap = u16::from(area.height >= rows.saturating_mul(LEGIBLE.1 + GAP.1));
    let lines = parts(area.y, area.height, rows, gap);
    let cell =
        |(y, height)| parts(area.x, area.width, columns, GAP.0).map(move |(x, width)| Rect { x, y, width, height });
    lines.flat_map(cell).take(count).collect()
}

/// Starts and lengths of equal parts of a length. With hundreds of them, a solver of constraints takes seconds.
fn parts(start: u16, length: u16, count: u16, gap: u16) -> impl Iterator<Item = (u16, u16)> {
    let length = u32::from(length.saturating_sub(gap.saturating_mul(count.saturating_sub(1))));
    let edge = move |part: u16| u16::try_from(length * u32::from(part) / u32::from(count.max(1))).unwrap_or(0);
    (0..count).map(move |part| (start + edge(part) + gap * part, edge(part + 1) - edge(part)))
}

/// How well so many columns use the area: the size of a tile, a row counted as three columns, less what stays empty.
fn worth(area: Rect, count: usize, columns: u16) -> (bool, u64) {
    let rows = u16::try_from(count.div_ceil(usize::from(columns))).unwrap_or(u16::MAX);
    let (width, height) = (area.width / columns, area.height / rows);
    let size = u64::from(width.min(height.saturating_mul(3)));
    let cells = u64::from(columns) * u64::from(rows);
    let count = u64::try_from(count).unwrap_or(u64::MAX).min(cells);
    (height > 0, size * 1_000 * count * count / (cells * cells).max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::*;

    fn named(number: usize, environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
        EnvironmentSnapshot { environment: crate::testing::environment(&format!("e{number}")), ..environment }
    }

    fn many(critical: usize, others: usize) -> Snapshot {
        let critical = (0..critical).map(|number| named(number, prod()));
        let others = (0..others).map(|number| named(100 + number, dev()));
        snapshot(others.chain(critical).collect())
    }

    fn page(snapshot: &Snapshot, width: u16, height: u16, seconds: i64) -> WallPage {
        WallPage::of(snapshot, Rect::new(0, 0, width, height), now() + SignedDuration::from_secs(seconds))
    }

    fn sizes(page: &WallPage) -> Vec<(u16, u16)> {
        page.tiles.iter().map(|(_, area)| (area.width, area.height)).collect()
    }

    #[test]
    fn what_is_critical_takes_half_of_the_screen_and_the_others_share_the_rest() {
        assert_eq!(sizes(&page(&usual(), 120, 37, 0)), [(59, 37), (59, 18), (59, 18)]);
        assert_eq!(sizes(&page(&snapshot(vec![prod()]), 120, 37, 0)), [(120, 37)]);
    }

    #[test]
    fn environments_are_columns_bands_or_a_grid_by_size_and_number() {
        let calm = |count| many(0, count);
        assert_eq!(sizes(&page(&calm(3), 120, 37, 0)), [(38, 37), (39, 37), (39, 37)]);
        assert_eq!(sizes(&page(&calm(3), 40, 37, 0)), [(40, 11), (40, 12), (40, 12)]);
        assert_eq!(sizes(&page(&calm(4), 120, 37, 0)), [(59, 18); 4]);
    }

    #[test]
    fn pages_turn_by_themselves_and_come_back() {
        let snapshot = many(1, 20);
        let first = page(&snapshot, 120, 37, 0);
        assert_eq!(first.count, 3);
        assert_eq!(first.turns_at(now()), Some(now() + TURN));
        let numbers: Vec<_> = (0..4).map(|turn| page(&snapshot, 120, 37, turn * 15).number).collect();
        assert_eq!(numbers, [0, 1, 2, 3].map(|turn| (first.number + turn) % 3));
        assert_eq!(page(&usual(), 120, 37, 0).turns_at(now()), None);
    }

    #[test]
    fn an_environment_without_a_key_takes_no_room_unless_nothing_has_one_or_it_was_asked_for() {
        assert_eq!(page(&snapshot(vec![no_key("dev"), calm_prod()]), 80, 24, 0).tiles.len(), 1);
        assert_eq!(page(&snapshot(vec![no_key("dev"), no_key("prod")]), 80, 24, 0).tiles.len(), 2);
        let asked = EnvironmentSnapshot { requested: true, ..no_key("dev") };
        assert_eq!(page(&snapshot(vec![asked, calm_prod()]), 80, 24, 0).tiles.len(), 2);
    }

    proptest! {
        #[test]
        fn each_environment_has_its_turn_and_what_is_critical_is_on_each_page(
            (critical, others) in (0usize..40, 0usize..60), (width, height) in (1u16..210, 1u16..64),
        ) {
            let snapshot = many(critical, others);
            let area = Rect::new(2, 1, width, height);
            let count = page(&snapshot, width, height, 0).count;
            let mut seen = std::collections::BTreeSet::new();
            for turn in 0..i64::try_from(count).unwrap() {
                let page = WallPage::of(&snapshot, area, now() + TURN * i32::try_from(turn).unwrap());
                let shown = page.tiles.iter().filter(|(place, _)| *place >= others).count();
                prop_assert_eq!(shown + page.untold.map_or(0, |(count, _)| count), critical);
                let areas: Vec<_> = page.tiles.iter().map(|(_, area)| *area).chain(page.untold.map(|it| it.1)).collect();
                for (index, one) in areas.iter().enumerate() {
                    prop_assert!(!one.is_empty() && one.union(area) == area);
                    prop_assert!(areas[index + 1..].iter().all(|other| !one.intersects(*other)));
                }
                seen.extend(page.tiles.into_iter().map(|(place, _)| place).filter(|place| *place < others));
            }
            if height > 1 || critical == 0 {
                prop_assert_eq!(seen.len(), others);
            }
        }
    }
}
