//! Tables of plain text.

use unicode_width::UnicodeWidthStr;

/// Text of rows whose columns are as wide as their widest cells and two blanks apart; no line ends with a blank.
#[must_use]
pub fn aligned<const COLUMNS: usize>(rows: impl Iterator<Item = [String; COLUMNS]>) -> String {
    let rows: Vec<_> = rows.collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<_> = (0..COLUMNS).map(width).collect();
    let line = |row: &[String; COLUMNS]| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width() + 2));
        padded.collect::<String>().trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_with_their_text() {
        let rows = [["a", "bb", "c"], ["ääää", "b", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(rows.into_iter()), "a     bb  c\nääää  b\n");
    }
}
