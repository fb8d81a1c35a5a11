use super::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::runtime::input::decoder::{ESCAPE_LIMIT, SILENCE_LIMIT};

const NONE: KeyModifiers = KeyModifiers::NONE;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const ALT: KeyModifiers = KeyModifiers::ALT;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;

/// The sequences of keys that have one, as terminals send them.
const KEYS: &[(&[u8], KeyCode, KeyModifiers)] = &[
    // The arrows and their neighbours: of xterm, in both modes, and of the consoles.
    (b"\x1b[A", KeyCode::Up, NONE),
    (b"\x1bOB", KeyCode::Down, NONE),
    (b"\x1b[1;2C", KeyCode::Right, SHIFT),
    (b"\x1b[1;5D", KeyCode::Left, CONTROL),
    (b"\x1bO1;5D", KeyCode::Left, CONTROL),
    (b"\x1b[H", KeyCode::Home, NONE),
    (b"\x1b[4~", KeyCode::End, NONE),
    (b"\x1b[8~", KeyCode::End, NONE),
    (b"\x1b[5~", KeyCode::PageUp, NONE),
    (b"\x1b[3;5~", KeyCode::Delete, CONTROL),
    (b"\x1b[Z", KeyCode::BackTab, NONE),
    // Of rxvt, with Shift, Control and both.
    (b"\x1b[a", KeyCode::Up, SHIFT),
    (b"\x1bOd", KeyCode::Left, CONTROL),
    (b"\x1b[6$", KeyCode::PageDown, SHIFT),
    (b"\x1b[6^", KeyCode::PageDown, CONTROL),
    // The function keys of xterm, vt220, rxvt and the Linux console.
    (b"\x1bOP", KeyCode::F(1), NONE),
    (b"\x1b[11~", KeyCode::F(1), NONE),
    (b"\x1b[[A", KeyCode::F(1), NONE),
    (b"\x1b[[E", KeyCode::F(5), NONE),
    (b"\x1b[15~", KeyCode::F(5), NONE),
    (b"\x1b[24~", KeyCode::F(12), NONE),
    (b"\x1b[34~", KeyCode::F(20), NONE),
    (b"\x1b[1;2P", KeyCode::F(1), SHIFT),
    // Alt.
    (b"\x1bx", KeyCode::Char('x'), ALT),
    (b"\x1b\xc3\xa9", KeyCode::Char('\u{e9}'), ALT),
    (b"\x1b\x1b[B", KeyCode::Down, ALT),
    (b"\x1b\x1bOB", KeyCode::Down, ALT),
    (b"\x1b[1;3B", KeyCode::Down, ALT),
    // Of kitty's keyboard protocol.
    (b"\x1b[114;5u", KeyCode::Char('r'), CONTROL),
    (b"\x1b[97:65;2u", KeyCode::Char('a'), SHIFT),
    // With one-byte introducers.
    (b"\x9bA", KeyCode::Up, NONE),
    (b"\xc2\x9b1;5A", KeyCode::Up, CONTROL),
    (b"\x8fP", KeyCode::F(1), NONE),
    // Characters beyond ASCII.
    (b"\xc3\xa9", KeyCode::Char('\u{e9}'), NONE),
    (b"\xf0\x9f\x98\x80", KeyCode::Char('\u{1f600}'), NONE),
];

