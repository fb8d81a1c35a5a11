//! Dialogs in each state, without what lies behind them.

mod acknowledging;
mod adding;
mod removing;
mod rotating;
mod sizes;
mod styles;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use zeroize::Zeroizing;

use super::{dialog_box, web_pages};
use crate::domain::api_key::KeySource;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::testing::*;
use crate::tui::message::Message;
use crate::tui::screen::{Overlay, Screen, ScreenSettings};
use crate::tui::update;

const KEY: &str = "trackyard_live_canary_0123wxyz";
const SMALL: (u16, u16) = (80, 24);

/// Step of a test: something done to the screen.
enum DialogStep<'a> {
    Press(&'a [&'a str]),
    Paste(&'a str),
    Tell(Message),
    Become(Box<EnvironmentSnapshot>),
}

use DialogStep::{Become, Paste, Press, Tell};

/// A screen with one environment chosen, after what is done to it.
fn screen_after(
    environment: EnvironmentSnapshot,
    steps: Vec<DialogStep<'_>>,
    settings: ScreenSettings,
    (columns, rows): (u16, u16),
) -> (Screen, OwnedViewContext) {
    let mut owned = OwnedViewContext::new(snapshot(vec![dev(), environment]));
    let mut screen = Screen::new(settings);
    let _ = update(&mut screen, &owned.context(), press("2"));
    for step in steps {
        match step {
            Press(keys) => {
                for key in keys {
                    let _ = update(&mut screen, &owned.context(), press(key));
                }
            }
            Paste(text) => {
                let _ = update(&mut screen, &owned.context(), Message::Pasted(Zeroizing::new(text.to_owned())));
            }
            Tell(message) => {
                let _ = update(&mut screen, &owned.context(), message);
            }
            Become(environment) => {
                owned.snapshot = snapshot(vec![dev(), *environment]);
                let _ = update(&mut screen, &owned.context(), Message::Resized { columns, rows });
            }
        }
    }
    (screen, owned)
}

/// A frame, and the cells of it that are the dialog.
fn frame(screen: &Screen, owned: &OwnedViewContext, (columns, rows): (u16, u16)) -> (Buffer, Rect) {
    let body = Rect::new(0, 1, columns, rows - 2);
    let over = match &screen.overlay {
        Some(Overlay::Dialog(dialog)) => dialog_box(body, dialog, screen, &owned.context()),
        Some(Overlay::WebPages) => web_pages(screen.appearance),
        other => panic!("no dialog: {other:?}"),
    };
    (draw(screen, &owned.context(), columns, rows), over.area(body))
}

/// The cells of the dialog alone.
fn drawn(
    environment: EnvironmentSnapshot,
    steps: Vec<DialogStep<'_>>,
    settings: ScreenSettings,
    size: (u16, u16),
) -> Buffer {
    let (screen, owned) = screen_after(environment, steps, settings, size);
    let (whole, area) = frame(&screen, &owned, size);
    let mut alone = Buffer::empty(Rect { x: 0, y: 0, ..area });
    alone.content = area.positions().map(|position| whole[position].clone()).collect();
    alone
}

/// The dialog on a terminal of the usual size.
fn small(environment: EnvironmentSnapshot, steps: Vec<DialogStep<'_>>) -> String {
    let picture = text(&drawn(environment, steps, settings(), SMALL));
    assert!(!picture.contains("canary"), "{picture}");
    picture
}

/// The keys that do something in a dialog, as the key bar names them.
fn keys(environment: EnvironmentSnapshot, steps: Vec<DialogStep<'_>>) -> String {
    let (screen, owned) = screen_after(environment, steps, settings(), SMALL);
    let Some(Overlay::Dialog(dialog)) = &screen.overlay else { panic!("no dialog") };
    let bindings = dialog.bindings(owned.context().environment(dialog.environment()));
    let hints: Vec<_> = bindings.iter().map(|binding| format!("{} {}", binding.chord, binding.label)).collect();
    hints.join(", ")
}

/// The lines of a dialog that another has not, without their frames.
fn new_lines<'a>(other: &str, picture: &'a str) -> Vec<&'a str> {
    let inner = |line: &'a str| line.trim_matches(['│', '┃']).trim_end();
    picture.lines().filter(|line| !other.lines().any(|known| known == *line)).map(inner).collect()
}

fn from_variable(mut environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let name = format!("TRACKYARD_API_KEY_{}", environment.environment.name.variable_suffix());
    environment.key.as_mut().unwrap().source = KeySource::Variable(name);
    environment
}
