//! Environments in words: what is the matter, until when, and what to do.
//!
//! The dashboard and the command line say the same. Times are local.

mod activity;
mod alerts;
mod all_clear;
mod all_environments;
mod environment;
mod flags;
mod forecast;
mod headline;
mod last_use;
mod limits;
mod names;
mod polls;
mod refresh;
mod rotation;
mod sentence;
mod status;
mod symbol;
#[cfg(test)]
mod tests;
mod writer;

pub use activity::{activity, activity_state, is_activity_known, ratio};
pub use alerts::{acknowledgement_changed, alert_sentence, alerts, nothing_to_acknowledge};
pub use all_clear::{AllClear, all_clear};
pub use all_environments::{all_refused, keyless, outage, shared_sentences, shared_then_own};
pub use environment::{sentences, sentences_among};
pub use forecast::{lasts, outlook, rate, refill, runs_out, spent};
pub use headline::{failing_source, headline};
pub use last_use::{used_ago, used_ago_short};
pub use limits::{allowed, uncounted};
pub use names::{environment_name, key_name, store_name};
pub use polls::{next_poll, poll_interval, poll_schedule};
pub use refresh::{RefreshState, all_refreshed, looking_for_key, no_key_found, refreshed};
pub use rotation::{OldKeyUse, key_age, name_of, old_key, old_key_use, rotate_by, snoozed};
pub use sentence::{Sentence, clause_ends};
pub use symbol::StatusSymbol;
