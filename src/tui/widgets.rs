//! Widgets: what Ratatui lacks, each drawn from plain values.

pub(super) mod area_chart;
pub(super) mod text;
pub(super) mod time_bars;
