//! `history import`: the whole file is read first, and then stored a batch at a time.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::commands::error::CommandError;
use crate::services::history::import_export::{ExportReadError, ExportReader, ExportRow, StoredDay, StoredSample};
use crate::services::history::{History, HistoryError};
use crate::wording::format;

/// Rows that are stored in one transaction.
const STORED_AT_ONCE: usize = 2_000;
/// Longest input that is held in memory because it can't be read twice, in bytes.
const SPOOLED_MAX: usize = 64 * 1024 * 1024;

/// Stores the rows of a file, or of the standard input for `-`, and tells how many were new.
///
/// # Errors
/// A file that can't be read or has a line that is no row: nothing is stored then. A history that can't be used: a part
/// may be stored then, and the same file may be imported again.
pub async fn run(file: &Path, history: &History, out: &mut dyn Write) -> Result<(), CommandError> {
    let is_stdin = file.as_os_str() == "-";
    let name = if is_stdin { "the standard input".to_owned() } else { file.display().to_string() };
    let unreadable = |error: &ExportReadError| CommandError::Failed(format!("{name}: {error}. Nothing was stored."));
    let io_error = |error: io::Error| unreadable(&error.into());
    let count = if is_stdin {
        import(&mut spooled(io::stdin().lock()).map_err(io_error)?, history).await
    } else {
        let mut opened = File::open(file).map_err(io_error)?;
        if opened.metadata().map_err(io_error)?.is_file() {
            import(&mut opened, history).await
        } else {
            import(&mut spooled(opened).map_err(io_error)?, history).await
        }
    };
    let count = count.map_err(|error| match error {
        ImportError::Unreadable(error) => unreadable(&error),
        ImportError::Changed => {
            CommandError::Failed(format!("{name} changed while it was read: import it again once it is whole"))
        }
        ImportError::History(error) => error.into(),
    })?;
    let ImportCount { what, read, new } = count;
    writeln!(out, "{} {what} read, {} of them new", format::count(read), format::count(new))?;
    Ok(out.flush()?)
}

/// Rows of an import.
#[derive(Debug)]
pub(super) struct ImportCount {
    what: &'static str,
    pub(super) read: u64,
    pub(super) new: u64,
}

/// Error of an import.
#[derive(Debug)]
pub(super) enum ImportError {
    /// A file that can't be read; nothing was stored.
    Unreadable(ExportReadError),
    /// A second reading that was another than the first.
    Changed,
    /// A history that can't be used.
    History(HistoryError),
}

impl From<HistoryError> for ImportError {
    fn from(error: HistoryError) -> Self {
        Self::History(error)
    }
}

/// Content of an input that can't be read twice, up to a limit.
fn spooled(input: impl Read) -> io::Result<Cursor<Vec<u8>>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(SPOOLED_MAX).unwrap_or(u64::MAX) + 1;
    input.take(most).read_to_end(&mut bytes)?;
    if bytes.len() > SPOOLED_MAX {
        let limit = SPOOLED_MAX / 1024 / 1024;
        let why = format!("more than {limit} MiB come through a pipe: write them to a file, and import that");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(Cursor::new(bytes))
}

/// Stores the rows of a file, once all of it has been read without a fault.
pub(super) async fn import(file: &mut (impl Read + Seek), history: &History) -> Result<ImportCount, ImportError> {
    let mut reader = ExportReader::new(BufReader::new(&mut *file));
    let mut rows = 0_u64;
    while reader.next_row().map_err(ImportError::Unreadable)?.is_some() {
        rows += 1;
    }
    file.seek(SeekFrom::Start(0)).map_err(|error| ImportError::Unreadable(error.into()))?;
    let mut reader = ExportReader::new(BufReader::new(&mut *file));
    let mut batch = ImportBatch::default();
    let mut count = ImportCount { what: "samples", read: 0, new: 0 };
    loop {
        let Ok(row) = reader.next_row() else { return Err(ImportError::Changed) };
        let is_end = row.is_none();
        match row {
            Some(ExportRow::Sample(sample)) => batch.samples.push(sample),
            Some(ExportRow::Day(day)) => {
                count.what = "days";
                batch.days.push(day);
            }
            None => {}
        }
        if is_end || batch.samples.len() + batch.days.len() >= STORED_AT_ONCE {
            count.read += u64::try_from(batch.samples.len() + batch.days.len()).unwrap_or(u64::MAX);
            count.new += std::mem::take(&mut batch).store(history).await?;
        }
        if is_end {
            return if count.read == rows { Ok(count) } else { Err(ImportError::Changed) };
        }
    }
}

/// Rows that wait to be stored; those of one file are of one kind.
#[derive(Default)]
struct ImportBatch {
    samples: Vec<StoredSample>,
    days: Vec<StoredDay>,
}

impl ImportBatch {
    async fn store(self, history: &History) -> Result<u64, HistoryError> {
        let mut new = 0;
        if !self.samples.is_empty() {
            new += history.run_long(move |store| store.import_samples(&self.samples)).await?;
        }
        if !self.days.is_empty() {
            new += history.run_long(move |store| store.import_days(&self.days)).await?;
        }
        Ok(new)
    }
}
