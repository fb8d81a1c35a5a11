//! Facts in, text out: the sentences of the product, for whoever reads them.

pub mod alerts;
pub mod conditions;
pub mod events;
pub mod failures;
pub mod format;
pub mod history;
pub mod keys;
pub mod remedies;
pub mod rotations;
pub mod sentences;
pub mod sinks;
pub mod terminal;
pub mod times;
pub mod unclaimed;
