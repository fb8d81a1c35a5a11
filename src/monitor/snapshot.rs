//! How one environment stands at a moment: the one truth that cards, tables, JSON and metrics show.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use super::polling::interval::{IntervalLimit, PollInterval};
use super::polling::key_verdict::PastFailure;
pub use super::polling::plan::NextPoll;
pub use super::polling::reason::PollReason;
use super::usage::activity_snapshot::ActivitySnapshot;
use crate::domain::account::Account;
use crate::domain::alert::{Acknowledgement, Condition, Since};
use crate::domain::api_key::KeyIdentity;
use crate::domain::api_key::KeySource;
use crate::domain::environment::Environment;
use crate::domain::error::{KeyError, PollError, PollErrorKind, RequestError};
use crate::domain::forecast::Forecast;
use crate::domain::history_error::HistoryErrorDetails;
use crate::domain::key_age::KeyAge;
use crate::domain::last_use::ExternalUse;
use crate::domain::quota::QuotaWindow;
use crate::domain::rotation::{Rotation, RotationError};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::time::{ClockDifference, Distance, Elapsed, ReportedTime};

/// A forecast that is so much older than the newest sample is not of now. It is made anew every few minutes.
const FORECAST_LAG_MAX: SignedDuration = SignedDuration::from_mins(15);

/// How one environment stands.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct EnvironmentSnapshot {
    /// Which environment.
    pub environment: Environment,
    /// Whether it was asked for by name, so that a missing key counts.
    pub requested: bool,
    /// What the last poll says.
    pub status: Status,
    /// Whether the service refuses this key with every other one, which is told of all at once.
    pub refused_with_all: bool,
    /// Whether it is not known yet if the refusal of the key is of this one alone.
    pub refusal_unclear: bool,
    /// What else is remarkable, worst first.
    pub flags: Vec<Flag>,
    /// The worst of both.
    pub severity: Severity,
    /// The key in use.
    pub key: Option<KeySnapshot>,
    /// Why there is no key, or why the one in memory could not be confirmed.
    pub key_failure: Option<KeyError>,
    /// The newest sample's body.
    pub account: Option<Account>,
    /// What will become of the credits, by the balances known when it was made, see [`Self::outdated_forecast`]; `None` while
    /// no balance of the past is known.
    pub forecast: Option<Arc<Forecast>>,
    /// Whether the newest sample is not stale.
    pub fresh: bool,
    /// Until when it is not, by the clock on the wall.
    pub fresh_until: Option<Timestamp>,
    /// Requests of this minute.
    pub minute: QuotaWindow,
    /// Requests of this day.
    pub day: QuotaWindow,
    /// The last use by others.
    pub others_use: Option<ExternalUse>,
    /// The last call of this monitor with this key (any process).
    pub own_use: Option<Timestamp>,
    /// When the newest sample came.
    pub polled_at: Option<Timestamp>,
    /// How long its answer took.
    pub latency: Option<SignedDuration>,
    /// How far the service's clock stands ahead of this machine's.
    pub clock_skew: Option<SignedDuration>,
    /// Why the last poll brought no sample.
    pub poll_failure: Option<PollError>,
    /// When it did not, on the elapsed clock.
    pub failed_at: Option<Elapsed>,
    /// The same by the clock on the wall.
    pub failure_seen_at: Option<Timestamp>,
    /// The service's verdict on the key or its account (401, 402, 403), where that stands; the last failure may be
    /// another, and newer.
    pub refusal: Option<PastFailure>,
    /// When the first of the refusals (401) was asked for that came since the key was accepted last.
    pub refused_since: Option<Timestamp>,
    /// Since when the service has not been reached, on the elapsed clock.
    pub unreachable_since: Option<Elapsed>,
    /// When the service answered last, whatever it said, on the elapsed clock.
    pub last_answer_at: Option<Elapsed>,
    /// Whether a poll is under way.
    pub polling: bool,
    /// Whether the first poll of this run is still to come, so that all of this is from before.
    pub awaits_first: bool,
    /// When it is polled next, and why then.
    pub next_poll: NextPoll,
    /// The rotation under way.
    pub rotation: Option<RotationSnapshot>,
    /// Until when the operator put off the reminder that rotation is due soon.
    pub snoozed_until: Option<Timestamp>,
    /// Who uses the key for what.
    pub activity: ActivitySnapshot,
    /// The alerts that were told and are not over.
    pub alerts: Vec<AlertSnapshot>,
}

