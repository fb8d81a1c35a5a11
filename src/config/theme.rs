//! Themes by their names, and those of files: a colour for each role.
//!
//! ```toml
//! ground = "#1c1c1c"
//! critical = { fg = "#ff5f5f", bold = true }
//! warning = "yellow"
//! track = 240
//! ```

use std::path::{Path, PathBuf};

use ratatui::style::{Color, Modifier, Style};
use strum::VariantArray as _;

use super::error::{ConfigError, ConfigFileError};
use super::file;
use super::paths::Paths;
use super::toml_table::{self, TomlTable};
use crate::domain::text::sanitise;
use crate::domain::user_path::UserPathError;
use crate::tui::theme::{BuiltInTheme, Ground, OwnGround, OwnTheme, Role, ThemeChoice};

/// Ending of the files of themes.
const ENDING: &str = "toml";
/// Longest name of a theme that is shown, in characters.
const NAME_LENGTH_MAX: usize = 32;

const GROUND_KEY: &str = "ground";
const COLOUR_KEY: &str = "fg";
const MODIFIERS: [(&str, Modifier); 4] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
];
const EXPECTED: &str =
    "must be a colour: \"#rrggbb\", a name such as \"red\" or \"light-blue\", or a number from 0 to 255";

/// Theme that a user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeSource {
    /// A built-in one.
    BuiltIn(BuiltInTheme),
    /// That of a file.
    File(ThemeFile),
}

/// File of a theme, which need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeFile {
    path: PathBuf,
}

impl Default for ThemeSource {
    fn default() -> Self {
        Self::BuiltIn(BuiltInTheme::default())
    }
}

impl ThemeSource {
    /// Theme that a person has written: the name of a built-in one, a path, or the name of a file in the folder `themes`
    /// beside the config file. `resolve` finds a path.
    ///
    /// # Errors
    /// A text that can be no path.
    pub(super) fn of(
        written: &str,
        paths: &Paths,
        resolve: impl FnOnce(&str) -> Result<PathBuf, UserPathError>,
    ) -> Result<Self, UserPathError> {
        if let Ok(theme) = written.parse() {
            return Ok(Self::BuiltIn(theme));
        }
        let path = Path::new(written);
        let is_path = path.extension().is_some_and(|ending| ending == ENDING) || path.components().count() > 1;
        let resolved = resolve(written)?;
        let path = if is_path || written.starts_with('~') {
            resolved
        } else {
            paths.beside_config(&Path::new("themes").join(written).with_extension(ENDING))
        };
        Ok(Self::File(ThemeFile { path }))
    }

    /// Theme that is asked for; one of a file is read.
    ///
    /// # Errors
    /// As [`ThemeFile::read`].
    pub fn load(&self) -> Result<ThemeChoice, ConfigError> {
        match self {
            Self::BuiltIn(theme) => Ok(ThemeChoice::BuiltIn(*theme)),
            Self::File(file) => file.read().map(|theme| ThemeChoice::Own(Box::new(theme))),
        }
    }

    /// Its name, or the path of its file.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::BuiltIn(theme) => theme.to_string(),
            Self::File(file) => sanitise(&file.path.to_string_lossy(), usize::MAX),
        }
    }
}

impl ThemeFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Theme of the file.
    ///
    /// # Errors
    /// A file that does not exist or can't be read, or a value that is not as it must be.
    pub fn read(&self) -> Result<OwnTheme, ConfigError> {
        let name = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = file::read(&self.path)?.ok_or_else(|| self.missing(&name))?;
        parse(&text, &name).map_err(|error| ConfigError::Invalid { file: self.path.clone(), error })
    }

    /// Reason for which the file could not be read, as the dashboard tells it: with the name of the file alone.
    #[must_use]
    pub fn reason(&self, error: ConfigError) -> String {
        let error = match error {
            ConfigError::Invalid { file, error } => {
                ConfigError::Invalid { file: file.file_name().map_or(file.clone(), PathBuf::from), error }
            }
            other => other,
        };
        sanitise(&error.to_string(), usize::MAX)
    }

    fn missing(&self, name: &str) -> ConfigError {
        let names: Vec<_> = BuiltInTheme::VARIANTS.iter().map(|theme| theme.name()).collect();
        let advice = match toml_table::nearest(name, &names) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("built in are {}", names.join(", ")),
        };
        ConfigError::NoTheme { file: self.path.clone(), advice }
    }
}

/// Theme of the text of a file.
///
/// # Errors
/// At the first thing that is not as it must be.
pub fn parse(source: &str, name: &str) -> Result<OwnTheme, ConfigFileError> {
    let parsed = toml_table::parse(source)?;
    let keys: Vec<_> = std::iter::once(GROUND_KEY).chain(Role::VARIANTS.iter().map(|role| role.name())).collect();
    let root = TomlTable::root(source, parsed.get_ref()).only(&keys)?;
    let mut theme = OwnTheme::new(sanitise(name, NAME_LENGTH_MAX), ground(&root)?);
    for role in Role::VARIANTS {
        if let Some(style) = style(&root, role.name())? {
            theme.set(*role, style);
        }
    }
    Ok(theme)
}

fn ground(root: &TomlTable<'_>) -> Result<OwnGround, ConfigFileError> {
    let expected = "must be a colour, such as \"#1c1c1c\", or \"dark\" or \"light\" for the terminal's own";
    Ok(match root.text_or_whole_number(GROUND_KEY, expected)?.as_deref() {
        None => OwnGround::Any,
        Some("dark") => OwnGround::Known(Ground::Dark),
        Some("light") => OwnGround::Known(Ground::Light),
        Some(colour) => match colour.parse() {
            Ok(Color::Reset) => OwnGround::Any,
            Ok(colour) => OwnGround::Painted(colour),
            Err(_) => return Err(root.error_of_key(GROUND_KEY, expected)),
        },
    })
}

/// Style of a role: a colour, or a table of a colour and modifiers.
fn style(root: &TomlTable<'_>, role: &str) -> Result<Option<Style>, ConfigFileError> {
    if !root.has(role) {
        return Ok(None);
    }
    if !root.is_table(role) {
        return Ok(colour(root, role)?.map(|colour| Style::new().fg(colour)));
    }
    let keys: Vec<_> = std::iter::once(COLOUR_KEY).chain(MODIFIERS.map(|(name, _)| name)).collect();
    let table = root.table(role)?.only(&keys)?;
    let mut style = colour(&table, COLOUR_KEY)?.map_or(Style::new(), |colour| Style::new().fg(colour));
    for (name, modifier) in MODIFIERS {
        if table.flag(name)? == Some(true) {
            style = style.add_modifier(modifier);
        }
    }
    Ok(Some(style))
}

fn colour(table: &TomlTable<'_>, key: &str) -> Result<Option<Color>, ConfigFileError> {
    let written = table.text_or_whole_number(key, EXPECTED)?;
    written.map(|written| written.parse().ok().ok_or_else(|| table.error_of_key(key, EXPECTED))).transpose()
}

#[cfg(test)]
mod tests;
