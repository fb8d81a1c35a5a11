use super::*;
use crate::domain::poll_record::{PollRecord, RecordedOutcome};
use crate::monitor::polling::key_verdict::PastFailure;
use crate::monitor::polling::recent_polls::POLLS_KEPT;

fn answered(milliseconds: i64) -> RecordedOutcome {
    RecordedOutcome::answered(SignedDuration::from_millis(milliseconds))
}

/// Minutes since each poll of `dev` and what came of it, newest first.
fn polls(world: &MonitorHarness) -> Vec<(i64, RecordedOutcome)> {
    let polls = world.environment("dev").polls;
    polls.iter().map(|poll| (world.now.wall.duration_since(poll.at).as_mins(), poll.outcome)).collect()
}

#[test]
fn answers_and_failures_are_kept_with_their_times_as_many_as_there_is_room_for() {
    let mut world = MonitorHarness::active();
    world.pass(minutes(8));
    world.fail(1, PollErrorKind::RateLimited);
    assert_eq!(polls(&world), [(0, RecordedOutcome::Failed(PollErrorKind::RateLimited)), (8, answered(40))]);
    for _ in 0..POLLS_KEPT {
        world.pass(minutes(8));
        let sample = Sample { latency: SignedDuration::from_millis(90), ..world.sample(account()) };
        world.answer(1, sample);
    }
    let expected: Vec<_> = (0..i64::from(POLLS_KEPT)).map(|poll| (poll * 8, answered(90))).collect();
    assert_eq!(polls(&world), expected);
}

#[test]
fn the_answers_of_earlier_runs_come_first_and_a_failure_of_another_process_is_told_once() {
    let mut world = MonitorHarness::started(&["dev"]);
    world.hold("dev", 1);
    let before = |minutes: i64, outcome| PollRecord { at: ago(&world.now, self::minutes(minutes)), outcome };
    let sample = Sample { at: ago(&world.now, minutes(9)), ..world.sample(account()) };
    let verdict = KeyVerdict {
        at: Some(ago(&world.now, minutes(2))),
        failure: Some(PastFailure::new(&failure(PollErrorKind::Timeout), ago(&world.now, minutes(2)))),
        failures: 1,
        ..KeyVerdict::default()
    };
    let history = KeyHistory {
        sample: Some(sample),
        earlier: vec![before(18, answered(55)), before(27, answered(0))],
        verdict: Box::new(verdict),
        outcome_number: 1,
        ..KeyHistory::default()
    };
    let input = Input::KeyHistoryLoaded { fingerprint: fingerprint(1), history: Ok(history.clone()) };
    world.send(input);
    let timeout = RecordedOutcome::Failed(PollErrorKind::Timeout);
    let known = [(2, timeout), (9, answered(40)), (18, answered(55)), (27, RecordedOutcome::Answered(None))];
    assert_eq!(polls(&world), known);
    world.pass(minutes(1));
    let denied = PollOutcome::PermitDenied(Box::new(KeyHistory { earlier: Vec::new(), ..history }));
    world.conclude(1, denied);
    assert_eq!(polls(&world), known.map(|(minutes, outcome)| (minutes + 1, outcome)));
}

#[test]
fn a_clock_that_is_set_moves_all_polls_with_it() {
    let mut world = MonitorHarness::active();
    world.pass(minutes(5));
    world.now.wall += minutes(60);
    assert_eq!(polls(&world), [(5, answered(40))]);
}
