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
}

impl ChartRange {
    /// Every range, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The part before now.
    #[must_use]
    pub fn past(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
        })
    }

    /// The part after now, where there is a forecast.
    #[must_use]
    pub fn future(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => 8,
            Self::Week => 3 * 24,
            Self::Month => 14 * 24,
        })
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The next longer range; the longest stays.
    #[must_use]
    pub fn longer(self) -> Self {
        if self == Self::Day { Self::Week } else { Self::Month }
    }

    /// The next shorter range; the shortest stays.
    #[must_use]
    pub fn shorter(self) -> Self {
        if self == Self::Month { Self::Week } else { Self::Day }
    }
}