/// Answers of a terminal to queries, each in full.
const ANSWERS: &[&[u8]] = &[
    b"\x1b[?62;22c",
    b"\x1b[>41;354;0c",
    b"\x1b[=1c",
    b"\x1bP!|7E7E4B44\x1b\\",
    b"\x1bP>|XTerm(390)\x1b\\",
    b"\x1bP>|quit \xe6\x9c\xac\x9c",
    b"\x1bP1+r636f6c6f7273=323536\x1b\\",
    b"\x1bP1$r0m\x1b\\",
    b"\x1b[0n",
    b"\x1b[24;80R",
    b"\x1b[?24;80;1R",
    b"\x1b[?2026;2$y",
    b"\x1b[4;1$y",
    b"\x1b[8;24;80t",
    b"\x1b[4;600;800t",
    b"\x1b[?0u",
    b"\x1b[?1u",
    b"\x1b[>4;2m",
    b"\x1b[?1;1;256S",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
    b"\x1b]4;1;rgb:cdcd/0000/0000\x9c",
    b"\x1b]52;c;cXVpdA==\x1b\\",
    b"\x1b]lquit\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b^quit\x1b\\",
    b"\x1bXquit\x1b\\",
    b"\x9b?62;22c",
    b"\x9d11;rgb:1e1e/1e1e/2e2e\x9c",
    b"\xc2\x9d11;rgb:1e1e/1e1e/2e2e\xc2\x9c",
    b"\x90>|quit\x9c",
    b"\x9fGi=31;OK\x9c",
    b"\x9equit\x9c",
    b"\x98quit\x9c",
    b"\x9bI",
    // What was pressed and let go again, and moves of the mouse.
    b"\x1b[114;5:3u",
    b"\x1b[57441;2u",
    b"\x1b[<0;12;3m",
    b"\x1b[<35;12;3M",
    b"\x1b[201~",
];

/// Reports of the mouse, in all forms.
const CLICKS: &[&[u8]] = &[b"\x1b[<0;12;3M", b"\x1b[32;12;3M", b"\x1b[M ,#", b"\x9b<0;12;3M"];

/// Input events that come of pieces, each so long after the one before.
fn arrivals(pieces: &[(Duration, &[u8])]) -> Vec<InputEvent> {
    let (mut keyboard, mut arrivals, mut now) = (Keyboard::default(), Vec::new(), Duration::from_secs(5));
    for (pause, bytes) in pieces {
        let until = now + *pause;
        while let Some(deadline) = keyboard.deadline().filter(|deadline| *deadline <= until) {
            keyboard.expire(deadline, &mut arrivals);
        }
        now = until;
        keyboard.feed(bytes, now, &mut arrivals);
        assert!(keyboard.kept() <= Keyboard::KEPT_MAX);
    }
    while let Some(deadline) = keyboard.deadline() {
        keyboard.expire(deadline, &mut arrivals);
    }
    arrivals
}

/// Events that can be a command, of pieces that come together.
fn commands(pieces: &[(Duration, &[u8])]) -> Vec<Event> {
    arrivals(pieces).into_iter().filter(|arrival| !arrival.in_burst).map(|arrival| arrival.event).collect()
}

/// Pauses between two pieces of one thing.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(5), Duration::from_millis(20), Duration::from_millis(40)];

/// The bytes whole, cut in two at each place, and one by one; with each pause.
fn cuts(bytes: &[u8]) -> Vec<Vec<(Duration, &[u8])>> {
    let in_two = |pause| (1..bytes.len()).map(move |cut| vec![(Duration::ZERO, &bytes[..cut]), (pause, &bytes[cut..])]);
    let one_by_one = |pause| bytes.chunks(1).map(|byte| (pause, byte)).collect();
    let cut = PAUSES.into_iter().flat_map(|pause| in_two(pause).chain([one_by_one(pause)]));
    std::iter::once(vec![(Duration::ZERO, bytes)]).chain(cut).collect()
}

#[test]
fn each_key_is_known_however_its_sequence_is_cut() {
    for (bytes, code, modifiers) in KEYS {
        for pieces in cuts(bytes) {
            assert_eq!(commands(&pieces), [Event::Key(KeyEvent::new(*code, *modifiers))], "{pieces:x?}");
        }
    }
}

#[test]
fn no_answer_is_a_command_however_it_is_cut() {
    for answer in ANSWERS {
        for pieces in cuts(answer) {
            assert_eq!(arrivals(&pieces), [], "{pieces:x?}");
        }
    }
}

#[test]
fn a_click_is_one_click_however_it_is_cut() {
    for click in CLICKS {
        for pieces in cuts(click) {
            let [Event::Mouse(mouse)] = &commands(&pieces)[..] else { panic!("{pieces:x?}") };
            assert!(matches!(mouse.kind, MouseEventKind::Down(_)) && (mouse.column, mouse.row) == (11, 2));
        }
    }
}

