//! One line of the debug log for each input and each effect: its kind and its subject, never a key or a sentence.

use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::monitor::effect::Effect;
use crate::monitor::input::Input;
use crate::monitor::usage::{UsageEffect, UsageInput};

/// Subject of an input or effect.
enum TracedSubject<'a> {
    Environment(&'a EnvironmentName),
    Key(Fingerprint),
    All,
}

/// Logs an input of the monitor.
pub(super) fn input(input: &Input) {
    let subject = match input {
        Input::KeyLoaded { environment, .. }
        | Input::RotationLoaded { environment, .. }
        | Input::RefreshRequested(environment)
        | Input::RotationSnoozed(environment)
        | Input::AcknowledgementRequested(environment, _)
        | Input::Usage(UsageInput::Opened(Some(environment))) => TracedSubject::Environment(environment),
        Input::KeyHistoryLoaded { fingerprint, .. }
        | Input::BalancesLoaded { fingerprint, .. }
        | Input::Polled { fingerprint, .. }
        | Input::Usage(
            UsageInput::Loaded { fingerprint, .. }
            | UsageInput::Read { fingerprint, .. }
            | UsageInput::Stored { fingerprint, .. },
        ) => TracedSubject::Key(*fingerprint),
        _ => TracedSubject::All,
    };
    log("input", input.into(), &subject);
}

/// Logs an effect that the monitor asks for.
pub(super) fn effect(effect: &Effect) {
    let subject = match effect {
        Effect::LoadKey(environment, _) => TracedSubject::Environment(environment),
        Effect::EraseRevokedKey(key) => TracedSubject::Environment(&key.rotation().environment),
        Effect::LoadKeyHistory(fingerprint)
        | Effect::LoadBalances(fingerprint)
        | Effect::Poll { fingerprint, .. }
        | Effect::Observe { fingerprint, .. }
        | Effect::StoreSample { fingerprint, .. }
        | Effect::StoreVerdict { fingerprint, .. }
        | Effect::StoreSnooze { fingerprint, .. }
        | Effect::Usage(
            UsageEffect::Load(fingerprint)
            | UsageEffect::Read { fingerprint, .. }
            | UsageEffect::Store { fingerprint, .. },
        ) => TracedSubject::Key(*fingerprint),
        _ => TracedSubject::All,
    };
    log("effect", effect.into(), &subject);
}

fn log(what: &str, kind: &str, subject: &TracedSubject<'_>) {
    match subject {
        TracedSubject::Environment(environment) => tracing::debug!(kind, %environment, "{what}"),
        TracedSubject::Key(fingerprint) => tracing::debug!(kind, %fingerprint, "{what}"),
        TracedSubject::All => tracing::debug!(kind, "{what}"),
    }
}
