//! Plain values and rules, with no input or output and no clock of their own.
//!
//! Time enters as an argument. Nothing here knows HTTP, a key store, a database or a terminal.

pub mod account;
pub mod activity;
pub mod alert;
pub mod api_key;
pub mod backoff;
pub mod base_url;
pub mod clipboard;
pub mod daily_rollup;
pub mod environment;
pub mod error;
pub mod exact;
pub mod forecast;
pub mod history_error;
pub mod key_age;
pub mod key_entry;
pub mod key_read_timeout;
pub mod last_use;
pub mod limit;
pub mod log_entry;
pub mod passphrase;
pub mod poll_record;
pub mod quota;
pub mod rotation;
pub mod sample;
pub mod sink;
pub mod stamp;
pub mod status;
pub mod terminal;
pub mod text;
pub mod thresholds;
pub mod time;
pub mod unconfigured_key;
pub mod user_path;
pub mod web_address;
pub mod web_page;
pub mod webhook_retry;
