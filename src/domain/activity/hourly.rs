//! Calls of a key by the hour.

/// Number of the calls of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct HourlyCalls {
    /// Number of the hour since 1970, on the service's clock.
    pub hour: i64,
    /// Calls by others.
    pub others: u64,
    /// Calls of this product.
    pub own: u64,
}
