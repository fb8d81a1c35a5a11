//! The rows of a card. Labels, bars and numbers stand in the same columns on all cards, whatever the values.

use ratatui::style::Style;

use super::gauge::{cells, split, trend_levels};
use crate::domain::account::Account;
use crate::domain::key_age::RotationPhase;
use crate::domain::limit::Limit;
use crate::domain::quota::QuotaWindow;
use crate::domain::status::Flag;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::theme::Role;
use crate::tui::view::known_values::{is_current, limits_are_known};
use crate::tui::view::painter::Painter;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;
use crate::wording::format;
use crate::wording::sentences::{self, StatusSymbol};
use crate::wording::times;

/// Labels stand in so many columns.
const LABEL_WIDTH: u16 = 8;
/// Room for ` 100 %` after a number.
const PERCENT_WIDTH: u16 = 7;

/// Room for `38,765 of 50,000`.
const NUMBERS_IN_LINE: u16 = 16;

/// Stands at the end of a gauge of more credits than the allowance.
const ABOVE: &str = "+";
/// Room for `by this monitor 59 min ago`.
const USED_WIDTH: u16 = 26;

/// The cells of a row.
#[derive(Clone, Copy)]
pub(super) struct RowArea {
    pub x: u16,
    pub y: u16,
    pub width: u16,
}

impl RowArea {
    fn end(self) -> u16 {
        self.x + self.width
    }

    /// First column of bars and texts, after the label.
    fn value(self) -> u16 {
        self.x + LABEL_WIDTH.min(self.width)
    }

    /// The columns kept for a number at the right.
    fn number_width(self) -> u16 {
        (self.width / 2).saturating_sub(1).clamp(10, 16).min(self.width)
    }

    /// The columns of a bar between the label and the number.
    fn bar_width(self) -> u16 {
        self.width.saturating_sub(LABEL_WIDTH + 1 + self.number_width())
    }
}

/// Paints the rows of one environment.
pub(super) struct RowPainter<'a, 'b> {
    painter: &'a mut Painter<'b>,
    environment: &'a EnvironmentSnapshot,
    context: &'a ViewContext<'a>,
    /// True where the values are of the last poll; else they are dimmed.
    current: bool,
    value: Style,
    muted: Style,
}

impl<'a, 'b> RowPainter<'a, 'b> {
    pub(super) fn new(
        painter: &'a mut Painter<'b>,
        environment: &'a EnvironmentSnapshot,
        context: &'a ViewContext<'a>,
    ) -> Self {
        let current = is_current(environment);
        let value = painter.style(if current { Role::Text } else { Role::Muted });
        let muted = painter.style(Role::Muted);
        Self { painter, environment, context, current, value, muted }
    }

    /// `credits   38,765 of 50,000   78 %`
    pub(super) fn credits(&mut self, slot: RowArea) {
        self.label(slot, "credits");
        self.credits_number(slot, slot.width.saturating_sub(LABEL_WIDTH));
    }

    pub(super) fn credits_bar(&mut self, slot: RowArea) {
        self.credits_gauge(slot.x, slot.y, slot.width);
    }

    /// The same in one row, with the bar between.
    pub(super) fn credits_in_line(&mut self, slot: RowArea) {
        self.label(slot, "credits");
        let numbers = self.numbers_in_line(slot.width) + PERCENT_WIDTH;
        self.credits_gauge(slot.value(), slot.y, slot.width.saturating_sub(LABEL_WIDTH + numbers + 2));
        self.credits_number(slot, numbers);
    }

    /// The columns kept for the credits of a card that has them in one row: the same for all environments, and as many as
    /// the longest needs, if half of the row is left for the gauge.
    fn numbers_in_line(&self, width: u16) -> u16 {
        let accounts = self.context.snapshot.environments.iter().filter_map(|environment| environment.account.as_ref());
        let room = (width / 2).saturating_sub(PERCENT_WIDTH);
        let needed =
            accounts.map(|account| width_of(account.credits_remaining, account.monthly_allowance, format::credits));
        needed.filter(|needed| *needed <= room).max().unwrap_or_default().max(NUMBERS_IN_LINE)
    }

