//! Runs the state machines: event loop, effects, signals, terminal.

mod activity;
mod alerts;
mod charts;
mod client;
pub mod dashboard;
pub mod desk;
pub mod input;
pub mod key_lock;
pub mod memory;
pub mod panics;
pub mod polling;
pub mod resources;
pub mod rotation;
pub mod runner;
pub mod sampling;
pub mod signals;
pub mod storing;
pub mod tasks;
pub mod terminal;
