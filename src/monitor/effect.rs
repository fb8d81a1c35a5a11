//! Effects that the monitor asks for. Plain data: the runtime does them and reports back with an
//! [`Input`](super::input::Input).

use jiff::Timestamp;

use super::polling::backoff::Backoff;
use super::polling::key_verdict::KeyVerdict;
pub use super::polling::lease::Lease;
use super::polling::permit::PermitRequest;
use super::usage::messages::UsageEffect;
use crate::domain::alert::AlertChange;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::key_read_timeout::KeyReadTimeout;
use crate::domain::last_use::ExternalUse;
use crate::domain::log_entry::LogEntry;
use crate::domain::rotation::RevokedKey;
use crate::domain::sample::Sample;

/// Something to do.
#[derive(Clone, Debug, PartialEq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Effect {
    /// Ask the sources for the environment's key, a command of it with such timeout, and the journal for its
    /// rotation.
    LoadKey(EnvironmentName, KeyReadTimeout),
    /// Ask the history what it knows of a key.
    LoadKeyHistory(Fingerprint),
    /// Ask the history for the balances of a key's account, for the forecast.
    LoadBalances(Fingerprint),
    /// Take a permit for a call, then ask the service.
    Poll {
        /// Key to ask with.
        fingerprint: Fingerprint,
        /// Told again in the answer; a later number makes an earlier answer stale.
        sequence: u64,
        /// Permit to ask for first.
        permit: PermitRequest,
    },
    /// Ask the history what another process was answered with a key that is not known here, and whether one polls it.
    Observe {
        /// Key in question.
        fingerprint: Fingerprint,
        /// Told again in the answer.
        sequence: u64,
    },
    /// Store a sample, until retention prunes it, and that the key is fine.
    StoreSample {
        /// Key of the sample.
        fingerprint: Fingerprint,
        /// Sample to keep.
        sample: Box<Sample>,
        /// The last use by others, as far as it is known now.
        others_use: Option<ExternalUse>,
        /// Wait of the next timed poll, beside its interval.
        backoff: Option<Backoff>,
    },
    /// Keep how a key stands after a call that brought no sample.
    StoreVerdict {
        /// Key of the verdict.
        fingerprint: Fingerprint,
        /// State of the key after the call.
        verdict: Box<KeyVerdict>,
    },
    /// Ask the history for the newest lines of the event log.
    LoadEvents,
    /// Keep lines of the event log.
    StoreEvents(Vec<LogEntry>),
    /// Keep until when the reminder that rotation is due soon is put off.
    StoreSnooze {
        /// Key of the reminder.
        fingerprint: Fingerprint,
        /// End of the snooze.
        until: Timestamp,
    },
    /// Erase the old key of a rotation, which is dead.
    EraseRevokedKey(Box<RevokedKey>),
    /// Something for the activity of a key.
    Usage(UsageEffect),
    /// Ask the history which alerts were told and are not over.
    LoadAlerts,
    /// Keep what an alert became, and tell what is to be told of it.
    StoreAlert(Box<AlertChange>),
}
