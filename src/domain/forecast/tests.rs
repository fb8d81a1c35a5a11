use jiff::ToSpan;
use proptest::prelude::*;

use super::*;

mod accuracy;
mod due;
mod plans;

const NOW: &str = "2026-11-21T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Balances each hour of so many days up to now, falling by `a_day`, down to `credits`.
fn falling(days: i64, a_day: f64, credits: f64) -> Vec<CreditsPoint> {
    (0..=days * 24)
        .rev()
        .map(|ago| CreditsPoint {
            at: at(NOW) - hours(ago),
            credits: credits + a_day / 24.0 * f64::from(i32::try_from(ago).unwrap()),
            allowance: None,
        })
        .collect()
}

fn forecast(points: &[CreditsPoint], reset_day: Option<u8>) -> Forecast {
    Forecast::new(points, reset_day, at(NOW)).unwrap()
}

fn points(balances: &[(&str, f64)]) -> Vec<CreditsPoint> {
    balances
        .iter()
        .map(|(moment, credits)| CreditsPoint { at: at(moment), credits: *credits, allowance: None })
        .collect()
}

fn close(one: Option<f64>, other: f64) -> bool {
    one.is_some_and(|one| (one - other).abs() < 1e-6 * other.abs().max(1.0))
}

#[test]
fn a_steady_fall_ends_when_the_credits_do() {
    let forecast = forecast(&falling(14, 100.0, 450.0), None);
    let BurnRate { day, week, fortnight, .. } = forecast.burn;
    for (spent, credits) in [(day, 100.0), (week, 700.0), (fortnight, 1_400.0)] {
        let spent = spent.unwrap();
        assert!(close(Some(spent.credits), credits) && spent.is_whole && spent.is_of_all, "{spent:?}");
    }
    let Outlook::RunsOut(exhaustion) = forecast.outlook else { panic!("{forecast:?}") };
    let days = |moment: Option<Timestamp>| moment.unwrap().duration_since(at(NOW)).as_secs_f64() / 86_400.0;
    let [earliest, middle, latest] = [exhaustion.earliest, exhaustion.at, exhaustion.latest].map(days);
    assert!((3.75..4.4).contains(&earliest) && (4.3..4.7).contains(&middle), "{exhaustion:?}");
    assert!((4.6..5.6).contains(&latest), "a quarter slower at most: {exhaustion:?}");
    assert!(!forecast.runs_out_before_reset(), "no reset is known");
}

#[test]
fn whether_they_last_is_told_from_the_reset_that_is_configured() {
    let outlook = |credits| forecast(&falling(14, 100.0, credits), Some(1));
    let reset = outlook(450.0).reset.unwrap();
    assert_eq!((reset.next, reset.origin), (at("2026-12-01T00:00:00Z"), ResetOrigin::Configured));
    assert!(outlook(850.0).runs_out_before_reset());
    assert!(matches!(outlook(1_050.0).outlook, Outlook::Lasts(_)));
}

#[test]
fn what_lies_beyond_a_year_is_not_told() {
    let forecast = forecast(&falling(14, 1.0, 600.0), None);
    assert_eq!(forecast.outlook, Outlook::Lasts(Exhaustion { at: None, earliest: None, latest: None }));
}

#[test]
fn less_than_three_days_are_no_history() {
    let outlook = |days, credits| forecast(&falling(days, 10.0, credits), None).outlook;
    let Outlook::NotEnoughHistory(enough_at) = outlook(2, 50.0) else { panic!() };
    assert!(
        enough_at.duration_since(at(NOW) + hours(24)).abs() < SignedDuration::from_mins(20),
        "a day is missing: {enough_at}"
    );
    assert!(matches!(outlook(3, 50.0), Outlook::RunsOut(_)));
    assert_eq!(outlook(2, 0.0), Outlook::Out);
    assert_eq!(Forecast::new(&[], None, at(NOW)), None);
    assert_eq!(Forecast::new(&falling(1, 1.0, 1.0), None, Timestamp::MIN), None, "the clock was set back");
}

#[test]
fn less_than_three_days_are_no_rate() {
    let a_day = |hours: usize| {
        let points = falling(3, 24.0, 50.0);
        forecast(&points[points.len() - 1 - hours..], None).burn.a_day()
    };
    for hours in [1, 12, 24, 71] {
        assert_eq!(a_day(hours), None, "{hours} hours");
    }
    assert!(close(a_day(72), 24.0));
}

