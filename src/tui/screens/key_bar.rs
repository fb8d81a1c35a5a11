//! The line at the foot: what was told last, then what can be done here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::status::{Flag, Status};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::{DialogBinding, RemoveKey};
use crate::tui::hit_map::{HitMap, HitTarget};
use crate::tui::keymap::{BindingScope, UiCommand};
use crate::tui::screen::{Overlay, Screen, ScreenView};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, fit};
use crate::wording::sentences::StatusSymbol;

/// Between two hints.
const GAP: u16 = 2;

/// From so many environments on, some have no digit that chooses them.
const FIND_FROM: usize = 10;

/// A key and what it does.
struct KeyBarItem {
    key: String,
    word: &'static str,
    /// Rank: where there is no room the highest go first.
    rank: u8,
    /// What a click on it means.
    target: HitTarget,
}

impl KeyBarItem {
    /// Columns of the key, a blank and the word.
    fn width(&self) -> u16 {
        columns(&self.key) + 1 + columns(self.word)
    }
}

/// The line at the foot.
pub(in crate::tui) struct KeyBar<'a> {
    /// True where some environments are out of sight.
    pub hides: bool,
    pub screen: &'a Screen,
    pub context: &'a ViewContext<'a>,
}

/// What stands in the line, and where.
struct KeyBarParts {
    told: (Rect, Line<'static>),
    hints: Vec<(Rect, KeyBarItem)>,
    place: (Rect, Line<'static>),
}

impl KeyBar<'_> {
    /// Registers the keys, for clicks.
    pub(in crate::tui) fn register(&self, area: Rect, hits: &mut HitMap) {
        for (place, item) in self.parts(area).hints {
            hits.push(place, item.target);
        }
    }

    fn parts(&self, area: Rect) -> KeyBarParts {
        let (place, told) = (self.place(), self.told());
        let width = |line: &Line<'_>| u16::try_from(line.width()).unwrap_or(u16::MAX);
        let gap = |line: &Line<'_>, gap| if width(line) > 0 { gap } else { 0 };
        let row = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let [rest, _, place_area] = Layout::horizontal([
            Constraint::Fill(1),
            Constraint::Length(gap(&place, GAP)),
            Constraint::Length(width(&place)),
        ])
        .areas(row);
        let [told_area, _, hints_area] = Layout::horizontal([
            Constraint::Max(width(&told)),
            Constraint::Length(gap(&told, GAP + 1)),
            Constraint::Fill(1),
        ])
        .areas(rest);
        let mut items = if self.screen.locked { Vec::new() } else { items(self.screen, self.context) };
        while items.iter().map(|item| item.width() + GAP).sum::<u16>() > hints_area.width + GAP {
            let Some(last) = (0..items.len()).max_by_key(|index| items[*index].rank) else { break };
            items.remove(last);
        }
        let widths = items.iter().map(|item| Constraint::Length(item.width()));
        let areas = Layout::horizontal(widths).spacing(GAP).flex(Flex::Start).split(hints_area);
        KeyBarParts {
            told: (told_area, told),
            hints: areas.iter().copied().zip(items).collect(),
            place: (place_area, place),
        }
    }

    /// `3 of 40`, where not all environments are in sight.
    fn place(&self) -> Line<'static> {
        if !self.hides || self.screen.overlay.is_some() {
            return Line::default();
        }
        let snapshot = self.context.snapshot;
        let chosen = self.screen.chosen_index(snapshot);
        let place = self.screen.shown(snapshot).iter().position(|place| *place == chosen).unwrap_or(0);
        let text = format!("{} of {}", place + 1, snapshot.environments.len());
        Line::from(self.screen.appearance.span(Role::Muted, text))
    }

    /// What was told last, or what is waited for; and that keys do nothing, where that is so.
    fn told(&self) -> Line<'static> {
        let appearance = self.screen.appearance;
        let mut line = self.news();
        if self.screen.locked {
            let gap = if line.width() > 0 { "   " } else { "" };
            line.push_span(appearance.span(Role::Muted, format!("{gap}locked: keys do nothing")));
        }
        line
    }

    fn news(&self) -> Line<'static> {
        let appearance = self.screen.appearance;
        if let Some(notice) = self.screen.told(self.context) {
            let mark = appearance.mark(StatusSymbol::from(notice.severity));
            Line::from(vec![mark, Span::raw(" "), appearance.span(Role::Text, notice.text)])
        } else if let Some(hint) = self.context.wait_hint {
            Line::from(Span::styled(hint.to_owned(), appearance.bold(Role::Accent)))
        } else {
            Line::default()
        }
    }
}

impl Widget for &KeyBar<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let appearance = self.screen.appearance;
        let KeyBarParts { told: (told_area, told), hints, place: (place_area, place) } = self.parts(area);
        fit(told, told_area.width, appearance.symbols.ellipsis).render(told_area, buf);
        fit(place, place_area.width, appearance.symbols.ellipsis).render(place_area, buf);
        for (hint_area, item) in hints {
            let key = Span::styled(item.key, appearance.bold(Role::Text));
            let word = appearance.span(Role::Muted, format!(" {}", item.word));
            Line::from(vec![key, word]).render(hint_area, buf);
        }
    }
}

