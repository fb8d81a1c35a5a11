//! Moments as people read them, in their own zone. No seconds anywhere.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::chart_range::ChartRange;
use crate::domain::format;

/// The time of day: `14:33`.
#[must_use]
pub fn clock(moment: Timestamp, zone: &TimeZone) -> String {
    let time = local(moment, zone).time();
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// A day: `16 Nov`, with the year where it is not this one.
#[must_use]
pub fn date(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (moment, now) = (local(moment, zone), local(now, zone));
    let shape = if moment.year() == now.year() { "%-d %b" } else { "%-d %b %Y" };
    moment.strftime(shape).to_string()
}

/// A moment, as short as it is clear: `14:33` today, `Sun 09:00` within six days, else `30 Nov 09:00`.
#[must_use]
pub fn moment(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let day = day(moment, now, zone);
    let clock = clock(moment, zone);
    if day.is_empty() { clock } else { format!("{day} {clock}") }
}

/// A moment in at most six columns: `14:33` today, `Sun` within six days, else `30 Nov`.
#[must_use]
pub fn brief(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let day = day(moment, now, zone);
    if day.is_empty() { clock(moment, zone) } else { day.chars().take(6).collect() }
}

/// How long ago a moment was: `now`, `3 min ago`. One in the future counts as now.
#[must_use]
pub fn ago(moment: Timestamp, now: Timestamp) -> String {
    format::ago(now.duration_since(moment))
}

/// How old something is: `now`, `3 min`.
#[must_use]
pub fn age(moment: Timestamp, now: Timestamp) -> String {
    format::age(now.duration_since(moment))
}

/// The day and the time, for a header: `Sat 21 Nov`, `14:32 UTC`.
#[must_use]
pub fn header(now: Timestamp, zone: &TimeZone) -> (String, String) {
    let day = local(now, zone).strftime("%a %-d %b").to_string();
    let zone_name = zone.to_offset_info(now).abbreviation().to_owned();
    (day, format!("{} {zone_name}", clock(now, zone)))
}

/// The midnights between two moments.
#[must_use]
pub fn midnights(start: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
    let mut midnights = Vec::new();
    let mut day = local(start, zone).date();
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
#[must_use]
pub fn marks(range: ChartRange, start: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<(Timestamp, String)> {
    let named = |moment: Timestamp, shape: &str| (moment, local(moment, zone).strftime(shape).to_string());
    let midnights = midnights(start, end, zone);
    match range {
        ChartRange::Day => {
            let first = local(start, zone).date();
            let days = midnights.iter().map(|midnight| local(*midnight, zone).date());
            let hours =
                std::iter::once(first).chain(days).flat_map(|day| (0..24).step_by(3).map(move |hour| (day, hour)));
            let moments = hours.filter_map(|(day, hour)| day.at(hour, 0, 0, 0).to_zoned(zone.clone()).ok());
            let moments = moments.map(|moment| moment.timestamp()).filter(|moment| (start..end).contains(moment));
            moments.map(|moment| named(moment, "%H:%M")).collect()
        }
        ChartRange::Week => midnights.into_iter().map(|midnight| named(midnight, "%a")).collect(),
        ChartRange::Month => {
            let is_monday = |midnight: &Timestamp| local(*midnight, zone).weekday() == Weekday::Monday;
            midnights.into_iter().filter(is_monday).map(|midnight| named(midnight, "%-d %b")).collect()
        }
    }
}

/// The day of a moment, nothing for today.
fn day(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (local_moment, local_now) = (local(moment, zone), local(now, zone));
    if local_moment.date() == local_now.date() {
        String::new()
    } else if moment.duration_since(now).abs() < SignedDuration::from_hours(6 * 24) {
        local_moment.strftime("%a").to_string()
    } else {
        date(moment, now, zone)
    }
}

fn local(moment: Timestamp, zone: &TimeZone) -> Zoned {
    moment.to_zoned(zone.clone())
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
    fn moments_tell_the_day_only_where_it_is_another() {
        let shown = |text| moment(at(text), at(NOW), &TimeZone::UTC);
        assert_eq!(shown("2026-11-21T23:59:00Z"), "23:59");
        assert_eq!(shown("2026-11-22T00:00:00Z"), "Sun 00:00");
        assert_eq!(shown("2026-11-16T09:00:00Z"), "Mon 09:00");
        assert_eq!(shown("2026-11-30T09:00:00Z"), "30 Nov 09:00");
        assert_eq!(shown("2027-01-02T09:00:00Z"), "2 Jan 2027 09:00");
    }

    #[test]
    fn brief_moments_have_at_most_six_columns() {
        let shown = |text| brief(at(text), at(NOW), &TimeZone::UTC);
        assert_eq!(
            [shown(NOW), shown("2026-11-20T00:00:00Z"), shown("2026-10-30T00:00:00Z"), shown("2025-10-30T00:00:00Z")],
            ["14:32", "Fri", "30 Oct", "30 Oct"]
        );
    }

    #[test]
    fn times_are_local_and_the_header_names_the_zone() {
        assert_eq!(header(at(NOW), &berlin()), ("Sat 21 Nov".to_owned(), "15:32 CET".to_owned()));
        assert_eq!(date(at("2026-11-21T23:30:00Z"), at(NOW), &berlin()), "22 Nov");
    }

    #[test]
    fn ages_of_the_future_are_now() {
        assert_eq!(ago(at("2026-11-21T14:40:00Z"), at(NOW)), "now");
        assert_eq!(age(at("2026-11-21T12:32:00Z"), at(NOW)), "2 h");
    }

    #[test]
    fn midnights_are_those_of_the_zone() {
        let midnights = midnights(at("2026-11-19T14:32:00Z"), at(NOW), &berlin());
        assert_eq!(midnights, [at("2026-11-19T23:00:00Z"), at("2026-11-20T23:00:00Z")]);
    }

    #[test]
    fn the_marks_of_an_axis_fit_its_range() {
        let names = |range, start: &str| -> Vec<String> {
            marks(range, at(start), at(NOW), &berlin()).into_iter().map(|(_, name)| name).collect()
        };
        let hours = names(ChartRange::Day, "2026-11-20T14:32:00Z");
        assert_eq!(hours, ["18:00", "21:00", "00:00", "03:00", "06:00", "09:00", "12:00", "15:00"]);
        assert_eq!(names(ChartRange::Week, "2026-11-19T14:32:00Z"), ["Fri", "Sat"]);
        assert_eq!(names(ChartRange::Month, "2026-10-22T14:32:00Z"), ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]);
    }

    #[test]
    fn the_hours_of_a_day_with_a_change_of_the_clocks_stay_in_order() {
        let marks = marks(ChartRange::Day, at("2026-10-24T20:00:00Z"), at("2026-10-25T20:00:00Z"), &berlin());
        assert!(marks.is_sorted() && marks.len() == 7, "{marks:?}");
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        for moment_at in [Timestamp::MIN, Timestamp::MAX] {
            assert!(!moment(moment_at, at(NOW), &berlin()).is_empty());
        }
        assert!(midnights(Timestamp::MAX, Timestamp::MAX, &berlin()).is_empty());
    }
}
