//! Value of `--theme`: any text, though shells complete the names of the built-in themes.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::Error;
use clap::{Arg, Command};
use strum::VariantArray as _;

use crate::tui::theme::BuiltInTheme;

/// Parser of the name of a theme or the path of its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThemeParser;

impl TypedValueParser for ThemeParser {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        Some(Box::new(BuiltInTheme::VARIANTS.iter().map(|theme| PossibleValue::new(theme.name()))))
    }
}
