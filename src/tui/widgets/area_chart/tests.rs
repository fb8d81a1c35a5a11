use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::testing::{self, minutes_ago, now, screen, settings, text};
use crate::tui::charset::Charset;
use crate::tui::chart_range::ChartRange;
use crate::tui::screen::Screen;

static UTC: TimeZone = TimeZone::UTC;

/// A day of balances that end with one, falling from twice as much.
fn falling_to(credits: f64) -> Vec<CreditsPoint> {
    (0..=24)
        .rev()
        .map(|hour| CreditsPoint {
            at: minutes_ago(hour * 60),
            credits: credits * (1.0 + f64::from(i32::try_from(hour).unwrap()) / 24.0),
            allowance: None,
        })
        .collect()
}

/// A chart of a day, in a larger buffer whose cells around it are marked.
fn drawn(chart: &AreaChart<'_>, width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::filled(Rect::new(0, 0, width + 4, height + 4), ratatui::buffer::Cell::new("X"));
    let area = Rect::new(2, 2, width, height);
    ratatui::widgets::Clear.render(area, &mut buffer);
    chart.render(area, &mut buffer);
    let outside = |x: u16, y: u16| !area.contains((x, y).into());
    for (x, y) in (0..width + 4).flat_map(|x| (0..height + 4).map(move |y| (x, y))).filter(|(x, y)| outside(*x, *y)) {
        assert_eq!(buffer[(x, y)].symbol(), "X", "outside of {area:?}");
    }
    let mut inner = Buffer::empty(Rect::new(0, 0, width, height));
    for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
        inner[(x, y)] = buffer[(x + 2, y + 2)].clone();
    }
    inner
}

fn chart<'a>(
    points: &'a [CreditsPoint],
    forecast: Option<&'a Forecast>,
    range: ChartRange,
    width: u16,
) -> AreaChart<'a> {
    let columns = width.saturating_sub(AxisLabels::of(width).width);
    AreaChart {
        points,
        most: 50_000.0,
        axis: TimeAxis::new(range, now(), forecast.is_some(), columns),
        forecast,
        role: Role::Bar,
        zone: &UTC,
        appearance: screen().appearance,
    }
}

fn ascii() -> Appearance {
    Screen::new(crate::tui::screen::ScreenSettings { charset: Charset::Ascii, ..settings() }).appearance
}

/// Greatest and least number of rows that a character of a column can stand for.
fn level(appearance: Appearance, symbol: &str) -> Option<(f64, f64)> {
    let levels =
        || (1..).zip(appearance.symbols.levels).filter(|(_, level)| *level == symbol).map(|(eighths, _)| eighths);
    Some((f64::from(levels().min()?) / 8.0, f64::from(levels().max()?) / 8.0))
}

/// Rows that a column is filled by, at least and at most.
fn height_of(buffer: &Buffer, x: u16, foot: u16, appearance: Appearance) -> (f64, f64) {
    let levels = (0..foot).rev().map_while(|y| level(appearance, buffer[(x, y)].symbol()));
    levels.fold((0.0, 0.0), |sum, level| (sum.0 + level.0, sum.1 + level.1))
}

/// The row of the axis: the one whose number is 0.
fn axis_row(buffer: &Buffer) -> u16 {
    let rows = text(buffer);
    let row = rows.lines().position(|line| line.trim_start().starts_with('0')).unwrap_or_else(|| panic!("{rows}"));
    u16::try_from(row).unwrap()
}

proptest! {
    /// 34,736 of 50,000 is never to be read as 43,000, nor 0 as 8,000.
    #[test]
    fn the_newest_column_is_as_high_as_its_value(
        credits in 0u32..=50_000, height in 3u16..=40, width in 20u16..=200, is_ascii: bool, ahead: bool,
    ) {
        let points = falling_to(f64::from(credits).min(25_000.0));
        let credits = points.last().unwrap().credits;
        let forecast = testing::forecast(100.0, 1_000.0, None);
        let appearance = if is_ascii { ascii() } else { screen().appearance };
        let chart = AreaChart { appearance, ..chart(&points, ahead.then_some(&forecast), ChartRange::Day, width) };
        let buffer = drawn(&chart, width, height);
        let axis = axis_row(&buffer);
        let newest = AxisLabels::of(width).width + chart.axis.past() - 1;
        let (least, most) = height_of(&buffer, newest, axis, appearance);
        let wanted = credits / 50_000.0 * f64::from(axis);
        let allowed = 1.0 / 16.0 + 1e-9;
        prop_assert!(least - allowed <= wanted && wanted <= most + allowed || credits > 0.0 && wanted < 0.125 && least <= 0.125,
            "{} in {} rows is drawn {}..{}\n{}", credits, axis, least, most, text(&buffer));
        prop_assert!(most - least <= 0.5, "characters of ASCII stand for half a row at most");
        prop_assert_eq!(most > 0.0, credits > 0.0, "0 draws nothing");
    }

    #[test]
    fn the_number_of_each_tick_stands_in_the_row_where_its_value_ends(height in 3u16..=40, width in 20u16..=200) {
        for credits in [12_500.0, 25_000.0, 50_000.0, 10_000.0] {
            let full = [CreditsPoint { at: minutes_ago(1_440), credits, allowance: None },
                CreditsPoint { at: now(), credits, allowance: None }];
            let buffer = drawn(&chart(&full, None, ChartRange::Day, width), width, height);
            let rows = text(&buffer);
            let axis = axis_row(&buffer);
            // Two samples a day apart have no gap between them: they are usual.
            let newest = width - 1;
            let filled = height_of(&buffer, newest, axis, screen().appearance).1.ceil();
            let number = format::short(credits);
            for (row, _) in rows.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with(&format!("{number} "))
                || line.trim_start().starts_with(&format!("{number}┤"))) {
                let above = f64::from(axis) - f64::from(u16::try_from(row).unwrap());
                prop_assert!((above - filled).abs() < 0.1, "{} ends in row {}\n{}", number, filled, rows);
            }
        }
        let top = drawn(&chart(&[], None, ChartRange::Day, width), width, height);
        prop_assert!(text(&top).lines().next().unwrap().contains("50k"), "{}", text(&top));
    }

    #[test]
    fn nothing_is_drawn_outside_of_any_area(
        height in 0u16..30, width in 0u16..120, range in 0usize..4, reset in proptest::option::of(1u8..=31), a_day in 1f64..5_000.0,
    ) {
        let points = testing::credits();
        let forecast = testing::forecast(a_day, 34_000.0, reset);
        let range = ChartRange::ALL[range];
        drawn(&chart(&points, Some(&forecast), range, width), width, height);
    }
}

