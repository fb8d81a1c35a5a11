//! How an environment stands, in words: what is the matter, until when, and what to do.
//!
//! The dashboard and the command line say the same. Times are local.

mod activity;
mod alerts;
mod all_clear;
mod all_environments;
mod clocks;
mod forecast;
mod limits;
mod polls;
mod rotation;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::alert::Condition;
use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::PollErrorKind;
use crate::domain::status::{Flag, Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason, Snapshot};
use crate::wording::format;
use crate::wording::remedies::{Remedy, RemedyReason};
use crate::wording::request_errors;
use crate::wording::{key_errors, times};
pub use activity::ratio;
pub use activity::{activity, activity_state, is_activity_known};
use alerts::acknowledged;
pub use alerts::alerts;
pub use all_clear::{AllClear, all_clear};
pub use all_environments::{all_refused, keyless, outage, shared_sentences, shared_then_own};
use clocks::is_of_sample;
pub use forecast::{outlook, rate, refill, runs_out, spent};
pub use limits::{allowed, uncounted};
pub use polls::{next_poll, poll_interval, poll_schedule};
pub use rotation::{OldKeyUse, key_age, name_of, old_key, old_key_use, rotate_by, snoozed, used_ago, used_ago_short};

/// One thing worth saying of an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// How bad it is; [`Severity::Ok`] for what is merely good to know.
    pub severity: Severity,
    /// What is the matter, and until when.
    pub text: String,
    /// The same in two to four words, for where there is no room.
    pub brief: String,
    /// What to do about it.
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
    pub fn mark(&self) -> StatusSymbol {
        if self.advice.as_ref().is_some_and(|advice| advice.fact == RemedyReason::NoKey) {
            StatusSymbol::NoKey
        } else {
            self.severity.into()
        }
    }
}

/// Where the clauses of a text end, all but the last. A clause that the next one takes back with a `but` does not end.
pub fn clause_ends(text: &str) -> impl Iterator<Item = usize> {
    let is_stop = |rest: &str| rest.starts_with(' ') && !rest.starts_with(" but ");
    let stops = text.match_indices([',', ';']).map(|(end, _)| end).filter(|end| is_stop(&text[end + 1..]));
    let mut ends: Vec<_> = stops.chain(limits::JOINTS.iter().filter_map(|joint| text.find(joint))).collect();
    ends.sort_unstable();
    ends.into_iter()
}

/// The symbol that stands with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusSymbol {
    /// `●`
    Ok,
    /// `▲`
    Warning,
    /// `✖`
    Critical,
    /// `?`
    Unknown,
    /// `○`
    NoKey,
}

impl From<Severity> for StatusSymbol {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Ok => Self::Ok,
            Severity::Warning => Self::Warning,
            Severity::Unknown => Self::Unknown,
            Severity::Critical => Self::Critical,
        }
    }
}

/// The most telling word for an environment, its worst flag or its status, with the mark of its severity.
#[must_use]
pub fn headline(report: &EnvironmentSnapshot) -> (StatusSymbol, String) {
    let mark = if report.status == Status::NoKey { StatusSymbol::NoKey } else { report.severity.into() };
    (mark, headline_word(report))
}

fn headline_word(report: &EnvironmentSnapshot) -> String {
    if report.refused_with_all {
        return "refused".to_owned();
    }
    let mut worst = (report.status.severity(report.fresh), report.status.as_str());
    for flag in &report.flags {
        if flag.severity() > worst.0 {
            worst = (flag.severity(), flag.as_str());
        }
    }
    let undecided = worst.0 == Severity::Ok || worst.1 == Status::Waiting.as_str();
    let is_probed = report.next_poll.reason == PollReason::Probe && is_refused(report);
    if undecided && (report.next_poll.reason == PollReason::Confirmation || is_probed) {
        worst.1 = "refused-once";
    }
    word(worst.1)
}

/// Which source of an environment's key can't be asked, and how it fails, in a few words: `keyring locked`.
#[must_use]
pub fn failing_source(report: &EnvironmentSnapshot) -> Option<&'static str> {
    let failure = report.key_failure.as_ref().filter(|_| report.status == Status::KeyUnavailable)?;
    Some(key_errors::brief(failure))
}

