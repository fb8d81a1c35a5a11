//! The rotation of a key: the real binary, a real keyring, and the simulator over HTTP.

pub mod commands;
pub mod dashboard;
pub mod dialog;
pub mod end;
pub mod kills;
mod machine;
pub mod processes;
pub mod refusals;
pub mod refused_all;