impl EnvironmentSnapshot {
    /// What was told to have happened at a time that lies ahead of this clock, the furthest, and by how much.
    #[must_use]
    pub fn ahead_of(&self, now: Timestamp) -> Option<(ReportedTime, SignedDuration)> {
        furthest_ahead(self.polled_at, self.account.as_ref(), self.others_use, now)
    }

    /// How this clock differs from those that told times, where that is seen: by the most.
    #[must_use]
    pub fn clock_difference(&self, now: Timestamp) -> Option<ClockDifference> {
        let by_date = self.clock_skew.filter(|skew| !skew.is_zero());
        match (self.ahead_of(now), by_date) {
            (Some((what, by)), skew) if skew.is_none_or(|skew| skew.abs() < by) => {
                Some(ClockDifference::Told(what, by))
            }
            (_, skew) => skew.map(ClockDifference::Date),
        }
    }

    /// Of when the forecast is, where that is not of now: no fresh sample has followed it, or it was not made anew since.
    #[must_use]
    pub fn outdated_forecast(&self) -> Option<Timestamp> {
        let from = self.forecast.as_ref()?.from.at;
        let is_behind = self.polled_at.is_some_and(|polled| polled.duration_since(from) > FORECAST_LAG_MAX);
        (!self.fresh || is_behind).then_some(from)
    }
}

/// What of a sample and of what is known of the use of its key lies furthest ahead of `now`, and by how much.
pub(super) fn furthest_ahead(
    polled_at: Option<Timestamp>,
    account: Option<&Account>,
    others_use: Option<ExternalUse>,
    now: Timestamp,
) -> Option<(ReportedTime, SignedDuration)> {
    let times = [
        (ReportedTime::Creation, account.and_then(|account| account.created_at)),
        (ReportedTime::Use, account.and_then(|account| account.last_used_at)),
        (ReportedTime::Use, others_use.map(|used| used.at)),
        (ReportedTime::Poll, polled_at),
    ];
    // Where this clock was set back since, all that came with the sample lies ahead, and says nothing of its own.
    let is_by_itself =
        |at| polled_at.is_none_or(|polled| at == polled || Distance::between(at, polled).ahead().is_some());
    let times = times.into_iter().filter_map(|(what, at)| Some((what, at.filter(|at| is_by_itself(*at))?)));
    let ahead = times.filter_map(|(what, at)| Some((what, Distance::between(at, now).ahead()?)));
    ahead.max_by_key(|(_, by)| *by)
}

/// An alert that was told and is not over.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AlertSnapshot {
    /// What about.
    pub condition: Condition,
    /// Since when that holds.
    pub since: Since,
    /// Who took note of it.
    pub acknowledged: Option<Acknowledgement>,
}

/// A rotation under way.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RotationSnapshot {
    /// How far it came, and which keys it is about.
    pub rotation: Rotation,
    /// How the old key fares while it is watched; `None` while it is not.
    pub old_key: Option<OldKeySnapshot>,
    /// Whether the key in use answers. As long as it does not, nobody is told to revoke the old one.
    pub new_key: NewKeyState,
    /// Why the next step could not be done; it is tried again.
    pub error: Option<RotationError>,
}

/// What to do while the new key of a rotation does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryAdvice {
    /// To put the old key back in use.
    RollBack,
    /// To keep both keys and wait: the new one may be as good as ever.
    Wait,
    /// To keep both keys: the service refuses them both.
    NeitherWorks,
}

impl RotationSnapshot {
    /// Why the new key does not answer, and what to do. Only a refusal is a word on the key itself.
    #[must_use]
    pub fn new_key_failure(&self) -> Option<(&PollError, RecoveryAdvice)> {
        let NewKeyState::Fails(failure) = &self.new_key else { return None };
        let old = self.old_key.as_ref().map(|old| old.status);
        let is_old_refused = matches!(old, Some(Status::Revoked | Status::Invalid));
        let way_out = match failure.kind() {
            kind if kind.is_refusal() && is_old_refused => RecoveryAdvice::NeitherWorks,
            kind if kind.is_refusal() => RecoveryAdvice::RollBack,
            PollErrorKind::ServerError if old == Some(Status::Active) => RecoveryAdvice::RollBack,
            _ => RecoveryAdvice::Wait,
        };
        Some((failure, way_out))
    }
}

