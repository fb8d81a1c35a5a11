//! Rotation in words: when a key is to be rotated, and how that goes.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::last_use::used_ago;
use super::names::{days, key_name};
use super::sentence::Sentence;
use super::writer::{SentenceWriter, remedy};
use crate::domain::api_key::Fingerprint;
use crate::domain::key_age::{KeyAge, RotationPhase};
use crate::domain::last_use::ExternalUse;
use crate::domain::rotation::RotationStage;
use crate::domain::status::{Flag, Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, NewKeyState, OldKeySnapshot, RecoveryAdvice, RotationSnapshot};
use crate::wording::format;
use crate::wording::remedies::{Remedy, RemedyReason};
use crate::wording::times;
use crate::wording::{request_errors, rotation_errors};

/// An old key counts as unused only after so long without a call by others.
const QUIET: SignedDuration = SignedDuration::from_hours(1);

/// Use of an old key by others since the new one took its place, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldKeyUse {
    /// Nothing: it was not polled since.
    Unknown,
    /// They used it a short while ago.
    Used(ExternalUse),
    /// They have not used it since, which is too short a while to tell.
    Quiet(Timestamp),
    /// They have not used it for so long.
    Unused(SignedDuration),
    /// The service refuses it, so that nobody can use it.
    Refused,
}

/// Use of the old key of a rotation, as far as it is known.
#[must_use]
pub fn old_key_use(rotation: &RotationSnapshot, now: Timestamp) -> OldKeyUse {
    let (Some(old), Some(promoted_at)) = (&rotation.old_key, rotation.rotation.promoted_at) else {
        return OldKeyUse::Unknown;
    };
    if matches!(old.status, Status::Revoked | Status::Invalid) {
        return OldKeyUse::Refused;
    }
    let used = old.others_use.filter(|used| used.at > promoted_at);
    if let Some(used) = used.filter(|used| now.duration_since(used.at) < QUIET) {
        return OldKeyUse::Used(used);
    }
    let since = used.map_or(promoted_at, |used| used.at);
    let Some(polled_at) = old.polled_at.filter(|polled_at| *polled_at > promoted_at) else {
        return OldKeyUse::Unknown;
    };
    let unused = polled_at.duration_since(since);
    if unused < QUIET { OldKeyUse::Quiet(since) } else { OldKeyUse::Unused(unused) }
}

/// Age of a key against its time: `30 of 90 days`.
#[must_use]
pub fn key_age(age: &KeyAge, now: Timestamp) -> String {
    match age.days {
        Some(days) => format!("{days} of {} days", age.days_max),
        None => format!("created {}", times::ago(age.created_at, now)),
    }
}

/// State of the old key of a rotation: `used by others 4 min ago, 12 requests today`.
#[must_use]
pub fn old_key(rotation: &RotationSnapshot, old: &OldKeySnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let used = match old_key_use(rotation, now) {
        OldKeyUse::Unknown => "can't tell yet whether others still use it".to_owned(),
        OldKeyUse::Used(used) => format!("used by others {}", used_ago(used, now)),
        OldKeyUse::Quiet(since) => format!("not used by others since {}", times::moment(since, now, zone)),
        OldKeyUse::Unused(unused) => format!("not used by others for {}", format::age(unused)),
        OldKeyUse::Refused => return "refused by the service".to_owned(),
    };
    let by_others = old.day.used().map(|used| used.saturating_sub(old.day.own));
    let today = by_others.map(|count| match count {
        0 => ", no request today".to_owned(),
        1 => ", 1 request today".to_owned(),
        count => format!(", {} requests today", format::count(count)),
    });
    format!("{used}{}", today.unwrap_or_default())
}

/// Date by which a key is to be rotated: `rotate by 30 Nov, in 9 days`.
#[must_use]
pub fn rotate_by(age: &KeyAge, now: Timestamp, zone: &TimeZone) -> String {
    let date = times::date(age.rotate_by, now, zone);
    match age.days_left() {
        None => format!("rotate by {date}"),
        Some(0) => format!("rotate overdue since {date}"),
        Some(left) if left < 0 => format!("rotate overdue by {}, since {date}", days(left.unsigned_abs())),
        // Later on this date already, it may be.
        Some(1) => format!("rotate by {date}, within 1 day"),
        Some(left) => format!("rotate by {date}, in {}", days(left.unsigned_abs())),
    }
}

/// End of a snooze: `snoozed until 28 Nov`; `None` where the reminder is not put off, or there would be none.
#[must_use]
pub fn snoozed(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let until = environment.snoozed_until.filter(|until| *until > now)?;
    let age = environment.key.as_ref()?.age?;
    let reminded = age.phase == RotationPhase::Soon && !environment.flags.contains(&Flag::RotateSoon);
    reminded.then(|| format!("snoozed until {}", times::date(until, now, zone)))
}

