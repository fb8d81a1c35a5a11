//! Styles of dialogs, and of what lies behind them.

use ratatui::buffer::Cell;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier, Style};

use super::*;
use crate::domain::rotation::RotationStage;
use crate::tui::theme::{ColourDepth, Role, Theme};

const DEPTHS: [ColourDepth; 4] =
    [ColourDepth::None, ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix, ColourDepth::TrueColour];

fn of_depth(colours: ColourDepth) -> ScreenSettings {
    ScreenSettings { colours, ..settings() }
}

/// The first cells where a text stands have a style.
fn assert_style(buffer: &Buffer, text: &str, style: Style) {
    let stands = |cells: &&[Cell]| cells.iter().map(Cell::symbol).collect::<String>() == text;
    let found = buffer.content.windows(text.chars().count()).find(stands);
    for cell in found.unwrap_or_else(|| panic!("no {text:?}")) {
        assert_eq!((cell.fg, cell.modifier), (style.fg.unwrap_or_default(), style.add_modifier), "{text}");
    }
}

#[test]
fn the_roles_of_a_dialog() {
    for depth in DEPTHS {
        let style = |role| Theme::new(depth).style(role);
        let drawn = |environment, keys| drawn(environment, vec![Press(keys)], of_depth(depth), SMALL);
        let watching = drawn(rotating(prod(), RotationStage::Watching), &["o"]);
        assert_style(&watching, "▲ this is PROD", style(Role::Warning).add_modifier(Modifier::BOLD));
        assert_style(&watching, "● 1  make the new key", style(Role::Text));
        assert_style(&watching, "▸ 3", style(Role::Accent));
        assert_style(&watching, "move your applications", style(Role::Text).add_modifier(Modifier::BOLD));
        assert_style(&watching, "○ 4  revoke", style(Role::Muted));
        assert_style(&watching, &"━".repeat(40), style(Role::Accent));
        assert_style(&watching, "rotate the key of PROD", style(Role::Accent).add_modifier(Modifier::BOLD));
        assert_style(&watching, "new key …71c2 in use since", style(Role::Muted));
        assert_style(&drawn(staging(), &["x"]), "╭", style(Role::Accent));
        let wrong = drawn(prod(), &["x", "p", "q"]);
        assert_style(&wrong, "name ", style(Role::Label));
        assert_style(&wrong, "•", style(Role::Critical));
    }
}

#[test]
fn without_colour_there_is_none() {
    let environments =
        [rotating(prod(), RotationStage::Started), held_up(rotating(prod(), RotationStage::Watching)), prod()];
    for environment in environments {
        for keys in [&["o"][..], &["x", "p", "q"], &["a"], &["o", "ctrl-b", "x"], &["o", "ctrl-s"]] {
            let (screen, owned) =
                screen_after(environment.clone(), vec![Press(keys)], of_depth(ColourDepth::None), SMALL);
            let (whole, _) = frame(&screen, &owned, SMALL);
            assert!(whole.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
        }
    }
}

#[test]
fn the_dashboard_behind_is_dimmed_and_the_keys_are_not() {
    for depth in DEPTHS {
        let muted = Theme::new(depth).style(Role::Muted).fg.unwrap_or_default();
        for (size, keys) in [(SMALL, "o"), (SMALL, "x"), ((120, 40), "a"), ((200, 60), "b")] {
            let unopened = Tell(Message::WebPageOpened(false));
            let steps = vec![Press(std::slice::from_ref(&keys)), unopened];
            let (screen, owned) = screen_after(prod(), steps, of_depth(depth), size);
            let (whole, area) = frame(&screen, &owned, size);
            for (cell, position) in whole.content.iter().zip(whole.area.positions()) {
                let is_behind = position.y < size.1 - 1 && !area.contains(position);
                if is_behind {
                    assert_eq!((cell.fg, cell.bg), (muted, Color::Reset), "{position}");
                    assert!(cell.modifier.contains(Modifier::DIM) && !cell.modifier.contains(Modifier::BOLD));
                }
            }
            let key_bar = (0..size.0).map(|x| &whole[Position::new(x, size.1 - 1)]);
            assert!(key_bar.clone().any(|cell| cell.modifier.contains(Modifier::BOLD)));
            let title = &whole[Position::new(area.x + 2, area.y)];
            assert!(title.modifier.contains(Modifier::BOLD) && !title.modifier.contains(Modifier::DIM), "{depth:?}");
        }
    }
}
