//! Hit map: the regions of a frame that can be clicked, and what a click on each means.
//!
//! Whatever draws a region registers it as it lays it out, so that a click finds what was drawn.

use ratatui::layout::{Position, Rect};

use super::chart_range::ChartRange;
use super::keymap::{Chord, UiCommand};

/// What a click means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HitTarget {
    /// Choice of the environment of that number, from 0.
    Environment(usize),
    /// Choice of the environment of that number, and then the first key of a command.
    OfEnvironment(usize, UiCommand),
    /// Choice of the range of the chart.
    Range(ChartRange),
    /// The first key of a command.
    Command(UiCommand),
    /// A key, as hints name it.
    Press(Chord),
    /// Nothing: what lies below is covered.
    Cover,
}

/// Regions of a frame, those on top last.
#[derive(Debug, Default)]
pub(crate) struct HitMap(Vec<(Rect, HitTarget)>);

impl HitMap {
    /// Registers a region on top of those before it.
    pub(super) fn push(&mut self, area: Rect, target: HitTarget) {
        if !area.is_empty() {
            self.0.push((area, target));
        }
    }

    /// The topmost target at a cell.
    pub(super) fn at(&self, column: u16, row: u16) -> Option<HitTarget> {
        let here = |(area, _): &&(Rect, HitTarget)| area.contains(Position::new(column, row));
        self.0.iter().rfind(here).map(|(_, target)| *target)
    }

    /// All regions, those on top last.
    #[cfg(test)]
    pub(super) fn regions(&self) -> &[(Rect, HitTarget)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_registered_last_lies_on_top_and_an_empty_region_nowhere() {
        let mut hits = HitMap::default();
        hits.push(Rect::new(0, 0, 9, 9), HitTarget::Environment(1));
        hits.push(Rect::new(2, 2, 3, 1), HitTarget::Cover);
        hits.push(Rect::new(0, 0, 9, 0), HitTarget::Environment(2));
        assert_eq!(hits.regions().len(), 2);
        assert_eq!(hits.at(0, 0), Some(HitTarget::Environment(1)));
        assert_eq!([hits.at(2, 2), hits.at(4, 2)], [Some(HitTarget::Cover); 2]);
        assert_eq!(hits.at(5, 2), Some(HitTarget::Environment(1)));
        assert_eq!([hits.at(9, 2), hits.at(2, 9), hits.at(u16::MAX, u16::MAX)], [None; 3]);
    }
}
