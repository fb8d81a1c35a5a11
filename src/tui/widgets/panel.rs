//! Panel: a titled frame around a region, with the key that opens it and a footer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Padding, Widget};

use super::text::fit;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;

/// Titled frame around a region.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Panel<'a> {
    /// Title at the left.
    pub title: Line<'a>,
    /// Text at the right end of the title, such as the key that opens the whole; gone where there is no room.
    pub corner: Line<'a>,
    /// Text in the lower border.
    pub footer: Line<'a>,
    /// True for the border of production.
    pub heavy: bool,
    /// Role of the border; `None` for that of most panels.
    pub border: Option<Role>,
    /// Theme and symbols.
    pub appearance: Appearance,
}

impl<'a> Panel<'a> {
    /// Columns of a frame beside its title and the text at the right end of that.
    pub(in crate::tui) const ROOM: usize = 8;

    /// Panel with a title alone.
    pub(in crate::tui) fn new(title: impl Into<Line<'a>>, appearance: Appearance) -> Self {
        Self {
            title: title.into(),
            corner: Line::default(),
            footer: Line::default(),
            heavy: false,
            border: None,
            appearance,
        }
    }

    /// Area within the frame.
    pub(in crate::tui) fn inner(area: Rect) -> Rect {
        Block::bordered().padding(Padding::horizontal(1)).inner(area)
    }

    /// Cells of the text at the right end of the title; empty where there is no room for it.
    pub(in crate::tui) fn corner_area(&self, area: Rect) -> Rect {
        let width = u16::try_from(self.corner.width()).unwrap_or(u16::MAX);
        let is_shown = width > 0 && self.title.width() + self.corner.width() + Self::ROOM <= usize::from(area.width);
        let width = if is_shown { width } else { 0 };
        Rect { x: area.right().saturating_sub(width + 2), width, height: area.height.min(1), ..area }
    }
}

impl Widget for &Panel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.width < 2 || area.height < 2 {
            return;
        }
        let symbols = self.appearance.symbols;
        let (border, role) =
            if self.heavy { (symbols.border_heavy, Role::Text) } else { (symbols.border, Role::Muted) };
        let style = self.appearance.style(self.border.unwrap_or(role));
        Block::bordered().border_set(border).border_style(style).render(area, buf);
        let room = area.width.saturating_sub(4);
        let at = |x, y, width| Rect { x, y, width, height: 1 };
        let corner = self.corner_area(area);
        put(&self.corner, at(corner.x.saturating_sub(1), area.y, corner.width + 2), buf, corner.width > 0);
        let title_room = if corner.width > 0 { room - corner.width - 3 } else { room };
        let title = fit(self.title.clone(), title_room.saturating_sub(2), symbols.ellipsis);
        put(&title, at(area.x + 1, area.y, title_room), buf, title.width() > 0);
        let footer = fit(self.footer.clone(), room.saturating_sub(2), symbols.ellipsis);
        put(&footer, at(area.x + 1, area.bottom() - 1, room), buf, footer.width() > 0);
    }
}

/// Writes a line with a blank at each end over the border.
fn put(line: &Line<'_>, area: Rect, buf: &mut Buffer, is_shown: bool) {
    if is_shown && area.width >= 2 {
        let width = u16::try_from(line.width() + 2).unwrap_or(u16::MAX).min(area.width);
        Clear.render(Rect { width, ..area }, buf);
        line.render(Rect { x: area.x + 1, width: width - 1, ..area }, buf);
    }
}
