//! What is said of a state: on screens, in the table and the JSON of `status`, and in the event log.

use std::collections::HashMap;

use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use serde_json::Value;
use trackyard_tui::commands::status::document::StatusDocument;
use trackyard_tui::commands::status::table;
use trackyard_tui::domain::log_entry::LogEntry;
use trackyard_tui::domain::sample::CreditsPoint;
use trackyard_tui::monitor::snapshot::Snapshot;
use trackyard_tui::tui::keymap::Keymap;
use trackyard_tui::tui::message::{KeyPress, Message};
use trackyard_tui::tui::screen::ScreenSettings;
use trackyard_tui::tui::theme::{ColourDepth, ThemeSettings};
use trackyard_tui::tui::{Screen, ViewContext, update, view};
use unicode_width::UnicodeWidthStr as _;

use super::file::{State, collapse};

/// What is said.
pub(crate) struct Seen {
    /// The screens that the file asks for, in its order.
    pub screens: Vec<Picture>,
    /// One screen for each environment, with room for everything.
    pub large: HashMap<String, Picture>,
    pub events: Picture,
    pub status: String,
    pub json: Value,
}

/// The text of a screen.
pub(crate) struct Picture {
    pub title: String,
    pub rows: Vec<String>,
    /// The pieces of text in each row.
    pieces: Vec<Vec<Piece>>,
    /// Each piece of text with what stands under it.
    flows: Vec<String>,
}

impl Seen {
    /// All of it, for people.
    pub(crate) fn whole(&self) -> String {
        let pictures = self.screens.iter().chain([&self.events]);
        let pictures: Vec<_> =
            pictures.map(|picture| format!("--- {}\n{}", picture.title, picture.rows.join("\n"))).collect();
        format!(
            "{}\n--- status\n{}\n--- JSON\n{}",
            pictures.join("\n"),
            self.status,
            serde_json::to_string_pretty(&self.json).unwrap()
        )
    }

    /// Every screen.
    pub(crate) fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.screens.iter().chain(self.large.values()).chain([&self.events])
    }
}

impl Picture {
    /// Whether a phrase stands there: in a line, or over several.
    pub(crate) fn says(&self, phrase: &str) -> bool {
        self.flows.iter().any(|flow| flow.contains(phrase))
            || self.rows.iter().any(|row| collapse(row).contains(phrase))
    }

    /// The mark in the border of an environment's card.
    pub(crate) fn mark_of(&self, environment: &str) -> Option<char> {
        let titles = self.rows.iter().flat_map(|row| row.split(['╭', '┏']).skip(1));
        let is_of = |title: &&str| {
            let mut words = title.trim_start_matches(['▸', ' ']).split(' ');
            let name = words.find(|word| word.parse::<u32>().is_err()).unwrap_or_default();
            name.eq_ignore_ascii_case(environment)
        };
        titles.filter(is_of).find_map(|title| title.chars().find(|character| "●▲✖?○".contains(*character)))
    }

    /// The last pieces of a sentence that is known by how it begins: what stands there of it in all, where it just stops.
    pub(crate) fn stops(&self, sentence: &str, start: &str) -> Vec<String> {
        let mut stops = Vec::new();
        for (y, row) in self.pieces.iter().enumerate() {
            for piece in row {
                let Some(place) = piece.text.find(start) else { continue };
                let goes_on = |above: &Piece| [piece.column, piece.column.saturating_sub(2)].contains(&above.column);
                let before = piece.text[..place].trim_end();
                if !(before.is_empty() || before.ends_with(':') || "●▲✖?○".contains(before)) {
                    // It is a part of another sentence.
                    continue;
                }
                if place == 0 && y > 0 && self.pieces[y - 1].iter().any(goes_on) {
                    // It may be in the middle of another sentence.
                    continue;
                }
                self.follow(y, piece.column, &piece.text[place..], sentence, 0, &mut stops);
            }
        }
        stops
    }

    fn follow(&self, y: usize, column: usize, shown: &str, sentence: &str, told: usize, stops: &mut Vec<String>) {
        let Some(rest) = sentence[told..].strip_prefix(shown) else { return };
        let told = told + shown.len() + rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let begins = |next: &&Piece| {
            let word = next.text.split(' ').next().unwrap_or_default();
            rest.starts_with(word.trim_end_matches([',', ';', ':', '.']))
        };
        let below = self.pieces.get(y + 1).into_iter().flatten();
        let next = below.filter(|next| next.column.abs_diff(column) <= 2).rfind(begins);
        match next.filter(|_| !rest.is_empty()) {
            Some(next) => self.follow(y + 1, next.column, &next.text, sentence, told, stops),
            None => stops.push(sentence[..told].trim_end().to_owned()),
        }
    }
}

