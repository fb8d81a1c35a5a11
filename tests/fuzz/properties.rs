//! What must hold of everything that reads what others wrote, whatever it is given.
//!
//! Each property is the body of a fuzz target of its name, and an ordinary test runs them all over the files in
//! `corpus` and `findings`. A new one needs a function here with its line in [`TARGETS`], a file in `targets`, an entry
//! in `Cargo.toml`, and a folder in `corpus`; the test tells which of them is missing.

mod input;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use trackyard_tui::config::error::ConfigError;
use trackyard_tui::config::paths::Paths;
use trackyard_tui::config::settings::Settings;
use trackyard_tui::config::{Overrides, duration as durations};
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::activity::{
    ENDPOINT_LENGTH_MAX, PAGES_MAX, UNKNOWN_ENDPOINT, UsageBaseline, UsagePage, UsagePager, detect_anomalies,
};
use trackyard_tui::domain::api_key::{ApiKey, Fingerprint, LENGTH_MAX, ParseApiKeyError};
use trackyard_tui::domain::base_url::BaseUrl;
use trackyard_tui::domain::error::BodyError;
use trackyard_tui::domain::limit::{HUGE, Limit};
use trackyard_tui::domain::text::{cut, find_key, redact, sanitise};
use trackyard_tui::monitor::settings::Polling;
use trackyard_tui::services::history::RotationRecord;
use trackyard_tui::services::history::import_export::{
    ExportContent, ExportEncoding, ExportReadError, ExportReader, ExportRow, write_head, write_row,
};
use trackyard_tui::services::http::date::server_clock;
use trackyard_tui::services::http::retry_after_header::retry_after;
use trackyard_tui::services::trackyard::quota::quota;
use trackyard_tui::tui::keymap::{Chord, Keymap};

use input::input;
use shown::{acts_on_a_terminal, assert_harmless, assert_shown};

/// A property: it panics where it does not hold.
pub type Property = fn(&[u8]);

/// All properties, by the names of their targets.
pub const TARGETS: [(&str, Property); 12] = [
    ("account", account),
    ("api_key", api_key),
    ("base_url", base_url),
    ("chord", chord),
    ("config", config),
    ("duration", duration),
    ("headers", headers),
    ("history", history),
    ("input", input),
    ("journal", journal),
    ("text", text),
    ("usage", usage),
];

/// Stands for a secret that strayed into a configuration.
const CANARY: &str = "q9zCanary7x";

/// The body of `GET /me`.
pub fn account(data: &[u8]) {
    let json = serde_json::from_slice::<Value>(data);
    let credits = json.as_ref().ok().and_then(|json| json.get("credits_remaining")?.as_f64());
    match Account::parse(data) {
        Ok(account) => {
            assert!(account.credits_remaining.is_finite());
            if let Some(credits) = credits {
                // The last number that is held exactly is left to itself.
                assert!((account.credits_remaining - credits).abs() <= 2.0 * f64::from(u8::from(credits.abs() > 9e15)));
            }
            assert!(account.monthly_allowance.is_none_or(f64::is_finite));
            assert_limits([account.requests_per_minute, account.requests_per_day]);
            assert!(account.credits_ratio().is_none_or(f64::is_finite));
            if let Some(tier) = &account.tier {
                assert!(!tier.is_empty());
                assert_shown(tier, 24);
            }
        }
        Err(BodyError::Empty) => assert!(data.is_empty()),
        Err(BodyError::NotJson) => assert!(json.is_err()),
        Err(BodyError::NotAnObject) => assert!(!json.unwrap().is_object()),
        Err(BodyError::NoCredits) => assert_eq!(credits, None),
        Err(BodyError::NoCalls) => panic!("this body lists no calls"),
    }
}

fn assert_limits(limits: [Limit; 2]) {
    assert!(limits.iter().all(|limit| !matches!(limit, Limit::Of(HUGE..))), "{limits:?}");
}

