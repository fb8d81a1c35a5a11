//! Pictures of the screen, and what holds of each.

mod forecasts;
mod grid;
mod pictures;
mod robust;
mod stale_values;
mod styles;

use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::testing::*;
use crate::tui::action::Action;
use crate::tui::message::Message;
use crate::tui::screen::Screen;
use crate::tui::update;

/// A picture of the dashboard after some keys.
fn picture(owned: &OwnedViewContext, columns: u16, rows: u16, keys: &[&str]) -> String {
    picture_of(screen(), owned, columns, rows, keys)
}

fn picture_of(mut screen: Screen, owned: &OwnedViewContext, columns: u16, rows: u16, keys: &[&str]) -> String {
    let _ = update(&mut screen, &owned.context(), Message::Resized { columns, rows });
    for key in keys {
        if matches!(update(&mut screen, &owned.context(), press(key))[..], [Action::OpenWebPage]) {
            let _ = update(&mut screen, &owned.context(), Message::WebPageOpened(false));
        }
    }
    text(&draw(&screen, &owned.context(), columns, rows))
}

fn of(environments: Vec<EnvironmentSnapshot>) -> OwnedViewContext {
    OwnedViewContext::new(snapshot(environments))
}
