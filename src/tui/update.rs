//! What keys, clicks and outcomes do.

mod dialogs;
mod outcomes;

use super::action::Action;
use super::dialog::{AddKey, Dialog, RemoveKey, Rotate};
use super::event_list::EventList;
use super::keymap::{Command, Entry};
use super::message::{KeyPress, Message};
use super::screen::{Notice, Overlay, Screen};
use super::view;
use super::world::World;
use crate::domain::status::Severity;
use crate::wording::sentences::environment_name;

/// Changes the screen as a message says, and answers with what is to be done.
#[must_use]
pub fn update(screen: &mut Screen, world: &World<'_>, message: Message) -> Vec<Action> {
    dialogs::observe(screen, world);
    match message {
        Message::KeyPressed(press) => return key_pressed(screen, world, press),
        Message::Pasted(text) => {
            if !dialogs::pasted(screen, world, &text) {
                not_typed(screen);
            }
        }
        Message::Clicked { column, row } => clicked(screen, world, column, row),
        Message::Resized { columns, rows } => {
            screen.size = (columns, rows);
            scroll(screen, world, 0);
        }
        Message::KeyLookedFor { environment, is_found } => outcomes::key_looked_for(screen, &environment, is_found),
        Message::KeyTried { environment, outcome } => outcomes::key_tried(screen, &environment, outcome),
        Message::KeyRemoved { environment, outcome } => outcomes::key_removed(screen, &environment, outcome),
        Message::RotationAnswered { environment, outcome } => {
            return outcomes::rotation_answered(screen, &environment, outcome).into_iter().collect();
        }
        Message::Noticed(notice) => screen.notice = Some(notice),
    }
    Vec::new()
}

fn key_pressed(screen: &mut Screen, world: &World<'_>, press: KeyPress) -> Vec<Action> {
    screen.notice = None;
    if press.in_burst && !dialogs::takes_text(screen, world) {
        not_typed(screen);
        return Vec::new();
    }
    if matches!(screen.overlay, Some(Overlay::Dialog(_))) {
        return dialogs::pressed(screen, world, press);
    }
    match screen.keymap.command(press.chord, screen.overlay.is_some()) {
        Some((entry, number)) => run(screen, world, entry, number),
        None => Vec::new(),
    }
}

/// A text came where none is typed: nothing of it is a command.
fn not_typed(screen: &mut Screen) {
    let add_key = screen.key_of(Command::AddKey).filter(|_| !matches!(screen.overlay, Some(Overlay::Dialog(_))));
    let advice = add_key.map(|key| format!("; press {key} to add a key")).unwrap_or_default();
    notify(screen, Severity::Warning, &format!("that looks like a paste: nothing was done{advice}"));
}

fn run(screen: &mut Screen, world: &World<'_>, entry: &Entry, number: usize) -> Vec<Action> {
    if !screen.offers(entry) {
        notify(screen, Severity::Ok, "read-only: nothing can be changed here");
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
        Command::AddKey => dialogs::open(screen, world, |name| Dialog::AddKey(AddKey::new(name))),
        Command::Rotate => dialogs::open(screen, world, |name| Dialog::Rotate(Rotate::new(name))),
        Command::RemoveKey => dialogs::open(screen, world, |name| Dialog::RemoveKey(RemoveKey::new(name))),
        Command::Acknowledge => return acknowledge(screen, world),
        Command::Events => toggle(screen, Overlay::Events(EventList::default())),
        Command::Activity => toggle(screen, Overlay::Activity(0)),
        Command::ChartShorter => screen.chart_range = screen.chart_range.shorter(),
        Command::ChartLonger => screen.chart_range = screen.chart_range.longer(),
        Command::Console => toggle(screen, Overlay::Console),
        Command::Help => toggle(screen, Overlay::Help(0)),
        Command::EventsEnvironment => list(screen, |list| list.next_environment(world.overview)),
        Command::EventsSeverity => list(screen, EventList::next_severity),
        Command::EventsTimes => list(screen, |list| list.ages = !list.ages),
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

fn refresh(screen: &mut Screen, world: &World<'_>) -> Vec<Action> {
    let Some(report) = screen.chosen(world.overview) else { return Vec::new() };
    let name = report.environment.name.clone();
    if report.key.is_none() {
        notify(screen, Severity::Ok, &format!("looking for {}'s key…", environment_name(&name)));
        screen.looking_for = Some(name.clone());
    }
    vec![Action::Refresh(name)]
}

fn acknowledge(screen: &mut Screen, world: &World<'_>) -> Vec<Action> {
    let Some(report) = screen.chosen(world.overview) else { return Vec::new() };
    let name = report.environment.name.clone();
    if !world.overview.can_acknowledge(report) {
        notify(screen, Severity::Ok, &format!("{name}: nothing to acknowledge"));
        return Vec::new();
    }
    notify(screen, Severity::Ok, &format!("{name}: acknowledged, no reminders follow"));
    vec![Action::Acknowledge(name)]
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
    let scrolled = match &mut screen.overlay {
        Some(Overlay::Help(lines) | Overlay::Activity(lines)) => Some(lines),
        Some(Overlay::Events(events)) => Some(&mut events.scrolled),
        _ => None,
    };
    if let Some(lines) = scrolled {
        let target = (i32::from(*lines) + by).clamp(0, i32::from(last));
        *lines = u16::try_from(target).unwrap_or(0);
    }
}

fn list(screen: &mut Screen, change: impl FnOnce(&mut EventList)) {
    if let Some(Overlay::Events(list)) = &mut screen.overlay {
        change(list);
    }
}

fn notify(screen: &mut Screen, severity: Severity, text: &str) {
    screen.notice = Some(Notice { severity, text: text.to_owned() });
}

#[cfg(test)]
mod tests;
