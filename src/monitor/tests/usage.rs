mod limits;

use proptest::prelude::*;

use super::*;
use crate::domain::activity::{
    ActivityRecord, PAGES_MAX, ScannedUsage, UsageAnomaly, UsageCall, UsageError, UsagePage, UsageResponse, UsageUpdate,
};
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::last_use::ExternalUse;
use crate::domain::log_entry::EventKind;
use crate::domain::status::{Severity, Status};
use crate::domain::time::{DAY, Elapsed, Now};
use crate::monitor::polling::permit::PermitRequest;
use crate::monitor::polling::request_log::MINUTE;
use crate::monitor::usage::{ActivityError, UsageEffect, UsageInput, UsageOutcome};

/// A key with room for many calls.
fn pro() -> Account {
    Account { requests_per_minute: Limit::Of(300), requests_per_day: Limit::Unlimited, ..account() }
}

fn wanted(effects: &[Effect]) -> Vec<UsageEffect> {
    let effects = effects.iter().filter_map(|effect| match effect {
        Effect::Usage(effect) => Some(effect.clone()),
        _ => None,
    });
    effects.collect()
}

/// The numbers of the pages that are asked for, and where they begin.
fn pages(effects: &[Effect]) -> Vec<(u64, u64)> {
    let reads = wanted(effects).into_iter().filter_map(|effect| match effect {
        UsageEffect::Read { sequence, offset, .. } => Some((sequence, offset)),
        _ => None,
    });
    reads.collect()
}

fn readings(effects: &[Effect]) -> Vec<ScannedUsage> {
    let stores = wanted(effects).into_iter().filter_map(|effect| match effect {
        UsageEffect::Store { reading, .. } => Some(reading),
        _ => None,
    });
    stores.collect()
}

fn page(calls: i64, total: u64, newest: Timestamp) -> UsagePage {
    let call = |number| UsageCall {
        at: newest - seconds(number),
        endpoint: "/search".to_owned(),
        status_code: Some(200),
        credits: 1.0,
        response_time: Some(SignedDuration::from_millis(number)),
    };
    UsagePage { rows: (0..calls).map(|number| Some(call(number))).collect(), total_count: Some(total), limit: None }
}

impl MonitorHarness {
    fn activity(&mut self, event: UsageInput) -> Vec<Effect> {
        self.send(Input::Usage(event)).to_vec()
    }

    fn open(&mut self, environment: Option<&str>) -> Vec<Effect> {
        self.activity(UsageInput::Opened(environment.map(name)))
    }

    fn load(&mut self, outcome: Result<ActivityRecord, HistoryErrorDetails>) -> Vec<Effect> {
        self.activity(UsageInput::Loaded { fingerprint: fingerprint(1), outcome })
    }

    fn read(&mut self, sequence: u64, outcome: UsageOutcome) -> Vec<Effect> {
        self.activity(UsageInput::Read { fingerprint: fingerprint(1), sequence, outcome, calls: None })
    }

    fn answer_page(&mut self, sequence: u64, page: UsagePage) -> Vec<Effect> {
        let server_clock = Some(self.now.wall);
        self.read(sequence, UsageOutcome::Answered(Box::new(UsageResponse { page, server_clock })))
    }

    fn fail_page(&mut self, sequence: u64, failure: UsageError) -> Vec<Effect> {
        self.read(sequence, UsageOutcome::Failed(failure))
    }

    fn store(&mut self, record: ActivityRecord, unusual: Vec<UsageAnomaly>) -> Vec<Effect> {
        let outcome = Ok(UsageUpdate { anomalies: unusual, record });
        self.activity(UsageInput::Stored { fingerprint: fingerprint(1), outcome })
    }

    /// Activity that the history tells after a look.
    fn record(&self) -> ActivityRecord {
        ActivityRecord { read_at: Some(self.now.wall), read_until: Some(self.now.wall - MINUTE), ..Default::default() }
    }

    /// An answered poll, some time later. `used` is when others used the key last.
    fn poll_after(&mut self, duration: SignedDuration, account: Account, used: Option<Timestamp>) -> Vec<Effect> {
        let before = self.pass(duration).to_vec();
        let sample = self.sample(Account { last_used_at: used, ..account });
        [before, self.answer(1, sample).to_vec()].concat()
    }

    /// Takes a look to its end, and tells how many pages it took.
    fn look(&mut self, effects: &[Effect]) -> usize {
        assert_eq!(wanted(effects), [UsageEffect::Load(fingerprint(1))]);
        let known = Ok(self.monitor.report_of(1).record.unwrap_or_default());
        let mut effects = self.load(known.clone());
        if wanted(&effects) == [UsageEffect::Load(fingerprint(1))] {
            effects = self.load(known);
        }
        let mut asked = 0;
        while let [(sequence, _)] = pages(&effects)[..] {
            asked += 1;
            effects = self.answer_page(sequence, page(10, 10, self.now.wall));
        }
        assert_eq!(readings(&effects).len(), asked);
        if asked > 0 {
            let record = self.record();
            self.store(record, Vec::new());
        }
        asked
    }
}

