//! The line at the top: the product, what is the matter where, the date and the time.

use std::cmp::Reverse;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::painter::Painter;
use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;
use crate::wording::sentences::{self, AllClear, Sentence, StatusSymbol, environment_name};
use crate::wording::times;

/// No line has room for more environments.
const SEEN_MAX: usize = 32;

pub(super) fn paint(painter: &mut Painter<'_>, area: Rect, context: &ViewContext<'_>) {
    let end = area.right().saturating_sub(1);
    let clock = paint_clock(painter, area, end, context);
    let mut start = area.x + 1;
    if area.width >= 60 {
        start += painter.text(start, area.y, area.width, "trackyard", painter.bold(Role::Text)) + 3;
    }
    let (matters, count) = items(context);
    for (shown, matter) in matters.iter().enumerate() {
        let room = clock.saturating_sub(start + 2);
        let more = format!("+{}", count - shown);
        let reserved = if shown + 1 < count { columns(&more) + 3 } else { 0 };
        let taken = columns(&matter.name) + 2;
        let room_for_text = room.saturating_sub(taken + reserved);
        let text = matter.sentence.fitting(|form| columns(form) <= room_for_text);
        if shown > 0 && columns(text) > room_for_text {
            painter.text(start, area.y, room, &more, painter.style(Role::Muted));
            break;
        }
        let named = painter.marked(start, area.y, room, matter.mark, &matter.name, painter.bold(matter.mark.into()));
        start += named;
        start += painter.text(start, area.y, room.saturating_sub(named), text, painter.style(Role::Text)) + 3;
    }
}

/// Something worth saying, and of which environment.
struct HeaderItem {
    mark: StatusSymbol,
    name: String,
    sentence: Sentence,
}

impl HeaderItem {
    /// Of no environment by itself.
    fn general(sentence: Sentence) -> Self {
        Self { mark: sentence.severity.into(), name: String::new(), sentence }
    }
}

/// The date and the time at the right; answers with the column at which they start.
fn paint_clock(painter: &mut Painter<'_>, area: Rect, end: u16, context: &ViewContext<'_>) -> u16 {
    let (day, clock) = times::header(context.now, context.zone);
    let (muted, text) = (painter.style(Role::Muted), painter.style(Role::Text));
    let paused = if context.snapshot.paused { "polls paused" } else { "" };
    let with_day = area.width >= if paused.is_empty() { 60 } else { 100 };
    let day = if with_day { day } else { String::new() };
    let gap = |left: &str, gap: &'static str| if left.is_empty() { "" } else { gap };
    let parts: [(&str, Style); 5] = [
        (paused, painter.bold(Role::Accent)),
        (gap(paused, "   "), muted),
        (&day, muted),
        (gap(&day, " "), muted),
        (&clock, text),
    ];
    let width = parts.iter().map(|(text, _)| columns(text)).sum::<u16>().min(area.width.saturating_sub(2));
    painter.line_right(end, area.y, width, &parts);
    end.saturating_sub(width)
}

/// Items worth saying, worst first, as many as can have room, and the number of all.
fn items(context: &ViewContext<'_>) -> (Vec<HeaderItem>, usize) {
    let snapshot = context.snapshot;
    let mut untold = 0;
    let mut found: Vec<_> = context.notices.iter().map(|notice| plain_item(notice.severity, &notice.text)).collect();
    let of_all = sentences::shared_sentences(snapshot, context.now, context.zone).into_iter().next();
    if let Some(of_all) = of_all {
        found.push(HeaderItem::general(of_all));
    } else {
        let mut counted: Vec<_> = snapshot.environments.iter().filter(|environment| counts(environment)).collect();
        counted.sort_by_key(|environment| Reverse(environment.severity));
        let unseen = counted.split_off(counted.len().min(SEEN_MAX));
        untold = unseen.into_iter().filter(|environment| environment.severity > Severity::Ok).count();
        let of_each: Vec<_> = counted.into_iter().filter_map(|environment| worst(environment, context)).collect();
        let alone = of_each.len() == 1;
        found.extend(of_each.into_iter().map(|(name, sentence)| {
            let text = if alone { sentence.text.clone() } else { sentence.gist().to_owned() };
            HeaderItem { mark: sentence.severity.into(), name, sentence: Sentence { text, ..sentence } }
        }));
    }
    found.sort_by_key(|matter| Reverse(matter.sentence.severity));
    let items = if found.is_empty() { calm(context) } else { found };
    let count = items.len() + untold;
    (items, count)
}

/// A text that has no shorter form.
fn plain_item(severity: Severity, text: &str) -> HeaderItem {
    HeaderItem::general(Sentence { severity, text: text.to_owned(), brief: text.to_owned(), advice: None })
}

/// The worst that is to be said of an environment, unless it is well.
fn worst(environment: &EnvironmentSnapshot, context: &ViewContext<'_>) -> Option<(String, Sentence)> {
    let worst = sentences::sentences(environment, context.now, context.zone).into_iter().next()?;
    (worst.severity > Severity::Ok).then(|| (format!("{}: ", environment_name(&environment.environment.name)), worst))
}

/// True unless the environment has no key and was not asked for by name.
fn counts(environment: &EnvironmentSnapshot) -> bool {
    environment.requested || environment.status != Status::NoKey
}

fn calm(context: &ViewContext<'_>) -> Vec<HeaderItem> {
    if context.is_first_start() {
        return vec![HeaderItem { mark: StatusSymbol::NoKey, ..plain_item(Severity::Unknown, "no key yet") }];
    }
    match sentences::all_clear(context.snapshot) {
        AllClear::Well => vec![plain_item(Severity::Ok, "all is well")],
        AllClear::Paused => {
            vec![HeaderItem { mark: StatusSymbol::Unknown, ..plain_item(Severity::Ok, "paused: nothing is polled") }]
        }
        AllClear::Watched { text, brief } => {
            let sentence = Sentence { severity: Severity::Ok, text, brief, advice: None };
            vec![HeaderItem { mark: StatusSymbol::NoKey, ..HeaderItem::general(sentence) }]
        }
    }
}
