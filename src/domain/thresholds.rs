//! From where on something is worth a flag.

use jiff::SignedDuration;

/// The thresholds of one environment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Credits are low at this part of the allowance, in percent.
    pub credits_low_percent: f64,
    /// Credits are critical at this part of the allowance, in percent.
    pub credits_critical_percent: f64,
    /// The day of the month (UTC) on which the credits are filled up, 1 to 31, in shorter months the last; `None` is
    /// learnt from the balances.
    pub reset_day: Option<u8>,
    /// A key must be rotated at this age, in days.
    pub rotation_days: u32,
    /// The reminder starts so many days before.
    pub rotation_soon_days: u32,
    /// The daily limit is near below this part remaining, in percent.
    pub daily_reserve_percent: f64,
    /// A sample is never stale before this age.
    pub stale_after: SignedDuration,
    /// The clocks differ from this difference on.
    pub clock_skew: SignedDuration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            credits_low_percent: 20.0,
            credits_critical_percent: 5.0,
            reset_day: None,
            rotation_days: 90,
            rotation_soon_days: 14,
            daily_reserve_percent: 10.0,
            stale_after: SignedDuration::from_mins(5),
            clock_skew: SignedDuration::from_secs(60),
        }
    }
}
