//! Table of environments: a row each, in columns that line up.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use strum::{IntoStaticStr, VariantArray};

use super::figures::{self, UNKNOWN};
use crate::domain::status::Severity;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::screen::Appearance;
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::line_gauge::LineGauge;
use crate::tui::widgets::text::{columns, fit};
use crate::wording::sentences::{self, StatusSymbol, environment_name};

/// Longer names are cut.
const NAME_WIDTH: (u16, u16) = (7, 24);
/// A longer gauge says no more.
const GAUGE_WIDTH_MAX: u16 = 40;

/// Column of the table, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
enum TableColumn {
    #[strum(serialize = "")]
    Number,
    #[strum(serialize = "")]
    Mark,
    #[strum(serialize = "env")]
    Name,
    #[strum(serialize = "status")]
    Status,
    #[strum(serialize = "credits")]
    Credits,
    #[strum(serialize = "")]
    Gauge,
    #[strum(serialize = "left")]
    Percent,
    #[strum(serialize = "lasts")]
    Lasts,
    #[strum(serialize = "day")]
    Day,
    #[strum(serialize = "minute")]
    Minute,
    #[strum(serialize = "last use")]
    Use,
    #[strum(serialize = "key age")]
    Key,
    #[strum(serialize = "read")]
    Read,
}

impl TableColumn {
    /// Width, with the blank after it; that of names, numbers and gauge follows from what there is.
    fn width(self, widths: &TableWidths) -> u16 {
        match self {
            Self::Number => widths.number + 3,
            Self::Mark => 2,
            Self::Name => widths.name + 1,
            Self::Status => 18,
            Self::Credits => widths.credits + 1,
            Self::Gauge => widths.gauge + 1,
            Self::Percent => 6,
            Self::Lasts => 9,
            Self::Day => 17,
            Self::Minute => 14,
            Self::Use if widths.is_narrow => 10,
            Self::Key if widths.is_narrow => 9,
            Self::Use | Self::Read | Self::Key => 11,
        }
    }

    /// Width from which on there is room for it.
    fn from(self) -> u16 {
        match self {
            Self::Minute => 132,
            Self::Status => 118,
            Self::Read => 100,
            _ => 0,
        }
    }

    fn is_right_aligned(self) -> bool {
        matches!(self, Self::Credits | Self::Percent | Self::Day | Self::Minute | Self::Key)
    }
}

/// Widths of the columns that follow from what there is to show.
#[derive(Clone, Copy, Debug)]
struct TableWidths {
    number: u16,
    name: u16,
    credits: u16,
    gauge: u16,
    /// True where units are left out.
    is_narrow: bool,
}

/// The table without its rows' places: columns for a width, the same for all rows.
#[derive(Debug)]
pub(in crate::tui) struct Table {
    columns: Vec<TableColumn>,
    widths: TableWidths,
    appearance: Appearance,
}

/// A row of the table.
pub(in crate::tui) struct TableRow<'a> {
    pub table: &'a Table,
    pub environment: &'a EnvironmentSnapshot,
    /// Its place among all, from 1.
    pub number: usize,
    pub is_chosen: bool,
    pub context: &'a ViewContext<'a>,
}

impl Table {
    /// Columns for a width, by what all environments have to show: nothing moves while one scrolls.
    pub(in crate::tui) fn new(width: u16, context: &ViewContext<'_>, appearance: Appearance) -> Self {
        let environments = &context.snapshot.environments;
        let names = environments.iter().map(|one| columns(one.environment.name.as_str())).max().unwrap_or(0);
        let credits =
            environments.iter().map(|one| columns(figures::credits(one, u16::MAX).left.trim_end())).max().unwrap_or(0);
        let shown: Vec<_> = TableColumn::VARIANTS.iter().copied().filter(|column| width >= column.from()).collect();
        let mut widths = TableWidths {
            number: columns(&environments.len().to_string()),
            name: names.clamp(NAME_WIDTH.0, if width < 100 { 12 } else { NAME_WIDTH.1 }),
            credits: credits.clamp(7, 12),
            gauge: 0,
            is_narrow: width < 100,
        };
        let taken: u16 = shown.iter().map(|column| column.width(&widths)).sum();
        widths.gauge = width.saturating_sub(taken).min(GAUGE_WIDTH_MAX);
        Self { columns: shown, widths, appearance }
    }

    /// The headings.
    pub(in crate::tui) fn render_head(&self, area: Rect, buf: &mut Buffer) {
        for (column, area) in self.cells(area) {
            let line = Line::from(self.appearance.span(Role::Muted, <&str>::from(column)));
            let line = if column.is_right_aligned() { line.right_aligned() } else { line };
            line.render(area, buf);
        }
    }

