//! Attention: one row for each thing that needs someone, worst first, with the key that deals with it.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::status::{Flag, Severity, Status};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::hit_map::{HitMap, HitTarget};
use crate::tui::keymap::UiCommand;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::split_line::SplitLine;
use crate::tui::widgets::text::{columns, cut};
use crate::wording::sentences::{self, Sentence, StatusSymbol, environment_name};

/// No screen has room for more environments.
const ENVIRONMENTS_MAX: usize = 32;
/// Longer names are cut.
const NAME_WIDTH_MAX: u16 = 16;
/// Columns between two keys.
const KEY_GAP: u16 = 3;

/// Something that needs someone.
#[derive(Debug)]
pub(in crate::tui) struct AttentionItem {
    pub mark: StatusSymbol,
    /// Environment that it is about; empty where it is of the machine or of all.
    pub name: String,
    pub sentence: Sentence,
    /// Place of that environment, and of it alone.
    place: Option<usize>,
    /// Keys that deal with it, and what they do.
    keys: Vec<AttentionKey>,
}

/// Key that deals with something, after the key that chooses the environment, and what it does.
#[derive(Debug)]
struct AttentionKey {
    key: String,
    word: &'static str,
    command: UiCommand,
}

/// Rows of what needs someone.
#[derive(Debug)]
pub(in crate::tui) struct Attention {
    /// The worst, as many as any screen has room for, worst first.
    pub items: Vec<AttentionItem>,
    /// Number of all.
    pub count: usize,
}

impl Attention {
    pub(in crate::tui) fn new(screen: &Screen, context: &ViewContext<'_>) -> Self {
        let snapshot = context.snapshot;
        let of_machine = context.notices.iter().map(|notice| Sentence {
            severity: notice.severity,
            text: notice.text.clone(),
            brief: notice.text.clone(),
            advice: None,
        });
        let of_all = sentences::shared_sentences(snapshot, context.now, context.zone);
        let mut items: Vec<_> = of_machine.chain(of_all).map(AttentionItem::general).collect();
        let mut bad: Vec<_> = snapshot.environments.iter().filter(|environment| counts(environment)).collect();
        bad.sort_by_key(|environment| Reverse(environment.severity));
        let unseen = bad.split_off(bad.len().min(ENVIRONMENTS_MAX));
        let mut count = unseen.len();
        for environment in bad {
            items.extend(AttentionItem::of(environment, screen, context));
        }
        items.sort_by_key(|item| Reverse(item.sentence.severity));
        count += items.len();
        Self { items, count }
    }
}

impl AttentionItem {
    /// Of no environment by itself.
    fn general(sentence: Sentence) -> Self {
        Self { mark: sentence.severity.into(), name: String::new(), sentence, place: None, keys: Vec::new() }
    }

    /// All that is the matter with an environment; the first comes with the keys.
    fn of(environment: &EnvironmentSnapshot, screen: &Screen, context: &ViewContext<'_>) -> impl Iterator<Item = Self> {
        let told = sentences::sentences_among(context.snapshot, environment, context.now, context.zone);
        let name = environment_name(&environment.environment.name);
        let place = context.snapshot.environments.iter().position(|one| **one == *environment);
        let mut keys = keys(environment, place, screen, context);
        // What keeps all keys from being read is told once, of all.
        let shared =
            sentences::keyless(context.snapshot).and(environment.key_failure.as_ref()).map(ToString::to_string);
        let bad = told
            .into_iter()
            .filter(move |sentence| sentence.severity > Severity::Ok && shared.as_ref() != Some(&sentence.text));
        bad.map(move |sentence| Self {
            mark: sentence.symbol(),
            name: name.clone(),
            sentence,
            place,
            keys: std::mem::take(&mut keys),
        })
    }
}

/// True for an environment of which something is the matter; one without a key only if it was asked for by name.
fn counts(environment: &EnvironmentSnapshot) -> bool {
    environment.severity > Severity::Ok && (environment.requested || environment.status != Status::NoKey)
}

