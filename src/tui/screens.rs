//! Parts of the screen, each with a frame of its own.

pub(super) mod chart_panel;
