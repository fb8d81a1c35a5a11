//! What the world is: environments, their keys, what is known of each, and when to ask again.
//!
//! A pure state machine: [`Monitor::handle`](model::Monitor::handle) takes an [`input`], changes its
//! state and answers with [`effect`]s as plain data. It knows no key, only fingerprints.

pub mod alerts;
mod build;
mod connectivity;
pub mod delays;
pub mod effect;
pub mod events;
mod forecast;
pub mod input;
pub mod key;
pub mod key_verdict;
pub mod model;
mod observations;
pub mod quota;
pub mod refusals;
pub mod request_log;
pub mod rotation;
pub mod settings;
pub mod snapshot;
pub mod usage;

#[cfg(test)]
mod tests;
