//! The commands of the real binary, from end to end: what they print, where they write, and their exit status.

mod budget;
mod canary;
mod faults;
mod keys;
mod network;
mod prompt;
mod replacing;
mod request_log;
mod sources;
mod status;
mod tools;
mod vault;
