//! Paths and programs as people write them: `~` is the home, and nothing else is replaced.

use std::ffi::OsStr;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Reason for which a text is no path that can be used. Goes on after a name: "`key_file` has …". No variant carries
/// any of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserPathError {
    /// Nothing is written.
    #[error("is empty: write a path, or leave it out")]
    Empty,
    /// A line break, NUL or another control character.
    #[error("has a line break or another control character in it: write it anew")]
    ControlCharacter,
    /// `~name`.
    #[error("begins with the home of another user, which is not looked up: write the path out, or begin it with ~/")]
    OtherHome,
    /// `~` where nobody knows which folder that is.
    #[error("begins with ~, and no home folder is known for this user: set HOME, or write the path out")]
    NoHome,
    /// `$NAME`, `${NAME}` or `%NAME%`.
    #[error("has a variable in it, and none is replaced here: write the path out, or begin it with ~/")]
    Variable,
    /// A home whose name is no text stands before a program.
    #[error("begins with ~, and the name of this user's home folder is no valid text: write the path out")]
    NoText,
}

/// The path that a person means: `~` or `~/` at its start is the home.
///
/// # Errors
/// When it means another user's home or a variable, or can be no path.
pub fn resolve(written: &OsStr, home: Option<&Path>) -> Result<PathBuf, UserPathError> {
    let text = written.to_string_lossy();
    if text.trim().is_empty() {
        return Err(UserPathError::Empty);
    }
    if text.contains(char::is_control) {
        return Err(UserPathError::ControlCharacter);
    }
    if has_variable(&text) {
        return Err(UserPathError::Variable);
    }
    let path = Path::new(written);
    match path.components().next() {
        Some(Component::Normal(first)) if first == "~" => below_home(path, home),
        Some(Component::Normal(first)) if first.as_encoded_bytes().starts_with(b"~") => Err(UserPathError::OtherHome),
        _ => Ok(path.to_owned()),
    }
}

/// The program and arguments that a person means. A program with a folder in its name starts at `folder`, one without
/// is looked for in `PATH`. Of the arguments, those that are `~` or begin with `~/` are paths; the others stay as they
/// are written, for they may be anything.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_command(
    argv: &[String],
    folder: Option<&Path>,
    home: Option<&Path>,
) -> Result<Vec<String>, UserPathError> {
    let (program, arguments) = argv.split_first().ok_or(UserPathError::Empty)?;
    let mut path = resolve(program.as_ref(), home)?;
    if program.contains(['/', MAIN_SEPARATOR]) {
        path = folder.map_or_else(|| path.clone(), |folder| folder.join(&path).components().collect());
    }
    let mut resolved = vec![into_text(path)?];
    for argument in arguments {
        resolved.push(match argument.as_str() {
            text if text.contains('\0') => return Err(UserPathError::ControlCharacter),
            text if text == "~" || text.starts_with("~/") => into_text(below_home(Path::new(text), home)?)?,
            text => text.to_owned(),
        });
    }
    Ok(resolved)
}

/// The path that begins with `~`, with the home in its place.
fn below_home(path: &Path, home: Option<&Path>) -> Result<PathBuf, UserPathError> {
    let home = home.ok_or(UserPathError::NoHome)?;
    let rest = path.strip_prefix("~").unwrap_or(path);
    Ok(if rest.as_os_str().is_empty() { home.to_owned() } else { home.join(rest) })
}

fn into_text(path: PathBuf) -> Result<String, UserPathError> {
    path.into_os_string().into_string().ok().ok_or(UserPathError::NoText)
}

fn has_variable(text: &str) -> bool {
    let after_dollar = text.split('$').skip(1).filter_map(|rest| rest.chars().next());
    let mut between = text.split('%').skip(1).collect::<Vec<_>>();
    between.pop();
    let is_name = |part: &&str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.chars().all(|character| character.is_ascii_alphanumeric() || "_()".contains(character))
    };
    after_dollar.into_iter().any(|next| next.is_ascii_alphabetic() || "_{(".contains(next))
        || between.iter().any(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resolved(text: &str) -> Result<PathBuf, UserPathError> {
        resolve(text.as_ref(), Some(Path::new("/home/me")))
    }

    #[test]
    fn a_tilde_is_the_home_and_no_other_name_is_replaced() {
        for (text, path) in [
            ("~", "/home/me"),
            ("~/", "/home/me"),
            ("~/keys/prod", "/home/me/keys/prod"),
            ("/etc/prod", "/etc/prod"),
            ("keys/prod", "keys/prod"),
            ("./~/prod", "./~/prod"),
            ("/data/~", "/data/~"),
            ("cost$", "cost$"),
            ("100%", "100%"),
            ("a%20b%20c", "a%20b%20c"),
            ("with blank", "with blank"),
        ] {
            assert_eq!(resolved(text).unwrap(), Path::new(path), "{text}");
        }
        for (text, reason) in [
            ("", UserPathError::Empty),
            (" ", UserPathError::Empty),
            ("~root/x", UserPathError::OtherHome),
            ("~me", UserPathError::OtherHome),
            ("$HOME/x", UserPathError::Variable),
            ("${HOME}/x", UserPathError::Variable),
            ("/x/$(id -un)", UserPathError::Variable),
            ("/srv/$USER", UserPathError::Variable),
            ("%APPDATA%\\x", UserPathError::Variable),
            ("%ProgramFiles(x86)%/x", UserPathError::Variable),
            ("a\0b", UserPathError::ControlCharacter),
            ("a\nb", UserPathError::ControlCharacter),
            ("a\u{1b}b", UserPathError::ControlCharacter),
        ] {
            assert_eq!(resolved(text), Err(reason), "{text:?}");
        }
        assert_eq!(resolve("~/x".as_ref(), None), Err(UserPathError::NoHome));
    }

    #[test]
    fn of_a_command_the_program_and_arguments_that_begin_with_the_home_are_paths() {
        let command = |words: &[&str]| {
            let argv: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            resolve_command(&argv, Some(Path::new("/etc/t")), Some(Path::new("/home/me"))).map(|argv| argv.join(" "))
        };
        assert_eq!(command(&["pass", "show", "a/b"]).unwrap(), "pass show a/b");
        assert_eq!(
            command(&["~/bin/key", "~/x", "~", "~you", "$HOME"]).unwrap(),
            "/home/me/bin/key /home/me/x /home/me ~you $HOME"
        );
        assert_eq!(command(&["./key", "./x"]).unwrap(), "/etc/t/key ./x");
        assert_eq!(command(&["/bin/sh", "-c", "echo\n$HOME"]).unwrap(), "/bin/sh -c echo\n$HOME");
        assert_eq!(command(&["$HOME/bin/key"]), Err(UserPathError::Variable));
        assert_eq!(command(&["~you/bin/key"]), Err(UserPathError::OtherHome));
        assert_eq!(command(&["key\n"]), Err(UserPathError::ControlCharacter));
        assert_eq!(command(&["key", "a\0"]), Err(UserPathError::ControlCharacter));
        assert_eq!(command(&[]), Err(UserPathError::Empty));
        assert_eq!(command(&[""]), Err(UserPathError::Empty));
    }

    proptest! {
        #[test]
        fn what_is_resolved_has_no_name_left_to_replace_and_no_control_character(text in "[~$%/a-z{}\u{0}-\u{1f}]{0,12}") {
            if let Ok(path) = resolved(&text) {
                let shown = path.to_str().unwrap();
                prop_assert!(!shown.contains(char::is_control) && !has_variable(shown));
                prop_assert!(!shown.starts_with('~'));
            }
        }
    }
}
