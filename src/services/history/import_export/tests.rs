use super::*;
use crate::domain::daily_rollup::DailyRollup;
use crate::services::history::arbitrary;
use proptest::prelude::*;

const HEAD: &str = "fingerprint,at,credits_remaining,monthly_allowance,tier,requests_per_minute,requests_per_day,\
    minute_limit,minute_remaining,day_limit,day_remaining,created_at,last_used_at,server_clock,latency_ms";
const SPARSE: &str = "00ab78bf,2026-11-20T10:00:00.123Z,487,,,,,,,,,,,,0";

fn written(format: ExportEncoding, content: ExportContent, rows: &[ExportRow]) -> String {
    let mut out = Vec::new();
    write_head(&mut out, format, content).unwrap();
    for row in rows {
        write_row(&mut out, format, row).unwrap();
    }
    String::from_utf8(out).unwrap()
}

fn read(text: &[u8]) -> Result<Vec<ExportRow>, ExportReadError> {
    let mut reader = ExportReader::new(text);
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn trouble(text: impl AsRef<[u8]>) -> String {
    read(text.as_ref()).unwrap_err().to_string()
}

fn days() -> impl Strategy<Value = ExportRow> {
    let amounts = proptest::collection::vec(-1e9_f64..1e9, 1..20);
    (arbitrary::fingerprint(), arbitrary::moment(), amounts).prop_map(|(fingerprint, at, amounts)| {
        let mut daily = DailyRollup::new(crate::domain::time::day_of(at), None, amounts[0]);
        amounts[1..].iter().for_each(|credits| daily.add(*credits));
        ExportRow::Day(StoredDay { fingerprint, daily })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read(
        samples in proptest::collection::vec((arbitrary::fingerprint(), arbitrary::sample()), 0..6),
        days in proptest::collection::vec(days(), 0..6),
    ) {
        let sample = |(fingerprint, sample)| ExportRow::Sample(StoredSample { fingerprint, sample });
        let samples: Vec<_> = samples.into_iter().map(sample).collect();
        for format in [ExportEncoding::Csv, ExportEncoding::Jsonl] {
            for (content, rows) in [(ExportContent::Samples, &samples), (ExportContent::Days, &days)] {
                prop_assert_eq!(&read(written(format, content, rows).as_bytes()).unwrap(), rows);
            }
        }
    }

    #[test]
    fn no_line_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200), cells in "[^\r\n]{0,80}") {
        drop(read(&bytes));
        for text in [format!("{HEAD}\n{cells}"), format!("{{{cells}}}"), format!("{{\"at\":{cells}}}")] {
            drop(read(text.as_bytes()));
        }
    }
}

#[test]
fn the_columns_are_those_that_are_promised() {
    let row = &read(format!("{HEAD}\r\n{SPARSE}\r\n").as_bytes()).unwrap()[0];
    assert_eq!(
        written(ExportEncoding::Csv, ExportContent::Samples, std::slice::from_ref(row)),
        format!("{HEAD}\r\n{SPARSE}\r\n")
    );
    let json = r#"{"fingerprint":"00ab78bf","at":"2026-11-20T10:00:00.123Z","credits_remaining":487,"monthly_allowance":null,"tier":null,"requests_per_minute":null,"requests_per_day":null,"minute_limit":null,"minute_remaining":null,"day_limit":null,"day_remaining":null,"created_at":null,"last_used_at":null,"server_clock":null,"latency_ms":0}"#;
    assert_eq!(written(ExportEncoding::Jsonl, ExportContent::Samples, std::slice::from_ref(row)), format!("{json}\n"));
    let day =
        "fingerprint,day,samples,first,last,lowest,highest,fallen,risen\r\n00ab78bf,2026-11-20,3,5,4.5,4,6,2.5,2\r\n";
    assert_eq!(written(ExportEncoding::Csv, ExportContent::Days, &read(day.as_bytes()).unwrap()), day);
}

#[test]
fn unknown_none_and_zero_are_exported_as_three_things_and_no_digit_is_invented() {
    let row = format!("{HEAD}\r\n{}\r\n", SPARSE.replace("487,,,,,,,", "9.007199254740994e15,0,,unlimited,0,,-3,"));
    let rows = read(row.as_bytes()).unwrap();
    assert_eq!(written(ExportEncoding::Csv, ExportContent::Samples, &rows), row);
    let json = written(ExportEncoding::Jsonl, ExportContent::Samples, &rows);
    let told = r#""credits_remaining":9.007199254740994e15,"monthly_allowance":0,"tier":null,"requests_per_minute":"unlimited","requests_per_day":0,"minute_limit":null,"minute_remaining":-3,"day_limit":null"#;
    assert!(json.contains(told), "{json}");
    assert_eq!(read(json.as_bytes()).unwrap(), rows);
}

#[test]
fn other_programs_may_have_saved_it() {
    let expected = read(format!("{HEAD}\n{SPARSE}").as_bytes()).unwrap();
    let marked = format!("\u{feff}{HEAD}\r\n\r\n{}\r\n\r\n", SPARSE.replace("487", "\"487.0\""));
    assert_eq!(read(marked.as_bytes()).unwrap(), expected);
    let sparse =
        "\n{\"credits_remaining\": 487.0, \"at\": \"2026-11-20T11:00:00.123+01:00\", \"fingerprint\": \"00ab78bf\"}";
    assert_eq!(read(sparse.as_bytes()).unwrap(), expected);
    assert_eq!(read(b"").unwrap(), []);
}

#[test]
fn no_tier_is_a_formula_to_a_spreadsheet() {
    let row = |tier: &str| {
        let mut rows = read(format!("{HEAD}\n{SPARSE}").as_bytes()).unwrap();
        if let ExportRow::Sample(stored) = &mut rows[0] {
            stored.sample.account.tier = Some(tier.to_owned());
            stored.sample.account.credits_remaining = -487.0;
        }
        rows
    };
    for (tier, field) in [
        ("=HYPERLINK(\"https://x.example\")", ",\"'=HYPERLINK(\"\"https://x.example\"\")\","),
        ("+1", ",'+1,"),
        ("-1", ",'-1,"),
        ("@SUM(A1)", ",'@SUM(A1),"),
        ("＝1", ",'＝1,"),
        ("'=1", ",''=1,"),
        ("'pro'", ",'pro',"),
        ("pro=1", ",pro=1,"),
    ] {
        let csv = written(ExportEncoding::Csv, ExportContent::Samples, &row(tier));
        assert!(csv.contains(field) && csv.contains(",-487,"), "{csv}");
        assert_eq!(read(csv.as_bytes()).unwrap(), row(tier), "{tier}");
        let json = written(ExportEncoding::Jsonl, ExportContent::Samples, &row(tier));
        assert_eq!(read(json.as_bytes()).unwrap(), row(tier), "{tier}");
    }
}

#[test]
fn each_flaw_names_its_line_and_nothing_of_what_stands_there() {
    let csv = |row: &str| trouble(format!("{HEAD}\n{SPARSE}\n{row}"));
    assert_eq!(csv("secret"), "line 3: it has 1 fields, not 15");
    assert_eq!(csv(&SPARSE.replace("487", "\"487")), "line 3: its quotes don't match");
    for (from, to, told) in [
        ("00ab78bf", "00AB78BF", "fingerprint must be 8 lower-case hexadecimal digits"),
        ("10:00", "25:00", "at must be a time like 2026-11-20T10:00:00.000Z"),
        ("487", "", "credits_remaining must be a number"),
        ("487", "NaN", "credits_remaining must be a number"),
        ("487,", "487,much", "monthly_allowance must be a number"),
        ("487,,,", "487,,,1.5", "requests_per_minute must be a whole number, 0 or more, or unlimited"),
        ("487,,,,,,", "487,,,,,,few", "minute_remaining must be a whole number"),
        (",,,0", ",noon,,0", "last_used_at must be a time like 2026-11-20T10:00:00.000Z"),
        (",,,0", ",,,-1", "latency_ms must be a whole number, 0 or more"),
        (",,,0", ",,,9223372036854775808", "latency_ms must be a whole number, 0 or more"),
    ] {
        assert_eq!(csv(&SPARSE.replace(from, to)), format!("line 3: {told}"));
    }
    assert_eq!(csv(&format!("{SPARSE}{}", "0".repeat(LINE_LENGTH_MAX))), "line 3: it is longer than 16384 bytes");

    let known = r#"{"fingerprint":"00ab78bf","at":"2026-11-20T10:00:00Z","credits_remaining":487"#;
    let json = |rest: &str| trouble(format!("{known}}}\n{known}{rest}}}"));
    assert_eq!(json(r#","secret":1"#), "line 2: it has a field that is none of an export");
    assert_eq!(json(r#","tier":["secret"]"#), "line 2: tier must be a number, a text or null");
    assert_eq!(json(r#","day":"2026-11-20""#), "line 2: it has a field that is none of an export");
    assert_eq!(json("]"), "line 2: it is no JSON object");
    assert_eq!(
        trouble(r#"{"fingerprint":"00ab78bf","day":"2026-11-20","samples":0}"#),
        "line 1: samples must be a whole number above 0"
    );

    let day = "fingerprint,day,samples,first,last,lowest,highest,fallen,risen\n00ab78bf,2026-11-20,3,5,4,6,4,2,1";
    assert_eq!(trouble(day), "line 2: lowest must be a number that agrees with the others of its row");
    assert_eq!(trouble(b"\xff\xfe"), "line 1: it is no UTF-8 text");
    for other in ["my notes", "fingerprint,at", "[1]", "\"", "SQLite format 3\0"] {
        assert_eq!(trouble(other), "line 1: it is neither the first line of a CSV export nor a row of a JSON one");
    }
}

#[test]
fn texts_are_made_fit_to_be_shown_and_hide_keys() {
    let row = SPARSE.replace("487,,,", "487,,\u{1b}[31mpro trackyard_live_abcdef123456,");
    let [ExportRow::Sample(StoredSample { sample, .. })] = &read(format!("{HEAD}\n{row}").as_bytes()).unwrap()[..]
    else {
        panic!("one sample")
    };
    assert_eq!(sample.account.tier.as_deref(), Some("[31mpro trackyard_live_[redacted]"));
}
