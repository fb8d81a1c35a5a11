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
use super::hit_map::HitTarget;
use super::keymap::{BINDINGS, Binding, UiCommand};
use super::message::{KeyPress, Message, WheelTurn};
use super::mouse::MouseOwner;
use super::read_only;
use super::refresh::Refresh;
use super::screen::{Overlay, Screen, ScreenView};
use super::view;
use super::view_context::ViewContext;
use crate::domain::clipboard::ClipboardContent;
use crate::domain::status::Severity;
use crate::domain::web_page::KEYS_PAGE;
use crate::wording::{clipboard, mouse, sentences};
use choosing::{choose, step};

/// Lines of an overlay that one notch of the wheel scrolls.
const WHEEL_LINES: i32 = 3;

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
        Message::Clicked { column, row } => return clicked(screen, context, column, row),
        Message::WheelTurned(turn) => wheel_turned(screen, context, turn),
        Message::WebPageOpened(is_open) => outcomes::web_page_opened(screen, is_open),
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
        UiCommand::WebPage => return vec![Action::OpenWebPage],
        UiCommand::Copy => return copy(screen, context),
        UiCommand::Mouse => give_or_take_mouse(screen),
        UiCommand::Theme => themes::next(screen),
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

/// Does what stands in the cell, as its key would.
fn clicked(screen: &mut Screen, context: &ViewContext<'_>, column: u16, row: u16) -> Vec<Action> {
    match view::hit_map(screen, context, screen.size).at(column, row) {
        Some(HitTarget::Environment(index)) => choose(screen, context, index),
        Some(HitTarget::Range(range)) => screen.chart_range = range,
        Some(HitTarget::Press(chord)) => return key_pressed(screen, context, KeyPress { chord, in_burst: false }),
        Some(HitTarget::Command(command)) => return run_clicked(screen, context, command),
        Some(HitTarget::OfEnvironment(index, command)) => {
            choose(screen, context, index);
            return run_clicked(screen, context, command);
        }
        Some(HitTarget::Cover) | None => {}
    }
    Vec::new()
}

fn run_clicked(screen: &mut Screen, context: &ViewContext<'_>, command: UiCommand) -> Vec<Action> {
    screen.notice = None;
    let binding = BINDINGS.iter().find(|binding| binding.command == command);
    binding.map(|binding| run(screen, context, binding, 0)).unwrap_or_default()
}

/// Scrolls what lies over the dashboard; on the dashboard itself, goes to the environment before or after among those
/// that are shown, and no further than the first or the last.
fn wheel_turned(screen: &mut Screen, context: &ViewContext<'_>, turn: WheelTurn) {
    if screen.view == ScreenView::Wall && screen.overlay.is_none() {
        return;
    }
    let is_down = turn == WheelTurn::Down;
    if !matches!(screen.overlay, None | Some(Overlay::Find(_))) {
        return scroll(screen, context, if is_down { WHEEL_LINES } else { -WHEEL_LINES });
    }
    let shown = screen.shown(context.snapshot);
    let chosen = screen.chosen_index(context.snapshot);
    let place = shown.iter().position(|place| *place == chosen).unwrap_or(0);
    if let Some(index) = shown.get(if is_down { place + 1 } else { place.saturating_sub(1) }) {
        choose(screen, context, *index);
    }
}

fn give_or_take_mouse(screen: &mut Screen) {
    screen.mouse = match screen.mouse {
        MouseOwner::Dashboard => MouseOwner::Terminal,
        MouseOwner::Terminal => MouseOwner::Dashboard,
        MouseOwner::TerminalAlways => MouseOwner::TerminalAlways,
    };
    let text = match screen.mouse {
        MouseOwner::Dashboard => mouse::TAKEN.to_owned(),
        MouseOwner::Terminal => mouse::given(screen.key_of(UiCommand::Mouse).as_deref()),
        MouseOwner::TerminalAlways => mouse::LEFT.to_owned(),
    };
    screen.notify(Severity::Ok, &text);
}

/// Copies the address where it is shown, else the fingerprint of the chosen key.
fn copy(screen: &mut Screen, context: &ViewContext<'_>) -> Vec<Action> {
    if matches!(screen.overlay, Some(Overlay::WebPages)) {
        return vec![Action::Copy(ClipboardContent::Address(KEYS_PAGE))];
    }
    let Some(environment) = screen.chosen(context.snapshot) else { return Vec::new() };
    if let Some(key) = &environment.key {
        return vec![Action::Copy(ClipboardContent::Fingerprint(key.identity.fingerprint))];
    }
    screen.notify(Severity::Ok, &clipboard::nothing_to_copy(&environment.environment.name));
    Vec::new()
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
