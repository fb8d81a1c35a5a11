//! Timeline of a key: created, first used, today and by when it must be rotated, on a line of its days.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::domain::key_age::{KeyAge, RotationPhase};
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::line_gauge::LineGauge;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::columns;
use crate::wording::key_timeline::{self, KeyMoments};

/// Columns between two texts, at least.
const GAP: u16 = 2;

/// The life of a key so far, and what is left of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyTimeline<'a> {
    pub age: KeyAge,
    /// The first use by others, where it is known.
    pub first_use: Option<Timestamp>,
    pub context: &'a ViewContext<'a>,
    pub appearance: Appearance,
}

impl KeyTimeline<'_> {
    /// The part of the line that a moment is at: from the creation to the end of its time, or to now where that is later.
    fn part(&self, seconds: i64) -> f64 {
        let start = self.age.created_at.as_second();
        let end = self.age.rotate_by.max(self.context.now).as_second();
        #[expect(clippy::cast_precision_loss, reason = "seconds of a few years")]
        let part = seconds.saturating_sub(start) as f64 / end.saturating_sub(start).max(1) as f64;
        part
    }

    /// The texts of the moments under the line, each as near to its place as the others let it, the last one first. Where
    /// not all have room, the first use is left out, then what is earliest.
    fn labels(&self, width: u16) -> Vec<(u16, String)> {
        let KeyMoments { created, first_use, today, rotate_by } =
            key_timeline::moments(&self.age, self.first_use, self.context.now, self.context.zone);
        let KeyAge { created_at, rotate_by: end, .. } = self.age;
        let mut moments = vec![(created_at, created), (end, rotate_by), (self.context.now, today)];
        let first_use = self.first_use.zip(first_use);
        let length: u16 = moments.iter().chain(&first_use).map(|(_, text)| columns(text) + GAP).sum();
        moments.extend(first_use.filter(|_| length <= width + GAP));
        moments.sort_by_key(|(at, _)| *at);
        let mut room = width;
        let mut placed = Vec::new();
        while let Some((moment, text)) = moments.pop() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the width")]
            let place = (self.part(moment.as_second()).clamp(0.0, 1.0) * f64::from(width)).round() as u16;
            let length = columns(&text);
            if let Some(last) = room.checked_sub(length) {
                let earlier: u16 = moments.iter().map(|(_, text)| columns(text) + GAP).sum();
                let first = if earlier <= last { earlier } else { 0 };
                let at = place.saturating_sub(length / 2).clamp(first, last);
                placed.push((at, text));
                room = at.saturating_sub(GAP);
            }
        }
        placed
    }
}

impl Widget for &KeyTimeline<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let appearance = self.appearance;
        let title = Line::from(appearance.span(Role::Label, key_timeline::title(&self.age)));
        (&Panel::new(title, appearance)).render(area, buf);
        let inner = Panel::inner(area).intersection(buf.area);
        let role = match self.age.phase {
            RotationPhase::Young => Role::Bar,
            RotationPhase::Soon => Role::Warning,
            RotationPhase::Overdue => Role::Critical,
        };
        // A key of the future has no age.
        let ratio = self.age.days.map(|_| self.part(self.context.now.as_second()));
        (&LineGauge { ratio, own: 0.0, role, dimmed: false, heavy: false, appearance }).render(inner, buf);
        if let Some(row) = inner.rows().nth(1) {
            for (at, text) in self.labels(row.width) {
                let area = Rect { x: row.x + at, width: row.width - at, ..row };
                Line::from(appearance.span(Role::Text, text)).render(area, buf);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::thresholds::Thresholds;
    use crate::testing::{self, OwnedViewContext};

    /// The texts under a line, of a key that was made and first used so many days ago.
    fn labels(created: i64, first_use: Option<i64>, width: u16) -> Vec<(u16, String)> {
        let owned = OwnedViewContext::new(testing::usual());
        let ago = |days: i64| testing::now() - SignedDuration::from_hours(days * 24 + 1);
        let age = KeyAge::at(ago(created), &Thresholds::default(), testing::now());
        let appearance = testing::screen().appearance;
        KeyTimeline { age, first_use: first_use.map(ago), context: &owned.context(), appearance }.labels(width)
    }

    fn names(labels: &[(u16, String)]) -> Vec<&str> {
        labels.iter().rev().map(|(_, text)| text.split([' ', ',']).next().unwrap()).collect()
    }

    #[test]
    fn the_first_use_stands_between_creation_and_today_and_is_the_first_to_go() {
        let all = ["created", "first", "today", "rotate"];
        assert_eq!(names(&labels(40, Some(20), 80)), all);
        assert_eq!(names(&labels(40, Some(40), 80)), all, "on the day of the creation");
        assert_eq!(names(&labels(40, Some(20), 60)), ["created", "today", "rotate"]);
        assert_eq!(names(&labels(40, None, 80)), ["created", "today", "rotate"]);
    }

    proptest! {
        #[test]
        fn texts_lie_apart_within_the_line(
            created in 0..200_i64, first_use in proptest::option::of(0..200_i64), width in 0..120_u16,
        ) {
            let labels = labels(created, first_use.filter(|days| *days <= created), width);
            let mut end = width + GAP;
            for (at, text) in &labels {
                prop_assert!(at + columns(text) + GAP <= end, "{labels:?}");
                end = *at;
            }
        }
    }
}
