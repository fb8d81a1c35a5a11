//! Rotations in each stage.

use jiff::SignedDuration;

use super::{key_report, keyring_failure, minutes_ago, now, pace};
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

/// A report with a rotation of its key, started three days ago; the new key is in use where the stage says so, and
/// the old one was used by others 4 minutes ago.
pub(crate) fn rotating(report: EnvironmentSnapshot, stage: RotationStage) -> EnvironmentSnapshot {
    let old = report.key.as_ref().unwrap().identity.clone();
    let promoted = matches!(stage, RotationStage::Watching | RotationStage::RollingBack | RotationStage::Erasing);
    let rotation = Rotation {
        number: 1,
        environment: report.environment.name.clone(),
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
        let key = key_report("a1d0c6e8", "71c2", 3);
        return EnvironmentSnapshot { key: Some(key), flags: Vec::new(), severity: Severity::Ok, rotation, ..report };
    }
    EnvironmentSnapshot { rotation, ..report }
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
pub(crate) fn used(report: EnvironmentSnapshot, minutes: i64) -> EnvironmentSnapshot {
    let others_use = Some(ExternalUse { at: minutes_ago(minutes), exact: true });
    with_old_key(report, |old| old.others_use = others_use)
}

/// A rotation whose old key the service refuses.
pub(crate) fn old_refused(report: EnvironmentSnapshot) -> EnvironmentSnapshot {
    with_old_key(report, |old| old.status = Status::Revoked)
}

pub(crate) fn with_old_key(
    mut report: EnvironmentSnapshot,
    change: impl FnOnce(&mut OldKeySnapshot),
) -> EnvironmentSnapshot {
    change(report.rotation.as_mut().and_then(|rotation| rotation.old_key.as_mut()).unwrap());
    report
}

/// A rotation that is held up.
pub(crate) fn held_up(mut report: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let failure = keyring_failure(&report.environment.name, KeyringError::Locked);
    let trouble = RotationError::KeyStore(failure);
    report.rotation.as_mut().unwrap().error = Some(trouble);
    report
}

/// A report whose reminder is put off by a week.
pub(crate) fn put_off(report: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let flags = report.flags.iter().copied().filter(|flag| *flag != Flag::RotateSoon).collect();
    EnvironmentSnapshot {
        flags,
        severity: Severity::Ok,
        snoozed_until: Some(now() + SignedDuration::from_hours(7 * 24)),
        ..report
    }
}
