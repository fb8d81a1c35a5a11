//! The answer to a refresh in words: what came of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::names::environment_name;
use super::writer::SentenceWriter;
use crate::domain::error::{PollError, PollErrorKind};
use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason};
use crate::wording::{format, key_errors, times};

/// Names of environments that are told one by one.
const NAMED_MAX: usize = 3;

/// State of a refresh that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshState {
    /// The poll is under way, or begins within seconds.
    Reading,
    /// It brought a sample.
    Read,
    /// It brought none.
    Failed,
    /// It has to wait.
    Held,
}

/// `looking for PROD's key…`
#[must_use]
pub fn looking_for_key(environment: &EnvironmentSnapshot) -> String {
    format!("looking for {}'s key…", environment_name(&environment.environment.name))
}

/// `PROD: still no key`, or why it can't be had.
#[must_use]
pub fn no_key_found(environment: &EnvironmentSnapshot) -> String {
    let name = environment_name(&environment.environment.name);
    match &environment.key_failure {
        Some(failure) if environment.status == Status::KeyUnavailable => {
            format!("{name}: still no key, {}", key_errors::brief(failure))
        }
        _ => format!("{name}: still no key"),
    }
}

/// `reading PROD…`, `PROD: 34,736 credits, read now`, `PROD: 429, paused until 18:48`.
#[must_use]
pub fn refreshed(environment: &EnvironmentSnapshot, state: RefreshState, now: Timestamp, zone: &TimeZone) -> String {
    let name = environment_name(&environment.environment.name);
    let writer = SentenceWriter { environment, now, zone };
    match state {
        RefreshState::Reading => format!("reading {name}…"),
        RefreshState::Read => format!("{name}: {}", writer.read()),
        RefreshState::Failed => format!("{name}: {}", writer.not_read()),
        RefreshState::Held => format!("{name}: {}", writer.held_back()),
    }
}

/// The same of several environments: `reading 3 environments…`, `3 read`, `2 read, 1 failed: staging: 429, paused until
/// 18:48`.
#[must_use]
pub fn all_refreshed(
    refreshed_ones: &[(&EnvironmentSnapshot, RefreshState)],
    now: Timestamp,
    zone: &TimeZone,
) -> String {
    let count = |number: usize| format::count(u64::try_from(number).unwrap_or(u64::MAX));
    let of = |state| refreshed_ones.iter().filter(move |(_, one)| *one == state).map(|(environment, _)| *environment);
    if of(RefreshState::Reading).next().is_some() {
        return format!("reading {} environments…", count(refreshed_ones.len()));
    }
    let others =
        [(RefreshState::Failed, "failed"), (RefreshState::Held, "not now")].into_iter().filter_map(|(state, word)| {
            let ones: Vec<_> = of(state).collect();
            let names =
                || ones.iter().take(NAMED_MAX).map(|one| environment_name(&one.environment.name)).collect::<Vec<_>>();
            let which = match ones.len() {
                0 => return None,
                1 => refreshed(ones[0], state, now, zone),
                number if number > NAMED_MAX => {
                    format!("{} and {} more", names().join(", "), count(number - NAMED_MAX))
                }
                _ => names().join(", "),
            };
            Some(format!("{} {word}: {which}", count(ones.len())))
        });
    let read = of(RefreshState::Read).count();
    let read = (read > 0).then(|| format!("{} read", count(read)));
    read.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

impl SentenceWriter<'_> {
    fn read(&self) -> String {
        let ago = self.environment.polled_at.map(|at| times::ago(at, self.now)).unwrap_or_default();
        let credits = self.environment.account.as_ref().map(|account| account.credits_remaining);
        credits.map_or_else(
            || format!("read {ago}"),
            |credits| format!("{} credits, read {ago}", format::credits(credits)),
        )
    }

    fn not_read(&self) -> String {
        let kind = self.environment.poll_failure.as_ref().map(PollError::kind);
        match (kind, self.environment.next_poll.reason) {
            (Some(PollErrorKind::RateLimited), _) => self.paused(),
            (_, PollReason::Confirmation) => self.held_back(),
            _ => self.then(&self.failure("no answer"), "retrying at"),
        }
    }

    fn held_back(&self) -> String {
        if self.environment.next_poll.reason == PollReason::RateLimited {
            return self.paused();
        }
        self.next_poll().map_or_else(|| self.then("not now", "next read at"), |sentence| sentence.text)
    }

    fn paused(&self) -> String {
        match self.environment.next_poll.at {
            Some(at) => format!("429, paused until {}", self.moment(at)),
            None => "429, too many requests".to_owned(),
        }
    }
}
