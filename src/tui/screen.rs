//! The screen's own state: what is chosen, what lies over the dashboard, what was told last.

use std::borrow::Cow;
use std::ops::Deref;

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::absence::Presence;
use super::charset::Charset;
use super::chart_range::ChartRange;
use super::dialog::Dialog;
use super::environment_order::{self, EnvironmentOrder};
use super::event_list::EventList;
use super::find::Find;
use super::keymap::{Keymap, UiCommand};
use super::mouse::MouseOwner;
use super::notice::ScreenNotice;
use super::read_only;
use super::refresh::Refresh;
use super::symbols::Symbols;
use super::theme::{ColourDepth, Role, Theme, ThemeSettings, Themes};
use super::view_context::ViewContext;
use crate::domain::environment::EnvironmentName;
use crate::domain::status::Severity;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::wording::absence::AbsenceReport;
use crate::wording::remedies::RemedyAudience;
use crate::wording::sentences::StatusSymbol;

/// Settings of the screen.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ScreenSettings {
    /// True where nothing may be changed, nor is offered to be.
    pub read_only: bool,
    /// The characters that are drawn.
    pub charset: Charset,
    /// Number of colours.
    pub colours: ColourDepth,
    /// Theme at the start.
    pub theme: ThemeSettings,
    /// Keys of the commands.
    pub keymap: Keymap,
    /// True where the dashboard takes the mouse.
    pub mouse: bool,
    /// True where the wall is shown at the start.
    pub wall: bool,
    /// True where no key and no mouse does anything.
    pub locked: bool,
}

/// The part of the program that takes the whole terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenView {
    /// All environments, and details of the chosen one.
    Overview,
    /// The chosen environment alone.
    Zoom,
    /// All environments at a glance, from across a room.
    Wall,
}

/// The screen's own state.
#[derive(Debug)]
pub struct Screen {
    pub(super) view: ScreenView,
    pub(super) locked: bool,
    pub(super) read_only: bool,
    pub(super) keymap: Keymap,
    pub(super) appearance: Appearance,
    /// Themes, of which the chosen one is that of the appearance.
    pub(super) themes: Themes,
    /// The chosen environment; `None` is the first.
    pub(super) chosen: Option<EnvironmentName>,
    pub(super) order: EnvironmentOrder,
    pub(super) chart_range: ChartRange,
    pub(super) overlay: Option<Overlay>,
    /// Told until the next key.
    pub(super) notice: Option<ScreenNotice>,
    /// The environment whose key the operator had looked for, until it is known whether there is one.
    pub(super) key_lookup: Option<EnvironmentName>,
    pub(super) mouse: MouseOwner,
    /// The refresh that the operator asked for, until the next key.
    pub(super) refresh: Option<Refresh>,
    /// The last time that somebody was here.
    pub(super) presence: Option<Presence>,
    /// What happened in an absence, until the next key.
    pub(super) absence: Option<AbsenceReport>,
    /// Columns and rows of the terminal.
    pub(super) size: (u16, u16),
}

/// Overlay over the dashboard.
#[derive(Debug)]
pub(super) enum Overlay {
    /// The help, scrolled down by so many lines.
    Help(u16),
    /// The event log.
    Events(EventList),
    /// Activity of the chosen environment's key, scrolled down by so many lines.
    Activity(u16),
    /// The addresses of the web pages.
    WebPages,
    /// A query for an environment.
    Find(Find),
    /// A dialog of one environment.
    Dialog(Box<Dialog>),
}

/// Theme and symbols that everything is drawn with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appearance {
    pub(super) theme: Theme,
    pub(super) symbols: &'static Symbols,
}

impl Appearance {
    pub(super) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The style of a role, in bold.
    pub(super) fn bold(&self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::BOLD)
    }

    /// A text in the style of a role.
    pub(super) fn span<'a>(&self, role: Role, text: impl Into<Cow<'a, str>>) -> Span<'a> {
        Span::styled(text, self.style(role))
    }

    /// A symbol in the style of its severity.
    pub(super) fn mark(&self, mark: StatusSymbol) -> Span<'static> {
        Span::styled(self.symbols.mark(mark), self.bold(mark.into()))
    }
}

