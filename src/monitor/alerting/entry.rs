//! One alert: what is told of it and when.

use jiff::{SignedDuration, Timestamp};

use super::super::report::Report;
use super::verdict::{Verdict, sentence, severity, words};
use crate::domain::alert::{
    Acknowledgement, AlertChange, AlertRecord, AlertRules, Condition, Notification, Occasion, Settlement,
};
use crate::domain::environment::Environment;
use crate::domain::format;
use crate::domain::status::{Severity, Status};
use crate::domain::time::{Distance, Now};

/// What it is not known of whether it is the fault of all environments is looked at again after this.
const UNDECIDED: SignedDuration = SignedDuration::from_secs(30);

/// The alert of one environment and family of conditions.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// The version that is kept; 0 where none is.
    version: u64,
    /// The conditions that hold, and since when.
    held: Vec<(Condition, Now)>,
    /// What was told.
    raised: Option<Raised>,
    /// Since when what was told does not hold any more.
    clearing: Option<SignedDuration>,
    /// A change that is being kept.
    sent: Option<AlertRecord>,
    /// What the operator wants to be kept next.
    acknowledging: Option<Acknowledgement>,
}

/// An alert that was told and is not over.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    pub condition: Condition,
    pub severity: Severity,
    pub began: Now,
    pub since: Now,
    pub told: Now,
    pub acknowledged: Option<Acknowledgement>,
}

/// What an alert is judged by.
pub(super) struct Context<'a> {
    pub environment: Option<&'a Environment>,
    pub report: Option<&'a Report>,
    pub rules: &'a AlertRules,
    /// Until when only what is critical is told.
    pub quiet_until: Option<Timestamp>,
    /// Whether the environment had a key since the program started.
    pub had_key: bool,
    pub now: &'a Now,
}

impl Context<'_> {
    fn may_tell(&self, severity: Severity) -> bool {
        severity == Severity::Critical || self.quiet_until.is_none()
    }

    fn has_lasted(&self, since: SignedDuration) -> bool {
        self.now.elapsed - since >= self.rules.minimum_duration
    }
}

impl Entry {
    /// What was told.
    pub(super) fn raised(&self) -> Option<&Raised> {
        self.raised.as_ref()
    }

    /// Whether there is nothing to remember of it.
    pub(super) fn is_blank(&self) -> bool {
        let Self { version, held, raised, clearing, sent, acknowledging } = self;
        *version == 0
            && held.is_empty()
            && raised.is_none()
            && clearing.is_none()
            && sent.is_none()
            && acknowledging.is_none()
    }

    /// Counts anew how long things have held: nobody looked for a while.
    pub(super) fn restart(&mut self, now: &Now) {
        self.held.iter_mut().for_each(|(_, since)| *since = *now);
        self.clearing = self.clearing.map(|_| now.elapsed);
    }

    /// Notes that the operator has seen the alert; tells what it is about, unless somebody has before.
    pub(super) fn acknowledge(&mut self, acknowledgement: &Acknowledgement) -> Option<Condition> {
        let raised = self.raised.as_mut().filter(|raised| raised.acknowledged.is_none())?;
        raised.acknowledged = Some(acknowledgement.clone());
        self.acknowledging = Some(acknowledgement.clone());
        Some(raised.condition)
    }

    /// Takes in what is judged of the conditions, the mildest first, and decides what is to be told.
    pub(super) fn advance(&mut self, levels: &[(Condition, Verdict)], context: &Context<'_>) -> Option<AlertChange> {
        self.keep_time(levels, context.now);
        if self.sent.is_some() {
            return None;
        }
        let change = self
            .close_if_moot(levels, context)
            .or_else(|| self.raise(levels, context))
            .or_else(|| self.resolve(levels, context))
            .or_else(|| self.remind(levels, context))
            .or_else(|| self.keep_acknowledgement(context))?;
        self.sent = Some(change.record.clone());
        Some(change)
    }

