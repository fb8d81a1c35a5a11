//! Keys that change what takes the whole screen, and those that work there. On the wall nothing can be changed.

use crate::tui::keymap::{Binding, Chord, UiCommand};
use crate::tui::screen::{Screen, ScreenView};

/// Command of a key on what is shown, and the number of the key among the command's keys.
pub(super) fn command(screen: &Screen, chord: Chord) -> Option<(&'static Binding, usize)> {
    let close = || screen.keymap.command(chord, true).filter(|(binding, _)| binding.command == UiCommand::Close);
    match screen.view {
        _ if screen.overlay.is_some() => screen.keymap.command(chord, true),
        ScreenView::Overview => screen.keymap.command(chord, false),
        ScreenView::Zoom => screen.keymap.command(chord, false).or_else(close),
        ScreenView::Wall => screen.keymap.command(chord, true).filter(|(binding, _)| works_on_wall(binding.command)),
    }
}

/// Shows a view, or the overview in its place.
pub(super) fn toggle(screen: &mut Screen, view: ScreenView) {
    screen.overlay = None;
    screen.view = if screen.view == view { ScreenView::Overview } else { view };
}

fn works_on_wall(command: UiCommand) -> bool {
    matches!(
        command,
        UiCommand::Wall | UiCommand::Close | UiCommand::Help | UiCommand::Redraw | UiCommand::Suspend | UiCommand::Quit
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;
    use crate::tui::keymap::{BINDINGS, KeyPress};
    use crate::tui::message::Message;
    use crate::tui::{Action, update};

    fn after(screen: &mut Screen, owned: &OwnedViewContext, keys: &[&str]) -> Vec<Action> {
        keys.iter().flat_map(|key| update(screen, &owned.context(), press(key))).collect()
    }

    #[test]
    fn the_wall_opens_closes_and_takes_nothing_that_changes_anything() {
        let (mut screen, owned) = (screen(), OwnedViewContext::new(usual()));
        assert!(after(&mut screen, &owned, &["2", "w"]).is_empty());
        assert_eq!(screen.view, ScreenView::Wall);
        let ways = ["w", "esc", "?", "f1", "ctrl-l", "ctrl-z", "q", "ctrl-c"];
        let others = BINDINGS.iter().flat_map(|binding| binding.keys).filter(|key| !ways.contains(key));
        let actions = after(&mut screen, &owned, &others.copied().collect::<Vec<_>>());
        assert!(actions.is_empty() && screen.overlay.is_none() && screen.notice.is_none(), "{actions:?}");
        assert_eq!((screen.view, screen.chosen.as_ref().unwrap().as_str()), (ScreenView::Wall, "staging"));
        assert!(matches!(after(&mut screen, &owned, &["q"])[..], [Action::Quit]));
        after(&mut screen, &owned, &["?", "esc"]);
        assert_eq!(screen.view, ScreenView::Wall, "only the help was closed");
        after(&mut screen, &owned, &["esc"]);
        assert_eq!(screen.view, ScreenView::Overview);
        after(&mut screen, &owned, &["w", "w"]);
        assert_eq!(screen.view, ScreenView::Overview);
    }

    #[test]
    fn under_lock_nothing_of_the_operator_s_does_anything() {
        let owned = OwnedViewContext::new(usual());
        let mut screen = Screen::new(crate::tui::screen::ScreenSettings { locked: true, ..settings() });
        let before = text(&draw(&screen, &owned.context(), 120, 40));
        for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
            let press = KeyPress { chord: key.parse().unwrap(), in_burst: false };
            assert!(update(&mut screen, &owned.context(), Message::KeyPressed(press)).is_empty(), "{key}");
        }
        for message in [Message::Clicked { column: 60, row: 8 }, Message::Pasted("a".to_owned().into())] {
            assert!(update(&mut screen, &owned.context(), message).is_empty());
        }
        assert_eq!(text(&draw(&screen, &owned.context(), 120, 40)), before);
        assert!(before.contains("locked: keys do nothing"));
    }
}
