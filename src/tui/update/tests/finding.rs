//! Environments in another order, and found by a few letters.

use proptest::prelude::*;

use super::*;
use crate::monitor::snapshot::EnvironmentSnapshot;

fn calm(name: &str) -> EnvironmentSnapshot {
    EnvironmentSnapshot { environment: environment(name), severity: Severity::Ok, ..dev() }
}

/// Twelve calm environments, and prod with an overdue key.
fn desk() -> ScreenFixture {
    let mut environments: Vec<_> = (0..12).map(|number| calm(&format!("team{number}"))).collect();
    environments.push(prod());
    let mut desk = ScreenFixture::of(snapshot(environments), false);
    desk.send(Message::Resized { columns: 120, rows: 40 });
    desk
}

impl ScreenFixture {
    fn shown(&self) -> Vec<&str> {
        let name = |place: usize| self.owned.snapshot.environments[place].environment.name.as_str();
        self.screen.shown(&self.owned.snapshot).into_iter().map(name).collect()
    }

    fn picture(&self) -> String {
        text(&draw(&self.screen, &self.owned.context(), 120, 40))
    }

    fn find_line(&self) -> String {
        self.picture().lines().last().unwrap_or_default().to_owned()
    }
}

#[test]
fn another_order_moves_the_cards_but_not_the_choice_or_the_numbers() {
    let mut desk = desk();
    desk.press(&["2", "s"]);
    assert_eq!((desk.shown()[0], desk.chosen()), ("prod", "team1"));
    assert_eq!(desk.notice(), "environments: worst first");
    assert_eq!(desk.press(&["left", "left"]), []);
    assert_eq!(desk.chosen(), "prod", "arrows follow what is seen");
    desk.press(&["left"]);
    assert_eq!(desk.chosen(), "team11", "round and round");
    desk.press(&["3"]);
    assert_eq!(desk.chosen(), "team2", "digits are those of the configuration");
    desk.press(&["s"]);
    assert_eq!((desk.shown()[0], desk.chosen()), ("team0", "team2"));
}

#[test]
fn letters_find_an_environment_and_are_no_commands() {
    let mut desk = desk();
    assert_eq!(desk.press(&["4", "/", "t", "e", "a", "m", "1", "1"]), []);
    assert_eq!((desk.chosen(), desk.shown()), ("team11", vec!["team11", "prod"]));
    assert_eq!(desk.find_line(), format!(" find team11{:>87}Enter keep  Esc back", "1 of 13, and 1 critical  "));
    let picture = desk.picture();
    assert!(picture.contains("team11") && picture.contains("PROD") && !picture.contains("team3"), "{picture}");
    assert_eq!(desk.press(&["q", "R", "backspace", "backspace"]), []);
    assert_eq!(desk.press(&["enter"]), []);
    assert!(desk.screen.overlay.is_none());
    assert_eq!((desk.chosen(), desk.shown().len()), ("team11", 13));
}

#[test]
fn escape_goes_back_to_what_was_chosen_before() {
    let mut desk = desk();
    desk.press(&["4", "/", "p", "r", "o"]);
    assert_eq!(desk.chosen(), "prod");
    desk.press(&["esc"]);
    assert_eq!((desk.chosen(), desk.shown().len()), ("team3", 13));
    desk.press(&["/", "p", "backspace"]);
    assert_eq!(desk.chosen(), "team3", "nothing is looked for any more");
}

#[test]
fn arrows_and_clicks_choose_among_what_is_found() {
    let mut desk = desk();
    desk.press(&["/", "1"]);
    assert_eq!(desk.shown(), ["team1", "team10", "team11", "prod"]);
    let chosen_after = |desk: &mut ScreenFixture, key| {
        desk.press(&[key]);
        desk.chosen().to_owned()
    };
    let chosen = ["down", "right", "tab", "tab", "up"].map(|key| chosen_after(&mut desk, key));
    assert_eq!(chosen, ["team10", "team11", "prod", "team1", "prod"]);
    desk.send(Message::Clicked { column: 3, row: 4 });
    assert_eq!(desk.chosen(), "team1");
    assert!(matches!(desk.screen.overlay, Some(Overlay::Find(_))));
}

#[test]
fn what_finds_nothing_leaves_the_choice_and_says_so() {
    let mut desk = desk();
    desk.press(&["4", "/", "z", "z"]);
    assert_eq!((desk.chosen(), desk.shown()), ("team3", vec!["prod"]));
    assert!(desk.find_line().contains("no match, and 1 critical"), "{}", desk.find_line());
    let mut calm = ScreenFixture::of(snapshot(vec![calm("dev")]), false);
    calm.press(&["/", "z", "down", "tab", "up"]);
    assert_eq!((calm.chosen(), calm.shown().len()), ("dev", 0));
    assert!(calm.picture().contains("no match"));
}

#[test]
fn a_paste_is_a_query_and_the_program_can_be_left() {
    let mut desk = desk();
    desk.press(&["/"]);
    desk.paste("team7\nq");
    assert_eq!(desk.chosen(), "team7");
    let enter = Chord::plain(ChordKey::Enter);
    desk.send(Message::KeyPressed(KeyPress { chord: enter, in_burst: true }));
    assert_eq!(desk.screen.query(), "team7", "an unmarked paste ends nothing");
    desk.press(&["ctrl-u"]);
    desk.paste(CANARY);
    assert!(!desk.picture().contains("canary") && !format!("{:?}", desk.screen).contains("team"));
    assert_eq!(desk.press(&["ctrl-l", "ctrl-z", "ctrl-c"]), [Action::Redraw, Action::Suspend, Action::Quit]);
}

#[test]
fn a_long_query_shows_its_end() {
    let mut desk = desk();
    desk.press(&["/"]);
    desk.paste("a query that is longer than a narrow line");
    let narrow = text(&draw(&desk.screen, &desk.owned.context(), 40, 12));
    assert_eq!(narrow.lines().last().unwrap(), " find … lin   no match, and 1 critical");
}

proptest! {
    #[test]
    fn whatever_is_typed_the_picture_is_drawn_and_what_is_critical_is_listed(
        keys in proptest::collection::vec(any::<char>(), 0..30), columns in 1u16..140, rows in 1u16..45,
    ) {
        let mut desk = desk();
        desk.press(&["/"]);
        for key in keys {
            let chord = Chord::plain(ChordKey::Character(key));
            desk.send(Message::KeyPressed(KeyPress { chord, in_burst: false }));
        }
        draw(&desk.screen, &desk.owned.context(), columns, rows);
        prop_assert!(desk.shown().contains(&"prod"));
        prop_assert!(desk.shown().len() == 1 || desk.shown().contains(&desk.chosen()));
    }
}
