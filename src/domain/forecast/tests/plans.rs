use super::*;

/// An account as its service keeps it: what is left of a month's allowance, and what was bought beside it.
struct PlanService {
    month: f64,
    bought: f64,
    allowance: f64,
    points: Vec<CreditsPoint>,
}

/// Event of an account at a moment.
#[derive(Clone, Copy)]
enum PlanEvent {
    Reset,
    /// Another allowance; what is left rises with it, and is cut to it.
    Plan(f64),
    /// Credits that stay.
    Bought(f64),
    /// Credits are given back.
    Refund(f64),
    /// The allowance's credits on top of what is left.
    Added,
}

use PlanEvent::{Added, Bought, Plan, Refund, Reset as FilledUp};

/// A balance each hour, of which `a_day` credits are used each day.
fn service(since: &str, allowance: f64, left: f64, a_day: f64, changes: &[(&str, PlanEvent)]) -> Vec<CreditsPoint> {
    let mut service = PlanService { month: left, bought: 0.0, allowance, points: Vec::new() };
    let mut moment = at(since);
    while moment <= at(NOW) {
        for (_, change) in changes.iter().filter(|(when, _)| (moment - hours(1)..moment).contains(&at(when))) {
            service.change(*change);
        }
        let used = a_day / 24.0;
        service.month -= used;
        let credits = service.month + service.bought;
        service.points.push(CreditsPoint { at: moment, credits, allowance: Some(service.allowance) });
        moment += hours(1);
    }
    service.points
}

impl PlanService {
    fn change(&mut self, change: PlanEvent) {
        match change {
            FilledUp => self.month = self.allowance,
            Plan(allowance) => {
                self.month = (self.month + (allowance - self.allowance).max(0.0)).min(allowance);
                self.allowance = allowance;
            }
            Bought(credits) => self.bought += credits,
            Refund(credits) => self.month += credits,
            Added => self.month += self.allowance,
        }
    }
}

fn learnt(points: &[CreditsPoint]) -> Option<(u8, u32)> {
    let reset = forecast(points, None).reset?;
    let ResetOrigin::Learnt(rises) = reset.origin else { panic!("{reset:?}") };
    Some((reset.day, rises))
}

const SEP: (&str, PlanEvent) = ("2026-09-17T10:00:00Z", FilledUp);
const OCT: (&str, PlanEvent) = ("2026-10-17T10:00:00Z", FilledUp);
const NOV: (&str, PlanEvent) = ("2026-11-17T10:00:00Z", FilledUp);
const SINCE: &str = "2026-09-08T00:00:00Z";

#[test]
fn a_change_of_the_allowance_is_no_reset() {
    let upgrade = ("2026-11-12T09:30:00Z", Plan(300.0));
    assert_eq!(learnt(&service(SINCE, 50.0, 49.0, 0.1, &[upgrade])), None, "50 to 300, filled up with it");
    let resets = [SEP, OCT];
    let upgrade = ("2026-11-12T09:30:00Z", Plan(1_000.0));
    assert_eq!(learnt(&service(SINCE, 300.0, 250.0, 5.0, &[&resets[..], &[upgrade]].concat())), Some((17, 2)));
    let late = ("2026-10-12T09:30:00Z", Plan(1_000.0));
    let fills = [&resets[..], &[NOV, late]].concat();
    assert_eq!(
        learnt(&service(SINCE, 300.0, 250.0, 5.0, &fills)),
        Some((17, 3)),
        "past ones count by their own allowance"
    );
    let again = [("2026-10-03T12:00:00Z", Plan(500.0)), ("2026-11-03T12:00:00Z", Plan(900.0)), NOV];
    assert_eq!(
        learnt(&service(SINCE, 300.0, 250.0, 5.0, &again)),
        Some((17, 1)),
        "two on the same day, and still none"
    );
}

#[test]
fn the_balance_may_follow_another_allowance_a_little_later_or_come_before_it() {
    for lag in [-1, 1] {
        let mut points = service(SINCE, 50.0, 49.0, 0.1, &[("2026-11-12T09:30:00Z", Plan(300.0))]);
        let change = points.iter().position(|point| point.allowance == Some(300.0)).unwrap();
        if lag < 0 {
            points[change].allowance = Some(50.0);
        } else {
            points[change].credits = points[change - 1].credits;
        }
        assert_eq!(learnt(&points), None, "{lag}");
    }
}

