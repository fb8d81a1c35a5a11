//! A keyring that keeps its callers waiting: nobody waits longer than agreed, and what was given up is not done later.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt;
use trackyard_tui::domain::error::KeyErrorKind;
use trackyard_tui::services::keys::{KeyReadTimeout, KeyTimeouts, KeyWriter, Keys, KeysOptions, OsKeyring, Variables};

use super::faults::{in_stub_session, stub_with_key};
use crate::keyring::{block_on, dev, key, kind_of_load, load_by_person};
use crate::support::secret_stub::{SecretStub, User};

/// The keyring behind the asynchronous front, with so much time for what nobody is waiting for.
fn keys(poll: Duration) -> (Keys, KeyWriter) {
    Keys::new(KeysOptions {
        variables: Variables::default(),
        default_environment: None,
        commands: HashMap::new(),
        store: Box::new(|| Box::new(OsKeyring::default())),
        limits: KeyTimeouts { poll, user: Duration::from_mins(1), ..KeyTimeouts::default() },
    })
}

async fn kind_of_store(keeper: &KeyWriter, text: &str) -> Option<KeyErrorKind> {
    keeper.store(&dev().into(), key(text), KeyReadTimeout::Poll).await.err().map(|failure| failure.kind())
}

async fn key_for_person(keys: &Keys) -> Result<String, KeyErrorKind> {
    load_by_person(keys).await.map(|(key, _)| key).map_err(|failure| failure.kind())
}

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn a_service_that_takes_long_is_slow_and_then_works_again() {
    in_stub_session("waiting", "a_service_that_takes_long_is_slow_and_then_works_again", || {
        let (stub, _) = stub_with_key();
        stub.hold("SearchItems");
        let (keys, _) = keys(SHORT);
        block_on(async {
            assert_eq!(kind_of_load(&keys, KeyReadTimeout::Poll).await, KeyErrorKind::Slow);
            assert_eq!(kind_of_load(&keys, KeyReadTimeout::Poll).now_or_never(), Some(KeyErrorKind::Slow));
            stub.release();
            assert_eq!(key_for_person(&keys).await.unwrap(), "kept");
        });
    });
}

#[test]
fn a_change_that_waits_for_the_password_in_vain_is_never_made() {
    in_stub_session("waiting", "a_change_that_waits_for_the_password_in_vain_is_never_made", || {
        let (stub, _) = stub_with_key();
        for expected in [Ok("kept".to_owned()), Err(KeyErrorKind::Missing)] {
            stub.state().is_locked = true;
            stub.state().user = User::IsAway;
            let (keys, keeper) = keys(SHORT);
            block_on(async {
                assert_eq!(kind_of_store(&keeper, "new").await, Some(KeyErrorKind::Withdrawn));
                stub.wait_for("Prompt");
                stub.answer_prompt(User::Unlocks);
                assert_eq!(key_for_person(&keys).await, expected);
            });
            stub.state().items.clear();
        }
        let calls = stub.state().calls.clone();
        assert!(!calls.contains(&"SetSecret".to_owned()), "{calls:?}");
        assert_eq!(calls.iter().filter(|call| *call == "CreateItem").count(), 1, "{calls:?}");
    });
}

#[test]
fn a_change_that_was_sent_may_be_made_late_and_is_told_so() {
    in_stub_session("waiting", "a_change_that_was_sent_may_be_made_late_and_is_told_so", || {
        let (stub, _) = stub_with_key();
        stub.hold("SetSecret");
        block_on(async {
            let (keys, keeper) = given_up_after_it_was_sent(&stub).await;
            let next = kind_of_store(&keeper, "other").now_or_never();
            assert_eq!(next, Some(Some(KeyErrorKind::Withdrawn)), "it would be overtaken");
            stub.release();
            assert_eq!(key_for_person(&keys).await.unwrap(), "new");
            assert_eq!(kind_of_store(&keeper, "other").await, None);
            assert_eq!(key_for_person(&keys).await.unwrap(), "other");
        });
    });
}

/// Stores a key, and gives up once it was sent. Where the time is too short to send it, tries again with more.
async fn given_up_after_it_was_sent(stub: &SecretStub) -> (Keys, KeyWriter) {
    let mut limit = Duration::from_millis(200);
    loop {
        let (keys, keeper) = keys(limit);
        match kind_of_store(&keeper, "new").await {
            Some(KeyErrorKind::Withdrawn) => limit *= 2,
            kind => {
                assert_eq!(kind, Some(KeyErrorKind::Slow));
                stub.wait_for("SetSecret");
                return (keys, keeper);
            }
        }
    }
}

/// Locks the keyring, and waits until that was heard of.
async fn lock(stub: &SecretStub, keys: &Keys) {
    stub.state().is_locked = true;
    stub.tell_of_change();
    keys.changed().await;
}

#[test]
fn once_its_key_was_read_a_locked_keyring_asks_for_its_password_only_where_that_is_wanted() {
    in_stub_session(
        "waiting",
        "once_its_key_was_read_a_locked_keyring_asks_for_its_password_only_where_that_is_wanted",
        || {
            let (stub, _) = stub_with_key();
            stub.state().is_locked = true;
            let (keys, _) = keys(Duration::from_mins(1));
            let questions = || stub.state().calls.iter().filter(|call| *call == "Prompt").count();
            let kind = async |timeout| keys.stored(&dev().into(), timeout).await.err().map(|failure| failure.kind());
            block_on(async {
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (None, 1), "the first load asks");
                lock(&stub, &keys).await;
                for _ in 0..2 {
                    assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (Some(KeyErrorKind::Locked), 1));
                }
                keys.invalidate();
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (Some(KeyErrorKind::Locked), 1));
                keys.ask_person_again();
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (None, 2), "a person refreshes");
                lock(&stub, &keys).await;
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (Some(KeyErrorKind::Locked), 2));
                assert_eq!((kind(KeyReadTimeout::User).await, questions()), (None, 3), "a person waits");
                lock(&stub, &keys).await;
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (Some(KeyErrorKind::Locked), 3));
                keys.ask_for_another();
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (None, 4), "the key was refused");
                lock(&stub, &keys).await;
                stub.state().user = User::Dismisses;
                keys.ask_for_another();
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (Some(KeyErrorKind::Dismissed), 5));
                keys.ask_for_another();
                assert_eq!((kind(KeyReadTimeout::Poll).await, questions()), (Some(KeyErrorKind::Dismissed), 5));
            });
        },
    );
}
