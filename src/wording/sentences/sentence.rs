//! One sentence on an environment: its severity, its longer and shorter forms, and the remedy.

use super::symbol::StatusSymbol;
use crate::domain::status::Severity;
use crate::wording::remedies::{Remedy, RemedyReason};

/// Beginnings of further clauses of a sentence on few requests, where no comma or semicolon tells.
const JOINTS: [&str; 3] = [": polling is paused", " to leave them to your applications", ": the limit is reached"];

/// One thing worth saying of an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// Severity; [`Severity::Ok`] for what is merely good to know.
    pub severity: Severity,
    /// Sentence: what is the matter, and until when.
    pub text: String,
    /// The same in two to four words, for where there is no room.
    pub brief: String,
    /// Remedy, if there is one.
    pub advice: Option<Remedy>,
}

impl Sentence {
    /// The first clause of the text: `rotate by 1 Dec`.
    #[must_use]
    pub fn gist(&self) -> &str {
        let end = clause_ends(&self.text).next().unwrap_or(self.text.len());
        &self.text[..end]
    }

    /// The longest form that fits: the text, as many of its clauses as fit, or the brief form even if it is too long.
    #[must_use]
    pub fn fitting(&self, fits: impl Fn(&str) -> bool) -> &str {
        let ends = [self.text.len()].into_iter().chain(clause_ends(&self.text).collect::<Vec<_>>().into_iter().rev());
        ends.map(|end| &self.text[..end]).find(|form| fits(form)).unwrap_or(&self.brief)
    }

    /// The symbol that stands with it.
    #[must_use]
    pub fn symbol(&self) -> StatusSymbol {
        if self.advice.as_ref().is_some_and(|advice| advice.reason == RemedyReason::NoKey) {
            StatusSymbol::NoKey
        } else {
            self.severity.into()
        }
    }
}

/// Ends of the clauses of a text, but for the last, in bytes. A clause that the next one takes back with a `but` does
/// not end.
pub fn clause_ends(text: &str) -> impl Iterator<Item = usize> {
    let is_stop = |rest: &str| rest.starts_with(' ') && !rest.starts_with(" but ");
    let stops = text.match_indices([',', ';']).map(|(end, _)| end).filter(|end| is_stop(&text[end + 1..]));
    let mut ends: Vec<_> = stops.chain(JOINTS.iter().filter_map(|joint| text.find(joint))).collect();
    ends.sort_unstable();
    ends.into_iter()
}
