//! Why a terminal can't show the dashboard.

/// What is missing, or not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalProblem {
    /// The standard output is no terminal.
    NoScreen,
    /// The terminal can only write lines.
    Dumb {
        /// What `TERM` says; `None` where it is not set.
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

/// What is known of the terminal before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalFacts {
    /// Whether the standard output is a terminal.
    pub has_screen: bool,
    /// The name of that terminal.
    pub screen: Option<String>,
    /// Whether the standard input is a terminal, or there is one that controls the process.
    pub has_keyboard: bool,
    /// `TERM`; `None` where it is not set or empty, and where the system has no such thing.
    pub term: Option<String>,
    /// Whether programs of this system learn from `TERM` what the terminal can do.
    pub uses_term: bool,
}

impl TerminalFacts {
    /// What keeps the dashboard from being shown, if anything does.
    ///
    /// # Errors
    /// With the first thing that is missing.
    pub fn check(&self) -> Result<(), TerminalProblem> {
        let is_dumb = match &self.term {
            Some(term) => matches!(term.as_str(), "dumb" | "unknown"),
            None => self.uses_term,
        };
        if !self.has_screen {
            Err(TerminalProblem::NoScreen)
        } else if is_dumb {
            Err(TerminalProblem::Dumb { term: self.term.clone() })
        } else if !self.has_keyboard {
            Err(TerminalProblem::NoKeyboard { screen: self.screen.clone() })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashboard_needs_a_screen_that_can_be_drawn_on_and_a_keyboard() {
        let fine = TerminalFacts {
            has_screen: true,
            screen: Some("/dev/pts/7".to_owned()),
            has_keyboard: true,
            term: Some("xterm".to_owned()),
            uses_term: true,
        };
        assert_eq!(fine.check(), Ok(()));
        let piped = TerminalFacts { has_screen: false, has_keyboard: false, term: None, ..fine.clone() };
        assert_eq!(piped.check(), Err(TerminalProblem::NoScreen));
        for term in [None, Some("dumb".to_owned()), Some("unknown".to_owned())] {
            let dumb = TerminalFacts { term: term.clone(), ..fine.clone() };
            assert_eq!(dumb.check(), Err(TerminalProblem::Dumb { term }));
        }
        assert_eq!(TerminalFacts { term: None, uses_term: false, ..fine.clone() }.check(), Ok(()));
        let mute = TerminalFacts { has_keyboard: false, ..fine.clone() };
        assert_eq!(mute.check(), Err(TerminalProblem::NoKeyboard { screen: fine.screen }));
    }
}