    fn keep_time(&mut self, levels: &[(Condition, Verdict)], now: &Now) {
        for (condition, verdict) in levels {
            let known = self.held.iter().any(|(held, _)| held == condition);
            match verdict {
                Verdict::Holds | Verdict::Undecided if !known => self.held.push((*condition, *now)),
                Verdict::Holds | Verdict::Undecided | Verdict::Unknown => {}
                _ => self.held.retain(|(held, _)| held != condition),
            }
        }
        self.held.retain(|(held, _)| levels.iter().any(|(condition, _)| condition == held));
        match self.raised.as_ref().map(|raised| verdict_of(levels, raised.condition)) {
            Some(Verdict::Over) => self.clearing = self.clearing.or(Some(now.elapsed)),
            Some(Verdict::Unknown | Verdict::Explained) => {}
            _ => self.clearing = None,
        }
    }

    /// Ends what is of no interest any more: without a word, as the operator put it off or another alert says it; but
    /// what is muted is resolved, for whoever was told of it elsewhere.
    fn close_if_moot(&mut self, levels: &[(Condition, Verdict)], context: &Context<'_>) -> Option<AlertChange> {
        let raised = self.raised.as_ref()?;
        let is_moot = verdict_of(levels, raised.condition) == Verdict::Moot;
        if !is_moot || !context.may_tell(raised.severity) {
            return None;
        }
        let raised = self.raised.take()?;
        self.acknowledging = None;
        let is_muted = level_of(levels, raised.condition).is_none();
        let notification = is_muted.then(|| {
            let text = format!("{}: muted in the configuration", words(raised.condition));
            let notification = notification(&raised, Occasion::Resolved, text, context);
            Notification { severity: Severity::Ok, ..notification }
        });
        Some(AlertChange { record: self.record(&raised, true, context), notification })
    }

    /// Tells the worst of what has held for long enough, if nothing as bad was told.
    fn raise(&mut self, levels: &[(Condition, Verdict)], context: &Context<'_>) -> Option<AlertChange> {
        let told = self.raised.as_ref().and_then(|raised| level_of(levels, raised.condition));
        let worse = levels.iter().enumerate().rev().filter(|(level, _)| told.is_none_or(|told| *level > told));
        let ripe = worse.filter_map(|(_, (condition, verdict))| {
            let since = self.held_since(*condition)?;
            let severity = severity(*condition, context.report);
            let is_ripe = *verdict == Verdict::Holds && context.has_lasted(since.elapsed) && context.may_tell(severity);
            is_ripe.then_some((*condition, severity, since))
        });
        let (condition, severity, since) = ripe.into_iter().next()?;
        let first = self.held.iter().map(|(_, since)| *since).min_by_key(|since| since.elapsed);
        let began = self.raised.as_ref().map(|raised| raised.began).or(first).unwrap_or(since);
        let raised = Raised { condition, severity, began, since, told: *context.now, acknowledged: None };
        let text = sentence(condition, context.report);
        let notification = notification(&raised, Occasion::Raised, text, context);
        self.clearing = None;
        self.acknowledging = None;
        let record = self.record(&raised, false, context);
        self.raised = Some(raised);
        Some(AlertChange { record, notification: Some(notification) })
    }

    /// Tells that what was told is over, and what milder of its family goes on.
    fn resolve(&mut self, levels: &[(Condition, Verdict)], context: &Context<'_>) -> Option<AlertChange> {
        let over_since = self.clearing?;
        let raised = self.raised.as_ref()?;
        let is_over = verdict_of(levels, raised.condition) == Verdict::Over;
        if !is_over || !context.has_lasted(over_since) || !context.may_tell(raised.severity) {
            return None;
        }
        let raised = self.raised.take()?;
        self.clearing = None;
        self.acknowledging = None;
        let mut milder =
            levels.iter().rev().filter(|(_, verdict)| matches!(verdict, Verdict::Holds | Verdict::Lingers));
        let rest = milder.next().map(|(condition, _)| *condition);
        let lasted = lasted(over_since - since(&raised, context).elapsed);
        let removed = match context.report.is_some_and(|report| report.status == Status::NoKey) {
            true if context.had_key => ": the key was removed",
            true => ": no source has a key any more",
            false => "",
        };
        let mut text = format!("{}: over, after {lasted}{removed}", words(raised.condition));
        if let Some(rest) = rest {
            text = format!("{text}; {}", sentence(rest, context.report));
        }
        let notification = notification(&raised, Occasion::Resolved, text, context);
        let notification = Notification { severity: Severity::Ok, ..notification };
        let record = match rest {
            None => self.record(&raised, true, context),
            Some(condition) => {
                let severity = severity(condition, context.report);
                let since = raised.began;
                let rest = Raised { condition, severity, since, told: *context.now, acknowledged: None, ..raised };
                let record = self.record(&rest, false, context);
                self.raised = Some(rest);
                record
            }
        };
        Some(AlertChange { record, notification: Some(notification) })
    }

