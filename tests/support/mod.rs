//! What several tests need: servers, terminals and key stores of their own, and what they keep.

pub mod canary;
pub mod client;
pub mod clock;
pub mod history;
#[cfg(target_os = "linux")]
pub mod hooks;
#[cfg(target_os = "linux")]
pub mod keepassxc;
#[cfg(target_os = "linux")]
pub mod needs;
pub mod product;
#[cfg(target_os = "linux")]
pub mod secret_service;
#[cfg(target_os = "linux")]
pub mod secret_stub;
pub mod server;
#[cfg(target_os = "linux")]
pub mod session;
pub mod simulate;
pub mod sinks;
#[cfg(target_os = "linux")]
pub mod terminal;
