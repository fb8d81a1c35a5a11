//! Runs the state machines: event loop, effects, signals, terminal.

mod alert_notification;
mod app_state;
mod chart_cache;
pub mod core_dumps;
pub mod dashboard;
pub mod effect_runner;
mod enrolled_key;
pub mod enrollment;
mod event_loop;
mod frame_limiter;
pub mod headless;
pub mod input;
pub mod key_commands;
pub mod key_lock;
mod notices;
pub mod panics;
mod poll;
mod prune_schedule;
pub mod resources;
pub mod rotation;
mod shared_client;
pub mod signals;
pub mod tasks;
pub mod terminal;
pub mod theme_file;
mod trace;
mod usage_page;