/// A key of a rotation as it is told apart: by its ending where that is known, else by its fingerprint.
#[must_use]
pub fn name_of(fingerprint: Fingerprint, environment: &EnvironmentSnapshot) -> String {
    let current = environment.key.as_ref().map(|key| &key.identity);
    let old = environment.rotation.as_ref().and_then(|rotation| rotation.old_key.as_ref()).map(|old| &old.identity);
    let known = current.into_iter().chain(old).find(|identity| identity.fingerprint == fingerprint);
    known.map_or_else(|| fingerprint.to_string(), key_name)
}

impl SentenceWriter<'_> {
    pub(super) fn due(&self) -> Option<(String, Option<Remedy>)> {
        let key = self.environment.key.as_ref()?;
        let advice = self.environment.rotation.is_none().then(|| remedy(self.environment, RemedyReason::RotationDue));
        Some((rotate_by(&key.age?, self.now, self.zone), advice))
    }

    /// A reminder that was put off.
    pub(super) fn snoozed(&self) -> Option<Sentence> {
        let snoozed = snoozed(self.environment, self.now, self.zone)?;
        let (due, _) = self.due()?;
        let text = format!("{snoozed}; {due}");
        Some(Sentence { severity: Severity::Ok, text, brief: snoozed, advice: None })
    }

    /// Reason for which the next step of a rotation could not be done.
    pub(super) fn rotation_error(&self) -> Option<Sentence> {
        let error = self.environment.rotation.as_ref()?.error.as_ref()?;
        let text = format!("the rotation is held up: {error}");
        let brief = "rotation held up".to_owned();
        Some(Sentence {
            severity: Severity::Warning,
            text,
            brief,
            advice: Some(remedy(self.environment, RemedyReason::RotationFailed(error.clone()))),
        })
    }

    /// Stage of a rotation, and what it waits for.
    pub(super) fn rotation(&self) -> Option<Sentence> {
        let rotation = self.environment.rotation.as_ref()?;
        let (severity, text, brief) = match rotation.rotation.stage {
            RotationStage::Started => self.since(Severity::Warning, "waiting for the new key"),
            RotationStage::Promoting => self.since(Severity::Ok, "the new key is being put in place"),
            RotationStage::Watching => self.watched(rotation),
            RotationStage::RollingBack => self.since(Severity::Ok, "the old key is being put back"),
            RotationStage::RolledBack => self.since(Severity::Warning, "rolled back"),
            RotationStage::Abandoning => self.since(Severity::Ok, "it is being given up"),
            RotationStage::Erasing => self.since(Severity::Ok, "the old key is refused, and is being erased"),
            RotationStage::Completed | RotationStage::Abandoned => return None,
        };
        let advice = (severity > Severity::Ok).then(|| remedy(self.environment, RemedyReason::RotationWaits));
        Some(Sentence { severity, text, brief, advice })
    }

    /// `rotation since 18 Nov: waiting for the new key`
    fn since(&self, severity: Severity, what: &str) -> (Severity, String, String) {
        let started = self.environment.rotation.as_ref().map(|rotation| rotation.rotation.started_at);
        let date = started.map(|at| times::date(at, self.now, self.zone)).unwrap_or_default();
        (severity, format!("rotation since {date}: {what}"), what.to_owned())
    }

    fn watched(&self, rotation: &RotationSnapshot) -> (Severity, String, String) {
        let key = format!("old key {}", name_of(rotation.rotation.old, self.environment));
        if let Some((failure, way_out)) = rotation.new_key_failure() {
            let (severity, way_out) = match way_out {
                RecoveryAdvice::RollBack => (Severity::Critical, "roll back"),
                RecoveryAdvice::NeitherWorks => (Severity::Critical, "neither key works now"),
                RecoveryAdvice::Wait => (Severity::Warning, "keep both"),
            };
            let (silent, why) = (rotation_errors::silent(failure), request_errors::clause(&failure.cause));
            let text = format!("don't revoke the {key}: the new one {silent} ({why}); {way_out}");
            return (severity, text, "keep the old key".to_owned());
        }
        let answers = rotation.new_key == NewKeyState::Answers;
        let (severity, rest, brief) = match old_key_use(rotation, self.now) {
            OldKeyUse::Unknown => {
                let text = format!("can't tell yet whether the {key} is still used");
                return (Severity::Ok, text, "old key not polled yet".to_owned());
            }
            OldKeyUse::Used(used) => {
                (Severity::Warning, format!("still used {}", used_ago(used, self.now)), "old key still used")
            }
            OldKeyUse::Quiet(since) => {
                (Severity::Ok, format!("unused since {}", self.moment(since)), "old key watched")
            }
            OldKeyUse::Unused(unused) if !answers => {
                (Severity::Ok, format!("unused for {}", format::age(unused)), "old key watched")
            }
            OldKeyUse::Unused(unused) => {
                (Severity::Warning, format!("unused for {}: revoke it", format::age(unused)), "revoke the old key")
            }
            OldKeyUse::Refused => {
                (Severity::Ok, "refused: it is erased once that is certain".to_owned(), "old key refused")
            }
        };
        (severity, format!("{key} {rest}"), brief.to_owned())
    }
}
