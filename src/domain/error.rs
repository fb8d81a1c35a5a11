//! How asking for a key, polling with it, or storing one can fail.

mod enrollment;
mod key;
mod poll;
mod request;

pub use enrollment::{EnrollmentError, RemovalError};
#[cfg(test)]
pub use key::examples;
pub use key::{
    BlockingCallError, FileError, KeyCommandError, KeyError, KeyErrorKind, KeyringError, KeyringProgram, ProgramExit,
    VaultFileError,
};
pub use poll::{PollError, PollErrorKind};
pub use request::{
    BodyError, CertificateFileError, ConnectionError, Peer, ProxyName, RequestError, TlsError, VariableError,
};
