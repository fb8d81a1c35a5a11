//! What is pictured: a program, the keys that are pressed, and what it shows then.

use jiff::Timestamp;

use super::renderer::palette::Theme;
use super::renderer::{Picture, render};
use crate::support::product::Home;
use crate::support::terminal::Terminal;

/// A picture, and how to come to it.
pub struct Scene {
    /// Columns and rows.
    pub size: (u16, u16),
    pub theme: &'static Theme,
    /// What follows `demo --at …`.
    pub arguments: &'static [&'static str],
    /// Stands on the screen before the first key, each as often as told.
    pub ready: &'static [(&'static str, usize)],
    /// Pressed one after the other. Each must change the picture.
    pub keys: &'static str,
    /// Stands on the screen in the end, all of it.
    pub shows: &'static [&'static str],
}

/// Cards of the overview with their numbers, which come from samples alone. The forecasts follow: that of dev is told.
pub const READY: &[(&str, usize)] =
    &[("of 50 ", 1), ("of 300 ", 1), ("of 50,000 ", 1), (" of 90 d", 3), ("about ", 1), ("▒", 1)];
/// Cards of few rows.
pub const READY_LOW: &[(&str, usize)] = &[("of 50 ", 1), ("of 300 ", 1), ("of 50,000 ", 1), ("runs out", 1)];
/// The table of the overview with its numbers and forecasts.
pub const READY_TABLE: &[(&str, usize)] = &[(" % ", 3), (" of 90", 3), ("to 1 Dec", 2), ("2027", 1), ("▒", 1)];
/// The wall with its numbers.
pub const READY_WALL: &[(&str, usize)] = &[("% of 50,000", 1), ("% of 300", 1), ("% of 50", 2)];

impl Scene {
    /// A picture of a new program whose clock begins at this moment; nothing where its events came the other way round.
    pub fn picture(&self, at: Timestamp) -> Option<Picture> {
        let screen = self.last_screen(at);
        let picture = render(&screen, self.theme);
        assert!(picture.missing().is_empty(), "no glyph for {:?}", picture.missing());
        is_in_order(&screen.contents()).then_some(picture)
    }

    /// The screen of a new program, once all is there.
    fn last_screen(&self, at: Timestamp) -> vt100::Screen {
        let home = Home::new();
        let (columns, rows) = self.size;
        let mut command = home.command(&[&["demo", "--at", &at.to_string()], self.arguments].concat());
        command.env("COLORFGBG", self.theme.colorfgbg);
        let terminal = Terminal::spawn(&command, columns, rows);
        terminal.wait_until("the first samples", |screen| {
            let text = screen.contents();
            self.ready.iter().all(|(part, count)| text.matches(part).count() >= *count)
        });
        for key in self.keys.chars() {
            let written = terminal.raw_output().len();
            terminal.send(&key.to_string());
            terminal.wait_for_output_beyond(written);
        }
        terminal.wait_until(&format!("all of {:?}", self.shows), |screen| {
            let text = screen.contents();
            self.shows.iter().all(|part| text.contains(part))
        })
    }
}

/// True where the event of prod is above that of staging.
fn is_in_order(text: &str) -> bool {
    let (prod, staging) = (text.find("tation overdue"), text.find("tation due soon"));
    prod.is_none() || staging.is_none() || prod < staging
}
