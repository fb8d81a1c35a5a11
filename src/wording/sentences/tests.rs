mod activity;
mod all_environments;
mod forecast;
mod polls;
mod rotation;
mod short_forms;

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::account::Account;
use crate::domain::api_key::KeySource;
use crate::domain::error::{BodyError, KeyringError, PollError, RequestError};
use crate::domain::key_age::KeyAge;
use crate::domain::last_use::ExternalUse;
use crate::domain::rotation::RotationStage;
use crate::domain::status::{Flag, Severity};
use crate::domain::thresholds::Thresholds;
use crate::monitor::polling::key_verdict::PastFailure;
use crate::monitor::snapshot::{EnvironmentSnapshot, IntervalLimit, NewKeyState, Outage, PollInterval, PollReason};
use crate::testing::*;
use crate::wording::remedies::{RemedyAudience, RemedyReason};

/// Reason for which polls are paused until 14:52.
const PAUSED: &str = ": polling is paused until 14:52 to leave them to your applications";

/// Sentences on an environment: symbols and texts, worst first.
fn said(environment: &EnvironmentSnapshot) -> Vec<String> {
    let symbol = |sentence: &Sentence| match sentence.severity {
        Severity::Ok => "-",
        Severity::Warning => "▲",
        Severity::Unknown => "?",
        Severity::Critical => "✖",
    };
    let sentences = sentences(environment, now(), &TimeZone::UTC);
    sentences.iter().map(|sentence| format!("{} {}", symbol(sentence), sentence.text)).collect()
}

fn advice(environment: &EnvironmentSnapshot) -> Option<RemedyReason> {
    Some(sentences(environment, now(), &TimeZone::UTC).into_iter().next()?.advice?.reason)
}

fn with_credits(credits: f64, flag: Flag) -> EnvironmentSnapshot {
    let account = Account { credits_remaining: credits, ..account("starter", 0.0, 300.0, 10, Some(1_000)) };
    flagged(EnvironmentSnapshot { account: Some(account), ..staging() }, &[flag])
}

fn rotated_by(rotate_by: Timestamp, flag: Flag) -> EnvironmentSnapshot {
    let mut environment = flagged(staging(), &[flag]);
    let created_at = rotate_by - SignedDuration::from_hours(90 * 24);
    environment.key.as_mut().unwrap().age = Some(KeyAge::at(created_at, &Thresholds::default(), now()));
    environment
}

#[test]
fn a_healthy_key_needs_no_words() {
    assert_eq!(said(&dev()), Vec::<String>::new());
    assert_eq!(headline(&dev()), (StatusSymbol::Ok, "active".to_owned()));
}

#[test]
fn each_status_has_its_sentence() {
    let calm = || flagged(staging(), &[]);
    let polling = EnvironmentSnapshot { polling: true, ..waiting(dev()) };
    let cases = vec![
        (no_key("dev"), vec!["? no key yet"]),
        (key_unavailable(&dev()), vec!["? the keyring is locked"]),
        (waiting(dev()), vec!["? not polled yet; first poll at 14:33"]),
        (polling, vec!["? waiting for the first answer"]),
        (
            invalid(dev()),
            vec!["✖ invalid, the service never accepted it (401)", "- checked again at 15:24, then hourly"],
        ),
        (
            revoked(calm()),
            vec![
                "✖ revoked or expired, the service no longer accepts it (401)",
                "▲ the numbers are 2 h old",
                "- checked again at 15:13, then hourly",
            ],
        ),
        (
            forbidden(calm()),
            vec!["✖ the key is valid, but this call is forbidden (403): this key may not read the account"],
        ),
        (rate_limited(calm()), vec!["▲ 429: paused until 14:40"]),
        (
            unreachable(calm()),
            vec![
                "✖ unreachable, no answer from api.trackyard.com within 10 s; next try at 14:33",
                "▲ the numbers are 23 min old",
            ],
        ),
    ];
    for (environment, expected) in cases {
        assert_eq!(said(&environment), expected, "{}", environment.status.as_str());
    }
}

#[test]
fn credits_tell_what_is_left() {
    assert_eq!(said(&with_credits(41.0, Flag::CreditsLow)), ["▲ credits low: 41 of 300 left"]);
    assert_eq!(said(&with_credits(9.5, Flag::CreditsCritical)), ["✖ credits critical: 9.5 of 300 left"]);
    assert_eq!(said(&with_credits(0.0, Flag::CreditsOut)), ["✖ no credits left"]);
    let mut unlimited = with_credits(41.0, Flag::CreditsLow);
    unlimited.account.as_mut().unwrap().monthly_allowance = None;
    assert_eq!(said(&unlimited), ["▲ credits low: 41 left"]);
}

