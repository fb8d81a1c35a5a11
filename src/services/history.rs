//! Samples and calls, kept in SQLite.
