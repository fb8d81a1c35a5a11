//! The history as text that other programs and other machines can read: a row for each sample or each day.
//!
//! Both formats have the same columns, and what is unknown is empty in CSV (RFC 4180) and `null` in JSON. Times are in
//! UTC, to the millisecond. Nothing but fingerprints names a key.

mod cell;
mod columns;
mod csv;
mod json;
mod reader;

use std::io::{self, Write};

use crate::domain::api_key::Fingerprint;
use crate::domain::daily_rollup::DailyRollup;
use crate::domain::sample::Sample;

pub use columns::{DAY_COLUMNS, SAMPLE_COLUMNS};
pub use reader::{ExportReadError, ExportReader, LINE_LENGTH_MAX, LineError};

/// Format of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportEncoding {
    /// Comma-separated values: a line of names, then a line for each row.
    #[default]
    Csv,
    /// A JSON object in each line.
    Jsonl,
}

/// A sample, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSample {
    /// The key.
    pub fingerprint: Fingerprint,
    /// The sample, as it is stored.
    pub sample: Sample,
}

/// A day that is summed up, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDay {
    /// The key.
    pub fingerprint: Fingerprint,
    /// The day.
    pub daily: DailyRollup,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportRow {
    /// Of the samples.
    Sample(StoredSample),
    /// Of the days.
    Day(StoredDay),
}

/// Kind of the rows in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportContent {
    /// Samples.
    Samples,
    /// Days.
    Days,
}

impl ExportContent {
    /// The names of the columns, in their order.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Samples => &SAMPLE_COLUMNS,
            Self::Days => &DAY_COLUMNS,
        }
    }
}

/// Writes what comes before the rows.
///
/// # Errors
/// When the output can't be written.
pub fn write_head(out: &mut dyn Write, format: ExportEncoding, content: ExportContent) -> io::Result<()> {
    match format {
        ExportEncoding::Csv => csv::write(out, content.columns().iter().map(|name| (*name).to_owned())),
        ExportEncoding::Jsonl => Ok(()),
    }
}

/// Writes a row.
///
/// # Errors
/// When the output can't be written.
pub fn write_row(out: &mut dyn Write, format: ExportEncoding, row: &ExportRow) -> io::Result<()> {
    let (names, cells) = match row {
        ExportRow::Sample(stored) => (ExportContent::Samples.columns(), columns::of_sample(stored).to_vec()),
        ExportRow::Day(stored) => (ExportContent::Days.columns(), columns::of_day(stored).to_vec()),
    };
    match format {
        ExportEncoding::Csv => csv::write(out, cells.into_iter().map(cell::Cell::into_text)),
        ExportEncoding::Jsonl => json::write(out, names.iter().copied().zip(cells)),
    }
}

#[cfg(test)]
mod tests;
