//! Range of the chart.

use jiff::SignedDuration;
use strum::IntoStaticStr;

/// The time that the chart covers, up to now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr)]
pub enum ChartRange {
    /// 24 hours.
    #[strum(serialize = "24 hours")]
    Day,
    /// 7 days.
    #[strum(serialize = "7 days")]
    #[default]
    Week,
    /// 30 days.
    #[strum(serialize = "30 days")]
    Month,
    /// 90 days.
    #[strum(serialize = "90 days")]
    Quarter,
}

impl ChartRange {
    /// Every range, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// The part before now.
    #[must_use]
    pub fn past(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
            Self::Quarter => 90 * 24,
        })
    }

    /// The part after now, where there is a forecast.
    #[must_use]
    pub fn future(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => 8,
            Self::Week => 3 * 24,
            Self::Month => 14 * 24,
            Self::Quarter => 30 * 24,
        })
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// As it is shown in few columns: `24 h`, `7 d`.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Day => "24 h",
            Self::Week => "7 d",
            Self::Month => "30 d",
            Self::Quarter => "90 d",
        }
    }

    /// The next longer range; the longest stays.
    #[must_use]
    pub fn longer(self) -> Self {
        Self::ALL.into_iter().find(|range| range.past() > self.past()).unwrap_or(self)
    }

    /// The next shorter range; the shortest stays.
    #[must_use]
    pub fn shorter(self) -> Self {
        Self::ALL.into_iter().rev().find(|range| range.past() < self.past()).unwrap_or(self)
    }
}
