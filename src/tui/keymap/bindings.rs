//! Bindings: each command with its usual keys, its label in the key bar and its line in the help.

use strum::{EnumString, IntoStaticStr};

/// Command of the dashboard. The configuration names it in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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

/// Part of the screen where a command applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingScope {
    /// Wherever nothing is typed.
    Everywhere,
    /// On the dashboard itself.
    Dashboard,
    /// In the help, the event log and the like.
    Overlay,
}

impl UiCommand {
    /// Its name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl BindingScope {
    pub(super) fn overlaps(self, other: Self) -> bool {
        self == other || self == Self::Everywhere || other == Self::Everywhere
    }
}

/// Binding of a command to the keys that it has unless the configuration says otherwise.
#[derive(Debug)]
pub struct Binding {
    /// The command.
    pub command: UiCommand,
    /// Names of its usual keys.
    pub keys: &'static [&'static str],
    /// Its description in the help.
    pub help: &'static str,
    /// Its label in the key bar, a word or two, and its rank: where there is no room the highest go first.
    /// `None` keeps it out of there.
    pub hint: Option<(&'static str, u8)>,
    /// The part of the screen where it applies.
    pub scope: BindingScope,
}

/// Bindings of all commands, in the order of the help.
pub static BINDINGS: [Binding; 27] = {
    use BindingScope::{Dashboard, Everywhere, Overlay};
    use UiCommand::{
        Acknowledge, Activity, AddKey, ChartLonger, ChartShorter, Choose, Close, Console, Events, EventsEnvironment,
        EventsSeverity, EventsTimes, Help, Next, PageDown, PageUp, Pause, Previous, Quit, Redraw, Refresh, RefreshAll,
        RemoveKey, Rotate, ScrollDown, ScrollUp, Suspend,
    };
    const fn binding(
        command: UiCommand,
        keys: &'static [&'static str],
        scope: BindingScope,
        hint: Option<(&'static str, u8)>,
        help: &'static str,
    ) -> Binding {
        Binding { command, keys, help, hint, scope }
    }
    [
        binding(
            Choose,
            &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
            Everywhere,
            Some(("environment", 3)),
            "choose an environment by its number",
        ),
        binding(Next, &["tab", "right", "l", "down", "j"], Dashboard, None, "choose the next environment"),
        binding(Previous, &["backtab", "left", "h", "up", "k"], Dashboard, None, "previous environment"),
        binding(
            Refresh,
            &["r"],
            Dashboard,
            Some(("test now", 2)),
            "poll the chosen environment now, which tests its key",
        ),
        binding(RefreshAll, &["R"], Dashboard, Some(("all", 7)), "poll every environment now"),
        binding(Pause, &["p"], Dashboard, Some(("pause", 6)), "pause or resume timed polls"),
        binding(AddKey, &["a"], Dashboard, Some(("add key", 4)), "add a key to the chosen environment, or replace it"),
        binding(
            Rotate,
            &["o"],
            Dashboard,
            Some(("rotate", 5)),
            "rotate the key of the chosen environment, step by step",
        ),
        binding(
            RemoveKey,
            &["x"],
            Dashboard,
            Some(("remove key", 10)),
            "erase the key of the chosen environment from the key store",
        ),
        binding(
            Acknowledge,
            &["y"],
            Dashboard,
            Some(("acknowledge", 2)),
            "acknowledge the environment's alerts: no reminders follow",
        ),
        binding(Events, &["e"], Everywhere, Some(("events", 8)), "show or hide the whole event log"),
        binding(
            Activity,
            &["u"],
            Everywhere,
            Some(("activity", 9)),
            "show or hide who uses the chosen key, and for what",
        ),
        binding(ChartShorter, &["["], Everywhere, None, "show less of the past: 7 days, 24 hours"),
        binding(ChartLonger, &["]"], Everywhere, None, "show more of the past: 7 days, 30 days"),
        binding(
            Console,
            &["b"],
            Dashboard,
            Some(("web pages", 9)),
            "show the addresses of the web pages for keys and billing",
        ),
        binding(
            EventsEnvironment,
            &["f"],
            Overlay,
            Some(("environment", 4)),
            "in the event log: show one environment, the next, then all",
        ),
        binding(
            EventsSeverity,
            &["s"],
            Overlay,
            Some(("severity", 5)),
            "in the event log: show warnings and worse, what is critical, then all",
        ),
        binding(EventsTimes, &["t"], Overlay, Some(("times", 6)), "in the event log: ages or clock times"),
        binding(ScrollUp, &["up", "k"], Overlay, None, "scroll up a line"),
        binding(ScrollDown, &["down", "j"], Overlay, Some(("scroll", 2)), "scroll down a line"),
        binding(PageUp, &["pageup"], Overlay, None, "scroll up a page"),
        binding(PageDown, &["pagedown", "space"], Overlay, Some(("page", 3)), "scroll down a page"),
        binding(Close, &["esc"], Overlay, Some(("close", 0)), "close"),
        binding(Help, &["?", "f1"], Everywhere, Some(("help", 1)), "show or hide this help"),
        binding(Redraw, &["ctrl-l"], Everywhere, None, "redraw"),
        binding(Suspend, &["ctrl-z"], Everywhere, None, "suspend; the shell's fg resumes"),
        binding(Quit, &["q", "ctrl-c"], Everywhere, Some(("quit", 0)), "quit"),
    ]
};
