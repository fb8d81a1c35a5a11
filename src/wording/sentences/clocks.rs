//! Clocks that differ, and figures that are not of now.

use super::Writer;
use crate::domain::status::Flag;
use crate::monitor::report::ToldTime;
use crate::wording::format;
use crate::wording::times;

/// Whether a flag tells of figures of the newest sample.
pub(super) fn is_of_sample(flag: Flag) -> bool {
    matches!(flag, Flag::CreditsLow | Flag::CreditsCritical | Flag::CreditsOut) || flag.is_of_daily_limit()
}

impl Writer<'_> {
    /// How two clocks differ: by the time of an answer, or by a time that lies in the future.
    pub(super) fn clocks(&self) -> Option<String> {
        let by_date = self.report.clock_skew.filter(|skew| !skew.is_zero());
        match (self.report.ahead_of(self.now), by_date) {
            (Some((what, by)), skew) if skew.is_none_or(|skew| skew.abs() < by) => {
                let what = match what {
                    ToldTime::Poll => "the time of the last answer",
                    ToldTime::Use => "the last use of the key",
                    ToldTime::Creation => "the creation of the key",
                };
                Some(format!("{what} is {} of this machine's clock", times::ahead(by)))
            }
            (_, skew) => {
                let skew = skew?;
                let direction = if skew.is_negative() { "ahead of" } else { "behind" };
                Some(format!("this machine's clock is {} {direction} the service's", format::interval(skew.abs())))
            }
        }
    }

    /// A text of figures, and how old they are where they are not of now.
    pub(super) fn dated(&self, text: String) -> String {
        match self.report.polled_at.filter(|_| !self.report.fresh) {
            Some(at) => format!("{text} (read {})", times::ago(at, self.now)),
            None => text,
        }
    }
}
