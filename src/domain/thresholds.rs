//! From where on something is worth a flag.

use jiff::SignedDuration;

use super::account::Account;
use super::status::Flag;

/// The thresholds of one environment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Credits are low at this part of the allowance, in percent.
    pub credits_low_percent: f64,
    /// Credits are critical at this part of the allowance, in percent.
    pub credits_critical_percent: f64,
    /// Credits are low at this balance too, whatever the allowance.
    pub credits_low: Option<f64>,
    /// Credits are critical at this balance too.
    pub credits_critical: Option<f64>,
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
            credits_low: None,
            credits_critical: None,
            reset_day: None,
            rotation_days: 90,
            rotation_soon_days: 14,
            daily_reserve_percent: 10.0,
            stale_after: SignedDuration::from_mins(5),
            clock_skew: SignedDuration::from_secs(60),
        }
    }
}

/// A condition that has been told is over only this much above its threshold, so that a number about the threshold
/// raises no alert again and again.
const HYSTERESIS_MARGIN: f64 = 0.1;

/// Edge of the hysteresis: a threshold is to be reached, or to be left for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HysteresisEdge {
    /// At the threshold itself.
    Reached,
    /// A tenth above it, but never more than halfway to all that there can be.
    Left,
}

impl HysteresisEdge {
    /// Threshold at this edge, of a value that is at most `most`.
    fn of(self, threshold: f64, most: Option<f64>) -> f64 {
        match self {
            Self::Reached => threshold,
            Self::Left => {
                let halfway = most.map_or(f64::INFINITY, |most| threshold.midpoint(most));
                (threshold + threshold * HYSTERESIS_MARGIN).min(halfway.max(threshold))
            }
        }
    }
}

impl Thresholds {
    /// The worst flag that the balance of an account is worth.
    #[must_use]
    pub fn credits_flag(&self, account: &Account, edge: HysteresisEdge) -> Option<Flag> {
        if account.credits_remaining <= 0.0 {
            return Some(Flag::CreditsOut);
        }
        let percent = account.credits_ratio().map(|ratio| ratio * 100.0);
        let is_at = |threshold: f64, balance: Option<f64>| {
            percent.is_some_and(|percent| percent <= edge.of(threshold, Some(100.0)))
                || balance.is_some_and(|balance| account.credits_remaining <= edge.of(balance, account.allowance()))
        };
        if is_at(self.credits_critical_percent, self.credits_critical) {
            Some(Flag::CreditsCritical)
        } else if is_at(self.credits_low_percent, self.credits_low) {
            Some(Flag::CreditsLow)
        } else {
            None
        }
    }

    /// True when so much of the daily limit, in percent, is near its end. The threshold itself is not.
    #[must_use]
    pub fn is_day_near_its_end(&self, remaining_percent: f64, edge: HysteresisEdge) -> bool {
        remaining_percent < edge.of(self.daily_reserve_percent, Some(100.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limit::Limit;

    fn account(credits: f64, allowance: Option<f64>) -> Account {
        Account {
            tier: None,
            credits_remaining: credits,
            monthly_allowance: allowance,
            requests_per_minute: Limit::Unknown,
            requests_per_day: Limit::Unknown,
            created_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn a_balance_is_low_by_percentage_or_by_number() {
        let thresholds = Thresholds { credits_low: Some(50.0), credits_critical: Some(10.0), ..Thresholds::default() };
        let flag = |credits, allowance| thresholds.credits_flag(&account(credits, allowance), HysteresisEdge::Reached);
        assert_eq!(flag(100.0, Some(500.0)), Some(Flag::CreditsLow), "20 %");
        assert_eq!(flag(50.0, Some(60.0)), Some(Flag::CreditsLow), "50 credits");
        assert_eq!(flag(51.0, Some(60.0)), None);
        assert_eq!(flag(10.0, Some(50.0)), Some(Flag::CreditsCritical), "10 credits");
        assert_eq!(flag(25.0, Some(500.0)), Some(Flag::CreditsCritical), "5 %");
        assert_eq!((flag(50.0, None), flag(10.0, None)), (Some(Flag::CreditsLow), Some(Flag::CreditsCritical)));
        assert_eq!((flag(51.0, None), flag(0.0, None)), (None, Some(Flag::CreditsOut)));
    }

    #[test]
    fn a_flag_of_credits_needs_no_allowance_that_makes_sense() {
        let flag = |credits, allowance| {
            Thresholds::default().credits_flag(&account(credits, allowance), HysteresisEdge::Reached)
        };
        for allowance in [None, Some(0.0), Some(-1.0), Some(1e300)] {
            assert_eq!((flag(5.0, allowance), flag(0.0, allowance)), (None, Some(Flag::CreditsOut)), "{allowance:?}");
            assert_eq!(flag(-5.0, allowance), Some(Flag::CreditsOut), "{allowance:?}");
        }
        assert_eq!((flag(1_250.0, Some(500.0)), flag(-1.0, Some(500.0))), (None, Some(Flag::CreditsOut)));
        let thresholds = Thresholds { credits_critical: Some(10.0), ..Thresholds::default() };
        for edge in [HysteresisEdge::Reached, HysteresisEdge::Left] {
            assert_eq!(thresholds.credits_flag(&account(5.0, Some(0.0)), edge), Some(Flag::CreditsCritical));
            assert_eq!(thresholds.credits_flag(&account(50.0, Some(0.0)), edge), None);
        }
    }

    #[test]
    fn a_threshold_is_left_only_a_tenth_above_it() {
        let thresholds = Thresholds { credits_low: Some(50.0), ..Thresholds::default() };
        let left = |credits, allowance| thresholds.credits_flag(&account(credits, allowance), HysteresisEdge::Left);
        assert_eq!((left(110.0, Some(500.0)), left(111.0, Some(500.0))), (Some(Flag::CreditsLow), None));
        assert_eq!((left(54.9, None), left(55.1, None)), (Some(Flag::CreditsLow), None));
        assert_eq!((left(0.0, None), left(0.1, None)), (Some(Flag::CreditsOut), Some(Flag::CreditsLow)));
        let near = |percent| thresholds.is_day_near_its_end(percent, HysteresisEdge::Left);
        assert_eq!((near(10.9), near(11.1)), (true, false));
    }

    #[test]
    fn every_threshold_can_be_left() {
        for percent in [0.0, 5.0, 95.0, 99.9] {
            let thresholds = Thresholds {
                credits_low_percent: percent,
                credits_critical_percent: percent,
                credits_low: Some(percent * 5.0),
                daily_reserve_percent: percent,
                ..Thresholds::default()
            };
            assert_eq!(thresholds.credits_flag(&account(500.0, Some(500.0)), HysteresisEdge::Left), None, "{percent}");
            assert!(!thresholds.is_day_near_its_end(100.0, HysteresisEdge::Left), "{percent}");
        }
    }
}
