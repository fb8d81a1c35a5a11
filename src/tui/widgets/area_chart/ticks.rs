//! Marks of the time axis: hours, days and dates in a zone, as many as there is room for.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::time_axis::TimeAxis;
use crate::tui::chart_range::ChartRange;
use crate::tui::widgets::text::columns;

/// A Monday, from which days are counted, so that every seventh is one.
const MONDAY: Date = Date::constant(1970, 1, 5);

/// The midnights between two moments.
pub(in crate::tui) fn midnights(start: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
    let mut midnights = Vec::new();
    let mut day = start.to_zoned(zone.clone()).date();
    while let Ok(next) = day.tomorrow() {
        day = next;
        let Ok(midnight) = day.to_zoned(zone.clone()) else { break };
        if midnight.timestamp() >= end {
            break;
        }
        midnights.push(midnight.timestamp());
    }
    midnights
}

/// Columns of the marks with their names, of which none touches the next or reaches beyond the axis.
pub(super) fn ticks(axis: &TimeAxis, width: u16, zone: &TimeZone) -> Vec<(u16, String)> {
    let steps: &[i32] = match axis.range() {
        ChartRange::Day => &[1, 2, 3, 6, 12, 24],
        ChartRange::Week => &[1, 2, 5, 10],
        ChartRange::Month => &[2, 7, 14, 28],
        ChartRange::Quarter => &[7, 14, 28, 56],
    };
    let placed = steps.iter().map(|step| {
        let moments = moments(axis, *step, zone).into_iter();
        moments.filter_map(|moment| Some((axis.column(moment)?, name(axis.range(), moment, zone)))).collect::<Vec<_>>()
    });
    let fits = |ticks: &Vec<(u16, String)>| ticks.windows(2).all(|pair| pair[0].0 + columns(&pair[0].1) < pair[1].0);
    let mut ticks = placed.into_iter().find(fits).unwrap_or_default();
    ticks.retain(|(column, name)| column + columns(name) <= width);
    ticks
}

/// The moments of every so many hours of the day, or of every so many days.
fn moments(axis: &TimeAxis, step: i32, zone: &TimeZone) -> Vec<Timestamp> {
    let (start, end) = (axis.start(), axis.end());
    let midnights = midnights(start, end, zone);
    if axis.range() != ChartRange::Day {
        let day = |midnight: &Timestamp| {
            let days = midnight.to_zoned(zone.clone()).date().since(MONDAY).map(|span| span.get_days());
            days.is_ok_and(|days| days.rem_euclid(step) == 0)
        };
        return midnights.into_iter().filter(day).collect();
    }
    let first = start.to_zoned(zone.clone()).date();
    let days = midnights.iter().map(|midnight| midnight.to_zoned(zone.clone()).date());
    let hours = (0..24_i8).filter(|hour| i32::from(*hour) % step == 0);
    let hours = std::iter::once(first).chain(days).flat_map(|day| hours.clone().map(move |hour| day.at(hour, 0, 0, 0)));
    let moments = hours.filter_map(|hour| Some(hour.to_zoned(zone.clone()).ok()?.timestamp()));
    let mut moments: Vec<_> = moments.filter(|moment| (start..end).contains(moment)).collect();
    // An hour that is left out when the clocks are put forward is the next one.
    moments.dedup();
    moments
}

/// `18:00`, `Sat` or `26 Oct`; among the hours, a day is told at its midnight.
fn name(range: ChartRange, moment: Timestamp, zone: &TimeZone) -> String {
    let moment = moment.to_zoned(zone.clone());
    let shape = match range {
        ChartRange::Day if moment.hour() > 0 => "%H:%M",
        ChartRange::Day | ChartRange::Week => "%a",
        ChartRange::Month | ChartRange::Quarter => "%-d %b",
    };
    moment.strftime(shape).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn names(range: ChartRange, now: &str, width: u16) -> Vec<String> {
        let axis = TimeAxis::new(range, at(now), false, width);
        ticks(&axis, width, &berlin()).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn midnights_are_those_of_the_zone() {
        let midnights = midnights(at("2026-11-19T14:32:00Z"), at("2026-11-21T14:32:00Z"), &berlin());
        assert_eq!(midnights, [at("2026-11-19T23:00:00Z"), at("2026-11-20T23:00:00Z")]);
    }

    #[test]
    fn the_names_fit_the_range_and_the_room() {
        const NOW: &str = "2026-11-21T14:32:00Z";
        assert_eq!(
            names(ChartRange::Day, NOW, 60),
            ["18:00", "21:00", "Sat", "03:00", "06:00", "09:00", "12:00", "15:00"][..7]
        );
        assert_eq!(names(ChartRange::Day, NOW, 30), ["18:00", "Sat", "06:00", "12:00"]);
        assert_eq!(names(ChartRange::Week, NOW, 60), ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]);
        assert_eq!(names(ChartRange::Month, NOW, 60), ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]);
        assert_eq!(names(ChartRange::Quarter, NOW, 60), ["31 Aug", "14 Sep", "28 Sep", "12 Oct", "26 Oct", "9 Nov"]);
        assert_eq!(names(ChartRange::Week, NOW, 2), Vec::<String>::new());
    }

    #[test]
    fn the_hours_of_a_day_with_a_change_of_the_clocks_stay_in_order() {
        for now in ["2026-10-25T20:00:00Z", "2026-03-29T20:00:00Z"] {
            let axis = TimeAxis::new(ChartRange::Day, at(now), false, 200);
            let marks = moments(&axis, 1, &berlin());
            assert!(marks.windows(2).all(|pair| pair[0] < pair[1]), "{marks:?}");
        }
    }

    #[test]
    fn the_ends_of_time_have_no_midnights() {
        assert!(midnights(Timestamp::MAX, Timestamp::MAX, &berlin()).is_empty());
    }

    proptest! {
        #[test]
        fn no_name_touches_another_or_leaves_the_axis(
            width in 1u16..200, minutes in 0i64..600_000, range in 0usize..4, ahead: bool,
        ) {
            let now = at("2026-01-01T00:00:00Z") + jiff::SignedDuration::from_mins(minutes);
            let axis = TimeAxis::new(ChartRange::ALL[range], now, ahead, width);
            let ticks = ticks(&axis, width, &berlin());
            prop_assert!(ticks.windows(2).all(|pair| pair[0].0 + columns(&pair[0].1) < pair[1].0));
            prop_assert!(ticks.iter().all(|(column, name)| column + columns(name) <= width));
        }
    }
}
