//! Clocks that differ, and figures that are not of now.

use super::SentenceWriter;
use crate::domain::status::Flag;
use crate::wording::{conditions, times};

/// Whether a flag tells of figures of the newest sample.
pub(super) fn is_of_sample(flag: Flag) -> bool {
    matches!(flag, Flag::CreditsLow | Flag::CreditsCritical | Flag::CreditsOut) || flag.is_of_daily_limit()
}

impl SentenceWriter<'_> {
    /// How two clocks differ: by the time of an answer, or by a time that lies in the future.
    pub(super) fn clocks(&self) -> Option<String> {
        self.report.clock_difference(self.now).map(conditions::clocks)
    }

    /// A text of figures, and how old they are where they are not of now.
    pub(super) fn dated(&self, text: String) -> String {
        match self.report.polled_at.filter(|_| !self.report.fresh) {
            Some(at) => format!("{text} (read {})", times::ago(at, self.now)),
            None => text,
        }
    }
}
