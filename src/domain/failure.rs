//! How asking for a key, polling with it, or storing one can fail.

mod cause;
mod key;
mod poll;
mod storing;

pub use cause::{BodyFault, Cause, CertificateFault, LinkFault, Party, ProxyName, TlsFault, VariableFault};
#[cfg(test)]
pub use key::examples;
pub use key::{CommandFault, Exit, FileFault, Keeper, KeyFailure, KeyFailureKind, KeyringFault, NoAnswer, VaultFault};
pub use poll::{PollFailure, PollFailureKind};
pub use storing::{RemovalError, StoringError};
