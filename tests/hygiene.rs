//! Where the key is while the program runs: how often in memory, who may look there, and where it never is.
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
    pub mod canary;
    #[expect(dead_code, reason = "the demonstration is for other tests")]
    pub mod product;
    #[expect(dead_code, reason = "what only the terminal's own tests need")]
    pub mod terminal;
}

mod client {
    #[expect(dead_code, reason = "what only the client's own tests need")]
    pub mod server;
}

mod secrets {
    mod commands;
    mod dashboard;
    mod leaks;
    mod memory;
    mod process;
    mod service;
}
