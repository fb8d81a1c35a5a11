//! When the history is asked for balances, and what is made of them.

use std::sync::Arc;

use jiff::SignedDuration;

use super::effect::Effect;
use super::model::{EnvironmentState, Monitor};
use crate::domain::api_key::Fingerprint;
use crate::domain::forecast::Forecast;
use crate::domain::sample::CreditsPoint;
use crate::domain::time::Now;

/// Least time between two forecasts that are made with samples.
const FORECAST_GAP: SignedDuration = SignedDuration::from_mins(5);

impl Monitor {
    /// Asks for the balances of a key in use, unless that was done a few minutes ago.
    pub(super) fn ask_for_balances(&mut self, fingerprint: Fingerprint, now: &Now, effects: &mut Vec<Effect>) {
        let is_in_use = self.environments.iter().any(|state| state.slot.fingerprint() == Some(fingerprint));
        let Some(key) = self.keys.get_mut(&fingerprint).filter(|_| is_in_use) else { return };
        if key.balances_asked_at.is_none_or(|asked| now.elapsed - asked >= FORECAST_GAP) {
            key.balances_asked_at = Some(now.elapsed);
            effects.push(Effect::LoadBalances(fingerprint));
        }
    }

    /// Drops what the balances of a key told, which something that was seen just now contradicts, and asks for them at once.
    pub(super) fn refresh_forecast(&mut self, fingerprint: Fingerprint, now: &Now, effects: &mut Vec<Effect>) {
        let holders = self.environments.iter_mut().filter(|state| state.slot.fingerprint() == Some(fingerprint));
        holders.for_each(|state| state.forecast = None);
        if let Some(key) = self.keys.get_mut(&fingerprint) {
            key.balances_asked_at = None;
        }
        self.ask_for_balances(fingerprint, now, effects);
    }

    /// Makes the forecasts of the environments that hold a key. They stay as they were where the history could not
    /// answer.
    pub(super) fn balances_loaded(&mut self, fingerprint: Fingerprint, points: Option<Vec<CreditsPoint>>, now: &Now) {
        let sample = self.keys.get(&fingerprint).and_then(|key| key.sample.as_ref());
        let Some((mut points, sample)) = points.zip(sample) else { return };
        // It may not be stored yet.
        if points.last().is_none_or(|last| last.at.as_millisecond() < sample.at.as_millisecond()) {
            points.push(sample.into());
        }
        let is_held = |state: &&mut EnvironmentState| state.slot.fingerprint() == Some(fingerprint);
        for state in self.environments.iter_mut().filter(is_held) {
            let reset_day = state.watched.thresholds.reset_day;
            let forecast = Forecast::new(&points, reset_day, now.wall);
            state.forecast = forecast.map(|forecast| (fingerprint, Arc::new(forecast)));
        }
    }
}
