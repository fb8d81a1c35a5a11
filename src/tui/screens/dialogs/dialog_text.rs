//! The lines of a dialog, each with its rank: where there is no room the highest go first.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::domain::api_key::LENGTH_MAX;
use crate::domain::environment::EnvironmentName;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::dialog::{KeyInput, NameInput};
use crate::tui::screen::Appearance;
use crate::tui::text_input::TextInput;
use crate::tui::theme::Role;
use crate::tui::widgets::text::{end_of, wrap};
use crate::wording::clauses::capital;
use crate::wording::format;
use crate::wording::sentences::StatusSymbol;

/// Characters of a hidden input that are drawn at most.
const MASKED_MAX: usize = 24;
/// The rank of a blank line.
const BLANK: u8 = 9;
/// From this rank on, a sentence goes whole or not at all.
const WHOLE_FROM: u8 = 5;

/// A line of a sentence.
struct RankedLine {
    line: Line<'static>,
    rank: u8,
    /// The number of its sentence.
    sentence: usize,
}

/// The lines of a dialog of some width.
pub(super) struct DialogText {
    appearance: Appearance,
    width: u16,
    lines: Vec<RankedLine>,
    /// Number of sentences.
    sentences: usize,
}

impl DialogText {
    pub(super) fn new(appearance: Appearance, width: u16) -> Self {
        Self { appearance, width, lines: Vec::new(), sentences: 0 }
    }

    pub(super) fn appearance(&self) -> Appearance {
        self.appearance
    }

    pub(super) fn width(&self) -> u16 {
        self.width
    }

