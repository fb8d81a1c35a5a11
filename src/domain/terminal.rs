//! Reasons for which a terminal can't show the dashboard.

/// Reason for which a terminal can't show the dashboard: the first thing that is missing, or not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalError {
    /// The standard output is no terminal.
    NoScreen,
    /// The terminal can only write lines.
    Dumb {
        /// Value of `TERM`; `None` where it is not set.
        term: Option<String>,
    },
    /// There is a screen, and no terminal to type at: the standard input is none, and the process has none that
    /// controls it.
    NoKeyboard {
        /// The terminal of the screen, where its name is known.
        screen: Option<String>,
    },
    /// The terminal went away, or is another session's.
    Gone,
    /// Something else failed.
    Failed {
        /// The system's words.
        said: String,
    },
}

/// Capabilities of the terminal that are known before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalCapabilities {
    /// True when the standard output is a terminal.
    pub has_screen: bool,
    /// The name of that terminal.
    pub screen: Option<String>,
    /// True when the standard input is a terminal, or there is one that controls the process.
    pub has_keyboard: bool,
    /// `TERM`; `None` where it is not set or empty, and where the system has no such thing.
    pub term: Option<String>,
    /// True when programs of this system learn from `TERM` what the terminal can do.
    pub uses_term: bool,
}

impl TerminalCapabilities {
    /// Check of the terminal for all that the dashboard needs.
    ///
    /// # Errors
    /// With the first thing that is missing.
    pub fn check(&self) -> Result<(), TerminalError> {
        let is_dumb = self.term.as_deref().map_or(self.uses_term, is_dumb);
        if !self.has_screen {
            Err(TerminalError::NoScreen)
        } else if is_dumb {
            Err(TerminalError::Dumb { term: self.term.clone() })
        } else if !self.has_keyboard {
            Err(TerminalError::NoKeyboard { screen: self.screen.clone() })
        } else {
            Ok(())
        }
    }

    /// True where the terminal is likely to tell its background when it is asked, and to show nothing of the question
    /// otherwise.
    #[must_use]
    pub fn tells_background(&self) -> bool {
        self.uses_term && self.term.as_deref().is_some_and(|term| !is_dumb(term) && !is_old(term))
    }
}

/// True for a value of `TERM` that can move no cursor: a shell within Emacs, lines to anything, paper.
fn is_dumb(term: &str) -> bool {
    let family = term.split('-').next().unwrap_or(term);
    matches!(family, "dumb" | "emacs" | "unknown" | "network" | "dialup" | "lpr" | "printer")
}

/// True for a terminal with a font of few characters, or none beyond ASCII, which may write out the commands to an
/// operating system (OSC) that it does not know: consoles, and those of old.
#[must_use]
pub fn is_old(term: &str) -> bool {
    // Inside screen, TERM is the name of its own and that of the terminal around it.
    let term = term.strip_prefix("screen.").unwrap_or(term);
    let name = term.split(['-', '.', '+']).next().unwrap_or(term);
    let is_vt = name.strip_prefix("vt").is_some_and(|model| model.starts_with(|first: char| first.is_ascii_digit()));
    is_vt
        || matches!(
            name,
            "linux" | "ansi" | "pcansi" | "cons25" | "wsvt25" | "sun" | "hurd" | "eterm" | "dumb" | "unknown"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashboard_needs_a_screen_that_can_be_drawn_on_and_a_keyboard() {
        let fine = TerminalCapabilities {
            has_screen: true,
            screen: Some("/dev/pts/7".to_owned()),
            has_keyboard: true,
            term: Some("xterm".to_owned()),
            uses_term: true,
        };
        assert_eq!(fine.check(), Ok(()));
        let piped = TerminalCapabilities { has_screen: false, has_keyboard: false, term: None, ..fine.clone() };
        assert_eq!(piped.check(), Err(TerminalError::NoScreen));
        let dumb = ["dumb", "dumb-emacs-ansi", "emacs", "emacs-256color", "unknown", "network", "dialup"];
        for term in std::iter::once(None).chain(dumb.map(|term| Some(term.to_owned()))) {
            let dumb = TerminalCapabilities { term: term.clone(), ..fine.clone() };
            assert_eq!(dumb.check(), Err(TerminalError::Dumb { term }));
        }
        for term in ["eterm-color", "linux", "vt100", "networker", "screen"] {
            assert_eq!(TerminalCapabilities { term: Some(term.to_owned()), ..fine.clone() }.check(), Ok(()), "{term}");
        }
        assert_eq!(TerminalCapabilities { term: None, uses_term: false, ..fine.clone() }.check(), Ok(()));
        for (term, tells) in [("xterm-256color", true), ("tmux-256color", true), ("linux", false), ("vt220", false)] {
            let terminal = TerminalCapabilities { term: Some(term.to_owned()), ..fine.clone() };
            assert_eq!(terminal.tells_background(), tells, "{term}");
        }
        let mute = TerminalCapabilities { has_keyboard: false, ..fine.clone() };
        assert_eq!(mute.check(), Err(TerminalError::NoKeyboard { screen: fine.screen }));
    }
}
