//! The dialog that takes a key.

use insta::assert_snapshot;

use super::*;
use crate::domain::api_key::LENGTH_MAX;
use crate::domain::error::EnrollmentError;

const PROMPT: &str = " key    paste or type it; it stays hidden";

fn add() -> DialogStep<'static> {
    Press(&["a"])
}

fn tried(error: EnrollmentError) -> DialogStep<'static> {
    Tell(Message::KeyTried { environment: "prod".parse().unwrap(), outcome: Err(error) })
}

#[test]
fn what_is_typed_stays_hidden() {
    let empty = small(no_key("qa"), vec![add()]);
    assert_snapshot!("empty", empty);
    let typed = |text| small(no_key("qa"), vec![add(), Paste(text)]);
    let too_long = "x".repeat(LENGTH_MAX + 1);
    for (text, shown) in [
        (KEY, " key  ••••••••••••••••••••••••  30 characters, …wxyz"),
        ("short", " key  •••••  5 characters"),
        (&too_long, " key  ••••••••••••••••••••••••  more than 1,024 characters"),
    ] {
        assert_eq!(new_lines(&empty, &typed(text)), [shown]);
    }
    assert_eq!(keys(no_key("qa"), vec![add()]), "Enter try and store, Ctrl-U clear, Esc cancel");
}

#[test]
fn a_key_that_is_not_taken_is_told_with_what_to_do() {
    let refused = tried(EnrollmentError::Trial(revoked(prod()).poll_failure.unwrap()));
    let unusable = small(prod(), vec![add(), Paste("two words"), Press(&["enter"])]);
    assert_snapshot!("unusable", unusable);
    let steps = || vec![add(), Paste(KEY), Press(&["enter"])];
    assert_eq!(
        new_lines(&unusable, &small(prod(), steps().into_iter().chain([refused]).collect())),
        [" ✖ The service doesn't accept this key (401). Check that you", " copied all of it, then paste it again."]
    );
    let trying = small(prod(), steps());
    assert_eq!(new_lines(&unusable, &trying), [" key  …wxyz", " trying the key against /me …"]);
    assert!(unusable.contains(PROMPT) && !trying.contains(PROMPT));
    assert_eq!(keys(prod(), steps()), "Esc cancel");
}

#[test]
fn a_source_that_goes_before_the_key_store_is_told() {
    let stored = small(staging(), vec![add()]);
    assert_eq!(
        new_lines(&stored, &small(from_variable(staging()), vec![add()])),
        [" TRACKYARD_API_KEY_STAGING comes first: a stored key is used", " only once that is gone"]
    );
}
