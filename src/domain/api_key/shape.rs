//! Mistakes that are given in place of a key, and known by their shape: no request is made with them.

use zeroize::Zeroizing;

use super::error::ParseApiKeyError;

/// Beginning of the service's keys.
const PREFIX: &str = "trackyard_live_";
/// Quotation marks of shells, JSON and editors.
const QUOTES: [char; 9] = ['"', '\'', '`', '“', '”', '„', '‘', '’', '«'];
/// Words that programs print where there is nothing.
const NOTHING: [&str; 8] = ["null", "(null)", "nil", "none", "undefined", "nan", "true", "false"];
/// The schemes that stand before a key in a header.
const SCHEMES: [&str; 4] = ["bearer", "basic", "token", "apikey"];
/// The words with which shells and their like set a variable.
const SETTERS: [&str; 10] = ["export", "set", "setenv", "setx", "declare", "typeset", "env", "let", "const", "local"];
/// Words that stand in examples in place of a key, as letters and digits alone.
const PLACEHOLDERS: [&str; 9] = [
    "yourkey",
    "yourapikey",
    "yourtoken",
    "yoursecret",
    "yourtrackyard",
    "keyhere",
    "changeme",
    "replaceme",
    "placeholder",
];

/// Refuses what no key looks like. `text` has no blanks around it.
pub(super) fn check(text: &str) -> Result<(), ParseApiKeyError> {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let has_more = first_word.len() < text.len();
    let is_one_of = |words: &[&str], word: &str| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    let mistake = if is_placeholder(text) {
        ParseApiKeyError::Placeholder
    } else if text.starts_with(['{', '[']) {
        ParseApiKeyError::Json
    } else if text.starts_with(QUOTES) {
        ParseApiKeyError::Quoted
    } else if is_one_of(&NOTHING, text) {
        ParseApiKeyError::Null
    } else if text.contains(['\n', '\r']) {
        ParseApiKeyError::SeveralLines
    } else if is_header(text) {
        ParseApiKeyError::Header
    } else if has_more && is_one_of(&SCHEMES, first_word.trim_end_matches(':')) {
        ParseApiKeyError::Scheme
    } else if has_more && is_one_of(&SETTERS, first_word) || starts_with(text, "$env:") {
        ParseApiKeyError::ShellLine
    } else if is_variable(text) {
        ParseApiKeyError::Variable
    } else if text.contains("://") {
        ParseApiKeyError::Address
    } else if is_named(text) {
        ParseApiKeyError::Named
    } else if text.ends_with(QUOTES) || text.ends_with('»') {
        ParseApiKeyError::Quoted
    } else {
        return Ok(());
    };
    Err(mistake)
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// `<your key>`, `{{KEY}}`, `YOUR_API_KEY`, or a key whose characters are hidden.
fn is_placeholder(text: &str) -> bool {
    let is_bracketed = |start: &str, end: &str| text.starts_with(start) && text.ends_with(end);
    let has_prefix = starts_with(text, PREFIX);
    let body = if has_prefix { &text[PREFIX.len()..] } else { text };
    let is_hidden = body.chars().all(|character| "*•·….".contains(character))
        || (has_prefix && body.chars().all(|character| "xX*•·….?#_-".contains(character)));
    let letters = text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    let letters = Zeroizing::new(letters.collect::<String>());
    is_bracketed("<", ">")
        || is_bracketed("{{", "}}")
        || is_hidden
        || PLACEHOLDERS.iter().any(|phrase| letters.contains(phrase))
}

/// `Authorization: …`, `X-API-Key: …`.
fn is_header(text: &str) -> bool {
    let Some((name, _)) = text.split_once(':') else { return false };
    let name = name.trim();
    ["authorization", "proxy-authorization", "x-api-key", "api-key"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// `$NAME`, `${NAME}`, `$(command)`, `%NAME%`, which nothing has replaced.
fn is_variable(text: &str) -> bool {
    let is_name_start = |character: char| character.is_ascii_alphabetic() || "_{(".contains(character);
    let after = text.strip_prefix('$').and_then(|rest| rest.chars().next());
    after.is_some_and(is_name_start) || (text.len() > 2 && text.starts_with('%') && text.ends_with('%'))
}

/// `NAME=key`, `name = "key"`, `name: key`. What ends with `=` alone may be Base64.
fn is_named(text: &str) -> bool {
    let name_end = text.find(|character: char| !character.is_ascii_alphanumeric() && !"_.-".contains(character));
    let Some((name, rest)) = name_end.map(|end| text.split_at(end)) else { return false };
    let blank = rest.starts_with(char::is_whitespace);
    let rest = rest.trim_start();
    let names_a_key = name.contains('_') && name.contains("KEY");
    if name.is_empty() {
        return false;
    }
    match rest.strip_prefix(['=', ':']) {
        Some(value) if rest.starts_with(':') => blank || value.starts_with([' ', '\t', '=']),
        Some(value) => names_a_key || !value.trim_start_matches('=').is_empty(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ApiKey;
    use super::*;
    use proptest::prelude::*;

    /// Text before and after a key by mistake, and the reason that is told.
    const MISTAKES: &[(&str, &str, ParseApiKeyError)] = &[
        ("\"", "\"", ParseApiKeyError::Quoted),
        ("'", "'", ParseApiKeyError::Quoted),
        ("`", "`", ParseApiKeyError::Quoted),
        ("“", "”", ParseApiKeyError::Quoted),
        ("«", "»", ParseApiKeyError::Quoted),
        ("", "\"", ParseApiKeyError::Quoted),
        ("\"", "\",", ParseApiKeyError::Quoted),
        ("TRACKYARD_API_KEY=", "", ParseApiKeyError::Named),
        ("TRACKYARD_API_KEY_PROD=\"", "\"", ParseApiKeyError::Named),
        ("key = ", "", ParseApiKeyError::Named),
        ("api-key=", "", ParseApiKeyError::Named),
        ("password: ", "", ParseApiKeyError::Named),
        ("KEY:=", "", ParseApiKeyError::Named),
        ("export TRACKYARD_API_KEY=", "", ParseApiKeyError::ShellLine),
        ("set -x KEY ", "", ParseApiKeyError::ShellLine),
        ("$env:KEY = '", "'", ParseApiKeyError::ShellLine),
        ("{\"key\":\"", "\"}", ParseApiKeyError::Json),
        ("{\n  \"key\": \"", "\"\n}\n", ParseApiKeyError::Json),
        ("[\"", "\"]", ParseApiKeyError::Json),
        ("Bearer ", "", ParseApiKeyError::Scheme),
        ("bearer: ", "", ParseApiKeyError::Scheme),
        ("Authorization: Bearer ", "", ParseApiKeyError::Header),
        ("authorization:", "", ParseApiKeyError::Header),
        ("X-API-Key: ", "", ParseApiKeyError::Header),
        ("<", ">", ParseApiKeyError::Placeholder),
        ("{{ ", " }}", ParseApiKeyError::Placeholder),
        ("https://app.trackyard.com/", "", ParseApiKeyError::Address),
        ("op://vault/", "/key", ParseApiKeyError::Address),
        ("${", "}", ParseApiKeyError::Variable),
        ("", "\nurl: x", ParseApiKeyError::SeveralLines),
        ("", "\r\nmore", ParseApiKeyError::SeveralLines),
    ];

    #[test]
    fn what_is_no_key_is_known_by_its_shape() {
        for (text, reason) in [
            ("null", ParseApiKeyError::Null),
            ("None", ParseApiKeyError::Null),
            ("undefined", ParseApiKeyError::Null),
            ("<your key>", ParseApiKeyError::Placeholder),
            ("<no value>", ParseApiKeyError::Placeholder),
            ("YOUR_KEY", ParseApiKeyError::Placeholder),
            ("your-api-key-here", ParseApiKeyError::Placeholder),
            ("trackyard_live_YOUR_KEY_HERE", ParseApiKeyError::Placeholder),
            ("[your key]", ParseApiKeyError::Placeholder),
            ("CHANGE-ME", ParseApiKeyError::Placeholder),
            ("trackyard_live_", ParseApiKeyError::Placeholder),
            ("trackyard_live_xxxxxxxx", ParseApiKeyError::Placeholder),
            ("trackyard_live_…", ParseApiKeyError::Placeholder),
            ("********", ParseApiKeyError::Placeholder),
            ("••••••••", ParseApiKeyError::Placeholder),
            ("$TRACKYARD_API_KEY", ParseApiKeyError::Variable),
            ("%TRACKYARD_API_KEY%", ParseApiKeyError::Variable),
            ("TRACKYARD_API_KEY=", ParseApiKeyError::Named),
            ("{}", ParseApiKeyError::Json),
            ("\"\"", ParseApiKeyError::Quoted),
            ("two words", ParseApiKeyError::InnerBlank),
        ] {
            assert_eq!(ApiKey::parse(text).unwrap_err(), reason, "{text:?}");
        }
    }

    #[test]
    fn keys_of_other_forms_pass() {
        for text in ["k", "QUJDRA==", "QUJD_RA=", "a.b-c_d", "id:secret", "sk-live/abc+def=", "nullify", "x*y"] {
            assert_eq!(ApiKey::parse(text).unwrap().expose(), text);
        }
    }

    #[test]
    fn of_a_program_that_prints_more_the_first_line_is_the_key() {
        let parsed = |text| ApiKey::parse_output(text).map(|key| key.expose().to_owned());
        assert_eq!(parsed("a-key\nurl: https://x.example\nuser: me\n").unwrap(), "a-key");
        assert_eq!(parsed(" a-key \r\n\r\n").unwrap(), "a-key");
        assert_eq!(parsed("\n a-key\n").unwrap(), "a-key");
        for (text, reason) in [
            ("\nurl: https://x.example\nuser: me\n", ParseApiKeyError::FirstLineEmpty),
            ("{\n  \"key\": \"a-key\"\n}\n", ParseApiKeyError::Json),
            ("KEY=a-key\nOTHER=b\n", ParseApiKeyError::Named),
            ("null\n", ParseApiKeyError::Null),
            ("\n\n", ParseApiKeyError::Empty),
        ] {
            assert_eq!(parsed(text).unwrap_err(), reason, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn real_keys_pass_and_blanks_around_them_are_trimmed(
            key in "trackyard_live_[A-Za-z0-9]{8,64}|[A-Za-z0-9_-]{16,64}|[A-Za-z0-9+/]{20,40}={0,2}",
            before in "[ \t\r\n\u{feff}]{0,3}",
            after in "[ \t\r\n]{0,3}",
        ) {
            let given = format!("{before}{key}{after}");
            prop_assert!(ApiKey::parse(&given).unwrap().expose() == key);
            prop_assert!(ApiKey::parse_output(&given).unwrap().expose() == key);
        }

        #[test]
        fn a_mistake_around_a_key_is_told_and_no_piece_of_it_shown(
            key in "trackyard_live_[A-Z][0-9][A-Za-z0-9]{8,40}",
            (before, after, reason) in proptest::sample::select(MISTAKES),
        ) {
            let given = format!("{before}{key}{after}");
            let told = ApiKey::parse(&given).unwrap_err();
            prop_assert_eq!(told, reason);
            let output = ApiKey::parse_output(&given);
            if reason == ParseApiKeyError::SeveralLines {
                prop_assert!(output.unwrap().expose() == key);
            } else {
                prop_assert_eq!(output.unwrap_err(), reason);
            }
            let body = &key.as_bytes()[PREFIX.len()..];
            let shown = format!("{told} {told:?}");
            prop_assert!(body.windows(6).all(|piece| !shown.contains(str::from_utf8(piece).unwrap())));
        }

        #[test]
        fn whatever_is_given_no_piece_of_it_is_shown(given in "\\PC{0,60}|[!-~\n ]{0,60}") {
            if let Err(told) = ApiKey::parse(&given) {
                let letters: Vec<char> = given.chars().collect();
                let shown = told.to_string();
                let pieces = letters.windows(12).map(|piece| piece.iter().collect::<String>());
                prop_assert!(pieces.into_iter().all(|piece| !shown.contains(&piece)));
            }
        }
    }
}
