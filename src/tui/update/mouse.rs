//! Clicks and the wheel of the mouse.

use super::{choose, key_pressed, run, scroll};
use crate::tui::action::Action;
use crate::tui::hit_map::HitTarget;
use crate::tui::keymap::{BINDINGS, Chord, KeyPress, UiCommand};
use crate::tui::message::WheelTurn;
use crate::tui::screen::Screen;
use crate::tui::view;
use crate::tui::view_context::ViewContext;

/// Lines of an overlay that one notch of the wheel scrolls.
const NOTCH: i32 = 3;

/// Does what stands in the cell, as its key would.
pub(super) fn clicked(screen: &mut Screen, context: &ViewContext<'_>, column: u16, row: u16) -> Vec<Action> {
    match view::hit_map(screen, context, screen.size).at(column, row) {
        Some(HitTarget::Environment(index)) => choose(screen, context, index),
        Some(HitTarget::Command(command)) => return command_clicked(screen, context, command),
        Some(HitTarget::Press(chord)) => return pressed(screen, context, chord),
        Some(HitTarget::Cover) | None => {}
    }
    Vec::new()
}

fn command_clicked(screen: &mut Screen, context: &ViewContext<'_>, command: UiCommand) -> Vec<Action> {
    screen.notice = None;
    let binding = BINDINGS.iter().find(|binding| binding.command == command);
    binding.map(|binding| run(screen, context, binding, 0)).unwrap_or_default()
}

fn pressed(screen: &mut Screen, context: &ViewContext<'_>, chord: Chord) -> Vec<Action> {
    key_pressed(screen, context, KeyPress { chord, in_burst: false })
}

/// Scrolls what lies over the dashboard; on the dashboard itself, goes to the environment before or after, and no
/// further than the first or the last.
pub(super) fn wheel_turned(screen: &mut Screen, context: &ViewContext<'_>, turn: WheelTurn) {
    let down = turn == WheelTurn::Down;
    if screen.overlay.is_some() {
        return scroll(screen, context, if down { NOTCH } else { -NOTCH });
    }
    let chosen = screen.chosen_index(context.snapshot);
    choose(screen, context, if down { chosen + 1 } else { chosen.saturating_sub(1) });
}
