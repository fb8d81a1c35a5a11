//! The names of the ranges at the right end of a title: `24 h [7 d] 30 d 90 d`.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::chart_range::ChartRange;
use crate::tui::hit_map::{HitMap, HitTarget};
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::columns;

/// A title, the longest form first, and the names of the ranges for its right end, or as much of both as there is room
/// for in a frame of that width.
pub(super) fn fitting<'a>(titles: &[Line<'a>; 3], screen: &Screen, width: u16) -> (Line<'a>, Line<'a>) {
    let appearance = screen.appearance;
    let chosen = screen.chart_range();
    let name_of = |range: ChartRange| {
        let name = range.short();
        if range == chosen {
            appearance.span(Role::Accent, format!("[{name}]"))
        } else {
            appearance.span(Role::Muted, name)
        }
    };
    let spaced = ChartRange::ALL.into_iter().flat_map(|range| [Span::raw(" "), name_of(range)]);
    let all = spaced.skip(1).collect();
    let corners: [Line<'_>; 2] = [all, Line::from(name_of(chosen))];
    // What is left out first is a detail of the title, then the other ranges.
    let steps = [(0, 0), (1, 0), (1, 1), (2, 1)];
    let fits = |(title, corner): &(usize, usize)| {
        titles[*title].width() + corners[*corner].width() + Panel::ROOM <= usize::from(width)
    };
    let (title, corner) = steps.into_iter().find(fits).unwrap_or((2, 1));
    (titles[title].clone(), corners[corner].clone())
}

/// Registers the names of the ranges in the title of a frame, for clicks.
pub(super) fn register(frame: &Panel<'_>, area: Rect, hits: &mut HitMap) {
    let corner = frame.corner_area(area);
    let mut x = corner.x;
    for span in frame.corner.iter().filter(|_| corner.width > 0) {
        let width = columns(&span.content);
        let name = span.content.trim_matches(['[', ']']);
        if let Some(range) = ChartRange::ALL.into_iter().find(|range| range.short() == name) {
            hits.push(Rect { x, width, ..corner }, HitTarget::Range(range));
        }
        x += width;
    }
}
