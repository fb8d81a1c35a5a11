//! State of each environment at a moment: the one truth that cards, tables, JSON and metrics show.

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
use crate::domain::poll_record::PollRecord;
use crate::domain::quota::QuotaWindow;
use crate::domain::rotation::{Rotation, RotationError};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::time::{ClockDifference, Distance, Elapsed, ReportedTime};

/// A forecast that is so much older than the newest sample is not of now. It is made anew every few minutes.
const FORECAST_LAG_MAX: SignedDuration = SignedDuration::from_mins(15);

/// State of one environment after a step.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct EnvironmentSnapshot {
    /// Environment that this is of.
    pub environment: Environment,
    /// True for one that was asked for by name, so that a missing key counts.
    pub requested: bool,
    /// Status by the last poll.
    pub status: Status,
    /// True while the service refuses this key with every other one, which is told of all at once.
    pub refused_with_all: bool,
    /// True while it is not known yet whether the refusal of the key is of this one alone.
    pub refusal_unclear: bool,
    /// Flags that are up, worst first.
    pub flags: Vec<Flag>,
    /// Worst severity of status and flags.
    pub severity: Severity,
    /// The key in use.
    pub key: Option<KeySnapshot>,
    /// Error for which there is no key, or for which the one in memory could not be confirmed.
    pub key_failure: Option<KeyError>,
    /// The newest sample's body.
    pub account: Option<Account>,
    /// Forecast of the credits, by the balances known when it was made, see [`Self::outdated_forecast`]; `None` while
    /// no balance of the past is known.
    pub forecast: Option<Arc<Forecast>>,
    /// True while the newest sample is not stale.
    pub fresh: bool,
    /// Time until which it is fresh, by the clock on the wall.
    pub fresh_until: Option<Timestamp>,
    /// Requests of this minute.
    pub minute: QuotaWindow,
    /// Requests of this day.
    pub day: QuotaWindow,
    /// The last use by others.
    pub others_use: Option<ExternalUse>,
    /// The last call of this monitor with this key (any process).
    pub own_use: Option<Timestamp>,
    /// Time of the newest sample.
    pub polled_at: Option<Timestamp>,
    /// Time that its answer took.
    pub latency: Option<SignedDuration>,
    /// Lead of the service's clock over this machine's; negative where it is behind.
    pub clock_skew: Option<SignedDuration>,
    /// Error of the last poll, where it brought no sample.
    pub poll_failure: Option<PollError>,
    /// Time of that error, on the elapsed clock.
    pub failed_at: Option<Elapsed>,
    /// Time of that error, by the clock on the wall.
    pub failure_seen_at: Option<Timestamp>,
    /// The service's verdict on the key or its account (401, 402, 403), where that stands; the last failure may be
    /// another, and newer.
    pub refusal: Option<PastFailure>,
    /// Start of the poll that brought the first of the refusals (401) since the key was accepted last.
    pub refused_since: Option<Timestamp>,
    /// Time since which the service has not been reached, on the elapsed clock.
    pub unreachable_since: Option<Elapsed>,
    /// Time of the last answer of the service, whatever it said, on the elapsed clock.
    pub last_answer_at: Option<Elapsed>,
    /// The last polls, newest first.
    pub polls: Vec<PollRecord>,
    /// True while a poll is under way.
    pub polling: bool,
    /// True while the first poll of this run is still to come, so that all of this is from before.
    pub awaits_first: bool,
    /// Time of the next poll, with its reason.
    pub next_poll: NextPoll,
    /// The rotation under way.
    pub rotation: Option<RotationSnapshot>,
    /// Time until which the operator put off the reminder that rotation is due soon.
    pub snoozed_until: Option<Timestamp>,
    /// Activity of the key: who uses it for what.
    pub activity: ActivitySnapshot,
    /// The alerts that were told and are not over.
    pub alerts: Vec<AlertSnapshot>,
}

impl EnvironmentSnapshot {
    /// Reported time that lies furthest ahead of this clock, and its distance.
    #[must_use]
    pub fn ahead_of(&self, now: Timestamp) -> Option<(ReportedTime, SignedDuration)> {
        furthest_ahead(self.polled_at, self.account.as_ref(), self.others_use, now)
    }

    /// Largest difference that is seen between this clock and those that told times.
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

    /// Time up to which all calls by others are known: without one since the list of calls was read, it holds as long
    /// as polls say so. `None` where it never was.
    #[must_use]
    pub fn activity_known_until(&self) -> Option<Timestamp> {
        let read_at = self.activity.record.as_ref()?.read_at?;
        let is_quiet = self.others_use.is_none_or(|used| used.at <= read_at);
        Some(self.polled_at.filter(|_| is_quiet && self.fresh).map_or(read_at, |at| at.max(read_at)))
    }

