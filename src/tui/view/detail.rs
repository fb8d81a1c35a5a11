//! All about the chosen environment: what is the matter and what to do, its key, its polls, its credits.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::chart;
use super::known_values::limits_are_known;
use super::painter::Painter;
use crate::domain::account::Account;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, KeySnapshot};
use crate::tui::hit_map::HitMap;
use crate::tui::layout::side_by_side;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::{columns, wrap};
use crate::wording::format;
use crate::wording::sentences::{self, Sentence, environment_name, key_name};
use crate::wording::times;

/// Labels stand in so many columns.
const LABEL_WIDTH: u16 = 8;
/// From this width on, the chart stands beside the facts.
const CHART_BESIDE_FROM: u16 = 110;
/// Facts are no wider.
const FACTS_WIDTH: u16 = 62;
/// Below this height a chart says nothing.
const CHART_HEIGHT_MIN: u16 = 6;
/// Facts that no chart takes the room of.
const FACTS_MIN: u16 = 4;
/// Higher ones say no more.
const CHART_HEIGHT_MAX: u16 = 42;
/// Wider ones neither.
const CHART_WIDTH_MAX: u16 = 120;

pub(super) fn paint(
    painter: &mut Painter<'_>,
    area: Rect,
    environment: &EnvironmentSnapshot,
    screen: &Screen,
    context: &ViewContext<'_>,
    hits: &mut HitMap,
) {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let (text, chart) = if inner.width >= CHART_BESIDE_FROM && inner.height >= CHART_HEIGHT_MIN {
        let [text, chart] = side_by_side(inner, FACTS_WIDTH);
        (text, Some(chart))
    } else {
        (inner, None)
    };
    let y = paint_text(painter, text, environment, screen, context, chart.is_none());
    let below = Rect { y: y + 1, height: inner.bottom().saturating_sub(y + 1), ..inner };
    let chart = chart.unwrap_or(below);
    if chart.height >= CHART_HEIGHT_MIN && environment.status != Status::NoKey {
        let height = chart.height.min(CHART_HEIGHT_MAX);
        chart::paint(
            painter,
            Rect { height, width: chart.width.min(CHART_WIDTH_MAX), ..chart },
            environment,
            screen,
            context,
            hits,
        );
    }
}

/// The title, the sentences and the facts, as far as there is room, some of it for the chart; answers with the row
/// after them.
fn paint_text(
    painter: &mut Painter<'_>,
    area: Rect,
    environment: &EnvironmentSnapshot,
    screen: &Screen,
    context: &ViewContext<'_>,
    chart_below: bool,
) -> u16 {
    let mut y = area.y;
    let short = area.height < 9;
    paint_title(painter, Rect { height: 1, ..area }, environment, short);
    y += 1;
    let facts = facts(environment, context);
    let facts = if short { &facts[facts.len().min(1)..] } else { &facts[..] };
    let kept_for_facts = u16::from(area.height > 2 && !facts.is_empty());
    let outage = sentences::outage(context.snapshot, context.now, context.zone);
    let refused = sentences::all_refused(context.snapshot, context.now, context.zone);
    let own = sentences::sentences_among(context.snapshot, environment, context.now, context.zone);
    for sentence in outage.into_iter().chain(refused).chain(own) {
        let last = area.bottom().saturating_sub(kept_for_facts);
        y = paint_sentence(painter, Rect { y, height: last.saturating_sub(y), ..area }, &sentence, screen);
    }
    if !short && y > area.y + 1 {
        y += 1;
    }
    let above_chart = area.bottom().saturating_sub(1 + CHART_HEIGHT_MIN);
    let end = if chart_below && above_chart >= y + FACTS_MIN { above_chart } else { area.bottom() };
    for (label, text) in facts {
        if y >= end {
            break;
        }
        painter.text(area.x, y, LABEL_WIDTH.min(area.width), label, painter.style(Role::Label));
        let room = area.width.saturating_sub(LABEL_WIDTH);
        painter.text(area.x + LABEL_WIDTH, y, room, text, painter.style(Role::Text));
        y += 1;
    }
    y
}

