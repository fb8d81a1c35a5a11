//! Roll-up of a day: what became of a balance in it.

use jiff::civil::Date;

/// The samples of one key and UTC day, summed up. All amounts are in credits and finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DailyRollup {
    /// The day, in UTC.
    pub day: Date,
    /// Number of samples, at least 1.
    pub samples: u64,
    /// The balance of the first.
    pub first: f64,
    /// The balance of the last.
    pub last: f64,
    /// The lowest balance.
    pub lowest: f64,
    /// The highest balance.
    pub highest: f64,
    /// The sum of all falls, 0 or more. One since the last sample of an earlier day counts to this day.
    pub fallen: f64,
    /// The sum of all rises, 0 or more, counted likewise.
    pub risen: f64,
}

impl DailyRollup {
    /// A day with its first sample. `previous` is the balance of the last sample before it.
    #[must_use]
    pub fn new(day: Date, previous: Option<f64>, credits: f64) -> Self {
        let start = previous.unwrap_or(credits);
        let mut daily = Self {
            day,
            samples: 0,
            first: credits,
            last: start,
            lowest: credits,
            highest: credits,
            fallen: 0.0,
            risen: 0.0,
        };
        daily.add(credits);
        daily
    }

    /// Adds the next sample of the day.
    pub fn add(&mut self, credits: f64) {
        self.fallen = sum(self.fallen, self.last - credits);
        self.risen = sum(self.risen, credits - self.last);
        self.lowest = self.lowest.min(credits);
        self.highest = self.highest.max(credits);
        self.last = credits;
        self.samples += 1;
    }

    /// True for figures that can be those of a day: finite, in their order, and of one sample or more.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let Self { first, last, lowest, highest, fallen, risen, .. } = *self;
        let amounts = [first, last, lowest, highest, fallen, risen];
        amounts.iter().all(|amount| amount.is_finite())
            && [first, last].iter().all(|credits| (lowest..=highest).contains(credits))
            && fallen >= 0.0
            && risen >= 0.0
            && (1..=i64::MAX.unsigned_abs()).contains(&self.samples)
    }
}

/// A sum that stays finite, to which what is below 0 adds nothing.
fn sum(total: f64, amount: f64) -> f64 {
    (total + amount.max(0.0)).min(f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Date {
        "2026-11-20".parse().unwrap()
    }

    fn daily(previous: Option<f64>, credits: &[f64]) -> DailyRollup {
        let mut daily = DailyRollup::new(day(), previous, credits[0]);
        credits[1..].iter().for_each(|credits| daily.add(*credits));
        daily
    }

    #[test]
    fn falls_and_rises_are_summed_up_apart() {
        let expected = DailyRollup {
            day: day(),
            samples: 4,
            first: 90.0,
            last: 95.0,
            lowest: 80.0,
            highest: 100.0,
            fallen: 25.0,
            risen: 20.0,
        };
        assert_eq!(daily(Some(100.0), &[90.0, 80.0, 100.0, 95.0]), expected);
        assert_eq!(daily(None, &[90.0, 80.0, 100.0, 95.0]), DailyRollup { fallen: 15.0, ..expected });
        assert_eq!(
            daily(Some(70.0), &[90.0, 80.0, 100.0, 95.0]),
            DailyRollup { fallen: 15.0, risen: 40.0, ..expected }
        );
    }

    #[test]
    fn sums_stay_finite() {
        let daily = daily(Some(f64::MAX), &[f64::MIN, f64::MAX, f64::MIN]);
        assert_eq!((daily.fallen, daily.risen), (f64::MAX, f64::MAX));
        assert!(daily.is_possible());
    }

    #[test]
    fn figures_that_contradict_each_other_are_impossible() {
        let good = daily(None, &[90.0, 80.0, 100.0]);
        assert!(good.is_possible());
        for bad in [
            DailyRollup { samples: 0, ..good },
            DailyRollup { samples: u64::MAX, ..good },
            DailyRollup { lowest: 91.0, ..good },
            DailyRollup { highest: 99.0, ..good },
            DailyRollup { first: f64::NAN, ..good },
            DailyRollup { highest: f64::INFINITY, ..good },
            DailyRollup { fallen: -1.0, ..good },
            DailyRollup { risen: -1.0, ..good },
        ] {
            assert!(!bad.is_possible(), "{bad:?}");
        }
    }
}