/// In the order of the keymap.
fn items(screen: &Screen, context: &ViewContext<'_>) -> Vec<KeyBarItem> {
    if let Some(Overlay::Dialog(dialog)) = &screen.overlay {
        let offers = dialog.bindings(context.environment(dialog.environment())).into_iter();
        return offers
            .map(|DialogBinding { chord, label: word, rank }| KeyBarItem {
                key: chord.to_string(),
                word,
                rank,
                target: HitTarget::Press(chord),
            })
            .collect();
    }
    let elsewhere = if screen.overlay.is_some() { BindingScope::Dashboard } else { BindingScope::Overlay };
    let lists = matches!(screen.overlay, Some(Overlay::Events(_)));
    let scrolls = matches!(screen.overlay, Some(Overlay::Help(_) | Overlay::Events(_) | Overlay::Activity(_)));
    let copies = matches!(screen.overlay, Some(Overlay::WebPages));
    let chooses = matches!(screen.overlay, None | Some(Overlay::Activity(_)));
    let is_zoom = screen.view == ScreenView::Zoom && screen.overlay.is_none();
    let leave = screen.keymap.chords_of(UiCommand::Close).first().filter(|_| is_zoom);
    let leave = leave.map(|chord| KeyBarItem {
        key: chord.to_string(),
        word: "overview",
        rank: 0,
        target: HitTarget::Press(*chord),
    });
    let items = screen
        .keymap
        .bindings()
        .filter(|(binding, _)| binding.scope != elsewhere && screen.permits(binding.command))
        .filter(|(binding, _)| lists || !is_of_event_list(binding.command))
        .filter(|(binding, _)| chooses || !matches!(binding.command, UiCommand::Choose | UiCommand::Activity))
        .filter(|(binding, _)| copies || binding.command != UiCommand::Copy)
        .filter(|(binding, _)| scrolls || !matches!(binding.command, UiCommand::ScrollDown | UiCommand::PageDown))
        .filter_map(|(binding, chords)| {
            let (usual, rank) = binding.hint?;
            let rank = if is_urgent(binding.command, screen.chosen(context.snapshot)) { 0 } else { rank };
            let label = word(binding.command, usual, screen, context)?;
            let (chord, chooses) = (*chords.first()?, binding.command == UiCommand::Choose);
            let first = chord.to_string();
            let key = if chooses { range(first, chords.len(), context)? } else { first };
            // A range of digits names no one environment, so that a click goes on to the next.
            let target = if chooses { HitTarget::Command(UiCommand::Next) } else { HitTarget::Press(chord) };
            Some(KeyBarItem { key, word: label, rank, target })
        });
    leave.into_iter().chain(items).collect()
}

/// The word for a command as things stand; `None` where it would do nothing.
fn word(command: UiCommand, usual: &'static str, screen: &Screen, context: &ViewContext<'_>) -> Option<&'static str> {
    let environment = screen.chosen(context.snapshot);
    let has_key = environment.is_some_and(|environment| environment.status != Status::NoKey);
    let keys =
        context.snapshot.environments.iter().filter(|environment| environment.status != Status::NoKey).take(2).count();
    Some(match command {
        UiCommand::Pause if context.snapshot.paused => "resume",
        UiCommand::AddKey if environment.is_some_and(|environment| environment.key.is_some()) => "replace key",
        UiCommand::AddKey if environment.is_none() => return None,
        UiCommand::Zoom if environment.is_none() || screen.view == ScreenView::Zoom => return None,
        UiCommand::Rotate if !environment.is_some_and(can_rotate) => return None,
        UiCommand::RemoveKey if RemoveKey::key(environment).is_err() => return None,
        UiCommand::Acknowledge
            if !environment.is_some_and(|environment| context.snapshot.can_acknowledge(environment)) =>
        {
            return None;
        }
        UiCommand::Find if context.snapshot.environments.len() < FIND_FROM => return None,
        UiCommand::Refresh if !has_key => return None,
        UiCommand::RefreshAll if keys < 2 => return None,
        UiCommand::Pause if keys == 0 => return None,
        _ => usual,
    })
}

fn is_of_event_list(command: UiCommand) -> bool {
    matches!(command, UiCommand::EventsEnvironment | UiCommand::EventsSeverity | UiCommand::EventsTimes)
}

/// True for the command that mends what is the matter with an environment.
fn is_urgent(command: UiCommand, environment: Option<&EnvironmentSnapshot>) -> bool {
    let Some(environment) = environment else { return false };
    let flagged = |flag| environment.flags.contains(&flag);
    match command {
        UiCommand::AddKey => environment.status == Status::NoKey,
        UiCommand::Rotate => {
            environment.rotation.is_some() || flagged(Flag::RotateOverdue) || flagged(Flag::RotateSoon)
        }
        _ => false,
    }
}

fn can_rotate(environment: &EnvironmentSnapshot) -> bool {
    environment.rotation.is_some() || RemoveKey::key(Some(environment)).is_ok()
}

/// `1–3`, for as many environments as there are keys for.
fn range(first: String, keys: usize, context: &ViewContext<'_>) -> Option<String> {
    let count = context.snapshot.environments.len().min(keys);
    (count > 1).then(|| if first == "1" { format!("1–{count}") } else { first })
}
