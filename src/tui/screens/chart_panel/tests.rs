use ratatui::layout::Rect;

use super::*;
use crate::testing::*;
use crate::tui::update;

fn panel_of(owned: &OwnedViewContext, index: usize, keys: &[&str], (width, height): (u16, u16)) -> String {
    let mut screen = screen();
    for key in keys {
        let _ = update(&mut screen, &owned.context(), press(key));
    }
    let context = owned.context();
    let environment = &owned.snapshot.environments[index];
    let footer = Line::raw("key …c2b7");
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    (&ChartPanel { environment, screen: &screen, context: &context, footer }).render(buffer.area, &mut buffer);
    text(&buffer)
}

fn panel(width: u16, height: u16) -> String {
    panel_of(&OwnedViewContext::new(snapshot(vec![busy(prod())])), 0, &[], (width, height))
}

fn first_row(width: u16) -> String {
    panel(width, 6).lines().next().unwrap().to_owned()
}

#[test]
fn the_title_gives_way_part_by_part() {
    assert_eq!(
        [70, 50, 34, 20, 10].map(first_row),
        [
            "┏ PROD · Production - Main App · credits ━━━━━━ 24 h [7 d] 30 d 90 d ┓",
            "┏ PROD · credits ━━━━━━━━━━ 24 h [7 d] 30 d 90 d ┓",
            "┏ PROD · credits ━━━━━━━━━ [7 d] ┓",
            "┏ PROD ━━━━━ [7 d] ┓",
            "┏ PROD ━━┓",
        ]
    );
}

#[test]
fn each_height_has_what_there_is_room_for() {
    let has = |height: u16| {
        let rows = panel(100, height + 2);
        ["0 └", "credits per day", "requests per hour by your apps", "by this monitor"].map(|text| rows.contains(text))
    };
    assert_eq!(has(3), [true, false, false, false]);
    assert_eq!(has(16), [true, false, false, false]);
    assert_eq!(has(17), [true, true, false, false]);
    assert_eq!(has(23), [true, true, false, false]);
    assert_eq!(has(24), [true, true, true, true]);
    assert_eq!(has(40), [true, true, true, true]);
    assert!(panel(100, 6).lines().last().unwrap().starts_with("┗ key …c2b7 ━"));
}

#[test]
fn a_list_of_calls_that_was_never_read_leaves_its_room_to_the_chart() {
    let rows = panel_of(&OwnedViewContext::new(snapshot(vec![prod()])), 0, &[], (100, 40));
    assert!(rows.contains("credits per day") && !rows.contains("requests"), "{rows}");
}

#[test]
fn whole_panel_in_each_range() {
    let owned = OwnedViewContext::new(snapshot(vec![busy(prod())]));
    insta::assert_snapshot!("panel_day", panel_of(&owned, 0, &["["], (90, 34)));
    insta::assert_snapshot!("panel_week", panel_of(&owned, 0, &[], (110, 38)));
    insta::assert_snapshot!("panel_quarter", panel_of(&owned, 0, &["]", "]"], (60, 26)));
}

#[test]
fn without_samples_a_text_stands_in_the_middle() {
    let owned = OwnedViewContext { credits: Vec::new(), ..OwnedViewContext::new(snapshot(vec![waiting(prod())])) };
    let rows = panel_of(&owned, 0, &[], (40, 7));
    assert_eq!(rows.lines().nth(3).unwrap(), "┃            no samples yet            ┃");
}

#[test]
fn no_size_is_too_small() {
    let owned = OwnedViewContext::new(snapshot(vec![busy(prod()), no_key("dev")]));
    for (width, height) in (0..24).flat_map(|width| (0..45).map(move |height| (width, height))) {
        for index in [0, 1] {
            panel_of(&owned, index, &[], (width, height));
        }
    }
}

#[test]
fn the_area_has_the_role_of_what_is_the_matter_with_the_credits() {
    let flagged = |flag| role(&flagged(calm_prod(), &[flag]));
    assert_eq!(role(&calm_prod()), Role::Muted);
    assert_eq!(flagged(Flag::RotateOverdue), Role::Muted);
    assert_eq!([Flag::CreditsLow, Flag::RunsOutBeforeReset].map(flagged), [Role::Warning; 2]);
    assert_eq!([Flag::CreditsCritical, Flag::CreditsOut].map(flagged), [Role::Critical; 2]);
}
