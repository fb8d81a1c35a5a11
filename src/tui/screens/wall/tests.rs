use jiff::SignedDuration;
use proptest::prelude::*;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::domain::status::Status;
use crate::monitor::snapshot::Snapshot;
use crate::testing::*;
use crate::tui::charset::Charset;
use crate::tui::screen::ScreenSettings;

fn on_wall(ascii: bool) -> Screen {
    let charset = if ascii { Charset::Ascii } else { Charset::Unicode };
    Screen::new(ScreenSettings { wall: true, charset, ..settings() })
}

fn frame(snapshot: Snapshot, columns: u16, rows: u16) -> Buffer {
    draw(&on_wall(false), &OwnedViewContext::new(snapshot).context(), columns, rows)
}

fn picture(snapshot: Snapshot, columns: u16, rows: u16) -> String {
    text(&frame(snapshot, columns, rows))
}

/// The text of the cells that are reversed.
fn reversed(buffer: &Buffer) -> String {
    let cells = buffer.content.iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED));
    cells.map(ratatui::buffer::Cell::symbol).collect()
}

fn tile(environment: EnvironmentSnapshot, columns: u16, rows: u16) -> String {
    picture(snapshot(vec![environment]), columns, rows)
}

#[test]
fn a_calm_wall_has_no_colour_and_says_that_all_is_well() {
    let buffer = frame(snapshot(vec![dev(), calm_staging(), calm_prod()]), 120, 40);
    let appearance = on_wall(false).appearance;
    let calm = [Role::Text, Role::Muted, Role::Bar, Role::Track];
    let grey = calm.map(|role| appearance.style(role).fg.unwrap_or(Color::Reset));
    assert!(buffer.content.iter().all(|cell| grey.contains(&cell.fg) && cell.bg == Color::Reset));
    assert_eq!(reversed(&buffer), "");
    let picture = text(&buffer);
    let top = picture.lines().find(|line| !line.is_empty()).unwrap();
    assert!(top.trim_start().starts_with("all 3 keys well, read 12 min ago") && top.ends_with("14:32 UTC"), "{top}");
}

#[test]
fn what_is_critical_is_reversed_and_production_is_in_capitals() {
    let large = reversed(&frame(usual(), 90, 24));
    assert!(large.contains("▐▙▟▘▐▙▟▘█ ▐▌▐▌▐▌") && large.contains("✖ rotate overdue"), "{large}");
    let small = reversed(&frame(usual(), 70, 10));
    assert!(small.contains("PROD ✖ rotate overdue"), "{small}");
    let picture = picture(usual(), 60, 26);
    for words in ["staging", "● active", "78 % of 50,000", "rotate overdue by 5 days", "used by others 4 min ago"] {
        assert!(picture.contains(words), "{words}\n{picture}");
    }
}

#[test]
fn numbers_that_are_not_of_now_are_blank() {
    for environment in [stale(calm_prod(), 30), revoked(calm_prod()), unreachable(calm_prod()), waiting(calm_prod())] {
        for (columns, rows) in [(24, 1), (30, 8), (80, 24)] {
            let picture = tile(environment.clone(), columns, rows);
            assert!(!["38,765", "38.7k", "78 %"].iter().any(|number| picture.contains(number)), "{picture}");
        }
        let picture = tile(environment.clone(), 60, 20);
        assert!(picture.contains("╌╌╌╌") && picture.contains('–') | picture.contains("▀▀▀"), "{picture}");
    }
    assert!(tile(calm_prod(), 22, 6).contains("38,765"));
}

