use super::*;
use crate::domain::forecast::{Exhaustion, Forecast, Outlook, Reset, ResetOrigin};

fn forecasting(forecast: Forecast) -> Report {
    Report { forecast: Some(forecast.into()), ..calm_prod() }
}

#[test]
fn whether_the_credits_last_is_told() {
    let told = |credits, reset_day| said(&forecasting(forecast(400.0, credits, reset_day)));
    assert_eq!(told(38_765.0, Some(1)), ["- 309 a day, lasts until the reset on 1 Dec"]);
    assert_eq!(told(3_300.0, Some(1)), ["- 309 a day, probably lasts until the reset on 1 Dec"]);
    assert_eq!(told(1_500.0, None), ["- 309 a day, runs out 25 Nov, typical range 24–26 Nov"]);
    assert_eq!(told(200_000.0, None), ["- 309 a day, lasts for more than a year"]);
    assert_eq!(told(0.0, Some(1)), [""; 0]);
    let stale = Report { fresh: false, ..forecasting(forecast(400.0, 1_500.0, None)) };
    assert_eq!(said(&stale), [""; 0]);
    let small = said(&forecasting(forecast(4.0, 15.0, None)));
    assert_eq!(small, ["- 3.09 a day, runs out 25 Nov, typical range 24–26 Nov"]);
}

#[test]
fn the_flag_tells_when_and_how_long_before_the_reset() {
    let flagged = |credits, day| flagged(forecasting(forecast(400.0, credits, Some(day))), &[Flag::RunsOutBeforeReset]);
    let expected = ["▲ runs out 25 Nov, typical range 24–26 Nov, 6 days before the reset on 1 Dec"];
    assert_eq!(said(&flagged(1_500.0, 1)), expected);
    let [sentence] = &sentences(&flagged(1_500.0, 26), now(), &TimeZone::UTC)[..] else { panic!() };
    assert_eq!(sentence.text, "runs out 25 Nov, typical range 24–26 Nov, 1 day before the reset on 26 Nov");
    assert_eq!((sentence.gist(), sentence.brief.as_str()), ("runs out 25 Nov", "runs out before reset"));
    assert_eq!(said(&flagged(30_000.0, 1)), ["- 309 a day, lasts until the reset on 1 Dec"], "the flag is old");
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
    assert_eq!(told(exhaustion([7, 9, 12])), "runs out 30 Nov, typical range 28 Nov–3 Dec");
    assert_eq!(told(exhaustion([30, 38, 45])), "runs out 29 Dec, typical range 21 Dec–5 Jan 2027");
    assert_eq!(told(exhaustion([45, 46, 50])), "runs out 6 Jan 2027, typical range 5–10 Jan 2027");
    assert_eq!(told(exhaustion([3, 3, 3])), "runs out 24 Nov");
    let open = Exhaustion { latest: None, ..exhaustion([7, 9, 12]) };
    assert_eq!(told(open), "runs out 30 Nov, typically not before 28 Nov");
}

#[test]
fn the_reset_is_told_by_its_date_in_utc_and_the_end_by_the_local_one() {
    let zone = TimeZone::posix("EST5").unwrap();
    let report = flagged(forecasting(forecast(400.0, 1_500.0, Some(1))), &[Flag::RunsOutBeforeReset]);
    let text = &sentences(&report, now(), &zone)[0].text;
    assert!(text.ends_with("6 days before the reset on 1 Dec"), "{text}");
}

#[test]
fn the_burn_and_the_reset_are_facts() {
    let forecast = forecast(400.0, 1_500.0, Some(31));
    assert_eq!(burn(&forecast), "80 in 24 h, 309 a day over 7 d, 309 over 14 d");
    assert_eq!(reset(&forecast), "the last day of the month (UTC), configured");
    let with = |outlook, origin| Forecast {
        outlook,
        reset: forecast.reset.map(|reset| Reset { origin, day: 1, ..reset }),
        ..forecast.clone()
    };
    let young = with(Outlook::NotEnoughHistory, ResetOrigin::Learnt(1));
    assert_eq!(burn(&young), "not enough history for a forecast, which needs 3 days");
    assert_eq!(reset(&young), "day 1 of the month (UTC), learnt from one rise");
    let unused = with(Outlook::NoUse, ResetOrigin::Learnt(2));
    assert_eq!(burn(&unused), "no use seen in 14 days");
    assert_eq!(reset(&unused), "day 1 of the month (UTC), learnt from 2 rises");
    assert_eq!(reset(&Forecast { reset: None, ..forecast }), "not known: no rise to the allowance was seen yet");
}
