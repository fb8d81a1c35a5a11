//! Forecasts, and the chart in each range, as text.

use insta::assert_snapshot;

use super::{of, picture, picture_of};
use crate::domain::forecast::Forecast;
use crate::domain::sample::CreditsPoint;
use crate::domain::status::Flag;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::testing::*;
use crate::tui::charset::Charset;
use crate::tui::screen::Screen;

/// Thirty days of credits with a reset on the 1st, and a day without samples.
fn month() -> Vec<CreditsPoint> {
    let mut credits = 22_000.0;
    let mut points = Vec::new();
    for hours in (0..30 * 24).rev() {
        let at = minutes_ago(hours * 60);
        if at == "2026-11-01T00:32:00Z".parse().unwrap() {
            credits = 50_000.0;
        }
        credits -= if (3..8).contains(&(hours % 24)) { 120.0 } else { 12.0 };
        if !(100..124).contains(&hours) {
            points.push(CreditsPoint { at, credits, allowance: Some(50_000.0) });
        }
    }
    points
}

/// dev lasts, staging has no history yet, prod runs out.
fn forecasting() -> OwnedViewContext {
    let points = month();
    let forecast_of = |reset_day| Forecast::new(&points, reset_day, now());
    let left = points.last().unwrap().credits;
    let prod = EnvironmentSnapshot {
        account: Some(account("pro", left, 50_000.0, 300, None)),
        forecast: Some(forecast(6_000.0, left, Some(1)).into()),
        ..calm_prod()
    };
    let young = Forecast::new(&points[points.len() - 30..], None, now());
    let dev = EnvironmentSnapshot { forecast: forecast_of(None).map(Into::into), ..dev() };
    let mut owned = of(vec![
        dev,
        EnvironmentSnapshot { forecast: young.map(Into::into), ..calm_staging() },
        flagged(prod, &[Flag::RunsOutBeforeReset]),
    ]);
    owned.credits = points;
    owned
}

#[test]
fn forecasts_and_ranges_of_the_chart() {
    let owned = forecasting();
    assert_snapshot!("forecast_80x24", picture(&owned, 80, 24, &["3"]));
    assert_snapshot!("forecast_120x40", picture(&owned, 120, 40, &["3"]));
    assert_snapshot!("forecast_lasts_120x40", picture(&owned, 120, 40, &["1", "]"]));
    assert_snapshot!("forecast_young_120x40", picture(&owned, 120, 40, &["2", "["]));
    assert_snapshot!("forecast_day_200x60", picture(&owned, 200, 60, &["3", "["]));
    assert_snapshot!("forecast_week_200x60", picture(&owned, 200, 60, &["3"]));
    assert_snapshot!("forecast_month_200x60", picture(&owned, 200, 60, &["3", "]"]));
    let mut settings = settings();
    settings.charset = Charset::Ascii;
    let ascii = picture_of(Screen::new(settings), &owned, 200, 60, &["3", "]"]);
    assert!(ascii.is_ascii());
    assert_snapshot!("forecast_ascii_200x60", ascii);
    let alone =
        OwnedViewContext { credits: owned.credits.clone(), ..of(vec![(*owned.snapshot.environments[2]).clone()]) };
    assert_snapshot!("forecast_alone_80x24", picture(&alone, 80, 24, &[]));
}
