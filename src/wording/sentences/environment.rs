//! All that is worth saying of one environment, worst first.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::sentence::Sentence;
use super::writer::SentenceWriter;
use crate::domain::status::Status;
use crate::monitor::snapshot::{EnvironmentSnapshot, Snapshot};

/// All that is worth saying of an environment, worst first; nothing when all is well.
#[must_use]
pub fn sentences(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone) -> Vec<Sentence> {
    write(environment, now, zone, false)
}

/// The same among other environments: an outage and a service that refuses all are not told again of each.
#[must_use]
pub fn sentences_among(
    snapshot: &Snapshot,
    environment: &EnvironmentSnapshot,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<Sentence> {
    let outage = snapshot.outage.as_ref().filter(|_| environment.status == Status::Unreachable);
    let is_explained =
        outage.zip(environment.poll_failure.as_ref()).is_some_and(|(outage, failure)| outage.explains(failure));
    let is_of_all = is_explained || environment.refused_with_all;
    write(environment, now, zone, is_of_all)
}

fn write(environment: &EnvironmentSnapshot, now: Timestamp, zone: &TimeZone, status_is_told: bool) -> Vec<Sentence> {
    let writer = SentenceWriter { environment, now, zone };
    let mut sentences = Vec::new();
    sentences.extend(writer.status().filter(|_| !status_is_told));
    sentences.extend(writer.fault());
    sentences.extend(writer.next_poll());
    sentences.extend(environment.flags.iter().filter_map(|flag| writer.flag(*flag)));
    sentences.extend(writer.outlook());
    sentences.extend(writer.oddities());
    sentences.extend(writer.rotation_error());
    sentences.extend(writer.rotation());
    sentences.extend(writer.snoozed());
    sentences.extend(writer.unconfirmed_key());
    sentences.sort_by_key(|sentence| std::cmp::Reverse(sentence.severity));
    sentences
}
