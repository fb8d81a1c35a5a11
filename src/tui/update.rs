//! What keys, clicks and outcomes do.

use super::action::Action;
use super::add_key::AddKey;
use super::keymap::{Chord, Command, Entry, Key};
use super::message::{KeyAccepted, KeyPress, KeyRefused, Message};
use super::screen::{Notice, Overlay, Screen};
use super::view;
use super::world::World;
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Severity;

/// Changes the screen as a message says, and answers with what is to be done.
#[must_use]
pub fn update(screen: &mut Screen, world: &World<'_>, message: Message) -> Vec<Action> {
    match message {
        Message::KeyPressed(press) => return key_pressed(screen, world, press),
        Message::Pasted(text) => {
            if let Some(dialog) = typing(screen) {
                dialog.input.paste(&text);
                dialog.problem = None;
            }
        }
        Message::Clicked { column, row } => clicked(screen, world, column, row),
        Message::Resized { columns, rows } => {
            screen.size = (columns, rows);
            scroll(screen, world, 0);
        }
        Message::KeyTried { environment, outcome } => key_tried(screen, &environment, outcome),
        Message::KeyRemoved { .. } | Message::RotationAnswered { .. } => {}
        Message::Noticed(notice) => screen.notice = Some(notice),
    }
    Vec::new()
}

fn key_pressed(screen: &mut Screen, world: &World<'_>, press: KeyPress) -> Vec<Action> {
    screen.notice = None;
    if matches!(screen.overlay, Some(Overlay::AddKey(_))) {
        return key_in_dialog(screen, press);
    }
    match screen.keymap.command(press.chord, screen.overlay.is_some()) {
        Some((entry, number)) => run(screen, world, entry, number),
        None => Vec::new(),
    }
}

fn run(screen: &mut Screen, world: &World<'_>, entry: &Entry, number: usize) -> Vec<Action> {
    if entry.changes_keys && screen.read_only {
        notify(screen, Severity::Ok, "read-only: keys can't be changed here");
        return Vec::new();
    }
    let page = i32::from(view::page(screen.size));
    match entry.command {
        Command::Choose => choose(screen, world, number),
        Command::Next => step(screen, world, 1),
        Command::Previous => step(screen, world, world.overview.reports.len().saturating_sub(1)),
        Command::Refresh => return refresh(screen, world),
        Command::RefreshAll => return vec![Action::RefreshAll],
        Command::Pause => return vec![Action::TogglePause],
        Command::AddKey => open_dialog(screen, world),
        Command::Events => toggle(screen, Overlay::Events(0)),
        Command::Console => toggle(screen, Overlay::Console),
        Command::Help => toggle(screen, Overlay::Help(0)),
        Command::ScrollUp => scroll(screen, world, -1),
        Command::ScrollDown => scroll(screen, world, 1),
        Command::PageUp => scroll(screen, world, -page),
        Command::PageDown => scroll(screen, world, page),
        Command::Close => screen.overlay = None,
        Command::Redraw => return vec![Action::Redraw],
        Command::Suspend => return vec![Action::Suspend],
        Command::Quit => return vec![Action::Quit],
    }
    Vec::new()
}

/// Keys in the dialog are typed, all but these few; they can't be rebound, for letters must stay letters.
fn key_in_dialog(screen: &mut Screen, press: KeyPress) -> Vec<Action> {
    let leave = [
        (Chord::control('c'), Some(Action::Quit)),
        (Chord::control('z'), Some(Action::Suspend)),
        (Chord::plain(Key::Escape), None),
    ];
    if let Some((_, action)) = leave.into_iter().find(|(chord, _)| *chord == press.chord) {
        return close_dialog(screen).into_iter().chain(action).collect();
    }
    if press.chord == Chord::control('l') {
        return vec![Action::Redraw];
    }
    let Some(dialog) = typing(screen) else { return Vec::new() };
    if let Some(character) = press.chord.typed() {
        dialog.problem = None;
        dialog.input.push(character);
    } else if press.chord == Chord::plain(Key::Backspace) {
        dialog.input.backspace();
    } else if press.chord == Chord::control('u') {
        dialog.problem = None;
        dialog.input.clear();
    } else if press.chord == Chord::plain(Key::Enter) && !press.in_burst {
        let environment = dialog.environment.clone();
        return dialog.submit().map(|key| Action::TryKey { environment, key }).into_iter().collect();
    }
    Vec::new()
}

