//! Where notifications go that another process, a desktop or a terminal has a part in.

pub mod desktop;
pub mod terminal;
pub mod webhook;
