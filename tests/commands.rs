//! The commands of the real binary, from end to end: what they print, where they write, and their exit status.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests may panic and print"
)]

mod support {
    #[expect(dead_code, reason = "the secret alone is for other tests")]
    pub mod canary;
    #[expect(dead_code, reason = "the demonstration is for other tests")]
    pub mod product;
    #[expect(dead_code, reason = "what only the keyring's own tests need")]
    pub mod secret_service;
    #[expect(dead_code, reason = "the scenario is always named here")]
    pub mod simulate;
    #[expect(dead_code, reason = "what only the terminal's own tests need")]
    pub mod terminal;
}

mod client {
    #[expect(dead_code, reason = "what only the client's own tests need")]
    pub mod server;
}

mod end_to_end {
    mod budget;
    mod canary;
    mod faults;
    mod keys;
    mod ledger;
    mod network;
    mod prompt;
    mod replacing;
    mod session;
    mod sources;
    mod status;
    mod tools;
    mod vault;
}
