//! Hyperlinks (OSC 8) of the web addresses in a picture, which is painted without them: an escape in a cell would count
//! as columns. Only addresses of this program are links, whoever wrote the text around them.

use std::io::{self, Write};

use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};

use crate::domain::web_page::{BILLING_PAGE, KEYS_PAGE};

const ADDRESSES: [&str; 2] = [KEYS_PAGE, BILLING_PAGE];

/// Paints the addresses of a picture once more, as links.
pub(super) fn paint(picture: &Buffer, output: &mut Vec<u8>) -> io::Result<()> {
    for (index, cell) in picture.content.iter().enumerate() {
        if cell.symbol() != "h" {
            continue;
        }
        let found = ADDRESSES.iter().find(|address| is_at(&picture.content[index..], address));
        let (x, y) = picture.pos_of(index);
        if let Some(address) = found.filter(|address| usize::from(picture.area.right() - x) >= address.len()) {
            let cells = (x..).zip(&picture.content[index..index + address.len()]).map(|(x, cell)| (x, y, cell));
            write!(output, "\x1b]8;;{address}\x1b\\")?;
            CrosstermBackend::new(&mut *output).draw(cells)?;
            write!(output, "\x1b]8;;\x1b\\")?;
        }
    }
    Ok(())
}

/// True where cells begin with this text.
fn is_at(cells: &[Cell], text: &str) -> bool {
    cells.len() >= text.len() && text.bytes().zip(cells).all(|(byte, cell)| cell.symbol().as_bytes() == [byte])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(lines: &[&str]) -> String {
        let mut output = Vec::new();
        paint(&Buffer::with_lines(lines.iter().copied()), &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn an_address_is_painted_again_as_a_link_where_it_stands() {
        let output = painted(&["", "  keys https://app.trackyard.com/api-keys "]);
        let (before, rest) = output.split_once("\x1b]8;;https://app.trackyard.com/api-keys\x1b\\").unwrap();
        assert_eq!(before, "");
        assert!(rest.starts_with("\x1b[2;8H") && rest.contains("https://app.trackyard.com/api-keys"), "{rest:?}");
        assert!(rest.ends_with("\x1b]8;;\x1b\\"));
    }

    #[test]
    fn what_is_cut_or_broken_or_of_another_site_is_no_link() {
        for lines in [
            &["https://app.trackyard.com/api-k…"][..],
            &["https://app.trackyard.com/", "api-keys"],
            &["https://app.trackyard.net/api-keys"],
            &["https://app.track", "yard.com/api-keys"],
        ] {
            assert_eq!(painted(lines), "", "{lines:?}");
        }
    }
}
