//! Effects of keys, clicks and outcomes on the screen.

mod acknowledging;
mod choosing;
mod dialogs;
mod finding;
mod outcomes;
mod themes;
mod views;

use super::absence::Presence;
use super::action::Action;
use super::dialog::{AddKey, Dialog, RemoveKey, Rotate};
use super::event_list::EventList;
use super::keymap::{Binding, UiCommand};
use super::message::{KeyPress, Message};
use super::read_only;
use super::refresh::Refresh;
use super::screen::{Overlay, Screen, ScreenView};
use super::screens::overview::Overview;
use super::view;
use super::view_context::ViewContext;
use crate::domain::status::Severity;
use crate::wording::sentences;
use choosing::{choose, step};

/// Changes the screen as a message says, and answers with what is to be done.
#[must_use]
pub fn update(screen: &mut Screen, context: &ViewContext<'_>, message: Message) -> Vec<Action> {
    dialogs::observe(screen, context);
    if screen.locked && message.is_by_hand() {
        return Vec::new();
    }
    note_presence(screen, context, &message);
    match message {
        Message::KeyPressed(press) => return key_pressed(screen, context, press),
        Message::Pasted(text) => {
            if matches!(screen.overlay, Some(Overlay::Find(_))) {
                finding::edit(screen, context, |query| query.paste(&text));
            } else if !dialogs::pasted(screen, context, &text) {
                ignore_paste(screen);
            }
        }
        Message::Clicked { column, row } => clicked(screen, context, column, row),
        Message::Resized { columns, rows } => {
            screen.size = (columns, rows);
            scroll(screen, context, 0);
        }
        Message::KeyLookupFinished { environment, is_found } => {
            outcomes::key_looked_for(screen, context, &environment, is_found);
        }
        Message::KeyTried { environment, outcome } => outcomes::key_tried(screen, &environment, outcome),
        Message::KeyRemoved { environment, outcome } => outcomes::key_removed(screen, &environment, outcome),
        Message::RotationAnswered { environment, outcome } => {
            return outcomes::rotation_answered(screen, &environment, outcome).into_iter().collect();
        }
        Message::TerminalGround(ground) => themes::ground_told(screen, ground),
        Message::OwnThemeRead(outcome) => themes::own_read(screen, outcome),
        Message::Noticed(notice) => screen.notice = Some(notice),
    }
    Vec::new()
}

/// Notes that somebody is here, and what happened if nobody was for long.
fn note_presence(screen: &mut Screen, context: &ViewContext<'_>, message: &Message) {
    let is_by_hand = message.is_by_hand();
    if is_by_hand {
        screen.absence = screen.presence.as_ref().and_then(|presence| presence.absence(context));
    }
    if is_by_hand || screen.presence.is_none() {
        screen.presence = Some(Presence::now(context));
    }
}

fn key_pressed(screen: &mut Screen, context: &ViewContext<'_>, press: KeyPress) -> Vec<Action> {
    (screen.notice, screen.refresh) = (None, None);
    if matches!(screen.overlay, Some(Overlay::Find(_))) {
        return finding::pressed(screen, context, press);
    }
    if press.in_burst && !dialogs::takes_text(screen, context) {
        ignore_paste(screen);
        return Vec::new();
    }
    if matches!(screen.overlay, Some(Overlay::Dialog(_))) {
        let actions = dialogs::pressed(screen, context, press);
        acknowledging::close(screen, &actions);
        return actions;
    }
    match views::command(screen, press.chord) {
        Some((binding, number)) => run(screen, context, binding, number),
        None => Vec::new(),
    }
}

/// A text came where none is typed: nothing of it is a command.
fn ignore_paste(screen: &mut Screen) {
    let add_key = screen.key_of(UiCommand::AddKey).filter(|_| !matches!(screen.overlay, Some(Overlay::Dialog(_))));
    let advice = add_key.map(|key| format!("; press {key} to add a key")).unwrap_or_default();
    screen.notify(Severity::Warning, &format!("that looks like a paste: nothing was done{advice}"));
}

