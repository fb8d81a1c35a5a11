use super::*;

/// Balances each half hour up to `now`, filled up on the 17th of each month at `hour`, down by 100 a day, in need of
/// the next reset within days.
fn until(now: &str, hour: i64, last: bool) -> Vec<CreditsPoint> {
    let mut points = Vec::new();
    let mut credits = 2_000.0;
    let mut moment = at("2026-09-08T00:00:00Z");
    let due = |day: &str| at(day) + hours(hour);
    let mut fills = vec![due("2026-09-17T00:00:00Z"), due("2026-10-17T00:00:00Z")];
    fills.extend(last.then(|| due("2026-11-17T00:00:00Z")));
    while moment <= at(now) {
        if fills.contains(&moment) {
            credits = 3_300.0;
        }
        points.push(CreditsPoint { at: moment, credits, allowance: Some(3_300.0) });
        credits -= 100.0 / 48.0;
        moment += SignedDuration::from_mins(30);
    }
    points
}

fn at_time(now: &str, hour: i64, last: bool, reset_day: Option<u8>) -> Forecast {
    Forecast::new(&until(now, hour, last), reset_day, at(now)).unwrap()
}

#[test]
fn a_reset_is_due_on_its_day_until_the_rise_is_seen_or_the_day_is_over() {
    for (hour, reset_day) in [(10, None), (10, Some(17)), (8, Some(17))] {
        let before = at_time("2026-11-16T23:30:00Z", hour, false, reset_day);
        let reset = before.reset.unwrap();
        assert_eq!((reset.is_due, reset.next), (false, at("2026-11-17T00:00:00Z") + hours(hour)), "{before:?}");
        assert!(!before.runs_out_before_reset(), "{before:?}");
        for now in ["2026-11-17T00:00:00Z", "2026-11-17T05:00:00Z", "2026-11-17T12:00:00Z", "2026-11-17T23:30:00Z"] {
            let due = at_time(now, hour, false, reset_day);
            let reset = due.reset.unwrap();
            assert_eq!((reset.is_due, reset.missed), (true, None), "{now}: {due:?}");
            assert_eq!(reset.next, at("2026-11-17T00:00:00Z") + hours(hour));
            assert_eq!(reset.until(), at("2026-11-18T00:00:00Z"));
            assert!(!due.runs_out_before_reset() && matches!(due.outlook, Outlook::Lasts(_)), "{now}: {due:?}");
        }
        let over = at_time("2026-11-18T00:00:00Z", hour, false, reset_day);
        let reset = over.reset.unwrap();
        assert_eq!(reset.next, at("2026-12-17T00:00:00Z") + hours(hour));
        assert_eq!((reset.is_due, reset.missed), (false, Some(at("2026-11-17T00:00:00Z") + hours(hour))));
        assert!(over.runs_out_before_reset(), "{over:?}");

        let seen = at_time("2026-11-17T12:00:00Z", hour, true, reset_day);
        let reset = seen.reset.unwrap();
        assert_eq!(reset.next, at("2026-12-17T00:00:00Z") + hours(hour), "the rise was seen today");
        assert_eq!((reset.is_due, reset.missed), (false, None));
        assert!(!seen.runs_out_before_reset(), "{seen:?}");
    }
}

#[test]
fn nothing_is_alarming_just_after_midnight_of_any_day_of_reset() {
    for (day, reset_day) in
        [("2026-11-01", 1), ("2026-11-17", 17), ("2026-10-31", 31), ("2026-11-30", 30), ("2026-11-30", 31)]
    {
        let now = at(&format!("{day}T00:05:00Z"));
        let points: Vec<_> = (0..14 * 24)
            .rev()
            .map(|ago| CreditsPoint {
                at: now - hours(ago),
                credits: 40.0 + 10.0 * f64::from(i32::try_from(ago).unwrap()),
                allowance: None,
            })
            .collect();
        let forecast = Forecast::new(&points, Some(reset_day), now).unwrap();
        assert!(forecast.reset.unwrap().is_due && !forecast.runs_out_before_reset(), "{day}: {forecast:?}");
    }
}

