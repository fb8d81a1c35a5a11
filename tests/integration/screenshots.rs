//! The pictures in `screenshots/`, made from the real program in a real terminal.
//!
//! `UPDATE_SCREENSHOTS=1 cargo test --test integration screenshots` makes them anew.

mod approval;
mod renderer;

use std::path::Path;

use crate::support::product::Home;
use crate::support::terminal::Terminal;
use approval::Approval;
use renderer::palette::{DARK, LIGHT, Theme};
use renderer::render;

/// A picture, and how to come to it.
struct Screenshot {
    name: &'static str,
    /// Columns and rows.
    size: (u16, u16),
    theme: &'static Theme,
    /// What follows `demo --at …`.
    arguments: &'static [&'static str],
    /// Pressed one after the other, once the first samples are there. Each must change the picture.
    keys: &'static str,
    /// Stands on the screen in the end, all of it.
    shows: &'static [&'static str],
}

/// The numbers come from samples alone.
const OVERVIEW: &[&str] = &["dev", "of 50 ", "staging", "of 300 ", "PROD", "of 50,000 ", "help"];
/// As often a program is started to make the approved picture.
const ATTEMPTS_MAX: usize = 20;
/// The events of the first answers, where there is room for them.
const EVENTS: &[&str] = &["rotation overdue", "rotation due soon"];

const SCREENSHOTS: [Screenshot; 7] = [
    Screenshot { name: "overview", size: (120, 40), theme: &DARK, arguments: &[], keys: "", shows: EVENTS },
    Screenshot { name: "overview-light", size: (120, 40), theme: &LIGHT, arguments: &[], keys: "", shows: EVENTS },
    Screenshot { name: "overview-80x24", size: (80, 24), theme: &DARK, arguments: &[], keys: "", shows: OVERVIEW },
    Screenshot { name: "overview-200x60", size: (200, 60), theme: &DARK, arguments: &[], keys: "", shows: EVENTS },
    Screenshot {
        name: "prod",
        size: (120, 40),
        theme: &DARK,
        arguments: &[],
        keys: "3",
        shows: &["Production - Main App", "414 calls", "rotation overdue", "rotation due soon"],
    },
    Screenshot {
        name: "rotate",
        size: (120, 40),
        theme: &DARK,
        arguments: &[],
        keys: "3o",
        shows: &["rotate the key of PROD", "revoke the old key on the web page", "414 calls", "tation due soon"],
    },
    Screenshot {
        name: "help",
        size: (120, 40),
        theme: &DARK,
        arguments: &[],
        keys: "?",
        shows: &["show or hide this help", "quit"],
    },
];

impl Screenshot {
    fn file(&self) -> String {
        format!("{}.png", self.name)
    }

    /// The approved picture, if the program makes it within some attempts: answers that come at the same moment come in
    /// either order, and on a busy machine they come later, which moves forecasts by days.
    fn make(&self, approval: &Approval) -> Vec<u8> {
        let mut attempts = (0..ATTEMPTS_MAX).map(|_| self.last_screen());
        let is_wanted = |screen: &vt100::Screen| {
            is_in_order(screen) && (approval.update || approval.is_approved(&self.file(), &self.picture(screen)))
        };
        let screen = attempts.find(is_wanted).unwrap_or_else(|| self.last_screen());
        self.picture(&screen)
    }

    fn picture(&self, screen: &vt100::Screen) -> Vec<u8> {
        let picture = render(screen, self.theme);
        assert!(picture.missing().is_empty(), "{}: no glyph for {:?}", self.name, picture.missing());
        picture.to_png()
    }

    /// The screen of a new program, once all is there.
    fn last_screen(&self) -> vt100::Screen {
        let home = Home::new();
        let (columns, rows) = self.size;
        let terminal = Terminal::spawn(&home.demo(self.arguments), columns, rows);
        // The ages of the keys come from the first samples alone, the forecasts a moment later: that of dev is told, and
        // no burn is unknown any more.
        let is_sampled = |screen: &vt100::Screen| {
            let text = screen.contents();
            text.matches("of 90 d").count() == 3 && text.contains("runs out") && !text.contains('╱')
        };
        terminal.wait_until("the first samples", |screen| is_sampled(screen) && shows(screen, OVERVIEW));
        for key in self.keys.chars() {
            let written = terminal.raw_output().len();
            terminal.send(&key.to_string());
            terminal.wait_for_output_beyond(written);
        }
        // The balances come from the history, a moment later.
        let is_charted = |screen: &vt100::Screen| {
            let is_dot = |character| ('\u{2801}'..='\u{28ff}').contains(&character);
            !screen.contents().contains("credits, 7 days") || screen.contents().contains(is_dot)
        };
        terminal.wait_until(self.name, |screen| is_charted(screen) && shows(screen, self.shows))
    }
}

/// True where the event of prod is above that of staging.
fn is_in_order(screen: &vt100::Screen) -> bool {
    let text = screen.contents();
    let (prod, staging) = (text.find("tation overdue"), text.find("tation due soon"));
    prod.is_none() || staging.is_none() || prod < staging
}

fn shows(screen: &vt100::Screen, texts: &[&str]) -> bool {
    let contents = screen.contents();
    texts.iter().all(|text| contents.contains(text))
}

#[test]
fn screenshots_are_current() {
    let approval = Approval {
        approved: Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots"),
        rejected: Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots"),
        update: std::env::var_os("UPDATE_SCREENSHOTS").is_some(),
    };
    let problems: Vec<String> = std::thread::scope(|scope| {
        let makers =
            SCREENSHOTS.each_ref().map(|screenshot| (screenshot.file(), scope.spawn(|| screenshot.make(&approval))));
        let check = |(file, maker): (String, std::thread::ScopedJoinHandle<'_, Vec<u8>>)| {
            approval.check(&file, &maker.join().expect("the picture can be made")).err()
        };
        makers.into_iter().filter_map(check).collect()
    });
    let command = "if that is as it should be: UPDATE_SCREENSHOTS=1 cargo test --test integration screenshots";
    assert!(problems.is_empty(), "{}\n{command}", problems.join("\n"));
    let files: Vec<String> = SCREENSHOTS.iter().map(Screenshot::file).collect();
    assert_eq!(approval.strays(&files), <[String; 0]>::default(), "no test makes these");
}