impl Screen {
    /// The screen at the start.
    #[must_use]
    pub fn new(settings: ScreenSettings) -> Self {
        let symbols = if settings.charset == Charset::Ascii { &Symbols::ASCII } else { &Symbols::UNICODE };
        let themes = Themes::new(settings.colours, settings.theme);
        Self {
            view: if settings.wall { ScreenView::Wall } else { ScreenView::Overview },
            locked: settings.locked,
            read_only: settings.read_only,
            keymap: settings.keymap,
            appearance: Appearance { theme: themes.theme(), symbols },
            themes,
            chosen: None,
            order: EnvironmentOrder::default(),
            chart_range: ChartRange::default(),
            overlay: None,
            notice: None,
            key_lookup: None,
            mouse: if settings.mouse { MouseOwner::Dashboard } else { MouseOwner::TerminalAlways },
            refresh: None,
            presence: None,
            absence: None,
            size: (80, 24),
        }
    }

    /// The chosen environment; `None` only where there is no environment at all.
    #[must_use]
    pub fn chosen<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a EnvironmentSnapshot> {
        snapshot.environments.get(self.chosen_index(snapshot)).map(Deref::deref)
    }

    /// The environment whose activity is shown.
    #[must_use]
    pub fn watched_activity(&self, snapshot: &Snapshot) -> Option<EnvironmentName> {
        let environment = self.chosen(snapshot).filter(|_| matches!(self.overlay, Some(Overlay::Activity(_))))?;
        Some(environment.environment.name.clone())
    }

    /// The characters that are drawn.
    #[must_use]
    pub fn charset(&self) -> Charset {
        if self.appearance.symbols.ascii { Charset::Ascii } else { Charset::Unicode }
    }

    /// Range of the chart.
    #[must_use]
    pub fn chart_range(&self) -> ChartRange {
        self.chart_range
    }

    /// The place of the chosen environment; the first while none was chosen, or it is gone.
    pub(super) fn chosen_index(&self, snapshot: &Snapshot) -> usize {
        let chosen = self.chosen.as_ref();
        let place = snapshot.environments.iter().position(|environment| Some(&environment.environment.name) == chosen);
        place.unwrap_or(0)
    }

    /// The cells of the terminal.
    pub(super) fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    /// The query for an environment; empty where none is looked for.
    pub(super) fn query(&self) -> &str {
        match &self.overlay {
            Some(Overlay::Find(find)) => find.query.text(),
            _ => "",
        }
    }

    /// Places in the snapshot of the environments that are shown, in the order of the screen.
    pub(super) fn shown(&self, snapshot: &Snapshot) -> Vec<usize> {
        environment_order::shown(snapshot, self.order, self.query())
    }

    /// Tells the operator something in the line at the foot, until the next key.
    pub(super) fn notify(&mut self, severity: Severity, text: &str) {
        self.notice = Some(ScreenNotice { severity, text: text.to_owned() });
    }

    /// The line at the foot: what was told last, or what has come of a refresh.
    pub(super) fn told(&self, context: &ViewContext<'_>) -> Option<ScreenNotice> {
        self.notice.clone().or_else(|| self.refresh.as_ref()?.notice(context))
    }

    /// True for a command that works here.
    pub(super) fn permits(&self, command: UiCommand) -> bool {
        !self.read_only || read_only::is_permitted(command)
    }

    /// The first key of a command that works here, as it is shown.
    pub(super) fn key_of(&self, command: UiCommand) -> Option<String> {
        self.keymap.key_of(command).filter(|_| self.permits(command))
    }

    /// The dashboard as an audience, with the keys that work here.
    pub(super) fn audience(&self) -> RemedyAudience {
        RemedyAudience::Dashboard { add: self.key_of(UiCommand::AddKey), rotate: self.key_of(UiCommand::Rotate) }
    }
}
