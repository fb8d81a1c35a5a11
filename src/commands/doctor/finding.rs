//! Finding: the result of one check of `doctor`, with its remedy.

use std::io::{self, Write};

use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyError;
use crate::wording::remedies::{Remedy, RemedyAudience, RemedyReason};

/// Verdict of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FindingStatus {
    /// Works.
    Works,
    /// Works, or is not needed, but worth knowing.
    Note,
    /// Can't work, though the user asked for it.
    Fails,
}

/// Result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub name: String,
    pub status: FindingStatus,
    pub text: String,
    pub remedy: Option<String>,
}

impl Finding {
    pub fn works(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), status: FindingStatus::Works, text: text.into(), remedy: None }
    }

    pub fn note(name: impl Into<String>, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), status: FindingStatus::Note, text: text.into(), remedy: Some(remedy.into()) }
    }

    /// Finding of a source of keys that fails.
    pub fn key_fails(name: impl Into<String>, failure: &KeyError, environment: &EnvironmentName) -> Self {
        let reason = RemedyReason::KeyFailed(failure.clone());
        let remedy = Remedy { reason, source: None, environment: environment.clone() };
        Self::fails(name, failure.to_string(), remedy.sentence(&RemedyAudience::CommandLine))
    }

    pub fn fails(name: impl Into<String>, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), status: FindingStatus::Fails, text: text.into(), remedy: Some(remedy.into()) }
    }

    /// Writes the finding as a line, and its remedy as a second one.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let mark = match self.status {
            FindingStatus::Works => "ok   ",
            FindingStatus::Note => "note ",
            FindingStatus::Fails => "FAILS",
        };
        writeln!(out, "{mark}  {:<14}{}", self.name, self.text)?;
        match &self.remedy {
            Some(remedy) => writeln!(out, "{:21}{remedy}", ""),
            None => Ok(()),
        }
    }
}
