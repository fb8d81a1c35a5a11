//! The commands: their names, their usual keys, their words for help and hints.

/// What a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UiCommand {
    /// Choose the environment of that number; the first key is for the first, and so on.
    Choose,
    /// Choose the next environment.
    Next,
    /// Choose the one before.
    Previous,
    /// Poll the chosen environment at once, which tests its key.
    Refresh,
    /// Poll all environments at once.
    RefreshAll,
    /// Stop or resume timed polls.
    Pause,
    /// Add a key to the chosen environment, or replace it.
    AddKey,
    /// Guide through the rotation of the chosen environment's key.
    Rotate,
    /// Erase the key of the chosen environment.
    RemoveKey,
    /// Note that the operator has seen the alerts of the chosen environment, and those of the machine.
    Acknowledge,
    /// Show the whole event log.
    Events,
    /// Show who uses the chosen environment's key for what.
    Activity,
    /// Show less of the past in the chart.
    ChartShorter,
    /// Show more of the past in the chart.
    ChartLonger,
    /// Show the addresses of the service's web pages.
    Console,
    /// Show the events of one environment, each in turn, then of all.
    EventsEnvironment,
    /// Show warnings and worse, then what is critical, then all events.
    EventsSeverity,
    /// Tell the times of events as ages, or as moments.
    EventsTimes,
    /// A line up.
    ScrollUp,
    /// A line down.
    ScrollDown,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Close what lies over the dashboard.
    Close,
    /// Show the help.
    Help,
    /// Paint everything anew.
    Redraw,
    /// Stop the program until the shell resumes it.
    Suspend,
    /// End the program.
    Quit,
}

/// Where a command applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingScope {
    /// Wherever nothing is typed.
    Everywhere,
    /// On the dashboard itself.
    Dashboard,
    /// In the help, the event log and the like.
    Overlay,
}

impl BindingScope {
    pub(super) fn overlaps(self, other: Self) -> bool {
        self == other || self == Self::Everywhere || other == Self::Everywhere
    }
}

/// What is fixed about a command.
#[derive(Debug)]
pub struct Binding {
    /// What it does.
    pub command: UiCommand,
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its keys unless the configuration says otherwise.
    pub keys: &'static [&'static str],
    /// What it does, for the help.
    pub help: &'static str,
    /// A word or two for the line of hints, and its rank: where there is no room the highest go first.
    /// `None` keeps it out of there.
    pub hint: Option<(&'static str, u8)>,
    /// Where it applies.
    pub scope: BindingScope,
    /// Whether it changes more than what the screen shows, and so neither works nor shows under `--read-only`.
    pub operator_only: bool,
}

const fn binding(
    command: UiCommand,
    name: &'static str,
    keys: &'static [&'static str],
    place: BindingScope,
    hint: Option<(&'static str, u8)>,
    help: &'static str,
) -> Binding {
    Binding { command, name, keys, help, hint, scope: place, operator_only: false }
}

/// A command of the dashboard that is not for those who only look.
const fn operator_only(
    command: UiCommand,
    name: &'static str,
    keys: &'static [&'static str],
    hint: Option<(&'static str, u8)>,
    help: &'static str,
) -> Binding {
    Binding { operator_only: true, ..binding(command, name, keys, BindingScope::Dashboard, hint, help) }
}

