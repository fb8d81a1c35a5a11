//! Reads a TOML table key by key, so that every fault is named with its line and no value is ever quoted.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration;
use super::error::{ConfigFileError, Position};
use super::paths::Paths;
use crate::domain::text::{find_key, sanitise};

/// Names are shown up to this length, in characters.
pub(super) const SHOWN_LENGTH_MAX: usize = 40;

/// What is said where a key was written into the file.
const NO_KEYS_HERE: &str = "API keys don't belong in this file: take it out, and store it with `trackyard-tui key set`";

/// A value, and where it stands in the text.
pub(super) type TomlValue<'t> = Spanned<DeValue<'t>>;

/// One table of a TOML text.
pub(super) struct TomlTable<'t> {
    source: &'t str,
    /// The name that people see before a key: empty, or `polling.`.
    prefix: String,
    start: usize,
    entries: &'t DeTable<'t>,
}

/// Parses `source`, and refuses a text that holds anything like an API key.
pub(super) fn parse(source: &str) -> Result<Spanned<DeTable<'_>>, ConfigFileError> {
    if let Some(offset) = find_key(source) {
        return Err(ConfigFileError { position: Position::of(source, offset), message: NO_KEYS_HERE.to_owned() });
    }
    DeTable::parse(source).map_err(|error| {
        let offset = error.span().map_or(source.len(), |span| span.start);
        let message = format!("this is no valid TOML: {}", error.message());
        ConfigFileError { position: Position::of(source, offset), message }
    })
}

impl<'t> TomlTable<'t> {
    /// The whole of a parsed text.
    pub(super) fn root(source: &'t str, entries: &'t DeTable<'t>) -> Self {
        Self { source, prefix: String::new(), start: 0, entries }
    }

    /// Refuses keys that are not `known`, and suggests the one that was meant.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ConfigFileError> {
        let unknown = self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let name = key.get_ref().as_ref();
        let message = if names_a_secret(name) {
            NO_KEYS_HERE.to_owned()
        } else {
            let shown = sanitise(name, SHOWN_LENGTH_MAX);
            let advice = nearest(name, known).map_or_else(
                || format!("known here are {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            format!("unknown key `{}{shown}`: {advice}", self.prefix)
        };
        Err(self.error_at(key.span().start, message))
    }

    /// A fault of the table as a whole.
    pub(super) fn error(&self, message: impl fmt::Display) -> ConfigFileError {
        self.error_at(self.start, message.to_string())
    }

    /// A fault of the value of `key`, or of the table where there is no such key.
    pub(super) fn error_of_key(&self, key: &str, message: impl fmt::Display) -> ConfigFileError {
        let start = self.entries.get(key).map_or(self.start, |value| value.span().start);
        self.error_at(start, format!("`{}{key}` {message}", self.prefix))
    }

    /// Whether `key` is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The keys of a table whose names are free, with their places.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'t str, Position)> {
        self.entries.keys().map(|key| (key.get_ref().as_ref(), Position::of(self.source, key.span().start)))
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'t str>, ConfigFileError> {
        self.read(key, "must be a text in quotes", |value| match value {
            DeValue::String(text) => Some(text.as_ref()),
            _ => None,
        })
    }