#[test]
fn a_chart_of_a_week() {
    let points = testing::credits();
    let forecast = testing::forecast(6_000.0, points.last().unwrap().credits, None);
    let buffer = drawn(&chart(&points, Some(&forecast), ChartRange::Week, 60), 60, 9);
    insta::assert_snapshot!(text(&buffer));
}

#[test]
fn the_past_is_solid_and_the_forecast_is_not() {
    let points = testing::credits();
    let forecast = testing::forecast(100.0, 34_000.0, Some(24));
    let chart = chart(&points, Some(&forecast), ChartRange::Week, 60);
    let buffer = drawn(&chart, 60, 9);
    let foot = axis_row(&buffer) - 1;
    let [left, now] = [AxisLabels::of(60).width, AxisLabels::of(60).width + chart.axis.past()];
    let style = |role| chart.style(role);
    let cell = |x: u16| &buffer[(x, foot)];
    let of = |role: Role| {
        let mut cell = ratatui::buffer::Cell::default();
        cell.set_style(style(role));
        (cell.fg, cell.modifier)
    };
    let seen = |x: u16| (cell(x).symbol(), (cell(x).fg, cell(x).modifier));
    let (colour, modifier) = of(Role::Bar);
    assert_eq!(seen(left), ("█", (colour, modifier | Modifier::DIM)));
    assert_eq!(seen(now), ("│", of(Role::Muted)));
    assert_eq!(seen(now + 1), ("▒", (colour, modifier | Modifier::DIM)));
    let low = drawn(&AreaChart { role: Role::Critical, ..chart }, 60, 9);
    assert_eq!((low[(left, foot)].fg, low[(left, foot)].modifier), of(Role::Critical));
    let runs_out = testing::forecast(6_000.0, 34_000.0, Some(30));
    let low = drawn(&AreaChart { forecast: Some(&runs_out), ..chart }, 60, 9);
    assert_eq!((low[(now + 1, foot)].fg, low[(now + 1, foot)].modifier), of(Role::Warning));
}

#[test]
fn a_rise_is_marked_with_its_size_and_a_reset_to_come_with_its_day() {
    let point = |hours: i64, credits| CreditsPoint { at: minutes_ago(hours * 60), credits, allowance: None };
    let points: Vec<_> = (0..=168).rev().map(|hour| point(hour, if hour > 80 { 5_000.0 } else { 30_000.0 })).collect();
    let forecast = testing::forecast(100.0, 30_000.0, Some(23));
    let rows = |width, height| text(&drawn(&chart(&points, Some(&forecast), ChartRange::Week, width), width, height));
    let wide = rows(80, 9);
    assert!(wide.contains("↑ +25k"), "{wide}");
    assert!(wide.contains("↑ refill 23 Nov"), "{wide}");
    assert_eq!(wide.matches('┊').count(), 6, "{wide}");
    let full: Vec<_> =
        points.iter().map(|point| CreditsPoint { credits: point.credits * 5.0 / 3.0, ..*point }).collect();
    let full = text(&drawn(&chart(&full, Some(&forecast), ChartRange::Week, 80), 80, 9));
    assert!(full.contains("+41.6k ↑█"), "left of what fills the rows above it\n{full}");
    let narrow = rows(30, 4);
    assert!(narrow.contains('↑') && !narrow.contains("refill"), "{narrow}");
}

#[test]
fn what_is_not_known_is_blank() {
    let points: Vec<_> = falling_to(20_000.0)
        .into_iter()
        .filter(|point| {
            let age = now().duration_since(point.at);
            age < SignedDuration::from_hours(6) || age > SignedDuration::from_hours(18)
        })
        .collect();
    let buffer = drawn(&chart(&points, None, ChartRange::Day, 55), 55, 6);
    let foot: String = (7..55).map(|x| buffer[(x, axis_row(&buffer) - 1)].symbol()).collect();
    assert_eq!(foot, format!("{}{}{}", "█".repeat(11), " ".repeat(27), "█".repeat(10)), "\n{}", text(&buffer));
}
