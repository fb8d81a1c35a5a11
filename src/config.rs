//! The configuration: as written, as validated, and where it lies.