#[test]
fn the_other_flags_have_sentences_too() {
    let mut environment = flagged(staging(), &[Flag::DailyLimitNear, Flag::Stale, Flag::SharedKey, Flag::ClockSkew]);
    environment.day.remaining = Some(81);
    environment.clock_skew = Some(SignedDuration::from_secs(190));
    environment.key.as_mut().unwrap().shared_with = vec!["dev".to_owned(), "qa".to_owned(), "prod".to_owned()];
    let expected = [
        "▲ 81 of 1,000 requests left today",
        "▲ the numbers are 3 min old",
        "▲ the same key as dev, qa and prod",
        "▲ this machine's clock is 3 min behind the service's",
    ];
    assert_eq!(said(&environment), expected);
    environment.clock_skew = Some(SignedDuration::from_secs(-190));
    assert_eq!(said(&environment)[3], "▲ this machine's clock is 3 min ahead of the service's");
}

#[test]
fn flags_of_things_that_are_not_known_stay_silent() {
    let all = [
        Flag::CreditsCritical,
        Flag::CreditsLow,
        Flag::RotateOverdue,
        Flag::RunsOutBeforeReset,
        Flag::DailyLimitNear,
        Flag::DailyLimitReached,
        Flag::Stale,
        Flag::SharedKey,
        Flag::ClockSkew,
    ];
    assert_eq!(said(&flagged(no_key("dev"), &all)), ["? no key yet"]);
}

#[test]
fn a_key_whose_source_is_gone_stays_in_use_and_says_so() {
    let environment = EnvironmentSnapshot { key_failure: key_unavailable(&dev()).key_failure, ..dev() };
    assert_eq!(said(&environment), ["▲ the key in memory stays in use: the keyring is locked"]);
    let failure = environment.key_failure.clone().unwrap();
    assert_eq!(advice(&environment), Some(RemedyReason::KeyFailed(failure)));
}

#[test]
fn the_worst_comes_first_and_names_the_headline() {
    let environment = rate_limited(prod());
    assert_eq!(said(&environment), ["✖ rotate overdue by 5 days, since 16 Nov", "▲ 429: paused until 14:40"]);
    assert_eq!(headline(&environment), (StatusSymbol::Critical, "rotate overdue".to_owned()));
    assert_eq!(headline(&rate_limited(staging())), (StatusSymbol::Warning, "rate limited".to_owned()));
    assert_eq!(headline(&no_key("dev")), (StatusSymbol::NoKey, "no key".to_owned()));
    let confirming = decided(dev(), 1, PollReason::Confirmation);
    assert_eq!(
        headline(&confirming),
        (StatusSymbol::Ok, "refused once".to_owned()),
        "the mark of the severity in the JSON"
    );
}

#[test]
fn the_services_word_that_no_credits_are_left_is_quoted() {
    let refusal = PastFailure { cause: answered(402, "Buy more"), at: minutes_ago(2) };
    let environment = EnvironmentSnapshot { refusal: Some(refusal), ..flagged(calm_prod(), &[Flag::CreditsOut]) };
    let told = said(&environment);
    let expected = "the service says that the account is out of credits (402): Buy more, 2 min ago";
    assert!(told[0].contains(expected), "{told:?}");
}

#[test]
fn figures_of_flags_tell_when_they_were_read_once_they_are_not_of_now() {
    let mut low = with_credits(41.0, Flag::CreditsLow);
    low.fresh = false;
    low.polled_at = Some(minutes_ago(200));
    assert_eq!(said(&low), ["▲ credits low: 41 of 300 left (read 3 h ago)"]);
}

#[test]
fn two_clocks_that_differ_are_said_to() {
    let told = |environment: EnvironmentSnapshot| said(&flagged(environment, &[Flag::ClockSkew]));
    let ahead = Some(now() + SignedDuration::from_mins(190));
    let mut used = staging();
    used.account.as_mut().unwrap().last_used_at = ahead;
    assert_eq!(told(used), ["▲ the last use of the key is 3 h ahead of this machine's clock"]);
    let mut created = staging();
    created.account.as_mut().unwrap().created_at = ahead;
    assert_eq!(told(created), ["▲ the creation of the key is 3 h ahead of this machine's clock"]);
    let set_back = EnvironmentSnapshot { polled_at: ahead, ..staging() };
    assert_eq!(told(set_back), ["▲ the time of the last answer is 3 h ahead of this machine's clock"]);
}
