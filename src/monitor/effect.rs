//! What the monitor wants done. Plain data: the runtime does it and reports back with an
//! [`Event`](super::event::Event).

use jiff::{SignedDuration, Timestamp};

use super::activity::ActivityEffect;
use super::leave::LeaveRequest;
use super::standing::{Look, Standing};
use crate::domain::alert::AlertChange;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::log_entry::LogEntry;
use crate::domain::patience::Patience;
use crate::domain::rotation::DeadKey;
use crate::domain::sample::Sample;
use crate::domain::usage::OthersUse;

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the sources for the environment's key, a command of it with such patience, and the journal for its
    /// rotation.
    LoadKey(EnvironmentName, Patience),
    /// Ask the history what it knows of a key.
    Recall(Fingerprint),
    /// Ask the history for the balances of a key's account, for the forecast.
    LoadBalances(Fingerprint),
    /// Take leave for a call, then ask the service.
    Poll {
        /// With which key.
        fingerprint: Fingerprint,
        /// Told again in the answer; a later number makes an earlier answer stale.
        sequence: u64,
        /// The leave to ask for first.
        leave: LeaveRequest,
    },
    /// Keep a sample for ever, and that the key is fine.
    StoreSample {
        /// Of which key.
        fingerprint: Fingerprint,
        /// What to keep.
        sample: Box<Sample>,
        /// The last use by others, as far as it is known now.
        others_use: Option<OthersUse>,
        /// What the next timed poll waits for, beside its interval.
        look: Option<Look>,
    },
    /// Keep how a key stands after a call that brought no sample.
    StoreStanding {
        /// Which key.
        fingerprint: Fingerprint,
        /// How it stands.
        standing: Box<Standing>,
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
    Bury(Box<DeadKey>),
    /// Something for the activity of a key.
    Activity(ActivityEffect),
    /// Ask the history which alerts were told and are not over.
    LoadAlerts,
    /// Keep what an alert became, and tell what is to be told of it.
    SettleAlert(Box<AlertChange>),
}

/// How one of several processes polls a key for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// For so long the others leave timed polls to this process.
    pub duration: SignedDuration,
    /// Whether the poll is left to another process that holds a lease.
    pub yields: bool,
}