    /// Tells again what still holds: from time to time, and at once when it became critical.
    fn remind(&mut self, levels: &[(Condition, Verdict)], context: &Context<'_>) -> Option<AlertChange> {
        let raised = self.raised.as_mut()?;
        if !matches!(verdict_of(levels, raised.condition), Verdict::Holds | Verdict::Lingers) {
            return None;
        }
        let severity = severity(raised.condition, context.report);
        let became_worse = severity > raised.severity;
        let is_due = context.rules.remind_after.is_some_and(|after| context.now.elapsed - raised.told.elapsed >= after);
        let is_wanted = became_worse || (is_due && raised.acknowledged.is_none());
        if !is_wanted || !context.may_tell(severity) {
            return None;
        }
        if became_worse {
            raised.acknowledged = None;
            self.acknowledging = None;
        }
        raised.severity = severity;
        raised.told = *context.now;
        let raised = raised.clone();
        let held = lasted(context.now.elapsed - since(&raised, context).elapsed);
        let text = format!("{}, for {held} now", sentence(raised.condition, context.report));
        let notification = notification(&raised, Occasion::Reminder, text, context);
        Some(AlertChange { record: self.record(&raised, false, context), notification: Some(notification) })
    }

    fn keep_acknowledgement(&mut self, context: &Context<'_>) -> Option<AlertChange> {
        let acknowledged = Some(self.acknowledging.take()?);
        let raised = Raised { acknowledged, ..self.raised.clone()? };
        Some(AlertChange { record: self.record(&raised, false, context), notification: None })
    }

    fn record(&self, raised: &Raised, is_over: bool, context: &Context<'_>) -> AlertRecord {
        AlertRecord {
            environment: context.environment.map(|environment| environment.name.clone()),
            condition: raised.condition,
            version: self.version + 1,
            is_over,
            severity: raised.severity,
            began_at: raised.began.wall,
            since: raised.since.wall,
            told_at: raised.told.wall,
            acknowledged: raised.acknowledged.clone(),
        }
    }

    /// Takes in what came of keeping a change. Where another process was faster, what it kept is taken over, and what
    /// still speaks against it has to hold anew.
    pub(super) fn settle(&mut self, settlement: Settlement, now: &Now) {
        let Some(sent) = self.sent.take() else { return };
        match settlement {
            Settlement::Kept => self.version = sent.version,
            Settlement::Unstored => {}
            Settlement::Overtaken(record) => {
                let wanted = self.acknowledging.take().or(sent.acknowledged);
                let is_as_seen = !sent.is_over && sent.condition == record.condition;
                self.adopt(&record, now);
                self.held.clear();
                self.clearing = None;
                if let Some(acknowledgement) = wanted.filter(|_| is_as_seen) {
                    self.acknowledge(&acknowledgement);
                }
            }
        }
    }

    /// Takes over what is kept. What was told in the future was told now: the clock was set back since.
    pub(super) fn adopt(&mut self, record: &AlertRecord, now: &Now) {
        let moment = |wall: Timestamp| Now { wall, elapsed: now.elapsed_at(wall) };
        self.version = record.version;
        self.acknowledging = None;
        self.raised = (!record.is_over).then(|| Raised {
            condition: record.condition,
            severity: record.severity,
            began: moment(record.began_at),
            since: moment(record.since),
            told: moment(record.told_at),
            acknowledged: record.acknowledged.clone(),
        });
    }

