//! Watches the API keys of a Trackyard account, in a terminal, for weeks.
//!
//! ```text
//!  keys, mouse, resize ─keymap─┐
//!  tick(now) ──────────────────┼─► Message ─► update(&mut Model, Message) ─► Vec<Effect>
//!  results of effects ─────────┘       ▲                                        │
//!                                      └──── runtime runs them: HTTP, key store, history
//! ```
//!
//! Two pure state machines, nested: [`monitor`] (what the world is) and [`tui`] (what the screen shows of it).
//! Commands without a screen run the monitor alone. Time enters as data, in messages.
//!
//! What happened travels as a type through monitor, store and messages: what, to what, by whose word, and when.
//! [`wording`] makes text of it, once, where it is shown.

pub mod cli;
pub mod commands;
pub mod config;
pub mod domain;
pub mod monitor;
pub mod runtime;
pub mod services;
pub mod simulator;
#[cfg(test)]
mod testing;
pub mod tui;
pub mod wording;
