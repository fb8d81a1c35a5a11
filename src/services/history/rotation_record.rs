//! A rotation as the columns of its row, and back.

use jiff::Timestamp;
use thiserror::Error;

use super::values;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, RotationStage};

/// The row of a rotation as it stands in the file, whatever that is. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationRecord {
    /// Its number.
    pub number: i64,
    /// The name of its environment.
    pub environment: String,
    /// The fingerprint of the key that is replaced.
    pub old_fingerprint: String,
    /// The fingerprint of the key that takes its place, once it is known.
    pub new_fingerprint: Option<String>,
    /// The word of its stage.
    pub stage: String,
    /// Start of the rotation.
    pub started_at: i64,
    /// Moment from which the new key is in use.
    pub promoted_at: Option<i64>,
    /// End of the rotation; `None` while it is under way.
    pub ended_at: Option<i64>,
}

/// Error of the row of a rotation. No variant carries any of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RotationRowError {
    /// The environment has an impossible name.
    #[error("its environment has an impossible name")]
    Environment,
    /// One of the fingerprints is none.
    #[error("what names a key is no fingerprint")]
    Fingerprint,
    /// The stage is unknown.
    #[error("its stage is unknown")]
    Stage,
    /// One of the times is beyond the calendar.
    #[error("one of its times is impossible")]
    Time,
    /// It has ended, yet nothing tells when; or it has not, though something does.
    #[error("its stage and its end contradict each other")]
    End,
}

/// The row of a rotation can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("rotation {number}: {reason}")]
pub struct RotationReadError {
    /// The number of the rotation.
    pub number: i64,
    /// The error of the row.
    pub reason: RotationRowError,
}

impl RotationReadError {
    /// The one that made SQLite's reader fail; `None` where something else did.
    pub(super) fn within(error: &rusqlite::Error) -> Option<&Self> {
        match error {
            rusqlite::Error::FromSqlConversionFailure(_, _, source) => source.downcast_ref(),
            _ => None,
        }
    }
}

impl RotationRecord {
    /// The rotation that the row tells of.
    ///
    /// # Errors
    /// With the first flaw, where a value is impossible or two contradict each other.
    pub fn read(&self) -> Result<Rotation, RotationReadError> {
        self.interpret().map_err(|flaw| RotationReadError { number: self.number, reason: flaw })
    }

    fn interpret(&self) -> Result<Rotation, RotationRowError> {
        let stage = self.stage.parse::<RotationStage>().ok().ok_or(RotationRowError::Stage)?;
        if stage.is_ended() != self.ended_at.is_some() {
            return Err(RotationRowError::End);
        }
        Ok(Rotation {
            number: self.number,
            environment: self.environment.parse::<EnvironmentName>().ok().ok_or(RotationRowError::Environment)?,
            old: fingerprint(&self.old_fingerprint)?,
            new: self.new_fingerprint.as_deref().map(fingerprint).transpose()?,
            stage,
            started_at: moment(self.started_at)?,
            promoted_at: self.promoted_at.map(moment).transpose()?,
            ended_at: self.ended_at.map(moment).transpose()?,
        })
    }
}

impl From<&Rotation> for RotationRecord {
    fn from(rotation: &Rotation) -> Self {
        Self {
            number: rotation.number,
            environment: rotation.environment.to_string(),
            old_fingerprint: rotation.old.to_string(),
            new_fingerprint: rotation.new.map(|new| new.to_string()),
            stage: rotation.stage.as_str().to_owned(),
            started_at: rotation.started_at.as_millisecond(),
            promoted_at: rotation.promoted_at.map(Timestamp::as_millisecond),
            ended_at: rotation.ended_at.map(Timestamp::as_millisecond),
        }
    }
}

fn fingerprint(text: &str) -> Result<Fingerprint, RotationRowError> {
    text.parse().ok().ok_or(RotationRowError::Fingerprint)
}

fn moment(milliseconds: i64) -> Result<Timestamp, RotationRowError> {
    values::moment(milliseconds).ok_or(RotationRowError::Time)
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::services::history::arbitrary;
    use proptest::option;
    use proptest::prelude::*;

    fn record() -> RotationRecord {
        RotationRecord {
            number: 7,
            environment: "prod".into(),
            old_fingerprint: "00ab78bf".into(),
            new_fingerprint: Some("ba7816bf".into()),
            stage: "watching".into(),
            started_at: 1_795_000_000_000,
            promoted_at: Some(1_795_000_060_000),
            ended_at: None,
        }
    }

    /// Mostly what a row may hold, and now and then what it may not.
    fn any_record() -> impl Strategy<Value = RotationRecord> {
        let fingerprint = || prop_oneof![9 => "[0-9a-f]{8}", 1 => any::<String>()];
        let stage = prop_oneof![
            9 => proptest::sample::select(RotationStage::VARIANTS).prop_map(|stage| stage.as_str().to_owned()),
            1 => any::<String>(),
        ];
        let time = || prop_oneof![9 => arbitrary::moment().prop_map(Timestamp::as_millisecond), 1 => any::<i64>()];
        let names = (prop_oneof![9 => "[a-z0-9][a-z0-9-]{0,31}", 1 => any::<String>()], fingerprint());
        (any::<i64>(), names, option::of(fingerprint()), stage, time(), option::of(time()), option::of(time()))
            .prop_map(
                |(
                    number,
                    (environment, old_fingerprint),
                    new_fingerprint,
                    stage,
                    started_at,
                    promoted_at,
                    ended_at,
                )| {
                    RotationRecord {
                        number,
                        environment,
                        old_fingerprint,
                        new_fingerprint,
                        stage,
                        started_at,
                        promoted_at,
                        ended_at,
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn what_can_be_read_is_written_as_it_was(record in any_record()) {
            if let Ok(rotation) = record.read() {
                prop_assert_eq!(RotationRecord::from(&rotation), record);
            }
        }

        #[test]
        fn a_rotation_comes_back_whole(rotation in arbitrary::rotation()) {
            prop_assert_eq!(RotationRecord::from(&rotation).read(), Ok(rotation));
        }
    }

    #[test]
    fn each_flaw_is_found() {
        let cases = [
            (RotationRecord { environment: "Prod".into(), ..record() }, RotationRowError::Environment),
            (RotationRecord { old_fingerprint: String::new(), ..record() }, RotationRowError::Fingerprint),
            (RotationRecord { new_fingerprint: Some("BA7816BF".into()), ..record() }, RotationRowError::Fingerprint),
            (RotationRecord { stage: "Watching".into(), ..record() }, RotationRowError::Stage),
            (RotationRecord { started_at: i64::MAX, ..record() }, RotationRowError::Time),
            (RotationRecord { promoted_at: Some(i64::MIN), ..record() }, RotationRowError::Time),
            (
                RotationRecord { stage: "completed".into(), ended_at: Some(i64::MAX), ..record() },
                RotationRowError::Time,
            ),
            (RotationRecord { stage: "completed".into(), ..record() }, RotationRowError::End),
            (RotationRecord { ended_at: Some(1_795_000_060_000), ..record() }, RotationRowError::End),
        ];
        assert!(record().read().is_ok());
        for (record, reason) in cases {
            assert_eq!(record.read(), Err(RotationReadError { number: 7, reason }), "{record:?}");
        }
    }

    #[test]
    fn times_before_1970_are_times() {
        let rotation = RotationRecord { started_at: -1, ..record() }.read().unwrap();
        assert_eq!(rotation.started_at, "1969-12-31T23:59:59.999Z".parse().unwrap());
    }
}
