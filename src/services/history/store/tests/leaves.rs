//! Leave is taken over processes that come, go and are killed, and clocks that are set.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use strum::VariantArray as _;

use super::super::tests::{key, other_key, sample, store};
use super::*;
use crate::domain::account::Account;
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::domain::limit::Limit;
use crate::domain::quota::RequestLimits;
use crate::domain::stamp::Uptime;
use crate::domain::time::Now;
use crate::domain::time::{DAY, Elapsed};
use crate::monitor::polling::key::KeyState;
use crate::monitor::polling::key_verdict::Backoff;
use crate::monitor::polling::request_log::MINUTE;
use crate::monitor::settings::Polling;
use crate::monitor::snapshot::PollReason;
use crate::services::process;

const SHARE: f64 = 0.2;

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn start() -> Timestamp {
    "2026-11-21T14:00:00Z".parse().unwrap()
}

/// So many seconds after the start of the story, on a machine that was started a minute before.
fn at(second: i64) -> Stamp {
    Stamp { wall: start() + seconds(second), uptime: Some(Uptime { boot: 1, elapsed: seconds(60 + second) }) }
}

fn holder(number: i64) -> LeaseHolder {
    LeaseHolder::numbered(number)
}

fn timed(known: Option<u64>) -> PermitRequest {
    PermitRequest { outcome_number: known, ..PermitRequest::once(CallPurpose::Timed, SHARE) }
}

fn asked() -> PermitRequest {
    PermitRequest::once(CallPurpose::Manual, SHARE)
}

fn watching() -> PermitRequest {
    PermitRequest { lease: Some(Lease { duration: seconds(75), yields: true }), ..timed(None) }
}

fn failure(kind: PollErrorKind, retry_after: Option<i64>) -> PollError {
    let cause = RequestError::Told { kind, said: Some("Too Many Requests".into()) };
    PollError { retry_after: retry_after.map(seconds), ..PollError::new(cause, true) }
}

/// Verdict on a key after a failure at `now`.
fn verdict_after(
    history: KeyHistory,
    failure: PollError,
    now: &Stamp,
) -> crate::monitor::polling::key_verdict::KeyVerdict {
    let moment = Now { elapsed: Elapsed::ZERO + SignedDuration::from_hours(10_000), wall: now.wall };
    let mut state = KeyState::from_history(history, &moment);
    state.fail(failure, &Polling::default(), &moment, &mut fastrand::Rng::with_seed(1));
    state.verdict(&moment)
}

impl HistoryStore {
    fn ask(&mut self, request: PermitRequest, holder: &LeaseHolder, now: &Stamp) -> PermitDecision {
        self.request_permit(key(), request, holder, now, None).unwrap().decision
    }

    fn is_granted(&mut self, request: PermitRequest, number: i64, now: &Stamp) -> bool {
        matches!(self.ask(request, &holder(number), now), PermitDecision::Granted { .. })
    }

    /// A call that is answered at once.
    fn answered(&mut self, request: PermitRequest, number: i64, now: &Stamp) -> bool {
        let is_granted = self.is_granted(request, number, now);
        if is_granted {
            self.store_answer(key(), &limited(now.wall, 10, 1_000), None, None, &holder(number), now).unwrap();
        }
        is_granted
    }

    fn failed(&mut self, number: i64, failure: PollError, now: &Stamp) {
        let history = self.recall(key(), *now).unwrap();
        self.store_verdict(key(), &verdict_after(history, failure, now), &holder(number), now).unwrap();
    }
}

fn limited(at: Timestamp, per_minute: u64, per_day: u64) -> Sample {
    let sample = sample(at, 1.0);
    let account =
        Account { requests_per_minute: Limit::Of(per_minute), requests_per_day: Limit::Of(per_day), ..sample.account };
    Sample { account, ..sample }
}

#[test]
fn while_a_call_is_under_way_all_others_wait_and_then_take_its_outcome_over() {
    let mut store = store();
    assert!(store.is_granted(timed(Some(0)), 1, &at(0)));
    assert_eq!(store.ask(timed(Some(0)), &holder(2), &at(1)), PermitDecision::InFlight);
    assert_eq!(store.ask(asked(), &holder(3), &at(1)), PermitDecision::InFlight, "whoever asks");
    store.store_answer(key(), &limited(start(), 600, 10_000), None, None, &holder(1), &at(2)).unwrap();
    let taken_over = store.request_permit(key(), timed(Some(0)), &holder(2), &at(2), None).unwrap();
    assert_eq!((taken_over.decision, taken_over.history.outcome_number), (PermitDecision::Denied, 1));
    assert!(taken_over.history.sample.is_some());
    assert!(store.is_granted(timed(Some(1)), 2, &at(3)), "who knows of it may ask for the next");
}