    fn credits_number(&mut self, slot: RowArea, width: u16) {
        let Some(account) = &self.environment.account else {
            let dash = self.painter.appearance().symbols.dash;
            self.painter.line_right(slot.end(), slot.y, width, &[(dash, self.muted)]);
            return;
        };
        let percent =
            account.credits_ratio().map_or_else(|| self.painter.appearance().symbols.dash.to_owned(), format::percent);
        let percent = format!("{percent:>width$}", width = usize::from(PERCENT_WIDTH));
        let room = if width < 20 { width } else { width - PERCENT_WIDTH };
        let percent = if room < width { percent.as_str() } else { "" };
        let (left, of) = of(account.credits_remaining, account.monthly_allowance, room, format::credits);
        let strong = if self.current { self.painter.bold(Role::Text) } else { self.muted };
        let parts = [(left.as_str(), strong), (of.as_str(), self.muted), (percent, self.value)];
        self.painter.line_right(slot.end(), slot.y, width, &parts);
    }

    fn credits_gauge(&mut self, x: u16, y: u16, width: u16) {
        let role =
            self.worst(&[Flag::CreditsOut, Flag::CreditsCritical], &[Flag::CreditsLow, Flag::RunsOutBeforeReset]);
        let Some(ratio) = self.environment.account.as_ref().and_then(Account::credits_ratio) else {
            return self.painter.hatch(x, y, width);
        };
        self.painter.bar(x, y, width, [cells(ratio, width), 0], role, !self.current);
        if ratio > 1.0 && width > 0 {
            let style = self.painter.style(role);
            self.painter.text(x + width - 1, y, 1, ABOVE, style);
        }
    }

    /// Credits used over the last 7 days, and how many a day.
    pub(super) fn burn(&mut self, slot: RowArea) {
        self.label(slot, "spent");
        // What is not of now stands in the detail, with its date.
        let current = self.environment.forecast.as_ref().filter(|_| self.environment.outdated_forecast().is_none());
        let Some(forecast) = current else { return self.unknown(slot) };
        let width = slot.bar_width();
        let symbols = self.painter.appearance().symbols;
        let levels = trend_levels(&forecast.trend, width);
        let style = self.painter.style(if self.current { Role::Bar } else { Role::Muted });
        for (x, level) in (slot.value()..).zip(levels) {
            match level.and_then(|level| symbols.levels.get(level)) {
                Some(symbol) => self.painter.fill(x, slot.y, 1, symbol, style),
                None => self.painter.hatch(x, slot.y, 1),
            }
        }
        let burn = forecast.burn.a_day().map(sentences::rate);
        let burn = burn.unwrap_or_else(|| symbols.dash.to_owned());
        self.painter.line_right(slot.end(), slot.y, slot.number_width(), &[(&burn, self.value)]);
    }

    pub(super) fn minute(&mut self, slot: RowArea) {
        self.window(slot, "minute", self.environment.minute, Role::Bar);
    }

    pub(super) fn day(&mut self, slot: RowArea) {
        let role = self.worst(&[Flag::DailyLimitReached], &[Flag::DailyLimitNear]);
        self.window(slot, "day", self.environment.day, role);
    }

