//! Exactness of numbers: a 64-bit float holds about 15 digits as they were sent.

/// The largest number up to which every whole one is held exactly.
pub const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
/// A number of so many digits is held exactly, wherever its point stands.
pub const EXACT_DIGITS: usize = 15;

/// True when the digits of a number are surely those that were sent.
#[must_use]
pub fn is_exact(number: f64) -> bool {
    let digits = || format!("{number:e}").bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    number.abs() <= EXACT_MAX && (number.fract() == 0.0 || digits() <= EXACT_DIGITS)
}
