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
    /// Look for an environment by a few letters of its name or label.
    Find,
    /// Show the environments as configured, or the worst first.
    Order,
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
    /// Acknowledge the alerts of the chosen environment, and those of the machine, or take that back.
    Acknowledge,
    /// Show the whole event log.
    Events,
    /// Show who uses the chosen environment's key for what.
    Activity,
    /// Show less of the past in the chart.
    ChartShorter,
    /// Show more of the past in the chart.
    ChartLonger,
    /// Open the service's web page of the keys, or show its address.
    WebPage,
    /// Copy the address that is shown, or the fingerprint of the chosen key.
    Copy,
    /// Give the mouse to the terminal, to mark text with, or take it again.
    Mouse,
    /// Choose the next theme.
    Theme,
    /// Show the chosen environment over the whole screen.
    Zoom,
    /// Show all environments at a glance, for a monitor on a wall.
    Wall,
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
pub static BINDINGS: [Binding; 34] = {
    use UiCommand::{
        Acknowledge, Activity, AddKey, ChartLonger, ChartShorter, Choose, Close, Copy, Events, EventsEnvironment,
        EventsSeverity, EventsTimes, Find, Help, Mouse, Next, Order, PageDown, PageUp, Pause, Previous, Quit, Redraw,
        Refresh, RefreshAll, RemoveKey, Rotate, ScrollDown, ScrollUp, Suspend, Theme, Wall, WebPage, Zoom,
    };
    type Hint = Option<(&'static str, u8)>;
    type Keys = &'static [&'static str];
    const fn everywhere(command: UiCommand, keys: Keys, hint: Hint, help: &'static str) -> Binding {
        Binding { command, keys, help, hint, scope: BindingScope::Everywhere }
    }
    const fn dashboard(command: UiCommand, keys: Keys, hint: Hint, help: &'static str) -> Binding {
        Binding { scope: BindingScope::Dashboard, ..everywhere(command, keys, hint, help) }
    }
    const fn overlay(command: UiCommand, keys: Keys, hint: Hint, help: &'static str) -> Binding {
        Binding { scope: BindingScope::Overlay, ..everywhere(command, keys, hint, help) }
    }
    [
        everywhere(
            Choose,
            &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
            Some(("environment", 3)),
            "choose an environment by its number",
        ),
        dashboard(Next, &["tab", "right", "l", "down", "j"], None, "choose the next environment"),
        dashboard(Previous, &["backtab", "left", "h", "up", "k"], None, "previous environment"),
        dashboard(Find, &["/"], Some(("find", 5)), "find an environment by a few letters"),
        dashboard(Order, &["s"], None, "order: as configured, or worst first"),
        dashboard(Refresh, &["r"], Some(("test now", 2)), "poll now, which tests the key"),
        dashboard(RefreshAll, &["R"], Some(("all", 7)), "poll every environment now"),
        dashboard(Pause, &["p"], Some(("pause", 6)), "pause or resume timed polls"),
        dashboard(AddKey, &["a"], Some(("add key", 4)), "add a key, or replace it"),
        dashboard(Rotate, &["o"], Some(("rotate", 5)), "rotate the key, step by step"),
        dashboard(RemoveKey, &["x"], Some(("remove key", 10)), "erase the key from the key store"),
        dashboard(Acknowledge, &["y"], Some(("acknowledge", 2)), "acknowledge alerts, or take that back"),
        everywhere(Events, &["e"], Some(("events", 8)), "show or hide the whole event log"),
        everywhere(Activity, &["u"], Some(("activity", 9)), "show or hide who uses the key"),
        everywhere(ChartShorter, &["["], None, "show less of the past"),
        everywhere(ChartLonger, &["]"], None, "show more of the past"),
        dashboard(WebPage, &["b"], Some(("web pages", 9)), "open the web page of the keys"),
        everywhere(Copy, &["c"], Some(("copy", 11)), "copy the address, or the fingerprint"),
        everywhere(Mouse, &["m"], None, "give the mouse to the terminal, or take it again"),
        dashboard(Theme, &["t"], None, "choose the next theme"),
        dashboard(Zoom, &["enter"], Some(("details", 8)), "the chosen environment, whole screen"),
        everywhere(Wall, &["w"], None, "the wall: all environments, from afar"),
        overlay(EventsEnvironment, &["f"], Some(("environment", 4)), "events of one environment, or of all"),
        overlay(EventsSeverity, &["s"], Some(("severity", 5)), "events by severity, or all"),
        overlay(EventsTimes, &["t"], Some(("times", 6)), "ages of events, or clock times"),
        overlay(ScrollUp, &["up", "k"], None, "scroll up a line"),
        overlay(ScrollDown, &["down", "j"], Some(("scroll", 2)), "scroll down a line"),
        overlay(PageUp, &["pageup"], None, "scroll up a page"),
        overlay(PageDown, &["pagedown", "space"], Some(("page", 3)), "scroll down a page"),
        overlay(Close, &["esc"], Some(("close", 0)), "close"),
        everywhere(Help, &["?", "f1"], Some(("help", 1)), "show or hide this help"),
        everywhere(Redraw, &["ctrl-l"], None, "redraw"),
        everywhere(Suspend, &["ctrl-z"], None, "suspend; the shell's fg resumes"),
        everywhere(Quit, &["q", "ctrl-c"], Some(("quit", 0)), "quit"),
    ]
};
