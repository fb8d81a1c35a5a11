//! Why a sink did not take a notification, and what to do about it.

use super::{failures, remedies};
use crate::domain::sink::{SinkFailure, SinkName};
use crate::wording::format;

/// One plain sentence without its end, with the receiver's own word: `hooks.example.com answered 403: "invalid_token"`.
#[must_use]
pub fn failure(failure: &SinkFailure) -> String {
    match failure {
        SinkFailure::Address { file, problem } => format!("the file {file} of the webhook's address {problem}"),
        SinkFailure::Certificates { limit } => {
            format!("the certificates of this machine can't be read within {}", format::interval(*limit))
        }
        SinkFailure::Unreached(cause) => failures::clause(cause),
        SinkFailure::Answered { host, status, said } => {
            let redirected = if (300..400).contains(status) { ", and redirects are not followed" } else { "" };
            format!("{host} answered {status}{redirected}{}", quoted(said.as_ref()))
        }
        SinkFailure::NoProgram => "no program is named".to_owned(),
        SinkFailure::NotStarted { program, said } => format!("{program} can't be run: {said}"),
        SinkFailure::Failed { program, status, said } => {
            format!("{program} failed ({status}){}", quoted(said.as_ref()))
        }
        SinkFailure::TooSlow { program, limit } => {
            format!("{program} took longer than {} s and was killed", limit.as_secs_f64())
        }
        SinkFailure::NoSession => "there is no session bus here, and so no desktop".to_owned(),
        SinkFailure::NoService { said } => {
            format!("no notification service runs in this session{}", quoted(said.as_ref()))
        }
        SinkFailure::Refused { said } => format!("the notification service refused it{}", quoted(said.as_ref())),
        SinkFailure::BrokenOff { said } => format!("the session bus broke off{}", quoted(said.as_ref())),
        SinkFailure::Silent { limit } => {
            format!("the notification service gave no answer within {} s", limit.as_secs_f64())
        }
        SinkFailure::Stuck => "the way to the desktop is stuck for good".to_owned(),
        SinkFailure::Unsupported => "notifications of the desktop are not supported on this system".to_owned(),
    }
}

/// One plain sentence: what to do about it.
#[must_use]
pub fn remedy(failure: &SinkFailure) -> String {
    let fixed = match failure {
        SinkFailure::Address { .. } => {
            "Write the address into the file that `webhook_file` names, and let only its owner read it: mode 0600, or \
             0400 from whoever provides it; or set `allow_group_readable_files`."
        }
        SinkFailure::Certificates { .. } => "Check the disk that holds them.",
        SinkFailure::Unreached(cause) => {
            return remedies::sentence(&remedies::cause(cause, "the address of the webhook"));
        }
        SinkFailure::Answered { status, .. } if (300..500).contains(status) && !matches!(status, 408 | 425 | 429) => {
            "Check the address and `webhook_form`; the server may have withdrawn the address."
        }
        SinkFailure::Answered { .. } => "Look whether the server is well, and whether the address is still valid.",
        SinkFailure::NoProgram
        | SinkFailure::NotStarted { .. }
        | SinkFailure::Failed { .. }
        | SinkFailure::TooSlow { .. } => "Run the program by hand, or correct `command` in [alerts].",
        SinkFailure::NoSession => "Start the program from the desktop, or set `desktop = false` in [alerts].",
        SinkFailure::NoService { .. } | SinkFailure::Refused { .. } | SinkFailure::BrokenOff { .. } => {
            "Start one (such as dunst, or that of your desktop), or set `desktop = false` in [alerts]."
        }
        SinkFailure::Silent { .. } => "Start it again, or log in again.",
        SinkFailure::Stuck => "Start the program again.",
        SinkFailure::Unsupported => "Use `terminal`, `webhook` or `command` in [alerts] instead.",
    };
    fixed.to_owned()
}

/// What is wrong with a sink, and what to do about it.
#[must_use]
pub fn trouble(sink: SinkName, failure: &SinkFailure) -> String {
    format!("alerts by {sink}: {}: {}", self::failure(failure), remedy(failure))
}

/// The receiver's own word.
fn quoted(said: Option<&String>) -> String {
    said.map(|said| format!(": \"{said}\"")).unwrap_or_default()
}