#[test]
fn a_wall_that_can_not_poll_says_so_in_big_letters_with_the_age_of_what_it_shows() {
    let snapshot = Snapshot { paused: true, ..snapshot(vec![dev(), calm_prod()]) };
    let calm = Snapshot { paused: false, ..snapshot.clone() };
    for (columns, rows) in [(20, 2), (20, 5), (40, 12), (80, 24), (200, 60)] {
        let picture = picture(snapshot.clone(), columns, rows);
        assert!(!picture.contains("well"), "{picture}");
        let is_big = ["▐▛", "▜▛", "██"].iter().any(|part| picture.contains(part));
        assert!(is_big || picture.contains("PAUSED"), "{columns}×{rows}\n{picture}");
    }
    let halted = picture(snapshot, 120, 40);
    assert!(halted.contains("oldest number read 12 min ago"), "{halted}");
    assert!(halted.contains("timed polls are paused"));
    assert!(picture(calm, 120, 40).contains("all 2 keys well"));
}

#[test]
fn the_wall_is_drawn_anew_when_a_page_turns() {
    let others = (0..40).map(|number| EnvironmentSnapshot { environment: environment(&format!("e{number}")), ..dev() });
    let owned = OwnedViewContext::new(snapshot(others.collect()));
    let mut screen = on_wall(false);
    screen.size = (80, 24);
    let mut context = owned.context();
    context.now += SignedDuration::from_secs(7);
    let next = crate::tui::next_redraw(&screen, &context);
    assert_eq!(next, now() + SignedDuration::from_secs(15));
    let before = draw(&screen, &context, 80, 24);
    context.now = next;
    assert_ne!(text(&draw(&screen, &context, 80, 24)), text(&before));
}

fn environments() -> impl Strategy<Value = EnvironmentSnapshot> {
    let bases = vec![
        dev(),
        staging(),
        prod(),
        calm_prod(),
        stale(dev(), 30),
        revoked(prod()),
        unreachable(staging()),
        waiting(dev()),
        key_unavailable(&staging()),
        no_key("dev"),
        rate_limited(prod()),
        invalid(dev()),
    ];
    (proptest::sample::select(bases), "[f-z]{1,10}")
        .prop_map(|(base, name)| EnvironmentSnapshot { environment: environment(&name), ..base })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_is_critical_stands_on_each_page_and_what_is_not_known_is_no_number(
        environments in proptest::collection::vec(environments(), 0..24), (columns, rows) in (1u16..210, 1u16..64),
        turn in 0i32..8, ascii in any::<bool>(), paused in any::<bool>(),
    ) {
        let snapshot = Snapshot { paused, ..snapshot(environments) };
        let owned = OwnedViewContext::new(snapshot);
        let screen = on_wall(ascii);
        let mut context = owned.context();
        context.now += SignedDuration::from_secs(15) * turn;
        let buffer = draw(&screen, &context, columns, rows);
        prop_assert!(!ascii || buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
        let wall = Wall::of(&screen, &context).unwrap();
        let page = wall.page(wall.regions(buffer.area, wall.halt().as_ref()).tiles);
        let critical = owned.snapshot.environments.iter().filter(|one| one.severity == Severity::Critical).count();
        let shown = |place: &usize| owned.snapshot.environments[*place].severity == Severity::Critical;
        let on_page = page.tiles.iter().filter(|(place, _)| shown(place)).count();
        if rows > 3 {
            prop_assert_eq!(on_page + page.untold.map_or(0, |(count, _)| count), critical);
        }
        for (place, area) in &page.tiles {
            let environment = &owned.snapshot.environments[*place];
            let first: String = (area.x..area.right()).map(|x| buffer[(x, area.y)].symbol()).collect();
            if environment.severity == Severity::Critical {
                let is_reversed = (area.x..area.right()).any(|x| buffer[(x, area.y)].modifier.contains(Modifier::REVERSED));
                prop_assert!(is_reversed, "{}", first);
            }
            let cells: String = area.positions().map(|position| buffer[position].symbol()).collect();
            if !environment.fresh || environment.status == Status::NoKey {
                prop_assert!(!["38,765", "38.7k", "41 ", "82 %", "222 "].iter().any(|number| cells.contains(number)));
            }
        }
    }
}