/// All that is worth saying of an environment, worst first; nothing when all is well.
#[must_use]
pub fn sentences(report: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> Vec<Sentence> {
    write(report, now, zone, false)
}

/// The same among other environments: an [`outage`] and a service that refuses all are not told again of each.
#[must_use]
pub fn sentences_among(
    overview: &Snapshot,
    report: &EnvironmentSnapshot,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<Sentence> {
    let outage = overview.outage.as_ref().filter(|_| report.status == Status::Unreachable);
    let is_explained =
        outage.zip(report.poll_failure.as_ref()).is_some_and(|(outage, failure)| outage.explains(failure));
    let is_of_all = is_explained || report.refused_with_all;
    write(report, now, zone, is_of_all)
}

fn write(report: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone, status_is_told: bool) -> Vec<Sentence> {
    let writer = SentenceWriter { report, now, zone };
    let mut sentences = Vec::new();
    sentences.extend(writer.status().filter(|_| !status_is_told));
    sentences.extend(writer.fault());
    sentences.extend(writer.next_poll());
    sentences.extend(report.flags.iter().filter_map(|flag| writer.flag(*flag)));
    sentences.extend(writer.outlook());
    sentences.extend(writer.oddities());
    sentences.extend(writer.rotation_error());
    sentences.extend(writer.rotation());
    sentences.extend(writer.snoozed());
    sentences.extend(writer.unconfirmed_key());
    sentences.sort_by_key(|sentence| std::cmp::Reverse(sentence.severity));
    sentences
}

fn remedy(report: &EnvironmentSnapshot, fact: RemedyReason) -> Remedy {
    let source = report.key.as_ref().map(|key| key.source.clone());
    Remedy { fact, source, environment: report.environment.name.clone() }
}

/// Whether the last word on a key is a refusal.
fn is_refused(report: &EnvironmentSnapshot) -> bool {
    report.poll_failure.as_ref().is_some_and(|failure| failure.kind() == PollErrorKind::Unauthorized)
}

/// Writes the sentences of one report.
struct SentenceWriter<'a> {
    report: &'a EnvironmentSnapshot,
    now: Timestamp,
    zone: &'a TimeZone,
}

impl SentenceWriter<'_> {
    fn status(&self) -> Option<Sentence> {
        let report = self.report;
        let failed = report
            .refusal
            .as_ref()
            .map(|refusal| &refusal.cause)
            .or(report.poll_failure.as_ref().map(|failure| &*failure.cause));
        let failed = failed.map(|cause| match cause.kind() {
            // The steps of the rotation tell what to do about its new key.
            PollErrorKind::Unauthorized if report.rotation.is_some() => RemedyReason::RotationWaits,
            _ => RemedyReason::PollFailed(cause.clone()),
        });
        let failed = failed.map(|fact| remedy(report, fact));
        let (text, advice) = match report.status {
            _ if report.refused_with_all => ("refused (401), as every key is".to_owned(), None),
            Status::Active => return None,
            Status::NoKey => ("no key yet".to_owned(), Some(remedy(report, RemedyReason::NoKey))),
            Status::KeyUnavailable => match &report.key_failure {
                Some(failure) => (failure.to_string(), Some(remedy(report, RemedyReason::KeyFailed(failure.clone())))),
                None => ("the source of the key can't be asked".to_owned(), None),
            },
            Status::Waiting if report.next_poll.reason == PollReason::Confirmation => return None,
            Status::Waiting if report.polling => ("waiting for the first answer".to_owned(), None),
            Status::Waiting if report.own_use.is_some() => (self.then("no answer yet", "next try at"), None),
            Status::Waiting => (self.then("not polled yet", "first poll at"), None),
            Status::Invalid => (self.said("invalid, the service never accepted it (401)"), failed),
            Status::Revoked => (self.said("revoked or expired, the service no longer accepts it (401)"), failed),
            Status::Forbidden => {
                (self.said(&self.refusal("the key is valid, but this call is forbidden (403)")), failed)
            }
            Status::RateLimited => {
                let text = match report.next_poll.at {
                    Some(at) => self.as_told(&format!("429: paused until {}", self.moment(at))),
                    None => "429: too many requests".to_owned(),
                };
                (text, None)
            }
            Status::Unreachable => (self.then(&self.seen(&self.unreachable()), "next try at"), None),
        };
        let brief = status_word(report);
        let text = self.with_acknowledgement(text, Condition::Status(report.status));
        Some(Sentence { severity: report.status.severity(report.fresh), text, brief, advice })
    }

    fn flag(&self, flag: Flag) -> Option<Sentence> {
        let report = self.report;
        let credits_left = || report.account.as_ref().map(limits::credits_left);
        let (text, advice) = match flag {
            Flag::CreditsOut => (self.out_of_credits(), None),
            Flag::CreditsCritical => (format!("credits critical: {}", credits_left()?), None),
            Flag::CreditsLow => (format!("credits low: {}", credits_left()?), None),
            Flag::RunsOutBeforeReset => (runs_out(report.forecast.as_ref()?, self.now, self.zone)?, None),
            Flag::RotateOverdue | Flag::RotateSoon => self.due()?,
            Flag::DailyLimitNear => (self.daily_limit_near()?, None),
            Flag::DailyLimitReached => (self.daily_limit_reached()?, None),
            Flag::Stale => (format!("the numbers are {}", times::old(report.polled_at?, self.now)), None),
            Flag::SharedKey => (
                format!("the same key as {}", list(&report.key.as_ref()?.shared_with)),
                Some(remedy(report, RemedyReason::SharedKey)),
            ),
            Flag::ClockSkew => (self.clocks()?, Some(remedy(report, RemedyReason::ClockSkew))),
        };
        let text = if is_of_sample(flag) { self.dated(text) } else { text };
        let text = self.with_acknowledgement(text, Condition::Flag(flag));
        let left = if flag == Flag::DailyLimitNear { self.left_today() } else { None };
        let brief = left.unwrap_or_else(|| word(flag.as_str()));
        Some(Sentence { severity: flag.severity(), text, brief, advice })
    }

    /// A text, and who took note of the alert that says the same.
    fn with_acknowledgement(&self, text: String, condition: Condition) -> String {
        let alert = self.report.alerts.iter().find(|alert| alert.condition == condition);
        match alert.and_then(|alert| acknowledged(alert, self.now, self.zone)) {
            Some(acknowledged) => format!("{text}, {acknowledged}"),
            None => text,
        }
    }

    /// Whether the credits last, while the numbers are fresh and no flag says so.
    fn outlook(&self) -> Option<Sentence> {
        let forecast = self.report.forecast.as_ref().filter(|_| self.report.fresh)?;
        let text = outlook(forecast, self.now, self.zone)?;
        let brief = text[..clause_ends(&text).next().unwrap_or(text.len())].to_owned();
        Some(Sentence { severity: Severity::Ok, text, brief, advice: None })
    }

    /// A key that goes on being used though its source can no longer be asked.
    fn unconfirmed_key(&self) -> Option<Sentence> {
        let failure = self.report.key_failure.as_ref()?;
        self.report.key.as_ref()?;
        Some(Sentence {
            severity: Severity::Warning,
            text: format!("the key in memory stays in use: {failure}"),
            brief: "key not confirmed".to_owned(),
            advice: Some(remedy(self.report, RemedyReason::KeyFailed(failure.clone()))),
        })
    }

    fn next_poll(&self) -> Option<Sentence> {
        let report = self.report;
        let (severity, text) = match report.next_poll.reason {
            PollReason::Confirmation => (self.undecided(), self.then("refused once (401)", "asked again at")),
            _ if report.refused_with_all => return None,
            PollReason::Probe if is_refused(report) => (self.undecided(), self.then("refused (401)", "asked again at")),
            PollReason::Refused => (Severity::Ok, polls::checked_again(report, self.now, self.zone)),
            PollReason::Paused => (Severity::Ok, "timed polls are paused".to_owned()),
            PollReason::Budget => (Severity::Ok, self.then("own share of today is used up", "next poll at")),
            PollReason::UnknownLimits => {
                (Severity::Ok, self.then("the key's limits are not known yet", "next poll at"))
            }
            PollReason::NoRequestLog => {
                (Severity::Warning, "calls can be counted nowhere, only what you ask for is asked".to_owned())
            }
            PollReason::Reserve if !report.flags.iter().any(|flag| flag.is_of_daily_limit()) => {
                // The day that they were left of is over.
                (Severity::Ok, self.then("few requests were left", "next poll at"))
            }
            PollReason::Refresh if !report.polling => {
                (Severity::Ok, self.then("per-minute limit reached", "refreshing at"))
            }
            _ => return None,
        };
        let brief = text[..clause_ends(&text).next().unwrap_or(text.len())].to_owned();
        Some(Sentence { severity, text, brief, advice: None })
    }

    /// How bad a refusal is before it is confirmed.
    fn undecided(&self) -> Severity {
        if self.report.status == Status::Waiting { Severity::Unknown } else { Severity::Warning }
    }

    /// What went wrong since a refusal that stands.
    fn fault(&self) -> Option<Sentence> {
        let report = self.report;
        let is_refused = matches!(report.status, Status::Invalid | Status::Revoked | Status::Forbidden);
        let fault = report.poll_failure.as_ref().filter(|failure| is_refused && !failure.kind().is_refusal())?;
        let text = self.seen(&format!("no word on the key since, {}", request_errors::clause(&fault.cause)));
        let brief = "no word since".to_owned();
        Some(Sentence { severity: Severity::Warning, text: self.then(&text, "next try at"), brief, advice: None })
    }

    /// A text, and how long ago the service said so.
    fn said(&self, text: &str) -> String {
        self.aged(text, self.report.refusal.as_ref().map(|refusal| refusal.at))
    }

    /// A text, and how long ago the last poll failed.
    fn seen(&self, text: &str) -> String {
        self.aged(text, self.report.failure_seen_at)
    }

    /// A text of what is to come, and how long ago the service asked for it.
    fn as_told(&self, text: &str) -> String {
        let ago = self.report.failure_seen_at.map(|at| times::ago(at, self.now)).filter(|ago| ago != "now");
        ago.map_or_else(|| text.to_owned(), |ago| format!("{text}, as told {ago}"))
    }

    /// A text with its age, where that is a minute or more.
    fn aged(&self, text: &str, at: Option<Timestamp>) -> String {
        match at.map(|at| times::ago(at, self.now)).filter(|ago| ago != "now") {
            Some(ago) => format!("{text}, {ago}"),
            None => text.to_owned(),
        }
    }

    /// The refusal that stands.
    fn refusal(&self, otherwise: &str) -> String {
        let refusal = self.report.refusal.as_ref();
        refusal.map_or_else(|| self.failure(otherwise), |refusal| request_errors::clause(&refusal.cause))
    }

    /// How the last poll failed.
    fn failure(&self, otherwise: &str) -> String {
        let failure = self.report.poll_failure.as_ref();
        failure.map_or_else(|| otherwise.to_owned(), |failure| request_errors::clause(&failure.cause))
    }

    /// That no credits are left, by whose word.
    fn out_of_credits(&self) -> String {
        let told = self.report.refusal.as_ref().filter(|refusal| refusal.kind() == PollErrorKind::CreditsOut);
        match told {
            Some(refusal) => self.then(&self.said(&request_errors::clause(&refusal.cause)), "next poll at"),
            None => limits::no_credits_left(self.report.account.as_ref()),
        }
    }

    fn unreachable(&self) -> String {
        format!("unreachable, {}", self.failure("the service gave no answer"))
    }

    /// A text, and when it goes on, where that is known.
    fn then(&self, text: &str, next: &str) -> String {
        match self.report.next_poll.at {
            Some(at) if !self.report.polling => format!("{text}; {next} {}", self.moment(at)),
            _ => text.to_owned(),
        }
    }

    fn moment(&self, at: Timestamp) -> String {
        times::moment(at, self.now, self.zone)
    }
}