impl Monitor {
    fn report_of(&self, number: u32) -> crate::monitor::usage::ActivitySnapshot {
        let now = Now { elapsed: Elapsed::ZERO, wall: Timestamp::UNIX_EPOCH };
        self.usage.snapshot(fingerprint(number), &now)
    }
}

/// One environment `dev` with key 1, answered once with others' use a minute before; its activity is followed, and the
/// history knows nothing of it.
fn followed(account: Account) -> (MonitorHarness, Vec<Effect>) {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    world.activity(UsageInput::Followed);
    world.load(Ok(ActivityRecord::default()));
    let sample = world.sample(Account { last_used_at: Some(ago(&world.now, MINUTE)), ..account });
    let effects = world.answer(1, sample).to_vec();
    (world, effects)
}

#[test]
fn nothing_is_asked_until_the_activity_is_followed() {
    let mut world = MonitorHarness::active();
    assert_eq!(wanted(&world.poll_after(minutes(10), account(), Some(world.now.wall))), []);
    assert_eq!(wanted(&world.open(Some("dev"))), []);
}

#[test]
fn what_the_history_knows_is_shown_at_once_and_renewed_each_hour() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    let load = [UsageEffect::Load(fingerprint(1))];
    assert_eq!(wanted(&world.activity(UsageInput::Followed)), load);
    let known = ActivityRecord { last_other: Some(world.now.wall), ..ActivityRecord::default() };
    assert_eq!(world.load(Ok(known.clone())), []);
    assert_eq!(world.environment("dev").activity.record, Some(known));
    world.fail(1, PollErrorKind::Timeout);
    assert_eq!(wanted(world.pass(minutes(59))), []);
    assert_eq!(wanted(world.pass(minutes(1))), load);
}

#[test]
fn use_by_others_is_looked_at_and_the_same_use_is_not_looked_at_again() {
    let (mut world, effects) = followed(pro());
    assert_eq!(world.look(&effects), 1);
    let used = world.environment("dev").others_use.unwrap().at;
    for _ in 0..20 {
        assert_eq!(wanted(&world.poll_after(minutes(1), pro(), Some(used))), [], "nothing new");
    }
    let effects = world.poll_after(minutes(1), pro(), Some(world.now.wall - seconds(20)));
    assert_eq!(world.look(&effects), 1);
    let later = world.now.wall - seconds(20);
    assert_eq!(wanted(&world.poll_after(minutes(1), pro(), Some(later))), [], "too soon");
    assert_eq!(world.monitor.next_wake().unwrap() - world.now.elapsed, minutes(1), "the poll");
    let mut effects = Vec::new();
    for _ in 0..14 {
        assert_eq!(wanted(&effects), []);
        effects = world.poll_after(minutes(1), pro(), Some(later));
    }
    assert_eq!(world.look(&effects), 1, "15 minutes after the last");
}

#[test]
fn while_the_operator_watches_each_poll_brings_a_look() {
    let (mut world, effects) = followed(pro());
    world.look(&effects);
    assert_eq!(wanted(&world.open(Some("dev"))), [], "the last look is not older than a minute");
    let used = world.environment("dev").others_use.map(|used| used.at);
    for _ in 0..3 {
        let effects = world.poll_after(minutes(1), pro(), used);
        assert_eq!(world.look(&effects), 1);
    }
    world.open(None);
    assert_eq!(wanted(&world.poll_after(minutes(1), pro(), used)), []);
    world.pass(seconds(30));
    let effects = world.open(Some("dev"));
    assert_eq!(world.look(&effects), 1, "at once");
}

#[test]
fn a_pause_holds_looks_back_but_not_from_the_operator() {
    let mut world = MonitorHarness::with_keys(&["dev"]);
    world.activity(UsageInput::Followed);
    world.load(Ok(ActivityRecord::default()));
    world.send(Input::PauseToggled);
    let sample = world.sample(Account { last_used_at: Some(ago(&world.now, MINUTE)), ..pro() });
    assert_eq!(wanted(world.answer(1, sample)), []);
    let effects = world.open(Some("dev"));
    assert_eq!(world.look(&effects), 1);
}

#[test]
fn no_look_follows_one_of_another_process() {
    let (mut world, _) = followed(pro());
    let record = ActivityRecord { read_at: Some(ago(&world.now, minutes(5))), ..ActivityRecord::default() };
    assert_eq!(wanted(&world.load(Ok(record))), []);
}

#[test]
fn a_look_before_the_clock_was_set_back_keeps_none_off() {
    let (mut world, _) = followed(pro());
    let record = ActivityRecord { read_at: Some(world.now.wall + minutes(60)), ..ActivityRecord::default() };
    assert_eq!(pages(&world.load(Ok(record))).len(), 1);
}

