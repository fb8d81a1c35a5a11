//! One value of a row.

use jiff::Timestamp;

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Not known.
    Unknown,
    /// Digits.
    Number(String),
    /// Anything else.
    Text(String),
}

impl Cell {
    /// A number.
    pub fn number(number: &impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// A time, to the millisecond.
    pub fn time(time: Timestamp) -> Self {
        Self::Text(format!("{time:.3}"))
    }

    /// The value, if there is one.
    pub fn optional<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Unknown, cell)
    }

    /// The value as CSV has it; what is not known is empty. A spreadsheet calculates what begins like a formula, and
    /// the service may have written it: an apostrophe before it says that it is none.
    pub fn into_text(self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Number(text) => text,
            Self::Text(text) => marked(&text),
        }
    }
}

/// Ends of a cell to the spreadsheet of some language: it then reads a formula after one.
const SEPARATORS: [char; 7] = [';', ',', '|', '\t', '\r', '\n', '\u{2028}'];
/// First characters of formulas, in the forms of all widths.
const OPERATORS: [char; 13] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'];

/// A text with an apostrophe before whatever of it begins like a formula.
fn marked(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    for (start, part) in parts(text) {
        if is_formula(&text[start..]) {
            marked.push('\'');
        }
        marked.push_str(part);
    }
    marked
}

/// The text that CSV has, without the apostrophes before what begins like a formula.
pub fn text(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    for (start, part) in parts(written) {
        let is_marked = written[start..].strip_prefix('\'').is_some_and(is_formula);
        text.push_str(if is_marked { &part[1..] } else { part });
    }
    text
}

/// The parts that would be cells of their own, each with the separator after it, and where they begin.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive(SEPARATORS).scan(0, |next, part| {
        let start = *next;
        *next += part.len();
        Some((start, part))
    })
}

/// True where a text begins like a formula, be it after apostrophes (so each can be written, and read again) or after
/// what spreadsheets skip; or with a tab or a line end, which some skip too.
fn is_formula(text: &str) -> bool {
    let is_skipped = |character: char| {
        matches!(character, '\'' | '"' | '`' | '\u{feff}' | '\u{200b}'..='\u{200f}')
            || character.is_whitespace() && !SEPARATORS.contains(&character)
    };
    text.trim_start_matches(is_skipped).starts_with(|first| OPERATORS.contains(&first) || "\t\r\n".contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whatever_a_spreadsheet_takes_for_a_formula_is_marked() {
        for (text, csv) in [
            ("=1+1", "'=1+1"),
            ("pro;=1+1", "pro;'=1+1"),
            ("pro;;@A1", "pro;;'@A1"),
            ("pro, -1|+1", "pro,' -1|'+1"),
            ("a\t=1", "a\t'=1"),
            ("a\r\n=1", "a\r'\n'=1"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("  =1", "'  =1"),
            ("\"=1\"", "'\"=1\""),
            ("'=1", "''=1"),
            ("＝1", "'＝1"),
            ("−1", "'−1"),
            ("pro=1", "pro=1"),
            ("'pro'", "'pro'"),
            ("Plan - Basic", "Plan - Basic"),
        ] {
            let written = Cell::Text(text.to_owned()).into_text();
            assert_eq!(written, csv, "{text:?}");
            assert_eq!(super::text(&written), text, "{text:?}");
        }
        assert_eq!(Cell::number(&-487).into_text(), "-487");
    }

    proptest! {
        #[test]
        fn marks_are_taken_back_exactly_and_leave_no_formula(text in "[a=+@;, \t\r\n|\"'＝−-]{0,12}|.{0,12}") {
            let written = Cell::Text(text.clone()).into_text();
            prop_assert_eq!(super::text(&written), text);
            for (start, part) in parts(&written) {
                prop_assert!(part.starts_with('\'') || !is_formula(&written[start..]), "{:?}", written);
            }
        }
    }
}
