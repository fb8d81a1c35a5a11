//! Empty states: what to do while there is no key to watch.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::error::{KeyError, KeyringError};
use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::{columns, fit, wrap};
use crate::wording::first_steps::{self, FirstSteps, StepKeys};

/// Wider lines are hard to read.
const WIDTH_MAX: u16 = 80;
/// From this width on, the places that a key may come from stand beside the steps.
const BESIDE_FROM: u16 = 116;

/// With fewer rows, a step is told alone.
const STEPS_HEIGHT_MIN: usize = 6;
/// With fewer rows, there is no frame.
const FRAME_FROM: u16 = 6;

/// Missing part, for which there is nothing to watch.
#[derive(Clone, Copy, Debug)]
enum Missing<'a> {
    Environment,
    AllKeys(&'a EnvironmentSnapshot),
    Keyring(&'a EnvironmentSnapshot, &'a KeyError),
    Key(&'a EnvironmentSnapshot),
}

/// What to do, in the place of the chosen environment's chart.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct Welcome<'a> {
    missing: Missing<'a>,
    count: usize,
    screen: &'a Screen,
}

impl<'a> Welcome<'a> {
    /// The empty state of the chosen environment; `None` where it has a key.
    pub(in crate::tui) fn of(screen: &'a Screen, context: &ViewContext<'a>) -> Option<Self> {
        let snapshot = context.snapshot;
        let missing = match screen.chosen(snapshot) {
            None => Missing::Environment,
            Some(environment) if context.is_first_start() => Missing::AllKeys(environment),
            Some(environment) if environment.status == Status::NoKey => Missing::Key(environment),
            Some(environment) => Missing::Keyring(environment, keyring_failure(snapshot)?),
        };
        Some(Self { missing, count: snapshot.environments.len(), screen })
    }

    /// True where that is so of all environments, so that the steps take all the room.
    pub(in crate::tui) fn is_of_all(&self) -> bool {
        !matches!(self.missing, Missing::Key(_))
    }

    fn steps(&self) -> FirstSteps {
        let key_of = |command| self.screen.key_of(command);
        let keys = StepKeys {
            add: key_of(UiCommand::AddKey),
            next: key_of(UiCommand::Next),
            web: key_of(UiCommand::WebPage),
            quit: key_of(UiCommand::Quit),
        };
        let name = |environment: &'a EnvironmentSnapshot| &environment.environment.name;
        match self.missing {
            Missing::Environment => first_steps::without_environment(),
            Missing::AllKeys(chosen) => first_steps::without_any_key(name(chosen), self.count, &keys),
            Missing::Keyring(chosen, failure) => first_steps::without_keyring(failure, name(chosen), &keys),
            Missing::Key(chosen) => first_steps::without_key(name(chosen), &keys),
        }
    }

