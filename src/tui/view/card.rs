//! An environment's card: its border and title, and which rows it has room for.

mod gauge;
mod rows;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::painter::Painter;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::layout::Shape;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, wrap};
use crate::wording::sentences::{self, Sentence, StatusSymbol, environment_name};
use rows::{RowArea, RowPainter};

/// Source of a card.
pub(super) struct Card<'a> {
    pub environment: &'a EnvironmentSnapshot,
    pub shape: Shape,
    pub chosen: bool,
    /// True where the reason stands in the detail pane, for all environments alike.
    pub shown_below: bool,
    pub screen: &'a Screen,
    pub context: &'a ViewContext<'a>,
}

/// A row of a card in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CardRow {
    Credits,
    CreditsBar,
    Burn,
    Minute,
    Day,
    Key,
    Others,
    Own,
    Sample,
    /// Blank, unless the sentences need it.
    Gap,
    Sentence,
    Blank,
}

/// The rank of the burn, which goes first.
const BURN_RANK: u8 = 13;
/// The rank of the gap before the sentences.
const GAP_RANK: u8 = 12;

/// All rows from top to bottom, each with its rank: where there is no room the highest go first.
const ROWS: [(CardRow, u8); 14] = [
    (CardRow::Credits, 0),
    (CardRow::CreditsBar, 2),
    (CardRow::Burn, BURN_RANK),
    (CardRow::Blank, 10),
    (CardRow::Minute, 7),
    (CardRow::Day, 4),
    (CardRow::Blank, 11),
    (CardRow::Others, 5),
    (CardRow::Own, 6),
    (CardRow::Key, 8),
    (CardRow::Sample, 3),
    (CardRow::Gap, GAP_RANK),
    (CardRow::Sentence, 1),
    (CardRow::Sentence, 9),
];

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, card: &Card<'_>) {
    let sentences =
        sentences::sentences_among(card.context.snapshot, card.environment, card.context.now, card.context.zone);
    paint_border(painter, area, card, &sentences);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    if has_no_numbers(card.environment) {
        if !card.shown_below {
            paint_message(painter, inner, card, &sentences);
        }
    } else if card.shape == Shape::Wide {
        paint_wide(painter, inner, card);
    } else {
        paint_column(painter, inner, card, &sentences);
    }
}

/// True where there never was a number to draw a bar of.
fn has_no_numbers(environment: &EnvironmentSnapshot) -> bool {
    environment.account.is_none() && matches!(environment.status, Status::NoKey | Status::KeyUnavailable)
}

fn paint_border(painter: &mut Painter<'_>, area: Rect, card: &Card<'_>, sentences: &[Sentence]) {
    let symbols = painter.appearance().symbols;
    let production = card.environment.environment.name.is_production();
    let (border, quiet) = if production { (symbols.border_heavy, Role::Text) } else { (symbols.border, Role::Muted) };
    let style = painter.style(if card.chosen { Role::Accent } else { quiet });
    painter.border(area, border, style);

    let name = environment_name(&card.environment.environment.name);
    let (marker, name_style) =
        if card.chosen { (symbols.chosen, painter.bold(Role::Accent)) } else { (" ", painter.bold(Role::Text)) };
    let room = area.width.saturating_sub(4);
    let end = painter.line(area.x + 1, area.y, room, &[(marker, name_style), (&name, name_style), (" ", Style::new())]);
    paint_title(
        painter,
        Rect { x: end, y: area.y, width: area.right().saturating_sub(end + 1), height: 1 },
        card,
        sentences,
    );
}

/// The most telling word at the right of the title, or the sentence where there is room.
fn paint_title(painter: &mut Painter<'_>, room: Rect, card: &Card<'_>, sentences: &[Sentence]) {
    let (mark, word) = sentences::headline(card.environment);
    let with_source = sentences::failing_source(card.environment).map(|source| format!("{word}: {source}"));
    let word = with_source.filter(|text| columns(text) + 6 <= room.width).unwrap_or(word);
    let takes_sentence = !has_no_numbers(card.environment)
        && card.context.snapshot.outage.is_none()
        && !card.environment.refused_with_all;
    let worst = sentences.first().filter(|sentence| takes_sentence && sentence.severity > Severity::Ok);
    let text = match worst {
        Some(sentence) if card.shape == Shape::Wide => sentence.fitting(|form| columns(form) + 6 <= room.width),
        _ => word.as_str(),
    };
    let style = painter.style(mark.into());
    let symbol = painter.appearance().symbols.mark(mark);
    let room_for_word = room.width.saturating_sub(1);
    let parts = [(" ", style), (symbol, painter.bold(mark.into())), (" ", style), (text, style), (" ", style)];
    painter.line_right(room.right(), room.y, room_for_word, &parts);
}

