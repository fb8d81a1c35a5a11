//! Widgets: what Ratatui lacks, each drawn from plain values.

pub(super) mod text;