    /// The lines that are to be shown in so many rows.
    pub(super) fn lines(mut self, rows: u16) -> Vec<Line<'static>> {
        self.lines.pop_if(|last| last.rank == BLANK);
        while self.lines.len() > usize::from(rows) {
            let Some((index, last)) = self.lines.iter().enumerate().max_by_key(|(_, line)| line.rank) else { break };
            let (rank, sentence) = (last.rank, last.sentence);
            if rank < WHOLE_FROM {
                self.lines.remove(index);
                self.mark_end(index, sentence);
            } else {
                self.lines.retain(|line| line.sentence != sentence);
            }
        }
        self.lines.into_iter().map(|ranked| ranked.line).collect()
    }

    /// Marks the sentence that lost the line at `index` as cut, if any of it is left before.
    fn mark_end(&mut self, index: usize, sentence: usize) {
        let ellipsis = self.appearance.symbols.ellipsis;
        let left = index.checked_sub(1).and_then(|before| self.lines.get_mut(before));
        if let Some(RankedLine { line, .. }) = left.filter(|line| line.sentence == sentence) {
            line.push_span(Span::styled(ellipsis, line.spans.last().map_or(Style::new(), |last| last.style)));
        }
    }

    pub(super) fn blank(&mut self) {
        self.line(BLANK, Line::default());
    }

    pub(super) fn line(&mut self, rank: u8, line: Line<'static>) {
        self.sentences += 1;
        self.go_on(rank, line);
    }

    /// A further line of the sentence before.
    fn go_on(&mut self, rank: u8, line: Line<'static>) {
        self.lines.push(RankedLine { line, rank, sentence: self.sentences });
    }

    /// A text, broken between words.
    pub(super) fn say(&mut self, rank: u8, indent: u16, text: &str, role: Role) {
        let blank = " ".repeat(usize::from(indent));
        self.sentences += 1;
        for line in wrap(text, self.width.saturating_sub(indent)) {
            let line = self.appearance.span(role, line.to_owned());
            self.go_on(rank, Line::from_iter([Span::raw(blank.clone()), line]));
        }
    }

    /// A symbol and its sentence, which hangs from it.
    pub(super) fn marked(&mut self, rank: u8, indent: u16, mark: StatusSymbol, text: &str) {
        let blank = " ".repeat(usize::from(indent));
        self.sentences += 1;
        for (index, line) in wrap(text, self.width.saturating_sub(indent + 2)).into_iter().enumerate() {
            let mark = if index == 0 { self.appearance.mark(mark) } else { Span::raw(" ") };
            let text = self.appearance.span(Role::Text, format!(" {line}"));
            self.go_on(rank, Line::from_iter([Span::raw(blank.clone()), mark, text]));
        }
    }

    /// Environment that the dialog is about: production is named in any case.
    pub(super) fn whose(&mut self, name: &EnvironmentName, environment: Option<&EnvironmentSnapshot>) {
        let label = environment.and_then(|environment| environment.environment.label.as_deref()).unwrap_or_default();
        if name.is_production() {
            let symbol = self.appearance.symbols.mark(StatusSymbol::Warning);
            let style = self.appearance.bold(Role::Warning);
            self.line(0, Line::styled(format!("{symbol} this is PROD  {label}"), style));
        } else if !label.is_empty() {
            self.line(6, self.appearance.span(Role::Text, label.to_owned()).into());
        }
    }

    /// A hidden input: `key ••••• 30 characters, …wxyz`.
    pub(super) fn key_field(&mut self, indent: u16, input: &KeyInput) {
        let room = usize::from(self.width.saturating_sub(indent + 6));
        let masked = self.appearance.symbols.mask.repeat(input.length().min(MASKED_MAX).min(room));
        let note = format!(" {}", description(input));
        self.field(indent, "key", vec![self.appearance.span(Role::Text, masked)], &note);
    }

    /// A name that is being typed; what is not the name stays hidden.
    pub(super) fn name_field(&mut self, input: &NameInput) {
        let hidden = self.appearance.symbols.mask.repeat(input.wrong().min(MASKED_MAX));
        let typed = self.appearance.span(Role::Text, input.typed().to_owned());
        let hidden = self.appearance.span(Role::Critical, hidden);
        let note = if input.wrong() > 0 { " this is not the name" } else { "" };
        self.field(0, "name", vec![typed, hidden], note);
    }

    /// A text that is being typed, and what it is for while it is empty.
    pub(super) fn text_field(&mut self, label: &str, input: &TextInput, purpose: &str) {
        let room = self.width.saturating_sub(6);
        let note = if input.text().is_empty() { format!(" {purpose}") } else { String::new() };
        let typed = end_of(input.text(), room, self.appearance.symbols.ellipsis).into_owned();
        self.field(0, label, vec![self.appearance.span(Role::Text, typed)], &note);
    }

    fn field(&mut self, indent: u16, label: &str, typed: Vec<Span<'static>>, note: &str) {
        let cursor = Span::styled(" ", Modifier::REVERSED);
        let note = self.appearance.span(Role::Muted, note.to_owned());
        let label = self.label(indent, label);
        self.line(0, std::iter::once(label).chain(typed).chain([cursor, note]).collect());
    }

    /// A key that was handed over.
    pub(super) fn key_given(&mut self, indent: u16, name: &str) {
        let name = self.appearance.span(Role::Text, name.to_owned());
        self.line(0, Line::from_iter([self.label(indent, "key"), name]));
    }

    fn label(&self, indent: u16, label: &str) -> Span<'static> {
        self.appearance.span(Role::Label, format!("{}{label:<5}", " ".repeat(usize::from(indent))))
    }

    /// Reason why nothing can be done here, and the way out.
    pub(super) fn impossible(&mut self, rank: u8, why: &str, advice: Option<&str>) {
        self.marked(rank, 0, StatusSymbol::Unknown, why);
        if let Some(advice) = advice {
            self.say(2, 2, advice, Role::Muted);
        }
    }

    /// Line of a request that is not answered yet.
    pub(super) fn under_way(&mut self, text: &str) {
        self.say(1, 0, text, Role::Accent);
    }

    /// Line of the last error.
    pub(super) fn error(&mut self, error: &str) {
        let symbol = self.appearance.symbols.mark(StatusSymbol::Critical);
        self.say(1, 0, &format!("{symbol} {}", capital(error)), Role::Critical);
    }
}

/// Description of the input that may be shown.
fn description(input: &KeyInput) -> String {
    let limit = u64::try_from(LENGTH_MAX).unwrap_or(u64::MAX);
    match (input.length(), input.ending()) {
        _ if input.overflowed() => format!("more than {} characters", format::count(limit)),
        (0, _) => "paste or type it; it stays hidden".to_owned(),
        (1, _) => "1 character".to_owned(),
        (length, Some(ending)) => format!("{length} characters, …{ending}"),
        (length, None) => format!("{length} characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::screen;

    fn shown(rows: u16) -> Vec<String> {
        let mut text = DialogText::new(screen().appearance, 12);
        text.say(7, 0, "a detail of two lines", Role::Muted);
        text.say(1, 0, "erase the key of the keyring", Role::Text);
        text.blank();
        text.say(0, 0, "name", Role::Text);
        text.lines(rows).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_matters_least_goes_first_and_a_cut_is_seen() {
        assert_eq!(shown(7), ["a detail of", "two lines", "erase the", "key of the", "keyring", "", "name"]);
        assert_eq!(shown(6), ["a detail of", "two lines", "erase the", "key of the", "keyring", "name"]);
        assert_eq!(shown(5), ["erase the", "key of the", "keyring", "name"], "a detail goes whole");
        assert_eq!(shown(3), ["erase the", "key of the…", "name"]);
        assert_eq!(shown(2), ["erase the…", "name"]);
        assert_eq!(shown(1), ["name"]);
    }
}
