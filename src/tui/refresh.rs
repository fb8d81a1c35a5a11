//! The answer to a refresh: each environment is compared with how it was when the operator asked.

use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};

use super::notice::ScreenNotice;
use super::view_context::ViewContext;
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Severity;
use crate::domain::time::Elapsed;
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason, Snapshot};
use crate::wording::sentences::{RefreshState, all_refreshed, refreshed};

/// Time for which the answer is told.
const TOLD_FOR: SignedDuration = SignedDuration::from_mins(1);
/// A poll that is put off by less is as good as under way: two calls with a key are a moment apart.
const SOON: SignedDuration = SignedDuration::from_secs(5);

/// A refresh that was asked for.
#[derive(Debug)]
pub(super) struct Refresh {
    asked: Vec<AskedEnvironment>,
}

/// An environment as it was when the operator asked.
#[derive(Debug)]
struct AskedEnvironment {
    /// Its place in the snapshot.
    place: usize,
    name: EnvironmentName,
    polled_at: Option<Timestamp>,
    failed_at: Option<Elapsed>,
}

impl Refresh {
    /// Refresh of the environments of some names that have a key; `None` where none has.
    pub(super) fn of(snapshot: &Snapshot, is_asked: impl Fn(&EnvironmentName) -> bool) -> Option<Self> {
        let asked = snapshot.environments.iter().enumerate().filter(|(_, one)| one.key.is_some());
        let asked = asked.filter(|(_, one)| is_asked(&one.environment.name));
        let asked = asked.map(|(place, one)| AskedEnvironment {
            place,
            name: one.environment.name.clone(),
            polled_at: one.polled_at,
            failed_at: one.failed_at,
        });
        Some(Self { asked: asked.collect() }).filter(|refresh| !refresh.asked.is_empty())
    }

    /// What has come of it; `None` once that was told for a while.
    pub(super) fn notice(&self, context: &ViewContext<'_>) -> Option<ScreenNotice> {
        let ones: Vec<_> = self.asked.iter().filter_map(|asked| asked.now(context)).collect();
        let is_over = ones.iter().all(|(environment, state)| {
            let end = match state {
                RefreshState::Read => environment.polled_at,
                RefreshState::Failed => environment.failure_seen_at,
                RefreshState::Reading | RefreshState::Held => None,
            };
            end.is_some_and(|end| context.now.duration_since(end) >= TOLD_FOR)
        });
        if is_over {
            return None;
        }
        let text = match ones.as_slice() {
            [(environment, state)] if self.asked.len() == 1 => {
                refreshed(environment, *state, context.now, context.zone)
            }
            ones => all_refreshed(ones, context.now, context.zone),
        };
        let is_failed = ones.iter().any(|(_, state)| *state == RefreshState::Failed);
        Some(ScreenNotice { severity: if is_failed { Severity::Warning } else { Severity::Ok }, text })
    }
}

impl AskedEnvironment {
    /// The environment as it is now, and the state of its refresh; `None` where it has lost its key.
    fn now<'a>(&self, context: &ViewContext<'a>) -> Option<(&'a EnvironmentSnapshot, RefreshState)> {
        let one = context.snapshot.environments.get(self.place).map(Deref::deref);
        let one = one.filter(|one| one.environment.name == self.name && one.key.is_some())?;
        let is_soon = match (one.next_poll.reason, one.next_poll.at) {
            (PollReason::Refresh | PollReason::First, Some(at)) => at.duration_since(context.now) < SOON,
            (PollReason::First, None) => true,
            _ => false,
        };
        let state = if one.poll_failure.is_some() && one.failed_at != self.failed_at {
            RefreshState::Failed
        } else if one.polled_at != self.polled_at {
            RefreshState::Read
        } else if one.polling || is_soon {
            RefreshState::Reading
        } else {
            RefreshState::Held
        };
        Some((one, state))
    }
}
