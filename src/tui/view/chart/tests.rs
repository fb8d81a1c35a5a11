use super::*;
use crate::tui::chart_range::ChartRange;

const START: Timestamp = Timestamp::UNIX_EPOCH;

fn point(hours: i64, credits: f64) -> CreditsPoint {
    CreditsPoint { at: START + SignedDuration::from_hours(hours), credits, allowance: None }
}

fn scales(columns: u16, rows: u16) -> Scales {
    let now = START + ChartRange::Week.past();
    let time = TimeAxis::new(ChartRange::Week, now, false, columns);
    Scales { time, top: 100.0, plot: Rect::new(0, 0, columns, rows) }
}

fn drawn(points: &[CreditsPoint], columns: u16, rows: u16) -> Vec<String> {
    past(points, &scales(columns, rows)).rows()
}

#[test]
fn a_line_falls_from_the_upper_left_to_the_lower_right() {
    let points: Vec<_> =
        (0..=7).map(|day| point(day * 24, 100.0 - 100.0 / 7.0 * f64::from(i32::try_from(day).unwrap()))).collect();
    assert_eq!(drawn(&points, 4, 2), ["⠑⢄⠀⠀", "⠀⠀⠑⢄"]);
}

#[test]
fn a_time_without_samples_stays_empty() {
    let points: Vec<_> = (0..=168).filter(|hour| !(48..=120).contains(hour)).map(|hour| point(hour, 100.0)).collect();
    assert_eq!(drawn(&points, 7, 1), ["⠉⠉⠁⠀⠈⠉⠉"]);
}

#[test]
fn samples_that_are_always_seldom_have_no_gap() {
    assert_eq!(drawn(&[point(0, 0.0), point(84, 0.0), point(168, 0.0)], 3, 1), ["⣀⣀⣀"]);
}

#[test]
fn what_lies_beyond_the_axis_is_drawn_at_its_end() {
    assert_eq!(drawn(&[point(0, -5.0), point(168, 900.0)], 1, 1), ["⡜"]);
    assert_eq!(drawn(&[], 2, 1), ["⠀⠀"]);
}

#[test]
fn moments_beyond_the_axis_have_no_column() {
    let now = START + ChartRange::Day.past();
    let axis = TimeAxis::new(ChartRange::Day, now, true, 33);
    let column = |hours| axis.column(START + SignedDuration::from_hours(hours));
    assert_eq!([column(-1), column(0), column(16), column(32), column(33)], [None, Some(0), Some(16), Some(32), None]);
    let nothing = TimeAxis::new(ChartRange::Month, Timestamp::MIN, true, 1);
    assert_eq!(nothing.column(Timestamp::MAX), None);
}
