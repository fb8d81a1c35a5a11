//! Key panel: the chosen key, its dates and limits, its polls.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::layout::FACT_LABEL_WIDTH;
use crate::domain::account::Account;
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot};
use crate::tui::known_values::limits_are_known;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::text::{fit, wrap};
use crate::wording::sentences::{self, key_name};
use crate::wording::{format, times};

/// Facts about a key.
pub(in crate::tui) struct KeyPanel<'a> {
    pub facts: &'a [KeyFact],
    pub appearance: Appearance,
}

/// A label and what there is to tell.
pub(in crate::tui) type KeyFact = (&'static str, String);

impl Widget for &KeyPanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let title = Line::from(self.appearance.span(Role::Label, "key and limits"));
        (&Panel::new(title, self.appearance)).render(area, buf);
        let inner = Panel::inner(area);
        let mut rows = inner.rows().peekable();
        for (label, text) in self.facts {
            let room = inner.width.saturating_sub(FACT_LABEL_WIDTH);
            for (number, line) in wrap(text, room).into_iter().enumerate() {
                let Some(row) = rows.next() else { return };
                let [label_area, value] =
                    Layout::horizontal([Constraint::Length(FACT_LABEL_WIDTH), Constraint::Fill(1)]).areas(row);
                if number == 0 {
                    self.appearance.span(Role::Label, *label).render(label_area, buf);
                }
                // The last row runs on, so that its cut is seen.
                let start = text.find(line).filter(|_| rows.peek().is_none());
                let line = start.map_or(line, |start| &text[start..]);
                let line = Line::from(self.appearance.span(Role::Text, line));
                fit(line, value.width, self.appearance.symbols.ellipsis).render(value, buf);
            }
        }
    }
}

/// Facts about the key of an environment, the most telling first.
pub(in crate::tui) fn facts(environment: &EnvironmentSnapshot, context: &ViewContext<'_>) -> Vec<KeyFact> {
    let mut facts = Vec::new();
    if let Some(key) = &environment.key {
        facts.push(("key", format!("{}, fingerprint {}", key_and_source(key), key.identity.fingerprint)));
    }
    if let Some(alerts) = sentences::alerts(environment, context.now, context.zone) {
        facts.push(("alerts", alerts));
    }
    if let Some((rotation, old)) = environment.rotation.as_ref().and_then(|it| Some((it, it.old_key.as_ref()?))) {
        let fares = sentences::old_key(rotation, old, context.now, context.zone);
        facts.push(("old key", format!("{}, kept aside, {fares}", key_name(&old.identity))));
    }
    if environment.key.is_some() {
        facts.extend(sentences::poll_schedule(environment, context.now, context.zone).map(|polled| ("polled", polled)));
    }
    if let Some(activity) = sentences::activity(environment, context.now, context.zone) {
        facts.push(("use", activity));
    }
    if let Some(age) = environment.key.as_ref().and_then(|key| key.age) {
        let [created, rotate_by] =
            [age.created_at, age.rotate_by].map(|moment| times::date(moment, context.now, context.zone));
        facts.push(("created", format!("{created}, rotate by {rotate_by}")));
    }
    if let Some(forecast) = &environment.forecast {
        let as_of = environment.outdated_forecast().map(|at| times::as_of(at, context.now, context.zone));
        let as_of = as_of.map(|as_of| format!("{as_of}: ")).unwrap_or_default();
        facts.push(("spent", as_of + &sentences::spent(forecast, context.now, context.zone)));
        facts.push(("refill", sentences::refill(forecast, context.now, context.zone)));
    }
    if let Some(account) = &environment.account {
        let tier = tier(account, environment);
        let as_of =
            environment.polled_at.filter(|_| !environment.fresh).map(|at| times::as_of(at, context.now, context.zone));
        facts.push(("tier", as_of.map_or_else(|| tier.clone(), |as_of| format!("{tier} ({as_of})"))));
    }
    if let Some(latency) = environment.latency.filter(|latency| environment.fresh && !latency.is_zero()) {
        facts.push(("latency", format::latency(latency)));
    }
    facts
}

/// The key in the few columns of a border: `key …ec5f from keyring · 560 a day`.
pub(in crate::tui) fn summary(environment: &EnvironmentSnapshot) -> String {
    let key = environment.key.as_ref().map(|key| format!("key {}", key_and_source(key)));
    let rate = environment.forecast.as_ref().filter(|_| environment.outdated_forecast().is_none());
    let rate = rate.and_then(|forecast| forecast.burn.a_day()).map(sentences::rate);
    key.into_iter().chain(rate).collect::<Vec<_>>().join(" · ")
}

/// `starter, 10 requests a minute, 1,000 a day`
fn tier(account: &Account, environment: &EnvironmentSnapshot) -> String {
    match &account.tier {
        tier if limits_are_known(environment) => {
            let limits = sentences::allowed(&environment.minute, &environment.day);
            format!("{}, {limits}", tier.as_deref().unwrap_or("not told"))
        }
        tier => tier.clone().unwrap_or_else(|| "–".to_owned()),
    }
}

fn key_and_source(key: &KeySnapshot) -> String {
    format!("{} from {}", key_name(&key.identity), key.source)
}
