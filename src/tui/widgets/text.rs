//! Text in columns of the terminal: its width, cut with a mark, broken into lines.

use std::borrow::Cow;

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that a text takes; one beyond every terminal counts as 10,000, so that sums stay in range.
pub(in crate::tui) fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).map_or(10_000, |width| width.min(10_000))
}

/// A text in at most `width` columns.
pub(in crate::tui) fn cut<'a>(text: &'a str, width: u16, ellipsis: &str) -> Cow<'a, str> {
    let width = usize::from(width);
    if text.width() <= width {
        return text.into();
    }
    let mut taken = 0;
    let fits = |character: &char| {
        taken += character.width().unwrap_or(0);
        taken < width
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    // The first digits of a number would be another number.
    if kept.ends_with(is_of_number) && text[kept.len()..].starts_with(is_of_number) {
        kept.truncate(kept.trim_end_matches(is_of_number).len());
    }
    kept.truncate(kept.trim_end().len());
    if width > 0 {
        kept.push_str(ellipsis);
    }
    kept.into()
}

/// The end of a text in at most `width` columns, behind an ellipsis where it is longer: what is typed last is seen.
pub(in crate::tui) fn end_of<'a>(text: &'a str, width: u16, ellipsis: &str) -> Cow<'a, str> {
    if columns(text) <= width {
        return text.into();
    }
    let ends = text.char_indices().map(|(start, _)| format!("{ellipsis}{}", &text[start..]));
    ends.skip(1).find(|end| columns(end) <= width).unwrap_or_default().into()
}

fn is_of_number(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, ',' | '.' | ':')
}

/// Breaks a text into lines of at most `width` columns, between words where that can be.
pub(in crate::tui) fn wrap(text: &str, width: u16) -> Vec<&str> {
    let width = usize::from(width.max(2));
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while rest.width() > width {
        let mut taken = 0;
        let end = rest
            .char_indices()
            .find(|(_, character)| {
                taken += character.width().unwrap_or(0);
                taken > width
            })
            .map_or(rest.len(), |(index, _)| index);
        let blank = rest[..end].rfind(' ').filter(|_| !rest[end..].starts_with(' '));
        let end = blank.filter(|blank| *blank > 0).unwrap_or(end);
        lines.push(rest[..end].trim_end());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

/// A line in at most `width` columns, cut like a text, in the styles that it has.
pub(in crate::tui) fn fit<'a>(line: Line<'a>, width: u16, ellipsis: &str) -> Line<'a> {
    if line.width() <= usize::from(width) {
        return line;
    }
    let whole: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
    let cut = cut(&whole, width, ellipsis);
    let mut rest = cut.as_ref();
    let mut spans: Vec<Span<'a>> = Vec::with_capacity(line.spans.len());
    for span in &line.spans {
        let kept = rest.len().min(span.content.len());
        // The mark is of several bytes, and belongs to the span in which it begins.
        let kept = if rest.len() <= span.content.len() + ellipsis.len() { rest.len() } else { kept };
        spans.push(Span::styled(rest[..kept].to_owned(), span.style));
        rest = &rest[kept..];
        if rest.is_empty() {
            break;
        }
    }
    Line { spans, ..line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_in_the_span_that_does_not_fit() {
        let line = || Line::from(vec![Span::raw("PROD "), Span::raw("key overdue"), Span::raw(" since")]);
        let text = |width| fit(line(), width, "…").spans.iter().map(|span| span.content.as_ref()).collect::<String>();
        assert_eq!(
            [text(22), text(20), text(16), text(9), text(2)],
            ["PROD key overdue since", "PROD key overdue si…", "PROD key overdu…", "PROD key…", "P…"]
        );
    }

    #[test]
    fn texts_are_cut_by_columns_not_by_characters() {
        assert_eq!(cut("rotate soon", 11, "…"), "rotate soon");
        assert_eq!(cut("rotate soon", 8, "…"), "rotate…");
        assert_eq!(cut("漢字漢字", 6, "…"), "漢字…");
        assert_eq!(cut("漢字漢字", 4, "…"), "漢…");
        assert_eq!(cut("abc", 1, "…"), "…");
        assert_eq!(cut("since 23 Nov", 8, "…"), "since…");
        assert_eq!(cut("38,765 left", 5, "…"), "…");
        assert_eq!(cut("in 10 days", 7, "…"), "in 10…");
        assert_eq!(cut("abc", 0, "…"), "");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("429: paused until 14:40", 12), ["429: paused", "until 14:40"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(wrap("漢字", 0), ["漢", "字"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
