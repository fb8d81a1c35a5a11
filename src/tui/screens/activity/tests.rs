use insta::assert_snapshot;

use super::*;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::testing::*;
use crate::tui::hit_map::HitTarget;
use crate::tui::screen::ScreenSettings;

fn choosing(name: &str) -> Screen {
    let mut screen = screen();
    screen.chosen = Some(name.parse().unwrap());
    screen
}

fn drawn(screen: &Screen, owned: &OwnedViewContext, scrolled: u16, (width, height): (u16, u16)) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    ActivityScreen { screen, context: &owned.context(), scrolled }.render(buffer.area, &mut buffer);
    buffer
}

fn picture(screen: &Screen, owned: &OwnedViewContext, size: (u16, u16)) -> String {
    text(&drawn(screen, owned, 0, size))
}

fn of(environments: Vec<EnvironmentSnapshot>) -> OwnedViewContext {
    OwnedViewContext::new(snapshot(environments))
}

#[test]
fn calls_are_told_by_endpoint_with_shares_as_gauges() {
    let owned = of(vec![partly_known(dev()), without_usage(staging()), busy(calm_prod())]);
    let mut screen = choosing("prod");
    let week = picture(&screen, &owned, (120, 20));
    assert_snapshot!("activity_120x20", week);
    assert_snapshot!("activity_80x20", picture(&screen, &owned, (80, 20)));
    assert_snapshot!("activity_40x20", picture(&screen, &owned, (40, 20)));
    screen.chart_range = ChartRange::Day;
    let day = picture(&screen, &owned, (120, 20));
    assert!(day.contains("PROD · activity, 24 hours") && day.contains("[24 h] 7 d 30 d 90 d"), "{day}");
    let all = |picture: &str| picture.lines().find(|row| row.contains("┃ all ")).map(str::to_owned).unwrap();
    assert!(all(&day).contains(" 412 ") && !all(&week).contains(" 412 "), "{day}");
}

#[test]
fn errors_are_told_in_the_colour_of_a_warning_and_none_are_not() {
    let owned = of(vec![busy(calm_prod())]);
    let (screen, size) = (choosing("prod"), (120, 20));
    let buffer = drawn(&screen, &owned, 0, size);
    let rows = text(&buffer);
    let column = rows.lines().find_map(|row| row.find("errors")).unwrap();
    let warning = screen.appearance.style(Role::Warning).fg;
    let mut counts = Vec::new();
    for (row, y) in rows.lines().zip(0..) {
        let cells: Vec<_> = (0..size.0).map(|x| &buffer[(x, y)]).collect();
        // The frame at the left is of several bytes.
        let last = &cells[column - "┃".len() + 1 + "errors".len() - 1];
        if last.symbol().starts_with(|digit: char| digit.is_ascii_digit()) && !row.contains("all ") {
            counts.push((last.symbol().to_owned(), Some(last.fg) == warning));
        }
    }
    assert!(counts.len() >= 2 && counts.iter().any(|(_, is_warning)| *is_warning), "{counts:?}\n{rows}");
    assert!(counts.iter().all(|(count, is_warning)| (count != "0") == *is_warning), "{counts:?}\n{rows}");
}

#[test]
fn what_is_not_known_is_said_and_not_drawn() {
    let owned = of(vec![partly_known(dev()), without_usage(staging()), busy(calm_prod())]);
    let in_part = picture(&choosing("dev"), &owned, (80, 20));
    assert!(in_part.contains("? incomplete: there were more calls before"), "{in_part}");
    let without = picture(&choosing("staging"), &owned, (80, 20));
    assert!(without.contains("▲ /usage is not available with this key, so last use is estimated"), "{without}");
    assert!(!without.contains("calls  "), "{without}");
    let unread = of(vec![dev(), no_key("staging"), waiting(prod())]);
    let not_read = picture(&choosing("dev"), &unread, (80, 20));
    assert!(not_read.contains("the list of calls was not read yet") && !not_read.contains("errors"), "{not_read}");
    assert!(picture(&choosing("staging"), &unread, (80, 20)).contains("○ there is no key"));
}

#[test]
fn long_activity_is_scrolled() {
    let owned = of(vec![busy(calm_prod())]);
    let screen = choosing("prod");
    let context = owned.context();
    let count = ActivityScreen { screen: &screen, context: &context, scrolled: 0 }.lines(40).len();
    let end = text(&drawn(&screen, &owned, 999, (40, 8)));
    assert!(end.contains("/usage") && end.contains(&format!(" rows {}–{count} of {count} ", count - 5)), "{end}");
}

#[test]
fn the_ranges_can_be_clicked() {
    let owned = of(vec![busy(calm_prod())]);
    let (screen, context) = (choosing("prod"), owned.context());
    let activity = ActivityScreen { screen: &screen, context: &context, scrolled: 0 };
    let mut hits = HitMap::default();
    activity.register(Rect::new(0, 1, 80, 20), &mut hits);
    let row = picture(&screen, &owned, (80, 20)).lines().next().unwrap().to_owned();
    let column = |name: &str| u16::try_from(row[..row.find(name).unwrap()].chars().count()).unwrap();
    assert_eq!(hits.at(column("24 h"), 1), Some(HitTarget::Range(ChartRange::Day)));
    assert_eq!(hits.at(column("90 d") + 3, 1), Some(HitTarget::Range(ChartRange::Quarter)));
}

#[test]
fn production_has_a_heavy_frame() {
    let owned = of(vec![busy(calm_prod()), dev()]);
    let corner = |name| picture(&choosing(name), &owned, (80, 20)).chars().next();
    assert_eq!([corner("prod"), corner("dev")], [Some('┏'), Some('╭')]);
    let plain = Screen::new(ScreenSettings { charset: crate::tui::charset::Charset::Ascii, ..settings() });
    assert_eq!(picture(&plain, &owned, (80, 20)).chars().next(), Some('#'));
}
