//! Table of a TOML text, read key by key, so that each error is named with its place and no value is ever quoted.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use jiff::SignedDuration;
use strum::VariantArray;
use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::duration;
use super::error::{ConfigFileError, Position};
use super::paths::Paths;
use crate::domain::text::{find_key, sanitise};

/// Longest name that is shown, in characters.
pub(super) const SHOWN_LENGTH_MAX: usize = 40;

/// Sentence about an API key that was written into the file.
const NO_KEYS_HERE: &str = "API keys don't belong in this file: take it out, and store it with `trackyard-tui key set`";

/// One table of a TOML text. Each reader of a value answers with `None` where its key is not written, and with an error
/// at the value where that is of another kind or out of range.
pub(super) struct TomlTable<'t> {
    source: &'t str,
    /// Text before a key of this table, for people: empty, or `polling.`.
    prefix: String,
    /// Byte of the source at which the table begins.
    start: usize,
    /// Keys and values; `None` for a table that is not written.
    entries: Option<&'t DeTable<'t>>,
}

/// Parses `source`.
///
/// # Errors
/// At whatever is like an API key, and at what is no TOML.
pub(super) fn parse(source: &str) -> Result<Spanned<DeTable<'_>>, ConfigFileError> {
    let error = |offset, message| ConfigFileError { position: Position::of(source, offset), message };
    if let Some(offset) = find_key(source) {
        return Err(error(offset, NO_KEYS_HERE.to_owned()));
    }
    DeTable::parse(source).map_err(|refused| {
        let offset = refused.span().map_or(source.len(), |span| span.start);
        error(offset, format!("this is no valid TOML: {}", refused.message()))
    })
}

impl<'t> TomlTable<'t> {
    /// The whole of a parsed text.
    pub(super) fn root(source: &'t str, entries: &'t DeTable<'t>) -> Self {
        Self { source, prefix: String::new(), start: 0, entries: Some(entries) }
    }