#[test]
fn pages_follow_each_other_and_a_poll_waits_for_them() {
    let (mut world, _) = followed(pro());
    let newest = world.now.wall;
    let mut effects = world.load(Ok(ActivityRecord::default()));
    let mut offsets = Vec::new();
    for number in 0..PAGES_MAX {
        let [(sequence, offset)] = pages(&effects)[..] else { panic!("{effects:?}") };
        offsets.push(offset);
        assert!(world.environment("dev").activity.reading);
        let polls = polled(world.send(Input::RefreshAllRequested)).len() + polled(world.pass(seconds(61))).len();
        assert_eq!(polls, 0, "one request at a time");
        let older = newest - seconds(95) * i32::try_from(number).unwrap();
        let mut page = page(100, 9_999, older);
        let moved = SignedDuration::from_millis(95 * i64::try_from(number).unwrap());
        for call in page.rows.iter_mut().flatten() {
            call.response_time = call.response_time.map(|time| time + moved);
        }
        effects = world.answer_page(sequence, page);
        assert_eq!(polled(&effects), [fingerprint(1)], "between pages it is the poll's turn");
        let sample = world.sample(pro());
        effects.extend(world.answer(1, sample).to_vec());
    }
    assert_eq!(offsets, [0, 95, 190, 285, 380]);
    let reading = &readings(&effects)[0];
    assert_eq!((reading.calls.len(), reading.exhausted), (480, false));
}

#[test]
fn the_last_call_by_others_takes_the_place_of_an_estimate() {
    let (mut world, _) = followed(pro());
    world.monitor.scheduler.keys.get_mut(&fingerprint(1)).unwrap().others_use =
        Some(ExternalUse { at: world.now.wall, exact: false });
    world.load(Ok(ActivityRecord::default()));
    let listed = ago(&world.now, minutes(3));
    let record = ActivityRecord { last_other: Some(listed), ..world.record() };
    world.store(record.clone(), Vec::new());
    assert_eq!(world.environment("dev").others_use, Some(ExternalUse { at: listed, exact: true }));
    let earlier = ActivityRecord { last_other: Some(listed - minutes(1)), ..record };
    world.store(earlier, Vec::new());
    assert_eq!(world.environment("dev").others_use, Some(ExternalUse { at: listed, exact: true }));
}

#[test]
fn what_is_unusual_is_an_event_and_changes_no_severity() {
    let (mut world, _) = followed(pro());
    let severity = world.environment("dev").severity;
    let record = world.record();
    world.store(record, vec![UsageAnomaly::FirstCall { endpoint: "/download-track".to_owned() }]);
    let entry = world.monitor.log.entries().last().unwrap();
    assert_eq!((entry.kind(), entry.severity), (EventKind::Activity, Severity::Warning));
    assert_eq!(world.log(), ["dev: first call of /download-track with this key"]);
    assert_eq!(world.environment("dev").severity, severity);
}

/// Lease by which the look that follows is shared with other processes.
fn lease_of(world: &mut MonitorHarness, effects: &[Effect]) -> Lease {
    assert_eq!(wanted(effects), [UsageEffect::Load(fingerprint(1))]);
    let effects = world.load(Ok(ActivityRecord::default()));
    match &wanted(&effects)[..] {
        [UsageEffect::Read { permit: PermitRequest { lease: Some(lease), .. }, .. }] => *lease,
        others => panic!("no first page: {others:?}"),
    }
}

#[test]
fn a_look_is_left_to_the_process_that_polls_and_its_findings_are_asked_for_soon() {
    let (mut world, effects) = followed(pro());
    assert_eq!(lease_of(&mut world, &effects), Lease { duration: seconds(75), yields: true });
    let calls = world.environment("dev").minute.own;
    let sequence = world.monitor.scheduler.sequence;
    assert_eq!(wanted(&world.read(sequence, UsageOutcome::LeasedByOther)), []);
    assert_eq!(world.environment("dev").minute.own, calls - 1, "the call was not made");
    assert_eq!(wanted(world.pass(seconds(29))), []);
    assert_eq!(wanted(world.pass(seconds(1))), [UsageEffect::Load(fingerprint(1))]);
}

#[test]
fn what_the_operator_watches_is_looked_at_here_though_another_process_polls() {
    let (mut world, effects) = followed(pro());
    world.look(&effects);
    world.pass(minutes(1));
    let at = ago(&world.now, seconds(5));
    let sample = Sample { at, ..world.sample(Account { last_used_at: Some(at), ..pro() }) };
    let used = Some(ExternalUse { at, exact: true });
    let key_history = Box::new(KeyHistory { sample: Some(sample), others_use: used, ..KeyHistory::default() });
    let until = world.now.wall + minutes(1);
    let effects = world.conclude(1, PollOutcome::LeasedByOther { history: key_history, until }).to_vec();
    assert_eq!(wanted(&effects), []);
    let effects = world.open(Some("dev"));
    assert!(!lease_of(&mut world, &effects).yields);
}
