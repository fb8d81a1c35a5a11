//! Next moment at which a frame differs though nothing happened: a text of it changes with time.

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use crate::domain::status::Severity;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::screen::{Overlay, Screen};
use crate::tui::screens::overview::Overview;
use crate::tui::screens::wall::Wall;
use crate::tui::view_context::ViewContext;
use crate::wording::times;

/// The clock, dates and the axis of the chart change with the minute.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// The header has room for no more environments.
const TOLD_MAX: usize = 32;

/// Moment at which a text on the screen changes next with time alone; after `context.now`, by a minute at most.
#[must_use]
pub fn next_redraw(screen: &Screen, context: &ViewContext<'_>) -> Timestamp {
    let next_minute = minute_of(context.now).saturating_add(MINUTE).unwrap_or(Timestamp::MAX);
    if let Some(wall) = Wall::of(screen, context) {
        let (shown, next_page) = wall.shown(screen.area());
        let ages = shown.into_iter().flat_map(|environment| changes(environment, context.now));
        let ages = ages.filter(|change| *change > context.now);
        return ages.chain(next_page).fold(next_minute, Timestamp::min);
    }
    let environments = &context.snapshot.environments;
    let area = Rect::new(0, 0, screen.size.0, screen.size.1);
    let layout = Overview::new(area, screen, context).layout;
    let places = layout.places.iter().map(|place| place.index).chain([screen.chosen_index(context.snapshot)]);
    let in_header = environments.iter().filter(|environment| environment.severity > Severity::Ok).take(TOLD_MAX);
    let shown = places.filter_map(|index| environments.get(index)).chain(in_header);
    let of_environments = shown.flat_map(|environment| changes(environment, context.now));
    let aged_events = match &screen.overlay {
        Some(Overlay::Events(list)) if list.relative_times => Some(list.visible(context.events)),
        _ => None,
    };
    let of_events = aged_events.into_iter().flatten().map(|entry| times::age_changes_at(entry.at, context.now));
    of_environments.chain(of_events).filter(|change| *change > context.now).fold(next_minute, Timestamp::min)
}

/// The beginning of the minute of a moment.
pub(super) fn minute_of(moment: Timestamp) -> Timestamp {
    let second = moment.as_second();
    Timestamp::from_second(second - second.rem_euclid(MINUTE.as_secs())).unwrap_or(moment)
}

/// Moments at which the texts of an environment change with time alone.
fn changes(environment: &EnvironmentSnapshot, now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let key_age = environment.key.as_ref().and_then(|key| key.age);
    let old_key = environment.rotation.as_ref().and_then(|rotation| rotation.old_key.as_ref());
    let ages = [
        environment.polled_at,
        environment.own_use,
        environment.others_use.map(|used| used.at),
        environment.failure_seen_at,
        environment.refusal.as_ref().map(|refusal| refusal.at),
        environment.activity.record.as_ref().and_then(|record| record.read_at),
        old_key.and_then(|old| old.others_use).map(|used| used.at),
        key_age.filter(|age| age.days.is_none()).map(|age| age.created_at),
    ];
    let ages = ages.into_iter().flatten().map(move |moment| times::age_changes_at(moment, now));
    let ends = [
        key_age.map(|age| age.changes_at()),
        environment.polled_at.and_then(|at| at.checked_add(MINUTE).ok()),
        environment.fresh_until.and_then(|until| until.checked_add(SignedDuration::from_millis(1)).ok()),
        environment.snoozed_until,
    ];
    ages.chain(ends.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::*;
    use proptest::prelude::*;

    #[test]
    fn a_calm_screen_changes_a_few_times_a_minute_at_most() {
        let (owned, screen) = (OwnedViewContext::new(usual()), screen());
        let mut context = owned.context();
        let (start, mut changes) = (context.now, 0);
        while context.now < start + SignedDuration::from_mins(60) {
            let next = next_redraw(&screen, &context);
            assert!(next > context.now && next <= context.now + MINUTE);
            (context.now, changes) = (next, changes + 1);
        }
        assert!(changes <= 60 * 10, "{changes} frames in an hour of three environments");
    }

    proptest! {
        #[test]
        fn no_text_changes_before_it_is_said_to(
            seconds in proptest::collection::vec(0i64..200_000, 3), until in 0f64..1.0, overlay in 0usize..2,
        ) {
            let mut snapshot = usual();
            for (environment, seconds) in snapshot.environments.iter_mut().map(Arc::make_mut).zip(seconds) {
                environment.polled_at = Some(now() - SignedDuration::from_secs(seconds));
                environment.own_use = environment.polled_at;
                environment.others_use = environment.others_use.map(|used| crate::domain::last_use::ExternalUse {
                    at: now() - SignedDuration::from_millis(seconds * 700), ..used
                });
            }
            let owned = OwnedViewContext::new(snapshot);
            let mut screen = screen();
            if overlay == 1 {
                for key in ["e", "t"] {
                    let _ = crate::tui::update(&mut screen, &owned.context(), press(key));
                }
            }
            screen.size = (120, 40);
            let mut context = owned.context();
            let before = text(&draw(&screen, &context, 120, 40));
            let next = next_redraw(&screen, &context);
            let wait = next.duration_since(context.now).as_millis();
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a minute at most")]
            let within = SignedDuration::from_millis((wait as f64 * until) as i64);
            context.now = (context.now + within).min(next - SignedDuration::from_millis(1));
            prop_assert_eq!(text(&draw(&screen, &context, 120, 40)), before);
        }
    }
}
