use super::*;
use crate::domain::forecast::{Exhaustion, Forecast, Outlook, ResetOrigin};
use crate::domain::sample::CreditsPoint;

fn forecasting(forecast: Forecast) -> EnvironmentSnapshot {
    EnvironmentSnapshot { forecast: Some(forecast.into()), ..calm_prod() }
}

#[test]
fn whether_the_credits_last_is_told() {
    let told = |credits, reset_day| said(&forecasting(forecast(400.0, credits, reset_day)));
    assert_eq!(told(38_765.0, Some(1)), ["- 309 a day, lasts until the refill on 1 Dec"]);
    assert_eq!(told(3_300.0, Some(1)), ["- 309 a day, probably lasts until the refill on 1 Dec"]);
    assert_eq!(told(1_500.0, None), ["- 309 a day, runs out 25 Nov, likely between 24 and 25 Nov (8 in 10)"]);
    assert_eq!(told(200_000.0, None), ["- 309 a day, lasts for more than a year"]);
    assert_eq!(told(0.0, Some(1)), [""; 0]);
    let stale = EnvironmentSnapshot { fresh: false, ..forecasting(forecast(400.0, 1_500.0, None)) };
    assert_eq!(said(&stale), [""; 0]);
    let small = said(&forecasting(forecast(4.0, 15.0, None)));
    assert_eq!(small, ["- 3.1 a day, runs out 25 Nov, likely between 24 and 25 Nov (8 in 10)"]);
}

#[test]
fn the_flag_tells_when_and_how_long_before_the_reset() {
    let flagged = |credits, day| flagged(forecasting(forecast(400.0, credits, Some(day))), &[Flag::RunsOutBeforeReset]);
    let expected = ["▲ runs out 25 Nov, likely between 24 and 25 Nov (8 in 10), 6 days before the refill on 1 Dec"];
    assert_eq!(said(&flagged(1_500.0, 1)), expected);
    let [sentence] = &sentences(&flagged(1_500.0, 26), now(), &TimeZone::UTC)[..] else { panic!() };
    assert_eq!(
        sentence.text,
        "runs out 25 Nov, likely between 24 and 25 Nov (8 in 10), 1 day before the refill on 26 Nov"
    );
    assert_eq!((sentence.gist(), sentence.brief.as_str()), ("runs out 25 Nov", "runs out before reset"));
    assert_eq!(said(&flagged(30_000.0, 1)), ["- 309 a day, lasts until the refill on 1 Dec"], "the flag is old");
}

#[test]
fn ranges_and_dates_are_as_short_as_they_are_clear() {
    let exhaustion = |days: [i64; 3]| {
        let moments = days.map(|days| Some(minutes_ago(-days * 1_440)));
        Exhaustion { earliest: moments[0], at: moments[1], latest: moments[2] }
    };
    let told = |exhaustion| {
        let forecast = Forecast { outlook: Outlook::RunsOut(exhaustion), ..forecast(400.0, 1_500.0, None) };
        outlook(&forecast, now(), &TimeZone::UTC).unwrap().replace("309 a day, ", "")
    };
    assert_eq!(told(exhaustion([7, 9, 12])), "runs out 30 Nov, likely between 28 Nov and 3 Dec (8 in 10)");
    assert_eq!(told(exhaustion([30, 38, 45])), "runs out 29 Dec, likely between 21 Dec and 5 Jan 2027 (8 in 10)");
    assert_eq!(told(exhaustion([45, 46, 50])), "runs out 6 Jan 2027, likely between 5 and 10 Jan 2027 (8 in 10)");
    assert_eq!(told(exhaustion([3, 3, 3])), "runs out 24 Nov");
    let open = Exhaustion { latest: None, ..exhaustion([7, 9, 12]) };
    assert_eq!(told(open), "runs out 30 Nov, likely not before 28 Nov (9 in 10)");
}

