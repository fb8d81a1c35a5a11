//! Where the key is while the program runs: how often in memory, who may look there, and where it never is.

mod commands;
mod dashboard;
mod leaks;
mod memory;
mod process;
mod service;
