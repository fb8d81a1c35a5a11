//! Notifications by the means of the terminal. Sequences are not wrapped for multiplexers: tmux passes the bell on
//! alone.

use jiff::tz::TimeZone;

use super::message::{self, RenderedNotification};
use crate::domain::alert::Notification;
use crate::domain::sink::TerminalForm;
use crate::domain::text::cut;

/// Rings the bell.
pub const BELL: &[u8] = b"\x07";

/// Longer texts are cut, in characters: no terminal shows more.
const TEXT_MAX: usize = 200;

/// The sequence by which a terminal shows a notification. It moves no cursor and changes no cell.
#[must_use]
pub fn sequence(form: TerminalForm, notification: &Notification, zone: &TimeZone) -> Vec<u8> {
    sequence_of(form, &RenderedNotification::new(notification, zone))
}

fn sequence_of(form: TerminalForm, notification: &RenderedNotification) -> Vec<u8> {
    let text = match form {
        TerminalForm::Osc9 => format!("9;{}", field(&message::line(notification))),
        TerminalForm::Osc777 => {
            let (title, body) = (message::title(notification), message::body(notification));
            format!("777;notify;{};{}", field(&title), field(&body))
        }
    };
    format!("\x1b]{text}\x07").into_bytes()
}

/// A semicolon would begin the next field, or make a command of the text: `OSC 9 ; 4 ; …` is a progress bar.
fn field(text: &str) -> String {
    cut(&text.replace(';', ","), TEXT_MAX)
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::{is_unsafe, notification};
    use super::*;
    use proptest::prelude::*;

    fn told(form: TerminalForm, label: Option<&str>, text: &str) -> String {
        String::from_utf8(sequence_of(form, &notification(label, text))).unwrap()
    }

    #[test]
    fn osc_9_has_one_text_and_osc_777_a_title_too() {
        assert_eq!(
            told(TerminalForm::Osc9, None, "Few credits; act."),
            "\x1b]9;Trackyard prod: warning: Few credits, act.\x07"
        );
        assert_eq!(
            told(TerminalForm::Osc777, Some("Main; App"), "Few credits; act."),
            "\x1b]777;notify;Trackyard prod (Main, App);warning: Few credits, act.\x07"
        );
    }

    #[test]
    fn what_would_end_the_sequence_early_is_taken_out() {
        let text = "a\x07b\x1b\\c\u{9c}d\u{202e}e\x1b]0;f";
        assert_eq!(told(TerminalForm::Osc9, None, text), "\x1b]9;Trackyard prod: warning: ab\\cde]0,f\x07");
    }

    proptest! {
        #[test]
        fn a_sequence_begins_and_ends_once(label: String, text: String) {
            for (form, fields) in [(TerminalForm::Osc9, 2), (TerminalForm::Osc777, 4)] {
                let told = told(form, Some(&label), &text);
                let inner = told.strip_prefix("\x1b]").and_then(|told| told.strip_suffix('\x07')).unwrap();
                prop_assert!(!inner.chars().any(is_unsafe), "{inner:?}");
                prop_assert_eq!(inner.split(';').count(), fields);
            }
        }
    }
}
