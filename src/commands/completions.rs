//! `completions`: a script that completes the command line.

use std::io;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::error::CommandError;
use crate::cli::Cli;

/// Prints the script for `shell`.
///
/// # Errors
/// An output that can't be written.
pub fn run(shell: Shell, out: &mut dyn io::Write) -> Result<(), CommandError> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    // The generator panics when it can't write, which memory always lets it do.
    let mut script = Vec::new();
    generate(shell, &mut command, name, &mut script);
    Ok(out.write_all(&script)?)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_knows_the_commands() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            run(*shell, &mut script).unwrap();
            let script = String::from_utf8(script).unwrap();
            for word in ["trackyard-tui", "simulate", "remove", "base-url"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn the_names_of_the_themes_are_completed() {
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            let mut script = Vec::new();
            run(shell, &mut script).unwrap();
            assert!(String::from_utf8(script).unwrap().contains("high-contrast"), "{shell}");
        }
    }

    #[test]
    fn a_closed_pipe_is_told_and_no_panic() {
        let mut none: &mut [u8] = &mut [];
        assert!(matches!(run(Shell::Bash, &mut none), Err(CommandError::Output(_))));
    }
}