    /// Requests used of a rate limit, or this monitor's own where only those are known.
    fn window(&mut self, slot: RowArea, label: &str, window: QuotaWindow, role: Role) {
        self.label(slot, label);
        if window.limit == Limit::Unknown && !limits_are_known(self.environment) {
            return self.unknown(slot);
        }
        if let Some(uncounted) = sentences::uncounted(&window) {
            let room = slot.width.saturating_sub(LABEL_WIDTH);
            let taken = self.painter.text(slot.value(), slot.y, room, &uncounted, self.muted);
            return self.own_calls(slot, window.own, room.saturating_sub(taken + 1));
        }
        if window.is_over {
            return self.unread(slot);
        }
        let limit = window.limit.cap().unwrap_or_default();
        let Some(used) = window.used() else {
            self.painter.hatch(slot.value(), slot.y, slot.bar_width());
            let of = format!("? of {}", format::count(limit));
            let of =
                if columns(&of) > slot.number_width() { format!("? of {}", format::short(float(limit))) } else { of };
            return self.painter.line_right(slot.end(), slot.y, slot.number_width(), &[(&of, self.muted)]);
        };
        let bar = split(window, used, slot.bar_width());
        self.painter.bar(slot.value(), slot.y, slot.bar_width(), bar, role, !self.current);
        let (used, of) = of(float(used), Some(float(limit)), slot.number_width(), format::credits);
        let parts = [(used.as_str(), self.value), (of.as_str(), self.muted)];
        self.painter.line_right(slot.end(), slot.y, slot.number_width(), &parts);
    }

    /// A row for a limit of which the use is not known now: the answer that told is of a minute or day that is over.
    fn unread(&mut self, slot: RowArea) {
        let read = self.environment.polled_at.map(|at| times::short_ago(at, self.context.now)).unwrap_or_default();
        let dash = self.painter.appearance().symbols.dash;
        let room = slot.width.saturating_sub(LABEL_WIDTH);
        self.painter.text(slot.value(), slot.y, room, &format!("{dash}  read {read}"), self.muted);
    }

    fn own_calls(&mut self, slot: RowArea, own: u64, room: u16) {
        let (whole, short) = (format::count(own), format::short(float(own)));
        let forms = [("own calls ", &whole), ("own calls ", &short), ("own ", &whole), ("own ", &short)];
        let form = forms.into_iter().find(|(label, number)| columns(label) + columns(number) <= room);
        if let Some((label, number)) = form {
            self.painter.line_right(slot.end(), slot.y, room, &[(label, self.muted), (number, self.value)]);
        }
    }

    /// Days that the key has lived, of those it may.
    pub(super) fn key(&mut self, slot: RowArea) {
        self.label(slot, "key");
        let Some(age) = self.environment.key.as_ref().and_then(|key| key.age) else {
            return self.unknown(slot);
        };
        let role = match age.phase {
            RotationPhase::Young => Role::Bar,
            RotationPhase::Soon => Role::Warning,
            RotationPhase::Overdue => Role::Critical,
        };
        let (Some(days), Some(ratio)) = (age.days, age.ratio()) else {
            self.painter.hatch(slot.value(), slot.y, slot.bar_width());
            let ahead = times::short_ago(age.created_at, self.context.now);
            return self.painter.line_right(slot.end(), slot.y, slot.number_width(), &[(&ahead, self.muted)]);
        };
        let bar = [cells(ratio, slot.bar_width()), 0];
        self.painter.bar(slot.value(), slot.y, slot.bar_width(), bar, role, false);
        let room = slot.number_width().saturating_sub(2);
        let (days, of) = of(f64::from(days), Some(f64::from(age.days_max)), room, format::credits);
        let text = self.painter.style(Role::Text);
        let parts = [(days.as_str(), text), (of.as_str(), self.muted), (" d", self.muted)];
        self.painter.line_right(slot.end(), slot.y, slot.number_width(), &parts);
    }

    pub(super) fn others(&mut self, slot: RowArea, label: &str) {
        let now = self.context.now;
        let when = self
            .environment
            .others_use
            .map(|used| [sentences::used_ago(used, now), sentences::used_ago_short(used, now)]);
        self.used(slot, label, ["by others", "others"], when);
    }

    pub(super) fn own(&mut self, slot: RowArea, label: &str) {
        let now = self.context.now;
        let when = self.environment.own_use.map(|used| [times::ago(used, now), times::short_ago(used, now)]);
        self.used(slot, label, ["by this monitor", "monitor"], when);
    }

