//! Groups of commands, as the help shows them.

use strum::VariantArray;

use super::bindings::UiCommand;

/// Group of commands, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum KeyGroup {
    /// Choice and polling of environments.
    Environments,
    /// Key and alerts of the chosen environment.
    Chosen,
    /// More than the overview shows.
    Closer,
    /// What lies over the dashboard.
    Lists,
    /// The program itself.
    Program,
}

impl KeyGroup {
    /// Heading in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Environments => "environments",
            Self::Chosen => "the chosen environment",
            Self::Closer => "looking closer",
            Self::Lists => "in lists",
            Self::Program => "program",
        }
    }
}

impl UiCommand {
    /// The group that it belongs to.
    #[must_use]
    pub fn group(self) -> KeyGroup {
        match self {
            Self::Choose | Self::Next | Self::Previous | Self::Find | Self::Order | Self::RefreshAll | Self::Pause => {
                KeyGroup::Environments
            }
            Self::Refresh
            | Self::AddKey
            | Self::Rotate
            | Self::RemoveKey
            | Self::Acknowledge
            | Self::WebPage
            | Self::Copy => KeyGroup::Chosen,
            Self::Events | Self::Activity | Self::ChartShorter | Self::ChartLonger | Self::Zoom | Self::Wall => {
                KeyGroup::Closer
            }
            Self::EventsEnvironment
            | Self::EventsSeverity
            | Self::EventsTimes
            | Self::ScrollUp
            | Self::ScrollDown
            | Self::PageUp
            | Self::PageDown
            | Self::Close => KeyGroup::Lists,
            Self::Mouse | Self::Theme | Self::Help | Self::Redraw | Self::Suspend | Self::Quit => KeyGroup::Program,
        }
    }
}
