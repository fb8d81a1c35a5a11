//! Every figure is of now or carries its time, and nothing looks watched that is not.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::domain::last_use::ExternalUse;
use crate::domain::sample::CreditsPoint;
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason, Snapshot};
use crate::testing::*;

fn shown(snapshot: Snapshot, columns: u16, rows: u16) -> String {
    let owned = OwnedViewContext { events: Vec::new(), ..OwnedViewContext::new(snapshot) };
    text(&draw(&screen(), &owned.context(), columns, rows))
}

/// prod as an earlier run left it a month ago, with the service out of reach.
fn month_old() -> EnvironmentSnapshot {
    let age = SignedDuration::from_hours(24 * 24);
    let at = now() - age;
    let told = forecast(1_440.0, 38_765.0, None);
    let forecast = crate::domain::forecast::Forecast { from: CreditsPoint { at, ..told.from }, ..told };
    let mut environment = busy(unreachable(prod()));
    if let Some(record) = &mut environment.activity.record {
        record.read_at = Some(at);
    }
    let others_use = Some(ExternalUse { at: at - SignedDuration::from_mins(9), exact: true });
    EnvironmentSnapshot { polled_at: Some(at), others_use, forecast: Some(Arc::new(forecast)), ..environment }
}

#[test]
fn figures_of_another_day_carry_it() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let picture = shown(snapshot(vec![month_old()]), columns, rows);
        assert!(picture.contains("24 d ago"), "{picture}");
        for line in picture.lines() {
            let is_of_a_span =
                ["in 24 h", "over 7 d", "over 14 d", " a day over"].iter().any(|span| line.contains(span));
            let is_dated = ["as of 28 Oct", "28 Oct"].iter().any(|date| line.contains(date));
            assert!(!is_of_a_span || is_dated, "{line}\n{picture}");
        }
        for rate in ["1,440 a day", "1,028 a day"] {
            assert!(!picture.contains(rate), "a rate without a date\n{picture}");
        }
        assert!(!picture.contains("412 calls"), "{picture}");
    }
}

#[test]
fn use_of_a_minute_that_is_over_is_unknown_and_dated() {
    let picture = shown(snapshot(vec![dev()]), 120, 40);
    assert!(picture.contains("read 12 min ago"), "{picture}");
}

#[test]
fn what_lies_ahead_of_this_clock_is_said_to_wherever_there_is_room() {
    let at = now() + SignedDuration::from_mins(185);
    let environment =
        EnvironmentSnapshot { others_use: Some(ExternalUse { at, exact: true }), polled_at: Some(at), ..prod() };
    let wide = shown(snapshot(vec![environment.clone()]), 120, 40);
    assert_eq!(wide.matches("3 h ahead of this clock").count(), 2, "{wide}");
    let narrow = shown(snapshot(vec![environment.clone(), environment.clone(), environment]), 120, 40);
    assert!(narrow.contains("3 h ahead") && !narrow.contains("others       now"), "{narrow}");
}

#[test]
fn all_is_well_only_where_every_environment_is_watched() {
    let calm = || vec![dev(), calm_staging(), calm_prod()];
    let header = |snapshot: Snapshot, columns| {
        let picture = shown(snapshot, columns, 24);
        picture.lines().next().unwrap_or_default().to_owned()
    };
    assert!(header(snapshot(calm()), 100).contains("● all is well"));
    let keyless = snapshot(vec![dev(), no_key("staging"), calm_prod()]);
    assert!(header(keyless.clone(), 100).contains("○ 2 of 3 watched, no key for staging"));
    assert!(header(keyless, 60).contains("○ 2 of 3 watched"));
    let paused = Snapshot { paused: true, ..snapshot(calm()) };
    assert!(header(paused.clone(), 100).contains("? paused: nothing is polled"));
    let stale = snapshot(vec![dev(), calm_staging(), EnvironmentSnapshot { fresh: false, ..calm_prod() }]);
    assert!(header(stale, 100).contains("2 of 3 watched"));
    for (columns, rows) in [(20, 5), (40, 12), (80, 24)] {
        assert!(!shown(paused.clone(), columns, rows).contains("all is well"));
    }
    let tiny = shown(paused, 40, 5);
    assert!(tiny.contains("? paused") && !tiny.contains('●'), "{tiny}");
}

#[test]
fn the_smallest_view_shows_old_credits_with_their_age_or_not_at_all() {
    let old = |columns| {
        let picture = shown(snapshot(vec![stale(calm_prod(), 140), calm_staging(), dev()]), columns, 5);
        picture.lines().find(|line| line.contains("PROD")).unwrap_or_default().to_owned()
    };
    assert!(old(40).ends_with("38,765  2 h ago"), "{:?}", old(40));
    assert!(old(20).ends_with('–'), "{:?}", old(20));
}

#[test]
fn the_next_poll_is_told_once() {
    let environment = decided(invalid(dev()), 50, PollReason::Refused);
    let picture = shown(snapshot(vec![environment]), 120, 40);
    assert_eq!(picture.matches("15:22").count(), 2, "on the card and in the detail\n{picture}");
    assert!(picture.contains("checked again at 15:22, then hourly"), "{picture}");
}
