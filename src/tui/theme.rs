//! Themes: styles of the roles of what is drawn, by the number of colours and the ground of the terminal.
//!
//! A theme gives each [`Role`] a style, at 256 colours and more, at 16, and at none, where attributes tell the roles
//! apart. Warning and critical differ in lightness as well as in hue, and critical is never the less legible of the two.

mod built_in;
mod depth;
mod ground;
mod own;
mod rgb;
mod role;
mod styles;
mod themes;

pub use built_in::BuiltInTheme;
pub use depth::ColourDepth;
pub use ground::Ground;
pub use own::{OwnGround, OwnTheme};
pub use rgb::Rgb;
pub use role::Role;
pub use styles::Theme;
pub use themes::{ThemeChoice, ThemeSettings, Themes};

#[cfg(test)]
mod tests;
