//! Screens: what lies between the key bar and the top, each laid out and drawn from the snapshot.

pub(super) mod chart_panel;
pub(super) mod dialogs;
pub(super) mod overview;
