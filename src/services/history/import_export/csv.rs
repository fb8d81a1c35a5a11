//! Comma-separated values, as RFC 4180 has them, a record at a time.

use std::io::{self, Write};

use csv::{ReaderBuilder, Terminator, WriterBuilder};

/// Writes a record and the end of its line.
pub fn write(out: &mut dyn Write, fields: impl Iterator<Item = String>) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(fields.map(String::into_bytes))?;
    writer.flush()
}

/// Fields of a record without the end of its line; `None` where a quote is not closed.
pub fn read(line: &str) -> Option<Vec<String>> {
    if line.matches('"').count() % 2 == 1 {
        return None;
    }
    let mut record = csv::StringRecord::new();
    ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes()).read_record(&mut record).ok()?;
    Some(record.iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(fields: &[&str]) -> String {
        let mut out = Vec::new();
        write(&mut out, fields.iter().map(|field| (*field).to_owned())).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_quoted_only_where_they_must_be() {
        assert_eq!(written(&["a", "", "b c", "d,e", "\"f\"", "g\r\n"]), "a,,b c,\"d,e\",\"\"\"f\"\"\",\"g\r\n\"\r\n");
    }

    #[test]
    fn fields_are_read_with_and_without_quotes() {
        let read = |line| read(line).map(|fields| fields.join("|"));
        assert_eq!(read("a,\"b\",\"c,d\",\"\"\"e\"\"\","), Some("a|b|c,d|\"e\"|".to_owned()));
        assert_eq!(read("a\"b\","), Some("a\"b\"|".to_owned()), "quotes within a field that has none around it");
        for bad in ["\"a", "a\"", "\"a\"\"", "a,\"", "\""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(fields in proptest::collection::vec(any::<String>(), 1..6)) {
            let mut out = Vec::new();
            write(&mut out, fields.iter().cloned()).unwrap();
            let line = String::from_utf8(out).unwrap();
            prop_assert_eq!(read(line.strip_suffix("\r\n").unwrap()), Some(fields));
        }
    }
}
