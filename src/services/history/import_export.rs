//! The history as text that other programs and other machines can read: a row for each sample or each day.
//!
//! Both formats have the same columns, and what is unknown is empty in CSV (RFC 4180) and `null` in JSON. Times are in
//! UTC, to the millisecond. Nothing but fingerprints names a key.

mod cell;
mod columns;
mod csv;
mod json;
mod reader;
mod row;

use std::io::{self, Write};

pub use columns::{DAY_COLUMNS, ExportContent, SAMPLE_COLUMNS};
pub use reader::{ExportReadError, ExportReader, LINE_LENGTH_MAX, LineError};
pub use row::{ExportEncoding, ExportRow, StoredDay, StoredSample};

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
