//! The client of the service in processes of its own, which see other variables.

pub mod isolated;
#[cfg(target_os = "linux")]
pub mod proxy;
#[cfg(target_os = "linux")]
pub mod tls;
