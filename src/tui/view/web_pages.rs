//! The addresses of the service's web pages, over the dashboard.

use ratatui::layout::Rect;

use super::painter::Painter;
use crate::domain::web_page::{BILLING_PAGE, KEYS_PAGE};
use crate::tui::theme::Role;

/// Paints the addresses, and answers with the area that they take.
pub(super) fn paint(painter: &mut Painter<'_>, body: Rect) -> Rect {
    let inner = painter.dialog(body, "web pages", painter.appearance().symbols.border, 58, 4);
    let rows = [("keys", KEYS_PAGE), ("credits", BILLING_PAGE)];
    for ((label, address), y) in rows.into_iter().zip((inner.y + 1..).take(usize::from(inner.height))) {
        painter.text(inner.x, y, inner.width, label, painter.style(Role::Label));
        painter.text(inner.x + 9, y, inner.width.saturating_sub(9), address, painter.style(Role::Text));
    }
    Rect {
        x: inner.x.saturating_sub(2),
        y: inner.y.saturating_sub(1),
        width: inner.width + 4,
        height: inner.height + 2,
    }
}
