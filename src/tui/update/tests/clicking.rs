//! Clicks find what was drawn and do what its key does; the wheel scrolls or chooses; `m` gives the mouse away.

use ratatui::layout::Rect;

use super::*;
use crate::tui::hit_map::HitMap;
use crate::tui::surroundings;

const SIZES: [(u16, u16); 5] = [(200, 60), (120, 40), (80, 24), (40, 12), (20, 5)];
/// What may lie over the dashboard, by the keys that lead there.
const OPEN: [&[&str]; 11] =
    [&[], &["3"], &["?"], &["e"], &["u"], &["b"], &["a"], &["a", "x"], &["o"], &["o", "enter"], &["3", "x"]];

fn opened(keys: &[&str], (columns, rows): (u16, u16), read_only: bool) -> ScreenFixture {
    let mut desk = ScreenFixture::of(usual(), read_only);
    desk.send(Message::Resized { columns, rows });
    desk.press_without_browser(keys);
    desk
}

fn hits(desk: &ScreenFixture) -> HitMap {
    view::hit_map(&desk.screen, &desk.owned.context(), desk.screen.size)
}

/// The first region that means this.
fn region(desk: &ScreenFixture, target: HitTarget) -> Rect {
    let hits = hits(desk);
    let found = hits.regions().iter().find(|(_, here)| *here == target);
    found.unwrap_or_else(|| panic!("no {target:?}")).0
}

fn click(desk: &mut ScreenFixture, column: u16, row: u16) -> Vec<Action> {
    desk.send(Message::Clicked { column, row })
}

fn wheel(desk: &mut ScreenFixture, turn: WheelTurn, notches: usize) {
    for _ in 0..notches {
        assert_eq!(desk.send(Message::WheelTurned(turn)), []);
    }
}

#[test]
fn a_click_anywhere_on_a_hint_does_what_its_key_does() {
    let mut hints = 0;
    for (size, keys, read_only) in SIZES.into_iter().flat_map(|size| OPEN.map(|keys| (size, keys, size.0 == 120))) {
        let desk = opened(keys, size, read_only);
        let picture = draw(&desk.screen, &desk.owned.context(), size.0, size.1);
        for (area, target) in hits(&desk).regions() {
            let HitTarget::Press(chord) = target else { continue };
            hints += 1;
            let label: String = area.positions().map(|cell| picture[cell].symbol()).collect();
            assert!(label.starts_with(&format!("{chord} ")), "{label:?} at {size:?} after {keys:?}");
            for column in [area.left(), area.left() + area.width / 2, area.right() - 1] {
                let (mut clicked, mut keyed) = (opened(keys, size, read_only), opened(keys, size, read_only));
                assert_eq!(click(&mut clicked, column, area.y), keyed.send(pressed(*chord)), "{label:?}");
                assert_eq!(format!("{:?}", clicked.screen), format!("{:?}", keyed.screen), "{label:?}");
            }
        }
    }
    assert!(hints > 100, "{hints}");
}

#[test]
fn a_click_on_a_key_of_what_needs_someone_chooses_its_environment_and_presses_the_key() {
    let mut keys = 0;
    for (size, chosen) in [((200, 60), "1"), ((120, 40), "2"), ((80, 24), "3")] {
        let desk = opened(&[chosen], size, false);
        let picture = draw(&desk.screen, &desk.owned.context(), size.0, size.1);
        for (area, target) in hits(&desk).regions() {
            let HitTarget::OfEnvironment(index, command) = target else { continue };
            keys += 1;
            let number = (index + 1).to_string();
            let key = desk.screen.key_of(*command).unwrap();
            let label: String = area.positions().map(|cell| picture[cell].symbol()).collect();
            let first = if number == chosen { String::new() } else { format!("{number} ") };
            assert!(label.starts_with(&format!("{first}{key} ")) && !label.ends_with(' '), "{label:?}");
            for column in [area.left(), area.right() - 1] {
                let (mut clicked, mut keyed) = (opened(&[chosen], size, false), opened(&[chosen], size, false));
                assert_eq!(click(&mut clicked, column, area.y), keyed.press(&[&number, &key]), "{label:?}");
                assert_eq!(format!("{:?}", clicked.screen), format!("{:?}", keyed.screen), "{label:?}");
            }
        }
    }
    assert!(keys > 2, "{keys}");
}

#[test]
fn regions_lie_on_the_screen_and_no_hint_on_another() {
    for (size, keys) in SIZES.into_iter().flat_map(|size| OPEN.map(|keys| (size, keys))) {
        let hits = hits(&opened(keys, size, false));
        let screen = Rect::new(0, 0, size.0, size.1);
        assert!(hits.regions().iter().all(|(area, _)| screen.union(*area) == screen), "{hits:?}");
        let keys_shown: Vec<_> =
            hits.regions().iter().filter(|(_, target)| matches!(target, HitTarget::Press(_))).collect();
        for (index, (area, _)) in keys_shown.iter().enumerate() {
            assert!(keys_shown[index + 1..].iter().all(|(other, _)| !area.intersects(*other)), "{keys_shown:?}");
        }
    }
}

