//! Where the keys of environments come from, and where they are kept.
