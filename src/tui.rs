//! Content of the screen, and effect of the keys.
//!
//! Pure: a [`Screen`] and a [`ViewContext`] go into [`view()`], which paints a frame, and
//! into [`update()`] together with a [`Message`], which answers with [`Action`]s as plain data. Nothing here
//! knows a clock, a terminal or a network.

mod absence;
pub mod action;
pub mod charset;
pub mod chart_range;
mod dialog;
mod environment_order;
mod event_list;
mod find;
mod hit_map;
pub mod keymap;
mod known_values;
pub mod message;
mod mouse;
pub mod notice;
mod read_only;
mod refresh;
pub mod screen;
mod screens;
pub mod surroundings;
mod symbols;
mod text_input;
pub mod theme;
pub mod update;
pub mod view;
pub mod view_context;
mod widgets;

pub use action::Action;
pub use chart_range::ChartRange;
pub use message::Message;
pub use screen::Screen;
pub use surroundings::surroundings;
pub use update::update;
pub use view::{next_redraw, view};
pub use view_context::ViewContext;
