//! Rate limits and credits in words: nothing, none, 0, a number, or two words that contradict each other.

use jiff::tz::TimeZone;

use super::sentence::Sentence;
use super::writer::SentenceWriter;
use crate::domain::account::Account;
use crate::domain::limit::{Contradiction, Limit};
use crate::domain::quota::QuotaWindow;
use crate::domain::status::Severity;
use crate::domain::time::end_of_day;
use crate::monitor::snapshot::PollReason;
use crate::wording::format;

/// The time that a limit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LimitPeriod {
    /// A minute.
    Minute,
    /// A day, in UTC.
    Day,
}

impl LimitPeriod {
    fn word(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }
}

/// Limit of which the use can't be counted: `no limit`, `not told`, `limit 0`, `40 left`; `None` where
/// it can, or would be if the service told what is left.
#[must_use]
pub fn uncounted(window: &QuotaWindow) -> Option<String> {
    match (window.limit, window.remaining) {
        (Limit::Unlimited, _) => Some("no limit".to_owned()),
        (Limit::Of(0), _) => Some("limit 0".to_owned()),
        (Limit::Unknown, Some(left)) => Some(format!("{} left", format::whole(left))),
        (Limit::Unknown, None) => Some("not told".to_owned()),
        (Limit::Of(_), _) => None,
    }
}

/// The limits of a key, as told: `10 requests a minute, 1,000 a day`, `limit per minute not told, no daily limit`.
#[must_use]
pub fn allowed(minute: &QuotaWindow, day: &QuotaWindow) -> String {
    let minute = match minute.limit {
        Limit::Unknown => "limit per minute not told".to_owned(),
        Limit::Unlimited => "no limit per minute".to_owned(),
        Limit::Of(limit) => format!("{} requests a minute", format::count(limit)),
    };
    let day = match day.limit {
        Limit::Unknown => "daily limit not told".to_owned(),
        Limit::Unlimited => "no daily limit".to_owned(),
        Limit::Of(limit) => format!("{} a day", format::count(limit)),
    };
    format!("{minute}, {day}")
}

/// Credits that are left, of the allowance where it was told: `41 of 300 left`.
pub(super) fn credits_left(account: &Account) -> String {
    let remaining = format::credits(account.credits_remaining);
    match account.monthly_allowance {
        Some(allowance) => format!("{remaining} of {} left", format::credits(allowance)),
        None => format!("{remaining} left"),
    }
}

/// `no credits left`, and the balance where it is below that.
pub(super) fn no_credits_left(account: Option<&Account>) -> String {
    match account.map(|account| account.credits_remaining).filter(|balance| *balance < 0.0) {
        Some(balance) => format!("no credits left: the balance is {}", format::credits(balance)),
        None => "no credits left".to_owned(),
    }
}

impl SentenceWriter<'_> {
    /// `3 of 50 requests left today`
    pub(super) fn left_today(&self) -> Option<String> {
        let QuotaWindow { limit, remaining, .. } = self.environment.day;
        let left = format::whole(remaining?);
        Some(match limit.cap() {
            Some(limit) => format!("{left} of {} requests left today", format::count(limit)),
            None => format!("{left} requests left today"),
        })
    }

    pub(super) fn daily_limit_near(&self) -> Option<String> {
        let left = self.left_today()?;
        Some(if self.environment.next_poll.reason == PollReason::Reserve { self.reserved(&left) } else { left })
    }

    pub(super) fn daily_limit_reached(&self) -> Option<String> {
        let left = self.left_today()?;
        Some(match end_of_day(self.now) {
            Some(end) => {
                let zone = zone_name(self.zone, end);
                format!("{left}: the limit is reached until {} {zone}", self.moment(end))
            }
            None => left,
        })
    }

    /// Purpose that few requests are left for.
    pub(super) fn reserved(&self, left: &str) -> String {
        match self.environment.next_poll.at {
            Some(at) if !self.environment.polling => {
                format!("{left}: polling is paused until {} to leave them to your applications", self.moment(at))
            }
            _ => left.to_owned(),
        }
    }

    /// Oddities of limits and credits that are good to know, or can't be as the service says.
    pub(super) fn oddities(&self) -> Vec<Sentence> {
        let environment = self.environment;
        let Some(account) = &environment.account else { return Vec::new() };
        let mut told = Vec::new();
        if account.is_above_allowance() {
            let credits = format::credits(account.credits_remaining);
            let allowance = account.monthly_allowance.map(format::credits).unwrap_or_default();
            told.push((format!("credits above the allowance: {credits} of {allowance}"), "above the allowance"));
        }
        for (window, span) in [(&environment.minute, LimitPeriod::Minute), (&environment.day, LimitPeriod::Day)] {
            told.extend(window.contradiction.map(|words| (contradiction(words, span), "limits contradict each other")));
            if window.limit == Limit::Of(0) && window.contradiction.is_none() {
                let text = format!("the service says 0 requests a {} are allowed but answers", span.word());
                told.push((text, "limit told as 0"));
            }
            if let Some((left, limit)) = window.excess() {
                let (left, limit) = (format::whole(left), format::count(limit));
                let text = format!("the service says {left} of {limit} requests a {} are left", span.word());
                told.push((text, "more left than allowed"));
            }
        }
        let sentence = |(text, brief): (String, &str)| Sentence {
            severity: Severity::Ok,
            text,
            brief: brief.to_owned(),
            advice: None,
        };
        told.into_iter().map(sentence).collect()
    }
}