/// How a key is told apart on the screen: by its ending, else by its fingerprint.
#[must_use]
pub fn key_name(identity: &KeyIdentity) -> String {
    match &identity.ending {
        Some(ending) => format!("…{ending}"),
        None => identity.fingerprint.to_string(),
    }
}

/// The name of an environment in a sentence: production's is unmistakable.
#[must_use]
pub fn environment_name(name: &EnvironmentName) -> String {
    if name.is_production() { name.as_str().to_ascii_uppercase() } else { name.to_string() }
}

/// The status of an environment as it is shown; of a source that can't be asked, which one and why.
fn status_word(report: &EnvironmentSnapshot) -> String {
    match &report.key_failure {
        Some(failure) if report.status == Status::KeyUnavailable => key_errors::brief(failure).to_owned(),
        _ => word(report.status.as_str()),
    }
}

/// The name of the key store, as in `from the keyring`.
#[must_use]
pub fn store_name(source: &KeySource) -> String {
    match source {
        KeySource::Store("file") => "encrypted key file".to_owned(),
        source => source.to_string(),
    }
}

/// A status or flag as it is shown.
fn word(name: &str) -> String {
    name.replace('-', " ")
}

fn days(number: u64) -> String {
    if number == 1 { "1 day".to_owned() } else { format!("{} days", format::count(number)) }
}

/// `a`, `a and b`, `a, b and c`.
fn list(names: &[String]) -> String {
    match names {
        [] => "another environment".to_owned(),
        [name] => name.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
