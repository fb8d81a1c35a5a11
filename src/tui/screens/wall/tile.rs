//! Tile of the wall: one environment, in sizes that tell from across a room how it fares.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::tile_rows::{TileNeeds, TileRow, TileRows};
use crate::domain::account::Account;
use crate::domain::status::{Flag, Severity};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::screen::Appearance;
use crate::tui::screens::overview::figures::UNKNOWN;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::big_number::BigNumber;
use crate::tui::widgets::line_gauge::LineGauge;
use crate::tui::widgets::text::{columns, fit, wrap};
use crate::wording::sentences::{self, Sentence, StatusSymbol, environment_name};
use crate::wording::{format, times};

/// One environment of the wall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile<'a> {
    pub environment: &'a EnvironmentSnapshot,
    pub context: &'a ViewContext<'a>,
    pub appearance: Appearance,
    /// True where nothing is polled, so that no number is of now.
    pub halted: bool,
}

/// The texts of a tile.
struct TileTexts {
    name: String,
    /// Credits left, in two forms; the dash where no number of now is known.
    credits: [String; 2],
    /// `69 % of 50,000`; empty where that is not known.
    share: String,
    /// What is wrong; `None` where nothing is.
    wrong: Option<Sentence>,
    /// What is small.
    details: Vec<String>,
}

impl Tile<'_> {
    fn texts(&self) -> TileTexts {
        let Self { environment, context, .. } = *self;
        let dash = UNKNOWN.to_owned();
        let account = self.account();
        let credits = account.map(|account| account.credits_remaining);
        let credits =
            credits.map_or_else(|| [dash.clone(), dash], |credits| [format::credits(credits), format::short(credits)]);
        let sentences = sentences::sentences_among(context.snapshot, environment, context.now, context.zone);
        let wrong = sentences.iter().find(|sentence| sentence.severity > Severity::Ok).cloned();
        TileTexts {
            name: environment_name(&environment.environment.name),
            credits,
            share: account.map(share).unwrap_or_default(),
            wrong,
            details: self.details(),
        }
    }

    /// The account, while its numbers are of now.
    fn account(&self) -> Option<&Account> {
        self.environment.account.as_ref().filter(|_| self.environment.fresh)
    }

    /// Use by others, age of the sample, and forecast.
    fn details(&self) -> Vec<String> {
        let Self { environment, context: &ViewContext { now, zone, .. }, .. } = *self;
        let used = environment.others_use.map(|used| format!("used by others {}", sentences::used_ago(used, now)));
        let next = sentences::next_poll(environment, now, zone);
        let read = environment.polled_at.map(|at| format!("read {}, {next}", times::ago(at, now)));
        let forecast = environment.forecast.as_ref().filter(|_| environment.outdated_forecast().is_none());
        let outlook = forecast.and_then(|forecast| sentences::outlook(forecast, now, zone));
        [used, read, outlook].into_iter().flatten().collect()
    }

    fn is_critical(&self) -> bool {
        self.environment.severity == Severity::Critical
    }

    /// Style of a value, in the role that it has while it is of now.
    fn value(&self, role: Role) -> Style {
        let style = self.appearance.style(if self.halted { Role::Muted } else { role });
        Style::reset().patch(style)
    }

    fn credits_role(&self, calm: Role) -> Role {
        let raised = |flags: &[Flag]| flags.iter().any(|flag| self.environment.flags.contains(flag));
        if raised(&[Flag::CreditsOut, Flag::CreditsCritical]) {
            Role::Critical
        } else if raised(&[Flag::CreditsLow, Flag::RunsOutBeforeReset]) {
            Role::Warning
        } else {
            calm
        }
    }

    /// Symbol and word of the status.
    fn status(&self) -> (StatusSymbol, String) {
        match sentences::headline(self.environment) {
            (StatusSymbol::Ok, _) if self.context.snapshot.paused => (StatusSymbol::Unknown, "paused".to_owned()),
            headline => headline,
        }
    }

    /// The name, and how it fares; with the number where that has no rows of its own.
    fn render_name(&self, area: Rect, texts: &TileTexts, rows: &TileRows, buf: &mut Buffer) {
        let (symbol, word) = self.status();
        let role = Role::from(symbol);
        let mut style = Style::reset().patch(self.appearance.style(if role == Role::Ok { Role::Text } else { role }));
        if self.is_critical() {
            style = style.add_modifier(Modifier::REVERSED);
            buf.set_style(area, style);
        }
        let style = style.add_modifier(Modifier::BOLD);
        let name = BigNumber { text: &texts.name, style, appearance: self.appearance };
        let margin = u16::from(self.is_critical() && area.width > WIDE);
        let inner = Rect { x: area.x + margin, width: area.width - margin, ..area };
        let Size { width, .. } = name.size_within(name_room(&name, inner.as_size(), &word));
        (&name).render(Rect { width, ..inner }, buf);
        let number = if rows.has(TileRow::Credits) { "" } else { texts.credits[1].as_str() };
        let number = if columns(number) + width < inner.width { number } else { "" };
        let taken = columns(number) + u16::from(!number.is_empty());
        let rest = Rect {
            x: inner.x + width + 1,
            y: inner.y + u16::from(area.height > 2),
            width: inner.width.saturating_sub(width + 1 + taken),
            height: 1,
        };
        let word = match rows.has(TileRow::Wrong) {
            // The row below tells more.
            true if columns(&word) + 2 > rest.width => String::new(),
            true => word,
            false => worst(texts, word, rest.width),
        };
        let symbol = self.appearance.symbols.mark(symbol);
        let line = Line::from(vec![Span::styled(format!("{symbol} "), style), Span::styled(word, style)]);
        fit(line, rest.width, self.appearance.symbols.ellipsis).render(rest, buf);
        let end = Rect { x: area.right().saturating_sub(taken), y: rest.y, width: taken, height: 1 };
        Line::styled(format!(" {number}"), style).render(end.intersection(area), buf);
    }

    fn render_credits(&self, area: Rect, texts: &TileTexts, buf: &mut Buffer) {
        let style = self.value(self.credits_role(Role::Text)).add_modifier(Modifier::BOLD);
        let text = form(&texts.credits, area.as_size(), self.appearance);
        (&BigNumber { text, style, appearance: self.appearance }).render(area, buf);
    }

    fn render_wrong(&self, area: Rect, texts: &TileTexts, buf: &mut Buffer) {
        let Some(wrong) = &texts.wrong else { return };
        let style =
            Style::reset().patch(self.appearance.style(wrong.symbol().into())).remove_modifier(Modifier::REVERSED);
        let room = usize::from(area.height);
        let text = wrong.fitting(|form| wrap(form, area.width).len() <= room);
        for (line, row) in wrap(text, area.width).into_iter().zip(area.rows()) {
            fit(Line::styled(line, style), area.width, self.appearance.symbols.ellipsis).render(row, buf);
        }
    }

    fn render_line(&self, area: Rect, text: &str, style: Style, buf: &mut Buffer) {
        let style = Style::reset().patch(style);
        fit(Line::styled(text, style), area.width, self.appearance.symbols.ellipsis).render(area, buf);
    }

    fn gauge(&self) -> LineGauge {
        LineGauge {
            ratio: self.account().and_then(Account::credits_ratio),
            own: 0.0,
            role: self.credits_role(Role::Bar),
            dimmed: self.halted,
            heavy: true,
            appearance: self.appearance,
        }
    }
}