/// `/me says 10 a minute and the headers 5`: one clause, for half of it would mislead.
fn contradiction(Contradiction { me, headers }: Contradiction, span: LimitPeriod) -> String {
    let word = |limit| match limit {
        Limit::Of(number) => format::count(number),
        Limit::Unlimited => "no limit".to_owned(),
        Limit::Unknown => "nothing".to_owned(),
    };
    let me = match me {
        Limit::Of(_) => format!("{} a {}", word(me), span.word()),
        _ => format!("{} per {}", word(me), span.word()),
    };
    format!("/me says {me} and the headers {}", word(headers))
}

fn zone_name(zone: &TimeZone, at: jiff::Timestamp) -> String {
    zone.to_offset_info(at).abbreviation().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::{Flag, Status};
    use crate::monitor::snapshot::EnvironmentSnapshot;
    use crate::testing::{dev, now};
    use crate::wording::sentences::sentences;

    fn said(environment: &EnvironmentSnapshot) -> Vec<String> {
        sentences(environment, now(), &TimeZone::UTC).into_iter().map(|sentence| sentence.text).collect()
    }

    fn with_day(limit: Limit, remaining: Option<i64>) -> EnvironmentSnapshot {
        EnvironmentSnapshot { day: QuotaWindow { limit, remaining, ..QuotaWindow::default() }, ..dev() }
    }

    #[test]
    fn a_limit_that_is_not_told_is_not_called_none_and_zero_is_neither() {
        let told = |limit| {
            let window = QuotaWindow { limit, ..QuotaWindow::default() };
            (uncounted(&window), allowed(&window, &window))
        };
        let cases = [
            (Limit::Unknown, Some("not told"), "limit per minute not told, daily limit not told"),
            (Limit::Unlimited, Some("no limit"), "no limit per minute, no daily limit"),
            (Limit::Of(0), Some("limit 0"), "0 requests a minute, 0 a day"),
            (Limit::Of(1_000), None, "1,000 requests a minute, 1,000 a day"),
        ];
        for (limit, cell, sentence) in cases {
            assert_eq!(told(limit), (cell.map(str::to_owned), sentence.to_owned()));
        }
        assert_eq!(uncounted(&with_day(Limit::Unknown, Some(40)).day).as_deref(), Some("40 left"));
    }

    #[test]
    fn what_can_not_be_as_the_service_says_is_said() {
        let contradicted = |me, headers| {
            let mut environment = dev();
            environment.minute.contradiction = Contradiction::between(me, headers);
            said(&environment)
        };
        assert_eq!(contradicted(Limit::Of(10), Limit::Of(5)), ["/me says 10 a minute and the headers 5"]);
        assert_eq!(contradicted(Limit::Of(10), Limit::Unlimited), ["/me says 10 a minute and the headers no limit"]);
        assert_eq!(contradicted(Limit::Unlimited, Limit::Of(0)), ["/me says no limit per minute and the headers 0"]);
        assert_eq!(said(&with_day(Limit::Of(0), None)), ["the service says 0 requests a day are allowed but answers"]);
        assert_eq!(said(&with_day(Limit::Of(10), Some(12))), ["the service says 12 of 10 requests a day are left"]);
        assert_eq!(said(&with_day(Limit::Unknown, Some(12))), Vec::<String>::new());
    }

    #[test]
    fn credits_above_the_allowance_or_below_zero_are_true_numbers() {
        let mut environment = dev();
        let account = environment.account.as_mut().unwrap();
        (account.credits_remaining, account.monthly_allowance) = (1_250.0, Some(500.0));
        assert_eq!(said(&environment), ["credits above the allowance: 1,250 of 500"]);
        environment.account.as_mut().unwrap().credits_remaining = -3.0;
        environment.flags = vec![Flag::CreditsOut];
        assert_eq!(said(&environment), ["no credits left: the balance is -3"]);
    }

    #[test]
    fn a_daily_limit_that_is_reached_says_until_when() {
        let reached = |limit, left| {
            let flags = vec![Flag::DailyLimitReached];
            said(&EnvironmentSnapshot { flags, status: Status::Active, ..with_day(limit, Some(left)) })
        };
        let until = "requests left today: the limit is reached until Sun 00:00 UTC";
        assert_eq!(reached(Limit::Of(50), 0), [format!("0 of 50 {until}")]);
        assert_eq!(reached(Limit::Of(50), -3), [format!("-3 of 50 {until}")]);
        assert_eq!(reached(Limit::Unknown, 0), [format!("0 {until}")]);
    }
}