/// Takes all pictures of a state.
pub(crate) fn take(
    state: &State,
    snapshot: &Snapshot,
    events: &[LogEntry],
    credits: &HashMap<String, Vec<CreditsPoint>>,
    now: Timestamp,
) -> Seen {
    let camera = Camera { state, snapshot, events, credits, now };
    let names = snapshot.environments.iter().map(|environment| environment.environment.name.to_string());
    Seen {
        screens: state.screens.iter().map(|it| camera.dashboard(&it.environment, (it.columns, it.rows))).collect(),
        large: names.map(|name| (name.clone(), camera.dashboard(&name, (200, 60)))).collect(),
        events: camera.picture(
            "the event log",
            &snapshot.environments[0].environment.name.to_string(),
            (200, 60),
            &["e"],
        ),
        status: table::table(snapshot, &state.zone),
        json: serde_json::to_value(StatusDocument::new(snapshot)).unwrap(),
    }
}

struct Camera<'a> {
    state: &'a State,
    snapshot: &'a Snapshot,
    events: &'a [LogEntry],
    credits: &'a HashMap<String, Vec<CreditsPoint>>,
    now: Timestamp,
}

impl Camera<'_> {
    fn dashboard(&self, environment: &str, size: (u16, u16)) -> Picture {
        self.picture(&format!("{environment} at {}x{}", size.0, size.1), environment, size, &[])
    }

    /// The screen of a size with an environment chosen, after some keys.
    fn picture(&self, title: &str, environment: &str, size: (u16, u16), keys: &[&str]) -> Picture {
        let place = self.snapshot.environments.iter().position(|one| one.environment.name.as_str() == environment);
        let place = (place.unwrap_or_else(|| panic!("no environment {environment}")) + 1).to_string();
        let mut screen = Screen::new(ScreenSettings {
            read_only: false,
            wall: false,
            locked: false,
            charset: trackyard_tui::tui::charset::Charset::Unicode,
            colours: ColourDepth::TwoHundredFiftySix,
            theme: ThemeSettings::default(),
            keymap: Keymap::default(),
            mouse: true,
        });
        let world = ViewContext {
            snapshot: self.snapshot,
            events: self.events,
            credits: self.credits.get(environment).map_or(&[], Vec::as_slice),
            now: self.now,
            zone: &self.state.zone,
            notices: &[],
            wait_hint: None,
        };
        _ = update(&mut screen, &world, Message::Resized { columns: size.0, rows: size.1 });
        for key in [place.as_str()].iter().chain(keys) {
            let press = KeyPress { chord: key.parse().unwrap(), in_burst: false };
            _ = update(&mut screen, &world, Message::KeyPressed(press));
        }
        let Ok(mut terminal) = Terminal::new(TestBackend::new(size.0, size.1));
        let Ok(_) = terminal.draw(|frame| view(frame, &screen, &world));
        let rows = rows(terminal.backend().buffer());
        let pieces: Vec<_> = rows.iter().map(|row| pieces(row)).collect();
        Picture { title: title.to_owned(), flows: flows(&pieces), pieces, rows }
    }
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |y| {
        let mut row = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(symbol.width()).unwrap().max(1);
        }
        row.trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect()
}

/// A piece of a line, between borders or two blanks.
struct Piece {
    column: usize,
    text: String,
}

fn pieces(row: &str) -> Vec<Piece> {
    let is_border = |character: char| "│┃║|".contains(character);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut blanks = 2;
    for (column, character) in row.chars().enumerate() {
        if is_border(character) {
            blanks = 2;
        } else if character == ' ' {
            blanks += 1;
        } else {
            match pieces.last_mut().filter(|_| blanks < 2) {
                Some(piece) => {
                    piece.text.push_str(&" ".repeat(blanks));
                    piece.text.push(character);
                }
                None => pieces.push(Piece { column, text: character.to_string() }),
            }
            blanks = 0;
        }
    }
    pieces
}

/// Each piece with those that stand under it, which begin in the same column or under the text after a mark.
fn flows(pieces: &[Vec<Piece>]) -> Vec<String> {
    let mut flows = Vec::new();
    for (y, row) in pieces.iter().enumerate() {
        for piece in row {
            let mut flow = piece.text.clone();
            let columns = [piece.column, piece.column + 2];
            for below in &pieces[y + 1..] {
                let Some(next) = below.iter().find(|next| columns.contains(&next.column)) else { break };
                flow.push(' ');
                flow.push_str(&next.text);
            }
            flows.push(flow);
        }
    }
    flows
}