    /// Time of the forecast where it is not of now: no fresh sample has followed it, or it was not made anew since.
    #[must_use]
    pub fn outdated_forecast(&self) -> Option<Timestamp> {
        let from = self.forecast.as_ref()?.from.at;
        let is_behind = self.polled_at.is_some_and(|polled| polled.duration_since(from) > FORECAST_LAG_MAX);
        (!self.fresh || is_behind).then_some(from)
    }
}

/// Time of a sample, or of the use of its key, that lies furthest ahead of `now`, and its distance.
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
    /// Condition that is alerted.
    pub condition: Condition,
    /// Severity when it was told last.
    pub severity: Severity,
    /// Time since which the condition holds.
    pub since: Since,
    /// Acknowledgement: who took note of it, and when.
    pub acknowledged: Option<Acknowledgement>,
}

/// A rotation under way.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RotationSnapshot {
    /// The rotation as far as it came, with the keys it is about.
    pub rotation: Rotation,
    /// State of the old key while it is watched; `None` while it is not.
    pub old_key: Option<OldKeySnapshot>,
    /// State of the key in use. As long as it does not answer, nobody is told to revoke the old one.
    pub new_key: NewKeyState,
    /// Error of the next step, where that could not be done; it is tried again.
    pub error: Option<RotationError>,
}

/// Advice for the time in which the new key of a rotation does not answer.
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
    /// Error for which the new key does not answer, and the advice. Only a refusal is a word on the key itself.
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

/// State of the key in use of a rotation: does it answer?
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
    /// Public part of the key.
    pub identity: KeyIdentity,
    /// Status by its last poll.
    pub status: Status,
    /// The last known use by others.
    pub others_use: Option<ExternalUse>,
    /// Requests of this day with it.
    pub day: QuotaWindow,
    /// Time of its newest sample.
    pub polled_at: Option<Timestamp>,
    /// Time of the next poll, with its reason.
    pub next_poll: NextPoll,
}

/// The key in use.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct KeySnapshot {
    /// Public part of the key.
    pub identity: KeyIdentity,
    /// Source of the key.
    pub source: KeySource,
    /// Age of the key, where the service told.
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
    /// One fault of all, for which no environment can be reached.
    pub outage: Option<Outage>,
    /// Time since which the service refuses every key that it accepted before: one fault of the service.
    pub all_refused_since: Option<Timestamp>,
    /// True where it is known of each refused key whether it is refused alone.
    pub are_refusals_known: bool,
    /// True while the operator pauses timed polls.
    pub paused: bool,
    /// Error of the history, for which nothing can be stored.
    pub history_error: Option<HistoryErrorDetails>,
    /// The alerts of this machine that were told and are not over.
    pub alerts: Vec<AlertSnapshot>,
}

/// One fault for which no environment can be reached.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Outage {
    /// Error of the newest failed request, and by whose doing.
    pub cause: RequestError,
    /// Time since which the first environment has not been reached.
    pub since: Timestamp,
}

impl Outage {
    /// True where nothing at all can be reached from this machine.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.cause.is_offline()
    }

    /// True for a failure that is the same fault.
    #[must_use]
    pub fn explains(&self, failure: &PollError) -> bool {
        self.cause == *failure.cause || (self.is_offline() && failure.cause.is_offline())
    }
}

impl Snapshot {
    /// Severity of an outage: critical once one of the environments that can't be reached has no fresh sample.
    #[must_use]
    pub fn outage_severity(&self) -> Severity {
        let cut_off = self.environments.iter().filter(|environment| environment.status == Status::Unreachable);
        cut_off.map(|environment| environment.status.severity(environment.fresh)).max().unwrap_or(Severity::Warning)
    }

    /// True once the service answered some key since another was lost first, and was not lost with that one since.
    #[must_use]
    pub fn has_service_answered(&self) -> bool {
        let lost = self.environments.iter().filter_map(|environment| environment.unreachable_since).min();
        let heard = self.environments.iter().filter(|environment| environment.unreachable_since.is_none());
        heard.filter_map(|environment| environment.last_answer_at).any(|heard| lost.is_none_or(|lost| heard > lost))
    }

    /// True where it is known of each environment which key it has, if any. Where only some were asked for, the keys of
    /// the others are not known.
    #[must_use]
    pub fn are_keys_known(&self) -> bool {
        let is_known =
            |environment: &EnvironmentSnapshot| environment.key.is_some() || environment.status == Status::NoKey;
        self.environments.iter().all(|environment| !environment.requested && is_known(environment))
    }

    /// The alerts of the environment and of this machine.
    #[must_use = "iterators are lazy"]
    pub fn alerts_of<'a>(&'a self, environment: &'a EnvironmentSnapshot) -> impl Iterator<Item = &'a AlertSnapshot> {
        environment.alerts.iter().chain(&self.alerts)
    }

    /// True where an alert of the environment, or of this machine, is acknowledged by nobody.
    #[must_use]
    pub fn can_acknowledge(&self, environment: &EnvironmentSnapshot) -> bool {
        self.alerts_of(environment).any(|alert| alert.acknowledged.is_none())
    }
}
