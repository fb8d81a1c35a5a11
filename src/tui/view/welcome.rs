//! The first steps, told while no environment has a key.

use ratatui::layout::Rect;

use super::KEYS_PAGE;
use super::paint::{Painter, wrap};
use crate::tui::keymap::Command;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::world::World;

/// Wider lines are hard to read.
const WIDTH_MAX: u16 = 76;

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, screen: &Screen, world: &World<'_>) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(4).min(WIDTH_MAX), ..area };
    let mut y = area.y + u16::from(area.height >= 12);
    let heading = if world.overview.reports.is_empty() {
        "No environment is watched."
    } else {
        "Welcome. No environment has a key yet."
    };
    if y < area.bottom() {
        painter.text(area.x, y, area.width, heading, painter.bold(Role::Text));
    }
    y += 1 + u16::from(area.height >= 9);
    for (number, step) in steps(screen, world) {
        for (index, line) in wrap(&step, area.width.saturating_sub(3)).into_iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            if index == 0 {
                painter.text(area.x, y, 2, &number, painter.bold(Role::Accent));
            }
            painter.text(area.x + 3, y, area.width.saturating_sub(3), line, painter.style(Role::Text));
            y += 1;
        }
    }
    y += u16::from(area.height >= 9);
    let promise = "Polls cost no credits and take only a small share of a key's own limits.";
    for (line, y) in wrap(promise, area.width).into_iter().zip(y..area.bottom()) {
        painter.text(area.x, y, area.width, line, painter.style(Role::Muted));
    }
}

fn steps(screen: &Screen, world: &World<'_>) -> Vec<(String, String)> {
    let Some(report) = screen.chosen(world.overview) else {
        return vec![(String::new(), "Name one in the configuration.".to_owned())];
    };
    let name = &report.environment.name;
    let add = match screen.keymap.key_of(Command::AddKey).filter(|_| !screen.read_only) {
        Some(key) => format!(
            "Press {key} and paste the key. It is tried against the service first, then kept in this machine's key \
             store and nowhere else."
        ),
        None => format!("Store it: run trackyard-tui key set {name}. This dashboard is read-only."),
    };
    let mut steps = vec![format!("Make a key at {KEYS_PAGE}")];
    let next = screen.keymap.key_of(Command::Next).filter(|_| world.overview.reports.len() > 1);
    steps.extend(next.map(|key| format!("Choose its environment with {key}; now it is {name}.")));
    steps.push(add);
    steps.into_iter().zip(1..).map(|(step, number)| (number.to_string(), step)).collect()
}
