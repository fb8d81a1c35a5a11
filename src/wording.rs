//! Facts in, text out: the sentences of the product, for whoever reads them.

pub mod absence;
pub mod alerts;
pub mod charts;
pub mod clauses;
pub mod clipboard;
pub mod conditions;
pub mod events;
pub mod finding;
pub mod first_steps;
pub mod format;
pub mod history_errors;
pub mod key_errors;
pub mod mouse;
pub mod remedies;
pub mod request_errors;
pub mod rotation_errors;
pub mod scrolling;
pub mod sentences;
pub mod sink_errors;
pub mod terminal_errors;
pub mod themes;
pub mod times;
pub mod title;
pub mod unconfigured_keys;
pub mod web_pages;
