//! Rows of a tile: what has room, and how high.

use ratatui::layout::Size;

/// Part of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TileRow {
    /// Name and status.
    Name,
    /// Credits left.
    Credits,
    /// The part of the allowance that is left.
    Share,
    /// Its gauge.
    Gauge,
    /// What is wrong.
    Wrong,
    /// Something small: use, age or forecast.
    Detail,
    /// Nothing.
    Blank,
}

/// What a tile has to show.
pub(super) struct TileNeeds<'a> {
    /// Rows that the name takes of a room.
    pub name: &'a dyn Fn(Size) -> u16,
    /// Rows that the credits take of a room.
    pub credits: &'a dyn Fn(Size) -> u16,
    /// Lines of what is wrong; 0 where nothing is.
    pub wrong: usize,
    /// True where the part of the allowance is known.
    pub has_share: bool,
    /// Number of small lines.
    pub details: usize,
}

/// Parts of a tile from top to bottom, each with its rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TileRows(pub Vec<(TileRow, u16)>);

/// Most rows of a name, and of credits before there is room for all else.
const BIG: u16 = 4;
/// Most rows of what is wrong.
const WRONG_MAX: u16 = 3;
/// Most blank rows between two parts.
const GAP_MAX: u16 = 2;

impl TileRows {
    /// The parts that have room, the most telling first, and then larger ones.
    pub(super) fn new(size: Size, needs: &TileNeeds<'_>) -> Self {
        let mut left = size.height;
        let mut take = |rows: u16| {
            let taken = rows.min(left);
            left -= taken;
            taken
        };
        let name = take(1);
        let credits = take(1);
        let wrong = take(u16::from(needs.wrong > 0));
        let gauge = take(1);
        let share = take(u16::from(needs.has_share));
        let mut larger = |rows: u16, max: u16, needed: &dyn Fn(Size) -> u16| {
            let room = left.saturating_add(rows).min(max);
            let height = if rows == 0 { 0 } else { needed(Size::new(size.width, room)).max(rows) };
            left -= height - rows;
            height
        };
        let credits = larger(credits, BIG, needs.credits);
        let name = larger(name, BIG, needs.name);
        let lines = u16::try_from(needs.wrong).unwrap_or(WRONG_MAX).min(WRONG_MAX);
        let wrong = larger(wrong, WRONG_MAX, &|room| lines.min(room.height));
        let details = u16::try_from(needs.details).unwrap_or(u16::MAX).min(left);
        left -= details;
        // Twice the size needs no more than what is left beside a blank row for each gap.
        let room = credits + left.saturating_sub(3);
        let grown = (needs.credits)(Size::new(size.width, room));
        let credits_grown = if credits > 0 { grown.max(credits) } else { 0 };
        left -= credits_grown - credits;
        let mut rows = Vec::new();
        let gap = (left / 3).min(GAP_MAX);
        let blank = (TileRow::Blank, gap);
        rows.extend([(TileRow::Name, name), blank, (TileRow::Credits, credits_grown), (TileRow::Share, share)]);
        rows.extend([(TileRow::Gauge, gauge), blank, (TileRow::Wrong, wrong), blank]);
        rows.extend((0..details).map(|_| (TileRow::Detail, 1)));
        rows.retain(|(_, height)| *height > 0);
        Self(rows)
    }

    /// True where a part has room.
    pub(super) fn has(&self, row: TileRow) -> bool {
        self.0.iter().any(|(other, _)| *other == row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(height: u16) -> Vec<(TileRow, u16)> {
        let big = |room: Size| {
            if room.height >= 8 {
                8
            } else if room.height >= 4 {
                4
            } else {
                room.height.min(1)
            }
        };
        let needs = TileNeeds { name: &big, credits: &big, wrong: 1, has_share: true, details: 3 };
        TileRows::new(Size::new(40, height), &needs).0
    }

    #[test]
    fn the_most_telling_comes_first_and_grows_first() {
        use TileRow::{Blank, Credits, Detail, Gauge, Name, Share, Wrong};
        assert_eq!(rows(1), [(Name, 1)]);
        assert_eq!(rows(3), [(Name, 1), (Credits, 1), (Wrong, 1)]);
        assert_eq!(rows(5), [(Name, 1), (Credits, 1), (Share, 1), (Gauge, 1), (Wrong, 1)]);
        assert_eq!(rows(8), [(Name, 1), (Credits, 4), (Share, 1), (Gauge, 1), (Wrong, 1)]);
        assert_eq!(rows(11), [(Name, 4), (Credits, 4), (Share, 1), (Gauge, 1), (Wrong, 1)]);
        let details = [(Detail, 1); 3];
        let tall = [(Name, 4), (Blank, 1), (Credits, 8), (Share, 1), (Gauge, 1), (Blank, 1), (Wrong, 1), (Blank, 1)];
        assert_eq!(rows(21), [&tall[..], &details].concat());
    }

    proptest! {
        #[test]
        fn the_rows_of_a_tile_have_room(
            height in 0u16..80, name in 0u16..9, credits in 0u16..9, wrong in 0usize..9, details in 0usize..4,
            has_share in any::<bool>(),
        ) {
            let name = |room: Size| name.min(room.height);
            let credits = |room: Size| credits.min(room.height);
            let needs = TileNeeds { name: &name, credits: &credits, wrong, has_share, details };
            let rows = TileRows::new(Size::new(40, height), &needs);
            prop_assert!(rows.0.iter().map(|(_, rows)| rows).sum::<u16>() <= height);
            prop_assert_eq!(rows.has(TileRow::Name), height > 0);
            prop_assert_eq!(rows.has(TileRow::Wrong), wrong > 0 && height > 2);
        }
    }
}
