//! Moments as people read them, in their own zone. No seconds anywhere.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

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
    fn the_ends_of_time_do_no_harm() {
        for moment_at in [Timestamp::MIN, Timestamp::MAX] {
            assert!(!moment(moment_at, at(NOW), &berlin()).is_empty());
        }
    }
}
