//! What is typed told from what comes faster than a person types: a paste that the terminal does not mark, or text that
//! another program sends. Pure: the time is given.
//!
//! A character waits for a moment that nobody notices. Where two more follow it so closely, they begin a burst, which lasts
//! until a pause and is handed on as a whole, with the control characters in it. Two keys at once are typed, with both
//! hands; and a key that is held down repeats itself, however fast.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// Characters that come closer together are no typing.
const HOLD: Duration = Duration::from_millis(50);
/// No character waits longer for others: as long as the second and the third of a burst may take.
const HOLD_MAX: Duration = Duration::from_millis(100);
/// So many characters, not all the same, are a burst.
const BURST_MIN: usize = 3;
/// A key that comes again within this time is held down.
const REPEAT_LIMIT: Duration = Duration::from_millis(100);
/// A burst is over when nothing follows within this time: links are slow, and pastes come in pieces.
const SILENCE: Duration = Duration::from_millis(150);
/// In a burst, a Ctrl-C after this pause was typed.
const INTERRUPT_PAUSE: Duration = Duration::from_millis(60);
/// The most events that wait. More are handed on before the burst has ended.
pub(super) const WAITING_MAX: usize = 4_096;

/// An event, and how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputEvent {
    /// What came.
    pub event: Event,
    /// Whether it is a part of a burst, and so was not typed.
    pub in_burst: bool,
}

/// What came and has not been handed on.
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
    /// Until when what waits may be followed by more; `None` where nothing waits.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.state {
            PasteDetectorState::Idle => None,
            PasteDetectorState::Held { since, last } => Some((last + HOLD).min(since + HOLD_MAX)),
            PasteDetectorState::Burst(last) => Some(last + SILENCE),
        }
    }

    /// How many events wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Hands on what has waited for long enough.
    pub(super) fn expire(&mut self, now: Duration, arrivals: &mut Vec<InputEvent>) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.hand_on(arrivals);
            self.state = PasteDetectorState::Idle;
        }
    }

    /// Takes an event that came at `now`.
    pub(super) fn take(&mut self, event: Event, now: Duration, arrivals: &mut Vec<InputEvent>) {
        self.expire(now, arrivals);
        if matches!(&event, Event::Key(key) if key.kind == KeyEventKind::Release) {
            return;
        }
        match (self.state, text_key(&event)) {
            (PasteDetectorState::Burst(last), _)
                if is_interrupt(&event) && now.saturating_sub(last) >= INTERRUPT_PAUSE =>
            {
                self.pass(event, arrivals);
            }
            (PasteDetectorState::Burst(_), _) => self.add(event, PasteDetectorState::Burst(now), arrivals),
            // The decoder has waited already for what may follow an Escape.
            (_, None) | (PasteDetectorState::Idle, Some(KeyEvent { code: KeyCode::Esc, .. })) => {
                self.pass(event, arrivals)
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
                self.add(event, state, arrivals);
            }
            (PasteDetectorState::Idle, Some(key)) => {
                let is_repeated =
                    |(typed, at): (KeyEvent, Duration)| typed == key && now.saturating_sub(at) < REPEAT_LIMIT;
                let is_repeated = self.typed.is_some_and(is_repeated);
                self.typed = Some((key, now));
                if is_repeated {
                    self.pass(event, arrivals);
                } else {
                    self.add(event, PasteDetectorState::Held { since: now, last: now }, arrivals);
                }
            }
        }
    }

    fn add(&mut self, event: Event, state: PasteDetectorState, arrivals: &mut Vec<InputEvent>) {
        self.waiting.push(event);
        self.state = state;
        if self.waiting.len() >= WAITING_MAX {
            self.hand_on(arrivals);
        }
    }

    /// Hands on an event after what waits.
    fn pass(&mut self, event: Event, arrivals: &mut Vec<InputEvent>) {
        self.hand_on(arrivals);
        self.state = PasteDetectorState::Idle;
        arrivals.push(InputEvent { event, in_burst: false });
    }

    fn hand_on(&mut self, arrivals: &mut Vec<InputEvent>) {
        let in_burst = matches!(self.state, PasteDetectorState::Burst(_));
        arrivals.extend(self.waiting.drain(..).map(|event| InputEvent { event, in_burst }));
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