/// Keys that deal with what is the matter, after the one that chooses the environment.
fn keys(
    environment: &EnvironmentSnapshot,
    place: Option<usize>,
    screen: &Screen,
    context: &ViewContext<'_>,
) -> Vec<AttentionKey> {
    let is_chosen = place == Some(screen.chosen_index(context.snapshot));
    let first = if is_chosen {
        Some(String::new())
    } else {
        let chord = place.and_then(|place| screen.keymap.chords_of(UiCommand::Choose).get(place));
        chord.map(|chord| format!("{chord} "))
    };
    let Some(first) = first else { return Vec::new() };
    let flagged = |flag| environment.flags.contains(&flag);
    let is_due = environment.rotation.is_some() || flagged(Flag::RotateOverdue) || flagged(Flag::RotateSoon);
    let needs_key = matches!(environment.status, Status::Revoked | Status::Invalid | Status::NoKey);
    let wanted = [
        (UiCommand::Rotate, "rotate", is_due && environment.key.is_some()),
        (UiCommand::AddKey, "replace key", needs_key && environment.key.is_some()),
        (UiCommand::AddKey, "add key", needs_key && environment.key.is_none()),
        (UiCommand::Acknowledge, "acknowledge", context.snapshot.can_acknowledge(environment)),
    ];
    let wanted = wanted.into_iter().filter(|(.., is_wanted)| *is_wanted);
    let key = |command| Some(format!("{first}{}", screen.key_of(command)?));
    wanted.filter_map(|(command, word, _)| Some(AttentionKey { key: key(command)?, word, command })).collect()
}

/// The rows, as many as there is room for.
pub(in crate::tui) struct AttentionRows<'a> {
    pub attention: &'a Attention,
    pub screen: &'a Screen,
}

impl AttentionRows<'_> {
    /// The rows that there is room for, each with what it tells.
    fn rows(&self, area: Rect) -> impl Iterator<Item = (&AttentionItem, Rect, SplitLine<'_>)> {
        let Attention { items, count } = self.attention;
        let shown = &items[..items.len().min(usize::from(area.height))];
        let name_width = shown.iter().map(|item| columns(&item.name)).max().unwrap_or(0).min(NAME_WIDTH_MAX);
        let hidden = count.saturating_sub(shown.len());
        shown.iter().enumerate().zip(area.rows()).map(move |((number, item), row)| {
            let row = Rect { x: row.x + 1, width: row.width.saturating_sub(2), ..row };
            let hidden = if number + 1 == shown.len() { hidden } else { 0 };
            (item, row, self.line(item, name_width, hidden, row.width))
        })
    }

    /// What is told of an item, and the keys for it; or the number of those that have no row.
    fn line(&self, item: &AttentionItem, name_width: u16, hidden: usize, width: u16) -> SplitLine<'_> {
        let appearance = self.screen.appearance;
        let mut right = Vec::new();
        for (number, AttentionKey { key, word, .. }) in item.keys.iter().enumerate() {
            let gap = if number > 0 { KEY_GAP } else { 0 };
            right.push(Span::raw(" ".repeat(usize::from(gap))));
            right.push(Span::styled(key.clone(), appearance.bold(Role::Text)));
            right.push(appearance.span(Role::Muted, format!(" {word}")));
        }
        if hidden > 0 {
            right = vec![appearance.span(Role::Muted, format!("+{hidden} more"))];
        }
        let right = Line::from(right);
        let before = if item.name.is_empty() { 2 } else { name_width + 4 };
        let room = width.saturating_sub(before + 1 + u16::try_from(right.width()).unwrap_or(0));
        let text = item.sentence.fitting(|form| columns(form) <= room);
        let name = cut(&item.name, name_width, appearance.symbols.ellipsis);
        let name = format!("{name}{:gap$}", "", gap = usize::from(before.saturating_sub(2 + columns(&name))));
        let left = Line::from(vec![
            appearance.mark(item.mark),
            Span::raw(" "),
            Span::styled(name, appearance.bold(item.mark.into())),
            appearance.span(Role::Text, text.to_owned()),
        ]);
        SplitLine { left, right, ellipsis: appearance.symbols.ellipsis }
    }

    /// Registers the rows, which choose their environment, and the keys in them.
    pub(in crate::tui) fn register(&self, area: Rect, hits: &mut HitMap) {
        for (item, row, line) in self.rows(area) {
            let Some(place) = item.place else { continue };
            hits.push(row, HitTarget::Environment(place));
            let right = line.right_area(row);
            if usize::from(right.width) != line.right.width() || line.right.spans.len() != 3 * item.keys.len() {
                continue;
            }
            let mut x = right.x;
            for (number, AttentionKey { key, word, command }) in item.keys.iter().enumerate() {
                x += if number > 0 { KEY_GAP } else { 0 };
                let width = columns(key) + 1 + columns(word);
                hits.push(Rect { x, width, ..right }, HitTarget::OfEnvironment(place, *command));
                x += width;
            }
        }
    }
}

impl Widget for &AttentionRows<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        for (_, row, line) in self.rows(area) {
            (&line).render(row, buf);
        }
    }
}
