//! Failures of `/usage` and the limits that hold for its calls.

use super::*;

/// A look that got as far as its first page; its number.
fn asking() -> (MonitorHarness, u64) {
    let (mut world, _) = followed(pro());
    let effects = world.load(Ok(ActivityRecord::default()));
    let sequence = pages(&effects)[0].0;
    (world, sequence)
}

#[test]
fn a_service_without_usage_is_not_asked_again_for_a_day() {
    let (mut world, sequence) = asking();
    let kind = PollErrorKind::UnexpectedAnswer;
    world.fail_page(sequence, UsageError::NotAvailable(failure(kind)));
    assert_eq!(world.environment("dev").activity.error, Some(ActivityError::NotAvailable(failure(kind))));
    world.open(Some("dev"));
    let start = world.now.elapsed;
    let mut reloads = 0;
    while world.now.elapsed - start < DAY - minutes(2) {
        let effects = world.poll_after(minutes(1), pro(), Some(world.now.wall));
        if !wanted(&effects).is_empty() {
            reloads += 1;
            let effects = world.load(Ok(ActivityRecord::default()));
            assert_eq!(pages(&effects), []);
        }
    }
    assert!((22..=24).contains(&reloads), "the history alone is asked: {reloads}");
    let mut asked = 0;
    for _ in 0..4 {
        world.poll_after(minutes(1), pro(), Some(world.now.wall));
        let effects = world.load(Ok(ActivityRecord::default()));
        asked += pages(&effects).len();
        if asked > 0 {
            break;
        }
    }
    assert_eq!(asked, 1);
}

#[test]
fn a_wait_that_the_service_asks_for_holds_for_polls_too() {
    let (mut world, sequence) = asking();
    let limited = PollError { retry_after: Some(minutes(20)), ..failure(PollErrorKind::RateLimited) };
    world.fail_page(sequence, UsageError::Failed(limited));
    assert_eq!(world.next("dev"), (Some(minutes(20)), PollReason::RateLimited));
    assert_eq!(world.environment("dev").status, Status::Active, "the last poll was answered");
}

#[test]
fn a_refusal_leads_to_a_poll() {
    let (mut world, sequence) = asking();
    let effects = world.fail_page(sequence, UsageError::Failed(failure(PollErrorKind::Unauthorized)));
    assert_eq!(polled(&effects), [fingerprint(1)]);
    world.fail(1, PollErrorKind::Unauthorized);
    world.open(Some("dev"));
    assert_eq!(pages(&world.effects), [], "a refused key is not asked for its usage");
}

#[test]
fn a_call_that_never_reached_the_service_does_not_count() {
    let (mut world, sequence) = asking();
    let before = world.monitor.scheduler.keys[&fingerprint(1)].request_log.iter().count();
    world.fail_page(sequence, UsageError::Failed(failure(PollErrorKind::Dns)));
    assert_eq!(world.monitor.scheduler.keys[&fingerprint(1)].request_log.iter().count(), before - 1);
    let told = ActivityError::Failed(failure(PollErrorKind::Dns));
    assert_eq!(world.environment("dev").activity.error, Some(told));
}

#[test]
fn answers_to_an_earlier_question_are_left_alone() {
    let (mut world, sequence) = asking();
    let stale = page(3, 3, world.now.wall);
    assert_eq!(readings(&world.answer_page(sequence + 1, stale.clone())), []);
    assert_eq!(readings(&world.answer_page(sequence, stale)).len(), 1);
}

#[test]
fn looks_and_polls_share_what_a_small_limit_allows() {
    let free = || Account { requests_per_minute: Limit::Of(5), requests_per_day: Limit::Of(50), ..account() };
    let (mut world, effects) = followed(free());
    assert_eq!(wanted(&effects), [], "a minute's share is a single call");
    assert_eq!(wanted(&world.open(Some("dev"))), []);
    let effects = world.pass(MINUTE).to_vec();
    assert_eq!(world.look(&effects), 1);
    let (mut looks, mut polls) = (0, 0);
    let end = world.now.elapsed + DAY * 3;
    while world.now.elapsed < end {
        let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
        let mut effects = world.pass(wait).to_vec();
        if !polled(&effects).is_empty() {
            polls += 1;
            let sample = world.sample(free());
            effects.extend(world.answer(1, sample).to_vec());
        }
        while wanted(&effects) == [UsageEffect::Load(fingerprint(1))] {
            looks += world.look(&effects);
            effects = world.effects.clone();
        }
    }
    assert!((20..=24).contains(&polls) && (5..=6).contains(&looks), "{polls} polls, {looks} looks in 3 days");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn all_calls_of_a_watched_day_stay_within_the_share(
        per_day in 50u64..3_000,
        per_minute in 5u64..60,
        listed in 0i64..100,
        total in 0u64..600,
        answers in proptest::collection::vec(0u8..10, 1..60),
    ) {
        let limits = || Account { requests_per_day: Limit::Of(per_day), requests_per_minute: Limit::Of(per_minute), ..account() };
        let (mut world, mut effects) = followed(limits());
        effects.extend(world.open(Some("dev")));
        let mut calls = vec![world.monitor.scheduler.keys[&fingerprint(1)].request_log.last().unwrap()];
        let mut answers = answers.into_iter().cycle();
        let end = world.now.elapsed + DAY + minutes(60);
        while world.now.elapsed < end {
            let (mut polls, mut looks) = (0, 0);
            let mut next = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Poll { .. } => {
                        polls += 1;
                        calls.push(world.now.elapsed);
                        let used = Some(world.now.wall - seconds(40));
                        let sample = world.sample(Account { last_used_at: used, ..limits() });
                        next.extend(world.answer(1, sample).to_vec());
                    }
                    Effect::Usage(UsageEffect::Load(_)) => {
                        let record = world.monitor.report_of(1).record.unwrap_or_default();
                        next.extend(world.load(Ok(record)));
                    }
                    Effect::Usage(UsageEffect::Read { sequence, .. }) => {
                        looks += 1;
                        calls.push(world.now.elapsed);
                        next.extend(match answers.next() {
                            Some(0) => world.fail_page(sequence, UsageError::Failed(PollError { counts: true, ..failure(PollErrorKind::ServerError) })),
                            Some(1) => world.fail_page(sequence, UsageError::Failed(failure(PollErrorKind::RateLimited))),
                            _ => world.answer_page(sequence, page(listed, total, world.now.wall)),
                        });
                    }
                    Effect::Usage(UsageEffect::Store { .. }) => {
                        let record = world.record();
                        next.extend(world.store(record, Vec::new()));
                    }
                    _ => {}
                }
            }
            prop_assert!(polls + looks <= 1, "one request at a time");
            if next.is_empty() {
                let wait = world.monitor.next_wake().unwrap() - world.now.elapsed;
                prop_assert!(wait.is_positive(), "it does not spin");
                next = world.pass(wait).to_vec();
            }
            effects = next;
        }
        let most_in = |window: SignedDuration| {
            let counts = calls.iter().map(|end| calls.iter().filter(|call| **call > *end - window && *call <= end).count());
            counts.max().unwrap_or(0) as u64
        };
        prop_assert!(most_in(DAY) <= per_day / 5);
        prop_assert!(most_in(MINUTE) <= (per_minute / 2).max(1));
    }
}
