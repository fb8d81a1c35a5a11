//! Styles of all roles, as they are drawn.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use strum::{EnumCount as _, VariantArray as _};

use super::role::Role;

/// Theme as it is drawn on one terminal: a style for each role, and the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::COUNT],
    /// Colour that the ground is painted in; `None` leaves the terminal's own.
    ground: Option<Color>,
}

impl Theme {
    /// Theme with the style that `style` gives each role.
    pub(super) fn from_styles(ground: Option<Color>, style: impl Fn(Role) -> Style) -> Self {
        let mut styles = [Style::new(); Role::COUNT];
        for (slot, role) in styles.iter_mut().zip(Role::VARIANTS) {
            *slot = style(*role);
        }
        Self { styles, ground }
    }

    /// Theme of attributes alone. What is critical is bold and underlined, never reversed: a bar of full blocks would be
    /// a blank.
    pub(super) fn without_colour() -> Self {
        Self::from_styles(None, |role| {
            Style::new().add_modifier(match role {
                Role::Text | Role::Ok | Role::Label | Role::Bar | Role::BarOwn => Modifier::empty(),
                Role::Muted | Role::Track => Modifier::DIM,
                Role::Accent | Role::Warning => Modifier::BOLD,
                Role::Critical => Modifier::BOLD.union(Modifier::UNDERLINED),
                Role::Unknown => Modifier::UNDERLINED,
            })
        })
    }

    /// Style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// Colour that the ground is painted in; `None` where it is the terminal's own.
    #[must_use]
    pub fn ground(&self) -> Option<Color> {
        self.ground
    }

    /// Paints the ground under all that is drawn, and the text that has no colour of its own in that of text.
    pub fn paint_ground(&self, buffer: &mut Buffer) {
        let Some(ground) = self.ground else { return };
        let text = self.style(Role::Text).fg.unwrap_or_default();
        for cell in &mut buffer.content {
            if cell.bg == Color::Reset {
                cell.bg = ground;
            }
            if cell.fg == Color::Reset {
                cell.fg = text;
            }
        }
    }
}
