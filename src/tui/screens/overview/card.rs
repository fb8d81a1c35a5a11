//! Card of an environment: its frame and title, and the rows that it has room for.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Widget};

use super::figures::{self, Figure};
use super::layout::BIG_NUMBER;
use super::sentence_lines::{SentenceLine, sentence_lines};
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::known_values::is_current;
use crate::tui::screen::{Appearance, Screen};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::big_number::BigNumber;
use crate::tui::widgets::line_gauge::LineGauge;
use crate::tui::widgets::split_line::SplitLine;
use crate::tui::widgets::text::{columns, fit, wrap};
use crate::wording::sentences::{self, Sentence, environment_name};

/// Columns of a label.
const LABEL_WIDTH: u16 = 10;
/// Columns of a number that stands before its gauge: room for `9,401 of 10,000`.
const NUMBER_WIDTH: (u16, u16) = (16, 18);
/// Columns of a gauge beside a number, where there is room.
const GAUGE_WIDTH: u16 = 8;

/// Columns of a large digit.
const BIG_DIGIT_WIDTH: u16 = 4;
/// Rows of a card for what is said in words.
const SENTENCE_ROWS_MAX: usize = 3;
/// No screen has room for more cards with words.
const SENTENCES_OF_MAX: usize = 12;

/// Card of an environment.
pub(in crate::tui) struct Card<'a> {
    pub environment: &'a EnvironmentSnapshot,
    /// Number with which it is chosen; `None` where no key has it.
    pub number: Option<String>,
    pub is_chosen: bool,
    /// True where the credits are in large digits.
    pub has_big_number: bool,
    /// True where the reason stands below, for all environments alike.
    pub told_below: bool,
    pub screen: &'a Screen,
    pub context: &'a ViewContext<'a>,
}

/// A row of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CardRow {
    Credits,
    Gauge,
    Sentence,
    Blank,
    Day,
    Minute,
    Use,
    Key,
    Read,
}

/// All rows from top to bottom, each with its rank: where there is no room the highest go first.
const ROWS: [(CardRow, u8); 11] = [
    (CardRow::Credits, 0),
    (CardRow::Gauge, 2),
    (CardRow::Sentence, 1),
    (CardRow::Sentence, 9),
    (CardRow::Sentence, 10),
    (CardRow::Blank, 8),
    (CardRow::Day, 4),
    (CardRow::Minute, 6),
    (CardRow::Use, 5),
    (CardRow::Key, 7),
    (CardRow::Read, 3),
];

impl Widget for &Card<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.width < 8 || area.height < 2 {
            return;
        }
        let told =
            sentences::sentences_among(self.context.snapshot, self.environment, self.context.now, self.context.zone);
        let block = self.frame();
        let inner = block.inner(area);
        block.render(area, buf);
        let title = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
        self.render_title(title, buf, &told);
        if self.environment.account.is_none()
            && matches!(self.environment.status, Status::NoKey | Status::KeyUnavailable)
        {
            if !self.told_below {
                self.render_message(inner, buf, &told);
            }
        } else {
            self.render_rows(inner, buf, &told);
        }
    }
}

