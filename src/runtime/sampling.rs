//! Samples every environment once, without a screen: the monitor runs until each had its first answer.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::runner::{Delivery, Runner};
use crate::monitor::effect::Effect;
use crate::monitor::event::Event;
use crate::monitor::model::{KeySlot, Monitor};
use crate::monitor::report::Overview;
use crate::monitor::settings::MonitorSettings;
use crate::services::Services;

/// The longest wait for a clock that should have moved.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// A key whose limits hold the next call back for longer than this is reported as it is.
const TURN_MAX: SignedDuration = SignedDuration::from_secs(10);

/// How everything stands after one round of polls.
pub async fn sample(settings: MonitorSettings, services: Services) -> Overview {
    let clock = services.clock;
    let mut monitor = Monitor::new(settings);
    let (mut runner, mut mailbox) = Runner::new(services, None);
    runner.run(monitor.handle(Event::Started, &clock.now()));
    let mut stored = Storing::default();
    while !(stored.is_done() && (monitor.is_settled() || is_held_back(&monitor, clock.now().elapsed))) {
        let event = next_event(&mut monitor, &mut runner, &mut mailbox, clock.now().elapsed).await;
        stored.observe(&event);
        let effects = monitor.handle(event, &clock.now());
        stored.expect(&effects);
        runner.run(effects);
    }
    monitor.overview(&clock.now())
}

/// Whether nothing is under way, and nothing is due soon.
fn is_held_back(monitor: &Monitor, now: SignedDuration) -> bool {
    let asked = monitor.environments.iter().all(|state| !state.loading && state.slot != KeySlot::Unasked);
    let idle = monitor.keys.values().all(|key| key.recalled && key.in_flight.is_none());
    asked && idle && monitor.next_wake().is_none_or(|wake| wake - now > TURN_MAX)
}

/// Samples that are being stored: the program may end only after them.
#[derive(Default)]
struct Storing {
    under_way: usize,
}

impl Storing {
    fn expect(&mut self, effects: &[Effect]) {
        let stores = |effect: &&Effect| matches!(effect, Effect::StoreSample { .. });
        self.under_way += effects.iter().filter(stores).count();
    }

    fn observe(&mut self, event: &Event) {
        if matches!(event, Event::HistoryReported(_)) {
            self.under_way = self.under_way.saturating_sub(1);
        }
    }

    fn is_done(&self) -> bool {
        self.under_way == 0
    }
}

async fn next_event(
    monitor: &mut Monitor,
    runner: &mut Runner,
    mailbox: &mut mpsc::Receiver<Delivery>,
    now: SignedDuration,
) -> Event {
    let wait = monitor.next_wake().map_or(WAIT_MAX, |wake| (wake - now).max(SignedDuration::ZERO).unsigned_abs());
    match tokio::time::timeout(wait.min(WAIT_MAX), mailbox.recv()).await {
        Ok(Some(Delivery::Key(environment, loaded))) => runner.keep(environment, loaded),
        Ok(Some(Delivery::Event(event) | Delivery::Polled { event, .. })) => event,
        _ => Event::Ticked,
    }
}
