use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// Events that come of these bytes, each piece so many milliseconds after the one before.
fn events(pieces: &[(u64, &[u8])]) -> Vec<Event> {
    let (mut decoder, mut events, mut now) = (Decoder::default(), Vec::new(), Duration::ZERO);
    for (pause, bytes) in pieces {
        now += Duration::from_millis(*pause);
        decoder.feed(bytes, now, &mut events);
    }
    decoder.expire(now + SILENCE_LIMIT, &mut events);
    events
}

fn typed(character: char) -> Event {
    key(KeyCode::Char(character), false)
}

fn pasted(text: &str) -> Event {
    Event::Paste(text.to_owned())
}

#[test]
fn an_escape_that_stands_alone_was_typed_and_one_that_is_followed_begins_a_sequence() {
    assert_eq!(events(&[(0, b"\x1b")]), [key(KeyCode::Esc, false)]);
    assert_eq!(events(&[(0, b"\x1b"), (5, b"[B")]), [key(KeyCode::Down, false)]);
    assert_eq!(events(&[(0, b"\x1b["), (500, b"B")]), [key(KeyCode::Down, false)]);
    assert_eq!(events(&[(0, b"\x1b"), (50, b"q")]), [key(KeyCode::Esc, false), typed('q')]);
    assert_eq!(events(&[(0, b"\x1bq")]), [key(KeyCode::Char('q'), true)]);
    assert_eq!(events(&[(0, b"\x1b\x1b")]), [key(KeyCode::Esc, false), key(KeyCode::Esc, false)]);
    assert_eq!(events(&[(0, b"\x1bOP"), (0, b"\x1b[[A"), (0, b"\x1b[15~")]).len(), 3);
    for introducer in *b"[O]PX^_\\" {
        assert_eq!(events(&[(0, &[ESCAPE, introducer])]), [], "it may begin a sequence, so it is no command");
    }
}

#[test]
fn a_report_of_the_mouse_in_pieces_is_no_key() {
    let whole = events(&[(0, b"\x1b[<0;12;3M")]);
    assert_eq!(whole.len(), 1);
    assert_eq!(events(&[(0, b"\x1b[<0;1"), (300, b"2;3M")]), whole);
    assert_eq!(events(&[(0, b"\x1b[M !"), (300, b"q"), (0, b"x")])[1..], [typed('x')]);
}

#[test]
fn characters_beyond_ascii_may_come_in_pieces_and_what_is_none_is_dropped() {
    assert_eq!(events(&[(0, b"\xc3"), (10, b"\xa9")]), [typed('é')]);
    assert_eq!(events(&[(0, b"\x1b\xe7\x95\x8c")]), [key(KeyCode::Char('界'), true)]);
    assert_eq!(events(&[(0, b"\xffq\xc3q\x80")]), [typed('q'), typed('q')]);
}

#[test]
fn a_paste_is_one_event_whatever_it_holds() {
    assert_eq!(events(&[(0, b"\x1b[200~a\x1b[20b\r\x03c\x1b[201~q")]), [pasted("a\x1b[20b\r\x03c"), typed('q')]);
    assert_eq!(events(&[(0, b"\x1b[200~abc\x1b[2"), (999, b"01~")]), [pasted("abc")]);
}

#[test]
fn a_paste_without_its_end_ends_with_silence() {
    assert_eq!(events(&[(0, b"\x1b[200~abc"), (1_000, b"q")]), [pasted("abc"), typed('q')]);
    assert_eq!(events(&[(0, b"\x1b[200~abc\x1b[201"), (1_000, b"q")]), [pasted("abc"), typed('q')]);
}

#[test]
fn control_c_that_was_typed_ends_a_paste_and_one_that_was_pasted_does_not() {
    assert_eq!(events(&[(0, b"\x1b[200~abc"), (100, b"\x03q")]), [interrupt(), typed('q')]);
    assert_eq!(events(&[(0, b"\x1b[200~abc\x03"), (50, b"q")]), [interrupt(), typed('q')]);
    assert_eq!(events(&[(0, b"\x1b[200~abc\x03"), (49, b"d\x1b[201~")]), [pasted("abc\x03d")]);
}

#[test]
fn a_paste_is_kept_up_to_its_longest() {
    let long = vec![b'x'; PASTE_MAX + 10_000];
    let kept = events(&[(0, b"\x1b[200~"), (0, &long), (0, b"\x1b[201~q")]);
    assert_eq!(kept, [pasted(&"x".repeat(PASTE_MAX)), typed('q')]);
}

#[test]
fn what_a_terminal_answers_is_swallowed_whole() {
    for answer in [
        &b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"[..],
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        b"\x1bP>|quit(1.2)\x1b\\",
        b"\x1b_Gi=1;OK\x1b\\",
        b"\x1b[?62;22c\x1b[24;80R\x1b[0n\x1b[I\x1b[O",
    ] {
        for cut in 0..=answer.len() {
            let (one, other) = answer.split_at(cut);
            let pause = if cut == 1 { 49 } else { 20 };
            assert_eq!(events(&[(0, one), (pause, other), (0, b"q")]), [typed('q')], "{answer:?} cut at {cut}");
        }
    }
    assert_eq!(events(&[(0, b"\x1b]11;rgb"), (10, b"\x03")]), [interrupt()]);
    assert_eq!(events(&[(0, b"\x1b]11;rgb\x1b"), (900, b"\\")]), [], "its end may come late");
    assert_eq!(events(&[(0, b"\x1b]2;caf\xc3\x9c \xe6\x9c\xacq\x9cx")]), [typed('x')], "a letter is no end");
    assert_eq!(events(&[(0, b"\x1bPa\x07q\x1b\\x")]), [typed('x')], "only a command of the system ends with BEL");
}

