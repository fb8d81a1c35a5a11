//! What the world is: environments, their keys, what is known of each, and when to ask again.
//!
//! A pure state machine: `Monitor::handle` takes an [`event`], changes its
//! state and answers with [`effect`]s as plain data. It knows no key, only fingerprints.

pub mod effect;
pub mod event;
pub mod report;
pub mod settings;
