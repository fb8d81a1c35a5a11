mod forecast;
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
use crate::domain::thresholds::Thresholds;
use crate::monitor::polling::key_verdict::PastFailure;
use crate::monitor::snapshot::{IntervalLimit, NewKeyState, Outage, PollInterval};
use crate::testing::*;
use crate::wording::remedies::RemedyAudience;

/// Why polls are paused until 14:52.
const PAUSED: &str = ": polling is paused until 14:52 to leave them to your applications";

/// What is said of a report: marks and texts, worst first.
fn said(report: &EnvironmentSnapshot) -> Vec<String> {
    let mark = |sentence: &Sentence| match sentence.severity {
        Severity::Ok => "-",
        Severity::Warning => "▲",
        Severity::Unknown => "?",
        Severity::Critical => "✖",
    };
    let sentences = sentences(report, now(), &TimeZone::UTC);
    sentences.iter().map(|sentence| format!("{} {}", mark(sentence), sentence.text)).collect()
}

fn advice(report: &EnvironmentSnapshot) -> Option<RemedyReason> {
    Some(sentences(report, now(), &TimeZone::UTC).into_iter().next()?.advice?.fact)
}

fn with_credits(credits: f64, flag: Flag) -> EnvironmentSnapshot {
    let account = Account { credits_remaining: credits, ..account("starter", 0.0, 300.0, 10, Some(1_000)) };
    flagged(EnvironmentSnapshot { account: Some(account), ..staging() }, &[flag])
}

