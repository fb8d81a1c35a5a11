//! Screens: what is drawn over the whole terminal, or between the key bar and the top, from the snapshot.

pub(super) mod chart_panel;
pub(super) mod dialogs;
pub(super) mod overview;
pub(super) mod wall;
pub(super) mod zoom;
