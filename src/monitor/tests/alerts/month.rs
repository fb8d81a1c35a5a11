//! Thirty days of three environments with all that can happen to them: exactly what is told, and that nothing grows.

use super::*;
use crate::domain::time::{DAY, Elapsed};

/// Event that happens after so many days, hours and minutes.
struct Incident {
    at: (i64, i64, i64),
    what: Box<dyn Fn(&mut AlertHarness)>,
}

fn incident(at: (i64, i64, i64), what: impl Fn(&mut AlertHarness) + 'static) -> Incident {
    Incident { at, what: Box::new(what) }
}

/// An account that is asked every 36 minutes.
fn seldom(credits: f64) -> ScriptedAnswer {
    ScriptedAnswer::Answers(Account { requests_per_day: Limit::Of(200), ..holding(credits) })
}

fn put(watch: &mut AlertHarness, number: u32, credits: f64) {
    watch.answers.insert(number, seldom(credits));
    watch.refresh();
}

/// `dev`, `staging` and `prod` have the keys 1, 2 and 3.
fn script() -> Vec<Incident> {
    let credits = |number, credits| move |watch: &mut AlertHarness| put(watch, number, credits);
    let fails = |number, kind| move |watch: &mut AlertHarness| watch.break_off(number, kind);
    let mut script = vec![
        incident((1, 9, 0), credits(1, 58.0)),
        incident((2, 9, 0), |watch| watch.send(acknowledged(name("dev")))),
        incident((5, 0, 0), credits(1, 14.0)),
        incident((6, 0, 0), credits(1, 0.0)),
        incident((7, 0, 0), credits(1, 300.0)),
        incident((8, 3, 0), fails(2, PollErrorKind::Unauthorized)),
        incident((8, 15, 0), credits(2, 300.0)),
        incident((10, 0, 0), fails(3, PollErrorKind::ServerError)),
        incident((10, 0, 5), credits(3, 300.0)),
        incident((12, 0, 0), |watch| {
            (1..=3).for_each(|number| {
                drop(watch.answers.insert(number, ScriptedAnswer::Fails(PollErrorKind::Connection)));
            });
            watch.refresh();
        }),
        incident((12, 6, 0), |watch| {
            (1..=3).for_each(|number| drop(watch.answers.insert(number, seldom(300.0))));
        }),
        incident((14, 0, 0), |watch| watch.send(Input::PauseToggled)),
        incident((14, 2, 0), |watch| watch.pass(seconds(1))),
        incident((14, 2, 2), |watch| watch.pass(seconds(1))),
        incident((14, 3, 0), |watch| watch.send(Input::PauseToggled)),
        incident((16, 0, 0), |watch| watch.pass(hours(9))),
        incident((20, 0, 0), fails(2, PollErrorKind::RateLimited)),
        incident((20, 2, 0), credits(2, 300.0)),
    ];
    for minute in 0..20 {
        let balance = if minute % 2 == 0 { 10.0 } else { 299.0 };
        script.push(incident((22, 0, minute), credits(3, balance)));
    }
    script.push(incident((25, 0, 0), credits(3, 10.0)));
    script
}

const EXPECTED: [&str; 23] = [
    "02 09:02 dev raised credits-low",
    "06 00:02 dev raised credits-critical",
    "07 00:02 dev raised credits-out",
    "08 00:02 dev resolved credits-out",
    "09 03:02 staging raised revoked",
    "09 15:02 staging resolved revoked",
    "11 00:02 prod raised unreachable",
    "11 00:07 prod resolved unreachable",
    "13 00:02 all raised outage",
    "13 06:09 all resolved outage",
    "15 02:02 dev raised stale",
    "15 02:02 staging raised stale",
    "15 02:02 prod raised stale",
    "15 03:02 dev resolved stale",
    "15 03:02 staging resolved stale",
    "15 03:02 prod resolved stale",
    "21 00:02 staging raised rate-limited",
    "21 02:02 staging resolved rate-limited",
    "26 00:02 prod raised credits-critical",
    "27 00:02 prod reminder credits-critical",
    "28 00:02 prod reminder credits-critical",
    "29 00:02 prod reminder credits-critical",
    "30 00:02 prod reminder credits-critical",
];

/// Numbers of the log entries, alerts, stored alerts and calls that the monitor keeps.
fn sizes(watch: &AlertHarness) -> [usize; 4] {
    let monitor = &watch.world.monitor;
    let calls = monitor.scheduler.keys.values().map(|key| key.request_log.iter().count()).sum();
    [monitor.log.entries().len(), monitor.alerts.len(), watch.store.borrow().len(), calls]
}

#[test]
fn a_month_is_told_as_it_was_and_leaves_no_heap_behind() {
    let mut settings = settings(&["dev", "staging", "prod"]);
    settings.alerts.remind_after = Some(DAY);
    let mut watch = AlertHarness::with(settings, AlertStoreStub::default(), "2026-11-01T00:00:00Z");
    (1..=3).for_each(|number| put(&mut watch, number, 300.0));
    let mut after_two_days = None;
    let moment = |(days, hours, minutes): (i64, i64, i64)| {
        Elapsed::ZERO + DAY * i32::try_from(days).unwrap() + SignedDuration::from_mins(hours * 60 + minutes)
    };
    for Incident { at, what } in script() {
        if at.0 >= 5 && after_two_days.is_none() {
            watch.run(moment((2, 12, 0)) - watch.world.now.elapsed);
            after_two_days = Some(sizes(&watch));
        }
        let wait = moment(at) - watch.world.now.elapsed;
        watch.run(wait.max(SignedDuration::ZERO));
        what(&mut watch);
    }
    watch.run(moment((30, 0, 0)) - watch.world.now.elapsed);

    let told: Vec<_> = watch
        .notifications
        .iter()
        .zip(brief(&watch.notifications))
        .map(|(notification, brief)| format!("{} {brief}", notification.at.strftime("%d %H:%M")))
        .collect();
    assert_eq!(told, EXPECTED);
    let (early, late) = (after_two_days.unwrap(), sizes(&watch));
    assert!(late[0] <= 200, "lines of the log: {late:?}, after two days {early:?}");
    assert!(late[1] <= 10 && late[2] <= 10, "alerts: {late:?}, after two days {early:?}");
    assert!(early[3] > 50 && late[3] <= early[3] * 2, "calls: {late:?}, after two days {early:?}");
}
