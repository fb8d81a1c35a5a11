//! Table of `status`, and under it the sentences about what needs someone.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::columns;
use crate::domain::quota::QuotaWindow;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::wording::format;
use crate::wording::remedies::RemedyAudience;
use crate::wording::sentences::{self, Sentence};
use crate::wording::times;

const UNKNOWN: &str = "–";

/// Table of a snapshot, with the sentences about it below.
#[must_use]
pub fn table(snapshot: &Snapshot, zone: &TimeZone) -> String {
    let now = snapshot.at;
    let heading = ["ENVIRONMENT", "STATUS", "CREDITS", "MINUTE", "DAY", "USED BY OTHERS", "KEY", "SAMPLE"];
    let rows = snapshot.environments.iter().map(|environment| row(environment, now));
    let mut table = columns::aligned(std::iter::once(heading.map(str::to_owned)).chain(rows));
    for (number, (environment, sentence)) in sentences::shared_then_own(snapshot, now, zone).into_iter().enumerate() {
        let gap = if number == 0 { "\n" } else { "" };
        let name = environment.map(|environment| format!("{}: ", environment.environment.name)).unwrap_or_default();
        // Writing to a text can't fail.
        let _ = writeln!(table, "{gap}{name}{}", sentence_text(sentence));
    }
    table
}

/// Text of a sentence with its remedy.
fn sentence_text(sentence: Sentence) -> String {
    let advice = sentence.advice.map(|advice| format!(" {}", advice.sentence(&RemedyAudience::CommandLine)));
    format!("{}.{}", sentence.text.trim_end_matches('.'), advice.unwrap_or_default())
}

fn row(environment: &EnvironmentSnapshot, now: Timestamp) -> [String; 8] {
    let key = environment.key.as_ref().and_then(|key| key.age);
    let used = environment.others_use.map(|used| sentences::used_ago(used, now));
    [
        environment.environment.name.to_string(),
        sentences::headline(environment).1,
        credits(environment),
        window(environment, &environment.minute, now),
        window(environment, &environment.day, now),
        used.unwrap_or_else(unknown),
        key.map_or_else(unknown, |age| sentences::key_age(&age, now)),
        environment.polled_at.map_or_else(unknown, |at| times::ago(at, now)),
    ]
}

fn credits(environment: &EnvironmentSnapshot) -> String {
    let Some(account) = &environment.account else {
        return unknown();
    };
    let left = format::credits(account.credits_remaining);
    match (account.monthly_allowance, account.credits_ratio()) {
        (Some(allowance), Some(ratio)) => {
            format!("{left} of {} ({})", format::credits(allowance), format::percent(ratio))
        }
        (Some(allowance), None) => format!("{left} of {}", format::credits(allowance)),
        (None, _) => left,
    }
}

fn window(environment: &EnvironmentSnapshot, window: &QuotaWindow, now: Timestamp) -> String {
    if environment.account.is_none() {
        return unknown();
    }
    if let Some(read_at) = environment.polled_at.filter(|_| window.is_over) {
        return format!("{UNKNOWN}, read {}", times::short_ago(read_at, now));
    }
    sentences::uncounted(window).unwrap_or_else(|| {
        let used = window.used().map_or_else(|| "?".to_owned(), format::count);
        format!("{used} of {}", window.limit.cap().map(format::count).unwrap_or_default())
    })
}

fn unknown() -> String {
    UNKNOWN.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Account;
    use crate::domain::limit::Limit;
    use crate::testing::{dev, no_key, now};

    #[test]
    fn a_window_is_told_as_it_is_known() {
        let cell =
            |limit, remaining| window(&dev(), &QuotaWindow { limit, remaining, ..QuotaWindow::default() }, now());
        assert_eq!(cell(Limit::Of(50), Some(47)), "3 of 50");
        assert_eq!(cell(Limit::Of(50), Some(-3)), "53 of 50");
        assert_eq!([cell(Limit::Of(50), None), cell(Limit::Of(10), Some(12))], ["? of 50", "? of 10"]);
        assert_eq!([cell(Limit::Unlimited, None), cell(Limit::Unlimited, Some(-1))], ["no limit", "no limit"]);
        assert_eq!([cell(Limit::Unknown, None), cell(Limit::Unknown, Some(40))], ["not told", "40 left"]);
        assert_eq!(cell(Limit::Of(0), Some(0)), "limit 0");
        assert_eq!(window(&no_key("dev"), &QuotaWindow::default(), now()), "–");
    }

    #[test]
    fn credits_are_told_with_an_allowance_of_any_kind() {
        let cell = |credits_remaining, monthly_allowance| {
            let account = Account { credits_remaining, monthly_allowance, ..dev().account.unwrap() };
            credits(&EnvironmentSnapshot { account: Some(account), ..dev() })
        };
        assert_eq!(cell(1_250.0, Some(500.0)), "1,250 of 500 (250 %)");
        assert_eq!([cell(5.0, Some(0.0)), cell(5.0, Some(-1.0)), cell(5.0, None)], ["5 of 0", "5 of -1", "5"]);
        assert_eq!(cell(-3.0, Some(300.0)), "-3 of 300 (-1 %)");
        assert_eq!(cell(987_654_321_012_345.0, Some(1e18)), "987,654,321,012,345 of about 1,000,000,000,000,000,000");
    }
}
