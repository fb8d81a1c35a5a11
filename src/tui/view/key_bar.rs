//! The line at the foot: what was told last, then what can be done here and now.

use ratatui::layout::Rect;

use super::painter::Painter;
use crate::domain::status::{Flag, Status};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::{DialogBinding, RemoveKey};
use crate::tui::hit_map::{HitMap, HitTarget};
use crate::tui::keymap::{BindingScope, UiCommand};
use crate::tui::screen::{Overlay, Screen, ScreenView};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;

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

/// `hides` is true where some environments are out of sight.
pub(super) fn paint(
    painter: &mut Painter<'_>,
    area: Rect,
    hides: bool,
    screen: &Screen,
    context: &ViewContext<'_>,
    regions: &mut HitMap,
) {
    let mut x = area.x + 1;
    let mut end = area.right().saturating_sub(1);
    if hides && screen.overlay.is_none() {
        let chosen = screen.chosen_index(context.snapshot);
        let place = screen.shown(context.snapshot).iter().position(|place| *place == chosen).unwrap_or(0);
        let place = format!("{} of {}", place + 1, context.snapshot.environments.len());
        painter.line_right(end, area.y, area.width, &[(&place, painter.style(Role::Muted))]);
        end = end.saturating_sub(columns(&place) + GAP);
    }
    if let Some(notice) = screen.told(context) {
        let style = painter.style(Role::Text);
        x += painter.marked(x, area.y, end.saturating_sub(x), notice.severity.into(), &notice.text, style) + 3;
    } else if let Some(hint) = context.wait_hint {
        x += painter.text(x, area.y, end.saturating_sub(x), hint, painter.bold(Role::Accent)) + 3;
    }
    if screen.locked {
        painter.text(x, area.y, end.saturating_sub(x), "locked: keys do nothing", painter.style(Role::Muted));
        return;
    }
    let mut hints = items(screen, context);
    let width = |hint: &KeyBarItem| columns(&hint.key) + columns(hint.word) + 1 + GAP;
    while !hints.is_empty() && hints.iter().map(width).sum::<u16>() > end.saturating_sub(x) + GAP {
        let last = hints.iter().enumerate().max_by_key(|(_, hint)| hint.rank).map_or(0, |(index, _)| index);
        hints.remove(last);
    }
    for hint in hints {
        let parts = [
            (hint.key.as_str(), painter.bold(Role::Text)),
            (" ", painter.style(Role::Muted)),
            (hint.word, painter.style(Role::Muted)),
        ];
        let after = painter.line(x, area.y, end.saturating_sub(x), &parts);
        regions.push(Rect { x, width: after - x, ..area }, hint.target);
        x = after + GAP;
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