    fn used(&mut self, slot: RowArea, label: &str, by: [&str; 2], when: Option<[String; 2]>) {
        self.label(slot, label);
        let room = slot.width.saturating_sub(LABEL_WIDTH);
        let by = by[usize::from(room < USED_WIDTH)];
        let taken = self.painter.text(slot.value(), slot.y, room, by, self.muted);
        let room = room.saturating_sub(taken + 1);
        let when = when.map(|[long, short]| if columns(&long) <= room { long } else { short });
        let when = when.unwrap_or_else(|| self.painter.appearance().symbols.dash.to_owned());
        self.painter.line_right(slot.end(), slot.y, room, &[(&when, self.value)]);
    }

    /// The age of the numbers, and when they are asked for next.
    pub(super) fn sample(&mut self, slot: RowArea) {
        self.label(slot, "sample");
        let room = slot.width.saturating_sub(LABEL_WIDTH);
        let next = sentences::next_poll(self.environment, self.context.now, self.context.zone);
        let age = self.environment.polled_at.map(|at| match times::old(at, self.context.now) {
            long if columns(&long) + columns(&next) < room => long,
            long if long.ends_with(" old") => long,
            _ => times::short_ago(at, self.context.now),
        });
        let age = age.unwrap_or_else(|| self.painter.appearance().symbols.dash.to_owned());
        let text = self.painter.style(Role::Text);
        let taken = self.painter.text(slot.value(), slot.y, room, &age, text);
        if columns(&next) < room.saturating_sub(taken) {
            self.painter.line_right(slot.end(), slot.y, columns(&next), &[(&next, self.muted)]);
        }
    }

    pub(super) fn sentence(&mut self, slot: RowArea, mark: Option<StatusSymbol>, text: &str) {
        let style = self.painter.style(Role::Text);
        match mark {
            Some(StatusSymbol::Ok) => self.painter.text(slot.x, slot.y, slot.width, text, self.muted),
            Some(mark) => self.painter.marked(slot.x, slot.y, slot.width, mark, text, style),
            None => self.painter.text(slot.x + 2, slot.y, slot.width.saturating_sub(2), text, style),
        };
    }

    fn label(&mut self, slot: RowArea, label: &str) {
        let style = self.painter.style(Role::Label);
        self.painter.text(slot.x, slot.y, LABEL_WIDTH.min(slot.width), label, style);
    }

    fn unknown(&mut self, slot: RowArea) {
        self.painter.hatch(slot.value(), slot.y, slot.bar_width());
        let dash = self.painter.appearance().symbols.dash;
        self.painter.line_right(slot.end(), slot.y, slot.number_width(), &[(dash, self.muted)]);
    }

    /// The role of a bar that some flags concern.
    fn worst(&self, critical: &[Flag], warning: &[Flag]) -> Role {
        let raised = |flags: &[Flag]| flags.iter().any(|flag| self.environment.flags.contains(flag));
        if raised(critical) {
            Role::Critical
        } else if raised(warning) {
            Role::Warning
        } else {
            Role::Bar
        }
    }
}

/// `38,765` and ` of 50,000`; shortened where `width` would not hold the whole twice.
fn of(part: f64, whole: Option<f64>, width: u16, write: fn(f64) -> String) -> (String, String) {
    let write = if width_of(part, whole, write) <= width { write } else { format::short };
    written(part, whole, write)
}

fn written(part: f64, whole: Option<f64>, write: fn(f64) -> String) -> (String, String) {
    (write(part), whole.map(|whole| format!(" of {}", write(whole))).unwrap_or_default())
}

/// The columns of a part and of the whole that it is of: as many as the whole of the whole takes, so that it is not the
/// part's digits that decide.
fn width_of(part: f64, whole: Option<f64>, write: fn(f64) -> String) -> u16 {
    let (part, of) = written(part, whole, write);
    columns(&part).max(columns(&of).saturating_sub(4)) + columns(&of)
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_where_there_is_room() {
        let both = |width| {
            let (part, whole) = of(38_765.0, Some(50_000.0), width, format::credits);
            part + &whole
        };
        assert_eq!((both(16).as_str(), both(15).as_str()), ("38,765 of 50,000", "38.7k of 50k"));
    }
}
