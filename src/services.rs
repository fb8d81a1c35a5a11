//! The only real input and output: HTTP, key stores, files, the clock.

pub mod clock;
pub mod history;
pub mod keys;
pub mod log;
pub mod trackyard;
