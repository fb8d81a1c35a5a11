//! Zoom: the chosen environment over the whole screen.

mod key_timeline;
mod layout;
mod polls_panel;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::chart_panel::ChartPanel;
use super::overview::figures::{self, Figure};
use super::overview::key_panel::{self, KeyFact, KeyPanel};
use super::overview::status_panel::{self, StatusPanel};
use super::overview::usage_panel::{self, UsagePanel};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::hit_map::HitMap;
use crate::tui::keymap::UiCommand;
use crate::tui::screen::{Screen, ScreenView};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::big_number::BigNumber;
use crate::tui::widgets::line_gauge::LineGauge;
use crate::tui::widgets::split_line::SplitLine;
use crate::tui::widgets::text::fit;
use crate::wording::sentences::{self, Sentence, environment_name};
use key_timeline::KeyTimeline;
use layout::{ZoomContent, ZoomLayout};
use polls_panel::PollsPanel;

/// Columns for a number with its allowance.
const NUMBER_WIDTH: u16 = 24;

/// The chosen environment over the whole screen.
pub(in crate::tui) struct Zoom<'a> {
    environment: &'a EnvironmentSnapshot,
    screen: &'a Screen,
    context: &'a ViewContext<'a>,
    told: Vec<Sentence>,
    facts: Vec<KeyFact>,
}

impl<'a> Zoom<'a> {
    /// The zoom, where that is what a screen shows.
    pub(in crate::tui) fn of(screen: &'a Screen, context: &'a ViewContext<'a>) -> Option<Self> {
        let environment = screen.chosen(context.snapshot).filter(|_| screen.view == ScreenView::Zoom)?;
        let (told, facts) = (status_panel::told(environment, context), key_panel::facts(environment, context));
        Some(Self { environment, screen, context, told, facts })
    }

    /// Notes what of it can be clicked.
    pub(in crate::tui) fn register(&self, area: Rect, hits: &mut HitMap) {
        if let Some(area) = self.layout(area).chart {
            self.chart().register(area, hits);
        }
    }

    fn chart(&self) -> ChartPanel<'_> {
        let Self { environment, screen, context, .. } = self;
        ChartPanel { environment, screen, context, footer: Line::default() }
    }

    fn layout(&self, area: Rect) -> ZoomLayout {
        let texts: Vec<_> = self.told.iter().map(|sentence| status_panel::with_advice(sentence, self.screen)).collect();
        let content = ZoomContent {
            told: &texts,
            facts: &self.facts,
            endpoints: usage_panel::endpoints(self.environment, self.context).len(),
            polls: polls_panel::rows(&self.environment.polls),
            has_age: self.environment.key.as_ref().is_some_and(|key| key.age.is_some()),
        };
        ZoomLayout::new(area, &content)
    }

    /// Name and status.
    fn render_title(&self, area: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        let environment = &self.environment.environment;
        let name = Span::styled(environment_name(&environment.name), appearance.bold(Role::Text));
        let label = environment.label.as_deref().map(|label| appearance.span(Role::Muted, format!("  {label}")));
        let (symbol, word) = sentences::headline(self.environment);
        let status = [appearance.mark(symbol), appearance.span(symbol.into(), format!(" {word}"))];
        let (left, right) = (std::iter::once(name).chain(label).collect(), Line::from_iter(status));
        (&SplitLine { left, right, ellipsis: appearance.symbols.ellipsis }).render(area, buf);
    }

    /// Credits, as large as there is room for, with the limits beside them and the gauge below.
    fn render_credits(&self, area: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        let credits = figures::credits(self.environment, NUMBER_WIDTH);
        let role = match (credits.dimmed, credits.role) {
            (true, _) => Role::Muted,
            (false, Role::Bar) => Role::Text,
            (false, role) => role,
        };
        let number = BigNumber { text: &credits.left, style: appearance.bold(role), appearance };
        let rows = [Constraint::Fill(1), Constraint::Length(1)];
        let [numbers, gauge] = Layout::vertical(rows).areas(area);
        let room = Size::new(numbers.width / 2, numbers.height);
        let width = number.size_within(room).width;
        let columns = [Constraint::Length(width), Constraint::Length(2), Constraint::Fill(1)];
        let [left, _, right] = Layout::horizontal(columns).areas(numbers);
        (&number).render(left, buf);
        let share = format!("{}{} credits", credits.percent, credits.of);
        let named = |name: &str, figure: &Figure| {
            let note = figure.note.as_deref().map(|note| format!(", {note}")).unwrap_or_default();
            format!("{name}  {}{note}", figure.text)
        };
        let (environment, context) = (self.environment, self.context);
        let lines = [
            share,
            named("day   ", &figures::day(environment, context, NUMBER_WIDTH)),
            named("minute", &figures::minute(environment, context, NUMBER_WIDTH)),
            format!("used    {}", figures::last_use(environment, context, NUMBER_WIDTH)),
        ];
        for (line, row) in lines.iter().zip(right.rows()) {
            let line = Line::from(appearance.span(Role::Text, line.trim_start()));
            fit(line, row.width, appearance.symbols.ellipsis).render(row, buf);
        }
        (&LineGauge {
            ratio: credits.ratio,
            own: 0.0,
            role: credits.role,
            dimmed: credits.dimmed,
            heavy: true,
            appearance,
        })
            .render(gauge, buf);
    }
}

impl Widget for &Zoom<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let layout = self.layout(area);
        let Zoom { environment, screen, context, .. } = *self;
        let appearance = screen.appearance;
        self.render_title(layout.title, buf);
        self.render_credits(layout.credits, buf);
        if let Some(area) = layout.status {
            (&StatusPanel { environment, told: &self.told, screen }).render(area, buf);
        }
        if let Some(area) = layout.chart {
            self.chart().render(area, buf);
        }
        if let Some(area) = layout.key {
            (&KeyPanel { facts: &self.facts, appearance }).render(area, buf);
        }
        if let Some(area) = layout.usage {
            let endpoints = usage_panel::endpoints(environment, context);
            let key = screen.key_of(UiCommand::Activity);
            (&UsagePanel { endpoints, key, appearance }).render(area, buf);
        }
        if let Some(area) = layout.polls {
            (&PollsPanel { polls: &environment.polls, context, appearance }).render(area, buf);
        }
        let age = environment.key.as_ref().and_then(|key| key.age);
        if let (Some(area), Some(age)) = (layout.timeline, age) {
            let record = environment.activity.record.as_ref();
            let first_use = record.and_then(|record| record.first_use(age.created_at, context.now));
            (&KeyTimeline { age, first_use, context, appearance }).render(area, buf);
        }
    }
}

#[cfg(test)]
mod tests;
