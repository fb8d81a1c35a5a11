//! Bursts: characters that come faster than a person types are a paste, text in a field and nothing anywhere else.

use super::*;

const NOTHING: &str = "that looks like a paste: nothing was done";

fn burst(desk: &mut ScreenFixture, keys: &[&str]) -> Vec<Action> {
    let chords = keys.iter().map(|key| key.parse::<Chord>().unwrap());
    chords.flat_map(|chord| desk.send(Message::KeyPressed(KeyPress { chord, in_burst: true }))).collect()
}

#[test]
fn outside_a_field_it_is_a_notice_and_no_command() {
    for open in [&[][..], &["?"], &["e"], &["u"], &["b"]] {
        let mut desk = ScreenFixture::new();
        desk.press_without_browser(open);
        let before = format!("{:?}", desk.screen.overlay);
        assert_eq!(burst(&mut desk, &["q", "u", "i", "t", "enter", "esc", "ctrl-c", "R", "o", "x"]), [], "{open:?}");
        assert_eq!(format!("{:?}", desk.screen.overlay), before, "{open:?}");
        assert_eq!(desk.notice(), format!("{NOTHING}; press a to add a key"));
        desk.press(&["ctrl-l"]);
        desk.paste("quit");
        assert_eq!(desk.notice(), format!("{NOTHING}; press a to add a key"));
    }
}

#[test]
fn in_a_dialog_without_a_field_it_is_no_command_either() {
    let mut desk = ScreenFixture::with(prod(), &["o"]);
    assert_eq!(burst(&mut desk, &["enter", "ctrl-b", "ctrl-y", "esc", "q"]), []);
    assert!(matches!(desk.screen.overlay, Some(Overlay::Dialog(_))));
    assert_eq!(desk.notice(), NOTHING);
}

#[test]
fn a_paste_where_a_name_confirms_is_told_and_confirms_nothing() {
    let mut desk = ScreenFixture::with(prod(), &["x"]);
    desk.paste("prod");
    assert_eq!(desk.notice(), NOTHING);
    assert_eq!(desk.press(&["enter"]), []);
}

#[test]
fn in_a_field_it_is_text_and_nothing_else() {
    let mut desk = ScreenFixture::new();
    desk.press(&["a"]);
    assert_eq!(burst(&mut desk, &["q", "ctrl-u", "esc", "ctrl-c", "backspace", "enter", "x"]), []);
    assert_eq!(desk.dialog().unwrap().input.length(), 2);
}
