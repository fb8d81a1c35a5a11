//! One alert: pending while its condition holds, firing once it has for long enough, then resolved.

use jiff::{SignedDuration, Timestamp};

use super::acknowledgement::AcknowledgementChange;
use super::context::AlertContext;
use super::rule::RuleResult;
use crate::domain::alert::{
    Acknowledgement, AlertChange, AlertRecord, AlertWriteOutcome, Condition, Notification, NotificationContent,
    Observation, ResolvedReason, Since,
};
use crate::domain::environment::Environment;
use crate::domain::status::{Severity, Status};
use crate::domain::time::{Elapsed, Now};

/// Time after which a condition is checked again that may be one of all environments.
const UNDECIDED: SignedDuration = SignedDuration::from_secs(30);

/// The alert of one environment and family of conditions.
#[derive(Clone, Debug, Default)]
pub(super) struct Alert {
    /// The version that is kept; 0 where none is.
    version: u64,
    /// The conditions that hold.
    pending: Vec<PendingCondition>,
    /// The notification that was sent and is not over.
    firing: Option<FiringAlert>,
    /// Time since which the firing condition does not hold any more.
    clearing: Option<Elapsed>,
    /// A change that is being kept.
    storing: Option<AlertRecord>,
    /// Change of the acknowledgement that is to be kept next.
    acknowledging: Option<AcknowledgementChange>,
    /// That which is being kept.
    storing_acknowledgement: Option<AcknowledgementChange>,
}

/// A condition that holds.
#[derive(Clone, Copy, Debug)]
struct PendingCondition {
    condition: Condition,
    /// Time at which it was noticed here, or from which it has to hold anew.
    noticed: Now,
    /// Beginning of the condition.
    since: Since,
}

/// An alert that was told and is not over.
#[derive(Clone, Debug)]
pub(super) struct FiringAlert {
    pub condition: Condition,
    pub severity: Severity,
    /// Time at which a condition of its family was first noticed.
    pub began: Now,
    pub since: Since,
    /// The same on the elapsed clock.
    pub since_elapsed: Elapsed,
    /// Time of its last notification.
    pub notified: Now,
    pub acknowledged: Option<Acknowledgement>,
}

impl Alert {
    /// The firing alert.
    pub(super) fn firing(&self) -> Option<&FiringAlert> {
        self.firing.as_ref()
    }

    /// True when there is nothing to remember of it.
    pub(super) fn is_blank(&self) -> bool {
        let Self { version, pending, firing, clearing, storing, acknowledging, storing_acknowledgement: _ } = self;
        *version == 0
            && pending.is_empty()
            && firing.is_none()
            && clearing.is_none()
            && storing.is_none()
            && acknowledging.is_none()
    }

    /// Counts anew how long things have held: nobody looked for a while.
    pub(super) fn restart(&mut self, now: &Now) {
        self.pending.iter_mut().for_each(|held| held.noticed = *now);
        self.clearing = self.clearing.map(|_| now.elapsed);
    }

    /// Notes who has seen the alert; tells what it is about, unless that changes nothing.
    pub(super) fn acknowledge(&mut self, change: &AcknowledgementChange) -> Option<Condition> {
        let acknowledged = change.acknowledgement();
        let firing = self.firing.as_mut().filter(|firing| firing.acknowledged.is_some() != acknowledged.is_some())?;
        firing.acknowledged = acknowledged.cloned();
        self.acknowledging = Some(change.clone());
        Some(firing.condition)
    }

    /// Takes in what is judged of the conditions, the mildest first, and decides what is to be told.
    pub(super) fn advance(
        &mut self,
        results: &[(Condition, RuleResult)],
        context: &AlertContext<'_>,
    ) -> Option<AlertChange> {
        self.keep_time(results, context);
        if self.storing.is_some() {
            return None;
        }
        let change = self
            .close_if_dropped(results, context)
            .or_else(|| self.fire(results, context))
            .or_else(|| self.resolve(results, context))
            .or_else(|| self.remind(results, context))
            .or_else(|| self.keep_acknowledgement(context))?;
        self.storing = Some(change.record.clone());
        Some(change)
    }

