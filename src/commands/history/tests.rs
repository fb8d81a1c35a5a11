use std::collections::BTreeSet;
use std::io::{Cursor, Read, Seek, SeekFrom};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::export::Export;
use super::import::{ImportError, import};
use crate::domain::api_key::Fingerprint;
use crate::domain::sample::Sample;
use crate::services::history::import_export::{ExportContent, ExportEncoding};
use crate::services::history::{History, arbitrary};

const KINDS: [(ExportContent, ExportEncoding); 4] = [
    (ExportContent::Samples, ExportEncoding::Csv),
    (ExportContent::Samples, ExportEncoding::Jsonl),
    (ExportContent::Days, ExportEncoding::Csv),
    (ExportContent::Days, ExportEncoding::Jsonl),
];

fn waited<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

async fn with_samples(samples: &[(Fingerprint, Sample)]) -> History {
    let history = History::in_memory();
    for (fingerprint, sample) in samples.iter().cloned() {
        history.run(move |store| store.store_sample(fingerprint, &sample, None)).await.unwrap();
    }
    history
}

async fn exported(history: &History, content: ExportContent, format: ExportEncoding) -> Vec<u8> {
    if content == ExportContent::Days {
        history.roll_up(Timestamp::MAX).await.unwrap();
    }
    let export = Export { history, since: Timestamp::MIN, until: Timestamp::MAX, content, format };
    let mut out = Vec::new();
    export.write(None, &mut out).await.unwrap();
    out
}

fn lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_one_history_writes_out_another_takes_in_and_writes_out_alike(
        keys in proptest::collection::vec(arbitrary::fingerprint(), 1..4),
        samples in proptest::collection::vec((any::<proptest::sample::Index>(), arbitrary::sample()), 0..30),
    ) {
        let samples: Vec<_> = samples.into_iter().map(|(index, sample)| (*index.get(&keys), sample)).collect();
        waited(async {
            let first = with_samples(&samples).await;
            for (content, format) in KINDS {
                let text = exported(&first, content, format).await;
                let second = History::in_memory();
                let count = import(&mut Cursor::new(&text), &second).await.unwrap();
                let rows = lines(&text) - usize::from(format == ExportEncoding::Csv);
                assert_eq!((count.read, count.new), (rows as u64, rows as u64));
                assert_eq!(import(&mut Cursor::new(&text), &second).await.unwrap().new, 0);
                let again = exported(&second, content, format).await;
                assert!(again == text, "{}\n\n{}", String::from_utf8_lossy(&text), String::from_utf8_lossy(&again));
            }
        });
    }
}

fn key() -> Fingerprint {
    "00ab78bf".parse().unwrap()
}

/// So many lines of JSON, a minute apart.
fn rows(count: u32) -> String {
    let start: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let row = |number: u32| {
        let at = start + SignedDuration::from_mins(i64::from(number));
        format!("{{\"fingerprint\":\"{}\",\"at\":\"{at}\",\"credits_remaining\":{number}}}\n", key())
    };
    (0..count).map(row).collect()
}

#[test]
fn more_than_a_page_and_a_batch_come_through_whole() {
    waited(async {
        let history = History::in_memory();
        let text = rows(4_321);
        let count = import(&mut Cursor::new(&text), &history).await.unwrap();
        assert_eq!((count.read, count.new), (4_321, 4_321));
        let written = String::from_utf8(exported(&history, ExportContent::Samples, ExportEncoding::Csv).await).unwrap();
        let credits: Vec<_> = written.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()).collect();
        assert!(credits == (0..4_321).map(|number| number.to_string()).collect::<Vec<_>>());
    });
}

#[test]
fn only_what_was_chosen_is_written() {
    waited(async {
        let history = History::in_memory();
        let other = rows(9).replace(&key().to_string(), "ba7816bf");
        import(&mut Cursor::new(rows(9) + &other), &history).await.unwrap();
        let export = Export {
            history: &history,
            since: "2026-11-20T10:02:00Z".parse().unwrap(),
            until: "2026-11-20T10:04:00Z".parse().unwrap(),
            content: ExportContent::Samples,
            format: ExportEncoding::Jsonl,
        };
        let mut out = Vec::new();
        export.write(Some(BTreeSet::from([key()])), &mut out).await.unwrap();
        let text = String::from_utf8(out).unwrap();
        let told: Vec<_> = text.lines().map(|line| line.split(',').take(3).collect::<Vec<_>>().join(",")).collect();
        let expected = [2, 3, 4].map(|number| {
            format!(r#"{{"fingerprint":"00ab78bf","at":"2026-11-20T10:0{number}:00.000Z","credits_remaining":{number}"#)
        });
        assert_eq!(told, expected);
    });
}

#[test]
fn nothing_is_stored_of_a_file_with_a_fault_at_its_end() {
    waited(async {
        let history = History::in_memory();
        let text = rows(5_000) + "{\"fingerprint\":1,\"at\":\"2026-11-20T10:00:00Z\",\"credits_remaining\":0}\n";
        let trouble = import(&mut Cursor::new(&text), &history).await.unwrap_err();
        let ImportError::Unreadable(error) = trouble else { panic!("{trouble:?}") };
        assert_eq!(error.to_string(), "line 5001: fingerprint must be 8 lower-case hexadecimal digits");
        assert_eq!(history.check().await.unwrap().contents.samples, 0);
    });
}

/// A file that another program writes at just when it is read for the second time.
struct ChangingFile {
    now: Cursor<String>,
    then: Option<String>,
}

impl Read for ChangingFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.now.read(buffer)
    }
}

impl Seek for ChangingFile {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.now = Cursor::new(self.then.take().unwrap());
        self.now.seek(position)
    }
}

#[test]
fn a_file_that_changes_meanwhile_is_told() {
    for then in ["my notes".to_owned(), rows(2)] {
        let mut file = ChangingFile { now: Cursor::new(rows(3)), then: Some(then) };
        let trouble = waited(async { import(&mut file, &History::in_memory()).await }).unwrap_err();
        assert!(matches!(trouble, ImportError::Changed), "{trouble:?}");
    }
}