#[test]
fn an_account_that_nobody_uses_says_so() {
    assert_eq!(forecast(&falling(14, 0.0, 50.0), None).outlook, Outlook::NoUse);
}

#[test]
fn rises_are_no_use_and_the_time_of_one_is_not_known() {
    let balances = points(&[
        ("2026-11-20T00:00:00Z", 500.0),
        ("2026-11-20T06:00:00Z", 400.0),
        ("2026-11-20T12:00:00Z", 900.0),
        ("2026-11-20T18:00:00Z", 800.0),
    ]);
    assert!(close(Some(used(&balances, at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z"))), 200.0));
    let burn = forecast(&balances, None).burn;
    assert_eq!(burn.a_day(), None, "12 hours say nothing of the usual day");
    let day = burn.day.unwrap();
    assert!(
        close(Some(day.credits), 400.0) && !day.is_whole && !day.is_of_all,
        "200 in the 12 hours of which the use is known: {day:?}"
    );
    assert_eq!(burn.week, None, "less than half of it is known");
}

#[test]
fn a_gap_spreads_its_fall() {
    let balances = points(&[("2026-11-18T12:00:00Z", 400.0), ("2026-11-20T12:00:00Z", 200.0)]);
    let on = |day: &str, next: &str| used(&balances, at(day), at(next));
    assert!(close(Some(on("2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z")), 50.0));
    assert!(close(Some(on("2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z")), 100.0));
    assert!(close(Some(on("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")), 0.0));
}

#[test]
fn a_fall_over_a_gap_with_a_reset_in_it_tells_nothing() {
    let mut balances = falling(14, 10.0, 300.0);
    // Five days without a sample, in which the balance was filled up and more was used than before.
    balances.retain(|point| !(at("2026-11-12T12:00:00Z")..at("2026-11-17T12:00:00Z")).contains(&point.at));
    for point in balances.iter_mut().filter(|point| point.at < at("2026-11-15T00:00:00Z")) {
        point.credits += 500.0;
    }
    let a_day = |reset_day| forecast(&balances, reset_day).burn.a_day();
    assert!(close(a_day(Some(15)), 10.0));
    assert!(a_day(Some(20)).unwrap() > 40.0, "it would be counted else");
}

/// A balance of each 6 hours that falls by 10 a day and is filled up to 1,000 at these moments.
fn filled_up(since: &str, fills: &[&str]) -> Vec<CreditsPoint> {
    let mut credits = 500.0;
    let mut moment = at(since);
    let mut balances = Vec::new();
    while moment <= at(NOW) {
        if fills.iter().any(|fill| (moment - hours(6)..moment).contains(&at(fill))) {
            credits = 1_000.0;
        }
        credits -= 2.5;
        balances.push(CreditsPoint { at: moment, credits, allowance: Some(1_000.0) });
        moment += hours(6);
    }
    balances
}

fn learnt(since: &str, fills: &[&str]) -> Option<(u8, ResetOrigin)> {
    let reset = forecast(&filled_up(since, fills), None).reset?;
    Some((reset.day, reset.origin))
}

#[test]
fn refills_of_each_week_are_no_refill_of_a_day_of_the_month() {
    let mondays = ["09-14", "09-21", "09-28", "10-05", "10-12", "10-19", "10-26", "11-02", "11-09", "11-16"];
    let mondays: Vec<_> = mondays.iter().map(|day| format!("2026-{day}T00:30:00Z")).collect();
    let mondays: Vec<_> = mondays.iter().map(String::as_str).collect();
    assert_eq!(learnt("2026-09-08T00:00:00Z", &mondays), None);
    assert_eq!(
        learnt("2026-11-14T00:00:00Z", &mondays),
        Some((16, ResetOrigin::Learnt(1))),
        "one is all that is known"
    );
}

#[test]
fn the_day_of_the_reset_is_learnt_from_rises_to_the_allowance() {
    let since = "2026-09-07T03:00:00Z";
    assert_eq!(learnt(since, &[]), None);
    assert_eq!(learnt(since, &["2026-11-01T00:00:01Z"]), Some((1, ResetOrigin::Learnt(1))));
    let fills = ["2026-10-01T00:00:01Z", "2026-11-01T00:00:01Z"];
    assert_eq!(learnt(since, &fills), Some((1, ResetOrigin::Learnt(2))));
    let fills = ["2026-09-17T10:00:00Z", "2026-10-17T10:00:00Z", "2026-11-03T10:00:00Z"];
    assert_eq!(learnt(since, &fills), Some((17, ResetOrigin::Learnt(2))), "the third was bought");
    let fills = ["2026-10-03T10:00:00Z", "2026-11-17T10:00:00Z"];
    assert_eq!(learnt(since, &fills), Some((17, ResetOrigin::Learnt(1))), "of equals the newest");
    let mut bought = filled_up(since, &[]);
    bought.iter_mut().filter(|point| point.at > at("2026-11-10T00:00:00Z")).for_each(|point| point.credits += 300.0);
    assert_eq!(forecast(&bought, None).reset, None, "a top-up");
    let mut untold = filled_up(since, &["2026-11-01T00:00:01Z"]);
    for point in &mut untold {
        point.allowance = None;
    }
    assert_eq!(forecast(&untold, None).reset, None, "no allowance is known");
}

#[test]
fn the_last_day_of_a_month_stands_for_later_ones() {
    let since = "2026-09-07T03:00:00Z";
    let fills = ["2026-09-30T00:00:01Z", "2026-10-31T00:00:01Z"];
    assert_eq!(learnt(since, &fills), Some((31, ResetOrigin::Learnt(2))));
    assert_eq!(learnt(since, &fills[..1]), Some((30, ResetOrigin::Learnt(1))));
    let next = |day, after: &str| reset_day::start(day, at(after), true).unwrap().to_string();
    assert_eq!(next(31, "2026-11-21T12:00:00Z"), "2026-11-30T00:00:00Z");
    assert_eq!(next(31, "2027-01-31T00:00:00Z"), "2027-02-28T00:00:00Z");
    assert_eq!(next(29, "2028-02-03T00:00:00Z"), "2028-02-29T00:00:00Z");
    assert_eq!(next(1, "2026-12-31T23:59:59Z"), "2027-01-01T00:00:00Z");
    assert_eq!(reset_day::start(1, Timestamp::MAX, true), None);
}

#[test]
fn a_reset_in_a_gap_is_learnt_where_another_tells_the_day() {
    let mut balances = filled_up("2026-09-07T03:00:00Z", &["2026-10-02T00:00:01Z", "2026-11-02T00:00:01Z"]);
    balances.retain(|point| !(at("2026-10-31T12:00:00Z")..at("2026-11-03T12:00:00Z")).contains(&point.at));
    let reset = forecast(&balances, None).reset.unwrap();
    assert_eq!((reset.day, reset.origin), (2, ResetOrigin::Learnt(2)));
}

#[test]
fn the_same_balances_have_the_same_forecast() {
    let mut credits = 4_500.0;
    let mut balances = falling(14, 0.0, 0.0);
    for (hour, point) in (0i32..).zip(&mut balances) {
        credits -= f64::from(hour / 24 * 5 % 9);
        point.credits = credits;
    }
    let first = forecast(&balances, None);
    assert_eq!(forecast(&balances, None), first);
    let Outlook::RunsOut(Exhaustion { at: Some(at), earliest: Some(earliest), latest: Some(latest) }) = first.outlook
    else {
        panic!("{first:?}")
    };
    assert!(earliest < at && at < latest, "{first:?}");
}

proptest! {
    #[test]
    fn no_balances_break_a_forecast(
        steps in proptest::collection::vec(
            (0i64..2_000_000, -1e15f64..1e15, proptest::option::weighted(0.9, prop_oneof![Just(1e12), -1.0..1e12f64])),
            0..200,
        ),
                reset_day in proptest::option::of(any::<u8>()),
    ) {
        let mut moment = at("2026-06-01T00:00:00Z");
        let balances: Vec<_> = steps
            .into_iter()
            .map(|(seconds, credits, allowance)| {
                moment += seconds.seconds();
                CreditsPoint { at: moment, credits, allowance }
            })
            .collect();
        for now in [moment, at(NOW), Timestamp::MIN, Timestamp::MAX] {
            let Some(forecast) = Forecast::new(&balances, reset_day, now) else { continue };
            prop_assert!(forecast.burn.a_day().is_none_or(|burn| burn >= 0.0 && burn.is_finite()));
            if let Some(exhaustion) = forecast.exhaustion() {
                let moments = [exhaustion.earliest, exhaustion.at, exhaustion.latest];
                let moments = moments.map(|moment| moment.unwrap_or(Timestamp::MAX));
                prop_assert!(moments.is_sorted() && moments[0] >= forecast.from.at);
            }
        }
    }
}
