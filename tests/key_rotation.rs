//! The rotation of a key: the real binary, a real keyring, and the simulator over HTTP.
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
    #[expect(dead_code, reason = "the demonstration is for other tests")]
    pub mod product;
    #[expect(dead_code, reason = "what only the keyring's own tests need")]
    pub mod secret_service;
    #[expect(dead_code, reason = "the scenario is always named here")]
    pub mod simulate;
    #[expect(dead_code, reason = "what only the terminal's own tests need")]
    pub mod terminal;
}

mod end_to_end {
    #[expect(dead_code, reason = "what only the commands' own tests need")]
    pub mod session;
}

mod rotation {
    mod commands;
    mod dashboard;
    mod dialog;
    mod end;
    mod kills;
    mod machine;
    mod processes;
    mod refusals;
    mod refused_all;
}
