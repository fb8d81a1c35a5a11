//! Dialogs in each state, as text and in roles.

use insta::assert_snapshot;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use zeroize::Zeroizing;

use super::styles::assert_style;
use crate::domain::account::AccountPlan;
use crate::domain::api_key::{KeySource, LENGTH_MAX};
use crate::domain::error::{EnrollmentError, KeyringError, RemovalError};
use crate::domain::rotation::{KeyCheckError, RotationError, RotationStage};
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::monitor::snapshot::NewKeyState;
use crate::testing::*;
use crate::tui::charset::Charset;
use crate::tui::message::Message;
use crate::tui::screen::{Screen, ScreenSettings};
use crate::tui::theme::{ColourDepth, Role, Theme};
use crate::tui::update;

const KEY: &str = "trackyard_live_canary_0123wxyz";

/// Step of a test: something done to the screen.
enum DialogStep<'a> {
    Press(&'a [&'a str]),
    Paste(&'a str),
    Tell(Message),
    Become(Box<EnvironmentSnapshot>),
}

use DialogStep::{Become, Paste, Press, Tell};

/// A frame of one environment after what is done to it.
fn drawn(
    environment: EnvironmentSnapshot,
    steps: Vec<DialogStep<'_>>,
    settings: ScreenSettings,
    (columns, rows): (u16, u16),
) -> Buffer {
    let mut owned = OwnedViewContext::new(snapshot(vec![dev(), environment]));
    let mut screen = Screen::new(settings);
    let _ = update(&mut screen, &owned.context(), press("2"));
    for step in steps {
        match step {
            Press(keys) => {
                for key in keys {
                    let _ = update(&mut screen, &owned.context(), press(key));
                }
            }
            Paste(text) => {
                let _ = update(&mut screen, &owned.context(), Message::Pasted(Zeroizing::new(text.to_owned())));
            }
            Tell(message) => {
                let _ = update(&mut screen, &owned.context(), message);
            }
            Become(environment) => {
                owned.snapshot = snapshot(vec![dev(), *environment]);
                let _ = update(&mut screen, &owned.context(), Message::Resized { columns, rows });
            }
        }
    }
    draw(&screen, &owned.context(), columns, rows)
}

fn small(environment: EnvironmentSnapshot, steps: Vec<DialogStep<'_>>) -> String {
    let picture = text(&drawn(environment, steps, settings(), (80, 24)));
    assert!(!picture.contains("canary"), "{picture}");
    picture
}

fn tried(error: EnrollmentError) -> DialogStep<'static> {
    Tell(Message::KeyTried { environment: "prod".parse().unwrap(), outcome: Err(error) })
}

fn answered(name: &str, can_override: bool) -> DialogStep<'static> {
    let plan = |tier: &str, allowance| AccountPlan { tier: Some(tier.to_owned()), allowance: Some(allowance) };
    let error = if can_override {
        let (old, new) = (plan("pro", 50_000.0), plan("free", 50.0));
        RotationError::CheckFailed(KeyCheckError::OtherAccount { old, new })
    } else {
        RotationError::Refused(EnrollmentError::Trial(revoked(prod()).poll_failure.unwrap()))
    };
    let outcome = Err(error);
    Tell(Message::RotationAnswered { environment: name.parse().unwrap(), outcome })
}

fn from_variable(mut environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let name = format!("TRACKYARD_API_KEY_{}", environment.environment.name.variable_suffix());
    environment.key.as_mut().unwrap().source = KeySource::Variable(name);
    environment
}

/// The first row of a dialog and what stands in its rows, borders included.
fn boxed(picture: &str, columns: u16, width: u16) -> (usize, Vec<String>) {
    let cut = |line: &str| line.chars().skip(usize::from((columns - width) / 2)).take(usize::from(width)).collect();
    let rows: Vec<String> = picture.lines().map(cut).collect();
    let is_border = |start: char| move |row: &String| row.starts_with(start) && row.ends_with(['┓', '┛']);
    let top = rows.iter().position(is_border('┏')).unwrap();
    let height = rows[top..].iter().position(is_border('┗')).unwrap();
    (top, rows[top..=top + height].to_vec())
}