fn rotated_by(rotate_by: Timestamp, flag: Flag) -> EnvironmentSnapshot {
    let mut report = flagged(staging(), &[flag]);
    let created_at = rotate_by - SignedDuration::from_hours(90 * 24);
    report.key.as_mut().unwrap().age = Some(KeyAge::at(created_at, &Thresholds::default(), now()));
    report
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
    for (report, expected) in cases {
        assert_eq!(said(&report), expected, "{}", report.status.as_str());
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
fn rotation_tells_the_date_and_the_days() {
    let soon = |minutes: i64| said(&rotated_by(minutes_ago(-minutes), Flag::RotateSoon));
    let overdue = |minutes: i64| said(&rotated_by(minutes_ago(minutes), Flag::RotateOverdue));
    let day = 24 * 60;
    assert_eq!(soon(9 * day), ["▲ rotate by 30 Nov, in 9 days"]);
    assert_eq!(soon(60), ["▲ rotate by 21 Nov, within 1 day"]);
    assert_eq!(soon(50 * day), ["▲ rotate by 10 Jan 2027, in 50 days"]);
    assert_eq!(overdue(0), ["✖ rotate overdue since 21 Nov"]);
    assert_eq!(overdue(60), ["✖ rotate overdue since 21 Nov"]);
    assert_eq!(overdue(5 * day), ["✖ rotate overdue by 5 days, since 16 Nov"]);
    assert_eq!(advice(&prod()), Some(RemedyReason::RotationDue));
}

#[test]
fn dates_are_local() {
    let report = rotated_by("2026-11-30T23:30:00Z".parse().unwrap(), Flag::RotateSoon);
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    assert_eq!(sentences(&report, now(), &zone)[0].text, "rotate by 1 Dec, in 10 days");
}

#[test]
fn the_other_flags_have_sentences_too() {
    let mut report = flagged(staging(), &[Flag::DailyLimitNear, Flag::Stale, Flag::SharedKey, Flag::ClockSkew]);
    report.day.remaining = Some(81);
    report.clock_skew = Some(SignedDuration::from_secs(190));
    report.key.as_mut().unwrap().shared_with = vec!["dev".to_owned(), "qa".to_owned(), "prod".to_owned()];
    let expected = [
        "▲ 81 of 1,000 requests left today",
        "▲ the numbers are 3 min old",
        "▲ the same key as dev, qa and prod",
        "▲ this machine's clock is 3 min behind the service's",
    ];
    assert_eq!(said(&report), expected);
    report.clock_skew = Some(SignedDuration::from_secs(-190));
    assert_eq!(said(&report)[3], "▲ this machine's clock is 3 min ahead of the service's");
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
fn a_key_whose_source_is_gone_stays_in_use_and_says_so() {
    let report = EnvironmentSnapshot { key_failure: key_unavailable(&dev()).key_failure, ..dev() };
    assert_eq!(said(&report), ["▲ the key in memory stays in use: the keyring is locked"]);
    let failure = report.key_failure.clone().unwrap();
    assert_eq!(advice(&report), Some(RemedyReason::KeyFailed(failure)));
}

#[test]
fn the_worst_comes_first_and_names_the_headline() {
    let report = rate_limited(prod());
    assert_eq!(said(&report), ["✖ rotate overdue by 5 days, since 16 Nov", "▲ 429: paused until 14:40"]);
    assert_eq!(headline(&report), (StatusSymbol::Critical, "rotate overdue".to_owned()));
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
fn a_machine_without_a_network_is_told_once() {
    let mut overview = overview(vec![unreachable(dev()), unreachable(staging())]);
    assert_eq!(outage(&overview, now(), &TimeZone::UTC), None);
    let reports = overview.environments.iter_mut().map(Arc::make_mut);
    reports.for_each(|report| *report.poll_failure.as_mut().unwrap().cause = offline().cause);
    overview.outage = Some(offline());
    let sentence = outage(&overview, now(), &TimeZone::UTC).unwrap();
    assert_eq!(
        sentence.text,
        "this machine seems to be offline, the address of api.trackyard.com could not be found; next try at 14:33"
    );
    let of_each = sentences_among(&overview, &overview.environments[0], now(), &TimeZone::UTC);
    assert_eq!(
        of_each.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>(),
        ["the numbers are 23 min old"]
    );
}

#[test]
fn a_service_that_fails_every_environment_is_told_once_by_its_cause() {
    let mut overview = overview(vec![unreachable(dev()), unreachable(staging())]);
    let cause = (*overview.environments[0].poll_failure.as_ref().unwrap().cause).clone();
    overview.outage = Some(Outage { cause, since: minutes_ago(9) });
    let sentence = outage(&overview, now(), &TimeZone::UTC).unwrap();
    assert_eq!(
        sentence.text,
        "no environment can be reached, no answer from api.trackyard.com within 10 s; next try at 14:33"
    );
    let of_each = sentences_among(&overview, &overview.environments[1], now(), &TimeZone::UTC);
    assert!(of_each.iter().all(|sentence| !sentence.text.contains("no answer")), "{of_each:?}");
    *Arc::make_mut(&mut overview.environments[1]).poll_failure.as_mut().unwrap().cause = answered(503, "busy");
    let of_each = sentences_among(&overview, &overview.environments[1], now(), &TimeZone::UTC);
    assert!(of_each[0].text.contains("the service answered 503: busy"), "what differs is told: {of_each:?}");
}

#[test]
fn the_services_word_that_no_credits_are_left_is_quoted() {
    let refusal = PastFailure { cause: answered(402, "Buy more"), at: minutes_ago(2) };
    let report = EnvironmentSnapshot { refusal: Some(refusal), ..flagged(calm_prod(), &[Flag::CreditsOut]) };
    let told = said(&report);
    let expected = "the service says that the account is out of credits (402): Buy more, 2 min ago";
    assert!(told[0].contains(expected), "{told:?}");
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
    let next = |report: &EnvironmentSnapshot| next_poll(report, now(), &TimeZone::UTC);
    assert_eq!(next(&dev()), "next at 16:44");
    assert_eq!(next(&no_key("dev")), "no key to poll with");
    assert_eq!(next(&decided(dev(), 5, PollReason::Paused)), "paused");
    assert_eq!(next(&EnvironmentSnapshot { polling: true, ..dev() }), "polling now");
    assert_eq!(next(&decided(dev(), 10 * 60, PollReason::Interval)), "next Sun 00:32");
}

#[test]
fn a_poll_that_is_held_back_says_why_and_no_interval() {
    let told = |report: &EnvironmentSnapshot| poll_schedule(report, now(), &TimeZone::UTC);
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
        let report = decided(staging(), 15, reason);
        let sentences = said(&report);
        assert!(sentences.iter().any(|sentence| sentence.contains("14:47")), "{sentences:?}");
        assert_eq!(poll_schedule(&report, now(), &TimeZone::UTC), None, "{reason:?}");
    }
    let hourly = |seen| EnvironmentSnapshot { failure_seen_at: Some(minutes_ago(seen)), ..invalid(dev()) };
    let said = |report: &EnvironmentSnapshot| polls::checked_again(report, now(), &TimeZone::UTC);
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
    let report = decided(waiting(dev()), 1, PollReason::Confirmation);
    assert_eq!(said(&report), ["? refused once (401); asked again at 14:33"]);
    assert_eq!(headline(&report), (StatusSymbol::Unknown, "refused once".to_owned()));
}

#[test]
fn a_sentence_that_does_not_fit_loses_clauses_then_becomes_brief() {
    let mut near = decided(flagged(staging(), &[Flag::DailyLimitNear]), 20, PollReason::Reserve);
    near.day.remaining = Some(81);
    let sentence = sentences(&near, now(), &TimeZone::UTC).remove(0);
    let fitting = |length: usize| sentence.fitting(|form| form.len() <= length);
    assert_eq!(fitting(97), sentence.text);
    assert_eq!(fitting(96), "81 of 1,000 requests left today: polling is paused until 14:52");
    assert_eq!(fitting(40), "81 of 1,000 requests left today");
    assert_eq!(fitting(0), "81 of 1,000 requests left today");
    let budget = sentences(&decided(calm_staging(), 20, PollReason::Budget), now(), &TimeZone::UTC).remove(0);
    assert_eq!(budget.fitting(|form| form.len() <= 40), "own share of today is used up");
}

#[test]
fn a_keyring_is_told_once_only_if_it_fails_all_alike() {
    let failing = || vec![key_unavailable(&dev()), key_unavailable(&prod())];
    let told = |reports| keyless(&overview(reports)).map(|sentence| sentence.text);
    assert_eq!(told(failing()).as_deref(), Some("key unavailable: the keyring is locked"));
    assert_eq!(told(failing()[..1].to_vec()), None);
    assert_eq!(told([failing(), vec![staging()]].concat()), None);
    let mut differing = failing();
    differing[1].key_failure = Some(keyring_failure(&differing[1].environment.name, KeyringError::Deaf));
    assert_eq!(told(differing), None);
    assert_eq!(told(Vec::new()), None);
}

#[test]
fn what_is_said_before_a_but_never_stands_alone() {
    let forbidden = &sentences(&forbidden(staging()), now(), &TimeZone::UTC)[0];
    assert_eq!(
        forbidden.gist(),
        "the key is valid, but this call is forbidden (403): this key may not read the account"
    );
    assert_eq!(forbidden.fitting(|form| form.len() < 20), "forbidden");
}

#[test]
fn the_gist_is_the_first_clause() {
    let gist = |report: &EnvironmentSnapshot| sentences(report, now(), &TimeZone::UTC)[0].gist().to_owned();
    assert_eq!(gist(&prod()), "rotate overdue by 5 days");
    assert_eq!(gist(&rate_limited(dev())), "429: paused until 14:40");
    let refused = sentences(&forbidden(dev()), now(), &TimeZone::UTC).remove(0);
    assert_eq!(refused.gist(), refused.text, "that the key is valid is not the whole truth");
    assert_eq!(refused.fitting(|form| form.len() <= 40), "forbidden");
    assert_eq!(gist(&decided(calm_staging(), 20, PollReason::Budget)), "own share of today is used up");
    let mut near = decided(flagged(staging(), &[Flag::DailyLimitNear]), 20, PollReason::Reserve);
    near.day.remaining = Some(81);
    assert_eq!(gist(&near), "81 of 1,000 requests left today");
}

#[test]
fn no_short_form_says_what_the_whole_sentence_takes_back() {
    let of = |report: EnvironmentSnapshot| sentences(&report, now(), &TimeZone::UTC).remove(0);
    let mut misread = unreachable(staging());
    *misread.poll_failure.as_mut().unwrap().cause = RequestError::Body { status: 200, fault: BodyError::NotJson };
    for report in [forbidden(staging()), misread] {
        let sentence = of(report);
        for width in 0..sentence.text.len() {
            let short = sentence.fitting(|form| form.len() <= width);
            let is_cut_short = short.ends_with("the key is valid") || short.ends_with("the service answered 200");
            assert!(!is_cut_short, "{short}");
        }
    }
}

#[test]
fn a_rotation_tells_what_it_waits_for() {
    let told = |stage| said(&rotating(calm_staging(), stage));
    assert_eq!(told(RotationStage::Started), ["▲ rotation since 18 Nov: waiting for the new key"]);
    assert_eq!(told(RotationStage::Promoting), ["- rotation since 18 Nov: the new key is being put in place"]);
    assert_eq!(told(RotationStage::Watching), ["▲ old key …a01b still used 4 min ago"]);
    assert_eq!(told(RotationStage::RollingBack), ["- rotation since 18 Nov: the old key is being put back"]);
    assert_eq!(told(RotationStage::RolledBack), ["▲ rotation since 18 Nov: rolled back"]);
    assert_eq!(told(RotationStage::Abandoning), ["- rotation since 18 Nov: it is being given up"]);
    assert_eq!(told(RotationStage::Erasing), ["- rotation since 18 Nov: the old key is refused, and is being erased"]);
    for stage in [RotationStage::Completed, RotationStage::Abandoned] {
        assert_eq!(told(stage), Vec::<String>::new());
    }
    assert_eq!(advice(&rotating(calm_staging(), RotationStage::Started)), Some(RemedyReason::RotationWaits));
    assert_eq!(advice(&rotating(calm_staging(), RotationStage::Promoting)), None);
}

#[test]
fn nobody_is_told_to_revoke_the_old_key_while_the_new_one_does_not_answer() {
    let unused = |new_key| {
        let mut report = used(rotating(staging(), RotationStage::Watching), 185);
        report.rotation.as_mut().unwrap().new_key = new_key;
        said(&report).concat()
    };
    let failure = PollError::new(RequestError::Stranger { host: "api.trackyard.com".into(), status: 511 }, true);
    assert!(unused(NewKeyState::Answers).contains("revoke it"));
    assert_eq!(unused(NewKeyState::Unknown), "- old key …a01b unused for 3 h");
    let told = "▲ don't revoke the old key …a01b: the new one can't be checked now (this network asks to sign in \
                before it lets anything through (511)); keep both";
    assert_eq!(unused(NewKeyState::Fails(failure)), told);
    let answered = |status| {
        let failure = PollError::new(RequestError::Status { status, said: None }, true);
        unused(NewKeyState::Fails(failure))
    };
    for (status, silent, way_out) in [
        (401, "does not work", "roll back"),
        (403, "does not work", "roll back"),
        (503, "can't be checked now", "roll back"),
        (402, "can't be checked now", "keep both"),
        (429, "can't be checked now", "keep both"),
    ] {
        let told = answered(status);
        assert!(told.contains(silent) && told.ends_with(way_out), "{status}: {told}");
    }
}

#[test]
fn one_sentence_tells_of_a_service_that_refuses_every_key() {
    let refused = |report: EnvironmentSnapshot| EnvironmentSnapshot {
        refused_with_all: true,
        severity: Severity::Critical,
        ..report
    };
    let mut overview = overview(vec![refused(dev()), refused(staging())]);
    assert_eq!(all_refused(&overview, now(), &TimeZone::UTC), None);
    overview.all_refused_since = Some(minutes_ago(3));
    let sentence = all_refused(&overview, now(), &TimeZone::UTC).unwrap();
    assert!(sentence.text.starts_with("the service refuses every key (401) since 14:29; next try at "), "{sentence:?}");
    let of_each = sentences_among(&overview, &overview.environments[0], now(), &TimeZone::UTC);
    assert!(!of_each.iter().any(|sentence| sentence.text.contains("refuse")), "{of_each:?}");
    assert_eq!(headline(&overview.environments[0]), (StatusSymbol::Critical, "refused".to_owned()));
}

#[test]
fn an_old_key_is_called_unused_only_after_an_hour_that_was_watched() {
    let watching = || rotating(staging(), RotationStage::Watching);
    let told = |report: EnvironmentSnapshot| said(&report).concat();
    assert_eq!(told(used(watching(), 0)), "▲ old key …a01b still used now");
    assert_eq!(told(used(watching(), 59)), "▲ old key …a01b still used 59 min ago");
    assert_eq!(told(used(watching(), 61)), "- old key …a01b unused since 13:31");
    assert_eq!(told(used(watching(), 62)), "▲ old key …a01b unused for 1 h: revoke it");
    assert_eq!(told(used(watching(), 185)), "▲ old key …a01b unused for 3 h: revoke it");
    let before = 3 * 24 * 60;
    assert_eq!(told(used(watching(), before)), "▲ old key …a01b unused for 47 h: revoke it");
    let unpolled = with_old_key(used(watching(), before), |old| old.polled_at = Some(minutes_ago(before)));
    assert_eq!(told(unpolled), "- can't tell yet whether the old key …a01b is still used");
    let unknown = with_old_key(watching(), |old| (old.polled_at, old.others_use) = (None, None));
    assert_eq!(told(unknown), "- can't tell yet whether the old key …a01b is still used");
    let estimated = with_old_key(watching(), |old| old.others_use.as_mut().unwrap().exact = false);
    assert_eq!(told(estimated), "▲ old key …a01b still used about 4 min ago");
    assert_eq!(told(old_refused(watching())), "- old key …a01b refused: it is erased once that is certain");
    let mut unwatched = watching();
    unwatched.rotation.as_mut().unwrap().old_key = None;
    assert_eq!(told(unwatched), "- can't tell yet whether the old key 7d793037 is still used");
}

#[test]
fn a_rotation_that_is_held_up_says_why() {
    let report = held_up(rotating(calm_staging(), RotationStage::RolledBack));
    let trouble = "▲ the rotation is held up: the keyring is locked";
    assert_eq!(said(&report), [trouble, "▲ rotation since 18 Nov: rolled back"]);
}

#[test]
fn a_reminder_that_is_put_off_says_until_when() {
    assert_eq!(said(&put_off(staging())), ["- snoozed until 28 Nov; rotate by 1 Dec, in 10 days"]);
    let past = EnvironmentSnapshot { snoozed_until: Some(minutes_ago(1)), ..put_off(staging()) };
    assert_eq!(said(&past), Vec::<String>::new());
    let overdue = EnvironmentSnapshot { snoozed_until: put_off(staging()).snoozed_until, ..prod() };
    assert_eq!(said(&overdue), ["✖ rotate overdue by 5 days, since 16 Nov"]);
    assert_eq!(said(&put_off(calm_staging())), Vec::<String>::new());
}

#[test]
fn a_key_is_rotated_where_it_comes_from() {
    let mut report = staging();
    report.key.as_mut().unwrap().source = KeySource::Command;
    let told = &sentences(&report, now(), &TimeZone::UTC)[0];
    let there = "make a new key on the web page, and put it where key_command takes it from";
    let dashboard = RemedyAudience::Dashboard { add: Some("a".to_owned()), rotate: Some("o".to_owned()) };
    assert_eq!(told.advice.as_ref().map(|advice| advice.at(&dashboard)).as_deref(), Some(there));
    assert_eq!(advice(&rotating(prod(), RotationStage::Started)), None, "the rotation says it");
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
    let told = |report: EnvironmentSnapshot| said(&flagged(report, &[Flag::ClockSkew]));
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

#[test]
fn calls_of_a_day_are_of_now_or_tell_when_they_were_read() {
    let told = |read: i64, used: i64| {
        let mut report = busy(staging());
        report.activity.record.as_mut().unwrap().read_at = Some(minutes_ago(read));
        report.others_use = Some(ExternalUse { at: minutes_ago(used), exact: true });
        activity(&report, now(), &TimeZone::UTC).unwrap()
    };
    let rest = "98 % /search, 3 errors";
    assert_eq!(told(3, 4), format!("412 calls by your apps in 24 h, {rest}"));
    assert_eq!(told(300, 301), format!("412 calls by your apps in 24 h, {rest}"), "nobody called since");
    assert_eq!(told(300, 4), format!("at least 412 calls by your apps in 24 h, as of 09:32, {rest}"));
    assert_eq!(told(26 * 60, 4), "not known: the list of calls was read Fri 12:32");
}

#[test]
fn no_clause_is_told_without_the_one_that_turns_it_round() {
    let text = "the key is valid, but this call is forbidden (403), checked again at 15:24";
    let ends: Vec<_> = clause_ends(text).map(|end| &text[..end]).collect();
    assert_eq!(ends, ["the key is valid, but this call is forbidden (403)"]);
}
