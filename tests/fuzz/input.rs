//! What must hold of the bytes of a terminal.

use std::time::Duration;

use trackyard_tui::runtime::input::{Keyboard, messages};
use trackyard_tui::tui::keymap::{Chord, ChordKey};
use trackyard_tui::tui::message::{KeyPress, Message};

/// What a terminal sends: pieces, each after a byte that tells the pause before it and one that tells its length.
pub fn input(data: &[u8]) {
    let (mut keyboard, mut arrivals, mut now) = (Keyboard::default(), Vec::new(), Duration::from_secs(1));
    let mut rest = data;
    while let [pause, length, following @ ..] = rest {
        let (piece, following) = following.split_at(following.len().min(usize::from(*length)));
        now += Duration::from_millis(u64::from(*pause) * 5);
        keyboard.expire(now, &mut arrivals);
        keyboard.feed(piece, now, &mut arrivals);
        assert!(keyboard.kept() <= Keyboard::KEPT_MAX);
        rest = following;
    }
    let shown = format!("{:?}", messages(std::mem::take(&mut arrivals)));
    assert!(!shown.contains("Char"), "no key is told: {shown}");
    // Whatever was begun, a key is heard after a silence.
    now += Duration::from_secs(2);
    keyboard.feed(b"q", now, &mut arrivals);
    keyboard.expire(now + Duration::from_secs(1), &mut arrivals);
    let heard = messages(arrivals).pop();
    let quit = KeyPress { chord: Chord::plain(ChordKey::Character('q')), in_burst: false };
    assert!(matches!(heard, Some(Message::KeyPressed(press)) if press == quit));
    assert_eq!((keyboard.kept(), keyboard.deadline()), (0, None));
}