#[test]
fn alt_is_told_by_an_escape_before_the_sequence_of_a_key() {
    let down = |modifiers| Event::Key(KeyEvent::new(KeyCode::Down, modifiers));
    assert_eq!(events(&[(0, b"\x1b\x1b[B")]), [down(KeyModifiers::ALT)]);
    assert_eq!(events(&[(0, b"\x1b\x1bOB")]), [down(KeyModifiers::ALT)]);
    assert_eq!(events(&[(0, b"\x1b\x1b[?62;22c")]), [], "an Escape, and an answer");
    let escape = key(KeyCode::Esc, false);
    assert_eq!(events(&[(0, b"\x1b\x1bq")]), [escape.clone(), key(KeyCode::Char('q'), true)]);
    assert_eq!(events(&[(0, b"\x1b\x1b\x1b")]), vec![escape; 3]);
}

/// Bytes that often begin something.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 1..4),
        Just(b"\x1b".to_vec()),
        Just(b"\x1b[".to_vec()),
        Just(b"\x1bO".to_vec()),
        Just(b"\x1b]".to_vec()),
        Just(b"\x1bP".to_vec()),
        Just(b"\x1b[M".to_vec()),
        Just(b"\x1b[<0;1".to_vec()),
        Just(b"\x1b[200~".to_vec()),
        Just(b"\x1b[201~".to_vec()),
        Just(b"\x1b\\".to_vec()),
        Just(b"\x03".to_vec()),
        Just(b"\x9b".to_vec()),
        Just(b"\xc2\x9d".to_vec()),
        "[a-z0-9;]{1,8}".prop_map(String::into_bytes),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_came_the_keyboard_is_back_after_a_silence(before in bytes()) {
        let both = events(&[(0, &before), (1_000, b"q")]);
        prop_assert_eq!(both.last(), Some(&typed('q')));
    }

    #[test]
    fn whatever_came_control_c_is_heard_at_once(before in bytes()) {
        let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
        decoder.feed(&before, Duration::ZERO, &mut heard);
        decoder.feed(&[INTERRUPT], ESCAPE_LIMIT, &mut heard);
        prop_assert_eq!(heard.last(), Some(&interrupt()));
    }

    #[test]
    fn how_bytes_are_cut_changes_nothing(bytes in bytes(), cuts in vec(any::<prop::sample::Index>(), 0..6)) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| (0, &bytes[cut[0]..cut[1]])).collect();
        prop_assert_eq!(events(&pieces), events(&[(0, &bytes)]));
    }

    #[test]
    fn a_whole_paste_is_one_event(text in "[^\u{1b}]{0,200}") {
        let bytes = format!("\x1b[200~{text}\x1b[201~");
        prop_assert_eq!(events(&[(0, bytes.as_bytes())]), [pasted(&text)]);
    }
}

#[test]
fn the_background_that_a_terminal_tells_is_kept_however_its_answer_is_cut_and_ended() {
    let text = b"\x1b]11;rgb:fdfd/f6f6/e3e3";
    for end in [&b"\x07"[..], b"\x1b\\", b"\x9c", b"\xc2\x9c"] {
        let answer = [text, end].concat();
        for cut in 0..=answer.len() {
            let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
            decoder.feed(&answer[..cut], Duration::ZERO, &mut heard);
            decoder.feed(&answer[cut..], Duration::from_millis(40), &mut heard);
            assert_eq!(decoder.take_background(), Some(Rgb(0xfd, 0xf6, 0xe3)), "{end:?} cut at {cut}");
            assert_eq!((heard, decoder.take_background()), (Vec::new(), None));
        }
    }
}

#[test]
fn an_answer_that_is_broken_off_or_not_asked_for_tells_no_background() {
    for answer in [
        &b"\x1b]11;rgb:ff/ff/ff\x18"[..],
        b"\x1b]11;rgb:ff/ff/ff\x1a",
        b"\x1b]11;rgb:ff/ff/ff\x03",
        b"\x1b]10;rgb:ff/ff/ff\x07",
        b"\x1bP11;rgb:ff/ff/ff\x1b\\",
        b"\x1b[200~\x1b]11;rgb:ff/ff/ff\x07\x1b[201~",
    ] {
        let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
        decoder.feed(answer, Duration::ZERO, &mut heard);
        assert_eq!(decoder.take_background(), None, "{answer:?}");
    }
    let long = [b"\x1b]11;rgb:ff/ff/ff", &[b'f'; 10_000][..], b"\x07"].concat();
    let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
    decoder.feed(&long, Duration::ZERO, &mut heard);
    assert_eq!((decoder.take_background(), heard, decoder.kept()), (None, Vec::new(), 0));
}
