//! Lines of a card for what is to be said of its environment.

use crate::domain::status::Severity;
use crate::tui::widgets::text::{columns, wrap};
use crate::wording::sentences::{Sentence, StatusSymbol, clause_ends};

/// A line of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentenceLine<'a> {
    /// Symbol before the first line of what is the matter.
    pub mark: Option<StatusSymbol>,
    pub text: &'a str,
    /// True for what is merely good to know.
    pub is_quiet: bool,
}

/// Lines of the worst sentences, at most so many: the first clause of each first, then as many further clauses of each
/// in turn as there is room for. What is merely good to know is told where nothing is the matter.
pub(super) fn sentence_lines(sentences: &[Sentence], width: u16, rows: usize) -> Vec<SentenceLine<'_>> {
    let bad = sentences.iter().take_while(|sentence| sentence.severity > Severity::Ok).count();
    let shown = if bad > 0 { &sentences[..bad] } else { sentences };
    let shown = &shown[..shown.len().min(rows)];
    let mut left = rows;
    let mut lines = Vec::new();
    for (number, sentence) in shown.iter().enumerate() {
        let is_quiet = sentence.severity == Severity::Ok;
        let width = if is_quiet { width } else { width.saturating_sub(2) };
        // Each that follows has a line.
        let room = left - (shown.len() - number - 1);
        let text = sentence.fitting(|form| lines_of(form, width, room).len() <= room);
        // The brief form is the word in the title: the beginning of the first sentence says more.
        let text = if number == 0 && text == sentence.brief { sentence.gist() } else { text };
        let broken = run_on(text, lines_of(text, width, room), room);
        left -= broken.len();
        for (line, text) in broken.into_iter().enumerate() {
            let mark = (line == 0 && !is_quiet).then(|| sentence.symbol());
            lines.push(SentenceLine { mark, text, is_quiet });
        }
    }
    lines
}

/// The first lines of a text, the last of them with all that would follow, so that its cut is seen.
fn run_on<'a>(text: &'a str, mut lines: Vec<&'a str>, count: usize) -> Vec<&'a str> {
    if lines.len() > count {
        lines.truncate(count);
        let before: usize = lines.iter().take(count.saturating_sub(1)).map(|line| line.len()).sum();
        if let Some(last) = lines.last_mut() {
            let start = text[before..].find(*last).map_or(before, |offset| before + offset);
            *last = &text[start..];
        }
    }
    lines
}

/// A text in lines: one for each clause if they fit so, else broken between words.
fn lines_of(text: &str, width: u16, lines_max: usize) -> Vec<&str> {
    if columns(text) <= width {
        return vec![text];
    }
    let mut clauses = Vec::new();
    let mut start = 0;
    for end in clause_ends(text).map(|end| end + 1).chain([text.len()]) {
        clauses.push(text[start..end].trim_start());
        start = end;
    }
    let fit = clauses.len() <= lines_max && clauses.iter().all(|clause| columns(clause) <= width);
    if fit { clauses } else { wrap(text, width) }
}
