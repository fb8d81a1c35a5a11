//! What happened while nobody touched a key, in words.

use jiff::SignedDuration;

use super::format;
use super::sentences::environment_name;
use crate::domain::environment::EnvironmentName;

/// Environments whose use is told one by one.
const NAMED_MAX: usize = 3;

/// What happened in an absence.
#[derive(Clone, Debug, PartialEq)]
pub struct AbsenceReport {
    /// Time since the last key.
    pub duration: SignedDuration,
    /// Number of events that are critical.
    pub critical: usize,
    /// Number of warnings.
    pub warnings: usize,
    /// Number of all other events.
    pub others: usize,
    /// Credits that were used, of each environment where any were and the number is known.
    pub used: Vec<(EnvironmentName, f64)>,
}

/// `while you were away (2 h): 1 critical, 3 other events · PROD used 430 credits`. The most is told first.
#[must_use]
pub fn while_away(report: &AbsenceReport) -> String {
    let count = |number: usize| format::count(u64::try_from(number).unwrap_or(u64::MAX));
    let plural = |number: usize, one: &str, many: &str| {
        (number > 0).then(|| format!("{} {}", count(number), if number == 1 { one } else { many }))
    };
    let AbsenceReport { duration, critical, warnings, others, used } = report;
    let (event, events) = if critical + warnings == 0 { ("event", "events") } else { ("other event", "other events") };
    let told = [
        plural(*critical, "critical", "critical"),
        plural(*warnings, "warning", "warnings"),
        plural(*others, event, events),
    ];
    let told: Vec<_> = told.into_iter().flatten().collect();
    let events = if told.is_empty() { "no events".to_owned() } else { told.join(", ") };
    let mut used: Vec<_> = used.iter().collect();
    used.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let more = used.len().saturating_sub(NAMED_MAX);
    let mut by_name: Vec<_> = used
        .iter()
        .take(NAMED_MAX)
        .map(|(name, credits)| format!("{} used {}", environment_name(name), format::credits(*credits)))
        .collect();
    if let Some(first) = by_name.first_mut() {
        first.push_str(" credits");
    }
    if more > 0 {
        by_name.push(format!("{} more used some", count(more)));
    }
    let credits = if by_name.is_empty() { String::new() } else { format!(" · {}", by_name.join(", ")) };
    format!("while you were away ({}): {events}{credits}", format::age(*duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(counts: [usize; 3], used: &[(&str, f64)]) -> String {
        let [critical, warnings, others] = counts;
        let used = used.iter().map(|(name, credits)| (name.parse().unwrap(), *credits)).collect();
        while_away(&AbsenceReport { duration: SignedDuration::from_hours(2), critical, warnings, others, used })
    }

    #[test]
    fn events_are_counted_by_severity_and_credits_by_environment() {
        assert_eq!(
            told([1, 0, 3], &[("dev", 1.0), ("prod", 1_430.0)]),
            "while you were away (2 h): 1 critical, 3 other events · PROD used 1,430 credits, dev used 1"
        );
        assert_eq!(told([0, 0, 1], &[]), "while you were away (2 h): 1 event");
        assert_eq!(told([0, 2, 0], &[]), "while you were away (2 h): 2 warnings");
        let many = [("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0), ("e", 5.0)];
        let expected = "while you were away (2 h): no events · e used 5 credits, d used 4, c used 3, 2 more used some";
        assert_eq!(told([0, 0, 0], &many), expected);
    }
}
