//! Rotations in each stage.

use jiff::SignedDuration;

use super::{key_report, keyring_failure, minutes_ago, now, pace};
use crate::domain::api_key::{Fingerprint, KeyIdentity};
use crate::domain::failure::KeyringFault;
use crate::domain::quota::Window;
use crate::domain::rotation::{Rotation, RotationError, Stage};
use crate::domain::status::{Flag, Severity, Status};
use crate::domain::usage::OthersUse;
use crate::monitor::report::{NewKeyState, NextPoll, OldKeyReport, PaceLimit, PollReason, Report, RotationReport};

/// The fingerprint of every new key.
pub(crate) fn new_key() -> Fingerprint {
    "a1d0c6e8".parse().unwrap()
}

/// A report with a rotation of its key, started three days ago; the new key is in use where the stage says so, and
/// the old one was used by others 4 minutes ago.
pub(crate) fn rotating(report: Report, stage: Stage) -> Report {
    let old = report.key.as_ref().unwrap().identity.clone();
    let promoted = matches!(stage, Stage::Watching | Stage::RollingBack | Stage::Erasing);
    let rotation = Rotation {
        number: 1,
        environment: report.environment.name.clone(),
        old: old.fingerprint,
        new: (stage != Stage::Started).then(new_key),
        stage,
        started_at: minutes_ago(3 * 24 * 60 + 312),
        promoted_at: promoted.then(|| minutes_ago(2 * 24 * 60)),
        ended_at: None,
    };
    let old_key = promoted.then(|| old_key(old));
    let rotation = Some(RotationReport { rotation, old_key, new_key: NewKeyState::Answers, trouble: None });
    if promoted {
        let key = key_report("a1d0c6e8", "71c2", 3);
        return Report { key: Some(key), flags: Vec::new(), severity: Severity::Ok, rotation, ..report };
    }
    Report { rotation, ..report }
}

fn old_key(identity: KeyIdentity) -> OldKeyReport {
    OldKeyReport {
        identity,
        status: Status::Active,
        others_use: Some(OthersUse { at: minutes_ago(4), exact: true }),
        day: Window::told(1_000, 976, 12),
        polled_at: Some(minutes_ago(2)),
        next_poll: NextPoll {
            at: Some(minutes_ago(-5)),
            reason: PollReason::Interval,
            pace: pace(PaceLimit::Day(0.2, 1_000), 432),
        },
    }
}

/// A rotation whose old key was last used by others so many minutes ago.
pub(crate) fn used(report: Report, minutes: i64) -> Report {
    let others_use = Some(OthersUse { at: minutes_ago(minutes), exact: true });
    with_old_key(report, |old| old.others_use = others_use)
}

/// A rotation whose old key the service refuses.
pub(crate) fn old_refused(report: Report) -> Report {
    with_old_key(report, |old| old.status = Status::Revoked)
}

pub(crate) fn with_old_key(mut report: Report, change: impl FnOnce(&mut OldKeyReport)) -> Report {
    change(report.rotation.as_mut().and_then(|rotation| rotation.old_key.as_mut()).unwrap());
    report
}

/// A rotation that is held up.
pub(crate) fn held_up(mut report: Report) -> Report {
    let failure = keyring_failure(&report.environment.name, KeyringFault::Locked);
    let trouble = RotationError::KeyStore(failure);
    report.rotation.as_mut().unwrap().trouble = Some(trouble);
    report
}

/// A report whose reminder is put off by a week.
pub(crate) fn put_off(report: Report) -> Report {
    let flags = report.flags.iter().copied().filter(|flag| *flag != Flag::RotateSoon).collect();
    Report { flags, severity: Severity::Ok, snoozed_until: Some(now() + SignedDuration::from_hours(7 * 24)), ..report }
}
