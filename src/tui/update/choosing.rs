//! Choice of an environment, and the order in which they are shown.

use crate::domain::status::Severity;
use crate::tui::environment_order::EnvironmentOrder;
use crate::tui::screen::Screen;
use crate::tui::view_context::ViewContext;
use crate::wording::finding;

/// Chooses the environment of that place in the snapshot.
pub(super) fn choose(screen: &mut Screen, context: &ViewContext<'_>, index: usize) {
    if let Some(environment) = context.snapshot.environments.get(index) {
        screen.chosen = Some(environment.environment.name.clone());
    }
}

/// Chooses the environment that is shown so many places further on, round and round.
pub(super) fn step(screen: &mut Screen, context: &ViewContext<'_>, by: isize) {
    let shown = screen.shown(context.snapshot);
    let chosen = screen.chosen_index(context.snapshot);
    let place = shown.iter().position(|place| *place == chosen);
    let next = match place {
        Some(place) => place.checked_add_signed(by).unwrap_or(shown.len().saturating_sub(1)) % shown.len(),
        None => 0,
    };
    if let Some(index) = shown.get(next) {
        choose(screen, context, *index);
    }
}

/// Shows the environments in the other order, and says in which.
pub(super) fn reorder(screen: &mut Screen) {
    screen.order = screen.order.next();
    screen.notify(Severity::Ok, finding::order(screen.order == EnvironmentOrder::WorstFirst));
}
