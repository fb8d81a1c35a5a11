use insta::assert_snapshot;

use super::*;
use crate::testing::{screen, settings, text};
use crate::tui::charset::Charset;
use crate::tui::keymap::BINDINGS;
use crate::tui::screen::ScreenSettings;

fn drawn(screen: &Screen, scrolled: u16, width: u16, height: u16) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    HelpScreen { screen, scrolled }.render(buffer.area, &mut buffer);
    text(&buffer)
}

/// The words, as they are read from the top of a column to its foot, of a help of one column.
fn words(screen: &Screen) -> String {
    let lines = drawn(screen, 0, 100, 90);
    lines
        .split_whitespace()
        .filter(|word| !"│╭╮╰╯─".contains(word.chars().next().unwrap_or(' ')))
        .fold(String::new(), |all, word| all + word + " ")
}

#[test]
fn every_command_is_told_with_its_keys_under_the_heading_of_its_group() {
    let words = words(&screen());
    let starts: Vec<_> = KeyGroup::VARIANTS.iter().map(|group| words.find(group.title()).unwrap()).collect();
    assert!(starts.is_sorted(), "{words}");
    let screen = screen();
    for (binding, chords) in screen.keymap.bindings() {
        let told = format!(" {} {}", key_names(chords).join(" "), binding.help);
        let place = words.find(&told).unwrap_or_else(|| panic!("{told}\n{words}"));
        let group = starts.iter().rposition(|start| *start < place).unwrap();
        assert_eq!(KeyGroup::VARIANTS[group], binding.command.group(), "{}", binding.help);
    }
}

#[test]
fn what_does_not_work_here_is_not_offered() {
    let all = words(&screen());
    let read_only = words(&Screen::new(ScreenSettings { read_only: true, ..settings() }));
    let without_mouse = words(&Screen::new(ScreenSettings { mouse: false, ..settings() }));
    for command in [UiCommand::Pause, UiCommand::AddKey, UiCommand::Rotate, UiCommand::Acknowledge] {
        let help = BINDINGS.iter().find(|binding| binding.command == command).unwrap().help;
        assert!(all.contains(help) && !read_only.contains(help), "{help}");
    }
    assert!(all.contains("the mouse") && read_only.contains("the mouse") && !without_mouse.contains("the mouse"));
}

#[test]
fn the_groups_stand_side_by_side_where_there_is_room() {
    let screen = screen();
    let in_first_row = |width| drawn(&screen, 0, width, 60).lines().nth(1).unwrap().to_owned();
    let counts = [80, 120, 200].map(|width| {
        let row = in_first_row(width);
        let row = row.trim_matches(['│', ' ']);
        row.split("   ").filter(|part| !part.trim().is_empty()).count()
    });
    assert_eq!(counts, [1, 2, 3]);
    let widest = in_first_row(200);
    assert!(widest.contains("environments ") && widest.contains(" symbols "), "{widest}");
}

#[test]
fn all_of_it_is_seen_at_120_by_40() {
    // Header and key bar take a row each.
    assert_snapshot!("help_120x38", drawn(&screen(), 0, 120, 38));
}

#[test]
fn what_has_no_room_is_scrolled_to_the_end() {
    let screen = screen();
    let top = drawn(&screen, 0, 80, 22);
    assert!(top.contains("environments") && top.lines().last().unwrap().contains(" rows 1–20 of "), "{top}");
    let end = drawn(&screen, 999, 80, 22);
    assert!(end.contains("the day of the refill"), "{end}");
    let count = HelpScreen { screen: &screen, scrolled: 0 }.count(80);
    assert!(end.lines().last().unwrap().contains(&format!(" rows {}–{count} of {count} ", count - 19)), "{end}");
}

#[test]
fn the_legend_shows_what_is_drawn() {
    for charset in [Charset::Unicode, Charset::Ascii] {
        let screen = Screen::new(ScreenSettings { charset, ..settings() });
        let (symbols, text) = (screen.appearance.symbols, drawn(&screen, 0, 200, 60));
        let gauges = [symbols.line, symbols.line_own, symbols.line_track, symbols.line_unknown];
        let samples = gauges.into_iter().chain(symbols.forecast).map(|symbol| symbol.repeat(4));
        for sample in samples {
            assert!(text.contains(&format!("{sample}  ")), "{sample}\n{text}");
        }
    }
}
