//! Keys and pastes while an environment is looked for: letters go into the query, and arrows step through what it
//! finds.

use super::choosing::{choose, step};
use crate::tui::action::Action;
use crate::tui::environment_order::found_count;
use crate::tui::find::Find;
use crate::tui::keymap::{Chord, ChordKey, KeyPress};
use crate::tui::screen::{Overlay, Screen};
use crate::tui::text_input::TextInput;
use crate::tui::view_context::ViewContext;

pub(super) fn open(screen: &mut Screen) {
    screen.overlay = Some(Overlay::Find(Find::new(screen.chosen.clone())));
}

pub(super) fn pressed(screen: &mut Screen, context: &ViewContext<'_>, press: KeyPress) -> Vec<Action> {
    if press.in_burst && press.chord.typed().is_none() {
        return Vec::new();
    }
    let end = [
        (Chord::control('c'), Action::Quit),
        (Chord::control('z'), Action::Suspend),
        (Chord::control('l'), Action::Redraw),
    ];
    if let Some((_, action)) = end.into_iter().find(|(chord, _)| *chord == press.chord) {
        return vec![action];
    }
    match press.chord.key {
        ChordKey::Enter => screen.overlay = None,
        ChordKey::Escape => {
            if let Some(Overlay::Find(find)) = screen.overlay.take() {
                screen.chosen = find.before;
            }
        }
        ChordKey::Tab | ChordKey::Down | ChordKey::Right => step(screen, context, 1),
        ChordKey::BackTab | ChordKey::Up | ChordKey::Left => step(screen, context, -1),
        _ => edit(screen, context, |query| query.edit(press.chord)),
    }
    Vec::new()
}

/// Changes the query, and chooses what it finds first.
pub(super) fn edit(screen: &mut Screen, context: &ViewContext<'_>, change: impl FnOnce(&mut TextInput) -> bool) {
    let Some(Overlay::Find(find)) = &mut screen.overlay else { return };
    if !change(&mut find.query) {
        return;
    }
    if find.query.text().is_empty() {
        screen.chosen.clone_from(&find.before);
    } else if found_count(context.snapshot, find.query.text()) > 0
        && let Some(first) = screen.shown(context.snapshot).first()
    {
        choose(screen, context, *first);
    }
}