/// Every command, in the order of the help.
pub static BINDINGS: [Binding; 27] = [
    binding(
        UiCommand::Choose,
        "choose",
        &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
        BindingScope::Everywhere,
        Some(("environment", 3)),
        "choose an environment by its number",
    ),
    binding(
        UiCommand::Next,
        "next",
        &["tab", "right", "l", "down", "j"],
        BindingScope::Dashboard,
        None,
        "choose the next environment",
    ),
    binding(
        UiCommand::Previous,
        "previous",
        &["backtab", "left", "h", "up", "k"],
        BindingScope::Dashboard,
        None,
        "previous environment",
    ),
    binding(
        UiCommand::Refresh,
        "refresh",
        &["r"],
        BindingScope::Dashboard,
        Some(("test now", 2)),
        "poll the chosen environment now, which tests its key",
    ),
    binding(
        UiCommand::RefreshAll,
        "refresh-all",
        &["R"],
        BindingScope::Dashboard,
        Some(("all", 7)),
        "poll every environment now",
    ),
    operator_only(UiCommand::Pause, "pause", &["p"], Some(("pause", 6)), "pause or resume timed polls"),
    operator_only(
        UiCommand::AddKey,
        "add-key",
        &["a"],
        Some(("add key", 4)),
        "add a key to the chosen environment, or replace it",
    ),
    operator_only(
        UiCommand::Rotate,
        "rotate",
        &["o"],
        Some(("rotate", 5)),
        "rotate the key of the chosen environment, step by step",
    ),
    operator_only(
        UiCommand::RemoveKey,
        "remove-key",
        &["x"],
        Some(("remove key", 10)),
        "erase the key of the chosen environment from the key store",
    ),
    operator_only(
        UiCommand::Acknowledge,
        "acknowledge",
        &["y"],
        Some(("acknowledge", 2)),
        "acknowledge the environment's alerts: no reminders follow",
    ),
    binding(
        UiCommand::Events,
        "events",
        &["e"],
        BindingScope::Everywhere,
        Some(("events", 8)),
        "show or hide the whole event log",
    ),
    binding(
        UiCommand::Activity,
        "activity",
        &["u"],
        BindingScope::Everywhere,
        Some(("activity", 9)),
        "show or hide who uses the chosen key, and for what",
    ),
    binding(
        UiCommand::ChartShorter,
        "chart-shorter",
        &["["],
        BindingScope::Everywhere,
        None,
        "show less of the past: 7 days, 24 hours",
    ),
    binding(
        UiCommand::ChartLonger,
        "chart-longer",
        &["]"],
        BindingScope::Everywhere,
        None,
        "show more of the past: 7 days, 30 days",
    ),
    binding(
        UiCommand::Console,
        "console",
        &["b"],
        BindingScope::Dashboard,
        Some(("web pages", 9)),
        "show the addresses of the web pages for keys and billing",
    ),
    binding(
        UiCommand::EventsEnvironment,
        "events-environment",
        &["f"],
        BindingScope::Overlay,
        Some(("environment", 4)),
        "in the event log: show one environment, the next, then all",
    ),
    binding(
        UiCommand::EventsSeverity,
        "events-severity",
        &["s"],
        BindingScope::Overlay,
        Some(("severity", 5)),
        "in the event log: show warnings and worse, what is critical, then all",
    ),
    binding(
        UiCommand::EventsTimes,
        "events-times",
        &["t"],
        BindingScope::Overlay,
        Some(("times", 6)),
        "in the event log: ages or clock times",
    ),
    binding(UiCommand::ScrollUp, "scroll-up", &["up", "k"], BindingScope::Overlay, None, "scroll up a line"),
    binding(
        UiCommand::ScrollDown,
        "scroll-down",
        &["down", "j"],
        BindingScope::Overlay,
        Some(("scroll", 2)),
        "scroll down a line",
    ),
    binding(UiCommand::PageUp, "page-up", &["pageup"], BindingScope::Overlay, None, "scroll up a page"),
    binding(
        UiCommand::PageDown,
        "page-down",
        &["pagedown", "space"],
        BindingScope::Overlay,
        Some(("page", 3)),
        "scroll down a page",
    ),
    binding(UiCommand::Close, "close", &["esc"], BindingScope::Overlay, Some(("close", 0)), "close"),
    binding(
        UiCommand::Help,
        "help",
        &["?", "f1"],
        BindingScope::Everywhere,
        Some(("help", 1)),
        "show or hide this help",
    ),
    binding(UiCommand::Redraw, "redraw", &["ctrl-l"], BindingScope::Everywhere, None, "redraw"),
    binding(
        UiCommand::Suspend,
        "suspend",
        &["ctrl-z"],
        BindingScope::Everywhere,
        None,
        "suspend; the shell's fg resumes",
    ),
    binding(UiCommand::Quit, "quit", &["q", "ctrl-c"], BindingScope::Everywhere, Some(("quit", 0)), "quit"),
];
