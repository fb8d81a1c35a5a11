//! Rules: whether a condition holds in a snapshot, as far as that is known.

use super::super::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::domain::alert::Condition;
use crate::domain::error::PollErrorKind;
use crate::domain::key_age::RotationPhase;
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::thresholds::{HysteresisEdge, Thresholds};

/// The conditions of one alert, the mildest first.
pub(super) const FAMILIES: [&[Condition]; 13] = [
    &[Condition::Flag(Flag::CreditsLow), Condition::Flag(Flag::CreditsCritical), Condition::Flag(Flag::CreditsOut)],
    &[Condition::Flag(Flag::RotateSoon), Condition::Flag(Flag::RotateOverdue)],
    &[Condition::Flag(Flag::RunsOutBeforeReset)],
    &[Condition::Flag(Flag::DailyLimitNear), Condition::Flag(Flag::DailyLimitReached)],
    &[Condition::Flag(Flag::Stale)],
    &[Condition::Flag(Flag::SharedKey)],
    &[Condition::Flag(Flag::ClockSkew)],
    &[Condition::Status(Status::KeyUnavailable)],
    &[Condition::Status(Status::Invalid)],
    &[Condition::Status(Status::Revoked)],
    &[Condition::Status(Status::Forbidden)],
    &[Condition::Status(Status::RateLimited)],
    &[Condition::Status(Status::Unreachable)],
];

/// Result of a rule: whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleResult {
    /// It does.
    Holds,
    /// It does, but it is not known yet whether that is the fault of this environment.
    Undecided,
    /// It does not, but is so near that what was told is not over.
    Hysteresis,
    /// It does not.
    Over,
    /// That can't be told now: nothing begins, and nothing is over.
    Unknown,
    /// Something else explains it: it is not told, but what was told is not over.
    Inhibited,
    /// It is of no interest any more, as what is muted.
    Dropped,
}

impl RuleResult {
    fn holds_if(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Over }
    }
}

/// Facts that a rule is checked against.
pub(super) struct RuleFacts<'a> {
    pub environment: &'a EnvironmentSnapshot,
    pub snapshot: &'a Snapshot,
    /// True when it is known of each environment which key it has, if any.
    pub are_keys_known: bool,
    pub thresholds: &'a Thresholds,
    /// True when it is not known yet if the others can't be reached either.
    pub is_undecided: bool,
    /// Condition of the firing alert of the credits.
    pub credits_firing: Option<Condition>,
}

