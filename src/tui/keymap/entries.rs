//! The commands: their names, their usual keys, their words for help and hints.

/// What a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
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
pub enum Place {
    /// Wherever nothing is typed.
    Everywhere,
    /// On the dashboard itself.
    Dashboard,
    /// In the help, the event log and the like.
    Overlay,
}

impl Place {
    pub(super) fn overlaps(self, other: Self) -> bool {
        self == other || self == Self::Everywhere || other == Self::Everywhere
    }
}

/// What is fixed about a command.
#[derive(Debug)]
pub struct Entry {
    /// What it does.
    pub command: Command,
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
    pub place: Place,
    /// Whether it changes more than what the screen shows, and so neither works nor shows under `--read-only`.
    pub operator_only: bool,
}

const fn entry(
    command: Command,
    name: &'static str,
    keys: &'static [&'static str],
    place: Place,
    hint: Option<(&'static str, u8)>,
    help: &'static str,
) -> Entry {
    Entry { command, name, keys, help, hint, place, operator_only: false }
}

/// A command of the dashboard that is not for those who only look.
const fn operator_only(
    command: Command,
    name: &'static str,
    keys: &'static [&'static str],
    hint: Option<(&'static str, u8)>,
    help: &'static str,
) -> Entry {
    Entry { operator_only: true, ..entry(command, name, keys, Place::Dashboard, hint, help) }
}

/// Every command, in the order of the help.
pub static ENTRIES: [Entry; 27] = [
    entry(
        Command::Choose,
        "choose",
        &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
        Place::Everywhere,
        Some(("environment", 3)),
        "choose an environment by its number",
    ),
    entry(
        Command::Next,
        "next",
        &["tab", "right", "l", "down", "j"],
        Place::Dashboard,
        None,
        "choose the next environment",
    ),
    entry(
        Command::Previous,
        "previous",
        &["backtab", "left", "h", "up", "k"],
        Place::Dashboard,
        None,
        "previous environment",
    ),
    entry(
        Command::Refresh,
        "refresh",
        &["r"],
        Place::Dashboard,
        Some(("test now", 2)),
        "poll the chosen environment now, which tests its key",
    ),
    entry(Command::RefreshAll, "refresh-all", &["R"], Place::Dashboard, Some(("all", 7)), "poll every environment now"),
    operator_only(Command::Pause, "pause", &["p"], Some(("pause", 6)), "pause or resume timed polls"),
    operator_only(
        Command::AddKey,
        "add-key",
        &["a"],
        Some(("add key", 4)),
        "add a key to the chosen environment, or replace it",
    ),
    operator_only(
        Command::Rotate,
        "rotate",
        &["o"],
        Some(("rotate", 5)),
        "rotate the key of the chosen environment, step by step",
    ),
    operator_only(
        Command::RemoveKey,
        "remove-key",
        &["x"],
        Some(("remove key", 10)),
        "erase the key of the chosen environment from the key store",
    ),
    operator_only(
        Command::Acknowledge,
        "acknowledge",
        &["y"],
        Some(("acknowledge", 2)),
        "acknowledge the environment's alerts: no reminders follow",
    ),
    entry(
        Command::Events,
        "events",
        &["e"],
        Place::Everywhere,
        Some(("events", 8)),
        "show or hide the whole event log",
    ),
    entry(
        Command::Activity,
        "activity",
        &["u"],
        Place::Everywhere,
        Some(("activity", 9)),
        "show or hide who uses the chosen key, and for what",
    ),
    entry(
        Command::ChartShorter,
        "chart-shorter",
        &["["],
        Place::Everywhere,
        None,
        "show less of the past: 7 days, 24 hours",
    ),
    entry(
        Command::ChartLonger,
        "chart-longer",
        &["]"],
        Place::Everywhere,
        None,
        "show more of the past: 7 days, 30 days",
    ),
    entry(
        Command::Console,
        "console",
        &["b"],
        Place::Dashboard,
        Some(("web pages", 9)),
        "show the addresses of the web pages for keys and billing",
    ),
    entry(
        Command::EventsEnvironment,
        "events-environment",
        &["f"],
        Place::Overlay,
        Some(("environment", 4)),
        "in the event log: show one environment, the next, then all",
    ),
    entry(
        Command::EventsSeverity,
        "events-severity",
        &["s"],
        Place::Overlay,
        Some(("severity", 5)),
        "in the event log: show warnings and worse, what is critical, then all",
    ),
    entry(
        Command::EventsTimes,
        "events-times",
        &["t"],
        Place::Overlay,
        Some(("times", 6)),
        "in the event log: ages or clock times",
    ),
    entry(Command::ScrollUp, "scroll-up", &["up", "k"], Place::Overlay, None, "scroll up a line"),
    entry(
        Command::ScrollDown,
        "scroll-down",
        &["down", "j"],
        Place::Overlay,
        Some(("scroll", 2)),
        "scroll down a line",
    ),
    entry(Command::PageUp, "page-up", &["pageup"], Place::Overlay, None, "scroll up a page"),
    entry(
        Command::PageDown,
        "page-down",
        &["pagedown", "space"],
        Place::Overlay,
        Some(("page", 3)),
        "scroll down a page",
    ),
    entry(Command::Close, "close", &["esc"], Place::Overlay, Some(("close", 0)), "close"),
    entry(Command::Help, "help", &["?", "f1"], Place::Everywhere, Some(("help", 1)), "show or hide this help"),
    entry(Command::Redraw, "redraw", &["ctrl-l"], Place::Everywhere, None, "redraw"),
    entry(Command::Suspend, "suspend", &["ctrl-z"], Place::Everywhere, None, "suspend; the shell's fg resumes"),
    entry(Command::Quit, "quit", &["q", "ctrl-c"], Place::Everywhere, Some(("quit", 0)), "quit"),
];
