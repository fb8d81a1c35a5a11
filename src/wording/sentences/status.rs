//! The status of an environment, and how a refusal of its key goes on.

use super::headline::{is_refused, status_word};
use super::polls;
use super::sentence::{Sentence, clause_ends};
use super::writer::{SentenceWriter, remedy};
use crate::domain::alert::Condition;
use crate::domain::error::PollErrorKind;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::PollReason;
use crate::wording::remedies::RemedyReason;
use crate::wording::request_errors;

impl SentenceWriter<'_> {
    /// Status, until when it lasts, and what to do about it; nothing where the key is active.
    pub(super) fn status(&self) -> Option<Sentence> {
        let environment = self.environment;
        let failed = environment
            .refusal
            .as_ref()
            .map(|refusal| &refusal.cause)
            .or(environment.poll_failure.as_ref().map(|failure| &*failure.cause));
        let failed = failed.map(|cause| match cause.kind() {
            // The steps of the rotation tell what to do about its new key.
            PollErrorKind::Unauthorized if environment.rotation.is_some() => RemedyReason::RotationWaits,
            _ => RemedyReason::PollFailed(cause.clone()),
        });
        let failed = failed.map(|reason| remedy(environment, reason));
        let (text, advice) = match environment.status {
            _ if environment.refused_with_all => ("refused (401), as every key is".to_owned(), None),
            Status::Active => return None,
            Status::NoKey => ("no key yet".to_owned(), Some(remedy(environment, RemedyReason::NoKey))),
            Status::KeyUnavailable => match &environment.key_failure {
                Some(failure) => {
                    (failure.to_string(), Some(remedy(environment, RemedyReason::KeyFailed(failure.clone()))))
                }
                None => ("the source of the key can't be asked".to_owned(), None),
            },
            Status::Waiting if environment.next_poll.reason == PollReason::Confirmation => return None,
            Status::Waiting if environment.polling => ("waiting for the first answer".to_owned(), None),
            Status::Waiting if environment.own_use.is_some() => (self.then("no answer yet", "next try at"), None),
            Status::Waiting => (self.then("not polled yet", "first poll at"), None),
            Status::Invalid => (self.said("invalid, the service never accepted it (401)"), failed),
            Status::Revoked => (self.said("revoked or expired, the service no longer accepts it (401)"), failed),
            Status::Forbidden => {
                (self.said(&self.refusal("the key is valid, but this call is forbidden (403)")), failed)
            }
            Status::RateLimited => {
                let text = match environment.next_poll.at {
                    Some(at) => self.as_told(&format!("429: paused until {}", self.moment(at))),
                    None => "429: too many requests".to_owned(),
                };
                (text, None)
            }
            Status::Unreachable => (self.then(&self.seen(&self.unreachable()), "next try at"), None),
        };
        let brief = status_word(environment);
        let text = self.with_acknowledgement(text, Condition::Status(environment.status));
        Some(Sentence { severity: environment.status.severity(environment.fresh), text, brief, advice })
    }

    fn unreachable(&self) -> String {
        format!("unreachable, {}", self.failure("the service gave no answer"))
    }

    /// Failure of a poll since a refusal that stands.
    pub(super) fn fault(&self) -> Option<Sentence> {
        let environment = self.environment;
        let is_refused = matches!(environment.status, Status::Invalid | Status::Revoked | Status::Forbidden);
        let fault = environment.poll_failure.as_ref().filter(|failure| is_refused && !failure.kind().is_refusal())?;
        let text = self.seen(&format!("no word on the key since, {}", request_errors::clause(&fault.cause)));
        let brief = "no word since".to_owned();
        Some(Sentence { severity: Severity::Warning, text: self.then(&text, "next try at"), brief, advice: None })
    }

    /// The next poll, where what delays it is worth saying.
    pub(super) fn next_poll(&self) -> Option<Sentence> {
        let environment = self.environment;
        let (severity, text) = match environment.next_poll.reason {
            PollReason::Confirmation => (self.undecided(), self.then("refused once (401)", "asked again at")),
            _ if environment.refused_with_all => return None,
            PollReason::Probe if is_refused(environment) => {
                (self.undecided(), self.then("refused (401)", "asked again at"))
            }
            PollReason::Refused => (Severity::Ok, polls::checked_again(environment, self.now, self.zone)),
            PollReason::Paused => (Severity::Ok, "timed polls are paused".to_owned()),
            PollReason::Budget => (Severity::Ok, self.then("own share of today is used up", "next poll at")),
            PollReason::UnknownLimits => {
                (Severity::Ok, self.then("the key's limits are not known yet", "next poll at"))
            }
            PollReason::NoRequestLog => {
                (Severity::Warning, "calls can be counted nowhere, only what you ask for is asked".to_owned())
            }
            PollReason::NotPolled => (Severity::Warning, "no process of yours polls this key".to_owned()),
            PollReason::Reserve if !environment.flags.iter().any(|flag| flag.is_of_daily_limit()) => {
                // The day that they were left of is over.
                (Severity::Ok, self.then("few requests were left", "next poll at"))
            }
            PollReason::Refresh if !environment.polling => {
                (Severity::Ok, self.then("per-minute limit reached", "refreshing at"))
            }
            _ => return None,
        };
        let brief = text[..clause_ends(&text).next().unwrap_or(text.len())].to_owned();
        Some(Sentence { severity, text, brief, advice: None })
    }

    /// Severity of a refusal before it is confirmed.
    fn undecided(&self) -> Severity {
        if self.environment.status == Status::Waiting { Severity::Unknown } else { Severity::Warning }
    }

    /// A key that goes on being used though its source can no longer be asked.
    pub(super) fn unconfirmed_key(&self) -> Option<Sentence> {
        let failure = self.environment.key_failure.as_ref()?;
        self.environment.key.as_ref()?;
        Some(Sentence {
            severity: Severity::Warning,
            text: format!("the key in memory stays in use: {failure}"),
            brief: "key not confirmed".to_owned(),
            advice: Some(remedy(self.environment, RemedyReason::KeyFailed(failure.clone()))),
        })
    }
}
