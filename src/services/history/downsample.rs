//! Downsampling: fewer points that draw the same line.

use crate::domain::sample::CreditsPoint;

/// Most points of a bucket, which is a slice of time: the first, the lowest, the highest and the last.
const POINTS_PER_BUCKET: usize = 4;

/// Takes points in the order of time, and chooses those that a chart of their span needs.
#[derive(Debug)]
pub(super) struct Downsampler {
    start: i64,
    span: i128,
    buckets: i128,
    points_max: usize,
    current: Option<DownsampleBucket>,
    chosen: Vec<CreditsPoint>,
}

#[derive(Debug)]
struct DownsampleBucket {
    number: i128,
    first: CreditsPoint,
    lowest: CreditsPoint,
    highest: CreditsPoint,
    last: CreditsPoint,
}

impl Downsampler {
    /// A downsampler for points from `start` to `end` (milliseconds), of which at most `points_max` are wanted.
    pub(super) fn new(start: i64, end: i64, points_max: usize) -> Self {
        let buckets = i128::try_from((points_max / POINTS_PER_BUCKET).max(1)).unwrap_or(i128::MAX);
        let span = (i128::from(end) - i128::from(start) + 1).max(1);
        Self { start, span, buckets, points_max, current: None, chosen: Vec::new() }
    }

    /// Takes the next point.
    pub(super) fn push(&mut self, point: CreditsPoint) {
        let since_start = i128::from(point.at.as_millisecond()) - i128::from(self.start);
        let number = since_start.saturating_mul(self.buckets) / self.span;
        match &mut self.current {
            Some(bucket) if bucket.number == number => {
                if point.credits < bucket.lowest.credits {
                    bucket.lowest = point;
                }
                if point.credits > bucket.highest.credits {
                    bucket.highest = point;
                }
                bucket.last = point;
            }
            _ => {
                let next = DownsampleBucket { number, first: point, lowest: point, highest: point, last: point };
                if let Some(bucket) = self.current.replace(next) {
                    self.keep(&bucket);
                }
            }
        }
    }

    /// The chosen points, in the order of time.
    pub(super) fn finish(mut self) -> Vec<CreditsPoint> {
        if let Some(bucket) = self.current.take() {
            self.keep(&bucket);
        }
        let surplus = self.chosen.len().saturating_sub(self.points_max);
        self.chosen.drain(..surplus);
        self.chosen
    }

    fn keep(&mut self, bucket: &DownsampleBucket) {
        let mut points = [bucket.first, bucket.lowest, bucket.highest, bucket.last];
        points.sort_by_key(|point| point.at);
        for point in points {
            if self.chosen.last().is_none_or(|last| last.at < point.at) {
                self.chosen.push(point);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn downsampled(points: &[(i64, f64)], points_max: usize) -> Vec<(i64, f64)> {
        let (start, end) = (points[0].0, points[points.len() - 1].0);
        let mut downsampler = Downsampler::new(start, end, points_max);
        for (at, credits) in points {
            downsampler.push(CreditsPoint {
                at: Timestamp::from_millisecond(*at).unwrap(),
                credits: *credits,
                allowance: None,
            });
        }
        downsampler.finish().iter().map(|point| (point.at.as_millisecond(), point.credits)).collect()
    }

    #[test]
    fn each_slice_keeps_its_first_lowest_highest_and_last() {
        let points =
            [(0, 5.0), (1, 4.0), (2, 1.0), (3, 3.0), (4, 9.0), (5, 8.0), (6, 7.0), (7, 7.5), (8, 2.0), (9, 2.0)];
        let expected = [(0, 5.0), (2, 1.0), (4, 9.0), (5, 8.0), (8, 2.0), (9, 2.0)];
        assert_eq!(downsampled(&points, 8), expected);
    }

    #[test]
    fn a_point_alone_is_kept_once() {
        assert_eq!(downsampled(&[(7, 1.0)], 100), [(7, 1.0)]);
    }

    #[test]
    fn with_room_for_few_the_newest_stay() {
        let points = [(0, 5.0), (1, 9.0), (2, 1.0), (3, 4.0)];
        assert_eq!(downsampled(&points, 1), [(3, 4.0)]);
        assert_eq!(downsampled(&points, 0), []);
    }

    proptest! {
        #[test]
        fn the_extremes_survive_and_nothing_is_made_up(
            steps in proptest::collection::vec((1i64..1_000_000, -1e6f64..1e6), 1..300),
            points_max in 4usize..60,
        ) {
            let mut at = 0;
            let points: Vec<_> = steps.iter().map(|(step, credits)| { at += step; (at, *credits) }).collect();
            let chosen = downsampled(&points, points_max);
            prop_assert!(chosen.len() <= points_max);
            prop_assert!(chosen.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert!(chosen.iter().all(|point| points.contains(point)));
            prop_assert_eq!((chosen.first(), chosen.last()), (points.first(), points.last()));
            let lowest = |points: &[(i64, f64)]| points.iter().map(|point| point.1).fold(f64::MAX, f64::min);
            let highest = |points: &[(i64, f64)]| points.iter().map(|point| point.1).fold(f64::MIN, f64::max);
            prop_assert!(lowest(&chosen) <= lowest(&points) && highest(&chosen) >= highest(&points));
        }
    }
}
