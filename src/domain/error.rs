//! Errors of asking for a key, polling with it, and storing one.

mod enrollment;
#[cfg(test)]
pub mod examples;
mod key;
mod poll;
mod poll_kind;
mod request;

pub use enrollment::{EnrollmentError, RemovalError};
pub use key::{
    BlockingCallError, FileError, KeyCommandError, KeyError, KeyErrorKind, KeyringError, KeyringProgram, ProgramExit,
    VaultFileError,
};
pub use poll::PollError;
pub use poll_kind::PollErrorKind;
pub use request::{
    BodyError, CertificateFileError, ConnectionError, Peer, ProxyName, RequestError, TlsError, VariableError,
};
