use super::*;
use proptest::prelude::*;

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn characters(text: &str) -> Vec<Event> {
    text.chars().map(|character| key(KeyCode::Char(character))).collect()
}

fn control_c() -> Event {
    Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL))
}

/// Arrivals that come of events, each so many milliseconds after the one before.
fn arrivals(events: impl IntoIterator<Item = (u64, Event)>) -> Vec<(Event, bool)> {
    let (mut typing, mut arrivals, mut now) = (PasteDetector::default(), Vec::new(), Duration::from_secs(9));
    for (pause, event) in events {
        let until = now + Duration::from_millis(pause);
        // As the caller does, to the millisecond.
        while let Some(deadline) = typing.deadline().filter(|deadline| *deadline <= until) {
            typing.expire(deadline, &mut arrivals);
        }
        now = until;
        typing.take(event, now, &mut arrivals);
        assert!(typing.waiting() < WAITING_MAX);
    }
    typing.expire(now + SILENCE, &mut arrivals);
    arrivals.into_iter().map(|arrival| (arrival.event, arrival.in_burst)).collect()
}

/// True where all, and false where none, of these are a burst.
fn is_burst(events: impl IntoIterator<Item = (u64, Event)>) -> bool {
    let arrivals = arrivals(events);
    let first = arrivals[0].1;
    assert!(arrivals.iter().all(|(_, in_burst)| *in_burst == first), "{arrivals:?}");
    first
}

fn each(pause: u64, events: Vec<Event>) -> impl Iterator<Item = (u64, Event)> {
    events.into_iter().map(move |event| (pause, event))
}

#[test]
fn text_that_comes_at_once_or_over_a_slow_link_is_a_burst_from_its_first_character_on() {
    for text in ["quit", "qrx", "q\u{e9}x", "trackyard_live_a1", "llama", "aab", "add"] {
        for pause in [0, 5, 20, 40] {
            assert!(is_burst(each(pause, characters(text))), "{text} each {pause} ms");
        }
    }
    for line in [[key(KeyCode::Char('q')), key(KeyCode::Enter)], [key(KeyCode::Tab), key(KeyCode::Char('q'))]] {
        assert!(!is_burst(each(0, line.to_vec())), "two hands");
        assert!(is_burst(each(0, [line.to_vec(), characters("x")].concat())));
    }
}

#[test]
fn a_burst_goes_on_while_pieces_of_it_come_and_takes_in_whatever_they_hold() {
    let pieces = [(0, "q"), (1, "u"), (1, "x"), (149, "i"), (149, "q"), (149, "q")];
    assert!(is_burst(pieces.map(|(pause, text)| (pause, characters(text).remove(0)))));
    let keys = [
        KeyCode::Char('r'),
        KeyCode::Char('q'),
        KeyCode::Tab,
        KeyCode::Esc,
        KeyCode::Down,
        KeyCode::Enter,
        KeyCode::F(5),
    ];
    assert!(is_burst(each(5, keys.map(key).to_vec())));
}

#[test]
fn control_characters_are_a_part_of_a_burst_from_its_first_character_on() {
    let control = |character| Event::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::CONTROL));
    let [a, b] = ['a', 'b'].map(|character| key(KeyCode::Char(character)));
    for other in [control('c'), control('z'), control('l'), key(KeyCode::Backspace), key(KeyCode::Esc)] {
        for pause in [0, 20, 40] {
            assert!(is_burst(each(pause, vec![a.clone(), other.clone(), b.clone()])), "{other:?} each {pause} ms");
            assert!(is_burst(each(pause, vec![a.clone(), b.clone(), other.clone()])), "{other:?} each {pause} ms");
        }
    }
    for other in [control('c'), control('z'), key(KeyCode::Backspace)] {
        assert!(is_burst(each(20, vec![other.clone(), a.clone(), b.clone()])), "{other:?}");
        assert!(!is_burst(each(0, vec![other])), "alone, it is typed");
    }
}

#[test]
fn what_comes_after_a_burst_is_typed() {
    let after = characters("rqx").into_iter().map(|event| (0, event)).chain([(150, key(KeyCode::Char('q')))]);
    assert_eq!(arrivals(after).iter().map(|(_, in_burst)| *in_burst).collect::<Vec<_>>(), [true, true, true, false]);
}

#[test]
fn control_c_after_a_pause_is_heard_in_a_burst() {
    let told = |pause| arrivals(each(0, characters("rqx")).chain([(pause, control_c())])).pop();
    assert_eq!(told(60), Some((control_c(), false)));
    assert_eq!(told(59), Some((control_c(), true)));
}

#[test]
fn a_fast_typist_is_no_burst() {
    for pause in [50, 60, 120] {
        assert!(!is_burst(each(pause, characters("the quick brown fox"))), "each {pause} ms");
    }
}

#[test]
fn a_key_that_is_held_down_is_no_burst_nor_is_the_next_one() {
    for code in [KeyCode::Char('j'), KeyCode::Tab, KeyCode::Enter, KeyCode::Down] {
        for pause in [0, 5, 10, 33] {
            let held = vec![key(code); 50];
            assert!(!is_burst(each(pause, held.clone())), "{code:?} each {pause} ms");
            let next = std::iter::once((10, key(KeyCode::Char('k'))));
            if pause > 0 {
                assert!(!is_burst(each(pause, held).chain(next)), "{code:?} each {pause} ms");
            }
        }
    }
    let scrolled = [KeyCode::Down, KeyCode::Up, KeyCode::PageDown, KeyCode::Esc];
    assert!(!is_burst(each(0, scrolled.map(key).to_vec())), "no text has these");
}

#[test]
fn keys_that_are_let_go_are_nothing() {
    let release = |character| {
        let key = KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE);
        Event::Key(KeyEvent { kind: KeyEventKind::Release, ..key })
    };
    let keys = ['q', 'r', 'x'].map(|character| vec![key(KeyCode::Char(character)), release(character)]);
    assert!(is_burst(each(1, keys.concat())));
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_changes_places(
        events in proptest::collection::vec((0u64..200, prop_oneof!["[a-d]", "[a-d]"]), 0..60),
    ) {
        let events: Vec<_> = events.into_iter().map(|(pause, text)| (pause, characters(&text).remove(0))).collect();
        let told: Vec<_> = arrivals(events.clone()).into_iter().map(|(event, _)| event).collect();
        prop_assert_eq!(told, events.into_iter().map(|(_, event)| event).collect::<Vec<_>>());
    }

    #[test]
    fn no_three_characters_within_the_hold_are_typed_but_by_a_key_that_is_held_down(
        events in proptest::collection::vec((0u64..60, "[a-c]"), 3..40),
    ) {
        let events: Vec<_> = events.into_iter().map(|(pause, text)| (pause, characters(&text).remove(0))).collect();
        let told = arrivals(events.clone());
        for index in 2..told.len() {
            let three = &told[index - 2..=index];
            let is_close = events[index].0 < 50 && events[index - 1].0 < 50;
            let is_typed = three.iter().all(|(_, in_burst)| !in_burst);
            let repeats = three.windows(2).any(|pair| pair[0].0 == pair[1].0)
                || index > 2 && (told[index - 3].0 == three[0].0 || told[index - 3].0 == three[1].0)
                || index > 3 && told[index - 4].0 == three[0].0;
            prop_assert!(!is_close || !is_typed || repeats, "{:?}", told);
        }
    }
}
