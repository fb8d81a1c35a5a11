//! `man`: one manual page for the program and all its commands.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::error::CommandError;
use crate::cli::{Cli, EXIT_STATUSES, VARIABLES};

/// Prints the page in `roff`.
///
/// # Errors
/// An output that can't be written.
pub fn run(out: &mut dyn io::Write) -> Result<(), CommandError> {
    let program = Cli::command().version(env!("CARGO_PKG_VERSION"));
    let page = Man::new(program.clone()).manual("User Commands");
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    for command in program.get_subcommands() {
        render_command(command, program.get_name(), out)?;
    }
    render_environment(out)?;
    render_exit_status(out)?;
    Ok(())
}

/// Prints a command as a section of the page; one with commands of its own as a section for each of these.
fn render_command(command: &Command, parent: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let name = format!("{parent} {}", command.get_name());
    if command.has_subcommands() {
        return command.get_subcommands().try_for_each(|inner| render_command(inner, &name, out));
    }
    let page = Man::new(command.clone().bin_name(&name).display_name(&name).disable_help_flag(true));
    let mut section = Vec::new();
    page.render_synopsis_section(&mut section)?;
    page.render_description_section(&mut section)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        page.render_options_section(&mut section)?;
    }
    let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
    write!(out, ".SH \"{}\"\n{section}", escape(&name))
}

fn render_environment(out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, ".SH ENVIRONMENT")?;
    VARIABLES.iter().try_for_each(|(name, meaning)| write_term(&escape(name), meaning, out))
}

fn render_exit_status(out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, ".SH \"EXIT STATUS\"")?;
    EXIT_STATUSES.iter().try_for_each(|(status, meaning)| write_term(&status.to_string(), meaning, out))
}

fn write_term(term: &str, meaning: &str, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, ".TP\n\\fB{term}\\fR\n{}", escape(meaning))
}

/// Text in `roff`, where a hyphen that can be copied is written `\-`.
fn escape(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_section_for_each_command_and_hides_what_is_hidden() {
        let mut page = Vec::new();
        run(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "\"trackyard\\-tui demo\"",
            "\"trackyard\\-tui key set\"",
            "\"trackyard\\-tui config check\"",
            "ENVIRONMENT",
            "\"EXIT STATUS\"",
        ] {
            assert_eq!(page.lines().filter(|line| *line == format!(".SH {section}")).count(), 1, "{section}");
        }
        assert!(page.contains("\\-\\-max\\-age"));
        assert!(!page.contains("TIMESTAMP"));
    }
}
