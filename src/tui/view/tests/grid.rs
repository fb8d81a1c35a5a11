//! One grid: bars start and end together, and nothing moves when a number changes.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};

use crate::domain::quota::QuotaWindow;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::testing::*;
use crate::tui::screen::Screen;
use crate::tui::screens::overview::Overview;
use crate::tui::screens::overview::layout::OverviewLayout;

const SIZES: [(u16, u16); 5] = [(200, 60), (120, 40), (80, 24), (60, 30), (40, 24)];

fn drawn(environments: &[EnvironmentSnapshot], columns: u16, rows: u16) -> (Buffer, OverviewLayout) {
    let (screen, owned) = (screen(), OwnedViewContext::new(snapshot(environments.to_vec())));
    let layout = layout(&screen, &owned, columns, rows);
    (draw(&screen, &owned.context(), columns, rows), layout)
}

fn layout(screen: &Screen, owned: &OwnedViewContext, columns: u16, rows: u16) -> OverviewLayout {
    Overview::new(Rect::new(0, 0, columns, rows), screen, &owned.context()).layout
}

/// For each card, row by row, the first and last column (from the card's edge) that is part of a bar.
fn bars(buffer: &Buffer, layout: &OverviewLayout) -> Vec<Vec<Option<(u16, u16)>>> {
    let part_of_bar = |x, y| matches!(buffer[(x, y)].symbol(), "━" | "╸" | "╍" | "─" | "╌");
    // Without the frame of a card; a row of a table has none.
    let inner = |area: Rect| if area.height > 2 { area.inner(Margin::new(1, 1)) } else { area };
    let extent = |area: Rect, y| {
        let columns: Vec<u16> = (area.x..area.right()).filter(|x| part_of_bar(*x, y)).map(|x| x - area.x).collect();
        Some((*columns.first()?, *columns.last()?))
    };
    let of_card = |area: Rect| (area.y..area.bottom()).map(|y| extent(area, y)).collect();
    layout.places.iter().map(|place| of_card(inner(place.area))).collect()
}

/// With numbers of this minute.
fn just_read(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let minute = QuotaWindow { remaining: Some(4), own: 1, is_over: false, ..environment.minute };
    EnvironmentSnapshot { minute, polled_at: Some(now()), ..environment }
}

fn limited(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    EnvironmentSnapshot { day: QuotaWindow::told(100_000, 1, 5), ..environment }
}

#[test]
fn bars_start_and_end_together_on_all_cards() {
    for (columns, rows) in SIZES {
        let (buffer, layout) = drawn(&[just_read(dev()), just_read(staging()), limited(prod())], columns, rows);
        let bars = bars(&buffer, &layout);
        assert!(bars[0].iter().any(Option::is_some));
        assert!(bars.iter().all(|card| *card == bars[0]), "{columns}×{rows}: {bars:?}");
    }
}

#[test]
fn unknown_bars_stand_where_known_ones_do() {
    for (columns, rows) in SIZES {
        let (known, layout) = drawn(&[just_read(dev()), just_read(staging()), limited(prod())], columns, rows);
        let (unknown, its_layout) = drawn(&[waiting(dev()), waiting(staging()), waiting(prod())], columns, rows);
        let extents = |cards: Vec<Vec<Option<(u16, u16)>>>| -> BTreeSet<(u16, u16)> {
            cards.into_iter().flatten().flatten().collect()
        };
        assert_eq!(extents(bars(&known, &layout)), extents(bars(&unknown, &its_layout)), "{columns}×{rows}");
    }
}

#[test]
fn nothing_moves_when_a_number_changes_its_digits() {
    let with = |credits: f64, used: i64| {
        let mut environment = dev();
        environment.account = Some(account("pro", credits, 50_000.0, 300, Some(10_000)));
        environment.minute = QuotaWindow::told(300, 300 - used.min(300), 0);
        environment.day = QuotaWindow::told(10_000, 10_000 - used, 0);
        vec![environment, staging(), prod()]
    };
    // Everything but numbers and the filling of bars.
    let fixed = |buffer: &Buffer| {
        let plain = |symbol: &str| match symbol {
            "━" | "╸" | "╍" | "─" | "╌" => "─".to_owned(),
            symbol if symbol.starts_with(|character| ('\u{2580}'..='\u{259f}').contains(&character)) => " ".to_owned(),
            symbol if symbol.chars().all(|character| character.is_ascii_digit() || " ,.k<>".contains(character)) => {
                " ".to_owned()
            }
            symbol => symbol.to_owned(),
        };
        buffer.content.iter().map(|cell| plain(cell.symbol())).collect::<Vec<_>>()
    };
    for (columns, rows) in SIZES {
        let (first, _) = drawn(&with(50_000.0, 9_999), columns, rows);
        for (credits, used) in [(7.0, 1), (812.0, 25), (9_999.0, 300)] {
            let (second, _) = drawn(&with(credits, used), columns, rows);
            assert!(
                fixed(&first) == fixed(&second),
                "{columns}×{rows}, {credits}, {used}\n{}\n{}",
                text(&first),
                text(&second)
            );
        }
    }
}

#[test]
fn choosing_moves_nothing() {
    let owned = OwnedViewContext::new(usual());
    let mut screen = screen();
    let first = layout(&screen, &owned, 120, 40);
    screen.chosen = Some("prod".parse().unwrap());
    assert_eq!(layout(&screen, &owned, 120, 40).places, first.places);
}
