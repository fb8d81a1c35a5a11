//! Messages of a command on the standard error.

use std::io::{self, Write};

use super::charset_writer::charset;
use super::error::CommandError;
use crate::domain::text::sanitise;
use crate::runtime::headless::PollRound;
use crate::wording::history_errors;

/// Longest message, in characters.
const MESSAGE_MAX: usize = 1_000;

/// Prints a message on the standard error. Where even this can't be written, the exit status still tells of a failure.
pub fn print_message(text: &str) {
    let text = charset(None).text(&sanitise(text, MESSAGE_MAX));
    let _ = writeln!(io::stderr(), "trackyard-tui: {text}");
}

/// Prints the error of the history, which is no failure of a command that only looks at keys.
pub fn warn_history_error(round: &PollRound) {
    if let Some(error) = &round.snapshot.history_error {
        print_message(&format!("nothing is remembered of this: {}", history_errors::sentence_and_remedy(error)));
    }
}

/// Failure of a command that polled no key, because there is no place to count requests in.
pub fn request_log_unavailable(round: &PollRound) -> CommandError {
    let error = round.snapshot.history_error.as_ref().map(history_errors::sentence_and_remedy);
    let error = error.unwrap_or_else(|| "the history can't be used".to_owned());
    CommandError::Failed(format!(
        "the service was not asked, for there is no place to count calls in, so this is what is stored: {error} \
         `trackyard-tui key test ENV` asks all the same."
    ))
}
