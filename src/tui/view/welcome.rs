//! The first steps, told while no environment has a key.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::painter::Painter;
use crate::domain::environment::EnvironmentName;
use crate::domain::web_page::KEYS_PAGE;
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::wrap;
use crate::wording::sentences;

/// Wider lines are hard to read.
const WIDTH_MAX: u16 = 76;

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, screen: &Screen, context: &ViewContext<'_>) {
    let roomy = area.height >= 9;
    let mut rest = Rect { x: area.x + 2, width: area.width.saturating_sub(4).min(WIDTH_MAX), ..area };
    skip(&mut rest, u16::from(area.height >= 12));
    let heading = match screen.chosen(context.snapshot) {
        Some(_) => "Welcome. No environment has a key yet.",
        None => "No environment is watched. Name one in the configuration.",
    };
    let heading_style = painter.bold(Role::Text);
    paragraph(painter, &mut rest, 0, heading, heading_style);
    let Some(environment) = screen.chosen(context.snapshot) else { return };
    skip(&mut rest, 1);
    let steps = steps(screen, &environment.environment.name, context.snapshot.environments.len());
    let text = painter.style(Role::Text);
    for (step, number) in steps.iter().zip(1..).skip(if roomy { 0 } else { steps.len() - 1 }) {
        if roomy && rest.height > 0 {
            painter.text(rest.x, rest.y, 2, &number.to_string(), painter.bold(Role::Accent));
        }
        paragraph(painter, &mut rest, if roomy { 3 } else { 0 }, step, text);
    }
    skip(&mut rest, 1);
    let promise = "Polls cost no credits and take only a small share of a key's own limits.";
    let muted = painter.style(Role::Muted);
    paragraph(painter, &mut rest, 0, promise, muted);
}

/// Writes a text at the top of an area, and leaves the area under it.
fn paragraph(painter: &mut Painter<'_>, rest: &mut Rect, indent: u16, text: &str, style: Style) {
    let width = rest.width.saturating_sub(indent);
    for line in wrap(text, width).into_iter().take(usize::from(rest.height)) {
        painter.text(rest.x + indent, rest.y, width, line, style);
        skip(rest, 1);
    }
}

fn skip(rest: &mut Rect, rows: u16) {
    let rows = rows.min(rest.height);
    (rest.y, rest.height) = (rest.y + rows, rest.height - rows);
}

fn steps(screen: &Screen, name: &EnvironmentName, count: usize) -> Vec<String> {
    let mut steps = vec![format!("Make a key at {KEYS_PAGE}")];
    let next = screen.keymap.key_of(UiCommand::Next).filter(|_| count > 1);
    steps.extend(
        next.map(|key| format!("Select the environment with {key} (selected: {}).", sentences::environment_name(name))),
    );
    steps.push(match screen.key_of(UiCommand::AddKey) {
        Some(key) => format!(
            "Press {key} and paste the key. It is tried against the service first, then kept in this machine's key \
             store and nowhere else."
        ),
        None => "Add it in a dashboard that may change keys: this one is read-only.".to_owned(),
    });
    steps
}
