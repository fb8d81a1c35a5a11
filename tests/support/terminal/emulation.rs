//! What a terminal does with the bytes it gets: draws, remembers modes, answers questions.

use std::num::NonZeroU16;

use vt100::{Callbacks, Parser, Screen};

/// Mode that marks the start and the end of an update which is to be shown whole.
const SYNCHRONISED_UPDATE: u16 = 2026;
const FOCUS_REPORTING: u16 = 1004;

/// The picture of a terminal.
pub struct Display {
    parser: Parser<Extras>,
    raw_output: Vec<u8>,
    ended: bool,
}

impl Display {
    pub fn new(columns: u16, rows: u16) -> Self {
        let parser = Parser::new_with_callbacks(length(rows), length(columns), 0, Extras::default());
        Self { parser, raw_output: Vec::new(), ended: false }
    }

    /// Takes what the program has written, and returns what the terminal answers.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.raw_output.extend_from_slice(bytes);
        self.parser.process(bytes);
        std::mem::take(&mut self.parser.callbacks_mut().answers)
    }

    /// Knows nothing any more of what was drawn and set, as another terminal in the place of this one.
    pub fn forget(&mut self) {
        let (rows, columns) = self.parser.screen().size();
        self.parser = Parser::new_with_callbacks(rows, columns, 0, Extras::default());
    }

    /// The program, and whatever it started on this terminal, will write no more.
    pub fn end(&mut self) {
        self.ended = true;
    }

    pub fn has_ended(&self) -> bool {
        self.ended
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.set_size(length(rows), length(columns));
    }

    pub fn screen(&self) -> &Screen {
        self.parser.callbacks().shown.as_ref().unwrap_or_else(|| self.parser.screen())
    }

    pub fn raw_output(&self) -> &[u8] {
        &self.raw_output
    }

    pub fn reports_focus(&self) -> bool {
        self.parser.callbacks().reports_focus
    }

    pub fn has_keyboard_enhancement(&self) -> bool {
        !self.parser.callbacks().keyboard_flags.is_empty()
    }

    pub fn is_updating(&self) -> bool {
        self.parser.callbacks().shown.is_some()
    }
}

/// What the parser itself doesn't know of a terminal.
#[derive(Debug, Default)]
struct Extras {
    answers: Vec<u8>,
    /// The picture before an update that isn't finished.
    shown: Option<Screen>,
    reports_focus: bool,
    /// The stack of the kitty keyboard protocol.
    keyboard_flags: Vec<u16>,
}

impl Extras {
    fn set_mode(&mut self, screen: &Screen, mode: u16, on: bool) {
        match mode {
            FOCUS_REPORTING => self.reports_focus = on,
            SYNCHRONISED_UPDATE if on => {
                self.shown.get_or_insert_with(|| screen.clone());
            }
            SYNCHRONISED_UPDATE => self.shown = None,
            _ => {}
        }
    }

    fn answer(&mut self, text: &str) {
        self.answers.extend_from_slice(text.as_bytes());
    }
}

impl Callbacks for Extras {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first_intermediate: Option<u8>,
        second_intermediate: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        if second_intermediate.is_some() {
            return;
        }
        let first = parameters.first().and_then(|parameter| parameter.first()).copied().unwrap_or(0);
        match (first_intermediate, last) {
            (Some(b'?'), 'h' | 'l') => {
                for mode in parameters.iter().copied().flatten() {
                    self.set_mode(screen, *mode, last == 'h');
                }
            }
            (Some(b'?'), 'u') => {
                let flags = self.keyboard_flags.last().copied().unwrap_or(0);
                self.answer(&format!("\x1b[?{flags}u"));
            }
            (Some(b'>'), 'u') => self.keyboard_flags.push(first),
            (Some(b'<'), 'u') => {
                let left = self.keyboard_flags.len().saturating_sub(usize::from(first.max(1)));
                self.keyboard_flags.truncate(left);
            }
            (None, 'c') => self.answer("\x1b[?62;22c"),
            (None, 'n') if first == 5 => self.answer("\x1b[0n"),
            (None, 'n') if first == 6 => {
                let (row, column) = screen.cursor_position();
                self.answer(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
            _ => {}
        }
    }
}

fn length(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).expect("a terminal has at least one cell")
}
