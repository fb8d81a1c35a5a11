//! Dialogs on terminals of other sizes, and in ASCII.

use insta::assert_snapshot;
use ratatui::widgets::Widget as _;

use super::*;
use crate::domain::rotation::RotationStage;
use crate::tui::charset::Charset;

fn started() -> EnvironmentSnapshot {
    rotating(prod(), RotationStage::Started)
}

fn watching() -> EnvironmentSnapshot {
    rotating(prod(), RotationStage::Watching)
}

#[test]
fn a_dialog_is_the_same_in_the_middle_of_a_larger_terminal() {
    for (environment, keys) in [(started(), &["o", "x"][..]), (watching(), &["o"]), (prod(), &["x"]), (prod(), &["a"])]
    {
        let at = |size| text(&drawn(environment.clone(), vec![Press(keys)], settings(), size));
        assert_eq!(at((80, 24)), at((121, 41)));
        let size = (121, 41);
        let (screen, owned) = screen_after(environment.clone(), vec![Press(keys)], settings(), size);
        let (_, area) = frame(&screen, &owned, size);
        assert!(area.x.abs_diff(121 - area.right()) <= 1, "{area}");
        assert!((area.y - 1).abs_diff(40 - area.bottom()) <= 1, "{area}");
    }
}

#[test]
fn what_matters_least_goes_first_where_there_is_little_room() {
    let tiny = |environment, keys| text(&drawn(environment, vec![Press(keys)], settings(), (40, 12)));
    assert_snapshot!("step_3_40x12", tiny(watching(), &["o"]));
    assert_snapshot!("confirm_40x12", tiny(watching(), &["o", "ctrl-b", "p"]));
    assert_snapshot!("remove_40x12", tiny(prod(), &["x"]));
}

#[test]
fn in_ascii_nothing_else_is_drawn() {
    let ascii = |environment, keys| {
        let settings = ScreenSettings { charset: Charset::Ascii, ..settings() };
        let picture = text(&drawn(environment, vec![Press(keys)], settings, SMALL));
        assert!(picture.is_ascii(), "{picture}");
        picture
    };
    assert_snapshot!("step_2_ascii", ascii(started(), &["o", "x"]));
    assert_snapshot!("remove_ascii", ascii(prod(), &["x", "p", "q"]));
    ascii(used(watching(), 185), &["o"]);
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
        for size in [(40, 12), (60, 16), SMALL, (120, 40), (200, 60)] {
            let picture = text(&drawn(rotating(prod(), stage), vec![Press(&["o"])], settings(), size));
            assert!(steps.iter().all(|step| picture.contains(step)), "{stage:?} {size:?}\n{picture}");
            assert!(picture.contains("this is PROD"), "{stage:?} {size:?}\n{picture}");
        }
    }
}

#[test]
fn a_line_that_does_not_fit_is_cut_with_a_mark() {
    let mut over = web_pages(screen().appearance);
    over.width = 20;
    let area = Rect::new(0, 0, 20, 6);
    let mut buffer = Buffer::empty(area);
    (&over).render(area, &mut buffer);
    assert_eq!(text(&buffer).lines().nth(2), Some("│ keys     https:… │"));
}
