//! Screens: what lies between the key bar and the top, each laid out and drawn from the snapshot.

pub(super) mod absence_strip;
pub(super) mod activity;
pub(super) mod chart_panel;
mod event_lines;
pub(super) mod event_log;
pub(super) mod find_line;
pub(super) mod help;
pub(super) mod key_bar;
pub(super) mod overview;
mod range_names;
pub(super) mod welcome;