    /// Takes over who took note of the alert and when it was told last, if it is still the same.
    pub(super) fn refresh(&mut self, record: &AlertRecord, now: &Now) {
        let is_same = self.raised.as_ref().is_some_and(|raised| raised.condition == record.condition);
        let is_free = self.sent.is_none() && self.acknowledging.is_none();
        if is_same && is_free && !record.is_over && record.version > self.version {
            self.adopt(record, now);
        }
    }

    /// When it has to be looked at next, on the elapsed clock.
    pub(super) fn due(&self, levels: &[(Condition, Verdict)], context: &Context<'_>) -> Option<SignedDuration> {
        if self.sent.is_some() {
            return None;
        }
        let now = context.now.elapsed;
        let told = self.raised.as_ref().and_then(|raised| level_of(levels, raised.condition));
        let is_worse = |condition: Condition| level_of(levels, condition) > told;
        let untold = self.held.iter().filter(|(condition, _)| is_worse(*condition)).map(|(_, since)| since.elapsed);
        let ripe = untold.chain(self.clearing).map(|since| since + context.rules.minimum_duration);
        let unseen = self.raised.as_ref().filter(|raised| raised.acknowledged.is_none());
        let reminder = unseen.zip(context.rules.remind_after).map(|(raised, after)| raised.told.elapsed + after);
        let quiet = context.quiet_until.map(|until| now + context.now.wall.duration_until(until));
        let due = ripe.chain(reminder).filter_map(|due| if due > now { Some(due) } else { quiet });
        let is_undecided = levels.iter().any(|(_, verdict)| *verdict == Verdict::Undecided);
        due.chain(is_undecided.then_some(now + UNDECIDED)).min()
    }

    fn held_since(&self, condition: Condition) -> Option<Now> {
        self.held.iter().find(|(held, _)| *held == condition).map(|(_, since)| *since)
    }
}

/// The end of an alert of an environment that is configured no more.
pub(super) fn abandon(record: AlertRecord, now: &Now) -> AlertChange {
    let name = record.environment.clone();
    let reason = match &name {
        Some(name) => format!("{name} is not in the configuration any more"),
        None => "it is not looked at any more".to_owned(),
    };
    let notification = Notification {
        at: now.wall,
        environment: name.map(|name| Environment { name, label: None }),
        condition: Some(record.condition),
        severity: Severity::Ok,
        occasion: Occasion::Resolved,
        since: record.since,
        text: format!("{}: {reason}", words(record.condition)),
    };
    let record = AlertRecord { version: record.version + 1, is_over: true, ..record };
    AlertChange { record, notification: Some(notification) }
}

/// A condition that is not looked at is of no interest.
fn verdict_of(levels: &[(Condition, Verdict)], condition: Condition) -> Verdict {
    levels.iter().find(|(level, _)| *level == condition).map_or(Verdict::Moot, |(_, verdict)| *verdict)
}

fn level_of(levels: &[(Condition, Verdict)], condition: Condition) -> Option<usize> {
    levels.iter().position(|(level, _)| *level == condition)
}

fn notification(raised: &Raised, occasion: Occasion, text: String, context: &Context<'_>) -> Notification {
    Notification {
        at: context.now.wall,
        environment: context.environment.cloned(),
        condition: Some(raised.condition),
        severity: raised.severity,
        occasion,
        since: since(raised, context).wall,
        text,
    }
}

/// Since when what was told holds: by the fact itself, or else since it was first seen.
fn since(raised: &Raised, context: &Context<'_>) -> Now {
    let fact = context.report.and_then(|report| report.since(raised.condition));
    let now = context.now;
    fact.map_or(raised.since, |wall| Now { wall, elapsed: now.elapsed - Distance::between(wall, now.wall).past() })
}

/// How long something was: `45 s`, `7 min`, `2 h`.
fn lasted(duration: SignedDuration) -> String {
    if duration.as_mins() < 1 { format::interval(duration) } else { format::age(duration) }
}
