//! Detector of an unmarked paste: input that comes faster than a person types, pasted in a terminal that does not mark
//! pastes, or sent by another program. Pure: the time is given.
//!
//! A character waits for a moment that nobody notices. Where two more follow it within that moment, they begin a burst,
//! which lasts until a pause and is handed on as a whole, control characters included. Two keys at once are typed, with
//! both hands; and a key that is held down repeats itself, however fast.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// Gap below which characters are not typed.
const HOLD: Duration = Duration::from_millis(50);
/// Longest wait of a character for others: as long as the second and the third of a burst may take.
const HOLD_MAX: Duration = Duration::from_millis(100);
/// Number of characters, not all the same, that make a burst.
const BURST_MIN: usize = 3;
/// Gap below which the same key is held down.
const REPEAT_LIMIT: Duration = Duration::from_millis(100);
/// Pause that ends a burst: links are slow, and pastes come in pieces.
const SILENCE: Duration = Duration::from_millis(150);
/// Pause after which a Ctrl-C in a burst was typed.
const INTERRUPT_PAUSE: Duration = Duration::from_millis(60);
/// Most events that wait; more are handed on before the burst has ended.
pub(super) const WAITING_MAX: usize = 4_096;

/// Event of the terminal, typed or pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputEvent {
    /// Event.
    pub event: Event,
    /// True for a part of a burst, which was not typed.
    pub in_burst: bool,
}

/// Detector, with the events that wait.
#[derive(Default)]
pub(super) struct PasteDetector {
    waiting: Vec<Event>,
    state: PasteDetectorState,
    /// The key that was handed on last, and when it came, on the clock of the caller.
    typed: Option<(KeyEvent, Duration)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum PasteDetectorState {
    /// Nothing waits.
    #[default]
    Idle,
    /// A key waits, perhaps several times or with another.
    Held { since: Duration, last: Duration },
    /// A burst, whose newest event came then.
    Burst(Duration),
}

impl PasteDetector {
    /// End of the wait for what may follow; `None` where nothing waits.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.state {
            PasteDetectorState::Idle => None,
            PasteDetectorState::Held { since, last } => Some((last + HOLD).min(since + HOLD_MAX)),
            PasteDetectorState::Burst(last) => Some(last + SILENCE),
        }
    }

    /// Number of events that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Hands on what has waited for long enough.
    pub(super) fn expire(&mut self, now: Duration, events: &mut Vec<InputEvent>) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.hand_on(events);
            self.state = PasteDetectorState::Idle;
        }
    }

    /// Takes an event that came at `now`.
    pub(super) fn take(&mut self, event: Event, now: Duration, events: &mut Vec<InputEvent>) {
        self.expire(now, events);
        if matches!(&event, Event::Key(key) if key.kind == KeyEventKind::Release) {
            return;
        }
        match (self.state, text_key(&event)) {
            (PasteDetectorState::Burst(last), _)
                if is_interrupt(&event) && now.saturating_sub(last) >= INTERRUPT_PAUSE =>
            {
                self.pass(event, events);
            }
            (PasteDetectorState::Burst(_), _) => self.add(event, PasteDetectorState::Burst(now), events),
            // The decoder has waited already for what may follow an Escape.
            (_, None) | (PasteDetectorState::Idle, Some(KeyEvent { code: KeyCode::Esc, .. })) => {
                self.pass(event, events);
            }
            (PasteDetectorState::Held { since, .. }, Some(key)) => {
                let differs = self.waiting.iter().any(|other| text_key(other) != Some(key));
                let is_burst = differs && self.waiting.len() + 1 >= BURST_MIN;
                let state = if is_burst {
                    PasteDetectorState::Burst(now)
                } else {
                    PasteDetectorState::Held { since, last: now }
                };
                self.typed = Some((key, now));
                self.add(event, state, events);
            }
            (PasteDetectorState::Idle, Some(key)) => {
                let is_repeated =
                    |(typed, at): (KeyEvent, Duration)| typed == key && now.saturating_sub(at) < REPEAT_LIMIT;
                let is_repeated = self.typed.is_some_and(is_repeated);
                self.typed = Some((key, now));
                if is_repeated {
                    self.pass(event, events);
                } else {
                    self.add(event, PasteDetectorState::Held { since: now, last: now }, events);
                }
            }
        }
    }

    fn add(&mut self, event: Event, state: PasteDetectorState, events: &mut Vec<InputEvent>) {
        self.waiting.push(event);
        self.state = state;
        if self.waiting.len() >= WAITING_MAX {
            self.hand_on(events);
        }
    }

    /// Hands on an event after what waits.
    fn pass(&mut self, event: Event, events: &mut Vec<InputEvent>) {
        self.hand_on(events);
        self.state = PasteDetectorState::Idle;
        events.push(InputEvent { event, in_burst: false });
    }

    fn hand_on(&mut self, events: &mut Vec<InputEvent>) {
        let in_burst = matches!(self.state, PasteDetectorState::Burst(_));
        events.extend(self.waiting.drain(..).map(|event| InputEvent { event, in_burst }));
    }
}

/// The key of an event, if a text may have it: a character, control characters included.
fn text_key(event: &Event) -> Option<KeyEvent> {
    let Event::Key(key) = event else { return None };
    let is_text =
        matches!(key.code, KeyCode::Char(_) | KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace | KeyCode::Esc);
    is_text.then(|| KeyEvent::new(key.code, key.modifiers))
}

fn is_interrupt(event: &Event) -> bool {
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    matches!(event, Event::Key(key) if *key == interrupt)
}

#[cfg(test)]
mod tests;
