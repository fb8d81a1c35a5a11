//! Reads a key from a hidden prompt, or from a pipe.

use std::io::{self, IsTerminal, Read};

use zeroize::Zeroizing;

use crate::commands::CommandError;
use crate::domain::api_key::LENGTH_MAX;
use crate::domain::environment::EnvironmentName;

/// What was typed, or what the pipe holds; wiped when dropped.
///
/// # Errors
/// When nothing can be read, or far too much.
pub fn key(environment: &EnvironmentName) -> Result<Zeroizing<String>, CommandError> {
    let failed = |error: io::Error| CommandError::Failed(format!("{environment}: no key could be read: {error}"));
    if io::stdin().is_terminal() {
        let prompt = format!("Key for {environment} (not shown): ");
        return rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(failed);
    }
    piped(io::stdin().lock()).map_err(failed)
}

/// More room than any key needs, so that the buffer is never moved and no copy is left behind.
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