/// The body of `GET /usage`.
pub fn usage(data: &[u8]) {
    const SECRET: &str = "s3cret-s3cret-s3cret";
    let json = serde_json::from_slice::<Value>(data);
    let rows = json.as_ref().ok().and_then(|json| json.get("usage")?.as_array());
    match UsagePage::parse(data, SECRET) {
        Ok(page) => {
            assert_eq!(page.rows.len(), rows.unwrap().len().min(1_000));
            for call in page.calls() {
                assert_shown(&call.endpoint, ENDPOINT_LENGTH_MAX);
                assert!(call.endpoint.starts_with('/') || call.endpoint == UNKNOWN_ENDPOINT, "{}", call.endpoint);
                assert!(!call.endpoint.contains(SECRET), "{}", call.endpoint);
                assert!(call.credits.is_finite() && call.credits >= 0.0);
                let hour = SignedDuration::from_hours(1);
                assert!(call.response_time.is_none_or(|time| (SignedDuration::ZERO..=hour).contains(&time)));
                assert!(call.status_code.is_none_or(|status| (100..1_000).contains(&status)));
            }
            let mut reading = UsagePager::new(None);
            let pages = (0..=PAGES_MAX).take_while(|_| reading.add_page(&page)).count();
            assert!(pages < PAGES_MAX);
            let calls = reading.finish(SignedDuration::ZERO).calls;
            assert!(calls.len() <= page.rows.len() * PAGES_MAX);
            assert_eq!(detect_anomalies(&UsageBaseline::default(), &calls), []);
        }
        Err(BodyError::Empty) => assert!(data.is_empty()),
        Err(BodyError::NotJson) => assert!(json.is_err()),
        Err(BodyError::NoCalls) => assert_eq!(rows, None),
        Err(other) => panic!("{other:?} is no fault of a page"),
    }
}

/// The row of a rotation: a line for each column, an empty one for none.
pub fn journal(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut column = || lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
    let moment = |text: Option<String>| text.map(|text| text.parse().unwrap_or(i64::MAX));
    let record = RotationRecord {
        number: 7,
        environment: column().unwrap_or_default(),
        old_fingerprint: column().unwrap_or_default(),
        new_fingerprint: column(),
        stage: column().unwrap_or_default(),
        started_at: moment(column()).unwrap_or_default(),
        promoted_at: moment(column()),
        ended_at: moment(column()),
    };
    match record.read() {
        Ok(rotation) => {
            assert_eq!(RotationRecord::from(&rotation), record);
            assert_eq!(rotation.stage.is_ended(), rotation.ended_at.is_some());
        }
        Err(error) => {
            let told = error.to_string();
            assert_shown(&told, 80);
            for column in [&record.environment, &record.stage].into_iter().filter(|column| column.len() > 12) {
                assert!(!told.contains(column.as_str()), "{told}");
            }
        }
    }
}

/// A file to import.
pub fn history(data: &[u8]) {
    let (rows, trouble) = rows_of(data);
    if let Some(ExportReadError::Line { line, reason: flaw }) = &trouble {
        assert!(*line >= 1 && usize::try_from(*line).unwrap() <= data.split(|byte| *byte == b'\n').count());
        assert_shown(&flaw.to_string(), 100);
    }
    assert!(!matches!(trouble, Some(ExportReadError::Io(_))), "{trouble:?}");
    for row in &rows {
        match row {
            ExportRow::Sample(stored) => {
                assert!(stored.sample.account.credits_remaining.is_finite());
                if let Some(tier) = &stored.sample.account.tier {
                    assert_shown(tier, 200);
                    assert_eq!(find_key(tier), None);
                }
            }
            ExportRow::Day(stored) => assert!(stored.daily.is_possible()),
        }
    }
    let content =
        if matches!(rows.first(), Some(ExportRow::Day(_))) { ExportContent::Days } else { ExportContent::Samples };
    for format in [ExportEncoding::Csv, ExportEncoding::Jsonl] {
        let again = rows_of(&written(format, content, &rows)).0;
        let third = written(format, content, &again);
        assert_eq!(written(format, content, &rows), third, "what is written is read alike");
    }
}

fn rows_of(data: &[u8]) -> (Vec<ExportRow>, Option<ExportReadError>) {
    let mut reader = ExportReader::new(data);
    let mut rows = Vec::new();
    loop {
        match reader.next_row() {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => return (rows, None),
            Err(trouble) => return (rows, Some(trouble)),
        }
    }
}

