//! Screens: what is drawn over the whole terminal, or between the key bar and the top, from the snapshot.

pub(super) mod absence_strip;
pub(super) mod activity;
pub(super) mod chart_panel;
pub(super) mod dialogs;
mod event_lines;
pub(super) mod event_log;
pub(super) mod find_line;
pub(super) mod help;
pub(super) mod key_bar;
pub(super) mod overview;
mod range_names;
pub(super) mod wall;
pub(super) mod welcome;
pub(super) mod zoom;
