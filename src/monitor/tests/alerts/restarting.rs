//! What is kept across restarts and shared by processes.

use super::*;

fn another(names: &[&str], shelf: &Shelf, start: &str) -> Watch {
    let mut settings = settings(names);
    settings.alerts.remind_after = Some(hours(24));
    Watch::with(settings, Rc::clone(shelf), start)
}

/// Lets a minute pass in each process.
fn run_in_turn(watches: &mut [Watch]) {
    for watch in watches {
        watch.run(minutes(1));
    }
}

/// An environment whose credits are low since 12:00, told.
fn low() -> Watch {
    let mut watch = another(&["dev"], &Shelf::default(), "2026-11-21T12:00:00Z");
    watch.set(1, 55.0);
    watch.run(minutes(10));
    assert_eq!(watch.news(), ["dev raised credits-low"]);
    watch
}

#[test]
fn nothing_is_told_before_it_is_known_what_was_told() {
    let mut world = World::active();
    let sample = world.sample(holding(3.0));
    world.pass(minutes(8));
    world.answer(1, sample);
    let mut effects = Vec::new();
    for _ in 0..100 {
        effects.extend(world.pass(seconds(20)).to_vec());
    }
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::SettleAlert(_))));
    world.send(Event::AlertsLoaded(None));
    world.send(Event::RefreshAllRequested);
    let sample = world.sample(holding(3.0));
    world.answer(1, sample);
    let told = world.pass(minutes(2)).iter().any(|effect| matches!(effect, Effect::SettleAlert(_)));
    assert!(told);
}

#[test]
fn a_restart_repeats_nothing() {
    let before = low();
    let mut watch = another(&["dev"], &before.shelf, "2026-11-21T13:00:00Z");
    watch.set(1, 55.0);
    watch.run(hours(20));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(hours(4));
    assert_eq!(watch.news(), ["dev reminder credits-low"], "a day after it was told");
}

#[test]
fn what_ended_meanwhile_is_told_once_a_sample_says_so() {
    let before = low();
    let mut watch = another(&["dev"], &before.shelf, "2026-11-21T15:01:00Z");
    assert_eq!(watch.world.report("dev").alerts.len(), 1);
    watch.run(minutes(5));
    assert_eq!(watch.texts(), ["credits low: over, after 3 h"]);
    let mut once_more = another(&["dev"], &before.shelf, "2026-11-21T16:00:00Z");
    once_more.run(hours(1));
    assert_eq!(once_more.news(), [""; 0]);
}

#[test]
fn what_can_t_be_known_after_a_restart_is_left_as_it_was() {
    let before = low();
    let mut watch = another(&["dev"], &before.shelf, "2026-11-21T15:00:00Z");
    watch.break_off(1, PollFailureKind::ServerError);
    watch.run(hours(1));
    assert_eq!(watch.news(), ["dev raised unreachable", "dev reminder unreachable"]);
    assert_eq!(watch.world.report("dev").alerts.len(), 2);
}

#[test]
fn an_acknowledgement_outlasts_a_restart() {
    let mut before = low();
    before.send(Event::AlertsAcknowledged(name("dev")));
    let mut watch = another(&["dev"], &before.shelf, "2026-11-21T15:00:00Z");
    watch.set(1, 55.0);
    watch.run(hours(100));
    assert_eq!(watch.news(), [""; 0]);
    assert_eq!(watch.world.report("dev").alerts[0].acknowledged.as_ref().unwrap().by, "ada");
}

#[test]
fn of_two_processes_one_tells_and_both_announce() {
    let shelf = Shelf::default();
    let mut watches = [(); 2].map(|()| another(&["dev"], &shelf, "2026-11-21T12:00:00Z"));
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
    let told: Vec<_> = watches.iter_mut().flat_map(Watch::news).collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
}

#[test]
fn what_another_process_acknowledged_is_seen_here_and_not_told_again() {
    let shelf = Shelf::default();
    let mut watches = [(); 2].map(|()| another(&["dev"], &shelf, "2026-11-21T12:00:00Z"));
    for watch in &mut watches {
        watch.set(1, 55.0);
    }
    for _ in 0..5 {
        run_in_turn(&mut watches);
    }
    watches[0].send(Event::AlertsAcknowledged(name("dev")));
    watches[1].run(minutes(10));
    assert!(watches[1].world.report("dev").alerts[0].acknowledged.is_some());
    watches[1].news();
    watches[1].run(hours(50));
    assert_eq!(watches[1].news(), [""; 0]);
}

#[test]
fn an_acknowledgement_that_was_overtaken_is_kept_all_the_same() {
    let shelf = Shelf::default();
    let mut watches = [(); 2].map(|()| another(&["dev"], &shelf, "2026-11-21T12:00:00Z"));
    for watch in &mut watches {
        watch.set(1, 55.0);
        watch.run(minutes(3));
    }
    shelf.borrow_mut()[0].version += 1;
    watches[1].send(Event::AlertsAcknowledged(name("dev")));
    assert_eq!(shelf.borrow()[0].acknowledged.as_ref().unwrap().by, "ada");
}

#[test]
fn a_history_that_fails_silences_nothing() {
    let mut watch = another(&["dev"], &Shelf::default(), "2026-11-21T12:00:00Z");
    watch.shelf_is_broken = true;
    watch.set(1, 55.0);
    watch.run(hours(1));
    watch.set(1, 300.0);
    watch.run(hours(1));
    assert_eq!(watch.news(), ["dev raised credits-low", "dev resolved credits-low"]);
}

#[test]
fn alerts_of_what_is_gone_or_muted_end_without_a_word() {
    let before = low();
    let mut other = another(&["prod"], &before.shelf, "2026-11-21T15:00:00Z");
    assert_eq!((other.news(), before.shelf.borrow()[0].is_over), (vec![], true));

    let before = low();
    let mut some = settings(&["prod"]);
    some.environments[0].requested = true;
    Watch::with(some, Rc::clone(&before.shelf), "2026-11-21T15:00:00Z");
    assert!(!before.shelf.borrow()[0].is_over, "it was only not asked for");

    let mut muting = settings(&["dev"]);
    muting.alerts.muted = vec![Condition::Flag(Flag::CreditsLow)];
    let mut watch = Watch::with(muting, Rc::clone(&before.shelf), "2026-11-21T15:00:00Z");
    assert_eq!((watch.news(), before.shelf.borrow()[0].is_over), (vec![], true));
}

#[test]
fn what_was_told_in_the_future_was_told_now() {
    let before = low();
    let mut watch = another(&["dev"], &before.shelf, "2025-11-21T12:00:00Z");
    watch.set(1, 55.0);
    watch.run(hours(23));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(hours(2));
    assert_eq!(watch.news(), ["dev reminder credits-low"]);
}

#[test]
fn without_a_forecast_none_is_over() {
    let before = low();
    before.shelf.borrow_mut()[0].condition = Condition::Flag(Flag::RunsOutBeforeReset);
    let mut watch = another(&["dev"], &before.shelf, "2026-11-21T15:00:00Z");
    watch.run(hours(1));
    assert_eq!((watch.news(), before.shelf.borrow()[0].is_over), (vec![], false));
}
