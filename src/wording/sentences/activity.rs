//! Activity of a key in words: who uses it for what, and how well that is known.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::last_use::used_ago;
use super::symbol::StatusSymbol;
use crate::domain::activity::{ActivityRecord, SummarySpan};
use crate::domain::status::Status;
use crate::domain::time::Distance;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::monitor::usage::ActivityError;
use crate::wording::format;
use crate::wording::{history_errors, request_errors, times};

/// Calls are summed up by the hour; a list that was read so short a while ago is of now.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The calls of others in a day, for a line: `412 calls by your apps in 24 h, 98 % /search, 3 errors`. What was not
/// read lately carries its time. `None` where nothing is known.
#[must_use]
pub fn activity(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let record = environment.activity.record.as_ref()?;
    let read_at = record.read_at?;
    if !is_activity_known(environment, SummarySpan::Day, now) {
        return Some(format!("not known: the list of calls was read {}", times::moment(read_at, now, zone)));
    }
    let distance = Distance::between(environment.activity_known_until().unwrap_or(read_at), now);
    let is_known = distance.ahead().is_none() && distance.past() < KNOWN_FOR;
    let as_of = if is_known { String::new() } else { format!(", {}", times::as_of(read_at, now, zone)) };
    let summary = record.summary(SummarySpan::Day);
    let all = summary.by_others();
    if all.calls == 0 {
        return Some(format!("no calls by your apps in 24 h{as_of}"));
    }
    let is_partial = !is_known || missing_before(record, SummarySpan::Day, now).is_some();
    let at_least = if is_partial { "at least " } else { "" };
    let mut text = format!("{at_least}{} by your apps in 24 h{as_of}", calls(all.calls));
    if let Some(first) = summary.others.first() {
        let share = format::percent(ratio(first.total.calls, all.calls));
        let _ = write!(text, ", {share} {}", first.endpoint);
    }
    if all.errors > 0 {
        let plural = if all.errors == 1 { "" } else { "s" };
        let _ = write!(text, ", {} error{plural}", format::count(all.errors));
    }
    Some(text)
}

/// True when anything is known of the calls of a span that ends now.
#[must_use]
pub fn is_activity_known(environment: &EnvironmentSnapshot, span: SummarySpan, now: Timestamp) -> bool {
    let span = SignedDuration::from_hours(span.hours());
    environment.activity_known_until().is_some_and(|until| Distance::between(until, now).past() < span)
}

/// Last call by others, time of the last reading, and what keeps it from being known, each with its symbol, if any.
#[must_use]
pub fn activity_state(
    environment: &EnvironmentSnapshot,
    span: SummarySpan,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<(Option<StatusSymbol>, String)> {
    if environment.status == Status::NoKey {
        return vec![(Some(StatusSymbol::NoKey), "there is no key".to_owned())];
    }
    let activity = &environment.activity;
    let last = environment.others_use.map(|used| format!("last call by others {}", used_ago(used, now)));
    let read_at = activity.record.as_ref().and_then(|record| record.read_at);
    let unknown = if read_at.is_some() { "no call by others is listed" } else { "no call by others is known" };
    let next = activity.next_at.map(|at| times::moment(at, now, zone));
    let read = match (activity.reading, read_at, next) {
        (true, _, None) => "reading the list of calls now".to_owned(),
        (true, _, Some(next)) => format!("reading the list of calls, more of it at {next}"),
        (false, Some(at), None) => format!("list of calls read {}", read_ago(at, now)),
        (false, Some(at), Some(next)) => format!("list of calls read {}, again at {next}", read_ago(at, now)),
        (false, None, Some(next)) => format!("the list of calls will be read at {next}"),
        (false, None, None) => "the list of calls was not read yet".to_owned(),
    };
    let is_readable = read_at.is_some() || !matches!(activity.error, Some(ActivityError::NotAvailable(_)));
    let mut state = vec![(None, last.unwrap_or_else(|| unknown.to_owned()))];
    state.extend(is_readable.then_some((None, read)));
    state.extend(activity.error.as_ref().map(|error| (Some(StatusSymbol::Warning), activity_error(error))));
    let missing = activity.record.as_ref().and_then(|record| missing_before(record, span, now));
    state.extend(missing.map(|before| {
        let before = times::moment(before, now, zone);
        (Some(StatusSymbol::Unknown), format!("incomplete: there were more calls before {before} than could be read"))
    }));
    state
}

fn activity_error(error: &ActivityError) -> String {
    match error {
        ActivityError::NotAvailable(failure) => {
            format!(
                "/usage is not available with this key, so last use is estimated: {}",
                request_errors::clause(&failure.cause)
            )
        }
        ActivityError::Failed(failure) => {
            format!("the list could not be read: {}; it is tried again", request_errors::clause(&failure.cause))
        }
        ActivityError::OverBudget => {
            "this monitor's share of the day's requests is used up: the list is read when some are free".to_owned()
        }
        ActivityError::History(failure) => history_errors::sentence_and_remedy(failure),
    }
}

/// Moment before which calls are missing in a span, if any are.
fn missing_before(record: &ActivityRecord, span: SummarySpan, now: Timestamp) -> Option<Timestamp> {
    let start = now.saturating_sub(SignedDuration::from_hours(span.hours())).unwrap_or(Timestamp::MIN);
    record.known_from.filter(|known| *known > start)
}

fn read_ago(at: Timestamp, now: Timestamp) -> String {
    match times::ago(at, now) {
        ago if ago == "now" => "just now".to_owned(),
        ago => ago,
    }
}

fn calls(count: u64) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{} calls", format::count(count)) }
}

/// The part of a whole, 0 where there is none.
#[expect(clippy::cast_precision_loss, reason = "the shares of counts beyond 2^52 need not be exact")]
#[must_use]
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
