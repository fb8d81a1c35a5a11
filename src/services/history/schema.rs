//! The tables, and how those of an older version are brought up to date.

use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as ours, in the header of the database; the letters `TrkY`.
pub(super) const APPLICATION_ID: i64 = 0x5472_6b59;

/// One step for each version, from an empty file on. A released step is never changed: append another.
///
/// Times are milliseconds since 1970 unless the name says otherwise. What differs little from the sample's own time is
/// kept as a difference, and what rarely changes stands in `profiles`: it makes a sample small. `profile_id` names no
/// foreign key, for the removal of a profile would search all samples. A rotation is a record that outlasts what is
/// known of its keys, so it names them by their fingerprints. A day is a number of UTC days since 1970, an hour one of
/// hours; `days` outlasts the samples that it sums up. A day is `outdated` when a sample came after it was summed up,
/// and `closed`, to be renewed no more, when some of its samples are forgotten. `activity` sums up the calls that
/// `/usage` lists; those of `recent_activity` are part of it, and kept one by one to know them again. Where `boot` and
/// `uptime` stand beside a time, they are the number of the machine's start and the milliseconds since, which no clock
/// that is set changes. A row of `standings` is the verdict on a key, from the newest call of any process: `number`
/// rises with each, and what is `ago` or `in` counts from its own time. A limit of -1 is none, and one of which nothing
/// is known null. `keys_in_use` tells the key that a process used last for each environment. An event is told by
/// `fact`, as JSON; one of an earlier version has none, and is told by its `text`.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE keys (
        id INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,
        others_use_at INTEGER,
        others_use_exact INTEGER
    ) STRICT;
    CREATE TABLE profiles (
        id INTEGER PRIMARY KEY,
        tier TEXT,
        monthly_allowance REAL,
        requests_per_minute INTEGER,
        requests_per_day INTEGER,
        created_at INTEGER,
        minute_limit INTEGER,
        day_limit INTEGER
    ) STRICT;
    CREATE INDEX profiles_by_content ON profiles (
        created_at, tier, monthly_allowance, requests_per_minute, requests_per_day, minute_limit, day_limit
    );
    CREATE TABLE samples (
        key_id INTEGER NOT NULL REFERENCES keys (id),
        at INTEGER NOT NULL,
        profile_id INTEGER NOT NULL,
        credits REAL NOT NULL,
        minute_remaining INTEGER,
        day_remaining INTEGER,
        unused_for INTEGER,
        server_ahead_seconds INTEGER,
        latency INTEGER,
        PRIMARY KEY (key_id, at)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY,
        key_id INTEGER NOT NULL REFERENCES keys (id),
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX calls_by_key ON calls (key_id, at);
",
    "
    ALTER TABLE keys ADD COLUMN rotation_snoozed_until INTEGER;
    CREATE TABLE rotations (
        id INTEGER PRIMARY KEY,
        environment TEXT NOT NULL,
        old_fingerprint TEXT NOT NULL,
        new_fingerprint TEXT,
        stage TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        promoted_at INTEGER,
        ended_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX rotations_under_way ON rotations (environment) WHERE ended_at IS NULL;
    CREATE INDEX rotations_by_new_key ON rotations (new_fingerprint);
",
    "
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        environment TEXT,
        kind TEXT NOT NULL,
        subject TEXT,
        severity TEXT NOT NULL,
        text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_time ON events (at);
    CREATE INDEX events_by_environment ON events (environment, kind);
    CREATE TABLE leases (
        key_id INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
        holder INTEGER NOT NULL,
        until INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE days (
        key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        samples INTEGER NOT NULL,
        first_credits REAL NOT NULL,
        last_credits REAL NOT NULL,
        lowest_credits REAL NOT NULL,
        highest_credits REAL NOT NULL,
        fallen REAL NOT NULL,
        risen REAL NOT NULL,
        outdated INTEGER NOT NULL,
        closed INTEGER NOT NULL,
        PRIMARY KEY (key_id, day)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alerts (
        environment TEXT NOT NULL,
        family TEXT NOT NULL,
        condition TEXT NOT NULL,
        version INTEGER NOT NULL,
        is_over INTEGER NOT NULL,
        severity TEXT NOT NULL,
        began_at INTEGER NOT NULL,
        since INTEGER NOT NULL,
        told_at INTEGER NOT NULL,
        acknowledged_at INTEGER,
        acknowledged_by TEXT,
        PRIMARY KEY (environment, family)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY,
        sink TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE activity (
        key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
        hour INTEGER NOT NULL,
        endpoint TEXT NOT NULL,
        own INTEGER NOT NULL,
        calls INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        credits REAL NOT NULL,
        timed INTEGER NOT NULL,
        response_time INTEGER NOT NULL,
        slowest INTEGER NOT NULL,
        PRIMARY KEY (key_id, hour, endpoint, own)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE recent_activity (
        id INTEGER PRIMARY KEY,
        key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        endpoint TEXT NOT NULL,
        own INTEGER NOT NULL,
        status_code INTEGER,
        credits REAL NOT NULL,
        response_time INTEGER
    ) STRICT;
    CREATE INDEX recent_activity_by_key ON recent_activity (key_id);
    ALTER TABLE keys ADD COLUMN usage_read_at INTEGER;
    ALTER TABLE keys ADD COLUMN usage_read_until INTEGER;
    ALTER TABLE keys ADD COLUMN usage_known_from INTEGER;
    ALTER TABLE keys ADD COLUMN usage_last_other INTEGER;
",
    "
    ALTER TABLE calls ADD COLUMN boot INTEGER;
    ALTER TABLE calls ADD COLUMN uptime INTEGER;
    DROP TABLE leases;
    CREATE TABLE leases (
        key_id INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
        holder INTEGER NOT NULL,
        process TEXT,
        at INTEGER NOT NULL,
        boot INTEGER,
        uptime INTEGER,
        duration INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE calls_under_way (
        key_id INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
        holder INTEGER NOT NULL,
        process TEXT,
        at INTEGER NOT NULL,
        boot INTEGER,
        uptime INTEGER
    ) STRICT;
    CREATE TABLE standings (
        key_id INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        holder INTEGER NOT NULL,
        at INTEGER NOT NULL,
        boot INTEGER,
        uptime INTEGER,
        failures INTEGER NOT NULL,
        failure TEXT,
        failure_message TEXT,
        failed_ago INTEGER,
        refusal TEXT,
        refusal_message TEXT,
        refused_ago INTEGER,
        refusals INTEGER,
        refusals_since_ago INTEGER,
        refusals_asked_ago INTEGER,
        refusals_are_alone INTEGER,
        cut_off_ago INTEGER,
        look TEXT,
        look_in INTEGER,
        look_is_spent INTEGER NOT NULL,
        minute_limit INTEGER,
        day_limit INTEGER
    ) STRICT;
",
    "
    UPDATE alerts SET family = 'daily-limit' WHERE family = 'daily-limit-near';
    ALTER TABLE standings ADD COLUMN day_used_up_until INTEGER;
",
    "
    -- The status for a source of keys that can't be asked, whichever it is.
    UPDATE events SET subject = 'key-unavailable' WHERE subject = 'keyring-unavailable';
    UPDATE alerts SET condition = 'key-unavailable', family = 'key-unavailable'
    WHERE condition = 'keyring-unavailable';
",
    "
    ALTER TABLE events ADD COLUMN fact TEXT;
    ALTER TABLE alerts ADD COLUMN since_is_fact INTEGER;
    ALTER TABLE standings ADD COLUMN failure_cause TEXT;
    ALTER TABLE standings ADD COLUMN refusal_cause TEXT;
",
    "
    ALTER TABLE alerts ADD COLUMN acknowledged_note TEXT;
",
    "
    CREATE TABLE keys_in_use (
        environment TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        ending TEXT,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
];

/// Error of tables that can't be used.
#[derive(Debug)]
pub(super) enum SchemaError {
    /// The database of another program.
    Foreign,
    /// Written by a newer version of this program: the version of the tables.
    Newer(i64),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for SchemaError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The version of the tables, of a database that is ours.
///
/// # Errors
/// When it belongs to another program or a newer version, or can't be read.
pub(super) fn version(connection: &Connection, migrations: &[&str]) -> Result<usize, SchemaError> {
    let number = |name| connection.pragma_query_value::<i64, _>(None, name, |row| row.get(0));
    if number("application_id")? != APPLICATION_ID {
        return Err(SchemaError::Foreign);
    }
    let version = number("user_version")?;
    usize::try_from(version).ok().filter(|known| *known <= migrations.len()).ok_or(SchemaError::Newer(version))
}

/// Makes the tables, or brings them up to date; all or nothing.
///
/// # Errors
/// When the database belongs to another program or a newer version, or SQLite fails.
pub(super) fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), SchemaError> {
    if matches!(version(connection, migrations), Ok(version) if version == migrations.len()) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_empty(&transaction)? {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let from = version(&transaction, migrations)?;
    if from == migrations.len() {
        return Ok(());
    }
    for migration in &migrations[from..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", migrations.len().to_string())?;
    Ok(transaction.commit()?)
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT application_id = 0 AND user_version = 0 AND NOT EXISTS (SELECT * FROM sqlite_schema)
         FROM pragma_application_id, pragma_user_version",
        [],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &str = "ALTER TABLE keys ADD COLUMN note TEXT";

    fn migrated(steps: &[&[&str]]) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        for migrations in steps {
            migrate(&mut connection, migrations).unwrap();
        }
        connection
    }

    fn tables(connection: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn with_next() -> Vec<&'static str> {
        [MIGRATIONS, &[NEXT]].concat()
    }

    #[test]
    fn step_by_step_and_at_once_make_the_same_tables() {
        let all = with_next();
        let at_once = tables(&migrated(&[&all]));
        assert!(at_once.iter().any(|(name, _)| name == "samples"));
        for released in 0..=all.len() {
            let stepwise: Vec<&[&str]> = (released.max(1)..=all.len()).map(|count| &all[..count]).collect();
            assert_eq!(tables(&migrated(&stepwise)), at_once, "from version {released}");
        }
    }

    #[test]
    fn a_later_version_keeps_the_rows() {
        let all = with_next();
        let mut connection = migrated(&[MIGRATIONS]);
        connection.execute("INSERT INTO keys (fingerprint) VALUES ('00ab78bf')", []).unwrap();
        migrate(&mut connection, &all).unwrap();
        let row: (String, Option<String>) = connection
            .query_row("SELECT fingerprint, note FROM keys", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(row, ("00ab78bf".into(), None));
        assert_eq!(version(&connection, &all).unwrap(), all.len());
    }

    #[test]
    fn the_status_of_a_source_that_cannot_be_asked_has_its_new_name_in_an_old_store() {
        let renaming = MIGRATIONS.iter().position(|step| step.contains("'keyring-unavailable'")).unwrap();
        let mut old = migrated(&[&MIGRATIONS[..renaming]]);
        let insert = "INSERT INTO events (at, environment, severity, kind, subject, text)
             VALUES (1, 'dev', 'unknown', 'status', 'keyring-unavailable', 'the keyring is locked');
             INSERT INTO alerts (environment, family, condition, version, is_over, severity, began_at, since, told_at)
             VALUES ('dev', 'keyring-unavailable', 'keyring-unavailable', 1, 0, 'unknown', 1, 1, 1)";
        old.execute_batch(insert).unwrap();
        migrate(&mut old, MIGRATIONS).unwrap();
        let word = |query: &str| old.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
        let words =
            ["SELECT subject FROM events", "SELECT condition FROM alerts", "SELECT family FROM alerts"].map(word);
        assert_eq!(words, ["key-unavailable"; 3]);
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let broken = [MIGRATIONS, &[NEXT, "CREATE TABLE keys (id)"]].concat();
        let mut connection = migrated(&[MIGRATIONS]);
        let before = tables(&connection);
        assert!(matches!(migrate(&mut connection, &broken), Err(SchemaError::Sqlite(_))));
        assert_eq!(tables(&connection), before);
        assert_eq!(version(&connection, &broken).unwrap(), MIGRATIONS.len());
    }

    #[test]
    fn others_and_newer_databases_are_refused() {
        let mut foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE theirs (id INTEGER)").unwrap();
        assert!(matches!(migrate(&mut foreign, MIGRATIONS), Err(SchemaError::Foreign)));
        assert_eq!(tables(&foreign).len(), 1);

        let mut newer = migrated(&[&with_next()]);
        assert!(matches!(migrate(&mut newer, MIGRATIONS), Err(SchemaError::Newer(_))));
        for strange in [-1, i64::from(i32::MAX)] {
            newer.pragma_update(None, "user_version", strange).unwrap();
            assert!(matches!(migrate(&mut newer, MIGRATIONS), Err(SchemaError::Newer(version)) if version == strange));
        }
    }
}
