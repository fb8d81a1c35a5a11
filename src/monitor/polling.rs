//! Polls: when each key is asked next, and why then. One rule a file.

pub mod backoff;
pub mod budget;
pub mod confirmation;
pub mod delays;
pub mod interval;
pub mod key;
pub mod key_history;
pub mod key_verdict;
pub mod lease;
mod outcome;
pub mod permit;
pub mod plan;
pub mod reason;
mod recall;
pub mod recent_polls;
pub mod request_log;
pub mod reserve;
pub mod retry_after;
pub mod staleness;
