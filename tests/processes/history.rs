//! A history that several processes use at once, and what becomes of it when one is killed.

pub mod concurrency;
#[cfg(unix)]
pub mod survival;
