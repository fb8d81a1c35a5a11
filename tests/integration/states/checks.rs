//! Compares what is said with what must be said, and with itself.

use serde_json::Value;

use super::file::{State, collapse};
use super::pictures::{Picture, Seen};

/// A sentence that is cut is known by so many of its first characters.
const KNOWN_BY: usize = 16;

/// All that is not as it must be.
pub(crate) fn faults(state: &State, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    for (section, picture) in state.screens.iter().zip(&seen.screens) {
        for phrase in section.phrases.iter().filter(|phrase| !picture.says(phrase)) {
            faults.push(format!("not on the screen ({}): {phrase}", picture.title));
        }
    }
    let lines: Vec<_> = seen.status.lines().map(collapse).collect();
    let missing = state.status.iter().filter(|phrase| !lines.iter().any(|line| line.contains(*phrase)));
    faults.extend(missing.map(|phrase| format!("not in a line of `status`: {phrase}")));
    for phrase in &state.once {
        let count = lines.iter().filter(|line| line.contains(phrase.as_str())).count();
        if count != 1 {
            faults.push(format!("in {count} lines of `status`, and not in one: {phrase}"));
        }
    }
    let missing = state.events.iter().filter(|phrase| !seen.events.says(phrase));
    faults.extend(missing.map(|phrase| format!("not in the event log: {phrase}")));
    let is_event = |row: &&String| {
        row.trim_start_matches(['│', ' ']).starts_with(|first: char| first.is_ascii_digit()) && row.contains(':')
    };
    let count = seen.events.rows.iter().filter(is_event).count();
    if let Some(expected) = state.event_count.filter(|expected| *expected != count) {
        faults.push(format!("the event log has {count} lines, not {expected}"));
    }
    if let Some(expected) = &state.json {
        differences("", expected, &seen.json, &mut faults);
    }
    never(state, seen, &mut faults);
    safe(seen, &mut faults);
    dated(state, seen, &mut faults);
    agree(seen, &mut faults);
    for picture in seen.pictures() {
        cut_sentences(seen, picture, &mut faults);
    }
    faults
}

/// What must stand nowhere.
fn never(state: &State, seen: &Seen, faults: &mut Vec<String>) {
    let mut strings = Vec::new();
    collect(&seen.json, &mut strings);
    for phrase in &state.never {
        for picture in seen.pictures().filter(|picture| picture.says(phrase)) {
            faults.push(format!("on the screen ({}), but must never be said: {phrase}", picture.title));
        }
        if collapse(&seen.status).contains(phrase) {
            faults.push(format!("in `status`, but must never be said: {phrase}"));
        }
        if strings.iter().any(|text| text.contains(phrase)) {
            faults.push(format!("in the JSON, but must never be said: {phrase}"));
        }
    }
}

/// The parts of what is expected that are otherwise. Members that are not named may be anything; environments are known
/// by their names.
fn differences(path: &str, expected: &Value, found: &Value, faults: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                differences(
                    &format!("{path}.{name}"),
                    value,
                    found.get(name).unwrap_or(&Value::String("(absent)".into())),
                    faults,
                );
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.iter().any(Value::is_object) => {
            for value in expected {
                let named = found.iter().find(|other| other.get("name") == value.get("name"));
                let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
                differences(&format!("{path}[{name}]"), value, named.unwrap_or(&Value::Null), faults);
            }
        }
        _ if expected != found => faults.push(format!("in the JSON, {path} is {found}, not {expected}")),
        _ => {}
    }
}

/// No placeholder, no control character.
fn safe(seen: &Seen, faults: &mut Vec<String>) {
    let mut strings = Vec::new();
    collect(&seen.json, &mut strings);
    let lines = seen.pictures().flat_map(|picture| picture.rows.iter().cloned());
    for text in lines.chain(seen.status.lines().map(ToOwned::to_owned)).chain(strings) {
        if text.contains(char::is_control) {
            faults.push(format!("a control character: {text:?}"));
        }
        let placeholder = text
            .split('<')
            .skip(1)
            .any(|rest| rest.split_once('>').is_some_and(|(name, _)| !name.is_empty() && !name.contains(' ')));
        if placeholder || text.contains("{}") {
            faults.push(format!("a placeholder: {text}"));
        }
    }
}

