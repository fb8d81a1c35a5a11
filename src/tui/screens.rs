//! Screens: what is drawn over the whole terminal.

pub(super) mod wall;
