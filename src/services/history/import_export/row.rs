//! Rows of an export, and the formats that they are written in.

use crate::domain::api_key::Fingerprint;
use crate::domain::daily_rollup::DailyRollup;
use crate::domain::sample::Sample;

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