fn collect(value: &Value, strings: &mut Vec<String>) {
    match value {
        Value::String(text) => strings.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, strings)),
        Value::Object(members) => members.values().for_each(|value| collect(value, strings)),
        _ => {}
    }
}

/// The header tells the day, the time and the zone.
fn dated(state: &State, seen: &Seen, faults: &mut Vec<String>) {
    let local = state.now.to_zoned(state.zone.clone());
    let zone = state.zone.to_offset_info(state.now).abbreviation().to_owned();
    let header = [local.strftime("%a %-d %b").to_string(), format!("{} {zone}", local.strftime("%H:%M"))];
    for picture in seen.large.values() {
        for part in header.iter().filter(|part| !picture.rows[0].contains(*part)) {
            faults.push(format!("the header ({}) does not say {part}", picture.title));
        }
    }
}

/// The figures of the table stand on the screen of the environment, and are those of the JSON.
fn agree(seen: &Seen, faults: &mut Vec<String>) {
    let mut rows = seen.status.lines();
    let headings = cells(rows.next().unwrap_or_default());
    for environment in seen.json["environments"].as_array().unwrap() {
        let name = environment["name"].as_str().unwrap();
        let row = cells(rows.next().unwrap_or_default());
        let cell = |heading: &str| {
            let place = headings.iter().position(|other| other == heading)?;
            row.get(place).cloned()
        };
        if cell("ENVIRONMENT").as_deref() != Some(name) {
            faults.push(format!("the table has no row for {name} in its place"));
            continue;
        }
        let picture = &seen.large[name];
        let severity = environment["severity"].as_str().unwrap_or_default();
        if let Some(mark) = picture.mark_of(name).filter(|mark| !marks(severity).contains(mark)) {
            faults.push(format!("{name}: the card is marked {mark}, the JSON says {severity}"));
        }
        for heading in ["CREDITS", "MINUTE", "DAY", "USED BY OTHERS", "KEY", "SAMPLE"] {
            let Some(cell) = cell(heading) else { continue };
            for figure in figures(&cell).into_iter().filter(|figure| !picture.says(figure)) {
                faults.push(format!("{name}: the table says {cell} under {heading}, the screen does not say {figure}"));
            }
        }
        let credits = cell("CREDITS").unwrap_or_default();
        if let Some(number) = environment["account"]["credits_remaining"].as_i64() {
            let written = credits.split(' ').next().unwrap_or_default().replace(',', "");
            if written != number.to_string() {
                faults.push(format!("{name}: the table says {credits}, the JSON {number} credits"));
            }
        }
        if let Some(days) = environment["key"]["age_days"].as_i64() {
            let key = cell("KEY").unwrap_or_default();
            if !key.starts_with(&format!("{days} ")) {
                faults.push(format!("{name}: the table says {key} for the key, the JSON {days} days"));
            }
        }
    }
}

/// The marks of a severity.
fn marks(severity: &str) -> &'static [char] {
    match severity {
        "ok" => &['●'],
        "warning" => &['▲'],
        "critical" => &['✖'],
        _ => &['?', '○'],
    }
}

/// The cells of a row, two blanks or more apart.
fn cells(row: &str) -> Vec<String> {
    row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(ToOwned::to_owned).collect()
}

