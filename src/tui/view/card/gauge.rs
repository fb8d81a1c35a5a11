//! Cells of a gauge: how many a ratio fills, whose they are, and the levels of a trend.

use crate::domain::quota::QuotaWindow;

/// The cells that a ratio fills: none only for nothing, all only for the whole.
pub(super) fn cells(ratio: f64, width: u16) -> u16 {
    if ratio <= 0.0 || width == 0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the width")]
    let cells = (ratio.min(1.0) * f64::from(width)).round() as u16;
    if ratio >= 1.0 { width } else { cells.clamp(1, width.saturating_sub(1).max(1)) }
}

/// The cells of others' requests and of our own.
pub(super) fn split(window: QuotaWindow, used: u64, width: u16) -> [u16; 2] {
    let all = cells(window.used_ratio().unwrap_or(0.0), width);
    let own = cells(window.own_ratio().unwrap_or(0.0), width).min(all);
    let own = if window.own >= used { all } else { own.min(all.saturating_sub(1)) };
    [all - own, own]
}

/// A trend in so many columns, each as a level of the most used: the lowest only for none, from 1 on for some; `None`
/// where it is not known.
pub(super) fn trend_levels(trend: &[Option<f64>], width: u16) -> Vec<Option<usize>> {
    let width = usize::from(width);
    let mean = |column: usize| {
        let steps = column * trend.len() / width..((column + 1) * trend.len()).div_ceil(width);
        let known: Vec<f64> = trend.get(steps).unwrap_or_default().iter().copied().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / f64::from(u32::try_from(known.len()).unwrap_or(1)))
    };
    let means: Vec<_> = (0..width).map(mean).collect();
    let most = means.iter().copied().flatten().fold(0.0, f64::max);
    let level = |mean: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 7")]
        let level = (mean / most * 7.0).ceil().clamp(1.0, 7.0) as usize;
        if mean > 0.0 { level } else { 0 }
    };
    means.into_iter().map(|mean| mean.map(level)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nothing_is_empty_and_only_the_whole_is_full() {
        assert_eq!([cells(0.0, 10), cells(0.001, 10), cells(0.5, 10)], [0, 1, 5]);
        assert_eq!([cells(0.999, 10), cells(1.0, 10), cells(7.0, 10)], [9, 10, 10]);
        assert_eq!([cells(0.5, 0), cells(0.5, 1), cells(f64::NAN, 5)], [0, 1, 4]);
    }

    #[test]
    fn bars_tell_our_own_requests_from_others() {
        let bar = |used: u64, own: u64| split(QuotaWindow::told(10, 10 - i64::try_from(used).unwrap(), own), used, 20);
        assert_eq!(bar(3, 1), [4, 2]);
        assert_eq!(bar(3, 0), [6, 0]);
        assert_eq!(bar(3, 3), [0, 6]);
        assert_eq!(bar(3, 9), [0, 6]);
        assert_eq!(bar(0, 0), [0, 0]);
    }

    #[test]
    fn a_trend_tells_none_from_some_and_from_unknown() {
        let trend = [None, None, Some(0.0), Some(0.0), Some(0.1), Some(0.1), Some(7.0), Some(7.0)];
        assert_eq!(trend_levels(&trend, 4), [None, Some(0), Some(1), Some(7)]);
        assert_eq!(trend_levels(&trend[4..], 8)[..3], [Some(1), Some(1), Some(1)]);
        assert_eq!(trend_levels(&[], 2), [None, None]);
        assert_eq!(trend_levels(&trend, 0), []);
        assert_eq!(trend_levels(&[Some(f64::NAN), Some(0.0)], 2), [Some(0), Some(0)]);
    }
}
