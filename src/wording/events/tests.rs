use proptest::prelude::*;

use super::*;
use crate::domain::alert::{Observation, ObservationDetail, Since};
use crate::domain::history_error::{HistoryErrorDetails, HistoryErrorKind};
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::{Flag, Severity, Status};
use jiff::SignedDuration;

const NOW: &str = "2026-11-28T18:42:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn told(fact: EventFact) -> String {
    let entry = LogEntry { at: at(NOW), environment: None, severity: Severity::Warning, fact };
    event(&entry, at(NOW), &TimeZone::UTC)
}

fn holds(condition: Condition, since: Since, detail: ObservationDetail) -> String {
    told(EventFact::Began(Observation { condition, since, detail }))
}

#[test]
fn the_end_of_each_flag_says_how_it_is_now() {
    let over = |flag| told(EventFact::FlagOver(flag));
    assert_eq!(over(Flag::RotateOverdue), "rotated in time again");
    assert_eq!(over(Flag::CreditsOut), "credits are back");
    assert_eq!(over(Flag::Stale), "numbers are fresh again");
    assert_eq!(over(Flag::ClockSkew), "clock is right again");
    for condition in Condition::all() {
        let text = conditions::over(condition);
        assert!(!text.contains("over") && text != conditions::name(condition), "{text}");
    }
}

#[test]
fn a_limit_is_told_with_what_it_was() {
    let change = EventFact::Plan(PlanChange::MinuteLimit { old: Limit::Of(1_000), new: Limit::Of(100) });
    assert_eq!(told(change), "limit is now 100 requests a minute (was 1,000)");
}

#[test]
fn a_rise_is_told_with_its_size() {
    let balance = |cause, from, to| told(EventFact::Balance { cause, from, to });
    assert_eq!(balance(BalanceCause::TopUp, 222.0, 272.0), "credits rose by 50, to 272");
    assert_eq!(balance(BalanceCause::Reset, 12.0, 300.0), "credits filled up: rose by 288, to 300");
    assert_eq!(balance(BalanceCause::Plan, 222.0, 50.0), "credits fell by 172, to 50, with the new plan");
}

#[test]
fn what_began_before_it_was_noticed_is_told_with_since_when() {
    let due = at("2026-11-23T10:00:00Z");
    let overdue = Condition::Flag(Flag::RotateOverdue);
    assert_eq!(holds(overdue, Since::Fact(due), ObservationDetail::RotateBy(due)), "rotation overdue since 23 Nov");
    let (revoked, refused) = (Condition::Status(Status::Revoked), Since::Fact(at("2026-11-28T16:05:00Z")));
    let words = "the key was revoked or has expired";
    assert_eq!(holds(revoked, refused, ObservationDetail::Plain), format!("{words}, since 16:05"));
    assert_eq!(holds(revoked, Since::Fact(at(NOW)), ObservationDetail::Plain), words);
    assert_eq!(holds(revoked, Since::Seen(due), ObservationDetail::Plain), words, "since when it is so is not known");
}

#[test]
fn a_sink_is_told_in_full_with_the_receivers_own_word() {
    let fails = |sink, failure| told(EventFact::Sink(sink, Some(failure)));
    let said = |said: &str| Some(said.to_owned());
    let answered = |status, said| SinkError::Answered { host: "hooks.example.com".to_owned(), status, said };
    let webhook = |status, said| fails(SinkKind::Webhook, answered(status, said));
    assert_eq!(
        webhook(403, said("invalid_token")),
        "alerts by webhook fail: hooks.example.com answered 403: \"invalid_token\""
    );
    assert_eq!(webhook(500, None), "alerts by webhook fail: hooks.example.com answered 500");
    let failed = SinkError::Failed {
        program: "page-me".to_owned(),
        status: "exit status: 3".to_owned(),
        said: said("no such user"),
    };
    let expected = "alerts by command fail: page-me failed (exit status: 3): \"no such user\"";
    assert_eq!(fails(SinkKind::Command, failed), expected);
    let refused = SinkError::Refused { said: said("org.freedesktop.DBus.Error.AccessDenied not allowed") };
    let expected = "alerts by desktop fail: the notification service refused it: \
                    \"org.freedesktop.DBus.Error.AccessDenied not allowed\"";
    assert_eq!(fails(SinkKind::Desktop, refused), expected);
    assert_eq!(told(EventFact::Sink(SinkKind::Desktop, None)), "alerts by desktop are taken again");
}

#[test]
fn an_unusual_hour_may_end_at_midnight() {
    let unusual = UsageAnomaly::UnusedHour { hour: 24 * 20_000 + 23, calls: 10 };
    assert!(told(EventFact::Unusual(unusual)).starts_with("10 calls between 23:00 and 00:00 UTC"));
}

#[test]
fn what_is_wrong_with_the_history_is_told_with_what_to_do() {
    let failure = HistoryErrorDetails {
        kind: HistoryErrorKind::DiskFull,
        file: Some("/home/ada/history.db".to_owned()),
        said: String::new(),
    };
    assert_eq!(
        told(EventFact::History(Some(failure))),
        "the history can't grow: the disk is full (/home/ada/history.db): Free some space; samples are kept again from \
         then on."
    );
}

proptest! {
    #[test]
    fn no_line_acts_on_a_screen(text: String, hour: i64, seconds: i32) {
        let said = || Some(text.clone());
        for fact in [
            EventFact::Earlier { kind: EventFact::Reached.kind(), text: text.clone() },
            EventFact::Plan(PlanChange::Tier { old: text.clone(), new: text.clone() }),
            EventFact::Unusual(UsageAnomaly::FirstCall { endpoint: text.clone() }),
            EventFact::Acknowledged { condition: Condition::Offline, by: text.clone(), note: Some(text.clone().into()) },
            EventFact::Unacknowledged { condition: Condition::Offline, by: text.clone() },
            EventFact::Sink(SinkKind::Desktop, Some(SinkError::Refused { said: said() })),
            EventFact::Unusual(UsageAnomaly::UnusedHour { hour, calls: 1 }),
            EventFact::ClockSet(SignedDuration::from_secs(i64::from(seconds))),
        ] {
            prop_assert!(!told(fact).chars().any(char::is_control));
        }
    }
}