/// The figures of a cell, as any place must write them: `34,736`, `69 %`, `95 of 90`, `3 min`.
fn figures(cell: &str) -> Vec<String> {
    let cell = cell.trim_start_matches("about ").replace(['(', ')'], "");
    let words: Vec<_> = cell.split(' ').collect();
    let is_number = |word: &str| word.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    let mut figures = Vec::new();
    match words[..] {
        [used, "of", limit, ..] if is_number(limit) => {
            figures.push(format!("{used} of {limit}"));
            figures.extend(words.windows(2).filter(|pair| pair[1] == "%").map(|pair| pair.join(" ")));
        }
        [number, unit, ..] if is_number(number) => figures.push(format!("{number} {unit}")),
        [number] if is_number(number) => figures.push(number.to_owned()),
        _ => {}
    }
    figures
}

/// A sentence ends where a clause ends, or with `…`; it never just stops. The word for the whole state may begin like one.
fn cut_sentences(seen: &Seen, picture: &Picture, faults: &mut Vec<String>) {
    let words: Vec<_> = seen.status.lines().filter_map(|line| cells(line).get(1).cloned()).collect();
    let names: Vec<_> = seen.large.keys().map(|name| format!("{name}: ")).collect();
    let told = seen.status.lines().skip_while(|line| !line.is_empty());
    let told = told.map(|line| names.iter().find_map(|name| line.strip_prefix(name.as_str())).unwrap_or(line));
    for sentence in told.filter(|sentence| sentence.chars().count() > KNOWN_BY) {
        let start: String = sentence.chars().take(KNOWN_BY).collect();
        for shown in picture.stops(sentence, &start) {
            // An event may begin like a sentence, and go on in another way.
            let is_known = words.contains(&shown) || seen.events.says(&shown);
            if stops_early(&shown, &sentence[shown.len()..]) && !is_known {
                faults.push(format!("cut without a mark ({}): {shown}│{}", picture.title, &sentence[shown.len()..]));
            }
        }
    }
}

/// Whether what is shown of a sentence ends in the middle of a clause. Since when something is so, what for it is done,
/// and with what it ends, are clauses of their own.
fn stops_early(shown: &str, rest: &str) -> bool {
    let rest = rest.trim_start();
    let is_clause = rest.is_empty()
        || rest.starts_with([',', ';', ':', '.'])
        || ["since ", "to ", "with "].iter().any(|joint| rest.starts_with(joint));
    !is_clause && !shown.ends_with([',', ';', ':', '.'])
}

#[test]
fn a_sentence_may_end_with_a_clause_and_nowhere_else() {
    assert!(stops_early("rotate by", " 8 Dec, in 10 days."));
    assert!(!stops_early("rotate by 8 Dec", ", in 10 days."));
    assert!(!stops_early("rotate by 8 Dec, in 10 days", ""));
    assert!(!stops_early("paused until Sun 00:00", " to leave them to your applications."));
}

#[test]
fn figures_are_found_in_the_cells_of_the_table() {
    assert_eq!(figures("34,736 of 50,000 (69 %)"), ["34,736 of 50,000", "69 %"]);
    assert_eq!(figures("95 of 90 days"), ["95 of 90"]);
    assert_eq!(figures("about 3 min ago"), ["3 min"]);
    assert_eq!(figures("36"), ["36"]);
    assert!(figures("no limit").is_empty() && figures("–").is_empty() && figures("now").is_empty());
}

#[test]
fn of_the_json_only_what_is_named_is_compared() {
    let found = serde_json::json!({"environments": [{"name": "dev", "flags": ["stale"], "key": null}]});
    let compared = |expected: Value| {
        let mut faults = Vec::new();
        differences("", &expected, &found, &mut faults);
        faults.len()
    };
    assert_eq!(compared(serde_json::json!({"environments": [{"name": "dev", "key": null}]})), 0);
    assert_eq!(compared(serde_json::json!({"environments": [{"name": "dev", "flags": []}]})), 1);
    assert_eq!(compared(serde_json::json!({"environments": [{"name": "dev", "forecast": null}]})), 1);
    assert_eq!(compared(serde_json::json!({"environments": [{"name": "prod"}]})), 1);
}
