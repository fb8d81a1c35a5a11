//! Styles, which text alone can't show: roles, dimmed values, and no colour where there is none.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};

use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::testing::*;
use crate::tui::screen::Screen;
use crate::tui::theme::{ColourDepth, Role, Theme};

const DEPTHS: [ColourDepth; 3] = [ColourDepth::None, ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix];

fn drawn(owned: &OwnedViewContext, colours: ColourDepth) -> Buffer {
    let mut settings = settings();
    settings.colours = colours;
    draw(&Screen::new(settings), &owned.context(), 120, 40)
}

/// The cells of the first place where a text stands, from the cards on.
fn find<'a>(buffer: &'a Buffer, text: &str) -> Vec<&'a Cell> {
    let length = text.chars().count();
    let stands = |cells: &&[Cell]| cells.iter().map(Cell::symbol).collect::<String>() == text;
    let cards = buffer.content.iter().position(|cell| matches!(cell.symbol(), "╭" | "┏")).unwrap_or(0);
    let cards = &buffer.content[cards..];
    let found = cards.windows(length).find(stands);
    found.unwrap_or_else(|| panic!("no {text:?}")).iter().collect()
}

fn assert_style(buffer: &Buffer, text: &str, style: Style) {
    for cell in find(buffer, text) {
        assert_eq!(cell.fg, style.fg.unwrap_or(Color::Reset), "{text}");
        assert_eq!(cell.modifier, style.add_modifier, "{text}");
    }
}

#[test]
fn words_have_the_style_of_their_role() {
    let owned = OwnedViewContext::new(snapshot(vec![dev(), staging(), waiting(prod())]));
    let urgent = OwnedViewContext::new(usual());
    for depth in DEPTHS {
        let style = |role| Theme::new(depth).style(role);
        let buffer = drawn(&urgent, depth);
        assert_style(&buffer, "rotate overdue", style(Role::Critical));
        assert_style(&buffer, "rotate soon", style(Role::Warning));
        assert_style(&buffer, "active", style(Role::Ok));
        assert_style(&buffer, "minute", style(Role::Label));
        assert_style(&drawn(&owned, depth), "waiting", style(Role::Unknown));
    }
}

#[test]
fn names_are_loud_and_the_chosen_one_has_the_accent() {
    let buffer = drawn(&OwnedViewContext::new(usual()), ColourDepth::TwoHundredFiftySix);
    let theme = Theme::new(ColourDepth::TwoHundredFiftySix);
    for part in ["▸", "dev"] {
        assert_style(&buffer, part, theme.style(Role::Accent));
    }
    assert_style(&buffer, "1 ", theme.style(Role::Muted));
    assert_style(&buffer, "staging", Style::new().add_modifier(Modifier::BOLD));
    assert_style(&buffer, "PROD", Style::new().add_modifier(Modifier::BOLD));
    assert_style(&buffer, "╰────────", theme.style(Role::Accent));
    assert_style(&buffer, "┗━━━━━━━━", Style::new());
}

#[test]
fn when_all_is_well_only_the_choice_has_a_colour() {
    let owned = OwnedViewContext::new(snapshot(vec![dev(), calm_staging(), calm_prod()]));
    let owned = OwnedViewContext { events: Vec::new(), ..owned };
    let accent = Theme::new(ColourDepth::Sixteen).style(Role::Accent).fg.unwrap();
    let buffer = drawn(&owned, ColourDepth::Sixteen);
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset || cell.fg == accent));
}

#[test]
fn without_colour_no_cell_has_one() {
    let mixed = snapshot(vec![unreachable(dev()), key_unavailable(&staging()), prod()]);
    for snapshot in [usual(), mixed] {
        let buffer = drawn(&OwnedViewContext::new(snapshot), ColourDepth::None);
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

#[test]
fn the_background_is_always_the_terminals_own() {
    for depth in DEPTHS {
        let buffer = drawn(&OwnedViewContext::new(usual()), depth);
        assert!(buffer.content.iter().all(|cell| cell.bg == Color::Reset));
    }
}

#[test]
fn values_that_could_not_be_refreshed_are_dimmed() {
    for depth in DEPTHS {
        let muted = Theme::new(depth).style(Role::Muted);
        let buffer = drawn(&OwnedViewContext::new(snapshot(vec![unreachable(dev())])), depth);
        for value in ["41", "9 of 50", "2 h ago"] {
            assert_style(&buffer, value, muted);
        }
        let bar = find(&buffer, "━━━━━")[0];
        assert!(bar.modifier.contains(Modifier::DIM));
        assert_style(&buffer, "23 min ago  ", Style::new());

        let fresh = drawn(&OwnedViewContext::new(snapshot(vec![dev()])), depth);
        assert_style(&fresh, "41", Style::new().add_modifier(Modifier::BOLD));
        assert!(!find(&fresh, "━━━━━")[0].modifier.contains(Modifier::DIM));
    }
}

#[test]
fn values_are_dimmed_after_a_failed_poll_though_they_are_not_stale_yet() {
    let confirming = EnvironmentSnapshot { poll_failure: forbidden(dev()).poll_failure, ..dev() };
    let recalled = EnvironmentSnapshot { poll_failure: None, ..rate_limited(dev()) };
    for environment in [forbidden(dev()), rate_limited(dev()), confirming, recalled] {
        assert!(environment.fresh);
        for depth in DEPTHS {
            let muted = Theme::new(depth).style(Role::Muted);
            let buffer = drawn(&OwnedViewContext::new(snapshot(vec![environment.clone()])), depth);
            for value in ["41", "9 of 50", "2 h ago"] {
                assert_style(&buffer, value, muted);
            }
            assert!(find(&buffer, "━━━━━")[0].modifier.contains(Modifier::DIM));
            assert_style(&buffer, "12 min ago  ", Style::new());
        }
    }
}

#[test]
fn bars_take_the_colour_of_what_concerns_them() {
    let buffer = drawn(&OwnedViewContext::new(snapshot(vec![prod()])), ColourDepth::TwoHundredFiftySix);
    let theme = Theme::new(ColourDepth::TwoHundredFiftySix);
    let row_of = |label: &str| {
        let start = buffer
            .content
            .windows(label.len())
            .position(|cells| cells.iter().map(Cell::symbol).collect::<String>() == label);
        &buffer.content[start.unwrap()..][..160]
    };
    let colour_of = |label| row_of(label).iter().find(|cell| cell.symbol() == "━").unwrap().fg;
    assert_eq!(colour_of("key age "), theme.style(Role::Critical).fg.unwrap());
    assert_eq!(colour_of("credits "), theme.style(Role::Bar).fg.unwrap());
}
