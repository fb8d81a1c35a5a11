//! The addresses of the service's web pages.

use ratatui::text::Line;

use super::dialog_box::DialogBox;
use crate::domain::web_page::{BILLING_PAGE, KEYS_PAGE};
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;

/// The box of the addresses.
pub(in crate::tui) fn web_pages(appearance: Appearance) -> DialogBox {
    let row = |label, address| {
        Line::from_iter([appearance.span(Role::Label, format!("{label:<9}")), appearance.span(Role::Text, address)])
    };
    let lines = vec![Line::default(), row("keys", KEYS_PAGE), row("credits", BILLING_PAGE), Line::default()];
    DialogBox { title: "web pages".to_owned(), heavy: false, width: 58, lines, appearance }
}
