//! The program `trackyard-tui`: error hooks, arguments, exit status; nothing else.

use std::alloc::System;
use std::process::ExitCode;

use trackyard_tui::cli::Cli;
use trackyard_tui::{commands, runtime};
use zeroizing_alloc::ZeroAlloc;

/// Allocator that wipes whatever is freed: libraries, such as the HTTP client's, leave copies of keys in their buffers.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    runtime::panics::report();
    runtime::core_dumps::keep_out_of_core_files();
    runtime::resources::outlive_large_files();
    let cli = match Cli::from_arguments(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(commands::report_usage_error(&error)),
    };
    ExitCode::from(commands::run(&cli))
}
