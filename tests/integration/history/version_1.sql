-- The tables as version 1 made them, and rows as it kept them.
PRAGMA journal_mode = wal;
PRAGMA application_id = 1416784729;
PRAGMA user_version = 1;

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

INSERT INTO keys VALUES (1, '00ab78bf', 1795269599500, 1), (2, 'ba7816bf', NULL, NULL);
INSERT INTO profiles VALUES (1, 'free', 500.0, 10, 1000, 1768473000000, NULL, 1000);
INSERT INTO samples VALUES
    (1, 1795269600001, 1, 487.0, NULL, 960, 0, NULL, 81), (2, 1795269600002, 1, 7.0, NULL, 960, 0, NULL, 81);
INSERT INTO calls VALUES (1, 1, 1795269600000);