    /// A text that `parse` understands.
    pub(super) fn parsed<T, E: fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigFileError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        parse(text).map(Some).map_err(|error| {
            let shown = sanitise(&error.to_string(), usize::MAX);
            self.error_of_key(key, format_args!("is not valid: {shown}"))
        })
    }

    /// One of the names of `T`.
    pub(super) fn choice<T: ValueEnum>(&self, key: &str) -> Result<Option<T>, ConfigFileError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match T::from_str(text, false) {
            Ok(choice) => Ok(Some(choice)),
            Err(_) => Err(self.error_of_key(key, format_args!("must be {}", choices::<T>()))),
        }
    }

    /// A length of time within `range`.
    pub(super) fn duration(
        &self,
        key: &str,
        range: &RangeInclusive<SignedDuration>,
    ) -> Result<Option<SignedDuration>, ConfigFileError> {
        let example = "must be a duration in quotes with its unit, like \"90s\", \"10m\" or \"1h 30m\"";
        let duration = self.read(key, example, |value| match value {
            DeValue::String(text) => duration::parse(text).ok(),
            _ => None,
        })?;
        match duration {
            Some(duration) if !range.contains(&duration) => {
                let (start, end) = (range.start(), range.end());
                Err(self.error_of_key(key, format_args!("must lie between {start:#} and {end:#}")))
            }
            duration => Ok(duration),
        }
    }

    /// A length of time within `range`, and `default` where nothing is written; `"never"`, `"0s"` and `0` are none.
    pub(super) fn duration_or_never(
        &self,
        key: &str,
        range: &RangeInclusive<SignedDuration>,
        default: Option<SignedDuration>,
    ) -> Result<Option<SignedDuration>, ConfigFileError> {
        let is_never = match self.entries.get(key).map(Spanned::get_ref) {
            Some(DeValue::String(text)) => {
                text == "never" || duration::parse(text).is_ok_and(|duration| duration.is_zero())
            }
            Some(DeValue::Integer(number)) => number.as_str() == "0",
            _ => false,
        };
        if is_never { Ok(None) } else { Ok(self.duration(key, range)?.or(default)) }
    }

    /// One of the `words`, for what it stands.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, ConfigFileError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*meaning));
        }
        let known: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        Err(self.error_of_key(key, format_args!("must be one of {}", known.join(", "))))
    }

    /// A number, whole or not, within `range`.
    pub(super) fn number(&self, key: &str, range: &RangeInclusive<f64>) -> Result<Option<f64>, ConfigFileError> {
        let (start, end) = (range.start(), range.end());
        self.read(key, format_args!("must be a number between {start} and {end}"), |value| {
            let number = match value {
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok()?,
                DeValue::Float(number) => number.as_str().parse().ok()?,
                _ => return None,
            };
            range.contains(&number).then_some(number)
        })
    }

    /// A whole number within `range`.
    pub(super) fn whole_number(&self, key: &str, range: &RangeInclusive<u32>) -> Result<Option<u32>, ConfigFileError> {
        let (start, end) = (range.start(), range.end());
        self.read(key, format_args!("must be a whole number between {start} and {end}"), |value| match value {
            DeValue::Integer(number) => {
                u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| range.contains(number))
            }
            _ => None,
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, ConfigFileError> {
        self.read(key, "must be true or false, without quotes", |value| match value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => None,
        })
    }

    /// `true` or `false`; `"auto"` is neither.
    pub(super) fn flag_or_auto(&self, key: &str) -> Result<Option<bool>, ConfigFileError> {
        let flag = self.read(key, "must be true or false without quotes, or \"auto\"", |value| match value {
            DeValue::Boolean(flag) => Some(Some(*flag)),
            DeValue::String(text) if text == "auto" => Some(None),
            _ => None,
        })?;
        Ok(flag.flatten())
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, ConfigFileError> {
        self.read(key, "must be a list of texts, like [\"one\", \"two\"]", |value| match value {
            DeValue::Array(items) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Some(Cow::clone(text).into_owned()),
                    _ => None,
                })
                .collect(),
            _ => None,
        })
    }

    /// A path, as a person means it.
    pub(super) fn path(&self, key: &str, paths: &Paths) -> Result<Option<PathBuf>, ConfigFileError> {
        let Some(written) = self.text(key)? else { return Ok(None) };
        paths.resolve(written).map(Some).map_err(|reason| self.error_of_key(key, reason))
    }

    /// A program and its arguments, as a person means them; `example` is shown where none is named.
    pub(super) fn command(
        &self,
        key: &str,
        paths: &Paths,
        example: &str,
    ) -> Result<Option<Vec<String>>, ConfigFileError> {
        let Some(written) = self.texts(key)? else { return Ok(None) };
        if written.first().is_none_or(String::is_empty) {
            return Err(self.error_of_key(key, format_args!("names no program: write it like {example}")));
        }
        paths.resolve_command(&written).map(Some).map_err(|reason| self.error_of_key(key, reason))
    }

    /// The table `[key]`.
    pub(super) fn table(&self, key: &str) -> Result<Option<Self>, ConfigFileError> {
        let expected = format!("must be a table: write [{}{key}] on a line of its own", self.prefix);
        let table = self.read(key, expected, |value| match value {
            DeValue::Table(entries) => Some(entries),
            _ => None,
        })?;
        Ok(table.map(|entries| self.inner(key, entries, self.start_of(key))))
    }

    /// The tables `[[key]]`, in their order.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<Self>, ConfigFileError> {
        let expected = format!("must be tables: write [[{key}]] on a line of its own before each");
        let tables = self.read(key, expected, |value| match value {
            DeValue::Array(items) => items.iter().map(|item| self.element(key, item)).collect(),
            _ => None,
        })?;
        Ok(tables.unwrap_or_default())
    }

    fn element(&self, key: &str, item: &'t TomlValue<'t>) -> Option<Self> {
        match item.get_ref() {
            DeValue::Table(entries) => Some(self.inner(key, entries, item.span().start)),
            _ => None,
        }
    }

    fn inner(&self, key: &str, entries: &'t DeTable<'t>, start: usize) -> Self {
        Self { source: self.source, prefix: format!("{}{key}.", self.prefix), start, entries }
    }

    fn start_of(&self, key: &str) -> usize {
        self.entries.get(key).map_or(self.start, |value| value.span().start)
    }

    fn read<T>(
        &self,
        key: &str,
        expected: impl fmt::Display,
        read: impl FnOnce(&'t DeValue<'t>) -> Option<T>,
    ) -> Result<Option<T>, ConfigFileError> {
        let Some(value) = self.entries.get(key) else { return Ok(None) };
        read(value.get_ref()).map(Some).ok_or_else(|| self.error_of_key(key, expected))
    }

    fn error_at(&self, offset: usize, message: String) -> ConfigFileError {
        ConfigFileError { position: Position::of(self.source, offset), message }
    }
}

/// The names of `T` as a text: `one of a, b, c`.
pub(super) fn choices<T: ValueEnum>() -> String {
    let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let names: Vec<_> = values.map(|value| format!("\"{}\"", value.get_name())).collect();
    match names.as_slice() {
        [only] => only.clone(),
        _ => format!("one of {}", names.join(", ")),
    }
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    name == "key" || ["api_key", "apikey", "token", "secret", "password"].iter().any(|word| name.contains(word))
}

/// The known name that is at most a third away from what was written.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distances = known.iter().map(|candidate| (strsim::levenshtein(name, candidate), *candidate));
    let (distance, candidate) = distances.min()?;
    (distance <= (candidate.len() / 3).max(1)).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        assert_eq!(nearest("base-url", &["base_url", "key_store"]), Some("base_url"));
        assert_eq!(nearest("colour", &["base_url", "key_store"]), None);
    }
}