/// Wider names stand off the edge of what is reversed.
const WIDE: u16 = 30;

impl Widget for &Tile<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let texts = self.texts();
        let appearance = self.appearance;
        let number = |text| BigNumber { text, style: Style::new(), appearance };
        let needs = TileNeeds {
            name: &|room| {
                let name = number(&texts.name);
                let room = Size::new(room.width.saturating_sub(1), room.height);
                name.size_within(name_room(&name, room, &self.status().1)).height
            },
            credits: &|room| number(form(&texts.credits, room, appearance)).size_within(room).height,
            wrong: texts.wrong.as_ref().map_or(0, |wrong| wrap(&wrong.text, area.width).len()),
            has_share: !texts.share.is_empty(),
            details: texts.details.len(),
        };
        let rows = TileRows::new(area.as_size(), &needs);
        let heights = rows.0.iter().map(|(_, height)| Constraint::Length(*height));
        let areas = Layout::vertical(heights).split(area);
        let mut details = texts.details.iter();
        for ((row, _), area) in rows.0.iter().zip(areas.iter()) {
            match row {
                TileRow::Name => self.render_name(*area, &texts, &rows, buf),
                TileRow::Credits => self.render_credits(*area, &texts, buf),
                TileRow::Share => self.render_line(*area, &texts.share, self.value(Role::Text), buf),
                TileRow::Gauge => (&self.gauge()).render(*area, buf),
                TileRow::Wrong => self.render_wrong(*area, &texts, buf),
                TileRow::Detail => {
                    let text = details.next().map_or("", String::as_str);
                    self.render_line(*area, text, appearance.style(Role::Muted), buf);
                }
                TileRow::Blank => {}
            }
        }
    }
}

/// The form of the credits that is drawn: the whole number, unless the short one is larger or it alone fits.
fn form(credits: &[String; 2], room: Size, appearance: Appearance) -> &str {
    let [whole, short] = credits;
    let height = |text| BigNumber { text, style: Style::new(), appearance }.size_within(room).height;
    if height(whole) >= height(short) && columns(whole) <= room.width { whole } else { short }
}

/// `69 % of 50,000`; without an allowance `credits left`.
fn share(account: &Account) -> String {
    match (account.credits_ratio(), account.monthly_allowance) {
        (Some(ratio), Some(allowance)) => format!("{} of {}", format::percent(ratio), format::credits(allowance)),
        _ => "credits left".to_owned(),
    }
}

/// The cells that a name may take, with the word beside it, or else with the symbol alone.
fn name_room(name: &BigNumber<'_>, room: Size, word: &str) -> Size {
    let beside = |columns: u16| Size::new(room.width.saturating_sub(columns), room.height);
    let with_word = beside(columns(word) + 4);
    let is_big = |room| name.size_within(room).height > 1;
    if is_big(with_word) { with_word } else { beside(3) }
}

/// What is wrong where it has no row of its own.
fn worst(texts: &TileTexts, word: String, width: u16) -> String {
    let wrong = texts.wrong.as_ref().filter(|_| width > 2);
    wrong.map_or(word, |wrong| wrong.fitting(|form| columns(form) + 2 <= width).to_owned())
}
