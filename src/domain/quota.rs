//! Quota: requests that are left by an answer, and what can honestly be drawn of them.

use serde::{Deserialize, Serialize};

use super::limit::{Contradiction, Limit};

/// The `X-RateLimit-*` headers. The service enforces its limits for each key alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// `X-RateLimit-Limit`: requests allowed in a minute.
    pub minute_limit: Limit,
    /// `X-RateLimit-Remaining`: requests left in this minute, as told: it may be negative, or above the limit.
    pub minute_remaining: Option<i64>,
    /// `X-RateLimit-Limit-Daily`: requests allowed in a day.
    pub day_limit: Limit,
    /// `X-RateLimit-Remaining-Daily`: requests left in this day, likewise.
    pub day_remaining: Option<i64>,
}

impl Quota {
    /// Limits that calls are planned by.
    #[must_use]
    pub fn limits(&self) -> RequestLimits {
        let day = QuotaWindow { limit: self.day_limit, remaining: self.day_remaining, ..QuotaWindow::default() };
        RequestLimits {
            per_minute: self.minute_limit.cap(),
            per_day: self.day_limit.cap(),
            is_day_used_up: day.is_used_up(),
        }
    }
}

/// Requests that a key may make, above 0, for calls to be planned by; `None` is no number known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLimits {
    /// In a minute.
    pub per_minute: Option<u64>,
    /// In a day.
    pub per_day: Option<u64>,
    /// True when none of the day's is left.
    pub is_day_used_up: bool,
}

/// One rate limit as it can honestly be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct QuotaWindow {
    /// Requests allowed.
    pub limit: Limit,
    /// Requests left, by the headers, as told; `None` where they don't tell, or told of a window that is over.
    pub remaining: Option<i64>,
    /// Requests that this monitor (all its processes) made in the window.
    pub own: u64,
    /// Limits by body and headers, where they differ.
    pub contradiction: Option<Contradiction>,
    /// True when they told of an earlier minute or day, so that nothing is known of this one.
    pub is_over: bool,
}

impl QuotaWindow {
    /// A window of which everything was told.
    #[must_use]
    pub fn told(limit: u64, remaining: i64, own: u64) -> Self {
        Self { limit: Limit::Of(limit), remaining: Some(remaining), own, contradiction: None, is_over: false }
    }

    /// The next window, of which nothing is known but its limit and the requests of this monitor.
    #[must_use]
    pub fn over(self, own: u64) -> Self {
        Self { remaining: None, own, is_over: self.remaining.is_some(), ..self }
    }

    /// Requests that all users of the key made, where the headers tell: more than the limit where fewer than none are
    /// left, and nothing that could be told where more are left than allowed.
    #[must_use]
    pub fn used(&self) -> Option<u64> {
        let limit = i64::try_from(self.limit.cap()?).ok()?;
        u64::try_from(limit.saturating_sub(self.remaining?)).ok()
    }

    /// The part of the limit that all users took, 0 to 1.
    #[must_use]
    pub fn used_ratio(&self) -> Option<f64> {
        Some(ratio(self.used()?, self.limit.cap()?))
    }

    /// The part of the limit that is left, in percent.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
    pub fn remaining_percent(&self) -> Option<f64> {
        let limit = self.limit.cap()?;
        Some(self.remaining? as f64 * 100.0 / limit as f64)
    }

    /// The part of the limit that this monitor took, 0 to 1.
    #[must_use]
    pub fn own_ratio(&self) -> Option<f64> {
        Some(ratio(self.own, self.limit.cap()?))
    }

    /// True when no request is left. Where there is no limit, or one of 0 that can't be meant, nothing can be used up.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        let can_be = self.limit.cap().is_some() || self.limit == Limit::Unknown;
        can_be && self.remaining.is_some_and(|left| left <= 0)
    }

    /// Requests left, and those allowed, where that are fewer.
    #[must_use]
    pub fn excess(&self) -> Option<(i64, u64)> {
        let (left, limit) = (self.remaining?, self.limit.cap()?);
        (i64::try_from(limit).is_ok_and(|limit| left > limit)).then_some((left, limit))
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
        let window = QuotaWindow::told(10, 7, 1);
        assert_eq!((window.used(), window.used_ratio(), window.own_ratio()), (Some(3), Some(0.3), Some(0.1)));
        assert_eq!(QuotaWindow { remaining: None, ..window }.used(), None);
        for limit in [Limit::Unknown, Limit::Unlimited, Limit::Of(0)] {
            let window = QuotaWindow { limit, ..window };
            assert_eq!((window.used_ratio(), window.own_ratio(), window.remaining_percent()), (None, None, None));
        }
    }

    #[test]
    fn a_remaining_figure_above_the_limit_or_below_zero_is_told_as_it_is() {
        let (above, below) = (QuotaWindow::told(10, 12, 0), QuotaWindow::told(10, -3, 0));
        assert_eq!((above.used(), above.excess(), above.is_used_up()), (None, Some((12, 10)), false));
        assert_eq!((below.used(), below.used_ratio(), below.is_used_up()), (Some(13), Some(1.0), true));
        assert_eq!((QuotaWindow::told(10, 10, 0).excess(), below.excess()), (None, None));
        assert_eq!(QuotaWindow::told(u64::MAX, i64::MIN, 0).used(), None);
        assert_eq!(QuotaWindow::told(5, i64::MIN, 0).used(), Some(i64::MAX.unsigned_abs()));
    }

    #[test]
    fn only_what_has_a_limit_can_be_used_up() {
        let of = |limit| QuotaWindow { limit, ..QuotaWindow::told(1, 0, 0) }.is_used_up();
        assert_eq!(
            [of(Limit::Of(50)), of(Limit::Unknown), of(Limit::Unlimited), of(Limit::Of(0))],
            [true, true, false, false]
        );
        assert!(!QuotaWindow { remaining: None, ..QuotaWindow::told(50, 0, 0) }.is_used_up());
    }
}
