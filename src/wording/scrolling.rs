//! Rows that are seen of a list that is scrolled, in words.

use crate::wording::format;

/// `rows 1–18 of 44`; the first is row 1.
#[must_use]
pub fn position(first: usize, last: usize, all: usize) -> String {
    let number = |row| format::count(u64::try_from(row).unwrap_or(u64::MAX));
    format!("rows {}–{} of {}", number(first), number(last), number(all))
}
