//! What the world is: environments, their keys, what is known of each, and when to ask again.
//!
//! A pure state machine: [`Monitor::handle`](model::Monitor::handle) takes an [`input`], changes its
//! state and answers with [`effect`]s as plain data. It knows no key, only fingerprints.

pub mod alerts;
mod connectivity;
pub mod effect;
pub mod events;
mod forecast;
pub mod input;
mod key_source;
pub mod model;
mod observations;
pub mod polling;
pub mod refusals;
pub mod rotation;
pub mod settings;
pub mod snapshot;
pub mod usage;

pub use polling::{delays, key, key_verdict, quota, request_log};

#[cfg(test)]
mod tests;
