//! Comma-separated values, as RFC 4180 has them.

use std::io::{self, Write};

/// Writes a record and the end of its line.
pub fn write(out: &mut dyn Write, fields: impl Iterator<Item = String>) -> io::Result<()> {
    for (number, field) in fields.enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        if field.contains(['"', ',', '\r', '\n']) {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// The fields of a record without the end of its line; `None` where quotes stand where they may not. A field without
/// quotes is written like an empty one in quotes: both are empty.
pub fn read(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            (Some(field.to_owned()).filter(|field| !field.contains('"'))?, after)
        };
        fields.push(field);
        if after.is_empty() {
            return Some(fields);
        }
        rest = after.strip_prefix(',')?;
    }
}

/// A field up to its closing quote, and what comes after that.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        let Some(more) = after.strip_prefix('"') else { return Some((field, after)) };
        field.push('"');
        rest = more;
    }
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
        assert_eq!(read(""), Some(String::new()));
        for bad in ["\"a", "\"a\"b", "a\"b\"", "\"a\"\"", "a,\"", "\""] {
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
