//! Dialogs, and the addresses of the web pages, each in a box over the dashboard. Of a key that is typed they show the
//! length and, of long ones, the ending.

mod acknowledge;
mod add_key;
mod dialog_box;
mod dialog_text;
mod remedy_text;
mod remove_key;
mod rotate;
mod web_pages;

use ratatui::layout::Rect;

use crate::tui::dialog::Dialog;
use crate::tui::screen::Screen;
use crate::tui::view_context::ViewContext;
use crate::wording::dialogs::{acknowledging, adding, removing, rotating};
pub(in crate::tui) use dialog_box::DialogBox;
use dialog_text::DialogText;
pub(in crate::tui) use web_pages::web_pages;

/// Columns of the box of most dialogs, its border included.
const WIDTH: u16 = 66;

/// The box of a dialog that is laid over an area.
pub(in crate::tui) fn dialog_box(area: Rect, dialog: &Dialog, screen: &Screen, context: &ViewContext<'_>) -> DialogBox {
    let name = dialog.environment();
    let environment = context.environment(name);
    let width = if matches!(dialog, Dialog::Rotate(_)) { rotate::WIDTH } else { WIDTH };
    let mut text = DialogText::new(screen.appearance, DialogBox::text_width(width, area));
    text.whose(name, environment);
    let title = match dialog {
        Dialog::Acknowledge(dialog) => {
            acknowledge::write(&mut text, dialog, environment, context);
            acknowledging::title(name, dialog.note.is_none())
        }
        Dialog::AddKey(dialog) => {
            add_key::write(&mut text, dialog, environment, context);
            adding::title(name, environment.is_some_and(|environment| environment.key.is_some()))
        }
        Dialog::RemoveKey(dialog) => {
            remove_key::write(&mut text, dialog, environment, screen);
            removing::title(name)
        }
        Dialog::Rotate(dialog) => {
            rotate::write(&mut text, dialog, environment, screen, context);
            rotating::title(name)
        }
    };
    let lines = text.lines(DialogBox::rows(area));
    DialogBox { title, heavy: name.is_production(), width, lines, appearance: screen.appearance }
}

#[cfg(test)]
mod tests;
