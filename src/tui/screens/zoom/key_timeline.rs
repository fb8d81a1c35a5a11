//! Timeline of a key: created, today and by when it must be rotated, on a line of its days.

use std::cmp::Reverse;

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

/// The life of a key so far, and what is left of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyTimeline<'a> {
    pub age: KeyAge,
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

    /// The texts of the moments under the line, each as near to its place as those after it let it, the last one first.
    fn labels(&self, width: u16) -> Vec<(u16, String)> {
        let KeyMoments { created, today, rotate_by } =
            key_timeline::moments(&self.age, self.context.now, self.context.zone);
        let KeyAge { created_at, rotate_by: end, .. } = self.age;
        let mut moments = [(created_at, created), (end, rotate_by), (self.context.now, today)];
        moments.sort_by_key(|(at, _)| Reverse(*at));
        let mut room = width;
        let mut placed = Vec::new();
        for (moment, text) in moments {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the width")]
            let place = (self.part(moment.as_second()).clamp(0.0, 1.0) * f64::from(width)).round() as u16;
            let length = columns(&text);
            if let Some(last) = room.checked_sub(length) {
                let at = place.saturating_sub(length / 2).min(last);
                placed.push((at, text));
                room = at.saturating_sub(2);
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
