//! The marks of the time axis: midnights, hours, days and Mondays in a zone.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::tui::chart_range::ChartRange;

/// The midnights between two moments.
pub(super) fn midnights(start: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
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

/// The marks of a time axis with their names: every third hour of a day, the days of a week, the Mondays of a month.
pub(super) fn ticks(range: ChartRange, start: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<(Timestamp, String)> {
    let named = |moment: Timestamp, shape: &str| (moment, moment.to_zoned(zone.clone()).strftime(shape).to_string());
    let midnights = midnights(start, end, zone);
    match range {
        ChartRange::Day => {
            let first = start.to_zoned(zone.clone()).date();
            let days = midnights.iter().map(|midnight| midnight.to_zoned(zone.clone()).date());
            let hours =
                std::iter::once(first).chain(days).flat_map(|day| (0..24).step_by(3).map(move |hour| (day, hour)));
            let moments = hours.filter_map(|(day, hour)| day.at(hour, 0, 0, 0).to_zoned(zone.clone()).ok());
            let moments = moments.map(|moment| moment.timestamp()).filter(|moment| (start..end).contains(moment));
            moments.map(|moment| named(moment, "%H:%M")).collect()
        }
        ChartRange::Week => midnights.into_iter().map(|midnight| named(midnight, "%a")).collect(),
        ChartRange::Month => {
            let is_monday = |midnight: &Timestamp| midnight.to_zoned(zone.clone()).weekday() == Weekday::Monday;
            midnights.into_iter().filter(is_monday).map(|midnight| named(midnight, "%-d %b")).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T14:32:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    #[test]
    fn midnights_are_those_of_the_zone() {
        let midnights = midnights(at("2026-11-19T14:32:00Z"), at(NOW), &berlin());
        assert_eq!(midnights, [at("2026-11-19T23:00:00Z"), at("2026-11-20T23:00:00Z")]);
    }

    #[test]
    fn the_marks_of_an_axis_fit_its_range() {
        let names = |range, start: &str| -> Vec<String> {
            ticks(range, at(start), at(NOW), &berlin()).into_iter().map(|(_, name)| name).collect()
        };
        let hours = names(ChartRange::Day, "2026-11-20T14:32:00Z");
        assert_eq!(hours, ["18:00", "21:00", "00:00", "03:00", "06:00", "09:00", "12:00", "15:00"]);
        assert_eq!(names(ChartRange::Week, "2026-11-19T14:32:00Z"), ["Fri", "Sat"]);
        assert_eq!(names(ChartRange::Month, "2026-10-22T14:32:00Z"), ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]);
    }

    #[test]
    fn the_hours_of_a_day_with_a_change_of_the_clocks_stay_in_order() {
        let marks = ticks(ChartRange::Day, at("2026-10-24T20:00:00Z"), at("2026-10-25T20:00:00Z"), &berlin());
        assert!(marks.is_sorted() && marks.len() == 7, "{marks:?}");
    }

    #[test]
    fn the_ends_of_time_have_no_midnights() {
        assert!(midnights(Timestamp::MAX, Timestamp::MAX, &berlin()).is_empty());
    }
}
