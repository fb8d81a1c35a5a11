//! Time limit for getting a key, by who asks.

/// Time limit for getting a key, by who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyReadTimeout {
    /// Nobody is waiting: the program asks by itself.
    Poll,
    /// A user has just asked, and may have to unlock something.
    User,
}
