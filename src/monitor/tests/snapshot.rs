use super::*;
use crate::domain::history_error::{HistoryErrorDetails, HistoryErrorKind};
use crate::domain::last_use::ExternalUse;
use crate::domain::limit::Contradiction;
use crate::domain::status::{Flag, Severity, Status};
use crate::monitor::snapshot::{IntervalLimit, PollReason};
use crate::wording::history_errors;

fn flags_of(change: impl Fn(&mut Sample, &Now)) -> Vec<Flag> {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(account());
    change(&mut sample, &world.now);
    world.answer(1, sample);
    world.environment("dev").flags
}

#[test]
fn credits_raise_the_worst_flag_alone() {
    let flags = |credits: f64| flags_of(|sample, _| sample.account.credits_remaining = credits);
    assert_eq!(flags(61.0), []);
    assert_eq!(flags(60.0), [Flag::CreditsLow]);
    assert_eq!(flags(15.0), [Flag::CreditsCritical]);
    assert_eq!(flags(0.0), [Flag::CreditsOut]);
    assert_eq!(flags(-3.0), [Flag::CreditsOut]);
}

#[test]
fn without_an_allowance_only_nothing_is_low() {
    let flags = |credits: f64| {
        flags_of(|sample, _| {
            sample.account.monthly_allowance = None;
            sample.account.credits_remaining = credits;
        })
    };
    assert_eq!(flags(0.5), []);
    assert_eq!(flags(0.0), [Flag::CreditsOut]);
}

#[test]
fn age_limits_and_clocks_raise_flags() {
    let made = |days: i64| flags_of(|sample, now| sample.account.created_at = Some(ago(now, minutes(days * 1_440))));
    assert_eq!((made(75), made(76), made(90)), (vec![], vec![Flag::RotateSoon], vec![Flag::RotateOverdue]));
    let left = |left| flags_of(|sample, _| sample.quota.day_remaining = Some(left));
    assert_eq!((left(100), left(99)), (vec![], vec![Flag::DailyLimitNear]));
    assert_eq!((left(1), left(0)), (vec![Flag::DailyLimitNear], vec![Flag::DailyLimitReached]));
    assert_eq!((left(-3), left(1_001)), (vec![Flag::DailyLimitReached], vec![]));
    let ahead = |ahead| flags_of(|sample, now| sample.server_clock = Some(ago(now, seconds(ahead))));
    assert_eq!((ahead(60), ahead(61), ahead(-61)), (vec![], vec![Flag::ClockSkew], vec![Flag::ClockSkew]));
}

#[test]
fn a_daily_limit_is_reached_only_where_there_can_be_one_and_the_minute_is_not_it() {
    let flags = |limit, left: i64| {
        flags_of(|sample, _| {
            sample.account.requests_per_day = limit;
            sample.quota.day_remaining = Some(left);
            sample.quota.minute_remaining = Some(0);
        })
    };
    assert_eq!(flags(Limit::Unknown, 0), [Flag::DailyLimitReached]);
    assert_eq!(
        (flags(Limit::Unlimited, 0), flags(Limit::Of(0), 0), flags(Limit::Unknown, 1)),
        (vec![], vec![], vec![])
    );
}

#[test]
fn a_429_tells_that_the_day_is_used_up_and_every_process_knows() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    let limits = RequestLimits { per_day: Some(500), is_day_used_up: true, ..RequestLimits::default() };
    world.conclude(1, PollOutcome::Failed(PollError { limits, ..failure(PollErrorKind::RateLimited) }));
    let verdict = world.monitor.scheduler.keys[&fingerprint(1)].verdict(&world.now);
    world.pass(seconds(1));
    let environment = world.environment("dev");
    assert_eq!((environment.flags, environment.severity), (vec![Flag::DailyLimitReached], Severity::Critical));
    assert_eq!((environment.day.limit, environment.day.remaining), (Limit::Of(500), Some(0)));
    let mut other = MonitorHarness::started(&["dev"]);
    other.hold("dev", 1);
    let key_history = KeyHistory { verdict: Box::new(verdict), outcome_number: 1, ..KeyHistory::default() };
    other.now = world.now;
    other.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    assert_eq!(other.environment("dev").flags, [Flag::DailyLimitReached]);
    let sample = world.sample(account());
    world.pass(minutes(70));
    world.answer(1, sample);
    assert_eq!(world.environment("dev").flags, [], "a newer answer has the last word");
}

#[test]
fn what_was_left_of_yesterday_is_not_told_of_today() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(account());
    sample.quota.day_remaining = Some(0);
    world.answer(1, sample);
    assert_eq!(world.environment("dev").severity, Severity::Critical);
    world.pass(minutes(9 * 60 + 27));
    assert!(world.environment("dev").flags.contains(&Flag::DailyLimitReached), "23:59");
    world.now = world.now.after(minutes(1));
    assert!(!world.environment("dev").flags.contains(&Flag::DailyLimitReached), "midnight");
}