#[test]
fn a_call_whose_process_hangs_is_waited_for_no_longer_than_a_call_takes() {
    let mut store = store();
    assert!(store.is_granted(timed(None), 1, &at(0)));
    assert_eq!(store.ask(asked(), &holder(2), &at(14)), PermitDecision::InFlight);
    assert!(store.is_granted(asked(), 2, &at(15)));
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_process_held_is_free_at_once() {
    let mut store = store();
    store.store_sample(key(), &limited(start(), 600, 10_000), None).unwrap();
    assert!(store.is_granted(watching(), 1, &at(0)));
    let own = process::own_name().unwrap();
    let mut parts: Vec<_> = own.splitn(4, ' ').collect();
    parts[1] = "4194305";
    for (process, leave_is_granted) in [(own.to_owned(), false), (parts.join(" "), true)] {
        for table in ["leases", "calls_under_way"] {
            let kept = store.connection().execute(&format!("UPDATE {table} SET process = ?1"), [&process]);
            assert_eq!(kept.unwrap(), 1);
        }
        assert_eq!(store.is_granted(watching(), 2, &at(1)), leave_is_granted, "{process}");
    }
}

#[test]
fn one_holder_polls_until_its_lease_ends_and_gives_it_up_at_its_end() {
    let mut store = store();
    store.store_sample(key(), &limited(start(), 600, 10_000), None).unwrap();
    assert!(store.answered(watching(), 1, &at(0)));
    let until = start() + seconds(75);
    assert_eq!(store.ask(watching(), &holder(2), &at(74)), PermitDecision::LeasedByOther { until });
    assert!(store.answered(watching(), 1, &at(60)), "its own is renewed");
    assert!(matches!(store.ask(watching(), &holder(2), &at(134)), PermitDecision::LeasedByOther { .. }));
    assert!(store.answered(watching(), 2, &at(135)), "it did not renew it");
    store.release(&holder(1)).unwrap();
    assert!(matches!(store.ask(watching(), &holder(1), &at(140)), PermitDecision::LeasedByOther { .. }), "not its own");
    store.release(&holder(2)).unwrap();
    assert!(store.is_granted(watching(), 1, &at(141)));
}

#[test]
fn who_does_not_yield_takes_the_lease_over_and_that_of_another_key_is_none() {
    let mut store = store();
    store.store_sample(key(), &limited(start(), 600, 10_000), None).unwrap();
    assert!(store.answered(watching(), 1, &at(0)));
    let urgent = PermitRequest { lease: Some(Lease { duration: seconds(75), yields: false }), ..watching() };
    let other = store.request_permit(other_key(), watching(), &holder(2), &at(1), None).unwrap();
    assert!(matches!(other.decision, PermitDecision::Granted { .. }));
    assert!(store.answered(urgent, 2, &at(1)));
    assert!(matches!(store.ask(watching(), &holder(1), &at(2)), PermitDecision::LeasedByOther { .. }));
}

#[test]
fn a_lease_and_calls_of_a_clock_that_was_wrong_do_not_hold_for_ever() {
    let mut store = store();
    let wrong = Stamp::from(start() + SignedDuration::from_hours(24 * 365));
    store.store_sample(key(), &limited(start(), 600, 5), None).unwrap();
    assert!(store.answered(watching(), 1, &wrong));
    store.store_sample(key(), &limited(start(), 600, 5), None).unwrap();
    let now = |hours: i64| Stamp::from(start() + SignedDuration::from_hours(hours));
    assert_eq!(store.ask(watching(), &holder(2), &now(0)), PermitDecision::Denied, "the call counts as made now");
    assert!(store.is_granted(watching(), 2, &now(25)));
}

#[test]
fn a_pause_is_the_keys_and_a_person_may_ask_once_in_spite_of_it() {
    let mut store = store();
    assert!(store.answered(timed(None), 1, &at(-120)));
    assert!(store.is_granted(timed(None), 1, &at(0)));
    store.failed(1, failure(PollErrorKind::RateLimited, Some(600)), &at(0));
    let known = store.recall(key(), at(100)).unwrap().verdict;
    let backoff = Some(Backoff { until: start() + seconds(600), reason: PollReason::RateLimited, is_spent: false });
    assert_eq!(known.backoff, backoff);
    assert_eq!(known.failure.unwrap().at, start());
    assert!(!store.is_granted(timed(None), 2, &at(599)));
    let once = store.request_permit(key(), asked(), &holder(2), &at(100), None).unwrap();
    assert!(
        matches!(once.decision, PermitDecision::Granted { .. }) && once.history.verdict.backoff.unwrap().is_spent,
        "a person"
    );
    store.failed(2, failure(PollErrorKind::RateLimited, Some(600)), &at(100));
    assert!(!store.is_granted(asked(), 3, &at(300)), "once");
    assert!(!store.is_granted(timed(None), 3, &at(699)));
    assert!(store.is_granted(timed(None), 3, &at(700)));
}

#[test]
fn a_refusal_outlives_a_fault_and_no_clock_that_is_set_shortens_its_wait() {
    let mut store = store();
    assert!(store.answered(timed(None), 1, &at(-600)));
    for (second, kind) in
        [(0, PollErrorKind::Unauthorized), (5, PollErrorKind::Unauthorized), (3_605, PollErrorKind::Timeout)]
    {
        let request =
            PermitRequest::once(if second == 5 { CallPurpose::Confirmation } else { CallPurpose::Timed }, SHARE);
        assert!(store.is_granted(request, 1, &at(second)), "{second}");
        store.failed(1, failure(kind, None), &at(second));
        let forward = Stamp { wall: start() + SignedDuration::from_hours(1_000), ..at(second + 1) };
        assert!(!store.is_granted(timed(None), 2, &forward), "{second}");
    }
    let known = store.recall(key(), at(3_700)).unwrap().verdict;
    let told = |setback: &Option<crate::monitor::polling::key_verdict::PastFailure>| {
        setback.as_ref().map(|told| (told.kind(), told.at))
    };
    assert_eq!(told(&known.refusal), Some((PollErrorKind::Unauthorized, start() + seconds(5))));
    assert_eq!(told(&known.failure), Some((PollErrorKind::Timeout, start() + seconds(3_605))));
}

#[test]
fn a_call_that_never_reached_the_service_keeps_nobody_waiting() {
    let mut store = store();
    store.store_sample(key(), &limited(start(), 600, 10_000), None).unwrap();
    let PermitDecision::Granted { call } = store.ask(timed(None), &holder(1), &at(0)) else { panic!("no leave") };
    assert_eq!(store.ask(timed(None), &holder(2), &at(1)), PermitDecision::InFlight);
    assert_eq!(store.withdraw_call(key(), call, &holder(1), &at(1)).unwrap(), []);
    assert!(store.is_granted(timed(None), 2, &at(1)));
}

#[test]
fn limits_that_are_not_known_begin_with_one_call_and_few_follow() {
    let mut store = store();
    let mut granted = Vec::new();
    for minute in 0..2 * 24 * 60 {
        let now = at(minute * 60);
        if store.is_granted(timed(None), 1, &now) {
            granted.push(minute);
            store.end_call(key(), None, &holder(1)).unwrap();
        }
    }
    assert_eq!(granted[..5], [0, 2, 6, 14, 30]);
    for start in 0..24 * 60 {
        let day = granted.iter().filter(|minute| (start..start + 24 * 60).contains(*minute)).count();
        assert!(day <= 10, "{day} from {start}");
    }
}

#[test]
fn the_headers_of_a_failure_tell_the_limits() {
    let mut store = store();
    assert!(store.is_granted(timed(None), 1, &at(0)));
    let limits = RequestLimits { per_minute: Some(5), per_day: Some(5), ..RequestLimits::default() };
    store.failed(1, PollError { limits, ..failure(PollErrorKind::ServerError, None) }, &at(0));
    assert!(!store.is_granted(timed(None), 1, &at(3_600)), "a fifth of five is one");
    assert!(store.is_granted(timed(None), 1, &at(24 * 3_600)));
}

#[test]
fn what_is_known_elsewhere_counts_too() {
    let mut store = store();
    let elsewhere =
        KeyHistory { sample: Some(limited(start(), 600, 5)), calls: vec![start()], ..KeyHistory::default() };
    let answer = store.request_permit(key(), timed(None), &holder(1), &at(60), Some(elsewhere)).unwrap();
    assert_eq!(answer.decision, PermitDecision::Denied);
}

/// Next step of a process, its clock or its machine.
#[derive(Clone, Copy, Debug)]
enum PermitStep {
    Pass(i64),
    SetClock(i64),
    StartMachine,
    Call(i64, CallPurpose, PermitCallOutcome),
}

/// Outcome of a call.
#[derive(Clone, Copy, Debug)]
enum PermitCallOutcome {
    Answered,
    Failed(PollErrorKind, Option<i64>),
    NeverSent,
    Killed,
}

fn step() -> impl Strategy<Value = PermitStep> {
    let kind = prop::sample::select(PollErrorKind::VARIANTS);
    let outcome = prop_oneof![
        4 => Just(PermitCallOutcome::Answered),
        3 => (kind, proptest::option::of(1i64..4_000)).prop_map(|(kind, wait)| PermitCallOutcome::Failed(kind, wait)),
        1 => Just(PermitCallOutcome::NeverSent),
        1 => Just(PermitCallOutcome::Killed),
    ];
    let purpose = prop::sample::select(vec![CallPurpose::Timed, CallPurpose::Confirmation, CallPurpose::Manual]);
    prop_oneof![
        4 => (1i64..90).prop_map(PermitStep::Pass),
        1 => (90i64..20_000).prop_map(PermitStep::Pass),
        1 => (-400_000i64..400_000).prop_map(PermitStep::SetClock),
        1 => Just(PermitStep::StartMachine),
        12 => (0i64..6, purpose, outcome).prop_map(|(number, purpose, outcome)| PermitStep::Call(number, purpose, outcome)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A machine that is started again knows of earlier calls by the clock on the wall alone: there that is only put
    /// back.
    #[test]
    fn no_sequence_of_processes_starts_and_clocks_exceeds_the_shares(
        per_minute in 1u64..30,
        per_day in 1u64..200,
        is_started_again: bool,
        steps in proptest::collection::vec(step(), 1..200),
    ) {
        let mut store = store();
        let (mut true_time, mut ahead, mut boot, mut started) = (0_i64, 0_i64, 1_u64, 0_i64);
        store.store_sample(key(), &limited(start(), per_minute, per_day), None).unwrap();
        let mut calls = Vec::new();
        for step in steps {
            match step {
                PermitStep::Pass(passed) => true_time += passed,
                PermitStep::SetClock(change) if is_started_again => ahead -= change.abs(),
                PermitStep::SetClock(change) => ahead += change,
                PermitStep::StartMachine if is_started_again => (boot, started) = (boot + 1, true_time),
                PermitStep::StartMachine => {}
                PermitStep::Call(number, purpose, outcome) => {
                    let uptime = Uptime { boot, elapsed: seconds(true_time - started) };
                    let now = Stamp { wall: start() + seconds(true_time + ahead), uptime: Some(uptime) };
                    let request = PermitRequest::once(purpose, SHARE);
                    let PermitDecision::Granted { call } = store.ask(request, &holder(number), &now) else { continue };
                    if !matches!(outcome, PermitCallOutcome::NeverSent) {
                        calls.push((seconds(true_time), purpose));
                    }
                    match outcome {
                        PermitCallOutcome::Answered => {
                            let answer = limited(now.wall, per_minute, per_day);
                            store.store_answer(key(), &answer, None, None, &holder(number), &now).unwrap();
                        }
                        PermitCallOutcome::Failed(kind, wait) => store.failed(number, failure(kind, wait), &now),
                        PermitCallOutcome::NeverSent => store.end_call(key(), Some(call), &holder(number)).unwrap(),
                        PermitCallOutcome::Killed => {}
                    }
                }
            }
        }
        let most = |limit: u64, part: u64| (limit / part).max(1);
        for (number, (end, purpose)) in calls.iter().enumerate() {
            let within = |window| calls[..=number].iter().filter(|(at, _)| *at > *end - window).count() as u64;
            let part = if *purpose == CallPurpose::Timed { 5 } else { 2 };
            prop_assert!(within(MINUTE) <= most(per_minute, part), "{calls:?}");
            prop_assert!(within(DAY) <= most(per_day, part), "{calls:?}");
        }
    }
}
