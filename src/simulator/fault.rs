//! Faults that can be asked of the service.

use jiff::SignedDuration;

use super::reply::Reply;

/// Fault of the next call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends without an answer.
    Drop,
    /// No answer ever comes.
    Hang,
    /// The answer comes late.
    Delay(SignedDuration),
    /// The documented error of a status.
    Status(u16),
    /// Any answer instead of the right one.
    Answer(Reply),
}
