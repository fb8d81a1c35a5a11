//! Words of the wall: the line at its top, and why its numbers are not of now.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::sentences::{self, AllClear, Sentence};
use super::times;
use crate::domain::status::{Severity, Status};
use crate::monitor::polling::reason::PollReason;
use crate::monitor::snapshot::{EnvironmentSnapshot, Outage, Snapshot};

/// Reason why nothing on the wall can be of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallHalt {
    /// One or two words in capitals, for big letters.
    pub word: String,
    /// Sentence that explains it.
    pub text: String,
    /// Age of what is shown: `oldest number read 23 min ago`.
    pub age: String,
}

/// Reason why no environment can be polled, or none has a number of now; `None` while one is watched.
#[must_use]
pub fn halt(snapshot: &Snapshot, now: Timestamp, zone: &TimeZone) -> Option<WallHalt> {
    let all = |holds: &dyn Fn(&EnvironmentSnapshot) -> bool| snapshot.environments.iter().all(|one| holds(one));
    let told = |word: &str, sentence: Sentence| Some((word.to_owned(), sentence.text));
    let (word, text) = if let Some(outage) = sentences::outage(snapshot, now, zone) {
        let is_offline = snapshot.outage.as_ref().is_some_and(Outage::is_offline);
        told(if is_offline { "OFFLINE" } else { "CUT OFF" }, outage)
    } else if let Some(refused) = sentences::all_refused(snapshot, now, zone) {
        told("KEYS REFUSED", refused)
    } else if let Some(keyless) = sentences::keyless(snapshot) {
        let word = keyless.brief.to_uppercase();
        told(&word, keyless)
    } else if all(&|one| one.status == Status::NoKey) {
        Some(("NO KEY".to_owned(), "no environment has a key: nothing is polled".to_owned()))
    } else if snapshot.paused {
        Some(("PAUSED".to_owned(), "timed polls are paused".to_owned()))
    } else if all(&|one| !one.fresh) && !all(&|one| one.next_poll.reason != PollReason::NotPolled) {
        Some(("NOT POLLED".to_owned(), "no dashboard with these keys runs: start one to go on".to_owned()))
    } else if all(&|one| !one.fresh) {
        let is_start = all(&|one| one.polled_at.is_none() && one.failure_seen_at.is_none());
        Some(if is_start {
            ("NO NUMBERS YET".to_owned(), "waiting for the first answer".to_owned())
        } else {
            ("OLD NUMBERS".to_owned(), "no environment has a number of now".to_owned())
        })
    } else {
        None
    }?;
    Some(WallHalt { word, text, age: age(snapshot, now) })
}

/// The line at the top while something is polled: `all 3 keys well, read 1 min ago`, `1 critical, 1 warning · …`.
#[must_use]
pub fn summary(snapshot: &Snapshot, now: Timestamp) -> String {
    let count = |severity| snapshot.environments.iter().filter(|one| counts(one) && one.severity == severity).count();
    let counts = [(Severity::Critical, "critical"), (Severity::Unknown, "unknown"), (Severity::Warning, "warning")];
    let counts = counts.map(|(severity, word)| (count(severity), word));
    let told: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if !told.is_empty() {
        return format!("{} · {}", told.join(", "), age(snapshot, now));
    }
    match sentences::all_clear(snapshot) {
        AllClear::Well => {
            let read = oldest(snapshot).map(|at| format!(", read {}", times::ago(at, now)));
            let keys = match snapshot.environments.len() {
                1 => "the key is well".to_owned(),
                count => format!("all {count} keys well"),
            };
            format!("{keys}{}", read.unwrap_or_default())
        }
        AllClear::Paused => format!("polls are paused · {}", age(snapshot, now)),
        AllClear::Watched { text, .. } => format!("{text} · {}", age(snapshot, now)),
    }
}

/// Age of the oldest number on the wall.
fn age(snapshot: &Snapshot, now: Timestamp) -> String {
    oldest(snapshot)
        .map_or_else(|| "nothing was read yet".to_owned(), |at| format!("oldest number read {}", times::ago(at, now)))
}

fn oldest(snapshot: &Snapshot) -> Option<Timestamp> {
    snapshot.environments.iter().filter_map(|one| one.polled_at).min()
}

/// True unless the environment has no key and was not asked for by name.
fn counts(environment: &EnvironmentSnapshot) -> bool {
    environment.requested || environment.status != Status::NoKey
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn word(snapshot: &Snapshot) -> Option<String> {
        halt(snapshot, now(), &TimeZone::UTC).map(|halt| halt.word)
    }

    fn not_polled(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
        EnvironmentSnapshot { fresh: false, ..decided(environment, 0, PollReason::NotPolled) }
    }

    #[test]
    fn where_one_of_several_is_polled_by_nobody_all_is_not_well() {
        let some = snapshot(vec![calm_prod(), not_polled(dev())]);
        assert_eq!(word(&some), None);
        assert!(!summary(&some, now()).contains("well"));
    }

    #[test]
    fn what_can_not_be_polled_is_said_and_what_can_is_not() {
        assert_eq!(word(&usual()), None);
        assert_eq!(word(&snapshot(vec![dev(), no_key("prod")])), None);
        let halted = [
            (Snapshot { outage: Some(offline()), ..usual() }, "OFFLINE"),
            (Snapshot { paused: true, ..usual() }, "PAUSED"),
            (Snapshot { all_refused_since: Some(minutes_ago(4)), ..usual() }, "KEYS REFUSED"),
            (snapshot(vec![key_unavailable(&dev()), key_unavailable(&prod())]), "KEYRING LOCKED"),
            (snapshot(vec![no_key("dev"), no_key("prod")]), "NO KEY"),
            (snapshot(Vec::new()), "NO KEY"),
            (snapshot(vec![waiting(dev()), no_key("prod")]), "NO NUMBERS YET"),
            (snapshot(vec![not_polled(prod()), no_key("dev")]), "NOT POLLED"),
            (snapshot(vec![unreachable(prod()), key_unavailable(&staging())]), "OLD NUMBERS"),
        ];
        for (snapshot, expected) in halted {
            assert_eq!(word(&snapshot).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_halt_tells_the_age_of_what_is_shown() {
        let told = |snapshot| halt(&snapshot, now(), &TimeZone::UTC).map(|halt| halt.age);
        let paused = Snapshot { paused: true, ..usual() };
        assert_eq!(told(paused).as_deref(), Some("oldest number read 12 min ago"));
        assert_eq!(told(snapshot(vec![no_key("dev")])).as_deref(), Some("nothing was read yet"));
    }

    #[test]
    fn the_top_line_counts_what_is_wrong_and_else_says_that_all_is_well() {
        let told = |environments| summary(&snapshot(environments), now());
        assert_eq!(told(vec![dev(), calm_staging(), calm_prod()]), "all 3 keys well, read 12 min ago");
        assert_eq!(told(vec![calm_prod()]), "the key is well, read now");
        assert_eq!(told(vec![dev(), staging(), prod()]), "1 critical, 1 warning · oldest number read 12 min ago");
        let one = told(vec![no_key("dev"), calm_prod()]);
        assert_eq!(one, "1 of 2 watched, no key for dev · oldest number read now");
    }
}
