//! Alerts that are kept across restarts and shared by processes.

use super::*;

fn another(names: &[&str], store: &AlertStoreStub, start: &str) -> AlertHarness {
    let mut settings = settings(names);
    settings.alerts.remind_after = Some(hours(24));
    AlertHarness::with(settings, Rc::clone(store), start)
}

/// Lets a minute pass in each process.
fn run_in_turn(watches: &mut [AlertHarness]) {
    for watch in watches {
        watch.run(minutes(1));
    }
}

/// An environment whose credits are low since 12:00, told.
fn low() -> AlertHarness {
    let mut watch = another(&["dev"], &AlertStoreStub::default(), "2026-11-21T12:00:00Z");
    watch.set(1, 55.0);
    watch.run(minutes(10));
    assert_eq!(watch.news(), ["dev raised credits-low"]);
    watch
}

#[test]
fn nothing_is_told_before_it_is_known_what_was_told() {
    let mut world = MonitorHarness::active();
    let sample = world.sample(holding(3.0));
    world.pass(minutes(8));
    world.answer(1, sample);
    let mut effects = Vec::new();
    for _ in 0..100 {
        effects.extend(world.pass(seconds(20)).to_vec());
    }
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::StoreAlert(_))));
    world.send(Input::AlertsLoaded(None));
    world.send(Input::RefreshAllRequested);
    let sample = world.sample(holding(3.0));
    world.answer(1, sample);
    let told = world.pass(minutes(2)).iter().any(|effect| matches!(effect, Effect::StoreAlert(_)));
    assert!(told);
}

#[test]
fn a_restart_repeats_nothing() {
    let before = low();
    let mut watch = another(&["dev"], &before.store, "2026-11-21T13:00:00Z");
    watch.set(1, 55.0);
    watch.run(hours(20));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(hours(4));
    assert_eq!(watch.news(), ["dev reminder credits-low"], "a day after it was told");
}

#[test]
fn what_ended_meanwhile_is_told_once_a_sample_says_so() {
    let before = low();
    let mut watch = another(&["dev"], &before.store, "2026-11-21T15:01:00Z");
    assert_eq!(watch.world.environment("dev").alerts.len(), 1);
    watch.run(minutes(5));
    assert_eq!(watch.texts(), ["credits no longer low, after 3 h"]);
    let mut once_more = another(&["dev"], &before.store, "2026-11-21T16:00:00Z");
    once_more.run(hours(1));
    assert_eq!(once_more.news(), [""; 0]);
}

#[test]
fn what_can_t_be_known_after_a_restart_is_left_as_it_was() {
    let before = low();
    let mut watch = another(&["dev"], &before.store, "2026-11-21T15:00:00Z");
    watch.break_off(1, PollErrorKind::ServerError);
    watch.run(hours(1));
    assert_eq!(watch.news(), ["dev raised unreachable", "dev reminder unreachable"]);
    assert_eq!(watch.world.environment("dev").alerts.len(), 2);
}

#[test]
fn an_acknowledgement_outlasts_a_restart() {
    let mut before = low();
    before.send(acknowledged(name("dev")));
    let mut watch = another(&["dev"], &before.store, "2026-11-21T15:00:00Z");
    watch.set(1, 55.0);
    watch.run(hours(100));
    assert_eq!(watch.news(), [""; 0]);
    assert_eq!(watch.world.environment("dev").alerts[0].acknowledged.as_ref().unwrap().by, "ada");
}

#[test]
fn of_two_processes_one_tells_and_both_announce() {
    let store = AlertStoreStub::default();
    let mut watches = [(); 2].map(|()| another(&["dev"], &store, "2026-11-21T12:00:00Z"));
    for credits in [55.0, 3.0, 300.0] {
        for watch in &mut watches {
            watch.set(1, credits);
        }
        for _ in 0..20 {
            run_in_turn(&mut watches);
        }
    }
    let expected = ["dev raised credits-low", "dev raised credits-critical", "dev resolved credits-critical"];
    for watch in &watches {
        assert_eq!(brief(&watch.announced), expected);
    }
    let told: Vec<_> = watches.iter_mut().flat_map(AlertHarness::news).collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
}

#[test]
fn what_another_process_acknowledged_is_seen_here_and_not_told_again() {
    let store = AlertStoreStub::default();
    let mut watches = [(); 2].map(|()| another(&["dev"], &store, "2026-11-21T12:00:00Z"));
    for watch in &mut watches {
        watch.set(1, 55.0);
    }
    for _ in 0..5 {
        run_in_turn(&mut watches);
    }
    watches[0].send(acknowledged(name("dev")));
    watches[1].run(minutes(10));
    assert!(watches[1].world.environment("dev").alerts[0].acknowledged.is_some());
    watches[1].news();
    watches[1].run(hours(50));
    assert_eq!(watches[1].news(), [""; 0]);
}

#[test]
fn an_acknowledgement_that_was_overtaken_is_kept_all_the_same() {
    let store = AlertStoreStub::default();
    let mut watches = [(); 2].map(|()| another(&["dev"], &store, "2026-11-21T12:00:00Z"));
    for watch in &mut watches {
        watch.set(1, 55.0);
        watch.run(minutes(3));
    }
    store.borrow_mut()[0].version += 1;
    watches[1].send(acknowledged(name("dev")));
    assert_eq!(store.borrow()[0].acknowledged.as_ref().unwrap().by, "ada");
}