/// A zone so many hours ahead of UTC.
fn zone(ahead: i8) -> TimeZone {
    jiff::tz::offset(ahead).to_time_zone()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn all_dates_of_a_sentence_are_of_the_users_zone() {
    // At midnight UTC it is the last of November in Los Angeles, and noon of the first in Tonga.
    let environment = flagged(forecasting(forecast(400.0, 1_500.0, Some(1))), &[Flag::RunsOutBeforeReset]);
    let calm = forecasting(forecast(400.0, 38_765.0, Some(1)));
    let (end, reset) = (at("2026-11-25T06:00:00Z"), at("2026-12-01T00:00:00Z"));
    let exhaustion = Exhaustion { at: Some(end), earliest: Some(end), latest: Some(end) };
    let ends = |environment: EnvironmentSnapshot| {
        let forecast = Forecast::clone(environment.forecast.as_ref().unwrap());
        assert_eq!(forecast.reset.unwrap().next, reset);
        EnvironmentSnapshot {
            forecast: Some(Forecast { outlook: Outlook::RunsOut(exhaustion), ..forecast }.into()),
            ..environment
        }
    };
    let environment = ends(environment);
    for (ahead, refill, before) in
        [(0, "1 Dec", "25 Nov, 6 days"), (-8, "30 Nov", "24 Nov, 6 days"), (13, "1 Dec", "25 Nov, 6 days")]
    {
        let text = |environment: &EnvironmentSnapshot| sentences(environment, now(), &zone(ahead))[0].text.clone();
        assert_eq!(text(&environment), format!("runs out {before} before the refill on {refill}"));
        assert_eq!(text(&calm), format!("309 a day, lasts until the refill on {refill}"));
    }
}

/// A forecast made at `now` from balances that fell by 24 a day, down to 100, of so many hours.
fn made(now: &str, hours: i32, reset_day: Option<u8>) -> Forecast {
    let point = |ago: i32| CreditsPoint {
        at: at(now) - SignedDuration::from_hours(i64::from(ago)),
        credits: 100.0 + f64::from(ago),
        allowance: None,
    };
    Forecast::new(&(0..=hours).rev().map(point).collect::<Vec<_>>(), reset_day, at(now)).unwrap()
}

#[test]
fn a_refill_that_is_due_is_told_so_in_any_zone_until_it_is_seen_or_the_day_is_over() {
    let told = |now: &str, ahead: i8| {
        let forecast = made(now, 240, Some(17));
        assert_eq!(runs_out(&forecast, at(now), &zone(ahead)), None);
        let text = outlook(&forecast, at(now), &zone(ahead)).unwrap();
        let fact = refill(&forecast, at(now), &zone(ahead));
        let short = text.strip_prefix("24 a day, refill ").unwrap().to_owned();
        assert_eq!(fact, format!("{short} · day 17 of the month (UTC), configured"));
        short
    };
    assert_eq!(told("2026-11-17T00:05:00Z", 0), "due today");
    assert_eq!(told("2026-11-17T23:59:00Z", 0), "due today");
    // In Los Angeles that day lasts from 16:00 to 16:00, in Tonga from 13:00 to 13:00.
    assert_eq!(told("2026-11-17T05:00:00Z", -8), "due by Tue 16:00");
    assert_eq!(told("2026-11-17T20:00:00Z", -8), "due today");
    assert_eq!(told("2026-11-17T05:00:00Z", 13), "due by Wed 13:00");
    assert_eq!(told("2026-11-17T20:00:00Z", 13), "due today");
    let old = made("2026-11-17T23:00:00Z", 240, Some(17));
    let later = at("2026-11-19T09:00:00Z");
    assert_eq!(outlook(&old, later, &zone(0)).unwrap(), "24 a day, refill was due 17 Nov");
}

#[test]
fn a_refill_that_did_not_come_is_told_beside_the_next() {
    let now = "2026-11-18T00:05:00Z";
    let forecast = made(now, 240, Some(17));
    let text = runs_out(&forecast, at(now), &zone(0)).unwrap();
    assert!(text.ends_with(", 25 days before the refill on 17 Dec (none seen on 17 Nov)"), "{text}");
    assert_eq!(
        refill(&forecast, at(now), &zone(0)),
        "17 Dec · day 17 of the month (UTC), configured · none seen on 17 Nov"
    );
}

#[test]
fn what_was_spent_is_told_as_far_as_it_is_known() {
    let told = |hours: i32| spent(&made("2026-11-20T12:00:00Z", hours, None), at("2026-11-20T12:00:00Z"), &zone(0));
    assert_eq!(told(400), "24 in 24 h · 168 in 7 days · 336 in 14 days");
    assert_eq!(told(200), "24 in 24 h · 168 in 7 days");
    assert_eq!(told(48), "24 in 24 h · forecast from 21 Nov on (3 days of history needed)");
    assert_eq!(told(70), "24 in 24 h · forecast from 13:45 on (3 days of history needed)");
    assert_eq!(told(0), "not known yet · forecast from 23 Nov on (3 days of history needed)");
    let old = made("2026-10-28T12:00:00Z", 400, None);
    let later = spent(&old, at("2026-11-28T12:00:00Z"), &zone(0));
    assert_eq!(later, "24 in 24 h · 168 in 7 days · 336 in 14 days · up to 28 Oct 12:00");
    let young = made("2026-10-28T12:00:00Z", 48, None);
    let later = spent(&young, at("2026-11-28T12:00:00Z"), &zone(0));
    assert_eq!(later, "24 in 24 h · up to 28 Oct 12:00 · forecast once there is more (3 days of history needed)");
}

#[test]
fn a_part_that_is_not_known_is_not_told_as_counted() {
    let mut points: Vec<_> = (0..=400_i32)
        .rev()
        .map(|ago| CreditsPoint {
            at: at("2026-11-20T12:00:00Z") - SignedDuration::from_hours(i64::from(ago)),
            credits: 100.0 + f64::from(ago),
            allowance: Some(400.0),
        })
        .collect();
    // Filled up while this machine slept.
    points.retain(|point| !(at("2026-11-16T12:00:00Z")..at("2026-11-18T12:00:00Z")).contains(&point.at));
    points.iter_mut().filter(|point| point.at < at("2026-11-17T00:00:00Z")).for_each(|point| point.credits -= 150.0);
    let forecast = Forecast::new(&points, None, at("2026-11-20T12:00:00Z")).unwrap();
    let told = spent(&forecast, at("2026-11-20T12:00:00Z"), &zone(0));
    assert_eq!(told, "24 in 24 h · about 168 in 7 days · about 336 in 14 days");
}

#[test]
fn a_pace_is_told_in_whole_things() {
    let told = [0.0, 0.01, 0.06, 0.1, 0.15, 0.43, 0.94, 0.95, 1.0, 3.09, 9.96, 10.4, 412.3, 12_345.6].map(rate);
    let expected = [
        "0 a day",
        "less than 1 a month",
        "about 2 a month",
        "about 3 a month",
        "about 1 a week",
        "about 3 a week",
        "about 7 a week",
        "1 a day",
        "1 a day",
        "3.1 a day",
        "10 a day",
        "10 a day",
        "412 a day",
        "12,346 a day",
    ];
    assert_eq!(told, expected);
}

#[test]
fn how_the_day_of_the_refill_is_known_is_told() {
    let forecast = forecast(400.0, 1_500.0, Some(31));
    let told = |reset| refill(&Forecast { reset, ..forecast.clone() }, now(), &zone(0));
    assert_eq!(told(forecast.reset), "30 Nov · the last day of the month (UTC), configured");
    let learnt = |count| {
        let mut reset = forecast.reset?;
        (reset.origin, reset.day) = (ResetOrigin::Learnt(count), 1);
        Some(reset)
    };
    assert_eq!(told(learnt(1)), "30 Nov · day 1 of the month (UTC), learnt from one refill");
    assert_eq!(told(learnt(2)), "30 Nov · day 1 of the month (UTC), learnt from 2 refills");
    assert_eq!(told(None), "day unknown: none seen yet");
}