fn written(format: ExportEncoding, content: ExportContent, rows: &[ExportRow]) -> Vec<u8> {
    let mut out = Vec::new();
    write_head(&mut out, format, content).unwrap();
    for row in rows {
        write_row(&mut out, format, row).unwrap();
    }
    out
}

/// The headers of an answer: each line is the value of one.
pub fn headers(data: &[u8]) {
    let names = [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-limit-daily",
        "x-ratelimit-remaining-daily",
        "date",
        "retry-after",
    ];
    let values = data.split(|byte| *byte == b'\n').map(HeaderValue::from_bytes);
    let fields = names.iter().cycle().zip(values);
    let headers: HeaderMap =
        fields.filter_map(|(name, value)| Some((HeaderName::from_static(name), value.ok()?))).collect();

    let quota = quota(&headers);
    assert_limits([quota.minute_limit, quota.day_limit]);
    let clock = server_clock(&headers, Timestamp::UNIX_EPOCH).unwrap_or(Timestamp::UNIX_EPOCH);
    for now in [clock, Timestamp::MIN, Timestamp::MAX] {
        if let Some(wait) = retry_after(&headers, now) {
            assert!(wait.is_positive() && wait <= SignedDuration::from_hours(1), "{wait}");
        }
    }
}

/// The config file; `@` stands for a secret.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let text = text.replace('@', CANARY);
    match Settings::resolve(&Overrides::default(), &|_| None, Some(&text), Paths::default()) {
        Ok(settings) => assert_usable(&settings),
        Err(error) => assert_tells_nothing(&error, &text),
    }
}

fn assert_usable(settings: &Settings) {
    let names: BTreeSet<_> = settings.environments.iter().map(|environment| environment.name().as_str()).collect();
    assert!(!names.is_empty() && names.len() == settings.environments.len(), "{names:?}");
    assert!(names.contains(settings.default_environment.as_str()));
    let Polling { interval, share } = settings.polling;
    assert!(interval >= SignedDuration::from_secs(10) && share > 0.0 && share <= Polling::SHARE_MAX);
    for environment in &settings.environments {
        let thresholds = environment.watched.thresholds;
        let percents =
            [thresholds.credits_low_percent, thresholds.credits_critical_percent, thresholds.daily_reserve_percent];
        assert!(percents.iter().all(|percent| (0.0..=100.0).contains(percent)), "{percents:?}");
        assert!(thresholds.credits_critical_percent <= thresholds.credits_low_percent);
        assert!(thresholds.stale_after.is_positive() && thresholds.clock_skew.is_positive());
        assert!(environment.key_command.as_ref().is_none_or(|command| !command.is_empty()));
    }
    assert_eq!(settings.monitor(None, 0).environments.len(), settings.environments.len());
}

/// A message may quote the name of a setting, and never a value.
fn assert_tells_nothing(error: &ConfigError, text: &str) {
    let message = error.to_string();
    assert_harmless(&message);
    let ConfigError::Invalid { error, .. } = error else { panic!("{message}") };
    assert!(error.position.line >= 1 && error.position.line <= text.split('\n').count(), "{message}");
    let is_named = toml::from_str::<toml::Table>(text).is_ok_and(|table| has_name(&table));
    assert!(is_named || !message.contains(CANARY), "{message}");
}

fn has_name(table: &toml::Table) -> bool {
    table.iter().any(|(name, value)| name.contains(CANARY) || holds_name(value))
}

fn holds_name(value: &toml::Value) -> bool {
    match value {
        toml::Value::Table(table) => has_name(table),
        toml::Value::Array(values) => values.iter().any(holds_name),
        _ => false,
    }
}

