use super::*;
use crate::domain::error::PollErrorKind;
use crate::domain::poll_record::{PollRecord, RecordedOutcome};
use crate::testing::*;
use crate::tui::charset::Charset;
use crate::tui::screen::ScreenSettings;
use crate::tui::update;
use jiff::SignedDuration;

fn zoomed(name: &str, ascii: bool) -> Screen {
    let charset = if ascii { Charset::Ascii } else { Charset::Unicode };
    let mut screen = Screen::new(ScreenSettings { charset, ..settings() });
    screen.chosen = Some(name.parse().unwrap());
    screen.view = ScreenView::Zoom;
    screen
}

fn picture(name: &str, columns: u16, rows: u16) -> String {
    let owned = OwnedViewContext::new(usual());
    text(&draw(&zoomed(name, false), &owned.context(), columns, rows))
}

#[test]
fn one_environment_has_the_whole_screen() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let picture = picture("prod", columns, rows);
        for words in ["PROD", "rotate overdue", "78 % of 50,000 credits", "[7 d]", "key 5 days overdue"] {
            let overdue = words == "key 5 days overdue" && picture.contains("overdue by 5 days");
            assert!(picture.contains(words) || overdue, "{words} at {columns}×{rows}\n{picture}");
        }
        assert!(!picture.contains("staging"), "{picture}");
        let large = ["▄█▀▀█▄", "▟▀▙", "████"].iter().any(|part| picture.contains(part));
        assert!(large, "{picture}");
    }
    let wide = picture("prod", 120, 40);
    for words in ["created 18 Aug", "rotate by 16 Nov", "today, day 95", "key and limits"] {
        assert!(wide.contains(words), "{words}\n{wide}");
    }
}

/// An environment with so many polls, one a minute: the second newest failed, and the latency of the fourth is not known.
fn polled(environment: EnvironmentSnapshot, count: i64) -> EnvironmentSnapshot {
    let poll = |minutes: i64| {
        let outcome = match minutes {
            1 => RecordedOutcome::Failed(PollErrorKind::RateLimited),
            3 => RecordedOutcome::Answered(None),
            minutes => RecordedOutcome::answered(SignedDuration::from_millis(80 + minutes)),
        };
        PollRecord { at: minutes_ago(minutes), outcome }
    };
    EnvironmentSnapshot { polls: (0..count).map(poll).collect(), ..environment }
}

/// Rows of the panel of the last polls, without its frame.
fn polls_panel(environment: EnvironmentSnapshot, columns: u16, rows: u16) -> Vec<String> {
    let owned = OwnedViewContext::new(snapshot(vec![environment]));
    let picture = text(&draw(&zoomed("dev", false), &owned.context(), columns, rows));
    let right = |line: &str| line.chars().skip(usize::from(columns) - 54).collect::<String>();
    let panel = picture.lines().map(right).skip_while(|line| !line.contains("last polls")).skip(1);
    panel
        .take_while(|line| line.contains('│'))
        .map(|line| line.trim_start_matches("│ ").trim_end_matches(['│', ' ']).to_owned())
        .collect()
}

#[test]
fn the_last_polls_are_told_newest_first_with_a_gap_for_what_is_not_known() {
    let panel = polls_panel(polled(dev(), 6), 120, 40);
    assert_eq!(
        panel,
        [
            "██ █ █  80 ms to 85 ms",
            "14:32  80 ms  ● answered",
            "14:31      –  ▲ 429 rate limited",
            "14:30  82 ms  ● answered",
            "14:29      –  ● answered",
            "14:28  84 ms  ● answered",
            "14:27  85 ms  ● answered",
        ]
    );
    assert_eq!(
        polls_panel(polled(dev(), 2), 120, 40),
        ["14:32  80 ms  ● answered", "14:31      –  ▲ 429 rate limited"]
    );
    let short = polls_panel(polled(dev(), 4), 120, 40);
    assert_eq!(short[0], "█ █  80 ms to 82 ms", "no gap before the oldest latency that is known");
    assert_eq!(polls_panel(dev(), 120, 40), [""; 0]);
}

#[test]
fn the_last_polls_are_the_first_to_go_where_there_is_no_room() {
    let full = || polled(busy(prod()), 20);
    let picture = |rows: u16| {
        let owned = OwnedViewContext::new(snapshot(vec![full()]));
        text(&draw(&zoomed("prod", false), &owned.context(), 120, rows))
    };
    assert!(picture(60).contains("last polls"));
    let least = (20..60).find(|rows| picture(*rows).contains("who uses it")).unwrap();
    assert!(!picture(least).contains("last polls"), "{}", picture(least));
}

#[test]
fn what_is_not_known_is_no_number() {
    let owned = OwnedViewContext::new(snapshot(vec![no_key("dev"), calm_prod()]));
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        let picture = text(&draw(&zoomed("dev", false), &owned.context(), columns, rows));
        assert!(picture.contains("no key") && picture.contains("╌╌╌"), "{picture}");
        assert!(!picture.contains("0 %"), "{picture}");
    }
}

#[test]
fn the_zoom_opens_closes_and_takes_the_commands_of_the_dashboard() {
    let (mut screen, owned) = (screen(), OwnedViewContext::new(usual()));
    let mut after = |key: &str| {
        let actions = update(&mut screen, &owned.context(), press(key));
        (screen.view, screen.chosen(&owned.snapshot).unwrap().environment.name.to_string(), actions.len())
    };
    let zoom = |name: &str, actions| (ScreenView::Zoom, name.to_owned(), actions);
    assert_eq!(after("enter"), zoom("dev", 0));
    assert_eq!(after("tab"), zoom("staging", 0));
    assert_eq!(after("3"), zoom("prod", 0));
    assert_eq!(after("r"), zoom("prod", 1));
    assert_eq!(after("?"), zoom("prod", 0));
    assert_eq!(after("esc"), zoom("prod", 0), "only the help was closed");
    assert_eq!(after("esc"), (ScreenView::Overview, "prod".to_owned(), 0));
    assert_eq!(after("enter"), zoom("prod", 0));
    assert_eq!(after("enter"), (ScreenView::Overview, "prod".to_owned(), 0));
}

#[test]
fn every_size_is_drawn_in_both_charsets() {
    let mixed = snapshot(vec![polled(unreachable(prod()), 20), key_unavailable(&staging()), invalid(dev())]);
    for snapshot in [usual(), mixed, snapshot(vec![busy(prod()), waiting(staging()), no_key("dev")])] {
        let mut owned = OwnedViewContext::new(snapshot);
        owned.credits.truncate(50);
        for (columns, rows) in
            (1..=210).step_by(19).flat_map(|columns| (1..=60).step_by(7).map(move |rows| (columns, rows)))
        {
            for (name, ascii) in [("prod", true), ("staging", false), ("dev", true)] {
                let buffer = draw(&zoomed(name, ascii), &owned.context(), columns, rows);
                assert!(!ascii || buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
            }
        }
    }
}