#[test]
fn the_smaller_of_two_limits_is_kept_to_and_the_other_is_told() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(account());
    sample.quota = Quota { minute_limit: Limit::Of(5), minute_remaining: Some(5), ..Quota::default() };
    sample.quota.day_limit = Limit::Of(9_000);
    world.answer(1, sample);
    let environment = world.environment("dev");
    assert_eq!((environment.minute.limit, environment.minute.used()), (Limit::Of(5), Some(0)));
    let words = Contradiction { me: Limit::Of(10), headers: Limit::Of(5) };
    assert_eq!(environment.minute.contradiction, Some(words));
    assert_eq!((environment.day.limit, environment.day.contradiction.is_some()), (Limit::Of(1_000), true));
    assert_eq!(environment.next_poll.poll_interval.limit, IntervalLimit::Day(0.2, 1_000));
}

#[test]
fn a_limit_of_zero_is_shown_and_calls_are_planned_by_the_other_one() {
    let told = |headers| {
        let mut world = MonitorHarness::with_keys(&["dev"]);
        let mut sample = world.sample(Account { requests_per_day: Limit::Of(0), ..account() });
        sample.quota.day_limit = headers;
        world.answer(1, sample);
        let environment = world.environment("dev");
        (environment.day.limit, environment.next_poll.poll_interval.limit)
    };
    assert_eq!(told(Limit::Of(50)), (Limit::Of(50), IntervalLimit::Day(0.2, 50)));
    assert_eq!(told(Limit::Unknown), (Limit::Of(0), IntervalLimit::Target));
}

#[test]
fn what_is_left_of_no_limit_or_of_one_of_zero_is_not_counted_against_the_other() {
    for (headers, left) in [(Limit::Of(0), 0), (Limit::Of(0), 5), (Limit::Unlimited, -1), (Limit::Unlimited, 0)] {
        let mut world = MonitorHarness::with_keys(&["dev"]);
        let mut sample = world.sample(account());
        sample.quota = Quota {
            minute_limit: headers,
            minute_remaining: Some(left),
            day_limit: headers,
            day_remaining: Some(left),
        };
        world.answer(1, sample);
        let environment = world.environment("dev");
        assert_eq!(environment.flags, [], "{headers:?} {left}");
        assert_eq!((environment.day.limit, environment.day.used()), (Limit::Of(1_000), None), "{headers:?} {left}");
        assert_eq!(
            (environment.minute.limit, environment.minute.remaining),
            (Limit::Of(10), None),
            "{headers:?} {left}"
        );
        assert!(environment.day.contradiction.is_some() && environment.minute.contradiction.is_some());
        assert_eq!(environment.next_poll.reason, PollReason::Interval, "{headers:?} {left}");
        world.pass(seconds(20));
        assert_eq!(polled(world.send(Input::RefreshRequested(name("dev")))).len(), 1, "{headers:?} {left}");
    }
}

#[test]
fn a_sample_is_stale_after_twice_the_interval() {
    let mut world = MonitorHarness::active();
    world.pass(seconds(432));
    world.fail(1, PollErrorKind::Timeout);
    assert_eq!(world.environment("dev").severity, Severity::Warning, "unreachable, with a fresh sample");
    world.pass(seconds(432));
    assert_eq!(world.environment("dev").flags, []);
    world.pass(seconds(1));
    assert_eq!(world.environment("dev").flags, [Flag::Stale]);
    assert_eq!(world.environment("dev").severity, Severity::Critical, "unreachable, without a fresh sample");
    assert!(world.environment("dev").account.is_some(), "what was known stays");
}

#[test]
fn a_shared_key_is_flagged_on_both() {
    let mut world = MonitorHarness::started(&["dev", "staging", "prod"]);
    world.hold("dev", 1);
    world.hold("prod", 1);
    assert_eq!(world.environment("prod").flags, [Flag::SharedKey]);
    assert_eq!(world.environment("dev").key.unwrap().shared_with, ["prod"]);
}

#[test]
fn an_environment_without_a_key_counts_only_where_it_was_asked_for() {
    let mut world = MonitorHarness::started(&["dev", "prod"]);
    world.lose("prod", KeyErrorKind::Missing);
    world.hold("dev", 1);
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(KeyHistory::default()) });
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.snapshot().severity, Severity::Ok);
    world.monitor.scheduler.environments[1].watched.requested = true;
    assert_eq!(world.snapshot().severity, Severity::Unknown);
}

#[test]
fn the_monitors_own_calls_are_not_others_use() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let others = ago(&world.now, minutes(7));
    let mut sample = world.sample(account());
    sample.account.last_used_at = Some(others);
    world.answer(1, sample);
    let known = Some(ExternalUse { at: others, exact: true });
    assert_eq!(world.environment("dev").others_use, known);
    for last_used_is_this_call in [false, true] {
        let previous = world.now.wall;
        world.pass(seconds(432));
        let mut sample = world.sample(account());
        sample.account.last_used_at = Some(if last_used_is_this_call { world.now.wall } else { previous });
        world.answer(1, sample);
        assert_eq!(world.environment("dev").others_use, known);
        assert_eq!(world.environment("dev").own_use, Some(world.now.wall));
    }
}