    fn keep_time(&mut self, results: &[(Condition, RuleResult)], context: &AlertContext<'_>) {
        for (condition, result) in results.iter().copied() {
            let known = self.held_since(condition).is_some();
            match result {
                RuleResult::Holds | RuleResult::Undecided if !known => {
                    let since = context.observation(condition).since;
                    self.pending.push(PendingCondition { condition, noticed: *context.now, since });
                }
                RuleResult::Holds | RuleResult::Undecided | RuleResult::Unknown => {}
                _ => self.pending.retain(|held| held.condition != condition),
            }
        }
        self.pending.retain(|held| results.iter().any(|(condition, _)| *condition == held.condition));
        self.learn_since(results, context);
        match self.firing.as_ref().map(|firing| result_of(results, firing.condition)) {
            Some(RuleResult::Over) => self.clearing = self.clearing.or(Some(context.now.elapsed)),
            Some(RuleResult::Unknown | RuleResult::Inhibited) => {}
            _ => self.clearing = None,
        }
    }

    /// Takes over since when it is so that an earlier version, or another process, told as seen for the first time.
    fn learn_since(&mut self, results: &[(Condition, RuleResult)], context: &AlertContext<'_>) {
        let Some(firing) = &mut self.firing else { return };
        if matches!(firing.since, Since::Fact(_)) || result_of(results, firing.condition) != RuleResult::Holds {
            return;
        }
        let since = context.observation(firing.condition).since;
        if matches!(since, Since::Fact(at) if at <= firing.since.at()) {
            firing.since = since;
            firing.since_elapsed = context.now.elapsed_at(since.at());
        }
    }

    /// Ends what is of no interest any more: without a word, as the operator put it off or another alert says it; but
    /// what is muted is resolved, for whoever was told of it elsewhere.
    fn close_if_dropped(
        &mut self,
        results: &[(Condition, RuleResult)],
        context: &AlertContext<'_>,
    ) -> Option<AlertChange> {
        let firing = self.firing.as_ref()?;
        let is_moot = result_of(results, firing.condition) == RuleResult::Dropped;
        if !is_moot || !context.may_tell(firing.severity) {
            return None;
        }
        let firing = self.firing.take()?;
        self.acknowledging = None;
        let is_muted = level_of(results, firing.condition).is_none();
        let notification = is_muted.then(|| resolved(&firing, ResolvedReason::Muted, None, context));
        Some(AlertChange { record: self.record(&firing, true, context), notification })
    }

    /// Tells the worst of what has held for long enough, if nothing as bad was told.
    fn fire(&mut self, results: &[(Condition, RuleResult)], context: &AlertContext<'_>) -> Option<AlertChange> {
        let firing_level = self.firing.as_ref().and_then(|firing| level_of(results, firing.condition));
        let worse =
            results.iter().enumerate().rev().filter(|(level, _)| firing_level.is_none_or(|firing| *level > firing));
        let ripe = worse.filter_map(|(_, (condition, result))| {
            let held = self.held_since(*condition)?;
            let severity = context.severity(*condition);
            let has_lasted = context.has_lasted(held.noticed.elapsed);
            let is_ripe = *result == RuleResult::Holds && has_lasted && context.may_tell(severity);
            is_ripe.then_some((held, severity))
        });
        let (PendingCondition { condition, noticed, since }, severity) = ripe.into_iter().next()?;
        let first = self.pending.iter().map(|held| held.noticed).min_by_key(|noticed| noticed.elapsed);
        let began = self.firing.as_ref().map(|firing| firing.began).or(first).unwrap_or(noticed);
        let since_elapsed = context.now.elapsed_at(since.at());
        let notified = *context.now;
        let firing = FiringAlert { condition, severity, began, since, since_elapsed, notified, acknowledged: None };
        let news = NotificationContent::Raised(Observation { since, ..context.observation(condition) });
        let notification = context.notification(severity, news);
        self.clearing = None;
        self.acknowledging = None;
        let record = self.record(&firing, false, context);
        self.firing = Some(firing);
        Some(AlertChange { record, notification: Some(notification) })
    }

