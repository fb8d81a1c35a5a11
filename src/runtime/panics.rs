//! Panics: the terminal is restored, and the report holds no secrets.

use std::panic::{PanicHookInfo, set_hook, take_hook};

use color_eyre::config::HookBuilder;

use super::terminal;

/// Installs the hooks. A panic that ends the program is shown after the terminal was restored; one that ends no more
/// than a task or a background thread goes to the log, and the dashboard stays.
pub fn report() {
    let hooks = HookBuilder::default()
        .display_env_section(false)
        .panic_section("This is a fault of trackyard-tui. No key is part of this report.");
    if let Err(error) = hooks.install() {
        tracing::debug!(%error, "faults are reported in another form");
    }
    let show = take_hook();
    set_hook(Box::new(move |panic| {
        // A terminal that takes no output would keep the program from ending.
        if ends_program() && terminal::restore() {
            show(panic);
        } else {
            log(panic);
        }
    }));
}

/// True when the panic ends the program: in its main thread, outside of tasks.
fn ends_program() -> bool {
    std::thread::current().name() == Some("main") && tokio::task::try_id().is_none()
}

fn log(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, thread = std::thread::current().name(), "a part of the program failed");
}
