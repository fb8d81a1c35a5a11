//! Keys and pastes in a dialog.

use crate::domain::environment::EnvironmentName;
use crate::tui::action::Action;
use crate::tui::dialog::Dialog;
use crate::tui::keymap::{Chord, ChordKey, KeyPress};
use crate::tui::screen::{Overlay, Screen};
use crate::tui::view_context::ViewContext;

/// Opens a dialog of the chosen environment.
pub(super) fn open(screen: &mut Screen, context: &ViewContext<'_>, dialog: fn(EnvironmentName) -> Dialog) {
    if let Some(environment) = screen.chosen(context.snapshot) {
        screen.overlay = Some(Overlay::Dialog(Box::new(dialog(environment.environment.name.clone()))));
        observe(screen, context);
    }
}

/// Tells the open dialog how its environment stands now.
pub(super) fn observe(screen: &mut Screen, context: &ViewContext<'_>) {
    if let Some(Overlay::Dialog(dialog)) = &mut screen.overlay {
        dialog.observe(context.snapshot, context.environment(dialog.environment()));
    }
}

/// True where a field takes text.
pub(super) fn takes_text(screen: &Screen, context: &ViewContext<'_>) -> bool {
    let Some(Overlay::Dialog(dialog)) = &screen.overlay else { return false };
    dialog.takes_text(context.environment(dialog.environment()))
}

/// Keys in a dialog are typed or its own commands, all but the few that leave it or paint anew.
pub(super) fn pressed(screen: &mut Screen, context: &ViewContext<'_>, press: KeyPress) -> Vec<Action> {
    let Some(Overlay::Dialog(dialog)) = &mut screen.overlay else { return Vec::new() };
    if press.in_burst && press.chord.typed().is_none() {
        return Vec::new();
    }
    let end = [(Chord::control('c'), Action::Quit), (Chord::control('z'), Action::Suspend)];
    if let Some((_, action)) = end.into_iter().find(|(chord, _)| *chord == press.chord) {
        return close(screen).into_iter().chain([action]).collect();
    }
    if press.chord == Chord::plain(ChordKey::Escape) {
        let gone_back = dialog.back();
        return if gone_back { Vec::new() } else { close(screen).into_iter().collect() };
    }
    if press.chord == Chord::control('l') {
        return vec![Action::Redraw];
    }
    dialog.pressed(press, context.environment(dialog.environment())).into_iter().collect()
}

/// Answers whether a key is typed here, and so the text was taken.
pub(super) fn pasted(screen: &mut Screen, context: &ViewContext<'_>, text: &str) -> bool {
    let Some(Overlay::Dialog(dialog)) = &mut screen.overlay else { return false };
    dialog.pasted(text, context.environment(dialog.environment()))
}

fn close(screen: &mut Screen) -> Option<Action> {
    match screen.overlay.take() {
        Some(Overlay::Dialog(dialog)) => dialog.close(),
        _ => None,
    }
}
