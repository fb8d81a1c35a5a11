//! Moments as people read them, in their own zone. No seconds anywhere.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit, Zoned};

use crate::domain::time::{Distance, TOLERANCE};
use crate::wording::format;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

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

/// A day, and of another year the month alone: `16 Nov`, `Sep 2027`.
#[must_use]
pub fn day_or_month(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (moment, now) = (local(moment, zone), local(now, zone));
    let shape = if moment.year() == now.year() { "%-d %b" } else { "%b %Y" };
    moment.strftime(shape).to_string()
}

/// A moment, as short as it is clear: `14:33` today, `Sun 09:00` within six days, else `30 Nov 09:00`.
#[must_use]
pub fn moment(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let day = day(moment, now, zone);
    let clock = clock(moment, zone);
    if day.is_empty() { clock } else { format!("{day} {clock}") }
}

/// Moment of an event: as [`moment`], and with its date where it lies ahead, for a day of the week would be read as the
/// last one.
#[must_use]
pub fn happened(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    match Distance::between(at, now) {
        Distance::Ago(_) => moment(at, now, zone),
        Distance::Ahead(_) => format!("{} {}", date(at, now, zone), clock(at, zone)),
    }
}

/// Moment of an event in at most six columns: `14:33` today, `Sun` within six days, else `30 Nov`.
#[must_use]
pub fn brief(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    if Distance::between(moment, now).ahead().is_some() {
        return date(moment, now, zone).chars().take(6).collect();
    }
    let day = day(moment, now, zone);
    if day.is_empty() { clock(moment, zone) } else { day.chars().take(6).collect() }
}

/// Age of an event: `now`, `3 min ago`; what lies in the future has no age: `3 h ahead of this clock`.
#[must_use]
pub fn ago(moment: Timestamp, now: Timestamp) -> String {
    match Distance::between(moment, now) {
        Distance::Ago(age) => format::ago(age),
        Distance::Ahead(by) => format!("{} of this clock", ahead(by)),
    }
}

/// The same in few columns: `3 h ahead`.
#[must_use]
pub fn short_ago(moment: Timestamp, now: Timestamp) -> String {
    match Distance::between(moment, now) {
        Distance::Ago(age) => format::ago(age),
        Distance::Ahead(by) => ahead(by),
    }
}

/// Age as an adjective: `now`, `3 min old`, `3 h ahead of this clock`.
#[must_use]
pub fn old(moment: Timestamp, now: Timestamp) -> String {
    match Distance::between(moment, now) {
        Distance::Ago(age) if age >= MINUTE => format!("{} old", format::age(age)),
        _ => ago(moment, now),
    }
}

/// Moment of a figure that is not of now: `as of 14:33`, `as of 28 Oct 09:00`.
#[must_use]
pub fn as_of(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    format!("as of {}", moment(at, now, zone))
}

/// Moment at which what is told of the age of a moment changes next.
#[must_use]
pub fn age_changes_at(moment: Timestamp, now: Timestamp) -> Timestamp {
    let steps = |duration: SignedDuration| {
        let minutes = duration.as_mins();
        let unit = if minutes < 60 {
            1
        } else if minutes < 2_880 {
            60
        } else {
            1_440
        };
        (minutes / unit, SignedDuration::from_mins(unit))
    };
    let whole = |count: i64, unit: SignedDuration| unit.saturating_mul(i32::try_from(count).unwrap_or(i32::MAX));
    let second = Timestamp::from_second(moment.as_second()).unwrap_or(moment);
    let changes = match Distance::between(moment, now) {
        Distance::Ago(age) => {
            let (count, unit) = steps(age);
            second.saturating_add(whole(count + 1, unit))
        }
        Distance::Ahead(by) => {
            let (count, unit) = steps(by);
            let until = if count == 0 { TOLERANCE } else { whole(count, unit) - SignedDuration::from_secs(1) };
            second.saturating_sub(until)
        }
    };
    changes.unwrap_or(Timestamp::MAX)
}

