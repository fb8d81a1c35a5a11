//! Opening of the service's web page, as a task.

use super::tasks::{TaskOutcome, Tasks};
use crate::domain::web_page::KEYS_PAGE;
use crate::services::browser;

/// Has the page of the keys opened; `false`, without a task, where no browser can open.
pub(super) fn open(tasks: &Tasks) -> bool {
    let can_open = browser::can_open(&|name| std::env::var_os(name));
    if can_open {
        let open = async { Some(TaskOutcome::WebPageOpened(browser::open(KEYS_PAGE).await)) };
        tasks.spawn(Some(TaskOutcome::WebPageOpened(false)), open);
    }
    can_open
}
