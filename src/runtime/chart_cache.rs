//! Cache of the balances that charts are drawn from, by key and range.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::domain::api_key::Fingerprint;
use crate::domain::sample::{CreditsPoint, Sample};
use crate::domain::time::Elapsed;
use crate::tui::ChartRange;

/// Age from which a chart is loaded from the history again.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Most charts in the cache; beyond it all are dropped.
const KEPT_MAX: usize = 16;

/// The balances of each key and range.
#[derive(Default)]
pub struct ChartCache {
    charts: HashMap<(Fingerprint, ChartRange), CachedChart>,
}

/// The balances of a key: those of the history, and those that came since.
struct CachedChart {
    points: Vec<CreditsPoint>,
    /// Moment of the load from the history, on the elapsed clock.
    asked_at: Elapsed,
}

impl CachedChart {
    /// Adds the balance of a sample, unless it is there already.
    fn add(&mut self, sample: &Sample) {
        let is_new = self.points.last().is_none_or(|last| last.at.as_millisecond() < sample.at.as_millisecond());
        if is_new {
            self.points.push(sample.into());
        }
    }
}

impl ChartCache {
    /// Balances of a key in a range; those of another range of the key until they are loaded.
    #[must_use]
    pub fn points(&self, key: Fingerprint, range: ChartRange) -> &[CreditsPoint] {
        let loaded =
            |range| self.charts.get(&(key, range)).map(|chart| &chart.points[..]).filter(|all| !all.is_empty());
        loaded(range).or_else(|| ChartRange::ALL.into_iter().rev().find_map(loaded)).unwrap_or_default()
    }

    /// True when the balances have to be loaded: they never were, or long ago. From now on they count as loaded.
    pub fn needs_points(&mut self, key: Fingerprint, range: ChartRange, now: Elapsed) -> bool {
        let wanted = (key, range);
        if self.charts.len() >= KEPT_MAX && !self.charts.contains_key(&wanted) {
            self.charts.clear();
        }
        let fresh = CachedChart { points: Vec::new(), asked_at: Elapsed::MIN };
        let chart = self.charts.entry(wanted).or_insert(fresh);
        let is_due = now >= chart.asked_at + KEPT;
        if is_due {
            chart.asked_at = now;
        }
        is_due
    }

    /// Takes over the balances of the history, and of the newest sample, which may not be stored yet.
    pub fn set_points(
        &mut self,
        key: Fingerprint,
        range: ChartRange,
        points: Vec<CreditsPoint>,
        newest: Option<&Sample>,
    ) {
        let Some(chart) = self.charts.get_mut(&(key, range)) else { return };
        chart.points = points;
        if let Some(sample) = newest {
            chart.add(sample);
        }
    }

    /// Adds the balance of a sample that just came.
    pub fn add(&mut self, key: Fingerprint, sample: &Sample) {
        let charts = self.charts.iter_mut().filter(|((charted, _), _)| *charted == key);
        charts.for_each(|(_, chart)| chart.add(sample));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn points(credits: f64) -> Vec<CreditsPoint> {
        vec![CreditsPoint { at: Timestamp::UNIX_EPOCH, credits, allowance: None }]
    }

    #[test]
    fn another_range_stands_in_until_the_history_has_told_the_one_that_is_chosen() {
        let (key, other): (Fingerprint, Fingerprint) = ("ba7816bf".parse().unwrap(), "00ab78bf".parse().unwrap());
        let mut charts = ChartCache::default();
        for range in [ChartRange::Week, ChartRange::Month] {
            assert!(charts.needs_points(key, range, Elapsed::ZERO));
        }
        charts.set_points(key, ChartRange::Week, points(7.0), None);
        for range in ChartRange::ALL {
            assert_eq!(charts.points(key, range), points(7.0));
        }
        charts.set_points(key, ChartRange::Month, points(30.0), None);
        assert_eq!(charts.points(key, ChartRange::Month), points(30.0));
        assert_eq!(charts.points(key, ChartRange::Week), points(7.0));
        assert_eq!(charts.points(other, ChartRange::Week), [], "of another key");
    }

    #[test]
    fn the_history_is_asked_once_an_hour() {
        let key = "ba7816bf".parse().unwrap();
        let mut charts = ChartCache::default();
        let due = [0, 59, 60, 61]
            .map(|minute| charts.needs_points(key, ChartRange::Day, Elapsed::ZERO + SignedDuration::from_mins(minute)));
        assert_eq!(due, [true, false, true, false]);
    }
}
