//! Errors of sinks in words, and their remedies.

use super::{clauses, remedies, request_errors};
use crate::domain::sink::{SinkError, SinkKind};
use crate::wording::format;

/// One plain sentence without its end, with the receiver's own word: `hooks.example.com answered 403: "invalid_token"`.
#[must_use]
pub fn sentence(failure: &SinkError) -> String {
    match failure {
        SinkError::Address { file, problem } => format!("the file {file} of the webhook's address {problem}"),
        SinkError::Certificates { limit } => {
            format!("the certificates of this machine can't be read within {}", format::interval(*limit))
        }
        SinkError::Unreached(cause) => request_errors::clause(cause),
        SinkError::Answered { host, status, said } => {
            let redirected = if (300..400).contains(status) { ", and redirects are not followed" } else { "" };
            format!("{host} answered {status}{redirected}{}", quoted(said.as_ref()))
        }
        SinkError::NoProgram => "no program is named".to_owned(),
        SinkError::NotStarted { program, said } => format!("{program} can't be run: {said}"),
        SinkError::Failed { program, status, said } => {
            format!("{program} failed ({status}){}", quoted(said.as_ref()))
        }
        SinkError::TooSlow { program, limit } => {
            format!("{program} took longer than {} s and was killed", limit.as_secs_f64())
        }
        SinkError::NoSession => "there is no session bus here, and so no desktop".to_owned(),
        SinkError::NoService { said } => {
            format!("no notification service runs in this session{}", quoted(said.as_ref()))
        }
        SinkError::Refused { said } => format!("the notification service refused it{}", quoted(said.as_ref())),
        SinkError::BrokenOff { said } => format!("the session bus broke off{}", quoted(said.as_ref())),
        SinkError::Silent { limit } => {
            format!("the notification service gave no answer within {} s", limit.as_secs_f64())
        }
        SinkError::Stuck => "the way to the desktop is stuck for good".to_owned(),
        SinkError::Unsupported => "notifications of the desktop are not supported on this system".to_owned(),
    }
}

/// One plain sentence: what to do about it.
#[must_use]
pub fn remedy(failure: &SinkError) -> String {
    let fixed = match failure {
        SinkError::Address { .. } => {
            "Write the address into the file that `webhook_file` names, and let only its owner read it: mode 0600, or \
             0400 from whoever provides it; or set `allow_group_readable_files`."
        }
        SinkError::Certificates { .. } => "Check the disk that holds them.",
        SinkError::Unreached(cause) => {
            return clauses::sentence(&remedies::cause(cause, "the address of the webhook"));
        }
        SinkError::Answered { status, .. } if (300..500).contains(status) && !matches!(status, 408 | 425 | 429) => {
            "Check the address and `webhook_form`; the server may have withdrawn the address."
        }
        SinkError::Answered { .. } => "Look whether the server is well, and whether the address is still valid.",
        SinkError::NoProgram | SinkError::NotStarted { .. } | SinkError::Failed { .. } | SinkError::TooSlow { .. } => {
            "Run the program by hand, or correct `command` in [alerts]."
        }
        SinkError::NoSession => "Start the program from the desktop, or set `desktop = false` in [alerts].",
        SinkError::NoService { .. } | SinkError::Refused { .. } | SinkError::BrokenOff { .. } => {
            "Start one (such as dunst, or that of your desktop), or set `desktop = false` in [alerts]."
        }
        SinkError::Silent { .. } => "Start it again, or log in again.",
        SinkError::Stuck => "Start the program again.",
        SinkError::Unsupported => "Use `terminal`, `webhook` or `command` in [alerts] instead.",
    };
    fixed.to_owned()
}

/// Error of a sink, and the remedy.
#[must_use]
pub fn sentence_and_remedy(sink: SinkKind, failure: &SinkError) -> String {
    format!("alerts by {sink}: {}: {}", sentence(failure), remedy(failure))
}

/// The receiver's own word.
fn quoted(said: Option<&String>) -> String {
    said.map(|said| format!(": \"{said}\"")).unwrap_or_default()
}
