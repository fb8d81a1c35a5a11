//! What the monitor wants done. Plain data: the runtime does it and reports back with an
//! [`Input`](super::input::Input).

use jiff::{SignedDuration, Timestamp};

use super::key_verdict::{Backoff, KeyVerdict};
use super::quota::PermitRequest;
use super::usage::UsageEffect;
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
    /// Ask the sources for the environment's key, a command of it with such patience, and the journal for its
    /// rotation.
    LoadKey(EnvironmentName, KeyReadTimeout),
    /// Ask the history what it knows of a key.
    LoadKeyHistory(Fingerprint),
    /// Ask the history for the balances of a key's account, for the forecast.
    LoadBalances(Fingerprint),
    /// Take leave for a call, then ask the service.
    Poll {
        /// With which key.
        fingerprint: Fingerprint,
        /// Told again in the answer; a later number makes an earlier answer stale.
        sequence: u64,
        /// The leave to ask for first.
        permit: PermitRequest,
    },
    /// Keep a sample for ever, and that the key is fine.
    StoreSample {
        /// Of which key.
        fingerprint: Fingerprint,
        /// What to keep.
        sample: Box<Sample>,
        /// The last use by others, as far as it is known now.
        others_use: Option<ExternalUse>,
        /// What the next timed poll waits for, beside its interval.
        backoff: Option<Backoff>,
    },
    /// Keep how a key stands after a call that brought no sample.
    StoreVerdict {
        /// Which key.
        fingerprint: Fingerprint,
        /// How it stands.
        verdict: Box<KeyVerdict>,
    },
    /// Ask the history for the newest lines of the event log.
    LoadEvents,
    /// Keep lines of the event log.
    StoreEvents(Vec<LogEntry>),
    /// Keep until when the reminder that rotation is due soon is put off.
    StoreSnooze {
        /// For which key.
        fingerprint: Fingerprint,
        /// Until when.
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

/// How one of several processes polls a key for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// For so long the others leave timed polls to this process.
    pub duration: SignedDuration,
    /// Whether the poll is left to another process that holds a lease.
    pub yields: bool,
}