#[test]
fn adding_a_key() {
    let refused = || tried(EnrollmentError::Trial(revoked(prod()).poll_failure.unwrap()));
    let too_long = "x".repeat(LENGTH_MAX + 1);
    let add = || Press(&["a"]);
    let empty = small(no_key("qa"), vec![add()]);
    assert_snapshot!("add_empty", empty);
    assert_eq!(
        changed(&empty, &small(no_key("qa"), vec![add(), Paste(KEY)])),
        ["│      │ key  ••••••••••••••••••••••••  30 characters, …wxyz            │      │"]
    );
    assert_snapshot!("add_variable", small(from_variable(staging()), vec![add(), Paste("short")]));
    assert_eq!(
        changed(&empty, &small(no_key("qa"), vec![add(), Paste(&too_long)])),
        ["│      │ key  ••••••••••••••••••••••••  more than 1,024 characters      │      │"]
    );
    let impossible = small(prod(), vec![add(), Paste("two words"), Press(&["enter"])]);
    assert_snapshot!("add_impossible", impossible);
    assert_snapshot!("add_trying", small(prod(), vec![add(), Paste(KEY), Press(&["enter"])]));
    assert_eq!(
        changed(&impossible, &small(prod(), vec![add(), Paste(KEY), Press(&["enter"]), refused()])),
        [
            "│      ┃ ✖ The service doesn't accept this key (401). Check that you    ┃      ┃",
            "│      ┃ copied all of it, then paste it again.                         ┃      ┃"
        ]
    );
}

#[test]
fn rotating_a_key() {
    let open = || Press(&["o"]);
    let started = || rotating(prod(), RotationStage::Started);
    let offered = || vec![open(), Paste(KEY), Press(&["enter"])];
    let watching = || rotating(prod(), RotationStage::Watching);
    let refused = |insist| offered().into_iter().chain([answered("prod", insist)]).collect();
    assert_snapshot!("rotate_ready", small(prod(), vec![open()]));
    assert_eq!(
        changed(&small(staging(), vec![open()]), &small(staging(), vec![open(), Press(&["enter"])])),
        [
            "╰───│ starting the rotation …                                              │───╯",
            "    ╰──────────────────────────────────────────────────────────────────────╯",
            " staging  Staging                                        key …a01b from keyring",
            " Esc close"
        ]
    );
    let step_1 = small(started(), vec![open()]);
    assert_snapshot!("rotate_step_1", step_1);
    assert_eq!(
        changed(&step_1, &small(started(), vec![open(), Paste(KEY)])),
        [
            "│ sa┃ ● 1  make the new key at https://app.trackyard.com/api-keys          ┃33 ┃",
            "│   ┃ ▸ 2  paste it: it is tried first, the old one is kept aside          ┃   ┃",
            "│   ┃      key  ••••••••••••••••••••••••  30 characters, …wxyz             ┃   ┃"
        ]
    );
    assert_snapshot!("rotate_trying", small(started(), offered()));
    assert_snapshot!("rotate_refused", small(started(), refused(false)));
    assert_snapshot!("rotate_other_account", small(started(), refused(true)));
    assert_eq!(
        changed(&step_1, &small(rotating(prod(), RotationStage::Promoting), vec![open()])),
        [
            "│ sa┃ ● 1  make the new key at https://app.trackyard.com/api-keys          ┃33 ┃",
            "│   ┃ ▸ 2  paste it: it is tried first, the old one is kept aside          ┃   ┃",
            "│   ┃      new key a1d0c6e8 is being put in place                          ┃   ┃",
            "   rotation since 18 Nov: the new key is being put in place",
            " Ctrl-B roll back  Esc close"
        ]
    );
    let step_3 = small(watching(), vec![open()]);
    assert_snapshot!("rotate_step_3", step_3);
    assert_eq!(
        changed(&step_3, &small(used(watching(), 40), vec![open()])),
        [
            " trackyard   ▲ PROD: old key …c2b7 still used 40 min ago   Sat 21 Nov 14:32 UTC",
            "│   ┃      ▲ old key …c2b7: used by others 40 min ago, 12 requests today   ┃   ┃",
            " ▲ old key …c2b7 still used 40 min ago → press o for the steps",
            " old key …c2b7, kept aside, used by others 40 min ago, 12 requests today"
        ]
    );
    let unpolled = with_old_key(used(watching(), 5_000), |old| old.polled_at = None);
    assert_snapshot!("rotate_step_3_unknown", small(unpolled, vec![open()]));
    let step_4 = small(used(watching(), 185), vec![open()]);
    assert_snapshot!("rotate_step_4", step_4);
    assert_eq!(
        changed(&step_4, &small(old_refused(watching()), vec![open()])),
        [
            " trackyard   ● all is well                                 Sat 21 Nov 14:32 UTC",
            "│   ┃      ● old key …c2b7: refused by the service                         ┃   ┃",
            "    ┃        it is erased here once that is certain                        ┃",
            "   old key …c2b7 refused: it is erased once that is certain",
            " old key …c2b7, kept aside, refused by the service"
        ]
    );
    let mut silent = used(watching(), 185);
    let failure = revoked(prod()).poll_failure.unwrap();
    silent.rotation.as_mut().unwrap().new_key = NewKeyState::Fails(failure);
    assert_snapshot!("rotate_new_key_silent", small(silent, vec![open()]));
    assert_snapshot!("rotate_erasing", small(held_up(rotating(prod(), RotationStage::Erasing)), vec![open()]));
    assert_snapshot!("rotate_rolled_back", small(rotating(prod(), RotationStage::RolledBack), vec![open()]));
    assert_snapshot!("rotate_rolling_back", small(rotating(prod(), RotationStage::RollingBack), vec![open()]));
    assert_snapshot!("rotate_giving_up", small(rotating(prod(), RotationStage::Abandoning), vec![open()]));
    let done = EnvironmentSnapshot { rotation: None, ..watching() };
    assert_snapshot!("rotate_completed", small(watching(), vec![open(), Become(Box::new(done))]));
    assert_snapshot!(
        "rotate_given_up",
        small(rotating(prod(), RotationStage::RolledBack), vec![open(), Become(Box::new(prod()))])
    );
}