#[test]
fn own_calls_are_known_though_the_services_clock_is_off() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let skew = minutes(42);
    let mut sample = world.sample(account());
    sample.server_clock = Some(world.now.wall.checked_add(skew).unwrap());
    sample.account.last_used_at = sample.server_clock;
    world.answer(1, sample);
    assert_eq!(world.environment("dev").others_use, None);
}

#[test]
fn requests_that_are_not_ours_are_others_use() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let answer = |world: &mut MonitorHarness, left| {
        let mut sample = world.sample(account());
        sample.account.last_used_at = Some(world.now.wall);
        sample.quota.day_remaining = Some(left);
        world.answer(1, sample);
        world.environment("dev").others_use
    };
    assert_eq!(answer(&mut world, 900), None);
    world.pass(seconds(432));
    assert_eq!(answer(&mut world, 899), None, "our own call");
    world.pass(seconds(432));
    assert_eq!(answer(&mut world, 890), Some(ExternalUse { at: world.now.wall, exact: false }));
}

#[test]
fn windows_show_own_calls_within_all_calls() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let mut sample = world.sample(account());
    sample.quota = Quota { minute_remaining: Some(7), day_remaining: Some(1_000), ..Quota::default() };
    world.answer(1, sample);
    let environment = world.environment("dev");
    assert_eq!(
        (environment.minute.limit, environment.minute.used(), environment.minute.own),
        (Limit::Of(10), Some(3), 1)
    );
    assert_eq!(
        (environment.day.used(), environment.day.own),
        (Some(0), 0),
        "a day that just began has no call of ours"
    );
}

#[test]
fn one_outage_is_told_once() {
    let mut world = MonitorHarness::with_keys(&["dev", "staging", "prod"]);
    for number in 1..=3 {
        let sample = world.sample(account());
        world.answer(number, sample);
    }
    world.pass(seconds(432));
    for number in 1..=3 {
        world.fail(number, PollErrorKind::Dns);
    }
    assert!(world.snapshot().outage.unwrap().is_offline());
    assert_eq!(world.log(), ["all: no environment can be reached: this machine seems to be offline"]);
    world.pass(minutes(1));
    for number in 1..=3 {
        let sample = world.sample(account());
        world.answer(number, sample);
    }
    assert_eq!(world.log()[1..], ["all: the service was reached again"]);
}

#[test]
fn an_outage_of_one_is_told_as_its_own() {
    let mut world = MonitorHarness::with_keys(&["dev", "prod"]);
    for number in 1..=2 {
        let sample = world.sample(account());
        world.answer(number, sample);
    }
    world.pass(seconds(432));
    world.fail(2, PollErrorKind::Timeout);
    assert!(world.log().is_empty(), "the other has not been asked since");
    world.now = world.now.after(seconds(1));
    let sample = world.sample(account());
    world.answer(1, sample);
    assert_eq!(world.log(), ["prod: the service gave no answer in time"]);
}

#[test]
fn flags_are_logged_when_they_come_and_when_they_go() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    for credits in [222.0, 50.0, 10.0, 222.0] {
        let sample = Sample { account: Account { credits_remaining: credits, ..account() }, ..world.sample(account()) };
        world.answer(1, sample);
        world.pass(seconds(432));
    }
    let expected = [
        "dev: credits low: 50 left",
        "dev: credits critical: 10 left",
        "dev: credits rose by 212, to 222",
        "dev: credits no longer critical",
    ];
    assert_eq!(world.log(), expected);
}

#[test]
fn what_is_known_is_shown_before_the_first_answer() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let at = ago(&world.now, minutes(90));
    let sample = Sample { at, server_clock: Some(at), ..world.sample(account()) };
    let key_history = KeyHistory { sample: Some(sample), ..KeyHistory::default() };
    world.send(Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(key_history) });
    let environment = world.environment("dev");
    assert_eq!((environment.status, environment.flags), (Status::Active, vec![Flag::Stale]));
    assert!(environment.account.is_some());
}

#[test]
fn a_history_that_cannot_be_written_is_told_once_and_when_it_is_over() {
    let mut world = MonitorHarness::active();
    let full = HistoryErrorDetails { kind: HistoryErrorKind::DiskFull, file: None, said: String::new() };
    for trouble in [Some(full.clone()), Some(full.clone()), None] {
        world.send(Input::HistoryReported(trouble));
    }
    let full = format!("all: {}", history_errors::sentence_and_remedy(&full));
    assert_eq!(world.log(), [full, "all: samples are stored again".to_owned()]);
}

#[test]
fn a_snapshot_can_be_written_for_machines() {
    let world = MonitorHarness::active();
    let written = serde_json::to_value(world.snapshot()).unwrap();
    let dev = &written["environments"][0];
    assert_eq!((&written["at"], &dev["status"]), (&"2026-11-21T14:32:01Z".into(), &"active".into()));
    assert_eq!(dev["account"]["credits_remaining"], account().credits_remaining);
    assert_eq!(dev["key"]["identity"]["fingerprint"], fingerprint(1).to_string());
}
