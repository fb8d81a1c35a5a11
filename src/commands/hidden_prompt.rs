//! Hidden prompt: a secret line from the terminal, which is not shown.

use std::fs::File;
use std::io;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::charset_writer::charset;
use crate::runtime::signals::{self, ProcessSignal};
use crate::runtime::terminal;
use crate::wording;

/// Sentence about an error of reading from a terminal.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    wording::terminal_errors::sentence(&terminal::problem(error))
}

/// Answer to a prompt. It is asked for on a thread of its own, so that signals are heard meanwhile: whoever ends the
/// program gets the terminal back as it was.
///
/// # Errors
/// `Interrupted` for an operator who breaks off; else a terminal that can't be read.
pub async fn prompted(prompt: String) -> io::Result<Zeroizing<String>> {
    let _line = LineSettings::keep();
    let mut signals = signals::listen()?;
    let (answer, mut answered) = oneshot::channel();
    let prompt = charset(None).text(&prompt);
    let ask = move || drop(answer.send(ask(&prompt)));
    std::thread::Builder::new().name("prompt".to_owned()).spawn(ask)?;
    loop {
        tokio::select! {
            text = &mut answered => return text.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into())),
            signal = signals.recv() => if matches!(signal, Some(ProcessSignal::End) | None) {
                return Err(io::ErrorKind::Interrupted.into());
            },
        }
    }
}

fn ask(prompt: &str) -> io::Result<Zeroizing<String>> {
    // As a file or stream of its own the output is only written to. By its name it would be given settings too, as a
    // second step, which a signal in between could outrun.
    let terminal = File::options().write(true).open("/dev/tty");
    let config = match terminal {
        Ok(terminal) => rpassword::ConfigBuilder::new().output_writer(terminal),
        Err(_) => rpassword::ConfigBuilder::new().output_writer(io::stderr()),
    };
    rpassword::prompt_password_with_config(prompt, config.build()).map(Zeroizing::new)
}

/// Settings of the terminal's line, such as its echo; dropping them puts them back. Elsewhere than on Unix the prompt does
/// that itself.
struct LineSettings {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

impl LineSettings {
    fn keep() -> Self {
        Self {
            #[cfg(unix)]
            settings: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }
}

#[cfg(unix)]
impl Drop for LineSettings {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        let restored = self.settings.as_ref().map(|settings| tcsetattr(io::stdin(), OptionalActions::Now, settings));
        if let Some(Err(error)) = restored {
            tracing::warn!(%error, "the terminal could not be given back as it was");
        }
    }
}
