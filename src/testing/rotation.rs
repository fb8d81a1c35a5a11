//! Rotations in each stage.

use jiff::SignedDuration;

use super::{key_snapshot, keyring_failure, minutes_ago, now, pace};
use crate::domain::api_key::{Fingerprint, KeyIdentity};
use crate::domain::error::KeyringError;
use crate::domain::last_use::ExternalUse;
use crate::domain::quota::QuotaWindow;
use crate::domain::rotation::{Rotation, RotationError, RotationStage};
use crate::domain::status::{Flag, Severity, Status};
use crate::monitor::snapshot::{
    EnvironmentSnapshot, IntervalLimit, NewKeyState, NextPoll, OldKeySnapshot, PollReason, RotationSnapshot,
};

/// The fingerprint of every new key.
pub(crate) fn new_key() -> Fingerprint {
    "a1d0c6e8".parse().unwrap()
}

/// An environment with a rotation of its key, started three days ago; the new key is in use where the stage says so,
/// and the old one was used by others 4 minutes ago.
pub(crate) fn rotating(environment: EnvironmentSnapshot, stage: RotationStage) -> EnvironmentSnapshot {
    let old = environment.key.as_ref().unwrap().identity.clone();
    let promoted = matches!(stage, RotationStage::Watching | RotationStage::RollingBack | RotationStage::Erasing);
    let rotation = Rotation {
        number: 1,
        environment: environment.environment.name.clone(),
        old: old.fingerprint,
        new: (stage != RotationStage::Started).then(new_key),
        stage,
        started_at: minutes_ago(3 * 24 * 60 + 312),
        promoted_at: promoted.then(|| minutes_ago(2 * 24 * 60)),
        ended_at: None,
    };
    let old_key = promoted.then(|| old_key(old));
    let rotation = Some(RotationSnapshot { rotation, old_key, new_key: NewKeyState::Answers, error: None });
    if promoted {
        let key = key_snapshot("a1d0c6e8", "71c2", 3);
        return EnvironmentSnapshot {
            key: Some(key),
            flags: Vec::new(),
            severity: Severity::Ok,
            rotation,
            ..environment
        };
    }
    EnvironmentSnapshot { rotation, ..environment }
}

fn old_key(identity: KeyIdentity) -> OldKeySnapshot {
    OldKeySnapshot {
        identity,
        status: Status::Active,
        others_use: Some(ExternalUse { at: minutes_ago(4), exact: true }),
        day: QuotaWindow::told(1_000, 976, 12),
        polled_at: Some(minutes_ago(2)),
        next_poll: NextPoll {
            at: Some(minutes_ago(-5)),
            reason: PollReason::Interval,
            poll_interval: pace(IntervalLimit::Day(0.2, 1_000), 432),
        },
    }
}

/// A rotation whose old key was last used by others so many minutes ago.
pub(crate) fn used(environment: EnvironmentSnapshot, minutes: i64) -> EnvironmentSnapshot {
    let others_use = Some(ExternalUse { at: minutes_ago(minutes), exact: true });
    with_old_key(environment, |old| old.others_use = others_use)
}

/// A rotation whose old key the service refuses.
pub(crate) fn old_refused(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    with_old_key(environment, |old| old.status = Status::Revoked)
}

pub(crate) fn with_old_key(
    mut environment: EnvironmentSnapshot,
    change: impl FnOnce(&mut OldKeySnapshot),
) -> EnvironmentSnapshot {
    change(environment.rotation.as_mut().and_then(|rotation| rotation.old_key.as_mut()).unwrap());
    environment
}

/// A rotation that is held up.
pub(crate) fn held_up(mut environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let failure = keyring_failure(&environment.environment.name, KeyringError::Locked);
    let trouble = RotationError::KeyStore(failure);
    environment.rotation.as_mut().unwrap().error = Some(trouble);
    environment
}

/// An environment whose reminder is put off by a week.
pub(crate) fn put_off(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let flags = environment.flags.iter().copied().filter(|flag| *flag != Flag::RotateSoon).collect();
    EnvironmentSnapshot {
        flags,
        severity: Severity::Ok,
        snoozed_until: Some(now() + SignedDuration::from_hours(7 * 24)),
        ..environment
    }
}