fn paint_column(painter: &mut Painter<'_>, inner: Rect, card: &Card<'_>, sentences: &[Sentence]) {
    let kept = |rank: u8| u16::from(rank) < inner.height;
    let mut rows = RowPainter::new(painter, card.environment, card.context);
    let sentence_rows = ROWS.iter().filter(|(row, rank)| *row == CardRow::Sentence && kept(*rank)).count();
    let gap = usize::from(kept(GAP_RANK));
    let mut lines = sentence_lines(sentences, inner.width, sentence_rows, gap);
    if gap > 0 && lines.len() <= sentence_rows {
        lines.insert(0, (None, ""));
    }
    let mut lines = lines.into_iter();
    for ((row, _), y) in ROWS.iter().filter(|(_, rank)| kept(*rank)).zip(inner.y..) {
        let slot = RowArea { x: inner.x, y, width: inner.width };
        match row {
            CardRow::Credits => rows.credits(slot),
            CardRow::CreditsBar => rows.credits_bar(slot),
            CardRow::Burn => rows.burn(slot),
            CardRow::Minute => rows.minute(slot),
            CardRow::Day => rows.day(slot),
            CardRow::Key => rows.key(slot),
            CardRow::Others => rows.others(slot, "used"),
            CardRow::Own => rows.own(slot, if kept(rank_of(CardRow::Others)) { "" } else { "used" }),
            CardRow::Sample => rows.sample(slot),
            CardRow::Gap | CardRow::Sentence => {
                if let Some((mark, text)) = lines.next() {
                    rows.sentence(slot, mark, text);
                }
            }
            CardRow::Blank => {}
        }
    }
}

fn rank_of(row: CardRow) -> u8 {
    ROWS.iter().find(|(other, _)| *other == row).map_or(u8::MAX, |(_, rank)| *rank)
}

/// The worst sentences, at most one for each row. Each in turn takes the lines that its first clause needs, then what
/// is left goes to further clauses; the gap is used for first clauses and for one that stands alone. What is still
/// too long runs over its last line.
fn sentence_lines(sentences: &[Sentence], width: u16, rows: usize, gap: usize) -> Vec<(Option<StatusSymbol>, &str)> {
    let width = width.saturating_sub(2);
    let bad = sentences.iter().take_while(|sentence| sentence.severity > Severity::Ok).count();
    let shown = if bad > 0 { &sentences[..bad] } else { sentences };
    let shown = &shown[..shown.len().min(rows)];
    let mut left = rows + gap;
    let mut shares = Vec::new();
    for sentence in shown {
        let share = wrap(sentence.gist(), width).len().min(left);
        left -= share;
        shares.push(share);
    }
    if shown.len() > 1 {
        left = left.saturating_sub(gap);
    }
    let mut lines = Vec::new();
    for (sentence, share) in shown.iter().zip(shares).filter(|(_, share)| *share > 0) {
        let room = share + left;
        let text = sentence.fitting(|form| lines_of(form, width, room).len() <= room);
        let text = if text == sentence.brief && lines.is_empty() { sentence.gist() } else { text };
        let broken = lines_of(text, width, room);
        left = room - broken.len().clamp(share.min(room), room);
        let mark = sentence.symbol();
        // A quiet sentence is quiet to its end, and needs no room for a mark.
        let marks = std::iter::once(Some(mark)).chain(std::iter::repeat((mark == StatusSymbol::Ok).then_some(mark)));
        lines.extend(marks.zip(run_on(text, broken, room)));
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
    for end in sentences::clause_ends(text).map(|end| end + 1).chain([text.len()]) {
        clauses.push(text[start..end].trim_start());
        start = end;
    }
    let fit = clauses.len() <= lines_max && clauses.iter().all(|clause| columns(clause) <= width);
    if fit { clauses } else { wrap(text, width) }
}

/// The first lines of a text, the last of them with all that would follow.
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

/// Two values a row, under the credits.
fn paint_wide(painter: &mut Painter<'_>, inner: Rect, card: &Card<'_>) {
    let gap = 3;
    let half = inner.width.saturating_sub(gap) / 2;
    let slot = |right: bool, line: u16| {
        let x = if right { inner.x + half + gap } else { inner.x };
        let width = if right { inner.width - half - gap } else { half };
        RowArea { x, y: inner.y + line, width }
    };
    let mut rows = RowPainter::new(painter, card.environment, card.context);
    rows.credits_in_line(RowArea { x: inner.x, y: inner.y, width: inner.width });
    if inner.height >= 3 {
        rows.minute(slot(false, 1));
        rows.others(slot(true, 1), "used");
    }
    let next = inner.height.min(3) - 1;
    if inner.height >= 2 {
        rows.day(slot(false, next));
    }
    match inner.height {
        2 | 3 => rows.sample(slot(true, next)),
        4.. => {
            rows.own(slot(true, 2), "");
            rows.key(slot(false, 3));
            rows.sample(slot(true, 3));
        }
        _ => {}
    }
}

/// Paints a sentence in the place of numbers.
fn paint_message(painter: &mut Painter<'_>, inner: Rect, card: &Card<'_>, sentences: &[Sentence]) {
    let Some(sentence) = sentences.first() else { return };
    let top = inner.y + u16::from(inner.height > 4);
    let advice =
        sentence.advice.as_ref().filter(|advice| !advice.is_pressed() || (card.chosen && !card.screen.read_only));
    let advice = advice.map(|advice| advice.at(&card.screen.audience())).unwrap_or_default();
    let text = painter.style(Role::Text);
    let muted = painter.style(Role::Muted);
    let lines = wrap(&sentence.text, inner.width).into_iter().map(|line| (line, text));
    let advised = wrap(&advice, inner.width).into_iter().map(|line| (line, muted));
    for ((line, style), y) in lines.chain(advised).zip(top..inner.bottom()) {
        painter.text(inner.x, y, inner.width, line, style);
    }
}
