//! The text for those who start the simulator by hand.

use std::fmt;

use super::scenario::Scenario;
use crate::domain::api_key::ApiKey;
use crate::domain::base_url::BaseUrl;
use crate::domain::environment::EnvironmentName;

/// The environments of a configuration that names none.
const USUAL: [&str; 3] = ["dev", "staging", "prod"];

/// Address and scenario of the simulator, and the way to watch it; shown as text ready to paste into a shell.
///
/// The keys open nothing but the simulator.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// Address of the simulator.
    pub base_url: BaseUrl,
    /// Scenario that it plays.
    pub scenario: Scenario,
    /// The key of each environment.
    pub keys: Vec<(EnvironmentName, ApiKey)>,
}

impl fmt::Display for Announcement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Trackyard simulator at {}", self.base_url)?;
        writeln!(formatter, "Scenario {}: {}", self.scenario, self.scenario.description())?;
        writeln!(formatter)?;
        writeln!(formatter, "To watch it, in another terminal:")?;
        writeln!(formatter)?;
        writeln!(formatter, "export TRACKYARD_BASE_URL={}", self.base_url)?;
        for (name, key) in &self.keys {
            writeln!(formatter, "export TRACKYARD_API_KEY_{}={}", name.variable_suffix(), key.expose())?;
        }
        if self.keys.iter().all(|(name, _)| USUAL.contains(&name.as_str())) {
            return writeln!(formatter, "trackyard-tui");
        }
        let names = self.keys.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ");
        writeln!(formatter, "# Other environments than {} are named in a config file:", USUAL.join(", "))?;
        writeln!(formatter, "for name in {names}; do")?;
        writeln!(formatter, "  printf '[[environment]]\\nname = \"%s\"\\n' \"$name\"")?;
        writeln!(formatter, "done >simulated.toml")?;
        writeln!(formatter, "trackyard-tui --config simulated.toml")
    }
}