impl Card<'_> {
    fn appearance(&self) -> Appearance {
        self.screen.appearance
    }

    fn frame(&self) -> Block<'static> {
        let symbols = self.appearance().symbols;
        let is_production = self.environment.environment.name.is_production();
        let (border, quiet) =
            if is_production { (symbols.border_heavy, Role::Text) } else { (symbols.border, Role::Muted) };
        let style = if self.is_chosen { self.appearance().bold(Role::Accent) } else { self.appearance().style(quiet) };
        Block::bordered().border_set(border).border_style(style).padding(Padding::horizontal(1))
    }

    /// Number and name, and at the right the most telling word.
    fn render_title(&self, row: Rect, buf: &mut Buffer, told: &[Sentence]) {
        let appearance = self.appearance();
        let symbols = appearance.symbols;
        let name = environment_name(&self.environment.environment.name);
        let style = appearance.bold(if self.is_chosen { Role::Accent } else { Role::Text });
        let marker = if self.is_chosen { symbols.chosen } else { " " };
        let number = self.number.as_ref().map(|number| format!("{number} ")).unwrap_or_default();
        let left = Line::from(vec![
            Span::styled(marker, style),
            appearance.span(Role::Muted, number),
            Span::styled(name, style),
            Span::raw(" "),
        ]);
        let left = fit(left, row.width.saturating_sub(3), symbols.ellipsis);
        let (mark, word) = sentences::headline(self.environment);
        let room = row.width.saturating_sub(u16::try_from(left.width()).unwrap_or(0) + 6);
        let with_source = sentences::failing_source(self.environment).map(|source| format!("{word}: {source}"));
        let word = with_source.filter(|text| columns(text) <= room).unwrap_or(word);
        let is_wide = row.width >= 70 && self.environment.account.is_some();
        let worst = told.first().filter(|sentence| is_wide && sentence.severity > Severity::Ok);
        let word = worst.map_or(word.as_str(), |sentence| sentence.fitting(|form| columns(form) <= room));
        let right =
            Line::from(vec![Span::raw(" "), appearance.mark(mark), appearance.span(mark.into(), format!(" {word} "))]);
        let right = fit(right, row.width.saturating_sub(u16::try_from(left.width()).unwrap_or(0)), symbols.ellipsis);
        let end = row.right() - u16::try_from(right.width()).unwrap_or(row.width).min(row.width);
        let left_area = Rect { width: u16::try_from(left.width()).unwrap_or(row.width).min(row.width), ..row };
        for (line, area) in [(left, left_area), (right, Rect { x: end, width: row.right() - end, ..row })] {
            Clear.render(area, buf);
            line.render(area, buf);
        }
    }

    fn render_rows(&self, inner: Rect, buf: &mut Buffer, told: &[Sentence]) {
        let inner = if self.has_big_number { self.render_big_credits(inner, buf) } else { inner };
        let kept: Vec<_> =
            ROWS.iter().filter(|(_, rank)| u16::from(*rank) < inner.height).map(|(row, _)| *row).collect();
        let count = kept.iter().filter(|row| **row == CardRow::Sentence).count();
        let mut lines = sentence_lines(told, inner.width, count).into_iter();
        for (row, area) in kept.into_iter().zip(inner.rows()) {
            match row {
                CardRow::Credits => self.render_credits(area, buf),
                CardRow::Gauge => self.render_gauge(area, buf),
                CardRow::Sentence => {
                    if let Some(line) = lines.next() {
                        self.render_sentence(&line, area, buf);
                    }
                }
                CardRow::Blank => {}
                CardRow::Day => {
                    let figure = figures::day(self.environment, self.context, number_width(area.width));
                    self.render_figure("day", &figure, area, buf);
                }
                CardRow::Minute => {
                    let figure = figures::minute(self.environment, self.context, number_width(area.width));
                    self.render_figure("minute", &figure, area, buf);
                }
                CardRow::Key => {
                    let figure = figures::key_age(self.environment, self.context, number_width(area.width));
                    self.render_figure("key age", &figure, area, buf);
                }
                CardRow::Use => {
                    let own = figures::own_use(self.environment, self.context).unwrap_or_default();
                    let room = area.width.saturating_sub(LABEL_WIDTH);
                    let used =
                        figures::last_use(self.environment, self.context, room.saturating_sub(columns(&own) + 2));
                    let role = if is_current(self.environment) { Role::Text } else { Role::Muted };
                    self.render_texts("last use", (role, &used), &own, area, buf);
                }
                CardRow::Read => {
                    let next = sentences::next_poll(self.environment, self.context.now, self.context.zone);
                    let room = area.width.saturating_sub(LABEL_WIDTH + columns(&next) + 1);
                    let read = figures::read(self.environment, self.context, room);
                    self.render_texts("read", (Role::Text, &read), &next, area, buf);
                }
            }
        }
    }

    /// The credits in large digits; answers with the area below.
    fn render_big_credits(&self, area: Rect, buf: &mut Buffer) -> Rect {
        let appearance = self.appearance();
        let figure = figures::credits(self.environment, area.width);
        let [big, rest] = Layout::vertical([Constraint::Length(BIG_NUMBER), Constraint::Fill(1)]).areas(area);
        let style = if figure.dimmed { appearance.style(Role::Muted) } else { appearance.bold(Role::Text) };
        let number = BigNumber { text: figure.left.trim_end(), style, appearance };
        // All cards have digits of one size.
        let width = (columns(number.text) * BIG_DIGIT_WIDTH).min(big.width);
        (&number).render(Rect { width, ..big }, buf);
        rest
    }

    fn render_credits(&self, area: Rect, buf: &mut Buffer) {
        let appearance = self.appearance();
        let figure = figures::credits(self.environment, area.width.saturating_sub(7));
        let (strong, value) = if figure.dimmed {
            (appearance.style(Role::Muted), Role::Muted)
        } else {
            (appearance.bold(Role::Text), Role::Text)
        };
        let with_unit = columns(&figure.left) + columns(&figure.of) + 16 <= area.width && !figure.of.is_empty();
        let of = if with_unit { figure.of + " credits" } else { figure.of };
        let left = Line::from(vec![Span::styled(figure.left, strong), appearance.span(Role::Muted, of)]);
        let right = Line::from(appearance.span(value, figure.percent));
        (&SplitLine { left, right, ellipsis: appearance.symbols.ellipsis }).render(area, buf);
    }

    fn render_gauge(&self, area: Rect, buf: &mut Buffer) {
        let figure = figures::credits(self.environment, area.width);
        let gauge = LineGauge {
            ratio: figure.ratio,
            own: 0.0,
            role: figure.role,
            dimmed: figure.dimmed,
            heavy: true,
            appearance: self.appearance(),
        };
        (&gauge).render(area, buf);
        if figure.ratio.is_some_and(|ratio| ratio > 1.0) {
            // More credits than the allowance.
            let end = Rect { x: area.right().saturating_sub(1), width: 1, ..area };
            Span::styled("+", self.appearance().style(figure.role)).render(end, buf);
        }
    }

    /// A sentence at the weight of its severity.
    fn render_sentence(&self, line: &SentenceLine<'_>, area: Rect, buf: &mut Buffer) {
        let appearance = self.appearance();
        let role = if line.is_quiet { Role::Muted } else { Role::Text };
        let text = appearance.span(role, line.text);
        let spans = match line.mark {
            Some(mark) => vec![appearance.mark(mark), Span::raw(" "), text],
            None if line.is_quiet => vec![text],
            None => vec![Span::raw("  "), text],
        };
        fit(Line::from(spans), area.width, appearance.symbols.ellipsis).render(area, buf);
    }

    /// Label, number and gauge, in the same columns on all cards.
    fn render_figure(&self, label: &'static str, figure: &Figure, area: Rect, buf: &mut Buffer) {
        let value = if figure.dimmed { Role::Muted } else { Role::Text };
        if !figure.has_gauge {
            let note = figure.note.as_deref().unwrap_or_default();
            return self.render_texts(label, (value, &figure.text), note, area, buf);
        }
        let [label_area, number, _, bar] = Layout::horizontal([
            Constraint::Length(LABEL_WIDTH),
            Constraint::Length(number_width(area.width)),
            Constraint::Length(1),
            Constraint::Fill(1),
        ])
        .areas(area);
        self.appearance().span(Role::Label, label).render(label_area, buf);
        let text = fit(
            Line::from(self.appearance().span(value, figure.text.as_str())),
            number.width,
            self.appearance().symbols.ellipsis,
        );
        text.right_aligned().render(number, buf);
        let gauge = LineGauge {
            ratio: figure.ratio,
            own: figure.own,
            role: figure.role,
            dimmed: figure.dimmed,
            heavy: false,
            appearance: self.appearance(),
        };
        (&gauge).render(bar, buf);
    }

    /// Label, a value, and something muted at the right end where it fits.
    fn render_texts(&self, label: &'static str, (role, value): (Role, &str), note: &str, area: Rect, buf: &mut Buffer) {
        let appearance = self.appearance();
        let left = Line::from(vec![
            appearance.span(Role::Label, format!("{label:<width$}", width = usize::from(LABEL_WIDTH))),
            appearance.span(role, value),
        ]);
        let fits = left.width() + usize::from(columns(note)) < usize::from(area.width);
        let right = if fits { Line::from(appearance.span(Role::Muted, note)) } else { Line::default() };
        (&SplitLine { left, right, ellipsis: appearance.symbols.ellipsis }).render(area, buf);
    }

    /// A sentence and its advice in the place of numbers.
    fn render_message(&self, inner: Rect, buf: &mut Buffer, told: &[Sentence]) {
        let Some(sentence) = told.first() else { return };
        let appearance = self.appearance();
        let advice = sentence
            .advice
            .as_ref()
            .filter(|advice| !advice.is_pressed() || (self.is_chosen && !self.screen.read_only));
        let advice = advice.map(|advice| advice.at(&self.screen.audience())).unwrap_or_default();
        let text: Style = appearance.style(Role::Text);
        let lines = wrap(&sentence.text, inner.width).into_iter().map(|line| (line, text));
        let advised = wrap(&advice, inner.width).into_iter().map(|line| (line, appearance.style(Role::Muted)));
        let lines: Vec<_> = lines.chain(advised).collect();
        let cut = lines.len() > usize::from(inner.height);
        for (number, ((line, style), row)) in lines.iter().zip(inner.rows()).enumerate() {
            let is_last = cut && number + 1 == usize::from(inner.height);
            let line = if is_last { format!("{line}{}", appearance.symbols.ellipsis) } else { (*line).to_owned() };
            fit(Line::styled(line, *style), row.width, appearance.symbols.ellipsis).render(row, buf);
        }
    }
}

/// Rows of the longest of what cards of a screen of that width say in words, 3 at most.
pub(in crate::tui) fn sentence_rows(width: u16, context: &ViewContext<'_>) -> u16 {
    let environments = &context.snapshot.environments;
    let count = u16::try_from(environments.len()).unwrap_or(u16::MAX).clamp(1, 4);
    let width = (width / count).clamp(32, 58).saturating_sub(5);
    let told = environments.iter().take(SENTENCES_OF_MAX).map(|environment| {
        let told = sentences::sentences_among(context.snapshot, environment, context.now, context.zone);
        sentence_lines(&told, width, SENTENCE_ROWS_MAX).len()
    });
    u16::try_from(told.max().unwrap_or(0)).unwrap_or(0)
}

/// The columns of a number on a card of that width.
fn number_width(width: u16) -> u16 {
    width.saturating_sub(LABEL_WIDTH + 1 + GAUGE_WIDTH).clamp(NUMBER_WIDTH.0, NUMBER_WIDTH.1)
}