/// The name and the label; the key at the right where there is no row for it.
fn paint_title(painter: &mut Painter<'_>, row: Rect, environment: &EnvironmentSnapshot, with_key: bool) {
    let name_style = painter.style(Role::Accent).add_modifier(Modifier::BOLD);
    let label = environment.environment.label.as_deref().unwrap_or_default();
    let key = environment.key.as_ref().filter(|_| with_key).map(|key| format!("key {}", key_and_source(key)));
    let key = key.unwrap_or_default();
    let name = environment_name(&environment.environment.name);
    let wanted = columns(&name) + columns(label) + columns(&key) + 4;
    let key = if wanted <= row.width { key } else { String::new() };
    let room = row.width.saturating_sub(columns(&key));
    let parts = [(name.as_str(), name_style), ("  ", Style::new()), (label, painter.style(Role::Text))];
    painter.line(row.x, row.y, room, &parts);
    painter.line_right(row.right().saturating_sub(1), row.y, columns(&key), &[(&key, painter.style(Role::Muted))]);
}

/// A sentence and its advice; answers with the row after them.
fn paint_sentence(painter: &mut Painter<'_>, area: Rect, sentence: &Sentence, screen: &Screen) -> u16 {
    let advice = sentence.advice.as_ref().map(|advice| advice.at(&screen.audience()));
    let whole = match &advice {
        Some(advice) => format!("{} → {advice}", sentence.text),
        None => sentence.text.clone(),
    };
    let width = area.width.saturating_sub(3);
    let mut y = area.y;
    let mut written = 0;
    for (index, line) in wrap(&whole, width).into_iter().enumerate() {
        if y >= area.bottom() {
            break;
        }
        if index == 0 && sentence.severity > Severity::Ok {
            painter.marked(area.x, y, area.width, sentence.symbol(), "", Style::new());
        }
        let start = whole.len() - whole[written..].trim_start().len();
        written = start + line.len();
        let line = if y + 1 == area.bottom() { &whole[start..] } else { line };
        let advice_start = sentence.text.len().saturating_sub(start).min(line.len());
        let text = painter.style(if sentence.severity > Severity::Ok { Role::Text } else { Role::Muted });
        let parts = [(&line[..advice_start], text), (&line[advice_start..], painter.style(Role::Muted))];
        painter.line(area.x + 2, y, width, &parts);
        y += 1;
    }
    y
}

/// Labels and values, the least telling first where only some can be shown.
fn facts(environment: &EnvironmentSnapshot, context: &ViewContext<'_>) -> Vec<(&'static str, String)> {
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
        let [made, rotate_by] =
            [age.created_at, age.rotate_by].map(|moment| times::date(moment, context.now, context.zone));
        facts.push(("created", format!("{made}, rotate by {rotate_by}")));
    }
    if let Some(forecast) = &environment.forecast {
        let as_of = environment.outdated_forecast().map(|at| times::as_of(at, context.now, context.zone));
        let as_of = as_of.map(|as_of| format!("{as_of}: ")).unwrap_or_default();
        facts.push(("spent", as_of + &sentences::spent(forecast, context.now, context.zone)));
        facts.push(("refill", sentences::refill(forecast, context.now, context.zone)));
    }
    if let Some(account) = &environment.account {
        let tier =
            if limits_are_known(environment) { tier_and_limits(account, environment) } else { tier_alone(account) };
        let as_of =
            environment.polled_at.filter(|_| !environment.fresh).map(|at| times::as_of(at, context.now, context.zone));
        facts.push(("tier", as_of.map_or_else(|| tier.clone(), |as_of| format!("{tier} ({as_of})"))));
    }
    if let Some(latency) = environment.latency.filter(|latency| environment.fresh && !latency.is_zero()) {
        facts.push(("latency", format::latency(latency)));
    }
    facts
}

/// `starter, 10 requests a minute, 1,000 a day`
fn tier_and_limits(account: &Account, environment: &EnvironmentSnapshot) -> String {
    let tier = account.tier.as_deref().unwrap_or("not told");
    format!("{tier}, {}", sentences::allowed(&environment.minute, &environment.day))
}

fn tier_alone(account: &Account) -> String {
    account.tier.clone().unwrap_or_else(|| "–".to_owned())
}

fn key_and_source(key: &KeySnapshot) -> String {
    format!("{} from {}", key_name(&key.identity), key.source)
}
