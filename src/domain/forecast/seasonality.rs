//! Seasonality: what days have in common by their place in the week or month.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::burn::PastDay;
use super::units::{float, whole};

/// Days have something in common where the squared difference of those that share it is less than this part of that of
/// the others.
const ALIKE_BELOW: f64 = 0.4;
/// A month is known by so many pairs of its days.
const MONTHLY_PAIRS: usize = 20;
/// Each day is compared with those so near it, so that growth hides nothing.
const NEAR: usize = 7;

/// By what days resemble each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seasonality {
    /// By nothing.
    None,
    /// By the day of the week.
    Week,
    /// By the day of the month.
    Month,
}

impl Seasonality {
    /// The one of the past, of which the newest day ended at `now`, in UTC.
    pub fn of(past: &[PastDay], now: DateTime) -> Self {
        let relative = |(index, day): (usize, &PastDay)| {
            let near = &past[index.saturating_sub(NEAR)..(index + NEAR).min(past.len())];
            let mean = near.iter().map(|day| day.burn).sum::<f64>() / float(near.len());
            if mean > 0.0 { day.burn / mean } else { 0.0 }
        };
        let burns: Vec<f64> = past.iter().enumerate().map(relative).collect();
        let explains = |seasonality: Self, pairs_min: usize| {
            let classes: Vec<_> = past.iter().map(|day| seasonality.class(now, -1 - whole(day.age))).collect();
            let (mut alike, mut others) = ((0.0, 0), (0.0, 0));
            for (index, (one, class)) in burns.iter().zip(&classes).enumerate() {
                for (other, its_class) in burns.iter().zip(&classes).skip(index + 1) {
                    let (sum, count) = if class == its_class { &mut alike } else { &mut others };
                    *sum += (one - other).powi(2);
                    *count += 1;
                }
            }
            let mean = |(sum, count): (f64, usize)| sum / float(count.max(1));
            alike.1 >= pairs_min && others.1 > 0 && mean(alike) < ALIKE_BELOW * mean(others)
        };
        if explains(Self::Week, 1) {
            Self::Week
        } else if explains(Self::Month, MONTHLY_PAIRS) {
            Self::Month
        } else {
            Self::None
        }
    }

    /// Number of classes of days.
    pub fn classes(self) -> usize {
        match self {
            Self::None => 1,
            Self::Week => 7,
            Self::Month => 31,
        }
    }

    /// The class of the 24 hours that begin so many days after `now`.
    pub fn class(self, now: DateTime, day: i64) -> usize {
        match self {
            Self::None => 0,
            Self::Week => usize::try_from(day.rem_euclid(7)).unwrap_or(0),
            Self::Month => {
                let middle = now.saturating_add(SignedDuration::from_hours(24 * day + 12));
                usize::try_from(middle.day() - 1).unwrap_or(0)
            }
        }
    }
}
