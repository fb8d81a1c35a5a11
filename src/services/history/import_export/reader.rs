//! Rows out of a file that anyone may have written.

use std::io::{self, BufRead, Read as _};

use serde_json::{Map, Value};
use thiserror::Error;

use super::columns::{self, DAY_COLUMNS, Expected, ExportContent, SAMPLE_COLUMNS};
use super::row::{ExportEncoding, ExportRow};
use super::{cell, csv, json};

/// The longest line that is read, in bytes; those of an export are far shorter.
pub const LINE_LENGTH_MAX: usize = 16_384;
/// Mark that some programs put before a text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Error of a line. It carries nothing of the line itself, which may be that of any file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LineError {
    /// Longer than any row.
    #[error("it is longer than {LINE_LENGTH_MAX} bytes")]
    TooLong,
    /// Bytes that are no text.
    #[error("it is no UTF-8 text")]
    NotText,
    /// Neither of the two formats.
    #[error("it is neither the first line of a CSV export nor a row of a JSON one")]
    Unknown,
    /// Quotes of CSV that don't fit.
    #[error("its quotes don't match")]
    Quotes,
    /// Another number of fields than columns.
    #[error("it has {0} fields, not {1}")]
    Fields(usize, usize),
    /// No JSON object.
    #[error("it is no JSON object")]
    NotAnObject,
    /// A column that there is not.
    #[error("it has a field that is none of an export")]
    Surplus,
    /// A value that the column can't hold.
    #[error("{0} must be {1}")]
    Value(&'static str, Expected),
}

/// Error of a file that can't be read.
#[derive(Debug, Error)]
pub enum ExportReadError {
    /// A line is wrong.
    #[error("line {line}: {reason}")]
    Line {
        /// The number of the line, from 1 on.
        line: u64,
        /// The error of the line.
        reason: LineError,
    },
    /// The file itself.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Reads rows one after the other, in the format that the first line shows. Empty lines are passed over.
#[derive(Debug)]
pub struct ExportReader<R> {
    input: R,
    line: u64,
    layout: Option<(ExportEncoding, ExportContent)>,
    buffer: Vec<u8>,
}

impl<R: BufRead> ExportReader<R> {
    /// Nothing is read yet.
    pub fn new(input: R) -> Self {
        Self { input, line: 0, layout: None, buffer: Vec::new() }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// When the line is no such row, or the file can't be read. To read on after that makes no sense.
    pub fn next_row(&mut self) -> Result<Option<ExportRow>, ExportReadError> {
        loop {
            self.buffer.clear();
            let most = u64::try_from(LINE_LENGTH_MAX).unwrap_or(u64::MAX) + 1;
            if self.input.by_ref().take(most).read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            match row(&self.buffer, &mut self.layout) {
                Ok(None) => {}
                Ok(row) => return Ok(row),
                Err(flaw) => return Err(ExportReadError::Line { line: self.line, reason: flaw }),
            }
        }
    }
}

/// The row of a line; `None` where it is none, but empty or the names of the columns.
fn row(bytes: &[u8], layout: &mut Option<(ExportEncoding, ExportContent)>) -> Result<Option<ExportRow>, LineError> {
    if bytes.len() > LINE_LENGTH_MAX {
        return Err(LineError::TooLong);
    }
    let Ok(line) = std::str::from_utf8(bytes) else { return Err(LineError::NotText) };
    let line = if layout.is_none() { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Ok(None);
    }
    match *layout {
        Some((ExportEncoding::Csv, content)) => {
            let fields = csv::read(line).ok_or(LineError::Quotes)?;
            of_fields(fields.iter().map(|field| cell::text(field)).collect(), content).map(Some)
        }
        Some((ExportEncoding::Jsonl, content)) => {
            of_object(json::read(line).ok_or(LineError::NotAnObject)?, content).map(Some)
        }
        None if line.starts_with('{') => {
            let object = json::read(line).ok_or(LineError::NotAnObject)?;
            let content =
                if object.contains_key(DAY_COLUMNS[1]) { ExportContent::Days } else { ExportContent::Samples };
            *layout = Some((ExportEncoding::Jsonl, content));
            of_object(object, content).map(Some)
        }
        None => {
            let names = csv::read(line).ok_or(LineError::Unknown)?;
            let content =
                [ExportContent::Samples, ExportContent::Days].into_iter().find(|content| names == content.columns());
            *layout = Some((ExportEncoding::Csv, content.ok_or(LineError::Unknown)?));
            Ok(None)
        }
    }
}

/// A row by the names of its values. One that is missing is unknown.
fn of_object(mut object: Map<String, Value>, content: ExportContent) -> Result<ExportRow, LineError> {
    let texts = content.columns().iter().map(|name| {
        let value = object.remove(*name).unwrap_or(Value::Null);
        json::text(value).ok_or(LineError::Value(name, "a number, a text or null"))
    });
    let texts = texts.collect::<Result<_, _>>()?;
    if object.is_empty() { of_fields(texts, content) } else { Err(LineError::Surplus) }
}

fn of_fields(texts: Vec<String>, content: ExportContent) -> Result<ExportRow, LineError> {
    let count = |texts: Vec<String>| LineError::Fields(texts.len(), content.columns().len());
    let row = match content {
        ExportContent::Samples => {
            let texts: Box<[String; SAMPLE_COLUMNS.len()]> = texts.try_into().map_err(count)?;
            columns::sample(&texts).map(ExportRow::Sample)
        }
        ExportContent::Days => {
            let texts: Box<[String; DAY_COLUMNS.len()]> = texts.try_into().map_err(count)?;
            columns::day(&texts).map(ExportRow::Day)
        }
    };
    row.map_err(|(column, expected)| LineError::Value(content.columns()[column], expected))
}