    /// How many are out of sight above and below, and whether any of them is in need.
    pub(in crate::tui) fn render_edge(&self, area: Rect, buf: &mut Buffer, hidden: [&[&EnvironmentSnapshot]; 2]) {
        let mut spans = vec![Span::raw("   ")];
        for (environments, way) in hidden.into_iter().zip(["above", "below"]).filter(|(hidden, _)| !hidden.is_empty()) {
            spans.push(self.appearance.span(Role::Muted, format!("{} {way}", environments.len())));
            for (severity, word) in [(Severity::Critical, "critical"), (Severity::Warning, "warning")] {
                let count = environments.iter().filter(|one| one.severity == severity).count();
                if count > 0 {
                    spans.push(Span::raw(" · "));
                    spans.push(Span::styled(
                        format!("{count} {word}"),
                        self.appearance.bold(StatusSymbol::from(severity).into()),
                    ));
                }
            }
            spans.push(Span::raw("   "));
        }
        fit(Line::from(spans), area.width, self.appearance.symbols.ellipsis).render(area, buf);
    }

    /// The cells of a row, without the blank after each.
    fn cells(&self, row: Rect) -> Vec<(TableColumn, Rect)> {
        let constraints = self.columns.iter().map(|column| Constraint::Length(column.width(&self.widths)));
        let areas = Layout::horizontal(constraints).split(row);
        let cell = |area: &Rect| Rect { width: area.width.saturating_sub(1), ..*area };
        self.columns.iter().copied().zip(areas.iter().map(cell)).collect()
    }
}

impl Widget for &TableRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        for (column, cell) in self.table.cells(area) {
            if column == TableColumn::Gauge {
                let credits = figures::credits(self.environment, u16::MAX);
                let gauge = LineGauge {
                    ratio: credits.ratio,
                    own: 0.0,
                    role: credits.role,
                    dimmed: credits.dimmed,
                    heavy: true,
                    appearance: self.table.appearance,
                };
                (&gauge).render(cell, buf);
            } else {
                let line = fit(self.line(column, cell.width), cell.width, self.table.appearance.symbols.ellipsis);
                let line = if column.is_right_aligned() { line.right_aligned() } else { line };
                line.render(cell, buf);
            }
        }
        if self.is_chosen {
            let name = self.table.cells(area).into_iter().find(|(column, _)| *column == TableColumn::Name);
            if let Some((_, cell)) = name {
                buf.set_style(cell.intersection(buf.area), Style::new().add_modifier(Modifier::REVERSED));
            }
        }
    }
}

impl TableRow<'_> {
    fn line(&self, column: TableColumn, width: u16) -> Line<'static> {
        let (environment, context, appearance) = (self.environment, self.context, self.table.appearance);
        let credits = figures::credits(environment, u16::MAX);
        let value = if credits.dimmed { Role::Muted } else { Role::Text };
        let (mark, word) = sentences::headline(environment);
        let figure = |figure: figures::Figure| {
            let role = match figure.role {
                _ if figure.dimmed => Role::Muted,
                Role::Bar => Role::Text,
                role => role,
            };
            Line::from(appearance.span(role, figure.text))
        };
        match column {
            TableColumn::Number => {
                let marker = if self.is_chosen { appearance.symbols.chosen } else { " " };
                let number = format!("{:>width$}", self.number, width = usize::from(self.table.widths.number));
                Line::from(vec![
                    Span::styled(marker, appearance.bold(Role::Accent)),
                    appearance.span(Role::Muted, format!(" {number}")),
                ])
            }
            TableColumn::Mark => Line::from(appearance.mark(mark)),
            TableColumn::Name => {
                let role = if self.is_chosen { Role::Accent } else { Role::Text };
                Line::styled(environment_name(&environment.environment.name), appearance.bold(role))
            }
            TableColumn::Status => Line::from(appearance.span(mark.into(), word)),
            TableColumn::Credits if credits.dimmed => {
                Line::from(appearance.span(Role::Muted, credits.left.trim_end().to_owned()))
            }
            TableColumn::Credits => Line::styled(credits.left.trim_end().to_owned(), appearance.bold(Role::Text)),
            TableColumn::Percent => Line::from(appearance.span(value, credits.percent)),
            TableColumn::Lasts => {
                let forecast = environment.forecast.as_ref().filter(|_| environment.outdated_forecast().is_none());
                let lasts = forecast.and_then(|forecast| sentences::lasts(forecast, context.now, context.zone));
                Line::from(appearance.span(value, lasts.unwrap_or_else(|| UNKNOWN.to_owned())))
            }
            TableColumn::Day => figure(figures::day(environment, context, width)),
            TableColumn::Minute => figure(figures::minute(environment, context, width)),
            TableColumn::Use => Line::from(appearance.span(value, figures::last_use(environment, context, width))),
            TableColumn::Key if self.table.widths.is_narrow => {
                let age = figures::key_age(environment, context, width + 2);
                let text = age.text.trim_end_matches(" d").to_owned();
                figure(figures::Figure { text, ..age })
            }
            TableColumn::Key => figure(figures::key_age(environment, context, width)),
            TableColumn::Read => Line::from(appearance.span(value, figures::read(environment, context, width))),
            TableColumn::Gauge => Line::default(),
        }
    }
}