    /// The table itself, unless it has a key that is not `known`.
    ///
    /// # Errors
    /// At the first such key, with the one that was meant.
    pub(super) fn only(self, known: &[&str]) -> Result<Self, ConfigFileError> {
        let keys = self.entries.into_iter().flat_map(DeTable::keys);
        let unknown = keys.filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else { return Ok(self) };
        let name = key.get_ref().as_ref();
        let message = if names_a_secret(name) {
            NO_KEYS_HERE.to_owned()
        } else {
            let advice = match nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here are {}", known.join(", ")),
            };
            format!("unknown key `{}{}`: {advice}", self.prefix, sanitise(name, SHOWN_LENGTH_MAX))
        };
        Err(self.error_at(key.span().start, message))
    }

    /// Error of the table as a whole.
    pub(super) fn error(&self, message: impl fmt::Display) -> ConfigFileError {
        self.error_at(self.start, message.to_string())
    }

    /// Error of the value of `key`, at the table where that is not written; `message` goes on from the key's name.
    pub(super) fn error_of_key(&self, key: &str, message: impl fmt::Display) -> ConfigFileError {
        let start = self.get(key).map_or(self.start, |value| value.span().start);
        self.error_at(start, format!("`{}{key}` {message}", self.prefix))
    }

    /// True when `key` is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// True when `key` is a table.
    pub(super) fn is_table(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// Keys of a table whose names are free, in the order of the text, with their places.
    pub(super) fn names(&self) -> Vec<(&'t str, Position)> {
        let mut keys: Vec<_> = self.entries.into_iter().flat_map(DeTable::keys).collect();
        keys.sort_by_key(|key| key.span().start);
        keys.iter().map(|key| (key.get_ref().as_ref(), Position::of(self.source, key.span().start))).collect()
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'t str>, ConfigFileError> {
        self.read(key, "must be a text in quotes", DeValue::as_str)
    }

    /// A text that `parse` understands.
    pub(super) fn parsed<T, E: fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigFileError> {
        self.text(key)?.map(parse).transpose().map_err(|error| {
            let shown = sanitise(&error.to_string(), usize::MAX);
            self.error_of_key(key, format_args!("is not valid: {shown}"))
        })
    }

    /// The meaning of one of the `words`.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(impl fmt::Display, T)],
    ) -> Result<Option<T>, ConfigFileError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match words.iter().find(|(word, _)| word.to_string() == text) {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => Err(self.error_of_key(key, one_of(words.iter().map(|(word, _)| word)))),
        }
    }

    /// One of the variants of `T`, by its name.
    pub(super) fn variant<T: VariantArray + fmt::Display + Copy>(
        &self,
        key: &str,
    ) -> Result<Option<T>, ConfigFileError> {
        let words: Vec<_> = T::VARIANTS.iter().map(|variant| (variant, *variant)).collect();
        self.word(key, &words)
    }

    /// A length of time within `range`.
    pub(super) fn duration(
        &self,
        key: &str,
        range: &RangeInclusive<SignedDuration>,
    ) -> Result<Option<SignedDuration>, ConfigFileError> {
        let example = "must be a duration in quotes with its unit, like \"90s\", \"10m\" or \"1h 30m\"";
        let duration = self.read(key, example, |value| duration::parse(value.as_str()?).ok())?;
        if duration.is_none_or(|duration| range.contains(&duration)) {
            return Ok(duration);
        }
        Err(self.error_of_key(key, format_args!("must lie between {:#} and {:#}", range.start(), range.end())))
    }

    /// A length of time within `range`, and `default` where nothing is written; `"never"`, `"0s"` and `0` are none.
    pub(super) fn duration_or_never(
        &self,
        key: &str,
        range: &RangeInclusive<SignedDuration>,
        default: Option<SignedDuration>,
    ) -> Result<Option<SignedDuration>, ConfigFileError> {
        let is_never = self.get(key).is_some_and(|value| match value.get_ref() {
            DeValue::String(text) => text == "never" || duration::parse(text) == Ok(SignedDuration::ZERO),
            value => value.as_integer().is_some_and(|number| number.as_str() == "0"),
        });
        if is_never { Ok(None) } else { Ok(self.duration(key, range)?.or(default)) }
    }

    /// A text, or a whole number in decimal digits; anything else is not as `expected`.
    pub(super) fn text_or_whole_number(&self, key: &str, expected: &str) -> Result<Option<String>, ConfigFileError> {
        self.read(key, expected, |value| match value {
            DeValue::String(text) => Some(text.to_string()),
            value => {
                let number = value.as_integer()?;
                Some(u32::from_str_radix(number.as_str(), number.radix()).ok()?.to_string())
            }
        })
    }

    /// A number within `range`, whole or not.
    pub(super) fn number(&self, key: &str, range: &RangeInclusive<f64>) -> Result<Option<f64>, ConfigFileError> {
        let expected = format!("must be a number between {} and {}", range.start(), range.end());
        self.read(key, expected, |value| {
            let whole = value.as_integer().filter(|number| number.radix() == 10).map(DeInteger::as_str);
            let digits = whole.or_else(|| value.as_float().map(DeFloat::as_str))?;
            digits.parse().ok().filter(|number| range.contains(number))
        })
    }

    /// A whole number within `range`.
    pub(super) fn whole_number(&self, key: &str, range: &RangeInclusive<u32>) -> Result<Option<u32>, ConfigFileError> {
        let expected = format!("must be a whole number between {} and {}", range.start(), range.end());
        self.read(key, expected, |value| {
            let number = value.as_integer()?;
            u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| range.contains(number))
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, ConfigFileError> {
        self.read(key, "must be true or false, without quotes", DeValue::as_bool)
    }

    /// `true` or `false`; `"auto"` is neither.
    pub(super) fn flag_or_auto(&self, key: &str) -> Result<Option<bool>, ConfigFileError> {
        let is_auto = |value: &DeValue<'_>| value.as_str() == Some("auto");
        let expected = "must be true or false without quotes, or \"auto\"";
        let flag = self.read(key, expected, |value| value.as_bool().map(Some).or(is_auto(value).then_some(None)))?;
        Ok(flag.flatten())
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, ConfigFileError> {
        self.read(key, "must be a list of texts, like [\"one\", \"two\"]", |value| {
            value.as_array()?.iter().map(|item| Some(item.get_ref().as_str()?.to_owned())).collect()
        })
    }

    /// A path, as a person means it.
    pub(super) fn path(&self, key: &str, paths: &Paths) -> Result<Option<PathBuf>, ConfigFileError> {
        let path = self.text(key)?.map(|written| paths.resolve(written));
        path.transpose().map_err(|reason| self.error_of_key(key, reason))
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

    /// The table `[key]`; an empty one where it is not written.
    pub(super) fn table(&self, key: &str) -> Result<Self, ConfigFileError> {
        let expected = format!("must be a table: write [{}{key}] on a line of its own", self.prefix);
        let entries = self.read(key, expected, DeValue::as_table)?;
        Ok(self.inner(key, entries, self.get(key).map_or(self.start, |value| value.span().start)))
    }

    /// The tables `[[key]]`, in their order.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<Self>, ConfigFileError> {
        let expected = format!("must be tables: write [[{key}]] on a line of its own before each");
        let element = |item: &'t Spanned<DeValue<'t>>| {
            let entries = item.get_ref().as_table()?;
            Some(self.inner(key, Some(entries), item.span().start))
        };
        let tables = self.read(key, expected, |value| value.as_array()?.iter().map(element).collect())?;
        Ok(tables.unwrap_or_default())
    }

    fn inner(&self, key: &str, entries: Option<&'t DeTable<'t>>, start: usize) -> Self {
        Self { source: self.source, prefix: format!("{}{key}.", self.prefix), start, entries }
    }

    fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.entries?.get(key)
    }

    fn read<T>(
        &self,
        key: &str,
        expected: impl fmt::Display,
        read: impl FnOnce(&'t DeValue<'t>) -> Option<T>,
    ) -> Result<Option<T>, ConfigFileError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        read(value.get_ref()).map(Some).ok_or_else(|| self.error_of_key(key, expected))
    }

    fn error_at(&self, offset: usize, message: String) -> ConfigFileError {
        ConfigFileError { position: Position::of(self.source, offset), message }
    }
}

/// Words that may stand in a place, as they go on from its name: `must be one of "a", "b"`.
pub(super) fn one_of(words: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let quoted: Vec<_> = words.into_iter().map(|word| format!("\"{word}\"")).collect();
    format!("must be one of {}", quoted.join(", "))
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    name == "key" || ["api_key", "apikey", "token", "secret", "password"].iter().any(|word| name.contains(word))
}

/// The known name that is at most a third away from what was written.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
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