/// A key as pasted.
pub fn api_key(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let trimmed = text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    match ApiKey::parse(&text) {
        Ok(key) => {
            assert_eq!(key.expose(), trimmed);
            assert!(trimmed.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!((1..=LENGTH_MAX).contains(&trimmed.len()));
            let identity = key.identity();
            assert_eq!(
                identity.ending.as_deref(),
                trimmed.len().checked_sub(20).map(|_| &trimmed[trimmed.len() - 4..])
            );
            assert_eq!(identity.fingerprint.to_string().parse::<Fingerprint>(), Ok(identity.fingerprint));
            assert_eq!(format!("{key:?}"), format!("ApiKey({})", identity.fingerprint));
        }
        Err(ParseApiKeyError::Empty) => assert!(trimmed.is_empty()),
        Err(ParseApiKeyError::TooLong) => assert!(trimmed.len() > LENGTH_MAX),
        Err(ParseApiKeyError::InnerBlank) => assert!(trimmed.contains(char::is_whitespace)),
        Err(ParseApiKeyError::ControlCharacter) => assert!(trimmed.contains(char::is_control)),
        Err(ParseApiKeyError::NotAscii) => assert!(!trimmed.is_ascii()),
        Err(ParseApiKeyError::SeveralLines) => assert!(trimmed.contains(['\n', '\r'])),
        // The others are mistakes in the shape, whose text never tells any of it.
        Err(mistake) => assert!(trimmed.len() < 20 || !mistake.to_string().contains(trimmed)),
    }
}

/// A text of the service: the first byte is the length that is asked for, the second that of a secret in it.
pub fn text(data: &[u8]) {
    let Some((&[length, secret_length], rest)) = data.split_first_chunk::<2>() else { return };
    let (length, text) = (usize::from(length), String::from_utf8_lossy(rest));
    let shown = sanitise(&text, length);
    assert_shown(&shown, length);
    assert_eq!(sanitise(&shown, length), shown, "once is enough");
    assert_eq!(find_key(&sanitise(&text, usize::MAX)), None);

    let short = cut(&text, length);
    assert!(short.chars().count() <= length.max(1));
    assert!(text.starts_with(short.trim_end_matches('…')) || text.contains('…'));

    let secret: String = text.chars().take(usize::from(secret_length)).collect();
    let is_like_a_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if secret.len() >= 12 && secret.bytes().all(is_like_a_key) {
        assert!(!redact(&text, &secret).contains(&secret));
    }
}

/// Where the service is.
pub fn base_url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(base_url) = text.parse::<BaseUrl>() else { return };
    let me = base_url.me();
    assert!(me.path().ends_with("/me"), "{me}");
    assert!(me.username().is_empty() && me.password().is_none() && me.query().is_none() && me.fragment().is_none());
    let host = me.host_str().unwrap();
    assert!(!host.is_empty() && base_url.host().starts_with(host));
    let bare = host.trim_matches(['[', ']']);
    let is_this_machine = bare == "localhost"
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    assert!(me.scheme() == "https" || me.scheme() == "http" && is_this_machine, "{me}");
    assert_eq!(base_url.is_plain(), me.scheme() == "http");
    assert!(!base_url.to_string().contains(acts_on_a_terminal), "{base_url}");
    let again: BaseUrl = base_url.to_string().parse().unwrap();
    assert_eq!(again.me(), me, "what is shown can be typed");
}

/// A length of time in the config file.
pub fn duration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(length) = durations::parse(&text) else { return };
    assert!(!length.is_negative());
    // Longer ones can't be written in hours alone.
    if length < SignedDuration::from_hours(24 * 365 * 10_000) {
        assert_eq!(durations::parse(&format!("{length:#}")), Ok(length), "{text:?}");
    }
}

/// A key of the keyboard in the config file.
pub fn chord(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    match text.parse::<Chord>() {
        Ok(chord) => {
            let shown = chord.to_string();
            assert!(!shown.is_empty() && !shown.contains(char::is_control), "{shown:?}");
            assert!(shown.chars().count() <= "Ctrl-Alt-Backspace".len(), "{shown}");
        }
        Err(error) => assert_harmless(&error.to_string()),
    }
    for command in ["refresh", "quit", &text] {
        let overrides = BTreeMap::from([(command.to_owned(), vec![text.clone()])]);
        if let Err(error) = Keymap::with_overrides(&overrides) {
            assert_harmless(&error.to_string());
        }
    }
}