impl RuleFacts<'_> {
    pub(super) fn evaluate(&self, condition: Condition) -> RuleResult {
        if self.environment.status == Status::NoKey {
            // All sources were asked: there is nothing of which anything could hold.
            return RuleResult::Over;
        }
        if self.environment.awaits_first {
            // The first answer tells what has become of it since.
            return match condition {
                Condition::Flag(Flag::SharedKey) => self.shared_key(),
                Condition::Flag(Flag::Stale) => RuleResult::Inhibited,
                Condition::Flag(Flag::RotateSoon | Flag::RotateOverdue) if self.is_of_young_key() => RuleResult::Over,
                _ => RuleResult::Unknown,
            };
        }
        match condition {
            Condition::Status(status) => self.status(status),
            Condition::Flag(Flag::SharedKey) => self.shared_key(),
            Condition::Flag(Flag::Stale) => self.stale(),
            // A 429 tells it too, and no answer is needed for it to hold until the day is over.
            Condition::Flag(flag) if flag.is_of_daily_limit() && self.is_daily_limit_reached() => RuleResult::Holds,
            Condition::Flag(Flag::CreditsOut) if self.is_told_out_of_credits() => RuleResult::Holds,
            Condition::Flag(flag) if self.is_active() && self.environment.fresh => self.flag(flag),
            Condition::Flag(_) | Condition::Outage | Condition::Offline | Condition::AllRefused => RuleResult::Unknown,
        }
    }

    /// True when the key in use is too young to be rotated, as an earlier answer told: an alert of that is of the key before.
    fn is_of_young_key(&self) -> bool {
        let age = self.environment.key.as_ref().and_then(|key| key.age);
        age.is_some_and(|age| age.phase == RotationPhase::Young)
    }

    /// True when the service accepts the key, as far as is known: a refusal that may be one of all keys leaves that open.
    fn is_active(&self) -> bool {
        let failure = self.environment.poll_failure.as_ref();
        let is_refused = failure.is_some_and(|failure| failure.kind() == PollErrorKind::Unauthorized);
        self.environment.status == Status::Active && !is_refused && !self.environment.refusal_unclear
    }

    /// True when the service said last that the account is out of credits (402).
    fn is_told_out_of_credits(&self) -> bool {
        let refusal = self.environment.refusal.as_ref();
        refusal.is_some_and(|refusal| refusal.kind() == PollErrorKind::CreditsOut)
    }

    /// A refusal is over only when the service answers otherwise, and what it says of the rate does not.
    fn status(&self, status: Status) -> RuleResult {
        let is = self.environment.status;
        let tells_of_key = self.is_active() || matches!(is, Status::Invalid | Status::Revoked | Status::Forbidden);
        let over_if = |over: bool| if over { RuleResult::Over } else { RuleResult::Unknown };
        match status {
            Status::Unreachable if is == status && self.snapshot.outage.is_some() => RuleResult::Inhibited,
            Status::Unreachable if is == status && self.is_undecided => RuleResult::Undecided,
            _ if is == status => RuleResult::Holds,
            Status::KeyUnavailable => over_if(is != Status::Waiting),
            Status::Unreachable => over_if(tells_of_key || is == Status::RateLimited),
            _ => over_if(tells_of_key),
        }
    }

    fn is_daily_limit_reached(&self) -> bool {
        self.environment.flags.contains(&Flag::DailyLimitReached)
    }

    /// Keys are compared once all of them are in memory.
    fn shared_key(&self) -> RuleResult {
        let is_shared = self.environment.flags.contains(&Flag::SharedKey);
        let is_compared = self.environment.key.is_some() && self.are_keys_known;
        if is_shared || is_compared { RuleResult::holds_if(is_shared) } else { RuleResult::Unknown }
    }

    /// A sample that is old because the service does not bring another needs no alert beside the one of that. While it is
    /// asked for another, as after a sleep, that is left open.
    fn stale(&self) -> RuleResult {
        match self.environment.status {
            Status::Active if self.environment.refused_with_all => RuleResult::Inhibited,
            Status::Active if self.environment.polling => RuleResult::Unknown,
            Status::Active => RuleResult::holds_if(self.environment.flags.contains(&Flag::Stale)),
            _ => RuleResult::Inhibited,
        }
    }

    fn flag(&self, flag: Flag) -> RuleResult {
        let holds = self.environment.flags.contains(&flag);
        match flag {
            Flag::CreditsLow | Flag::CreditsCritical | Flag::CreditsOut => self.credits(flag),
            Flag::RotateSoon if self.environment.flags.contains(&Flag::RotateOverdue) => RuleResult::Holds,
            // Put off is neither over nor a reason to remind.
            Flag::RotateSoon if !holds && self.environment.snoozed_until.is_some() => RuleResult::Dropped,
            Flag::RunsOutBeforeReset if self.environment.flags.contains(&Flag::CreditsOut) => {
                if self.credits_firing == Some(Condition::Flag(Flag::CreditsOut)) {
                    RuleResult::Dropped
                } else {
                    RuleResult::Unknown
                }
            }
            Flag::RunsOutBeforeReset if self.environment.forecast.is_none() => RuleResult::Unknown,
            Flag::DailyLimitNear if !holds => {
                let day = &self.environment.day;
                if day.is_over {
                    // Nothing is known of this day yet.
                    return RuleResult::Unknown;
                }
                let left = day.remaining_percent();
                let lingers = left.is_some_and(|left| self.thresholds.is_day_near_its_end(left, HysteresisEdge::Left));
                if lingers { RuleResult::Hysteresis } else { RuleResult::Over }
            }
            _ => RuleResult::holds_if(holds),
        }
    }

    /// With a worse flag the milder ones hold too.
    fn credits(&self, flag: Flag) -> RuleResult {
        let Some(account) = &self.environment.account else { return RuleResult::Unknown };
        // The worst flag is the first.
        let is_at = |edge| self.thresholds.credits_flag(account, edge).is_some_and(|worst| worst <= flag);
        match (is_at(HysteresisEdge::Reached), is_at(HysteresisEdge::Left)) {
            (true, _) => RuleResult::Holds,
            (false, true) => RuleResult::Hysteresis,
            (false, false) => RuleResult::Over,
        }
    }
}

/// Results for an outage: no environment can be reached, and perhaps because this machine is offline. That is over only once the service
/// was heard. Who is not to be told of the one is not told of it by the other's name.
pub(super) fn outage(snapshot: &Snapshot, is_offline_muted: bool) -> [(Condition, RuleResult); 2] {
    let is_heard = snapshot.has_service_answered();
    let otherwise = if is_heard { RuleResult::Over } else { RuleResult::Unknown };
    match &snapshot.outage {
        Some(outage) => {
            let is_muted = is_offline_muted && outage.is_offline();
            let result = if is_muted { RuleResult::Dropped } else { RuleResult::Holds };
            [(Condition::Outage, result), (Condition::Offline, RuleResult::holds_if(outage.is_offline()))]
        }
        None => [(Condition::Outage, otherwise), (Condition::Offline, otherwise)],
    }
}

/// Result for the refusal of every key. Once that has lasted, each key is told of by itself.
pub(super) fn all_refused(snapshot: &Snapshot) -> RuleResult {
    let any = |status| {
        snapshot
            .environments
            .iter()
            .any(|environment| environment.status == status && environment.poll_failure.is_none())
    };
    if snapshot.all_refused_since.is_some() {
        RuleResult::Holds
    } else if !snapshot.are_refusals_known {
        RuleResult::Unknown
    } else if any(Status::Active) {
        RuleResult::Over
    } else if snapshot.environments.iter().any(|environment| environment.status == Status::Revoked) {
        RuleResult::Dropped
    } else {
        RuleResult::Unknown
    }
}

/// Severity of a condition, of an environment or of all of them.
pub(super) fn severity(
    condition: Condition,
    environment: Option<&EnvironmentSnapshot>,
    snapshot: &Snapshot,
) -> Severity {
    match condition {
        Condition::Flag(flag) => flag.severity(),
        Condition::Status(status) => status.severity(environment.is_some_and(|environment| environment.fresh)),
        Condition::Outage | Condition::Offline => snapshot.outage_severity(),
        Condition::AllRefused => Severity::Critical,
    }
}
