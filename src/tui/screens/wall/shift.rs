//! Shift of the wall by a cell each hour, so that nothing burns into the screen.

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

/// Positions, one after the other in a loop, each a cell from the one before.
const LOOP: [(u16, u16); 8] = [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (2, 1), (1, 1), (0, 1)];
/// Columns and rows that the loop takes.
const ROOM: (u16, u16) = (3, 1);
/// A smaller area is no monitor on a wall, and has no cell to spare.
const SIZE_MIN: (u16, u16) = (40, 12);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The part of an area that the wall takes at a moment.
pub(super) fn shifted(area: Rect, now: Timestamp) -> Rect {
    if area.width < SIZE_MIN.0 || area.height < SIZE_MIN.1 {
        return area;
    }
    let hours = now.as_second().div_euclid(HOUR.as_secs());
    let steps = hours.rem_euclid(8);
    let (right, down) = usize::try_from(steps).ok().and_then(|step| LOOP.get(step)).copied().unwrap_or_default();
    Rect { x: area.x + right, y: area.y + down, width: area.width - ROOM.0, height: area.height - ROOM.1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_wall_moves_by_a_cell_with_each_hour_and_stays_on_the_screen(
            hour in -3_000_000i64..3_000_000, (width, height) in (1u16..300, 1u16..100),
        ) {
            let area = Rect::new(0, 0, width, height);
            let at = |second| shifted(area, Timestamp::from_second(hour * 3_600 + second).unwrap());
            prop_assert_eq!(at(0), at(3_599));
            prop_assert_eq!(at(0).union(area), area);
            let (before, after) = (at(0), at(3_600));
            let moved = before.x.abs_diff(after.x) + before.y.abs_diff(after.y);
            prop_assert_eq!(moved, u16::from(width >= 40 && height >= 12));
            prop_assert_eq!(before.as_size(), after.as_size());
        }
    }
}
