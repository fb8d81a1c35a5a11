//! The dialogs, in the middle of the screen. Of a key that is typed they show the length and, of long ones, the ending.

mod acknowledge;
mod add_key;
mod remove_key;
mod rotate;
mod text;

use ratatui::layout::Rect;

use super::painter::Painter;
use crate::tui::dialog::Dialog;
use crate::tui::screen::Screen;
use crate::tui::view_context::ViewContext;
use crate::wording::sentences::environment_name;
use text::DialogText;

pub(super) fn paint(
    painter: &mut Painter<'_>,
    body: Rect,
    dialog: &Dialog,
    screen: &Screen,
    context: &ViewContext<'_>,
) {
    let name = dialog.environment();
    let environment = context.environment(name);
    let symbols = painter.appearance().symbols;
    let border = if name.is_production() { symbols.border_heavy } else { symbols.border };
    let width = if matches!(dialog, Dialog::Rotate(_)) { rotate::WIDTH } else { 66 };
    let mut text = DialogText::new(painter.appearance(), width.min(body.width).saturating_sub(4));
    text.whose(name, environment);
    let name = environment_name(name);
    let title = match dialog {
        Dialog::Acknowledge(dialog) => {
            acknowledge::write(&mut text, dialog, environment, context);
            let what = if dialog.note.is_some() { "acknowledge alerts" } else { "take back the acknowledgement" };
            format!("{what} of {name}")
        }
        Dialog::AddKey(dialog) => {
            add_key::write(&mut text, dialog, environment, context);
            add_key::title(&name, environment)
        }
        Dialog::RemoveKey(dialog) => {
            remove_key::write(&mut text, dialog, environment, screen);
            format!("remove the key of {name}")
        }
        Dialog::Rotate(dialog) => {
            rotate::write(&mut text, dialog, environment, screen, context);
            format!("rotate the key of {name}")
        }
    };
    let lines = text.lines(body.height.saturating_sub(2));
    let inner = painter.dialog(body, &title, border, width, u16::try_from(lines.len()).unwrap_or(u16::MAX));
    for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
        let parts: Vec<_> = line.iter().map(|(text, style)| (text.as_str(), *style)).collect();
        painter.line(inner.x, y, inner.width, &parts);
    }
}
