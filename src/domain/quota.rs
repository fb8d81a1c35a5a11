//! What the headers of every answer say of the rate limits.

/// The `X-RateLimit-*` headers. The service enforces its limits for each key alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// `X-RateLimit-Limit`: requests allowed in a minute.
    pub minute_limit: Option<u64>,
    /// `X-RateLimit-Remaining`: requests left in this minute.
    pub minute_remaining: Option<u64>,
    /// `X-RateLimit-Limit-Daily`: requests allowed in a day.
    pub day_limit: Option<u64>,
    /// `X-RateLimit-Remaining-Daily`: requests left in this day.
    pub day_remaining: Option<u64>,
}

impl Quota {
    /// The limits alone.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { per_minute: self.minute_limit, per_day: self.day_limit }
    }
}

/// How many requests a key may make; `None` is no limit known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// In a minute.
    pub per_minute: Option<u64>,
    /// In a day.
    pub per_day: Option<u64>,
}

/// One rate limit as it can honestly be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Requests allowed; `None` is no limit known.
    pub limit: Option<u64>,
    /// Requests left, by the headers; `None` where they don't tell.
    pub remaining: Option<u64>,
    /// Requests that this monitor (all its processes) made in the window.
    pub own: u64,
}

impl Window {
    /// Requests that all users of the key made, where the headers tell.
    #[must_use]
    pub fn used(&self) -> Option<u64> {
        Some(self.limit?.saturating_sub(self.remaining?))
    }

    /// The part of the limit that all users took, 0 to 1.
    #[must_use]
    pub fn used_ratio(&self) -> Option<f64> {
        Some(ratio(self.used()?, self.limit?))
    }

    /// The part of the limit that is left, in percent.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
    pub fn remaining_percent(&self) -> Option<f64> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        Some(self.remaining? as f64 * 100.0 / limit as f64)
    }

    /// The part of the limit that this monitor took, 0 to 1.
    #[must_use]
    pub fn own_ratio(&self) -> Option<f64> {
        Some(ratio(self.own, self.limit?))
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_known_only_where_the_headers_tell() {
        let window = Window { limit: Some(10), remaining: Some(7), own: 1 };
        assert_eq!((window.used(), window.used_ratio(), window.own_ratio()), (Some(3), Some(0.3), Some(0.1)));
        assert_eq!(Window { remaining: None, ..window }.used(), None);
        assert_eq!(Window { limit: None, ..window }.used_ratio(), None);
    }

    #[test]
    fn more_remaining_than_allowed_is_no_use() {
        assert_eq!(Window { limit: Some(10), remaining: Some(12), own: 0 }.used(), Some(0));
    }
}
