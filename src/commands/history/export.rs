//! `history export`: page by page, so that neither memory nor other processes suffer.

use std::collections::BTreeSet;
use std::io::Write;

use jiff::Timestamp;

use crate::cli::{ExportArguments, ExportFormatChoice};
use crate::commands::error::CommandError;
use crate::commands::passphrase_prompt::KeyStorePurpose;
use crate::commands::setup;
use crate::config::settings::Settings;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyErrorKind;
use crate::services::history::import_export::{
    self, ExportContent, ExportEncoding, ExportRow, StoredDay, StoredSample,
};
use crate::services::history::{History, HistoryError};
use crate::services::keys::KeyReadTimeout;
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;

/// Rows that are read at once.
const PAGE: u32 = 1_000;

/// Writes samples or days of all keys, or of those of `environments` alone.
///
/// # Errors
/// A history that can't be used, an environment whose keys can't be told, or an output that can't be written.
pub async fn run(
    arguments: &ExportArguments,
    environments: &[EnvironmentName],
    settings: &Settings,
    history: &History,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let now = setup::clock().now().wall;
    let workable = history.workable().await?;
    let export = Export {
        history: if arguments.daily { &workable } else { history },
        since: arguments.since.map_or(Timestamp::MIN, |since| since.seen_from(now)),
        until: arguments.until.map_or(Timestamp::MAX, |until| until.seen_from(now)),
        content: if arguments.daily { ExportContent::Days } else { ExportContent::Samples },
        format: match arguments.format {
            ExportFormatChoice::Csv => ExportEncoding::Csv,
            ExportFormatChoice::Jsonl => ExportEncoding::Jsonl,
        },
    };
    let chosen = if environments.is_empty() { None } else { Some(keys_of(environments, settings, history).await?) };
    if arguments.daily {
        workable.roll_up(now).await?;
    }
    export.write(chosen, out).await?;
    Ok(out.flush()?)
}

/// Export of a range of the history: its content and its encoding.
pub(super) struct Export<'a> {
    pub(super) history: &'a History,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    pub(super) content: ExportContent,
    pub(super) format: ExportEncoding,
}

impl Export<'_> {
    /// Writes the rows of the chosen keys, or of all.
    pub(super) async fn write(
        &self,
        chosen: Option<BTreeSet<Fingerprint>>,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        import_export::write_head(out, self.format, self.content)?;
        match chosen {
            Some(chosen) => self.write_all(chosen, out).await,
            None => self.write_everything(out).await,
        }
    }

    async fn write_everything(&self, out: &mut dyn Write) -> Result<(), CommandError> {
        let mut after = None;
        loop {
            let keys = self.history.run(move |store| store.keys(after, PAGE)).await?;
            after = keys.last().copied();
            if after.is_none() {
                return Ok(());
            }
            self.write_all(keys, out).await?;
        }
    }

    async fn write_all(
        &self,
        keys: impl IntoIterator<Item = Fingerprint>,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        for fingerprint in keys {
            let mut from = Some(self.since);
            while let Some(since) = from.filter(|since| *since <= self.until) {
                let (rows, next) = self.page(fingerprint, since).await?;
                for row in rows {
                    import_export::write_row(out, self.format, &row)?;
                }
                from = next;
            }
        }
        Ok(())
    }

    async fn page(
        &self,
        fingerprint: Fingerprint,
        since: Timestamp,
    ) -> Result<(Vec<ExportRow>, Option<Timestamp>), HistoryError> {
        let until = self.until;
        match self.content {
            ExportContent::Samples => {
                let page = self.history.run(move |store| store.samples(fingerprint, since, until, PAGE)).await?;
                let row = |sample| ExportRow::Sample(StoredSample { fingerprint, sample });
                Ok((page.items.into_iter().map(row).collect(), page.next))
            }
            ExportContent::Days => {
                let page = self.history.run(move |store| store.days(fingerprint, since, until, PAGE)).await?;
                let row = |daily| ExportRow::Day(StoredDay { fingerprint, daily });
                Ok((page.items.into_iter().map(row).collect(), page.next))
            }
        }
    }
}

/// Keys that the environments have now, and those that the journal of rotations has for them.
async fn keys_of(
    environments: &[EnvironmentName],
    settings: &Settings,
    history: &History,
) -> Result<BTreeSet<Fingerprint>, CommandError> {
    let (services, _) = setup::open(settings, KeyStorePurpose::Read, setup::timeout()).await?;
    let mut keys = BTreeSet::new();
    for environment in environments {
        let name = environment.clone();
        let rotations = history.run(move |store| store.rotations(&name)).await?;
        let of_rotations: BTreeSet<_> =
            rotations.iter().flat_map(|rotation| [Some(rotation.old), rotation.new]).flatten().collect();
        match services.keys.load(environment, KeyReadTimeout::User).await {
            Ok(loaded) => drop(keys.insert(loaded.key.fingerprint())),
            Err(failure) if failure.kind() == KeyErrorKind::Missing && !of_rotations.is_empty() => {}
            Err(failure) => {
                let why = key_errors::explained(&failure, environment, &RemedyAudience::CommandLine);
                return Err(CommandError::Failed(format!("{environment}: {why}")));
            }
        }
        keys.extend(of_rotations);
    }
    Ok(keys)
}
