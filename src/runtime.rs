//! Runs the state machines: event loop, effects, signals, terminal.

pub mod signals;
pub mod terminal;
