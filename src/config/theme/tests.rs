use proptest::prelude::*;

use super::*;
use crate::tui::theme::{ColourDepth, Theme};

fn theme(text: &str) -> Theme {
    parse(text, "mine").unwrap().theme(ColourDepth::TrueColour, Ground::Dark)
}

fn error(text: &str) -> String {
    let error = parse(text, "mine").unwrap_err();
    format!("{}: {}", error.position, error.message)
}

#[test]
fn every_way_to_write_a_colour_is_read() {
    let theme = theme(
        "ground = \"#102030\"\ntext = 252\nwarning = \"light-yellow\"\naccent = \"33\"\nbar-own = 0x2a\n\
         critical = { fg = \"#ff5f5f\", bold = true, underlined = true, dim = false }\nunknown = { italic = true }\n",
    );
    assert_eq!(theme.ground(), Some(Color::Rgb(0x10, 0x20, 0x30)));
    assert_eq!(theme.style(Role::Text), Style::new().fg(Color::Indexed(252)));
    assert_eq!(theme.style(Role::Warning), Style::new().fg(Color::LightYellow));
    assert_eq!(theme.style(Role::Accent), Style::new().fg(Color::Indexed(33)));
    assert_eq!(theme.style(Role::BarOwn), Style::new().fg(Color::Indexed(42)));
    assert_eq!(theme.style(Role::Critical), Style::new().fg(Color::Rgb(0xff, 0x5f, 0x5f)).bold().underlined());
    assert_eq!(theme.style(Role::Unknown), Style::new().italic());
}

#[test]
fn a_role_that_is_not_written_is_that_of_the_ground() {
    let built_in = |theme: BuiltInTheme, ground| theme.theme(ColourDepth::TrueColour, ground);
    assert_eq!(theme(""), built_in(BuiltInTheme::Terminal, Ground::Dark));
    assert_eq!(theme("ground = \"light\""), built_in(BuiltInTheme::Terminal, Ground::Light));
    let painted = theme("ground = \"white\"");
    assert_eq!(painted.style(Role::Critical), built_in(BuiltInTheme::Light, Ground::Dark).style(Role::Critical));
    assert_eq!(painted.ground(), Some(Color::White));
}

#[test]
fn an_error_names_its_line_and_what_was_meant() {
    let colour = "must be a colour: \"#rrggbb\", a name such as \"red\" or \"light-blue\", or a number from 0 to 255";
    assert_eq!(error("text = 1\ncritcal = 2"), "2:1: unknown key `critcal`: did you mean `critical`?");
    assert_eq!(error("bar_own = 2"), "1:1: unknown key `bar_own`: did you mean `bar-own`?");
    assert_eq!(error("\n\nok = \"#12345\""), format!("3:6: `ok` {colour}"));
    assert_eq!(error("ok = 256"), format!("1:6: `ok` {colour}"));
    assert_eq!(error("ok = 1.5"), format!("1:6: `ok` {colour}"));
    assert_eq!(error("ok = { fg = \"reddish\" }"), format!("1:13: `ok.fg` {colour}"));
    assert_eq!(error("ok = { bg = 1 }"), "1:8: unknown key `ok.bg`: did you mean `fg`?");
    assert_eq!(error("ok = { bold = 1 }"), "1:15: `ok.bold` must be true or false, without quotes");
    assert!(error("ground = \"dim\"").starts_with("1:10: `ground` must be a colour"));
    assert!(error("text = 1\ntext").starts_with("2:"));
}

#[test]
fn a_theme_is_a_built_in_one_a_path_or_a_file_beside_the_config() {
    let paths = Paths::below(Path::new("/c"));
    let source = |written: &str| ThemeSource::of(written, &paths, |path| paths.resolve(path)).unwrap().shown();
    assert_eq!(source("high-contrast"), "high-contrast");
    assert_eq!(source("mine"), "/c/themes/mine.toml");
    assert_eq!(source("mine.toml"), "/c/mine.toml");
    assert_eq!(source("looks/mine"), "/c/looks/mine");
    assert_eq!(source("/x/dark.toml"), "/x/dark.toml");
    assert_eq!(source("~/dark.toml"), "/c/dark.toml");
    assert!(ThemeSource::of("", &paths, |path| paths.resolve(path)).is_err());
}

#[test]
fn a_file_is_read_under_its_name_and_what_is_wrong_is_told_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = ThemeFile { path: folder.path().join("night.toml") };
    std::fs::write(file.path(), "critical = 9\n").unwrap();
    assert_eq!(file.read().unwrap().name(), "night");
    std::fs::write(file.path(), "# mine\ncritcal = 9\n").unwrap();
    let told = file.reason(file.read().unwrap_err());
    assert_eq!(told, "night.toml:2:1: unknown key `critcal`: did you mean `critical`?");

    let misspelt = ThemeFile { path: folder.path().join("drk.toml") };
    let told = misspelt.read().unwrap_err().to_string();
    assert!(told.ends_with("drk.toml: did you mean dark?"), "{told}");
    let told = ThemeFile { path: folder.path().join("zebra.toml") }.read().unwrap_err().to_string();
    assert!(told.contains("built in are terminal, dark, light, high-contrast, deuteranopia"), "{told}");
}

/// Texts that are often near to a file of a theme.
fn text() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        prop::sample::select(Role::VARIANTS).prop_map(|role| role.name().to_owned()),
        Just(GROUND_KEY.to_owned()),
        "[a-z-]{1,8}",
    ];
    let value = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        "\"#[0-9a-fA-Fé]{0,7}\"",
        "\"[a-z -]{0,12}\"",
        "\\{ fg = ([0-9]{1,4}|\"#[0-9a-f]{6}\"), bold = (true|false|1) \\}",
        "\\PC{0,12}",
    ];
    let line = (key, value).prop_map(|(key, value)| format!("{key} = {value}\n"));
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn whatever_a_file_says_it_is_a_theme_or_an_error_with_a_line(text in text(), name in "\\PC{0,40}") {
        match parse(&text, &name) {
            Ok(theme) => {
                for depth in [ColourDepth::None, ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix] {
                    let drawn = theme.theme(depth, Ground::Light);
                    let styles = Role::VARIANTS.iter().map(|role| drawn.style(*role));
                    let has_rgb = |style: Style| matches!(style.fg, Some(Color::Rgb(..)));
                    prop_assert!(!styles.clone().any(has_rgb), "{:?}", depth);
                    prop_assert!(depth != ColourDepth::None || styles.clone().all(|style| style.fg.is_none()));
                }
            }
            Err(error) => prop_assert!(error.position.line <= text.lines().count().max(1) + 1, "{:?}", error),
        }
    }
}