#[test]
fn an_acknowledgement_is_taken_back_though_another_process_was_faster() {
    let store = AlertStoreStub::default();
    let mut watches = [(); 2].map(|()| another(&["dev"], &store, "2026-11-21T12:00:00Z"));
    for watch in &mut watches {
        watch.set(1, 55.0);
        watch.run(minutes(3));
    }
    watches[1].send(acknowledged(name("dev")));
    store.borrow_mut()[0].version += 1;
    watches[1].send(Input::AcknowledgementRequested(name("dev"), AcknowledgementRequest::TakeBack));
    assert_eq!(store.borrow()[0].acknowledged, None);
    watches[0].run(minutes(10));
    assert_eq!(watches[0].world.environment("dev").alerts[0].acknowledged, None, "the other process sees it");
}

#[test]
fn a_history_that_fails_silences_nothing() {
    let mut watch = another(&["dev"], &AlertStoreStub::default(), "2026-11-21T12:00:00Z");
    watch.store_fails = true;
    watch.set(1, 55.0);
    watch.run(hours(1));
    watch.set(1, 300.0);
    watch.run(hours(1));
    assert_eq!(watch.news(), ["dev raised credits-low", "dev resolved credits-low"]);
}

#[test]
fn an_alert_of_an_environment_that_is_renamed_or_removed_is_resolved_once_with_the_reason() {
    let before = low();
    let mut other = another(&["prod"], &before.store, "2026-11-21T15:00:00Z");
    other.run(minutes(1));
    assert_eq!(other.texts(), ["credits low: dev is not in the configuration any more"]);
    assert!(before.store.borrow()[0].is_resolved);
    let mut again = another(&["prod"], &before.store, "2026-11-21T16:00:00Z");
    again.run(hours(1));
    assert_eq!(again.news(), [""; 0]);
}

#[test]
fn in_quiet_hours_the_end_of_a_warning_of_a_removed_environment_waits_for_the_morning() {
    let before = low();
    let mut quiet = settings(&["prod"]);
    let (from, until) = ("22:00".parse().unwrap(), "07:00".parse().unwrap());
    quiet.alerts.quiet_hours = Some(QuietHours { from, until, zone: TimeZone::UTC });
    let mut watch = AlertHarness::with(quiet, Rc::clone(&before.store), "2026-11-21T23:00:00Z");
    watch.run(hours(7));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(hours(2));
    assert_eq!(watch.news(), ["dev resolved credits-low"]);
}

#[test]
fn an_environment_that_was_only_not_asked_for_keeps_its_alerts() {
    let before = low();
    let mut some = settings(&["prod"]);
    (some.environments[0].requested, some.unwatched) = (true, vec![name("dev")]);
    let mut watch = AlertHarness::with(some, Rc::clone(&before.store), "2026-11-21T15:00:00Z");
    watch.run(hours(1));
    assert_eq!((watch.news(), before.store.borrow()[0].is_resolved), (vec![], false));
}

#[test]
fn an_alert_that_is_muted_is_resolved_once_with_the_reason() {
    let before = low();
    let mut muting = settings(&["dev"]);
    muting.alerts.muted = vec![Condition::Flag(Flag::CreditsLow)];
    for expected in [&["credits low: muted in the configuration"][..], &[]] {
        let mut watch = AlertHarness::with(muting.clone(), Rc::clone(&before.store), "2026-11-21T15:00:00Z");
        watch.run(minutes(5));
        assert_eq!((watch.texts(), before.store.borrow()[0].is_resolved), (owned(expected), true));
    }
}

#[test]
fn an_alert_of_a_key_that_was_removed_while_nobody_watched_is_resolved_once() {
    let before = low();
    for expected in [&["credits low: ended after 3 h, no source has a key any more"][..], &[]] {
        let mut watch = AlertHarness::keyless(settings(&["dev"]), Rc::clone(&before.store), "2026-11-21T15:01:00Z");
        watch.run(minutes(10));
        assert_eq!((watch.texts(), before.store.borrow()[0].is_resolved), (owned(expected), true));
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn what_was_told_in_the_future_was_told_now() {
    let before = low();
    let mut watch = another(&["dev"], &before.store, "2025-11-21T12:00:00Z");
    watch.set(1, 55.0);
    watch.run(hours(23));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(hours(2));
    assert_eq!(watch.news(), ["dev reminder credits-low"]);
}

#[test]
fn without_a_forecast_none_is_over() {
    let before = low();
    before.store.borrow_mut()[0].condition = Condition::Flag(Flag::RunsOutBeforeReset);
    let mut watch = another(&["dev"], &before.store, "2026-11-21T15:00:00Z");
    watch.run(hours(1));
    assert_eq!((watch.news(), before.store.borrow()[0].is_resolved), (vec![], false));
}

#[test]
fn since_when_it_is_so_is_learnt_of_what_an_earlier_version_told_as_seen() {
    let before = low();
    let condition = Condition::Flag(Flag::RotateOverdue);
    let seen = before.store.borrow()[0].since;
    before.store.borrow_mut()[0].condition = condition;
    before.store.borrow_mut()[0].severity = Severity::Critical;
    let mut watch = another(&["dev"], &before.store, "2026-11-21T15:00:00Z");
    assert_eq!(watch.world.environment("dev").alerts[0].since, seen);
    let made = ago(&watch.world.now, hours(95 * 24));
    watch.answers.insert(1, ScriptedAnswer::Answers(Account { created_at: Some(made), ..holding(300.0) }));
    watch.refresh();
    let due = Since::Fact(made.checked_add(hours(90 * 24)).unwrap());
    assert_eq!(watch.world.environment("dev").alerts[0].since, due);
    assert_eq!(watch.news(), [""; 0]);
}
