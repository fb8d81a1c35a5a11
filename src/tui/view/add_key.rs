//! The dialog that takes a key. Of the key itself it shows the length and, of long ones, the ending.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::card::shown_name;
use super::paint::{Painter, wrap};
use super::{KEYS_PAGE, key_name};
use crate::domain::api_key::{KeySource, LENGTH_MAX};
use crate::domain::format;
use crate::monitor::report::Report;
use crate::tui::add_key::{AddKey, KeyInput};
use crate::tui::sentences::Mark;
use crate::tui::theme::Role;
use crate::tui::world::World;

const WIDTH: u16 = 66;
/// A line of the dialog: its text and how it looks.
type Line = (String, Style);

pub(super) fn paint(painter: &mut Painter<'_>, body: Rect, dialog: &AddKey, world: &World<'_>) {
    let report = world.overview.reports.iter().find(|report| report.environment.name == dialog.environment);
    let width = WIDTH.min(body.width).saturating_sub(4);
    let intro = intro(painter, dialog, report, width);
    let outcome = outcome(painter, dialog, world, width);
    let height = u16::try_from(intro.len() + outcome.len() + 3).unwrap_or(u16::MAX);
    let symbols = painter.look().symbols;
    let border = if dialog.environment.is_production() { &symbols.border_heavy } else { &symbols.border };
    let inner = painter.dialog(body, &title(dialog, report), border, WIDTH, height);
    let below = |y: u16| y..inner.bottom();
    let field = inner.y + u16::try_from(intro.len()).unwrap_or(0) + 1;
    for ((line, style), y) in intro.iter().zip(below(inner.y)) {
        painter.text(inner.x, y, inner.width, line, *style);
    }
    let field = field.min(inner.bottom().saturating_sub(1 + u16::from(!outcome.is_empty())));
    paint_field(painter, Rect { y: field, height: 1, ..inner }, dialog);
    for ((line, style), y) in outcome.iter().zip(below(field + 1 + u16::from(inner.height >= height))) {
        painter.text(inner.x, y, inner.width, line, *style);
    }
}

fn title(dialog: &AddKey, report: Option<&Report>) -> String {
    let name = report.map_or_else(|| dialog.environment.to_string(), shown_name);
    let held = report.is_some_and(|report| report.key.is_some());
    if held { format!("replace the key of {name}") } else { format!("add a key to {name}") }
}

/// For which environment, instead of which key, and what to mind.
fn intro(painter: &Painter<'_>, dialog: &AddKey, report: Option<&Report>, width: u16) -> Vec<Line> {
    let (text, muted) = (painter.style(Role::Text), painter.style(Role::Muted));
    let label = report.and_then(|report| report.environment.label.clone()).unwrap_or_default();
    let mut lines = Vec::new();
    if dialog.environment.is_production() {
        let symbol = painter.look().symbols.mark(Mark::Warning);
        let warning = format!("{symbol} this is PROD  {label}");
        lines.push((warning, painter.style(Role::Warning).add_modifier(Modifier::BOLD)));
    } else if !label.is_empty() {
        lines.push((label, text));
    }
    let held = report.and_then(|report| report.key.as_ref());
    lines.extend(held.map(|key| (format!("the new key takes the place of {}", key_name(&key.identity)), text)));
    let source = held.map(|key| &key.source).filter(|source| !matches!(source, KeySource::Store(_)));
    if let Some(source) = source {
        let warning = format!("{source} comes first: a stored key is used only once that is gone");
        lines.extend(wrap(&warning, width).into_iter().map(|line| (line.to_owned(), painter.style(Role::Warning))));
    }
    lines.push((format!("make one at {KEYS_PAGE}"), muted));
    lines
}

fn paint_field(painter: &mut Painter<'_>, row: Rect, dialog: &AddKey) {
    let label = painter.style(Role::Label);
    painter.text(row.x, row.y, 4, "key", label);
    let x = row.x + 5.min(row.width);
    let room = row.right().saturating_sub(x);
    if let Some(identity) = &dialog.trying {
        painter.text(x, row.y, room, &key_name(identity), painter.style(Role::Text));
        return;
    }
    let told = told(&dialog.input);
    let mask = painter.look().symbols.mask;
    let masked = u16::try_from(dialog.input.length()).unwrap_or(u16::MAX).min(24).min(room.saturating_sub(1));
    painter.fill(x, row.y, masked, mask, painter.style(Role::Text));
    painter.fill(x + masked, row.y, 1.min(room), " ", Style::new().add_modifier(Modifier::REVERSED));
    painter.text(x + masked + 2, row.y, room.saturating_sub(masked + 2), &told, painter.style(Role::Muted));
}

/// What may be told of the input.
fn told(input: &KeyInput) -> String {
    let limit = u64::try_from(LENGTH_MAX).unwrap_or(u64::MAX);
    match (input.length(), input.ending()) {
        _ if input.overflowed() => format!("more than {} characters", format::count(limit)),
        (0, _) => "paste or type it; it stays hidden".to_owned(),
        (1, _) => "1 character".to_owned(),
        (length, Some(ending)) => format!("{length} characters, …{ending}"),
        (length, None) => format!("{length} characters"),
    }
}

/// What is under way, or why the last key was not taken.
fn outcome(painter: &Painter<'_>, dialog: &AddKey, world: &World<'_>, width: u16) -> Vec<Line> {
    let lines = |text: &str, style: Style| -> Vec<Line> {
        wrap(text, width).into_iter().map(|line| (line.to_owned(), style)).collect()
    };
    if dialog.trying.is_some() {
        let waiting = world.wait_hint.unwrap_or("trying the key against /me …");
        lines(waiting, painter.style(Role::Accent))
    } else if let Some(problem) = &dialog.problem {
        let symbol = painter.look().symbols.mark(Mark::Critical);
        let mut told = lines(&format!("{symbol} {problem}"), painter.style(Role::Critical));
        if !dialog.perhaps_stored {
            told.push(("nothing was stored".to_owned(), painter.style(Role::Muted)));
        }
        told
    } else {
        Vec::new()
    }
}
