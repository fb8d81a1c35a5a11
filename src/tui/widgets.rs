//! Widgets: what Ratatui lacks, each drawn from plain values.

pub(super) mod area_chart;
pub(super) mod ascii;
pub(super) mod big_number;
pub(super) mod dim;
pub(super) mod line_gauge;
pub(super) mod panel;
pub(super) mod safe_cells;
pub(super) mod scroll_panel;
pub(super) mod split_line;
pub(super) mod text;
pub(super) mod time_bars;
