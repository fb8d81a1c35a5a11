//! File of the user's theme, read again whenever it changes.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

use super::tasks::TaskOutcome;
use crate::tui::theme::OwnTheme;

/// Time between two looks at the file.
const INTERVAL: Duration = Duration::from_secs(1);

/// File of a theme that is followed.
pub struct FollowedTheme {
    /// Where it is.
    pub path: PathBuf,
    /// The theme that was read at the start.
    pub theme: OwnTheme,
    /// Reads the file; the error is a sentence for people.
    pub read: Box<dyn Fn() -> Result<OwnTheme, String> + Send + Sync>,
}

/// Moment of the last change and length in bytes; `None` for a file that can't be found.
type ThemeFileStamp = Option<(SystemTime, u64)>;

/// Delivers the theme each time that the file says something else.
pub(super) fn follow(followed: FollowedTheme, mailbox: mpsc::Sender<TaskOutcome>) {
    let FollowedTheme { path, theme, read } = followed;
    let reader = Arc::new((path, read));
    tokio::spawn(async move {
        let (mut stamp, mut told) = (None, Ok(theme));
        loop {
            tokio::time::sleep(INTERVAL).await;
            let reader = Arc::clone(&reader);
            // The file may be on a disk that answers late.
            let look = move || {
                let (path, read) = &*reader;
                let now = stamp_of(path);
                (now, (now != stamp || now.is_none()).then(read))
            };
            let Ok((now, outcome)) = tokio::task::spawn_blocking(look).await else { return };
            stamp = now;
            let Some(outcome) = outcome.filter(|outcome| *outcome != told) else { continue };
            told = outcome.clone();
            if mailbox.send(TaskOutcome::OwnThemeRead(outcome)).await.is_err() {
                return;
            }
        }
    });
}

fn stamp_of(path: &PathBuf) -> ThemeFileStamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