#[test]
fn a_downgrade_that_cuts_the_balance_is_no_use_and_no_reset_is_forgotten() {
    let cut = ("2026-11-12T09:30:00Z", Plan(300.0));
    let points = service(SINCE, 1_000.0, 800.0, 16.0, &[SEP, OCT, cut]);
    let forecast = forecast(&points, None);
    assert!(forecast.burn.a_day().is_some_and(|burn| (15.9..16.1).contains(&burn)), "{:?}", forecast.burn);
    assert!(
        forecast.burn.fortnight.is_some_and(|spent| (222.6..225.4).contains(&spent.credits)),
        "{:?}",
        forecast.burn
    );
    assert_eq!(forecast.reset.map(|reset| (reset.day, reset.origin)), Some((17, ResetOrigin::Learnt(2))));
    assert!(used(&points, at("2026-11-12T00:00:00Z"), at("2026-11-13T00:00:00Z")) < 17.0, "bars leave it out too");
    // Cut in proportion, to less than the allowance.
    let mut points = service(SINCE, 1_000.0, 800.0, 16.0, &[SEP, OCT]);
    for point in points.iter_mut().filter(|point| point.at > at("2026-11-12T09:30:00Z")) {
        (point.credits, point.allowance) = (point.credits - 350.0, Some(400.0));
    }
    let burn = super::forecast(&points, None).burn;
    assert!(burn.a_day().is_some_and(|burn| (15.9..16.1).contains(&burn)), "{burn:?}");
    // The allowance told first, the balance cut when the month is over.
    let mut points = service(SINCE, 1_000.0, 800.0, 16.0, &[SEP, OCT, ("2026-11-17T09:30:00Z", Plan(300.0))]);
    let told = at("2026-11-12T09:30:00Z");
    points.iter_mut().filter(|point| point.at > told).for_each(|point| point.allowance = Some(300.0));
    let burn = super::forecast(&points, None).burn;
    assert!(burn.a_day().is_some_and(|burn| (15.9..16.1).contains(&burn)), "{burn:?}");
}

#[test]
fn bought_credits_that_stay_keep_no_reset_from_being_learnt() {
    let bought = ("2026-09-10T08:00:00Z", Bought(300.0));
    assert_eq!(learnt(&service(SINCE, 1_000.0, 800.0, 20.0, &[bought, SEP, OCT, NOV])), Some((17, 3)));
    let later = ("2026-10-02T08:00:00Z", Bought(300.0));
    assert_eq!(
        learnt(&service(SINCE, 1_000.0, 800.0, 20.0, &[SEP, later, OCT, NOV])),
        Some((17, 3)),
        "after a plain one"
    );
    let added = [SEP, OCT, NOV].map(|(when, _)| (when, Added));
    assert_eq!(learnt(&service(SINCE, 1_000.0, 800.0, 5.0, &added)), Some((17, 3)), "what is left is kept");
}

#[test]
fn top_ups_and_refunds_are_no_resets() {
    let one = |when, change| learnt(&service(SINCE, 1_000.0, 990.0, 10.0, &[(when, change)]));
    assert_eq!(one("2026-10-17T10:00:00Z", Bought(1_000.0)), None, "as much as the allowance, but once");
    assert_eq!(one("2026-10-17T10:00:00Z", Bought(5_000.0)), None);
    assert_eq!(one("2026-09-10T10:00:00Z", Refund(40.0)), None, "nearly full again");
    let two = [("2026-10-03T10:00:00Z", Bought(700.0)), ("2026-11-11T10:00:00Z", Bought(700.0))];
    assert_eq!(learnt(&service(SINCE, 1_000.0, 990.0, 10.0, &two)), None, "on different days");
    let beside = [SEP, OCT, NOV, ("2026-10-05T10:00:00Z", Bought(500.0)), ("2026-11-05T10:00:00Z", Bought(500.0))];
    assert_eq!(learnt(&service(SINCE, 1_000.0, 800.0, 30.0, &beside)), Some((17, 3)));
    // A balance that is topped up by itself whenever it gets low.
    let mut credits = 200.0;
    let mut points = service(SINCE, 1_000.0, 200.0, 0.0, &[]);
    for point in &mut points {
        credits -= 1.5;
        if credits < 50.0 {
            credits += 300.0;
        }
        point.credits = credits;
    }
    assert_eq!(learnt(&points), None);
}

#[test]
fn bought_credits_that_lapse_with_the_reset_are_no_use() {
    let mut points = service(SINCE, 1_000.0, 995.0, 2.0, &[("2026-11-01T08:00:00Z", Bought(300.0))]);
    points.iter_mut().filter(|point| point.at > at("2026-11-17T10:00:00Z")).for_each(|point| point.credits = 1_000.0);
    assert!(forecast(&points, None).burn.a_day().is_some_and(|burn| burn < 2.1));
}

proptest! {
    /// However often the plan changes, nothing but use is counted as use, and nothing but resets as resets.
    #[test]
    fn changes_of_the_plan_are_neither_use_nor_reset(
        plans in proptest::collection::vec((0i64..74 * 24, 100.0..5_000.0f64), 0..4),
        resets in any::<bool>(),
    ) {
        let changes: Vec<_> = plans
            .iter()
            .map(|(hour, allowance)| ((at(SINCE) + hours(*hour) + SignedDuration::from_mins(20)).to_string(), Plan(*allowance)))
            .collect();
        let mut changes: Vec<_> = changes.iter().map(|(when, plan)| (when.as_str(), *plan)).collect();
        if resets {
            changes.extend([SEP, OCT, NOV]);
        }
        changes.sort_by_key(|(when, _)| at(when));
        let points = service(SINCE, 2_000.0, 1_500.0, 12.0, &changes);
        let forecast = forecast(&points, None);
        prop_assert!(forecast.burn.a_day().is_none_or(|burn| (11.0..13.0).contains(&burn)), "{:?}", forecast.burn);
        prop_assert!(forecast.reset.is_none_or(|reset| resets && reset.day == 17), "{:?}", forecast.reset);
    }
}
