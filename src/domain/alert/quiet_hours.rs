//! Quiet hours: the time of each day in which only what is critical is told.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// A time of each day.
#[derive(Clone, Debug, PartialEq)]
pub struct QuietHours {
    /// Time of day at which they begin.
    pub from: Time,
    /// Time of day at which they end; on the next day where that is earlier than the beginning.
    pub until: Time,
    /// Time zone of both.
    pub zone: TimeZone,
}

impl QuietHours {
    /// End of the quiet hours that hold at `now`; `None` outside of them. Hours that begin when they end are none.
    ///
    /// The clock on the wall decides, so a night in which the clocks are changed is longer or shorter.
    #[must_use]
    pub fn until_from(&self, now: Timestamp) -> Option<Timestamp> {
        let local = now.to_zoned(self.zone.clone()).datetime();
        let time = local.time();
        let is_quiet = if self.from <= self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        };
        let days = [Some(local.date()), local.date().tomorrow().ok()];
        let ends = days.into_iter().flatten().flat_map(|date| self.ends_on(date));
        is_quiet.then(|| ends.filter(|end| *end > now).min().unwrap_or(Timestamp::MAX))
    }

    /// Ends of the hours on a day: two where the clocks are set back meanwhile.
    fn ends_on(&self, date: Date) -> impl Iterator<Item = Timestamp> {
        let end = self.zone.to_ambiguous_timestamp(date.to_datetime(self.until));
        [end.earlier(), end.later()].into_iter().filter_map(Result::ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    fn hours(from: i8, until: (i8, i8)) -> QuietHours {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        QuietHours { from: time(from, 0, 0, 0), until: time(until.0, until.1, 0, 0), zone }
    }

    fn until(hours: &QuietHours, now: &str) -> Option<String> {
        hours.until_from(now.parse().unwrap()).map(|end| end.to_string())
    }

    #[test]
    fn quiet_hours_may_go_past_midnight_and_are_local() {
        let night = hours(22, (7, 0));
        assert_eq!(until(&night, "2026-11-21T20:59:59Z"), None);
        assert_eq!(until(&night, "2026-11-21T21:00:00Z").unwrap(), "2026-11-22T06:00:00Z");
        assert_eq!(until(&night, "2026-11-22T05:59:59Z").unwrap(), "2026-11-22T06:00:00Z");
        assert_eq!(until(&night, "2026-11-22T06:00:00Z"), None);
        let noon = hours(12, (13, 30));
        assert_eq!(until(&noon, "2026-11-21T12:00:00Z").unwrap(), "2026-11-21T12:30:00Z");
        assert_eq!(until(&noon, "2026-11-21T12:30:00Z"), None);
        assert_eq!(until(&hours(7, (7, 0)), "2026-11-21T06:00:00Z"), None);
    }

    #[test]
    fn a_change_of_the_clocks_neither_ends_them_early_nor_holds_them_for_a_day() {
        let night = hours(22, (7, 0));
        assert_eq!(until(&night, "2026-03-28T22:00:00Z").unwrap(), "2026-03-29T05:00:00Z");
        assert_eq!(until(&night, "2026-10-24T22:00:00Z").unwrap(), "2026-10-25T06:00:00Z");
        // 02:30 does not exist on that night.
        assert_eq!(until(&hours(22, (2, 30)), "2026-03-29T00:59:00Z").unwrap(), "2026-03-29T01:30:00Z");
        assert_eq!(until(&hours(22, (2, 30)), "2026-03-29T01:00:00Z"), None);
        // 02:10 comes twice on that one.
        assert_eq!(until(&hours(22, (2, 30)), "2026-10-25T00:10:00Z").unwrap(), "2026-10-25T00:30:00Z");
        assert_eq!(until(&hours(22, (2, 30)), "2026-10-25T01:10:00Z").unwrap(), "2026-10-25T01:30:00Z");
    }
}
