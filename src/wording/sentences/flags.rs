//! The flags of an environment.

use super::forecast::{outlook, runs_out};
use super::limits;
use super::names::{list, word};
use super::sentence::{Sentence, clause_ends};
use super::writer::{SentenceWriter, remedy};
use crate::domain::alert::Condition;
use crate::domain::error::PollErrorKind;
use crate::domain::status::{Flag, Severity};
use crate::wording::remedies::RemedyReason;
use crate::wording::{conditions, request_errors, times};

/// True for a flag that tells of figures of the newest sample.
fn is_of_sample(flag: Flag) -> bool {
    matches!(flag, Flag::CreditsLow | Flag::CreditsCritical | Flag::CreditsOut) || flag.is_of_daily_limit()
}

impl SentenceWriter<'_> {
    /// A flag, and what to do about it; nothing where the facts that it is of are not known.
    pub(super) fn flag(&self, flag: Flag) -> Option<Sentence> {
        let environment = self.environment;
        let credits_left = || environment.account.as_ref().map(limits::credits_left);
        let (text, advice) = match flag {
            Flag::CreditsOut => (self.out_of_credits(), None),
            Flag::CreditsCritical => (format!("credits critical: {}", credits_left()?), None),
            Flag::CreditsLow => (format!("credits low: {}", credits_left()?), None),
            Flag::RunsOutBeforeReset => (runs_out(environment.forecast.as_ref()?, self.now, self.zone)?, None),
            Flag::RotateOverdue | Flag::RotateSoon => self.due()?,
            Flag::DailyLimitNear => (self.daily_limit_near()?, None),
            Flag::DailyLimitReached => (self.daily_limit_reached()?, None),
            Flag::Stale => (format!("the numbers are {}", times::old(environment.polled_at?, self.now)), None),
            Flag::SharedKey => (
                format!("the same key as {}", list(&environment.key.as_ref()?.shared_with)),
                Some(remedy(environment, RemedyReason::SharedKey)),
            ),
            Flag::ClockSkew => (self.clocks()?, Some(remedy(environment, RemedyReason::ClockSkew))),
        };
        let text = if is_of_sample(flag) { self.dated(text) } else { text };
        let text = self.with_acknowledgement(text, Condition::Flag(flag));
        let left = if flag == Flag::DailyLimitNear { self.left_today() } else { None };
        let brief = left.unwrap_or_else(|| word(flag.as_str()));
        Some(Sentence { severity: flag.severity(), text, brief, advice })
    }

    /// Outlook of the forecast, while the numbers are fresh and no flag says it.
    pub(super) fn outlook(&self) -> Option<Sentence> {
        let forecast = self.environment.forecast.as_ref().filter(|_| self.environment.fresh)?;
        let text = outlook(forecast, self.now, self.zone)?;
        let brief = text[..clause_ends(&text).next().unwrap_or(text.len())].to_owned();
        Some(Sentence { severity: Severity::Ok, text, brief, advice: None })
    }

    /// That no credits are left, by whose word.
    fn out_of_credits(&self) -> String {
        let told = self.environment.refusal.as_ref().filter(|refusal| refusal.kind() == PollErrorKind::CreditsOut);
        match told {
            Some(refusal) => self.then(&self.said(&request_errors::clause(&refusal.cause)), "next poll at"),
            None => limits::no_credits_left(self.environment.account.as_ref()),
        }
    }

    /// Difference between two clocks: by the time of an answer, or by a time that lies in the future.
    fn clocks(&self) -> Option<String> {
        self.environment.clock_difference(self.now).map(conditions::clocks)
    }

    /// A text of figures, and how old they are where they are not of now.
    fn dated(&self, text: String) -> String {
        match self.environment.polled_at.filter(|_| !self.environment.fresh) {
            Some(at) => format!("{text} (read {})", times::ago(at, self.now)),
            None => text,
        }
    }
}
