//! Overview: all environments, what needs someone, and the chosen environment in detail.

pub(in crate::tui) mod attention;
mod card;
mod environment_line;
pub(in crate::tui) mod event_rows;
pub(in crate::tui) mod figures;
mod header;
pub(in crate::tui) mod key_panel;
pub(in crate::tui) mod layout;
mod sentence_lines;
pub(in crate::tui) mod status_panel;
mod table;
pub(in crate::tui) mod usage_panel;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::hit_map::{HitMap, HitTarget};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::screens::welcome::Welcome;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::panel::Panel;
use attention::{Attention, AttentionRows};
use card::Card;
use environment_line::EnvironmentLine;
use event_rows::EventRows;
use header::Header;
use key_panel::KeyPanel;
use layout::{EnvironmentPlace, EnvironmentShape, OverviewContent, OverviewLayout};
use status_panel::StatusPanel;
use table::{Table, TableRow};
use usage_panel::UsagePanel;

/// The overview, laid out for an area.
pub(in crate::tui) struct Overview<'a> {
    screen: &'a Screen,
    context: &'a ViewContext<'a>,
    /// True while there is nothing to watch: the first steps take the room of what is about the chosen environment.
    is_empty: bool,
    attention: Attention,
    /// Places in the snapshot of the environments that are shown, in the order of the screen.
    shown: Vec<usize>,
    /// What is to be said of the chosen environment.
    told: Vec<crate::wording::sentences::Sentence>,
    facts: Vec<key_panel::KeyFact>,
    pub(in crate::tui) layout: OverviewLayout,
}

impl<'a> Overview<'a> {
    /// The overview of a terminal of that size.
    pub(in crate::tui) fn new(area: Rect, screen: &'a Screen, context: &'a ViewContext<'a>) -> Self {
        let attention = Attention::new(screen, context);
        let (shown, chosen_index) = (screen.shown(context.snapshot), screen.chosen_index(context.snapshot));
        let chosen = screen.chosen(context.snapshot);
        let told = chosen.map(|environment| status_panel::told(environment, context)).unwrap_or_default();
        let facts = chosen.map(|environment| key_panel::facts(environment, context)).unwrap_or_default();
        let endpoints = chosen.map_or(0, |environment| usage_panel::endpoints(environment, context).len());
        let status: Vec<_> = told.iter().map(|sentence| status_panel::with_advice(sentence, screen)).collect();
        let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let is_empty = Welcome::of(screen, context).is_some_and(|welcome| welcome.is_of_all());
        let extent = OverviewContent {
            count: shown.len(),
            chosen: shown.iter().position(|place| *place == chosen_index).unwrap_or(0),
            attention: rows(attention.count),
            welcome: is_empty,
            key: &facts,
            usage: rows(endpoints).min(usage_panel::ENDPOINTS_MAX),
            sentences: card::sentence_rows(area.width, context),
            needs_status: told.iter().filter_map(|sentence| sentence.advice.as_ref()).any(|one| !one.is_pressed()),
            status: &status,
        };
        let mut layout = OverviewLayout::new(area, extent);
        for place in &mut layout.places {
            place.index = shown.get(place.index).copied().unwrap_or(place.index);
        }
        Self { screen, context, is_empty, attention, shown, told, facts, layout }
    }

    /// The line at the top, which stays under whatever lies over the overview.
    pub(in crate::tui) fn render_header(&self, buf: &mut Buffer) {
        if let Some(area) = self.layout.header {
            let tells_worst = self.layout.attention.height == 0;
            let (attention, screen, context) = (&self.attention, self.screen, self.context);
            (&Header { attention, tells_worst, screen, context }).render(area, buf);
        }
    }