    /// Tells that what was told is over, and what milder of its family goes on.
    fn resolve(&mut self, results: &[(Condition, RuleResult)], context: &AlertContext<'_>) -> Option<AlertChange> {
        let over_since = self.clearing?;
        let firing = self.firing.as_ref()?;
        let is_over = result_of(results, firing.condition) == RuleResult::Over;
        let has_lasted = context.is_final(firing.condition) || context.has_lasted(over_since);
        if !is_over || !has_lasted || !context.may_tell(firing.severity) {
            return None;
        }
        let firing = self.firing.take()?;
        self.clearing = None;
        self.acknowledging = None;
        let mut milder =
            results.iter().rev().filter(|(_, result)| matches!(result, RuleResult::Holds | RuleResult::Hysteresis));
        let rest = milder.next().map(|(condition, _)| self.rest(*condition, &firing, context));
        let lasted = over_since - firing.since_elapsed;
        let end = match context.environment.is_some_and(|environment| environment.status == Status::NoKey) {
            true if context.had_key => ResolvedReason::KeyRemoved(lasted),
            true => ResolvedReason::NoKey(lasted),
            false => ResolvedReason::Over(lasted),
        };
        let notification = resolved(&firing, end, rest.clone(), context);
        let record = match rest {
            None => self.record(&firing, true, context),
            Some(Observation { condition, since, .. }) => {
                let severity = context.severity(condition);
                let since_elapsed = context.now.elapsed_at(since.at());
                let (notified, acknowledged) = (*context.now, None);
                let rest = FiringAlert { condition, severity, since, since_elapsed, notified, acknowledged, ..firing };
                let record = self.record(&rest, false, context);
                self.firing = Some(rest);
                record
            }
        };
        Some(AlertChange { record, notification: Some(notification) })
    }

    /// Tells again what still holds: from time to time, and at once when it became critical; but a fault of all environments,
    /// which is told as such from the start, from time to time alone.
    fn remind(&mut self, results: &[(Condition, RuleResult)], context: &AlertContext<'_>) -> Option<AlertChange> {
        let firing = self.firing.as_mut()?;
        if !matches!(result_of(results, firing.condition), RuleResult::Holds | RuleResult::Hysteresis) {
            return None;
        }
        let severity = context.severity(firing.condition);
        let became_worse = severity > firing.severity && !firing.condition.is_of_all();
        let is_due =
            context.rules.remind_after.is_some_and(|after| context.now.elapsed - firing.notified.elapsed >= after);
        let is_wanted = became_worse || (is_due && firing.acknowledged.is_none());
        if !is_wanted || !context.may_tell(severity) {
            return None;
        }
        if became_worse {
            firing.acknowledged = None;
            self.acknowledging = None;
        }
        firing.severity = severity;
        firing.notified = *context.now;
        let firing = firing.clone();
        let observation = Observation { since: firing.since, ..context.observation(firing.condition) };
        let news = NotificationContent::Reminder(observation, context.now.elapsed - firing.since_elapsed);
        let notification = context.notification(firing.severity, news);
        Some(AlertChange { record: self.record(&firing, false, context), notification: Some(notification) })
    }

    fn keep_acknowledgement(&mut self, context: &AlertContext<'_>) -> Option<AlertChange> {
        let change = self.acknowledging.take()?;
        let firing = FiringAlert { acknowledged: change.acknowledgement().cloned(), ..self.firing.clone()? };
        self.storing_acknowledgement = Some(change);
        Some(AlertChange { record: self.record(&firing, false, context), notification: None })
    }

    fn record(&self, firing: &FiringAlert, is_over: bool, context: &AlertContext<'_>) -> AlertRecord {
        AlertRecord {
            environment: context.subject().map(|environment| environment.name.clone()),
            condition: firing.condition,
            version: self.version + 1,
            is_resolved: is_over,
            severity: firing.severity,
            began_at: firing.began.wall,
            since: firing.since,
            notified_at: firing.notified.wall,
            acknowledged: firing.acknowledged.clone(),
        }
    }

    /// Takes in what came of keeping a change. Where another process was faster, what it kept is taken over, and what
    /// still speaks against it has to hold anew.
    pub(super) fn stored(&mut self, outcome: AlertWriteOutcome, now: &Now) {
        let Some(sent) = self.storing.take() else { return };
        let sent_acknowledgement = self.storing_acknowledgement.take();
        match outcome {
            AlertWriteOutcome::Stored => self.version = sent.version,
            AlertWriteOutcome::NotStored => {}
            AlertWriteOutcome::VersionConflict(record) => {
                let wanted = self.acknowledging.take().or(sent_acknowledgement);
                let wanted = wanted.or(sent.acknowledged.map(AcknowledgementChange::Given));
                let is_as_seen = !sent.is_resolved && sent.condition == record.condition;
                self.adopt(&record, now);
                self.pending.clear();
                self.clearing = None;
                if let Some(change) = wanted.filter(|_| is_as_seen) {
                    self.acknowledge(&change);
                }
            }
        }
    }