#[test]
fn a_click_chooses_an_environment_but_not_through_what_lies_over_it() {
    for size in [(200, 60), (120, 40), (80, 24)] {
        let mut desk = opened(&[], size, false);
        let Rect { x, y, .. } = region(&desk, HitTarget::Environment(0));
        desk.press(&["2"]);
        click(&mut desk, x, y);
        assert_eq!(desk.chosen(), "dev", "{size:?}");
        for keys in [&["?"][..], &["e"], &["u"], &["b"], &["a"], &["o"], &["x"]] {
            let mut covered = opened(&[&["2"], keys].concat(), size, false);
            click(&mut covered, x, y);
            assert_eq!(covered.chosen(), "staging", "{size:?} {keys:?}");
        }
    }
}

#[test]
fn titles_and_ranges_can_be_clicked() {
    let mut desk = opened(&["3"], (200, 60), false);
    let picture = draw(&desk.screen, &desk.owned.context(), 200, 60);
    for range in ChartRange::ALL {
        let name = region(&desk, HitTarget::Range(range));
        let text: String = name.positions().map(|cell| picture[cell].symbol()).collect();
        assert_eq!(text.trim_matches(['[', ']']), range.short());
        click(&mut desk, name.x, name.y);
        assert_eq!(desk.screen.chart_range(), range);
        click(&mut desk, 0, 0);
        desk.screen.chart_range = ChartRange::Week;
    }
    let events = region(&desk, HitTarget::Command(UiCommand::Events));
    click(&mut desk, events.x, events.y);
    assert!(matches!(desk.screen.overlay, Some(Overlay::Events(_))));
}

#[test]
fn a_click_beside_the_addresses_closes_them_and_one_on_them_does_not() {
    let mut desk = opened(&["b"], (80, 24), false);
    let addresses = region(&desk, HitTarget::Cover);
    click(&mut desk, addresses.x, addresses.bottom() - 1);
    assert!(matches!(desk.screen.overlay, Some(Overlay::WebPages)));
    click(&mut desk, addresses.x, addresses.bottom());
    assert!(desk.screen.overlay.is_none());
}

#[test]
fn no_click_beside_a_dialog_loses_what_was_typed() {
    let mut desk = opened(&["a", "x", "y"], (80, 24), false);
    for (column, row) in (0..80).flat_map(|column| (0..23).map(move |row| (column, row))) {
        assert_eq!(click(&mut desk, column, row), []);
    }
    assert_eq!(desk.dialog().map(|dialog| dialog.input.length()), Some(2));
}

#[test]
fn the_wheel_goes_to_the_environments_before_and_after_and_no_further() {
    let mut desk = ScreenFixture::new();
    for (turn, notches, chosen) in [
        (WheelTurn::Up, 1, "dev"),
        (WheelTurn::Down, 1, "staging"),
        (WheelTurn::Down, 5, "prod"),
        (WheelTurn::Up, 1, "staging"),
        (WheelTurn::Up, 9, "dev"),
    ] {
        wheel(&mut desk, turn, notches);
        assert_eq!(desk.chosen(), chosen);
    }
    wheel(&mut ScreenFixture::of(snapshot(Vec::new()), false), WheelTurn::Down, 2);
}

#[test]
fn the_wheel_scrolls_what_lies_over_the_dashboard_and_chooses_nothing_there() {
    let mut desk = opened(&["?"], (80, 12), false);
    wheel(&mut desk, WheelTurn::Down, 2);
    assert!(matches!(desk.screen.overlay, Some(Overlay::Help(6))));
    wheel(&mut desk, WheelTurn::Up, 9);
    assert!(matches!(desk.screen.overlay, Some(Overlay::Help(0))));
    for keys in [&["?"][..], &["b"], &["a"], &["o"]] {
        let mut covered = opened(keys, (80, 24), false);
        wheel(&mut covered, WheelTurn::Down, 1);
        assert_eq!(covered.chosen(), "dev", "{keys:?}");
    }
}

#[test]
fn the_mouse_is_given_to_the_terminal_and_taken_again() {
    let mut desk = ScreenFixture::new();
    let is_captured = |desk: &ScreenFixture| surroundings(&desk.screen, &desk.owned.context()).captures_mouse;
    assert!(is_captured(&desk));
    desk.press(&["m"]);
    assert!(!is_captured(&desk));
    assert_eq!(desk.notice(), "the mouse selects text now; m takes it back");
    desk.press(&["m"]);
    assert!(is_captured(&desk));
    assert_eq!(desk.notice(), "the mouse clicks and scrolls here again");
}

#[test]
fn a_mouse_that_was_left_to_the_terminal_at_the_start_is_never_taken() {
    let screen = Screen::new(crate::tui::screen::ScreenSettings { mouse: false, ..settings() });
    let mut desk = ScreenFixture { screen, owned: OwnedViewContext::new(usual()) };
    for _ in 0..3 {
        assert!(!surroundings(&desk.screen, &desk.owned.context()).captures_mouse);
        desk.press(&["m"]);
        assert_eq!(desk.notice(), "the mouse is left to the terminal, by --no-mouse or the config");
    }
}