    /// The steps in that many columns, with blank lines between them where there is room for those.
    fn step_lines(&self, width: u16, height: u16) -> Vec<Line<'static>> {
        let appearance = self.screen.appearance;
        let FirstSteps { heading, steps, note } = self.steps();
        let paragraph = |text: &str, mark: Span<'static>, indent: u16, style| {
            let mut marks = vec![mark];
            let lines = wrap(text, width.saturating_sub(indent)).into_iter().map(|part| {
                let mark = marks.pop().unwrap_or(Span::raw(" ".repeat(usize::from(indent))));
                Line::from(vec![mark, Span::styled(part.to_owned(), style)])
            });
            lines.collect::<Vec<_>>()
        };
        let mut blocks = vec![paragraph(&heading, Span::raw(""), 0, appearance.bold(Role::Text))];
        blocks.extend(steps.iter().zip(1..).map(|(step, number)| {
            let number = Span::styled(format!("{number}  "), appearance.bold(Role::Accent));
            paragraph(step, number, 3, appearance.style(Role::Text))
        }));
        if !note.is_empty() {
            blocks.push(paragraph(&note, Span::raw(""), 0, appearance.style(Role::Muted)));
        }
        let lines = self.shorten(&mut blocks, !note.is_empty(), usize::from(height));
        let spare = usize::from(height).saturating_sub(lines);
        let last = blocks.len().saturating_sub(1);
        // Blank lines first after the heading and before the note, then between the steps.
        let gaps = |number: usize| match spare {
            0 | 1 => false,
            spare if spare < last => number == 1 || number == last,
            _ => number > 0,
        };
        let spaced = blocks
            .into_iter()
            .enumerate()
            .flat_map(|(number, block)| gaps(number).then(Line::default).into_iter().chain(block));
        spaced.collect()
    }

    /// Leaves out what is needed least until the rest has room, and answers with the lines of that: the note, then the
    /// heading, then all but the step that can be done here and now.
    fn shorten(&self, blocks: &mut Vec<Vec<Line<'static>>>, has_note: bool, height: usize) -> usize {
        let lines = |blocks: &[Vec<Line<'_>>]| blocks.iter().map(Vec::len).sum::<usize>();
        if has_note && lines(blocks) > height {
            blocks.pop();
        }
        if lines(blocks) > height {
            blocks.remove(0);
        }
        if lines(blocks) > height && height < STEPS_HEIGHT_MIN {
            let is_first = matches!(self.missing, Missing::Keyring(..));
            let kept = if is_first { 0 } else { blocks.len() - 1 };
            *blocks = vec![blocks.swap_remove(kept)];
        }
        lines(blocks)
    }

    /// The places that a key may come from.
    fn source_lines(&self, width: u16) -> Vec<Line<'static>> {
        let appearance = self.screen.appearance;
        let (Missing::AllKeys(chosen) | Missing::Keyring(chosen, _)) = self.missing else {
            return Vec::new();
        };
        let sources = first_steps::key_sources(&chosen.environment.name);
        let labels = sources.iter().map(|(label, _)| columns(label)).max().unwrap_or(0) + 2;
        let mut lines = Vec::new();
        for (label, text) in sources {
            lines.extend((!lines.is_empty()).then(Line::default));
            for (number, part) in wrap(&text, width.saturating_sub(labels)).into_iter().enumerate() {
                let label = if number == 0 { label } else { "" };
                let label = appearance.span(Role::Label, format!("{label:width$}", width = usize::from(labels)));
                lines.push(Line::from(vec![label, appearance.span(Role::Text, part.to_owned())]));
            }
        }
        lines
    }

    fn render_panel(&self, title: &'static str, lines: Vec<Line<'static>>, area: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        (&Panel::new(appearance.span(Role::Label, title), appearance)).render(area, buf);
        self.render_lines(lines, Panel::inner(area), buf);
    }

    fn render_lines(&self, lines: Vec<Line<'static>>, area: Rect, buf: &mut Buffer) {
        let ellipsis = self.screen.appearance.symbols.ellipsis;
        let (count, height) = (lines.len(), usize::from(area.height));
        for (number, (mut line, row)) in (1..).zip(lines.into_iter().zip(area.rows())) {
            if number == height && height < count {
                line = fit(line, row.width.saturating_sub(2), ellipsis);
                line.push_span(format!(" {ellipsis}"));
            }
            line.render(row, buf);
        }
    }
}

impl Widget for &Welcome<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.height < FRAME_FROM {
            let area = area.inner(Margin::new(1, 0));
            return self.render_lines(self.step_lines(area.width, area.height), area, buf);
        }
        if area.width >= BESIDE_FROM && self.is_of_all() {
            let width = WIDTH_MAX.min((area.width - 1) / 2);
            let [left, right] =
                Layout::horizontal([Constraint::Length(width); 2]).spacing(1).flex(Flex::Center).areas(area);
            let sources = self.source_lines(width - PANEL_COLUMNS);
            if !sources.is_empty() {
                let steps = self.step_lines(width - PANEL_COLUMNS, area.height.saturating_sub(PANEL_ROWS));
                let height = panel_height(steps.len().max(sources.len()), area.height);
                self.render_panel("first steps", steps, upper_third(left, height), buf);
                self.render_panel("where keys may come from", sources, upper_third(right, height), buf);
                return;
            }
        }
        let [middle] = Layout::horizontal([Constraint::Max(WIDTH_MAX)]).flex(Flex::Center).areas(area);
        let steps = self.step_lines(middle.width.saturating_sub(PANEL_COLUMNS), area.height.saturating_sub(PANEL_ROWS));
        let height = panel_height(steps.len(), area.height);
        let title = if self.is_of_all() { "first steps" } else { "no key" };
        self.render_panel(title, steps, upper_third(middle, height), buf);
    }
}

/// Columns and rows of the frame.
const PANEL_COLUMNS: u16 = 4;
const PANEL_ROWS: u16 = 2;

fn panel_height(lines: usize, height: u16) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(PANEL_ROWS).min(height)
}

/// A part of an area of that height, with a third of what is left above it.
fn upper_third(area: Rect, height: u16) -> Rect {
    let [_, part, _] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(height), Constraint::Fill(2)]).areas(area);
    part
}

/// The failure of a keyring that can't be reached, where nothing is known of any environment for that.
fn keyring_failure(snapshot: &Snapshot) -> Option<&KeyError> {
    let unread = |environment: &EnvironmentSnapshot| {
        let Some(KeyError::Keyring { fault, .. }) = &environment.key_failure else { return false };
        let is_absent = matches!(fault, KeyringError::NoSession | KeyringError::NoService | KeyringError::Absent);
        is_absent && environment.account.is_none()
    };
    let all = snapshot.environments.iter().all(|environment| unread(environment));
    snapshot.environments.first().filter(|_| all)?.key_failure.as_ref()
}

#[cfg(test)]
mod tests;
