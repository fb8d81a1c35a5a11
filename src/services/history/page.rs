//! Part of a longer list, with the place at which it goes on.

use jiff::Timestamp;

/// Part of a longer list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items of the part.
    pub items: Vec<T>,
    /// Start of the next page; `None` after the last.
    pub next: Option<Timestamp>,
}
