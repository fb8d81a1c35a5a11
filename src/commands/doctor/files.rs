//! History and log: their files, and what can be written to them.

use super::finding::Finding;
use crate::config::settings::{LogLevel, Settings};
use crate::services::Services;
use crate::services::history::{Access, HistoryError, HistoryStore};
use crate::services::log;
use crate::wording::format;

/// Finding about the history.
pub(super) async fn history(services: &Services) -> Finding {
    match services.history.check().await {
        Ok(summary) => {
            let place = summary.path.map_or_else(|| "kept in memory".to_owned(), |path| path.display().to_string());
            let samples = format::count(summary.contents.samples);
            let size = format::count(summary.size_bytes.div_ceil(1024));
            let text = format!("{place}: {samples} samples, {size} KiB");
            match (cannot_keep(services).await, summary.unreadable) {
                (Some(error), _) => {
                    Finding::fails("history", format!("{text}; nothing can be kept: {error}"), error.remedy())
                }
                (None, Some(unreadable)) => {
                    let text = format!("{text}; {unreadable} can't be read and are left out");
                    Finding::note(
                        "history",
                        text,
                        "The rest goes on; restore the file from a backup to have them again.",
                    )
                }
                (None, None) => Finding::works("history", text),
            }
        }
        Err(error) => Finding::fails("history", error.to_string(), error.remedy()),
    }
}

/// Error for which nothing can be kept in the history, if there is one.
async fn cannot_keep(services: &Services) -> Option<HistoryError> {
    match services.history.access().await {
        Ok(Access::ReadWrite) => services.history.run(HistoryStore::try_writing).await.err(),
        Ok(Access::ReadOnly(error)) | Err(error) => Some(error),
    }
}

/// Finding about the place in which requests are counted, if that is not the history.
pub(super) async fn request_log(services: &Services) -> Option<Finding> {
    cannot_keep(services).await?;
    Some(if let Some(path) = services.history.fallback_request_log() {
        let text = format!("calls are counted in {} meanwhile", path.display());
        Finding::note("request log", text, "Make the history writable: then it counts again.")
    } else {
        let remedy = "Make the history writable, or set XDG_RUNTIME_DIR to a folder that is yours alone.";
        Finding::note("request log", "calls can be counted nowhere: only what you ask for is asked", remedy)
    })
}

/// Finding about the log.
pub(super) fn log_file(settings: &Settings) -> Finding {
    match settings.paths.log_file() {
        _ if settings.log_level == LogLevel::Off => Finding::works("log", "off, as asked for"),
        Ok(file) => {
            let level = settings.log_level;
            match log::check(&file) {
                Ok(()) => Finding::works("log", format!("{} at level {level}", file.display())),
                Err(error) => {
                    let text = format!("{} can't be written: {error}", file.display());
                    Finding::fails("log", text, "Make it and its folder writable, or say --log-level off.")
                }
            }
        }
        Err(error) => Finding::note("log", error.to_string(), "Set HOME."),
    }
}