/// The beginnings of everything, but for an Escape alone, which is a key.
fn beginnings() -> Vec<&'static [u8]> {
    let whole = KEYS.iter().map(|(bytes, ..)| *bytes).chain(ANSWERS.iter().copied()).chain(CLICKS.iter().copied());
    let begun = whole.flat_map(|bytes| (1..bytes.len()).map(|length| &bytes[..length]));
    begun.filter(|begun| !begun.ends_with(b"\x1b") || begun.len() > 2).collect()
}

#[test]
fn what_does_not_end_is_no_command_and_the_keyboard_is_back_after_a_silence() {
    let quit = KeyEvent::new(KeyCode::Char('q'), NONE);
    for begun in beginnings() {
        assert_eq!(arrivals(&[(Duration::ZERO, begun)]), [], "{begun:x?}");
        let then = [(Duration::ZERO, begun), (SILENCE_LIMIT, &b"q"[..])];
        assert_eq!(commands(&then), [Event::Key(quit)], "{begun:x?}");
    }
}

#[test]
fn an_escape_that_begins_anew_after_an_answer_without_an_end_is_not_typed() {
    for next in [&b"\x1b\xc3"[..], b"\x1b\xc3\xa9"] {
        let pieces = [(Duration::ZERO, &b"\x1bP1$r0m\x1b"[..]), (Duration::ZERO, next)];
        let is_escape = |input: &InputEvent| matches!(&input.event, Event::Key(key) if key.code == KeyCode::Esc);
        assert!(!arrivals(&pieces).iter().any(is_escape), "{next:x?}");
    }
}

#[test]
fn invalid_text_is_dropped() {
    for bytes in [&b"\xff\xfe"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xe6\x9c", b"\x80\x81"] {
        assert_eq!(arrivals(&[(Duration::ZERO, bytes)]), [], "{bytes:x?}");
    }
}

#[test]
fn text_that_nobody_typed_is_a_burst_over_a_slow_link_too() {
    for text in [&b"quit"[..], b"trackyard_live_0123456789\r", b"q\nx", b"\xc3\xa9qx"] {
        for pieces in cuts(text) {
            assert_eq!(commands(&pieces), [], "{pieces:x?}");
        }
    }
}

fn pause() -> impl Strategy<Value = Duration> {
    (0u64..50).prop_map(Duration::from_millis)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_break_anything_nor_keep_the_keyboard_or_memory(
        pieces in vec(((0u64..3_000).prop_map(Duration::from_millis), vec(any::<u8>(), 0..64)), 0..20),
    ) {
        let mut pieces: Vec<_> = pieces.iter().map(|(pause, bytes)| (*pause, &bytes[..])).collect();
        arrivals(&pieces);
        pieces.push((SILENCE_LIMIT + ESCAPE_LIMIT, b"q"));
        let quit = Event::Key(KeyEvent::new(KeyCode::Char('q'), NONE));
        prop_assert_eq!(arrivals(&pieces).pop(), Some(InputEvent { event: quit, in_burst: false }));
    }

    #[test]
    fn answers_and_beginnings_in_any_order_are_no_command(
        parts in vec((pause(), prop_oneof![3 => select(ANSWERS), 1 => select(beginnings())]), 0..12),
    ) {
        // Three bytes belong to an old report of the mouse, whatever they are.
        prop_assume!(parts.iter().all(|(_, part)| !part.starts_with(b"\x1b[M")));
        // The beginning of a character, and that of an answer in 8 bits, may make a character that somebody typed.
        let may_go_on = |part: &[u8]| part.last().is_some_and(|byte| !byte.is_ascii());
        let goes_on = |part: &[u8]| part.first().is_some_and(|byte| (0x80..0xc0).contains(byte));
        prop_assume!(!parts.windows(2).any(|pair| may_go_on(pair[0].1) && goes_on(pair[1].1)));
        let clicks = commands(&parts).into_iter().filter(|event| !matches!(event, Event::Mouse(_)));
        prop_assert_eq!(clicks.collect::<Vec<_>>(), []);
    }
}