#[test]
fn confirming_what_takes_a_key_out_of_use() {
    let watching = |environment| rotating(environment, RotationStage::Watching);
    let roll_back = |keys| vec![Press(&["o", "ctrl-b"]), Press(keys)];
    let wrong = small(watching(prod()), roll_back(&["p", "r", "x"]));
    assert_snapshot!("confirm_prod", wrong);
    assert_eq!(
        changed(&wrong, &small(watching(prod()), roll_back(&["p", "r", "o", "d"]))),
        ["    ┃ name prod                                                            ┃", " Enter roll back  Esc back"]
    );
    assert_snapshot!("confirm_staging", small(watching(staging()), roll_back(&[])));
    let rolled_back = rotating(staging(), RotationStage::RolledBack);
    assert_snapshot!("confirm_giving_up", small(rolled_back, vec![Press(&["o", "ctrl-x"])]));
}

#[test]
fn keys_that_cannot_be_rotated_here_and_reminders() {
    let open = || vec![Press(&["o"])];
    assert_snapshot!("rotate_no_key", small(no_key("qa"), open()));
    assert_snapshot!("rotate_variable", small(from_variable(prod()), open()));
    assert_snapshot!("rotate_locked", small(key_unavailable(&staging()), open()));
    assert_snapshot!("rotate_soon", small(staging(), open()));
    assert_snapshot!("rotate_snoozed", small(put_off(staging()), open()));
    assert_snapshot!("rotate_no_snooze", small(prod(), vec![Press(&["o", "ctrl-s"])]));
}

#[test]
fn removing_a_key() {
    let removing = |environment, keys| small(environment, vec![Press(&["x"]), Press(keys)]);
    let failed = || {
        let failure = keyring_failure(&"prod".parse().unwrap(), KeyringError::Locked);
        let outcome = Err(RemovalError::KeyStore(failure));
        Tell(Message::KeyRemoved { environment: "prod".parse().unwrap(), outcome })
    };
    let typed = &["p", "r", "o", "d"];
    let empty = removing(prod(), &[]);
    assert_snapshot!("remove_prod", empty);
    assert_snapshot!("remove_wrong", removing(staging(), &["s", "t", "x"]));
    assert_eq!(
        changed(&empty, &removing(prod(), typed)),
        [
            "╰──────┃ name prod                                                      ┃━━━━━━┛",
            " Enter erase the key  Ctrl-U clear  Esc close"
        ]
    );
    assert_snapshot!("remove_erasing", removing(prod(), &["p", "r", "o", "d", "enter"]));
    let steps = vec![Press(&["x"]), Press(typed), Press(&["enter"]), failed()];
    assert_snapshot!("remove_failed", small(prod(), steps));
    assert_snapshot!("remove_no_key", removing(no_key("qa"), &[]));
    assert_snapshot!("remove_variable", removing(from_variable(staging()), &[]));
    assert_snapshot!("remove_rotating", removing(rotating(prod(), RotationStage::Watching), &[]));
    assert_snapshot!("remove_locked", removing(key_unavailable(&staging()), &[]));
}

