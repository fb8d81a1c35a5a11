//! The journal of rotations.

use jiff::Timestamp;
use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::connection::{HistoryStore, known_key_id};
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::rotation::{Rotation, RotationStage};
use crate::services::history::rotation_record::RotationRecord;

/// The columns that [`rotation`] reads.
pub(super) const COLUMNS: &str =
    "id, environment, old_fingerprint, new_fingerprint, stage, started_at, promoted_at, ended_at";
/// Rotations that are told at once.
const READ_MAX: u32 = 100;

impl HistoryStore {
    /// The rotation that is under way in an environment.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of that rotation in a way that can't be read.
    pub fn rotation(&mut self, environment: &EnvironmentName) -> rusqlite::Result<Option<Rotation>> {
        under_way(&self.connection, environment)
    }

    /// Enters a rotation in the journal, to the millisecond, and answers it; where one is under way already, as by
    /// another process, that one is answered unchanged. When this returns without an error, it outlasts the loss of
    /// the process and of power.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of a rotation under way in a way that can't be read.
    pub fn start_rotation(
        &mut self,
        environment: EnvironmentName,
        old: Fingerprint,
        stage: RotationStage,
        new: Option<Fingerprint>,
        at: Timestamp,
    ) -> rusqlite::Result<Rotation> {
        let transaction = self.write()?;
        if let Some(rotation) = under_way(&transaction, &environment)? {
            return Ok(rotation);
        }
        let fresh = Rotation {
            number: 0,
            environment,
            old,
            new: None,
            stage: RotationStage::Started,
            started_at: at,
            promoted_at: None,
            ended_at: None,
        };
        let record = RotationRecord::from(&entered(fresh, stage, new, at));
        transaction.execute(
            "INSERT INTO rotations (environment, old_fingerprint, new_fingerprint, stage, started_at, promoted_at,
                ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                record.environment,
                record.old_fingerprint,
                record.new_fingerprint,
                record.stage,
                record.started_at,
                record.promoted_at,
                record.ended_at,
            ],
        )?;
        let rotation = numbered(&transaction, transaction.last_insert_rowid())?;
        transaction.commit()?;
        rotation.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// Has a rotation come to a stage, and answers what the journal tells of it then; it outlasts the loss of the
    /// process and of power. `None`, and nothing is changed, where the journal no longer tells the stage and the new
    /// key of `rotation`, because another process was faster, or where the rotation has ended or is gone.
    ///
    /// The new key is in use as of `at` when it comes to be watched, or is another than was watched before.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of the rotation in a way that can't be read.
    pub fn enter_stage(
        &mut self,
        known: &Rotation,
        stage: RotationStage,
        new: Option<Fingerprint>,
        at: Timestamp,
    ) -> rusqlite::Result<Option<Rotation>> {
        let transaction = self.write()?;
        let Some(rotation) = numbered(&transaction, known.number)?.filter(|kept| is_unchanged(kept, known)) else {
            return Ok(None);
        };
        let record = RotationRecord::from(&entered(rotation, stage, new, at));
        transaction
            .prepare_cached(
                "UPDATE rotations SET new_fingerprint = ?2, stage = ?3, promoted_at = ?4, ended_at = ?5 WHERE id = ?1",
            )?
            .execute(params![
                record.number,
                record.new_fingerprint,
                record.stage,
                record.promoted_at,
                record.ended_at
            ])?;
        let rotation = numbered(&transaction, record.number)?;
        transaction.commit()?;
        Ok(rotation)
    }

    /// The rotations of an environment, the newest first, at most 100.
    ///
    /// # Errors
    /// When the file can't be used, or the journal tells of one of them in a way that can't be read.
    pub fn rotations(&mut self, environment: &EnvironmentName) -> rusqlite::Result<Vec<Rotation>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM rotations WHERE environment = ?1 ORDER BY id DESC LIMIT {READ_MAX}"
        ))?;
        statement.query_map([environment.as_str()], rotation)?.collect()
    }

    /// Stores the end of the time in which the operator wants no reminder to replace a key.
    ///
    /// # Errors
    /// When the file can't be used.
    pub fn snooze_rotation(&mut self, fingerprint: Fingerprint, until: Timestamp) -> rusqlite::Result<()> {
        let transaction = self.write()?;
        let key_id = known_key_id(&transaction, fingerprint)?;
        transaction
            .prepare_cached("UPDATE keys SET rotation_snoozed_until = ?2 WHERE id = ?1")?
            .execute(params![key_id, until.as_millisecond()])?;
        transaction.commit()
    }
}

/// Rotation after it has entered a stage.
fn entered(rotation: Rotation, stage: RotationStage, new: Option<Fingerprint>, at: Timestamp) -> Rotation {
    let is_watched_on = rotation.stage == RotationStage::Watching && rotation.new == new;
    let promoted_at = match stage {
        RotationStage::Watching if !is_watched_on => Some(at),
        RotationStage::Started | RotationStage::RolledBack => None,
        _ => rotation.promoted_at,
    };
    Rotation { stage, new, promoted_at, ended_at: stage.is_ended().then_some(at), ..rotation }
}

/// Numbers may be given again in a file that was begun anew, so all that tells rotations apart is compared.
fn is_unchanged(kept: &Rotation, known: &Rotation) -> bool {
    let marks = |rotation: &Rotation| (rotation.old, rotation.new, rotation.stage);
    !kept.stage.is_ended() && kept.environment == known.environment && marks(kept) == marks(known)
}

fn under_way(connection: &Connection, environment: &EnvironmentName) -> rusqlite::Result<Option<Rotation>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM rotations WHERE environment = ?1 AND ended_at IS NULL"))?
        .query_row([environment.as_str()], rotation)
        .optional()
}

fn numbered(connection: &Connection, number: i64) -> rusqlite::Result<Option<Rotation>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM rotations WHERE id = ?1"))?
        .query_row([number], rotation)
        .optional()
}

pub(super) fn rotation(row: &Row<'_>) -> rusqlite::Result<Rotation> {
    let record = RotationRecord {
        number: row.get("id")?,
        environment: text(row, "environment")?.unwrap_or_default(),
        old_fingerprint: text(row, "old_fingerprint")?.unwrap_or_default(),
        new_fingerprint: text(row, "new_fingerprint")?,
        stage: text(row, "stage")?.unwrap_or_default(),
        started_at: time(row, "started_at")?.unwrap_or(UNREADABLE_TIME),
        promoted_at: time(row, "promoted_at")?,
        ended_at: time(row, "ended_at")?,
    };
    Ok(record.read().map_err(|unreadable| FromSqlError::Other(Box::new(unreadable)))?)
}

/// Bytes that are no text become text that means nothing, so that they are taken for a flaw, not for nothing.
/// Beyond the calendar, and so no time.
const UNREADABLE_TIME: i64 = i64::MAX;

fn time(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(name)? {
        ValueRef::Null => None,
        ValueRef::Integer(time) => Some(time),
        _ => Some(UNREADABLE_TIME),
    })
}

fn text(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(name)? {
        ValueRef::Null => None,
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => Some(String::new()),
    })
}