/// The dialog, while it takes input.
fn typing(screen: &mut Screen) -> Option<&mut AddKey> {
    match &mut screen.overlay {
        Some(Overlay::AddKey(dialog)) if dialog.trying.is_none() => Some(dialog),
        _ => None,
    }
}

fn open_dialog(screen: &mut Screen, world: &World<'_>) {
    if let Some(report) = screen.chosen(world.overview) {
        screen.overlay = Some(Overlay::AddKey(AddKey::new(report.environment.name.clone())));
    }
}

/// Drops the dialog, which wipes its input; a key that is being tried is given up.
fn close_dialog(screen: &mut Screen) -> Option<Action> {
    match screen.overlay.take() {
        Some(Overlay::AddKey(dialog)) => dialog.trying.is_some().then_some(Action::CancelTry(dialog.environment)),
        _ => None,
    }
}

fn key_tried(screen: &mut Screen, environment: &EnvironmentName, outcome: Result<KeyAccepted, KeyRefused>) {
    let waiting = match &mut screen.overlay {
        Some(Overlay::AddKey(dialog)) if dialog.environment == *environment && dialog.trying.is_some() => Some(dialog),
        _ => None,
    };
    match (outcome, waiting) {
        (Ok(accepted), waiting) => {
            if waiting.is_some() {
                screen.overlay = None;
            }
            let text = format!("{environment}: key {} is accepted and stored", view::key_name(&accepted.identity));
            match accepted.overridden_by {
                None => notify(screen, Severity::Ok, &text),
                Some(source) => notify(screen, Severity::Warning, &format!("{text}, but {source} comes first")),
            }
        }
        (Err(refused), Some(dialog)) => {
            dialog.trying = None;
            dialog.perhaps_stored = refused.perhaps_stored;
            dialog.problem = Some(explain(refused));
        }
        (Err(refused), None) => {
            let certainty = if refused.perhaps_stored { "" } else { "nothing was stored: " };
            notify(screen, Severity::Warning, &format!("{environment}: {certainty}{}", explain(refused)));
        }
    }
}

fn explain(refused: KeyRefused) -> String {
    match refused.remedy {
        Some(remedy) => format!("{}: {remedy}", refused.message.trim_end_matches('.')),
        None => refused.message,
    }
}

fn refresh(screen: &mut Screen, world: &World<'_>) -> Vec<Action> {
    let Some(report) = screen.chosen(world.overview) else { return Vec::new() };
    let name = report.environment.name.clone();
    if report.key.is_none() {
        notify(screen, Severity::Ok, &format!("{name}: looking for a key"));
    }
    vec![Action::Refresh(name)]
}

fn choose(screen: &mut Screen, world: &World<'_>, index: usize) {
    if let Some(report) = world.overview.reports.get(index) {
        screen.chosen = Some(report.environment.name.clone());
    }
}

fn step(screen: &mut Screen, world: &World<'_>, by: usize) {
    let count = world.overview.reports.len().max(1);
    choose(screen, world, (screen.chosen_index(world.overview) + by) % count);
}

fn clicked(screen: &mut Screen, world: &World<'_>, column: u16, row: u16) {
    if screen.overlay.is_none()
        && let Some(index) = view::layout(screen, world, screen.size).hit(column, row)
    {
        choose(screen, world, index);
    }
}

fn toggle(screen: &mut Screen, overlay: Overlay) {
    let open = screen.overlay.as_ref().map(std::mem::discriminant);
    screen.overlay = (open != Some(std::mem::discriminant(&overlay))).then_some(overlay);
}

fn scroll(screen: &mut Screen, world: &World<'_>, by: i32) {
    let last = view::scroll_max(screen, world);
    if let Some(Overlay::Help(lines) | Overlay::Events(lines)) = &mut screen.overlay {
        let target = (i32::from(*lines) + by).clamp(0, i32::from(last));
        *lines = u16::try_from(target).unwrap_or(0);
    }
}

fn notify(screen: &mut Screen, severity: Severity, text: &str) {
    screen.notice = Some(Notice { severity, text: text.to_owned() });
}

#[cfg(test)]
mod tests;
