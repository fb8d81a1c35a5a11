//! The columns of an export, and the values that each may hold.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::cell::Cell;
use super::row::{StoredDay, StoredSample};
use crate::domain::account::Account;
use crate::domain::api_key::Fingerprint;
use crate::domain::daily_rollup::DailyRollup;
use crate::domain::exact::is_exact;
use crate::domain::limit::Limit;
use crate::domain::quota::Quota;
use crate::domain::sample::Sample;
use crate::domain::text::{LENGTH_MAX, sanitise};

/// The columns of a sample.
pub const SAMPLE_COLUMNS: [&str; 15] = [
    "fingerprint",
    "at",
    "credits_remaining",
    "monthly_allowance",
    "tier",
    "requests_per_minute",
    "requests_per_day",
    "minute_limit",
    "minute_remaining",
    "day_limit",
    "day_remaining",
    "created_at",
    "last_used_at",
    "server_clock",
    "latency_ms",
];

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

/// The columns of a day.
pub const DAY_COLUMNS: [&str; 9] =
    ["fingerprint", "day", "samples", "first", "last", "lowest", "highest", "fallen", "risen"];

/// Description of the values that a column may hold, for the error of another one.
pub type Expected = &'static str;

const FINGERPRINT: Expected = "8 lower-case hexadecimal digits";
const TIME: Expected = "a time like 2026-11-20T10:00:00.000Z";
const DATE: Expected = "a day like 2026-11-20";
const NUMBER: Expected = "a number";
const COUNT: Expected = "a whole number, 0 or more";
const WHOLE: Expected = "a whole number";
const LIMIT: Expected = "a whole number, 0 or more, or unlimited";
const POSITIVE: Expected = "a whole number above 0";
const FITTING: Expected = "a number that agrees with the others of its row";

/// The cells of a sample.
pub fn of_sample(stored: &StoredSample) -> [Cell; SAMPLE_COLUMNS.len()] {
    let Sample { at, latency, server_clock, account, quota } = &stored.sample;
    let left = |left: Option<i64>| Cell::optional(left, |left| Cell::number(&left));
    let time = |time: Option<Timestamp>| Cell::optional(time, Cell::time);
    [
        Cell::Text(stored.fingerprint.to_string()),
        Cell::time(*at),
        amount(account.credits_remaining),
        Cell::optional(account.monthly_allowance, amount),
        Cell::optional(account.tier.clone(), Cell::Text),
        limit_cell(account.requests_per_minute),
        limit_cell(account.requests_per_day),
        limit_cell(quota.minute_limit),
        left(quota.minute_remaining),
        limit_cell(quota.day_limit),
        left(quota.day_remaining),
        time(account.created_at),
        time(account.last_used_at),
        time(*server_clock),
        Cell::number(&latency.as_millis()),
    ]
}

/// The cells of a day.
pub fn of_day(stored: &StoredDay) -> [Cell; DAY_COLUMNS.len()] {
    let DailyRollup { day, samples, first, last, lowest, highest, fallen, risen } = stored.daily;
    [
        Cell::Text(stored.fingerprint.to_string()),
        Cell::Text(day.to_string()),
        Cell::number(&samples),
        amount(first),
        amount(last),
        amount(lowest),
        amount(highest),
        amount(fallen),
        amount(risen),
    ]
}

/// The sample of a row; the column and what it must hold where it holds something else.
pub fn sample(texts: &[String; SAMPLE_COLUMNS.len()]) -> Result<StoredSample, (usize, Expected)> {
    let left = |column| optional(texts, column, WHOLE, |text| text.parse().ok());
    let limit = |column| optional(texts, column, LIMIT, limit).map(Option::unwrap_or_default);
    let moment = |column| optional(texts, column, TIME, time);
    let tier = Some(sanitise(&texts[4], LENGTH_MAX)).filter(|tier| !tier.is_empty());
    let milliseconds = |text: &str| whole(text).and_then(|latency| i64::try_from(latency).ok());
    Ok(StoredSample {
        fingerprint: required(texts, 0, FINGERPRINT, fingerprint)?,
        sample: Sample {
            at: required(texts, 1, TIME, time)?,
            latency: SignedDuration::from_millis(optional(texts, 14, COUNT, milliseconds)?.unwrap_or(0)),
            server_clock: moment(13)?,
            account: Account {
                tier,
                credits_remaining: required(texts, 2, NUMBER, number)?,
                monthly_allowance: optional(texts, 3, NUMBER, number)?,
                requests_per_minute: limit(5)?,
                requests_per_day: limit(6)?,
                created_at: moment(11)?,
                last_used_at: moment(12)?,
            },
            quota: Quota {
                minute_limit: limit(7)?,
                minute_remaining: left(8)?,
                day_limit: limit(9)?,
                day_remaining: left(10)?,
            },
        },
    })
}

/// The day of a row; the column and what it must hold where it holds something else.
pub fn day(texts: &[String; DAY_COLUMNS.len()]) -> Result<StoredDay, (usize, Expected)> {
    let credits = |column| required(texts, column, NUMBER, number);
    let daily = DailyRollup {
        day: required(texts, 1, DATE, |text| text.parse::<Date>().ok())?,
        samples: required(texts, 2, POSITIVE, |text| whole(text).filter(|samples| *samples > 0))?,
        first: credits(3)?,
        last: credits(4)?,
        lowest: credits(5)?,
        highest: credits(6)?,
        fallen: credits(7)?,
        risen: credits(8)?,
    };
    if !daily.is_possible() {
        return Err((5, FITTING));
    }
    Ok(StoredDay { fingerprint: required(texts, 0, FINGERPRINT, fingerprint)?, daily })
}

fn required<T>(
    texts: &[String],
    column: usize,
    expected: Expected,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, (usize, Expected)> {
    read(&texts[column]).ok_or((column, expected))
}

fn optional<T>(
    texts: &[String],
    column: usize,
    expected: Expected,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, (usize, Expected)> {
    if texts[column].is_empty() { Ok(None) } else { required(texts, column, expected, read).map(Some) }
}

fn fingerprint(text: &str) -> Option<Fingerprint> {
    text.parse().ok()
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

const UNLIMITED: &str = "unlimited";

/// A number as it was sent, or with an exponent where that is not known to the last digit.
fn amount(amount: f64) -> Cell {
    Cell::Number(if is_exact(amount) { amount.to_string() } else { format!("{amount:e}") })
}

fn limit_cell(limit: Limit) -> Cell {
    match limit {
        Limit::Unknown => Cell::Unknown,
        Limit::Unlimited => Cell::Text(UNLIMITED.to_owned()),
        Limit::Of(number) => Cell::number(&number),
    }
}

/// A limit below the numbers that stand for none.
fn limit(text: &str) -> Option<Limit> {
    match Limit::from_text(text) {
        Limit::Unknown => None,
        limit => Some(limit),
    }
}

/// A count that a history can keep.
fn whole(text: &str) -> Option<u64> {
    text.parse().ok().filter(|count| i64::try_from(*count).is_ok())
}
