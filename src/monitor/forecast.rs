//! Forecasts of the environments' credits: when the history is asked for balances, and what is made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::scheduler::Scheduler;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::forecast::Forecast;
use crate::domain::sample::CreditsPoint;
use crate::domain::time::{Elapsed, Now};

/// Least time between two requests for the balances of a key.
const FORECAST_GAP: SignedDuration = SignedDuration::from_mins(5);

/// The forecasts, and when their balances were asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecasts {
    /// Last request for the balances of a key after a poll, on the elapsed clock.
    asked_at: BTreeMap<Fingerprint, Elapsed>,
    /// Forecast of each environment, with the key whose balances it is made of.
    made: BTreeMap<EnvironmentName, (Fingerprint, Arc<Forecast>)>,
}

impl Forecasts {
    /// True when the balances of a key in use are to be loaded: the last request is a few minutes old. Notes the request.
    pub(super) fn ask(&mut self, key: Fingerprint, now: &Now) -> bool {
        let is_due = self.asked_at.get(&key).is_none_or(|asked| now.elapsed - *asked >= FORECAST_GAP);
        if is_due {
            self.asked_at.insert(key, now.elapsed);
        }
        is_due
    }

    /// Drops the forecasts of a key, which something that was seen just now contradicts; the next request is due at once.
    pub(super) fn invalidate(&mut self, key: Fingerprint) {
        self.made.retain(|_, (of, _)| *of != key);
        self.asked_at.remove(&key);
    }

    /// Forgets the requests for keys that are held no more.
    pub(super) fn retain(&mut self, is_held: impl Fn(&Fingerprint) -> bool) {
        self.asked_at.retain(|key, _| is_held(key));
    }

    /// Makes the forecasts of the environments that use a key, each with its configured day of the reset, from balances and
    /// the newest sample, which may not be stored yet.
    pub(super) fn loaded(
        &mut self,
        key: Fingerprint,
        points: Option<Vec<CreditsPoint>>,
        scheduler: &mut Scheduler,
        now: &Now,
    ) {
        let sample = scheduler.keys.get(&key).and_then(|key| key.sample.as_ref());
        let Some((mut points, sample)) = points.zip(sample) else { return };
        if points.last().is_none_or(|last| last.at.as_millisecond() < sample.at.as_millisecond()) {
            points.push(sample.into());
        }
        for state in scheduler.users_of(key) {
            match Forecast::new(&points, state.watched.thresholds.reset_day, now.wall) {
                Some(forecast) => _ = self.made.insert(state.name().clone(), (key, Arc::new(forecast))),
                None => _ = self.made.remove(state.name()),
            }
        }
        scheduler.touch(key);
    }

    /// The forecast of an environment, if it is made of the balances of its key in use.
    pub(super) fn of(&self, environment: &EnvironmentName, key: Option<Fingerprint>) -> Option<&Arc<Forecast>> {
        self.made.get(environment).filter(|(of, _)| key == Some(*of)).map(|(_, forecast)| forecast)
    }
}