    /// Takes over what is kept. What was told in the future was told now: the clock was set back since.
    pub(super) fn adopt(&mut self, record: &AlertRecord, now: &Now) {
        let moment = |wall: Timestamp| Now { wall, elapsed: now.elapsed_at(wall) };
        self.version = record.version;
        self.acknowledging = None;
        self.firing = (!record.is_resolved).then(|| FiringAlert {
            condition: record.condition,
            severity: record.severity,
            began: moment(record.began_at),
            since: record.since,
            since_elapsed: now.elapsed_at(record.since.at()),
            notified: moment(record.notified_at),
            acknowledged: record.acknowledged.clone(),
        });
    }

    /// Takes over who took note of the alert and when it was told last, if it is still the same.
    pub(super) fn refresh(&mut self, record: &AlertRecord, now: &Now) {
        let is_same = self.firing.as_ref().is_some_and(|firing| firing.condition == record.condition);
        let is_free = self.storing.is_none() && self.acknowledging.is_none();
        if is_same && is_free && !record.is_resolved && record.version > self.version {
            self.adopt(record, now);
        }
    }

    /// Time of the next evaluation, on the elapsed clock.
    pub(super) fn due(&self, results: &[(Condition, RuleResult)], context: &AlertContext<'_>) -> Option<Elapsed> {
        if self.storing.is_some() {
            return None;
        }
        let now = context.now.elapsed;
        let firing_level = self.firing.as_ref().and_then(|firing| level_of(results, firing.condition));
        let is_worse = |condition: Condition| level_of(results, condition) > firing_level;
        let untold = self.pending.iter().filter(|held| is_worse(held.condition)).map(|held| held.noticed.elapsed);
        let ripe = untold.chain(self.clearing).map(|since| since + context.rules.minimum_duration);
        let unseen = self.firing.as_ref().filter(|firing| firing.acknowledged.is_none());
        let reminder = unseen.zip(context.rules.remind_after).map(|(firing, after)| firing.notified.elapsed + after);
        let quiet = context.quiet_until.map(|until| now + context.now.wall.duration_until(until));
        let due = ripe.chain(reminder).filter_map(|due| if due > now { Some(due) } else { quiet });
        let is_undecided = results.iter().any(|(_, result)| *result == RuleResult::Undecided);
        due.chain(is_undecided.then_some(now + UNDECIDED)).min()
    }

    fn held_since(&self, condition: Condition) -> Option<PendingCondition> {
        self.pending.iter().find(|held| held.condition == condition).copied()
    }

    /// Observation of the condition that goes on of a family whose worse condition is over: since it was noticed first.
    fn rest(&self, condition: Condition, firing: &FiringAlert, context: &AlertContext<'_>) -> Observation {
        let observation = context.observation(condition);
        let known = self.held_since(condition).map_or(observation.since, |held| held.since);
        let began = Since::Seen(firing.began.wall);
        let since = if began.at() < known.at() { began } else { known };
        Observation { since, ..observation }
    }
}

/// The end of an alert of an environment that is configured no more.
pub(super) fn resolve_unconfigured(record: AlertRecord, now: &Now) -> AlertChange {
    let (condition, since) = (record.condition, record.since);
    let notification = Notification {
        at: now.wall,
        environment: record.environment.clone().map(|name| Environment { name, label: None }),
        severity: Severity::Ok,
        news: NotificationContent::Resolved { condition, since, end: ResolvedReason::Unconfigured, rest: None },
    };
    let record = AlertRecord { version: record.version + 1, is_resolved: true, ..record };
    AlertChange { record, notification: Some(notification) }
}

/// A condition that is not looked at is of no interest.
fn result_of(results: &[(Condition, RuleResult)], condition: Condition) -> RuleResult {
    results.iter().find(|(level, _)| *level == condition).map_or(RuleResult::Dropped, |(_, result)| *result)
}

fn resolved(
    firing: &FiringAlert,
    end: ResolvedReason,
    rest: Option<Observation>,
    context: &AlertContext<'_>,
) -> Notification {
    let news = NotificationContent::Resolved { condition: firing.condition, since: firing.since, end, rest };
    context.notification(Severity::Ok, news)
}

fn level_of(results: &[(Condition, RuleResult)], condition: Condition) -> Option<usize> {
    results.iter().position(|(level, _)| *level == condition)
}
