//! Output for people, in characters that they can read.

use std::io::{self, Write};

use crate::tui::charset::Charset;

/// Characters to write in: those that the operator chose, else those of the locale and the terminal.
#[must_use]
pub fn charset(ascii: Option<bool>) -> Charset {
    match ascii {
        Some(true) => Charset::Ascii,
        Some(false) => Charset::Unicode,
        None => Charset::detect(&|name| std::env::var(name).ok()),
    }
}

/// Output that takes texts, each of whole characters, and writes them in a charset.
pub struct CharsetWriter<'a> {
    out: &'a mut dyn Write,
    charset: Charset,
}

impl<'a> CharsetWriter<'a> {
    /// Writes to `out` in the characters of `charset`.
    pub fn new(out: &'a mut dyn Write, charset: Charset) -> Self {
        Self { out, charset }
    }
}

impl Write for CharsetWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.charset {
            Charset::Unicode => self.out.write(bytes),
            Charset::Ascii => {
                self.out.write_all(Charset::Ascii.text(&String::from_utf8_lossy(bytes)).as_bytes())?;
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_in_the_charset() {
        for (charset, written) in [(Charset::Ascii, "dev  -  36~\n"), (Charset::Unicode, "dev  –  36…\n")] {
            let (mut out, environment) = (Vec::new(), "dev");
            writeln!(CharsetWriter::new(&mut out, charset), "{environment}  –  36…").unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), written);
        }
    }
}
