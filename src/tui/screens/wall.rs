//! Wall: all environments at a glance from four metres, for a monitor that nobody touches.

mod pages;
mod shift;
mod tile;
mod tile_rows;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::status::Severity;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::screen::{Appearance, Screen, ScreenView};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::big_number::BigNumber;
use crate::tui::widgets::text::{fit, wrap};
use crate::wording::sentences::StatusSymbol;
use crate::wording::times;
use crate::wording::wall::{self, WallHalt};
use pages::WallPage;
use tile::Tile;

/// From this height on, a blank row sets the line at the top apart.
const AIRY_FROM: u16 = 16;
/// Most rows of big letters.
const LETTERS_MAX: u16 = 8;

/// The wall.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct Wall<'a> {
    context: &'a ViewContext<'a>,
    appearance: Appearance,
}

/// Regions of the wall.
struct WallRegions {
    top: Rect,
    halt: Rect,
    tiles: Rect,
}

impl<'a> Wall<'a> {
    /// The wall, where that is what a screen shows.
    pub(in crate::tui) fn of(screen: &Screen, context: &'a ViewContext<'a>) -> Option<Self> {
        let is_shown = screen.view == ScreenView::Wall && screen.overlay.is_none();
        is_shown.then_some(Self { context, appearance: screen.appearance })
    }

    /// The environments that are shown in an area, and the moment at which others take their place.
    pub(in crate::tui) fn shown(&self, area: Rect) -> (Vec<&'a EnvironmentSnapshot>, Option<Timestamp>) {
        let context = self.context;
        let page = self.page(self.regions(area, self.halt().as_ref()).tiles);
        let environments = page.tiles.iter().filter_map(|(place, _)| context.snapshot.environments.get(*place));
        (environments.map(|environment| &**environment).collect(), page.turns_at(context.now))
    }

    fn page(&self, area: Rect) -> WallPage {
        WallPage::of(self.context.snapshot, area, self.context.now)
    }

    fn halt(&self) -> Option<WallHalt> {
        wall::halt(self.context.snapshot, self.context.now, self.context.zone)
    }

    fn regions(&self, area: Rect, halt: Option<&WallHalt>) -> WallRegions {
        let area = shift::shifted(area, self.context.now);
        let gap = u16::from(area.height >= AIRY_FROM);
        let letters = halt.map_or(0, |halt| self.letters(&halt.word).size_within(letters_room(area)).height);
        let halted = if halt.is_some() { letters + 2 + gap } else { 0 };
        // The environments keep half of the wall.
        let halted = halted.min((area.height / 2).max(2));
        let rows = [Constraint::Length(1), Constraint::Length(gap), Constraint::Length(halted), Constraint::Fill(1)];
        let [top, _, halt, tiles] = Layout::vertical(rows).areas(area);
        WallRegions { top, halt, tiles }
    }

    fn letters<'b>(&self, word: &'b str) -> BigNumber<'b> {
        let style = self.appearance.style(Role::Unknown).add_modifier(Modifier::BOLD);
        BigNumber { text: word, style, appearance: self.appearance }
    }

    /// How all fare, or what is to be told first, and the clock, which shows that the wall lives.
    fn render_top(&self, area: Rect, page: &WallPage, halt: Option<(&WallHalt, Rect)>, buf: &mut Buffer) {
        let ViewContext { now, zone, .. } = *self.context;
        let style = |role| Style::reset().patch(self.appearance.style(role));
        let (_, clock) = times::header(now, zone);
        let pages = if page.count > 1 { format!("{}/{}  ", page.number + 1, page.count) } else { String::new() };
        let bold = style(Role::Text).add_modifier(Modifier::BOLD);
        let clock = Line::from(vec![Span::styled(pages, style(Role::Muted)), Span::styled(clock, bold)]);
        let width = u16::try_from(clock.width()).unwrap_or(u16::MAX).min(area.width);
        let [left, _, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Length(width)]).areas(area);
        clock.render(right, buf);
        let notice = self.context.notices.iter().max_by_key(|notice| notice.severity);
        let line = if let Some(notice) = notice {
            let symbol = StatusSymbol::from(notice.severity);
            let mark = format!("{} ", self.appearance.symbols.mark(symbol));
            Line::from(vec![Span::styled(mark, style(symbol.into())), Span::raw(notice.text.as_str())])
        } else {
            let told = match halt {
                Some((halt, area)) if area.height < 2 => format!("{} · {}", halt.word, halt.age),
                Some(_) => String::new(),
                None => wall::summary(self.context.snapshot, now),
            };
            Line::styled(told, style(Role::Text))
        };
        fit(line, left.width, self.appearance.symbols.ellipsis).render(left, buf);
    }

    /// Why nothing is of now, and how old it is.
    fn render_halt(&self, area: Rect, halt: &WallHalt, buf: &mut Buffer) {
        let letters = self.letters(&halt.word);
        let size = letters.size_within(letters_room(area));
        (&letters).render(Rect { height: size.height, ..area }, buf);
        let below = Rect { y: area.y + size.height, height: area.height.saturating_sub(size.height), ..area };
        let style = Style::reset().patch(self.appearance.style(Role::Text));
        let age = Line::styled(halt.age.as_str(), style.add_modifier(Modifier::BOLD));
        let reason = wrap(&halt.text, area.width);
        // The age is told where there is room for one line alone.
        let told =
            reason.into_iter().map(|line| Line::styled(line, style)).take(usize::from(below.height).saturating_sub(1));
        for (line, row) in told.chain([age]).zip(below.rows()) {
            fit(line, row.width, self.appearance.symbols.ellipsis).render(row, buf);
        }
    }

    /// The number of critical environments for which there is no room.
    fn render_untold(&self, count: usize, area: Rect, buf: &mut Buffer) {
        let style = Style::reset().patch(self.appearance.style(Role::Critical)).add_modifier(Modifier::REVERSED);
        buf.set_style(area, style);
        let symbol = self.appearance.symbols.mark(Severity::Critical.into());
        let text = format!("{symbol} {count} more critical");
        fit(Line::styled(text, style), area.width, self.appearance.symbols.ellipsis).render(area, buf);
    }
}

/// Cells for big letters.
fn letters_room(area: Rect) -> Size {
    Size::new(area.width, area.height.min(LETTERS_MAX))
}

impl Widget for &Wall<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let halt = self.halt();
        let regions = self.regions(area, halt.as_ref());
        let page = self.page(regions.tiles);
        self.render_top(regions.top, &page, halt.as_ref().map(|halt| (halt, regions.halt)), buf);
        if let Some(halt) = &halt {
            self.render_halt(regions.halt, halt, buf);
        }
        for (place, area) in &page.tiles {
            if let Some(environment) = self.context.snapshot.environments.get(*place) {
                let tile =
                    Tile { environment, context: self.context, appearance: self.appearance, halted: halt.is_some() };
                (&tile).render(*area, buf);
            }
        }
        if let Some((count, area)) = page.untold {
            self.render_untold(count, area, buf);
        }
    }
}

#[cfg(test)]
mod tests;