    fn render_environments(&self, buf: &mut Buffer) {
        let (layout, context) = (&self.layout, self.context);
        let chosen = self.screen.chosen_index(context.snapshot);
        let told_below = layout.status.is_some() && crate::wording::sentences::keyless(context.snapshot).is_some();
        let table = layout.table_head.map(|head| {
            let table = Table::new(head.width, context, self.screen.appearance);
            table.render_head(head, buf);
            table
        });
        for place in &layout.places {
            let Some(environment) = context.snapshot.environments.get(place.index) else { continue };
            let is_chosen = place.index == chosen;
            match (layout.shape, &table) {
                (EnvironmentShape::Row, Some(table)) => {
                    let number = place.index + 1;
                    (&TableRow { table, environment, number, is_chosen, context }).render(place.area, buf);
                }
                (EnvironmentShape::Line, _) => {
                    let appearance = self.screen.appearance;
                    (&EnvironmentLine { environment, is_chosen, context, appearance }).render(place.area, buf);
                }
                _ => {
                    let chords = self.screen.keymap.chords_of(UiCommand::Choose);
                    let number = chords.get(place.index).map(ToString::to_string);
                    let has_big_number = layout.has_big_numbers;
                    let screen = self.screen;
                    let card = Card { environment, number, is_chosen, has_big_number, told_below, screen, context };
                    (&card).render(place.area, buf);
                }
            }
        }
        if let (Some(area), Some(table)) = (layout.table_edge, &table) {
            let place = |of: Option<&EnvironmentPlace>| {
                of.and_then(|place| self.shown.iter().position(|shown| *shown == place.index))
            };
            let first = place(layout.places.first()).unwrap_or(0);
            let end = place(layout.places.last()).map_or(0, |last| last + 1);
            let of = |places: &[usize]| -> Vec<&EnvironmentSnapshot> {
                places.iter().filter_map(|place| context.snapshot.environments.get(*place)).map(|one| &**one).collect()
            };
            let (above, below) = (of(&self.shown[..first]), of(&self.shown[end..]));
            table.render_edge(area, buf, [&above, &below]);
        }
    }

    fn render_chosen(&self, buf: &mut Buffer) {
        let Some(environment) = self.screen.chosen(self.context.snapshot) else { return };
        let appearance = self.screen.appearance;
        if let Some(area) = self.layout.status {
            (&StatusPanel { environment, told: &self.told, screen: self.screen }).render(area, buf);
        }
        if let Some(area) = self.layout.key {
            (&KeyPanel { facts: &self.facts, appearance }).render(area, buf);
        }
        if let Some(area) = self.layout.usage {
            let endpoints = usage_panel::endpoints(environment, self.context);
            let key = self.screen.key_of(UiCommand::Activity);
            (&UsagePanel { endpoints, key, appearance }).render(area, buf);
        }
    }

    /// What stands in the lower border of the chart: the key, where its facts have no panel.
    pub(in crate::tui) fn footer(&self) -> Line<'static> {
        let environment = self.screen.chosen(self.context.snapshot).filter(|_| self.layout.key.is_none());
        let summary = environment.map(key_panel::summary).unwrap_or_default();
        Line::from(self.screen.appearance.span(Role::Muted, summary))
    }

    fn render_events(&self, area: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        let rows = EventRows { context: self.context, wraps: self.layout.frames_events, appearance };
        if !self.layout.frames_events {
            return (&rows).render(Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }, buf);
        }
        let title = Line::from(appearance.span(Role::Label, "events"));
        let corner = self.screen.key_of(UiCommand::Events).map(|key| appearance.span(Role::Muted, key));
        (&Panel { corner: Line::from_iter(corner), ..Panel::new(title, appearance) }).render(area, buf);
        (&rows).render(Panel::inner(area), buf);
    }

    /// Registers what can be clicked: environments, what needs someone, and the titles of panels that have a key.
    pub(in crate::tui) fn register(&self, hits: &mut HitMap) {
        let (layout, screen) = (&self.layout, self.screen);
        for place in &layout.places {
            hits.push(place.area, HitTarget::Environment(place.index));
        }
        AttentionRows { attention: &self.attention, screen }.register(layout.attention, hits);
        let events = layout.events.filter(|_| layout.frames_events).map(|area| (area, UiCommand::Events));
        let usage = layout.usage.filter(|_| !self.is_empty).map(|area| (area, UiCommand::Activity));
        for (area, command) in events.into_iter().chain(usage) {
            hits.push(Rect { height: 1, ..area }, HitTarget::Command(command));
        }
    }
}

impl Widget for &Overview<'_> {
    fn render(self, _area: Rect, buf: &mut Buffer) {
        let layout = &self.layout;
        let screen = self.screen;
        self.render_header(buf);
        (&AttentionRows { attention: &self.attention, screen }).render(layout.attention, buf);
        self.render_environments(buf);
        if !self.is_empty {
            self.render_chosen(buf);
        }
        if let Some(area) = layout.events {
            self.render_events(area, buf);
        }
    }
}
