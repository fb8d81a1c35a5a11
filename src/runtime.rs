//! Runs the state machines: event loop, effects, signals, terminal.

pub mod polling;
pub mod runner;
pub mod sampling;
pub mod signals;
pub mod terminal;
