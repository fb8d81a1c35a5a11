//! A JSON object in each line.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::cell::Cell;

/// Writes an object and the end of its line.
pub fn write<'a>(out: &mut dyn Write, fields: impl Iterator<Item = (&'a str, Cell)>) -> io::Result<()> {
    for (number, (name, cell)) in fields.enumerate() {
        let before = if number == 0 { '{' } else { ',' };
        write!(out, "{before}\"{name}\":")?;
        match cell {
            Cell::Unknown => out.write_all(b"null")?,
            Cell::Number(digits) => out.write_all(digits.as_bytes())?,
            Cell::Text(text) => serde_json::to_writer(&mut *out, &text)?,
        }
    }
    out.write_all(b"}\n")
}

/// The object of a line.
pub fn read(line: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(line).ok()
}

/// A value as CSV has it; `None` for what is none.
pub fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