/// By how much something lies ahead: `3 h ahead`.
#[must_use]
pub fn ahead(by: SignedDuration) -> String {
    if by < MINUTE { "under 1 min ahead".to_owned() } else { format!("{} ahead", format::age(by)) }
}

/// A length of time that was measured: from a minute on in whole minutes, rounded, for two clocks tell it no finer:
/// `45 s`, `7 min`, `2 h 30 min`.
#[must_use]
pub fn length(duration: SignedDuration) -> String {
    let seconds = duration.round(Unit::Second).unwrap_or(duration);
    let unit = if seconds < MINUTE { Unit::Second } else { Unit::Minute };
    format::interval(duration.round(unit).unwrap_or(duration))
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
    use proptest::prelude::*;

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
    fn what_happened_ahead_of_this_clock_stands_with_its_date() {
        let shown = |text| (happened(at(text), at(NOW), &TimeZone::UTC), brief(at(text), at(NOW), &TimeZone::UTC));
        assert_eq!(shown("2026-11-20T09:00:00Z"), ("Fri 09:00".to_owned(), "Fri".to_owned()));
        assert_eq!(shown("2026-11-23T09:00:00Z"), ("23 Nov 09:00".to_owned(), "23 Nov".to_owned()));
    }

    #[test]
    fn what_was_measured_is_told_in_whole_minutes_from_one_on() {
        let told = |milliseconds| length(SignedDuration::from_millis(milliseconds));
        assert_eq!([told(45_400), told(59_600), told(89_999), told(419_200)], ["45 s", "1 min", "1 min", "7 min"]);
        assert_eq!([told(3_599_000), told(9_029_000), told(30_600_000)], ["1 h", "2 h 30 min", "8 h 30 min"]);
    }

    #[test]
    fn times_are_local_and_the_header_names_the_zone() {
        assert_eq!(header(at(NOW), &berlin()), ("Sat 21 Nov".to_owned(), "15:32 CET".to_owned()));
        assert_eq!(date(at("2026-11-21T23:30:00Z"), at(NOW), &berlin()), "22 Nov");
    }

    #[test]
    fn what_lies_in_the_future_has_no_age_and_is_said_to_lie_there() {
        let told = |text| (ago(at(text), at(NOW)), short_ago(at(text), at(NOW)), old(at(text), at(NOW)));
        let all = |text: &str| (text.to_owned(), text.to_owned(), text.to_owned());
        assert_eq!(told("2026-11-21T14:32:05Z"), all("now"), "clocks differ by seconds");
        let (long, short) = ("under 1 min ahead of this clock".to_owned(), "under 1 min ahead".to_owned());
        assert_eq!(told("2026-11-21T14:32:06Z"), (long.clone(), short, long));
        let (long, short) = ("3 h ahead of this clock".to_owned(), "3 h ahead".to_owned());
        assert_eq!(told("2026-11-21T17:40:00Z"), (long.clone(), short, long));
        let (ago, old) = ("2 h ago".to_owned(), "2 h old".to_owned());
        assert_eq!(told("2026-11-21T12:32:00Z"), (ago.clone(), ago, old));
    }

    proptest! {
        #[test]
        fn an_age_changes_when_it_is_said_to_and_not_before(offset in -200_000_000i64..400_000_000) {
            let (now, moment) = (at(NOW), at(NOW) - SignedDuration::from_millis(offset));
            let changes = age_changes_at(moment, now);
            prop_assert!(changes > now);
            let shown = |now| ago(moment, now);
            let just_before = changes - SignedDuration::from_millis(2);
            if just_before > now {
                prop_assert_eq!(shown(just_before), shown(now));
            }
            prop_assert_ne!(shown(changes), shown(now));
        }
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        for moment_at in [Timestamp::MIN, Timestamp::MAX] {
            assert!(!moment(moment_at, at(NOW), &berlin()).is_empty());
        }
    }
}