#[test]
fn the_hour_of_the_reset_is_learnt() {
    for hour in [0, 1, 8, 10, 23] {
        let forecast = at_time("2026-11-05T00:00:00Z", hour, false, None);
        assert_eq!(forecast.reset.unwrap().next, at("2026-11-17T00:00:00Z") + hours(hour));
    }
    let sparse: Vec<_> = until("2026-11-05T00:00:00Z", 10, false).into_iter().step_by(12).collect();
    let reset = Forecast::new(&sparse, None, at("2026-11-05T00:00:00Z")).unwrap().reset.unwrap();
    assert_eq!(reset.next, at("2026-11-17T00:00:00Z"), "the samples lie too far apart");
}

#[test]
fn credits_that_end_before_the_hour_of_the_refill_raise_no_alarm_on_its_day() {
    let now = at("2026-11-17T00:30:00Z");
    let mut points = until("2026-11-17T00:30:00Z", 23, false);
    let left = points.last().unwrap().credits - 20.0;
    points.iter_mut().filter(|point| point.at > at("2026-11-01T00:00:00Z")).for_each(|point| point.credits -= left);
    let forecast = Forecast::new(&points, None, now).unwrap();
    let reset = forecast.reset.unwrap();
    assert!(forecast.exhaustion().is_some_and(|exhaustion| exhaustion.latest < Some(reset.next)), "{forecast:?}");
    assert!(reset.is_due && !forecast.runs_out_before_reset(), "{forecast:?}");
}

#[test]
fn a_small_rise_is_not_the_reset_that_is_due() {
    let mut points = until("2026-11-17T12:00:00Z", 10, false);
    points.iter_mut().filter(|point| point.at > at("2026-11-17T03:00:00Z")).for_each(|point| point.credits += 200.0);
    let reset = Forecast::new(&points, None, at("2026-11-17T12:00:00Z")).unwrap().reset.unwrap();
    assert!(reset.is_due, "{reset:?}");
}

#[test]
fn a_day_without_a_sample_after_it_is_not_known_to_be_over() {
    let points = until("2026-11-17T23:00:00Z", 10, false);
    let reset = |now: &str| Forecast::new(&points, None, at(now)).unwrap().reset.unwrap();
    assert!(reset("2026-11-18T00:05:00Z").is_due, "the newest sample is of before");
    let long_after = reset("2026-11-19T00:05:00Z");
    assert_eq!((long_after.is_due, long_after.missed), (false, None), "whether it came is not known");
}

#[test]
fn a_day_that_is_told_by_another_zone_is_not_missed() {
    for (hour, reset_day) in [(16, 18), (2, 16)] {
        let reset = at_time("2026-11-19T12:00:00Z", hour, true, Some(reset_day)).reset.unwrap();
        assert_eq!((reset.is_due, reset.missed), (false, None), "{reset_day}");
        assert!(reset.next > at("2026-12-01T00:00:00Z"), "{reset:?}");
    }
}

#[test]
fn a_full_balance_shows_no_reset_so_none_was_missed() {
    let points: Vec<_> = (0..30 * 24)
        .rev()
        .map(|ago| CreditsPoint { at: at(NOW) - hours(ago), credits: 999.0, allowance: Some(1_000.0) })
        .collect();
    let reset = forecast(&points, Some(17)).reset.unwrap();
    assert_eq!((reset.is_due, reset.missed, reset.next), (false, None, at("2026-12-17T00:00:00Z")));
}

proptest! {
    /// At no moment of its day does a reset that was not seen raise an alarm, wherever the credits end.
    #[test]
    fn no_alarm_is_raised_on_the_day_of_the_reset(minute in 0i64..1_440, day in 1u8..=31, a_day in 1.0..500.0f64) {
        let begins = reset_day::start(day, at("2026-11-21T12:00:00Z"), false).unwrap();
        let now = begins + SignedDuration::from_mins(minute);
        let points: Vec<_> = (0..10 * 24)
            .rev()
            .map(|ago| CreditsPoint {
                at: now - hours(ago),
                credits: 100.0 + a_day / 24.0 * f64::from(i32::try_from(ago).unwrap()),
                allowance: Some(10_000.0),
            })
            .collect();
        let forecast = Forecast::new(&points, Some(day), now).unwrap();
        prop_assert!(forecast.reset.is_some_and(|reset| reset.is_due) && !forecast.runs_out_before_reset());
    }
}
