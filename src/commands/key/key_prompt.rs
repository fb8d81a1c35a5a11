//! Key from a hidden prompt, or from a pipe.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::commands::error::CommandError;
use crate::commands::hidden_prompt::{prompted, reason};
use crate::domain::api_key::LENGTH_MAX;
use crate::domain::environment::EnvironmentName;

/// Wait for a key at the standard input that may have come unasked.
pub const PIPE_WAIT: Duration = Duration::from_secs(2);

/// Text that was typed, or that the pipe holds; wiped when dropped.
///
/// # Errors
/// Nothing that can be read, or far too much, or an operator who breaks off.
pub async fn key(environment: &EnvironmentName) -> Result<Zeroizing<String>, CommandError> {
    StdinKey::listen().read(environment).await
}

/// Key that may come through the standard input.
pub struct StdinKey {
    /// Text from the pipe; `None` for a terminal, which is asked only if a key is wanted.
    piped: Option<oneshot::Receiver<io::Result<Zeroizing<String>>>>,
}

impl StdinKey {
    /// Begins to read the standard input, unless that is a terminal.
    pub fn listen() -> Self {
        if io::stdin().is_terminal() {
            return Self { piped: None };
        }
        let (answer, piped) = oneshot::channel();
        let read = move || drop(answer.send(unbuffered_input().and_then(self::piped)));
        if let Err(error) = std::thread::Builder::new().name("input".to_owned()).spawn(read) {
            tracing::error!(%error, "no thread to read the standard input");
        }
        Self { piped: Some(piped) }
    }

    /// Key, however long it takes to come.
    ///
    /// # Errors
    /// Nothing that can be read, or far too much, or an operator who breaks off.
    pub async fn read(&mut self, environment: &EnvironmentName) -> Result<Zeroizing<String>, CommandError> {
        let text = match self.piped.take() {
            Some(piped) => piped.await.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into())),
            None => prompted(format!("Key for {environment} (not shown): ")).await,
        };
        text.map_err(|error| unread(environment, &error))
    }

    /// Text that comes within `limit`, though no key is needed; `None` where nothing does, or only blanks.
    ///
    /// # Errors
    /// A text that can't be read, or is far too long.
    pub async fn read_if_present(
        &mut self,
        environment: &EnvironmentName,
        limit: Duration,
    ) -> Result<Option<Zeroizing<String>>, CommandError> {
        let Some(piped) = &mut self.piped else { return Ok(None) };
        let Ok(Ok(text)) = tokio::time::timeout(limit, piped).await else { return Ok(None) };
        self.piped = None;
        let text = text.map_err(|error| unread(environment, &error))?;
        Ok((!text.trim().is_empty()).then_some(text))
    }
}

fn unread(environment: &EnvironmentName, error: &io::Error) -> CommandError {
    match error.kind() {
        io::ErrorKind::Interrupted => CommandError::Failed(format!("{environment}: broken off, nothing was stored")),
        _ => CommandError::Failed(format!("{environment}: no key could be read: {}", reason(error))),
    }
}

/// Standard input without the buffer of [`io::stdin`], which would keep a copy of what it read.
#[cfg(unix)]
fn unbuffered_input() -> io::Result<File> {
    use std::os::fd::AsFd;

    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Standard input without a buffer, as on Unix.
#[cfg(windows)]
fn unbuffered_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;

    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

/// Text of a pipe. There is more room than any key needs, so that the buffer is never moved and no copy is left behind.
fn piped(input: impl Read) -> io::Result<Zeroizing<String>> {
    let size_max = LENGTH_MAX * 4;
    let mut bytes = Zeroizing::new(Vec::with_capacity(size_max + 1));
    input.take(size_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > size_max {
        return Err(io::Error::other("it is far too long"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(io::Error::other("it is not text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_read_whole_and_no_further_than_a_key_can_be() {
        assert_eq!(piped(&b" key\r\n"[..]).unwrap().as_str(), " key\r\n");
        assert!(piped(io::repeat(b'x')).is_err());
        assert!(piped(&b"\xff\xfe"[..]).is_err());
    }
}
