//! Screens, what they are told, and their pictures.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::{credits, events, now};
use crate::domain::log_entry::LogEntry;
use crate::domain::sample::CreditsPoint;
use crate::monitor::snapshot::Snapshot;
use crate::tui::charset::Charset;
use crate::tui::keymap::{Chord, Keymap};
use crate::tui::message::{KeyPress, Message};
use crate::tui::notice::ScreenNotice;
use crate::tui::screen::{Screen, ScreenSettings};
use crate::tui::theme::{ColourDepth, ThemeSettings};
use crate::tui::view_context::ViewContext;

/// Owner of what a [`ViewContext`] borrows.
pub(crate) struct OwnedViewContext {
    pub snapshot: Snapshot,
    pub events: Vec<LogEntry>,
    pub credits: Vec<CreditsPoint>,
    pub zone: TimeZone,
    pub notices: Vec<ScreenNotice>,
    pub wait_hint: Option<String>,
}

impl OwnedViewContext {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            events: events(),
            credits: credits(),
            zone: TimeZone::UTC,
            notices: Vec::new(),
            wait_hint: None,
        }
    }

    pub(crate) fn context(&self) -> ViewContext<'_> {
        ViewContext {
            snapshot: &self.snapshot,
            events: &self.events,
            credits: &self.credits,
            now: now(),
            zone: &self.zone,
            notices: &self.notices,
            wait_hint: self.wait_hint.as_deref(),
        }
    }
}

pub(crate) fn settings() -> ScreenSettings {
    ScreenSettings {
        read_only: false,
        charset: Charset::Unicode,
        colours: ColourDepth::TwoHundredFiftySix,
        theme: ThemeSettings::default(),
        keymap: Keymap::default(),
        mouse: true,
        wall: false,
        locked: false,
    }
}

pub(crate) fn screen() -> Screen {
    Screen::new(settings())
}

/// A press of the key of that name.
pub(crate) fn press(name: &str) -> Message {
    pressed(name.parse().unwrap())
}

pub(crate) fn pressed(chord: Chord) -> Message {
    Message::KeyPressed(KeyPress { chord, in_burst: false })
}

/// The cells of a frame.
pub(crate) fn draw(screen: &Screen, context: &ViewContext<'_>, columns: u16, rows: u16) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    crate::tui::view::paint(&mut buffer, area, screen, context);
    buffer
}

/// The characters of a frame, line by line, without blanks at their ends.
pub(crate) fn text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(symbol.width()).unwrap().max(1);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}
