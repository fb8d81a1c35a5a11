//! Title of the terminal's window: the worst severity, and how many environments have it.

use crate::domain::status::{Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};
use crate::wording::sentences::{AllClear, StatusSymbol, all_clear};

/// The title, `1 critical · trackyard`, and the symbol before it.
#[must_use]
pub fn terminal_title(snapshot: &Snapshot) -> (Option<StatusSymbol>, String) {
    let worst = snapshot.environments.iter().filter(|one| counts(one)).map(|one| one.severity).max();
    let (symbol, words) = match worst {
        None => (Some(StatusSymbol::NoKey), "no key yet".to_owned()),
        Some(Severity::Ok) => match all_clear(snapshot) {
            AllClear::Well => (Some(StatusSymbol::Ok), "all well".to_owned()),
            AllClear::Paused => (None, "paused".to_owned()),
            AllClear::Watched { brief, .. } => (Some(StatusSymbol::NoKey), brief),
        },
        Some(severity) => {
            let count = snapshot.environments.iter().filter(|one| counts(one) && one.severity == severity).count();
            let plural = if severity == Severity::Warning && count > 1 { "s" } else { "" };
            (Some(severity.into()), format!("{count} {}{plural}", severity.as_str()))
        }
    };
    (symbol, format!("{words} · trackyard"))
}

/// True unless the environment has no key and was not asked for by name.
fn counts(environment: &EnvironmentSnapshot) -> bool {
    environment.requested || environment.status != Status::NoKey
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn title(environments: Vec<EnvironmentSnapshot>) -> (Option<StatusSymbol>, String) {
        terminal_title(&snapshot(environments))
    }

    #[test]
    fn the_worst_severity_is_told_with_its_count() {
        let told = |symbol, text: &str| (Some(symbol), format!("{text} · trackyard"));
        assert_eq!(title(vec![dev()]), told(StatusSymbol::Ok, "all well"));
        assert_eq!(title(vec![dev(), staging()]), told(StatusSymbol::Warning, "1 warning"));
        assert_eq!(title(vec![staging(), staging()]), told(StatusSymbol::Warning, "2 warnings"));
        assert_eq!(title(vec![revoked(prod()), staging(), revoked(dev())]), told(StatusSymbol::Critical, "2 critical"));
        assert_eq!(title(vec![waiting(prod()), staging()]), told(StatusSymbol::Unknown, "1 unknown"));
    }

    #[test]
    fn what_is_not_watched_is_not_called_well() {
        let told = |text: &str| (Some(StatusSymbol::NoKey), format!("{text} · trackyard"));
        assert_eq!(title(vec![no_key("dev"), no_key("prod")]), told("no key yet"));
        assert_eq!(title(Vec::new()), told("no key yet"));
        assert_eq!(title(vec![no_key("staging"), dev()]), told("1 of 2 watched"));
        let paused = Snapshot { paused: true, ..snapshot(vec![dev()]) };
        assert_eq!(terminal_title(&paused), (None, "paused · trackyard".to_owned()));
    }
}
