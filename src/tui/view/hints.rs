//! The line at the foot: what was told last, then what can be done here and now.

use ratatui::layout::Rect;

use super::paint::{Painter, columns};
use crate::domain::status::Status;
use crate::tui::keymap::{Command, Place};
use crate::tui::screen::{Overlay, Screen};
use crate::tui::theme::Role;
use crate::tui::world::World;

/// Between two hints.
const GAP: u16 = 2;

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, screen: &Screen, world: &World<'_>) {
    let mut x = area.x + 1;
    let end = area.right().saturating_sub(1);
    if let Some(notice) = &screen.notice {
        let style = painter.style(Role::Text);
        x += painter.marked(x, area.y, end.saturating_sub(x), notice.severity.into(), &notice.text, style) + 3;
    } else if let Some(hint) = world.wait_hint {
        x += painter.text(x, area.y, end.saturating_sub(x), hint, painter.bold(Role::Accent)) + 3;
    }
    let hints = hints(screen, world);
    let width = |hint: &(String, String)| columns(&hint.0) + columns(&hint.1) + 1 + GAP;
    let essential: u16 = hints.iter().rev().take(2).map(width).sum();
    let mut room = end.saturating_sub(x).saturating_add(GAP);
    for (index, hint) in hints.iter().enumerate() {
        let reserved = if index + 2 < hints.len() { essential } else { 0 };
        if width(hint) + reserved > room {
            continue;
        }
        let parts = [
            (hint.0.as_str(), painter.bold(Role::Text)),
            (" ", painter.style(Role::Muted)),
            (hint.1.as_str(), painter.style(Role::Muted)),
        ];
        x = painter.line(x, area.y, end.saturating_sub(x), &parts) + GAP;
        room = room.saturating_sub(width(hint));
    }
}

/// Keys and words, in the order of the keymap.
fn hints(screen: &Screen, world: &World<'_>) -> Vec<(String, String)> {
    if let Some(Overlay::AddKey(dialog)) = &screen.overlay {
        let keys: &[_] = if dialog.trying.is_some() {
            &[("Esc", "cancel")]
        } else {
            &[("Enter", "try and store"), ("Ctrl-U", "clear"), ("Esc", "cancel")]
        };
        return keys.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect();
    }
    let elsewhere = if screen.overlay.is_some() { Place::Dashboard } else { Place::Overlay };
    let scrolls = matches!(screen.overlay, Some(Overlay::Help(_) | Overlay::Events(_)));
    screen
        .keymap
        .bindings()
        .filter(|(entry, _)| entry.place != elsewhere && !(entry.changes_keys && screen.read_only))
        .filter(|(entry, _)| scrolls || !matches!(entry.command, Command::ScrollDown | Command::PageDown))
        .filter_map(|(entry, chords)| {
            let key = chords.first()?.to_string();
            let word = word(entry.command, entry.hint?, screen, world)?;
            Some(if entry.command == Command::Choose { (range(&key, chords.len(), world)?, word) } else { (key, word) })
        })
        .collect()
}

/// The word for a command as things stand; `None` where it would do nothing.
fn word(command: Command, usual: &str, screen: &Screen, world: &World<'_>) -> Option<String> {
    let report = screen.chosen(world.overview);
    let has_key = report.is_some_and(|report| report.status != Status::NoKey);
    let word = match command {
        Command::Pause if world.overview.paused => "resume",
        Command::AddKey if has_key => "replace key",
        Command::AddKey if report.is_none() => return None,
        Command::Refresh if !has_key => return None,
        Command::RefreshAll if world.overview.reports.len() < 2 => return None,
        _ => usual,
    };
    Some(word.to_owned())
}

/// `1–3`, for as many environments as there are keys for.
fn range(first: &str, keys: usize, world: &World<'_>) -> Option<String> {
    let count = world.overview.reports.len().min(keys);
    (count > 1).then(|| if first == "1" { format!("1–{count}") } else { first.to_owned() })
}
