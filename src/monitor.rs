//! What the world is: environments, their keys, what is known of each, and when to ask again.
//!
//! A pure state machine: [`Monitor::handle`](model::Monitor::handle) takes an [`event`], changes its
//! state and answers with [`effect`]s as plain data. It knows no key, only fingerprints.

pub mod activity;
pub mod alerting;
mod changes;
pub mod effect;
pub mod event;
mod forecasting;
pub mod key;
pub mod leave;
pub mod ledger;
pub mod log;
pub mod model;
mod observations;
mod observing;
mod outages;
mod overview;
pub mod refusals;
pub mod report;
pub mod rotation;
pub mod schedule;
pub mod settings;
pub mod standing;

#[cfg(test)]
mod tests;