fn run(screen: &mut Screen, context: &ViewContext<'_>, binding: &Binding, number: usize) -> Vec<Action> {
    if !screen.permits(binding.command) {
        screen.notify(Severity::Ok, read_only::REFUSAL);
        return Vec::new();
    }
    let page = i32::from(view::page(screen.size));
    match binding.command {
        UiCommand::Choose => choose(screen, context, number),
        UiCommand::Next => step(screen, context, 1),
        UiCommand::Previous => step(screen, context, -1),
        UiCommand::Find => finding::open(screen),
        UiCommand::Order => choosing::reorder(screen),
        UiCommand::Refresh => return refresh(screen, context),
        UiCommand::RefreshAll => return refresh_all(screen, context),
        UiCommand::Pause => return vec![Action::TogglePause],
        UiCommand::AddKey => dialogs::open(screen, context, |name| Dialog::AddKey(AddKey::new(name))),
        UiCommand::Rotate => dialogs::open(screen, context, |name| Dialog::Rotate(Rotate::new(name))),
        UiCommand::RemoveKey => dialogs::open(screen, context, |name| Dialog::RemoveKey(RemoveKey::new(name))),
        UiCommand::Acknowledge => acknowledging::open(screen, context),
        UiCommand::Events => toggle(screen, Overlay::Events(EventList::default())),
        UiCommand::Activity => toggle(screen, Overlay::Activity(0)),
        UiCommand::ChartShorter => screen.chart_range = screen.chart_range.shorter(),
        UiCommand::ChartLonger => screen.chart_range = screen.chart_range.longer(),
        UiCommand::Theme => themes::next(screen),
        UiCommand::Console => toggle(screen, Overlay::WebPages),
        UiCommand::Help => toggle(screen, Overlay::Help(0)),
        UiCommand::EventsEnvironment => list(screen, |list| list.next_environment(context.snapshot)),
        UiCommand::EventsSeverity => list(screen, EventList::next_severity),
        UiCommand::EventsTimes => list(screen, |list| list.relative_times = !list.relative_times),
        UiCommand::ScrollUp => scroll(screen, context, -1),
        UiCommand::ScrollDown => scroll(screen, context, 1),
        UiCommand::PageUp => scroll(screen, context, -page),
        UiCommand::PageDown => scroll(screen, context, page),
        UiCommand::Zoom => views::toggle(screen, ScreenView::Zoom),
        UiCommand::Wall => views::toggle(screen, ScreenView::Wall),
        UiCommand::Close if screen.overlay.is_none() => screen.view = ScreenView::Overview,
        UiCommand::Close => screen.overlay = None,
        UiCommand::Redraw => return vec![Action::Redraw],
        UiCommand::Suspend => return vec![Action::Suspend],
        UiCommand::Quit => return vec![Action::Quit],
    }
    Vec::new()
}

fn refresh(screen: &mut Screen, context: &ViewContext<'_>) -> Vec<Action> {
    let Some(environment) = screen.chosen(context.snapshot) else { return Vec::new() };
    let name = environment.environment.name.clone();
    if environment.key.is_none() {
        screen.notify(Severity::Ok, &sentences::looking_for_key(environment));
        screen.key_lookup = Some(name.clone());
    }
    screen.refresh = Refresh::of(context.snapshot, |one| *one == name);
    vec![Action::Refresh(name)]
}

fn refresh_all(screen: &mut Screen, context: &ViewContext<'_>) -> Vec<Action> {
    screen.refresh = Refresh::of(context.snapshot, |_| true);
    if screen.refresh.is_none() {
        screen.notify(Severity::Ok, "no environment has a key yet");
    }
    vec![Action::RefreshAll]
}

fn clicked(screen: &mut Screen, context: &ViewContext<'_>, column: u16, row: u16) {
    let area = screen.area();
    if matches!(screen.overlay, None | Some(Overlay::Find(_)))
        && screen.view == ScreenView::Overview
        && let Some(index) = Overview::new(area, screen, context).layout.hit(column, row)
    {
        choose(screen, context, index);
    }
}

fn toggle(screen: &mut Screen, overlay: Overlay) {
    let open = screen.overlay.as_ref().map(std::mem::discriminant);
    screen.overlay = (open != Some(std::mem::discriminant(&overlay))).then_some(overlay);
}

fn scroll(screen: &mut Screen, context: &ViewContext<'_>, by: i32) {
    let last = view::scroll_max(screen, context);
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

#[cfg(test)]
mod tests;