/// Whether the key in use of a rotation answers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum NewKeyState {
    /// The service accepted it a short while ago.
    Answers,
    /// It was not asked, or too long ago.
    Unknown,
    /// The last try failed.
    Fails(PollError),
}

/// The old key of a rotation, kept aside and watched until the service refuses it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct OldKeySnapshot {
    /// What may be told of it.
    pub identity: KeyIdentity,
    /// What its last poll says.
    pub status: Status,
    /// The last known use by others.
    pub others_use: Option<ExternalUse>,
    /// Requests of this day with it.
    pub day: QuotaWindow,
    /// When its newest sample came.
    pub polled_at: Option<Timestamp>,
    /// When it is polled next, and why then.
    pub next_poll: NextPoll,
}

/// The key in use.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct KeySnapshot {
    /// What may be told of it.
    pub identity: KeyIdentity,
    /// Where it came from.
    pub source: KeySource,
    /// How old it is, where the service told.
    pub age: Option<KeyAge>,
    /// Other environments that hold the same key.
    pub shared_with: Vec<String>,
}

/// The environments together.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Snapshot {
    /// The moment of which all of this is told, by this machine's clock: whatever shows it, counts ages from here.
    pub at: Timestamp,
    /// Each environment, in the order of the screen; one of which nothing changed is the same as in the snapshot before.
    pub environments: Vec<Arc<EnvironmentSnapshot>>,
    /// The worst severity of those that count.
    pub severity: Severity,
    /// Why no environment can be reached: one fault of all.
    pub outage: Option<Outage>,
    /// Since when the service refuses every key that it accepted before: one fault of the service.
    pub all_refused_since: Option<Timestamp>,
    /// Whether it is known of each refused key if it is refused alone.
    pub are_refusals_known: bool,
    /// Whether the operator paused timed polls.
    pub paused: bool,
    /// Why nothing can be stored.
    pub history_error: Option<HistoryErrorDetails>,
    /// The alerts of this machine that were told and are not over.
    pub alerts: Vec<AlertSnapshot>,
}

/// One fault for which no environment can be reached.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Outage {
    /// What happened last, and by whose doing.
    pub cause: RequestError,
    /// Since when the first environment has not been reached.
    pub since: Timestamp,
}

impl Outage {
    /// Whether nothing at all can be reached from this machine.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.cause.is_offline()
    }

    /// Whether a failure is the same fault.
    #[must_use]
    pub fn explains(&self, failure: &PollError) -> bool {
        self.cause == *failure.cause || (self.is_offline() && failure.cause.is_offline())
    }
}

impl Snapshot {
    /// How bad it is that no environment can be reached: critical once one of them has no fresh sample.
    #[must_use]
    pub fn outage_severity(&self) -> Severity {
        let cut_off = self.environments.iter().filter(|report| report.status == Status::Unreachable);
        cut_off.map(|report| report.status.severity(report.fresh)).max().unwrap_or(Severity::Warning)
    }

    /// Whether the service answered some key since another was lost first, and was not lost with that one since.
    #[must_use]
    pub fn has_service_answered(&self) -> bool {
        let lost = self.environments.iter().filter_map(|report| report.unreachable_since).min();
        let heard = self.environments.iter().filter(|report| report.unreachable_since.is_none());
        heard.filter_map(|report| report.last_answer_at).any(|heard| lost.is_none_or(|lost| heard > lost))
    }

    /// Whether it is known of each environment which key it has, if any. Where only some were asked for, that of the
    /// others is not.
    #[must_use]
    pub fn are_keys_known(&self) -> bool {
        let is_known = |report: &EnvironmentSnapshot| report.key.is_some() || report.status == Status::NoKey;
        self.environments.iter().all(|report| !report.requested && is_known(report))
    }

    /// Whether there is an alert of an environment, or of this machine, that nobody has acknowledged.
    #[must_use]
    pub fn can_acknowledge(&self, report: &EnvironmentSnapshot) -> bool {
        report.alerts.iter().chain(&self.alerts).any(|alert| alert.acknowledged.is_none())
    }
}
