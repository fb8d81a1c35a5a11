//! Polls in words.

use super::*;
use crate::wording::sentences::polls;

#[test]
fn what_delays_the_next_poll_is_told() {
    let told = |reason| said(&decided(flagged(staging(), &[]), 20, reason)).concat();
    assert_eq!(told(PollReason::Interval), "");
    assert_eq!(told(PollReason::Confirmation), "▲ refused once (401); asked again at 14:52");
    assert_eq!(told(PollReason::Paused), "- timed polls are paused");
    assert_eq!(told(PollReason::Budget), "- own share of today is used up; next poll at 14:52");
    assert_eq!(told(PollReason::Refresh), "- per-minute limit reached; refreshing at 14:52");
    assert_eq!(told(PollReason::Reserve), "- few requests were left; next poll at 14:52");
    let mut near = decided(flagged(staging(), &[Flag::DailyLimitNear]), 20, PollReason::Reserve);
    near.day.remaining = Some(81);
    let expected = format!("▲ 81 of 1,000 requests left today{PAUSED}");
    assert_eq!(said(&near), [expected]);
}

#[test]
fn the_interval_says_why() {
    let why = |limit| poll_interval(PollInterval { interval: SignedDuration::from_secs(432), limit });
    assert_eq!(why(IntervalLimit::Day(0.2, 1_000)), "every 7 min 12 s: 20 % of 1,000 requests a day");
    assert_eq!(why(IntervalLimit::Minute(0.2, 5)), "every 7 min 12 s: 20 % of 5 requests a minute");
    assert_eq!(why(IntervalLimit::Target), "every 7 min 12 s");
    let minute = PollInterval { interval: SignedDuration::from_mins(1), limit: IntervalLimit::Target };
    assert_eq!(poll_interval(minute), "every minute");
    assert_eq!(why(IntervalLimit::EarlierCalls), "every 7 min 12 s: earlier calls took much of today's share");
}

#[test]
fn the_next_poll_is_told_in_few_words() {
    let next = |environment: &EnvironmentSnapshot| next_poll(environment, now(), &TimeZone::UTC);
    assert_eq!(next(&dev()), "next at 16:44");
    assert_eq!(next(&no_key("dev")), "no key to poll with");
    assert_eq!(next(&decided(dev(), 5, PollReason::Paused)), "paused");
    assert_eq!(next(&EnvironmentSnapshot { polling: true, ..dev() }), "polling now");
    assert_eq!(next(&decided(dev(), 10 * 60, PollReason::Interval)), "next Sun 00:32");
}

#[test]
fn a_poll_that_is_held_back_says_why_and_no_interval() {
    let told = |environment: &EnvironmentSnapshot| poll_schedule(environment, now(), &TimeZone::UTC);
    let because = |reason| told(&decided(staging(), 15, reason));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(because(PollReason::Interval), some("every 7 min 12 s: 20 % of 1,000 requests a day; next at 14:47"));
    assert_eq!(because(PollReason::RateLimited), some("next at 14:47: the service asked to wait"));
    assert_eq!(because(PollReason::Backoff), some("retrying at 14:47, then less and less often"));
    assert_eq!(told(&forbidden(staging())), some("retrying at 14:47, until the call is allowed"));
    let polling = EnvironmentSnapshot { polling: true, ..rate_limited(staging()) };
    assert_eq!(told(&polling), some("every 7 min 12 s: 20 % of 1,000 requests a day; polling now"));
}

#[test]
fn when_a_poll_comes_is_said_once() {
    for reason in [PollReason::Refused, PollReason::Reserve, PollReason::Budget, PollReason::Confirmation] {
        let environment = decided(staging(), 15, reason);
        let sentences = said(&environment);
        assert!(sentences.iter().any(|sentence| sentence.contains("14:47")), "{sentences:?}");
        assert_eq!(poll_schedule(&environment, now(), &TimeZone::UTC), None, "{reason:?}");
    }
    let hourly = |seen| EnvironmentSnapshot { failure_seen_at: Some(minutes_ago(seen)), ..invalid(dev()) };
    let said = |environment: &EnvironmentSnapshot| polls::checked_again(environment, now(), &TimeZone::UTC);
    assert_eq!(said(&hourly(8)), "checked again at 15:24, then hourly");
    let soon = decided(
        EnvironmentSnapshot { failure_seen_at: Some(minutes_ago(0)), ..invalid(dev()) },
        5,
        PollReason::Refused,
    );
    assert_eq!(said(&soon), "checked again at 14:37, then less and less often");
}

#[test]
fn a_first_refusal_that_waits_for_its_confirmation_says_so() {
    let environment = decided(waiting(dev()), 1, PollReason::Confirmation);
    assert_eq!(said(&environment), ["? refused once (401); asked again at 14:33"]);
    assert_eq!(headline(&environment), (StatusSymbol::Unknown, "refused once".to_owned()));
}
