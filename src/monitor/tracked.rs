//! Values that note when they are lent for a change, so that what is built of them is built anew only then.

use std::ops::{Deref, DerefMut};

/// A value with a mark, which is set when the value is new, and whenever it is lent for a change.
#[derive(Clone, Debug)]
pub struct Tracked<T> {
    value: T,
    is_touched: bool,
}

impl<T> Tracked<T> {
    /// Sets the mark.
    pub fn touch(&mut self) {
        self.is_touched = true;
    }

    /// True where the mark was set since this was last asked; takes it away.
    pub fn take_mark(&mut self) -> bool {
        std::mem::take(&mut self.is_touched)
    }
}

impl<T> From<T> for Tracked<T> {
    fn from(value: T) -> Self {
        Self { value, is_touched: true }
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.is_touched = true;
        &mut self.value
    }
}