#[test]
fn dialogs_at_other_sizes_and_in_ascii() {
    let at = |environment, keys, size| text(&drawn(environment, vec![Press(keys)], settings(), size));
    let watching = || rotating(prod(), RotationStage::Watching);
    for (environment, keys, width, first_row) in [
        (rotating(prod(), RotationStage::Started), &["o", "x"][..], 72, 15),
        (watching(), &["o"], 72, 14),
        (prod(), &["x"], 66, 15),
    ] {
        let (_, small) = boxed(&at(environment.clone(), keys, (80, 24)), 80, width);
        assert_eq!(boxed(&at(environment, keys, (120, 40)), 120, width), (first_row, small));
    }
    assert_snapshot!("rotate_step_1_40x12", at(rotating(prod(), RotationStage::Started), &["o"], (40, 12)));
    assert_snapshot!("rotate_step_3_40x12", at(watching(), &["o"], (40, 12)));
    assert_snapshot!("rotate_confirm_40x12", at(watching(), &["o", "ctrl-b", "p"], (40, 12)));
    assert_snapshot!("remove_40x12", at(prod(), &["x"], (40, 12)));
    let ascii = |environment, keys| {
        let settings = ScreenSettings { charset: Charset::Ascii, ..settings() };
        let picture = text(&drawn(environment, vec![Press(keys)], settings, (80, 24)));
        assert!(picture.is_ascii(), "{picture}");
        picture
    };
    assert_snapshot!("rotate_step_2_ascii", ascii(rotating(prod(), RotationStage::Started), &["o", "x"]));
    assert_snapshot!("rotate_step_4_ascii", ascii(used(watching(), 185), &["o"]));
    assert_snapshot!("remove_ascii", ascii(prod(), &["x", "p", "q"]));
}

#[test]
fn the_steps_are_told_at_every_size_that_has_room_for_them() {
    let stages = [
        RotationStage::Started,
        RotationStage::Promoting,
        RotationStage::Watching,
        RotationStage::RolledBack,
        RotationStage::Erasing,
    ];
    let steps = ["1  make the new key", "2  paste", "3  move", "4  revoke"];
    for stage in stages {
        for (columns, rows) in [(40, 12), (60, 16), (80, 24), (120, 40), (200, 60)] {
            let picture = text(&drawn(rotating(prod(), stage), vec![Press(&["o"])], settings(), (columns, rows)));
            assert!(steps.iter().all(|step| picture.contains(step)), "{stage:?} {columns}×{rows}\n{picture}");
            assert!(picture.contains("this is PROD"), "{stage:?} {columns}×{rows}\n{picture}");
        }
    }
}

#[test]
fn the_roles_of_the_steps() {
    for depth in [ColourDepth::None, ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix] {
        let style = |role| Theme::new(depth).style(role);
        let drawn = |environment, keys| {
            drawn(environment, vec![Press(keys)], ScreenSettings { colours: depth, ..settings() }, (80, 24))
        };
        let watching = drawn(rotating(prod(), RotationStage::Watching), &["o"]);
        assert_style(&watching, "▲ this is PROD", style(Role::Warning).add_modifier(Modifier::BOLD));
        assert_style(&watching, "● 1  make the new key", style(Role::Text));
        assert_style(&watching, "▸ 3", style(Role::Accent));
        assert_style(&watching, "move your applications", Style::new().add_modifier(Modifier::BOLD));
        assert_style(&watching, "○ 4  revoke", style(Role::Muted));
        assert_style(&watching, &"━".repeat(40), style(Role::Accent));
        assert_style(&watching, "new key …71c2 in use since", style(Role::Muted));
        let wrong = drawn(prod(), &["x", "p", "q"]);
        assert_style(&wrong, "name ", style(Role::Label));
        assert_style(&wrong, "•", style(Role::Critical));
    }
}

#[test]
fn without_colour_dialogs_have_none() {
    let environments =
        [rotating(prod(), RotationStage::Started), held_up(rotating(prod(), RotationStage::Watching)), prod()];
    for environment in environments {
        for keys in [&["o"][..], &["x", "p", "q"], &["a"], &["o", "ctrl-b", "x"], &["o", "ctrl-s"]] {
            let settings = ScreenSettings { colours: ColourDepth::None, ..settings() };
            let buffer = drawn(environment.clone(), vec![Press(keys)], settings, (80, 24));
            assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
        }
    }
}
