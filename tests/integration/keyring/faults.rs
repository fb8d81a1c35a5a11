//! A Secret Service that fails: each way is told apart, and none is for good.

use std::time::Duration;

use trackyard_tui::domain::error::KeyErrorKind;
use trackyard_tui::services::keys::{KeyStore, KeyStoreChange, KeyStoreReadiness, OsKeyring};

use crate::keyring::{dev, in_session, key, kind_of_read, read, remedy};
use crate::support::secret_service::SecretService;
use crate::support::secret_stub::{
    ACCESS_DENIED, FAILED, INVALID_ARGS, IS_LOCKED, NO_SUCH_OBJECT, NOT_SUPPORTED, SecretStub, User,
};

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_mins(1);

/// A service that has a key for `dev`, and the open keyring that wrote it.
pub fn stub_with_key() -> (SecretStub, OsKeyring) {
    let (stub, mut keyring) = (SecretStub::start(), OsKeyring::default());
    keyring.write(&dev().into(), &key("kept")).unwrap();
    (stub, keyring)
}

fn prepare(keyring: &mut OsKeyring, change: Option<KeyStoreChange>) -> Option<KeyErrorKind> {
    keyring.prepare(&dev().into(), change).err().map(|failure| failure.kind())
}

pub fn in_stub_session(module: &str, test: &str, body: impl FnOnce()) {
    in_session(&format!("{module}::{test}"), |folder| {
        let _bus = SecretService::start_bus(folder);
        body();
    });
}

#[test]
fn a_service_without_faults_keeps_and_removes_a_key() {
    in_stub_session("faults", "a_service_without_faults_keeps_and_removes_a_key", || {
        let (_stub, mut keyring) = stub_with_key();
        assert_eq!(prepare(&mut keyring, None), None);
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
        keyring.write(&dev().into(), &key("second")).unwrap();
        assert_eq!(read(&mut OsKeyring::default()).unwrap().as_deref(), Some("second"));
        assert!(keyring.remove(&dev().into()).unwrap());
        assert_eq!(read(&mut keyring).unwrap(), None);
    });
}

#[test]
fn a_refusal_is_denied_wherever_it_comes() {
    in_stub_session("faults", "a_refusal_is_denied_wherever_it_comes", || {
        let (stub, mut keyring) = stub_with_key();
        for method in ["OpenSession", "SearchItems", "GetSecret"] {
            stub.refuse(method, ACCESS_DENIED);
            assert_eq!(kind_of_read(&mut OsKeyring::default()), KeyErrorKind::Denied, "{method}");
            stub.release();
        }
        stub.refuse("SetSecret", ACCESS_DENIED);
        let failure = keyring.write(&dev().into(), &key("s3cret")).unwrap_err();
        assert_eq!(failure.kind(), KeyErrorKind::Denied);
        let keeper = std::fs::read_to_string("/proc/self/comm").unwrap();
        let told = format!("Allow it in the settings of {}", keeper.trim_end());
        assert!(remedy(&failure).starts_with(&told), "{failure:?}");
        stub.release();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn a_bus_that_forbids_the_keyring_is_denied() {
    in_session("faults::a_bus_that_forbids_the_keyring_is_denied", |folder| {
        let _bus = SecretService::start_bus_that_denies(folder);
        let _stub = SecretStub::start();
        assert_eq!(kind_of_read(&mut OsKeyring::default()), KeyErrorKind::Denied);
        assert_eq!(prepare(&mut OsKeyring::default(), None), Some(KeyErrorKind::Denied));
    });
}

#[test]
fn a_lock_that_comes_in_between_is_told() {
    in_stub_session("faults", "a_lock_that_comes_in_between_is_told", || {
        let (stub, mut keyring) = stub_with_key();
        stub.refuse("GetSecret", IS_LOCKED);
        let failure = read(&mut keyring).unwrap_err();
        assert_eq!((failure.kind(), failure.to_string().as_str()), (KeyErrorKind::Locked, "the keyring is locked"));
        stub.release();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn a_question_for_the_password_is_answered_or_dismissed() {
    in_stub_session("faults", "a_question_for_the_password_is_answered_or_dismissed", || {
        let (stub, _) = stub_with_key();
        for change in [None, Some(KeyStoreChange::Write), Some(KeyStoreChange::Remove)] {
            let mut keyring = OsKeyring::default();
            stub.state().is_locked = true;
            stub.state().user = User::Dismisses;
            assert_eq!(prepare(&mut keyring, change), Some(KeyErrorKind::Dismissed), "{change:?}");
            stub.state().user = User::Unlocks;
            assert_eq!(prepare(&mut keyring, change), Some(KeyErrorKind::Dismissed), "it is not put again: {change:?}");
            assert!(stub.state().is_locked, "{change:?}");
            assert_eq!(prepare(&mut OsKeyring::default(), change), None, "{change:?}");
            assert!(!stub.state().is_locked, "{change:?}");
        }
        assert_eq!(read(&mut OsKeyring::default()).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn where_all_is_locked_one_collection_is_opened_first() {
    in_stub_session("faults", "where_all_is_locked_one_collection_is_opened_first", || {
        let (stub, mut keyring) = (SecretStub::start(), OsKeyring::default());
        stub.state().is_locked = true;
        stub.state().user = User::Dismisses;
        assert_eq!(prepare(&mut keyring, None), Some(KeyErrorKind::Dismissed), "it may hide the entry");
        stub.state().user = User::Unlocks;
        assert_eq!(prepare(&mut OsKeyring::default(), Some(KeyStoreChange::Write)), None);
        assert!(!stub.state().is_locked);
    });
}

#[test]
fn a_question_that_nobody_answers_is_taken_back() {
    in_stub_session("faults", "a_question_that_nobody_answers_is_taken_back", || {
        let (stub, _) = stub_with_key();
        stub.state().is_locked = true;
        stub.state().user = User::IsAway;
        let mut keyring = OsKeyring::with_limits(LONG, SHORT);
        assert_eq!(prepare(&mut keyring, None), Some(KeyErrorKind::Dismissed));
        stub.wait_for("Dismiss");
    });
}

#[test]
fn a_question_is_taken_back_once_the_keyring_is_unlocked_elsewhere() {
    in_stub_session("faults", "a_question_is_taken_back_once_the_keyring_is_unlocked_elsewhere", || {
        let (stub, _) = stub_with_key();
        stub.state().is_locked = true;
        stub.state().user = User::IsAway;
        let mut keyring = OsKeyring::with_limits(LONG, LONG);
        let waiting = std::thread::spawn(move || prepare(&mut keyring, None));
        stub.wait_for("Prompt");
        stub.tell_of_change();
        stub.wait_for("Get");
        assert!(!stub.state().calls.contains(&"Dismiss".to_owned()), "it is locked as before");
        stub.state().is_locked = false;
        stub.tell_of_change();
        assert_eq!(waiting.join().unwrap(), None);
        assert!(stub.state().calls.contains(&"Dismiss".to_owned()));
    });
}

#[test]
fn a_deaf_service_holds_up_no_thread_for_ever() {
    in_stub_session("faults", "a_deaf_service_holds_up_no_thread_for_ever", || {
        let (stub, _) = stub_with_key();
        stub.hold("SearchItems");
        let mut keyring = OsKeyring::with_limits(SHORT, LONG);
        assert_eq!(prepare(&mut keyring, None), Some(KeyErrorKind::Slow));
    });
}

#[test]
fn a_service_that_ends_during_its_question_ends_the_wait() {
    in_stub_session("faults", "a_service_that_ends_during_its_question_ends_the_wait", || {
        let (stub, mut keyring) = stub_with_key();
        stub.state().is_locked = true;
        stub.state().user = User::IsAway;
        let waiting = std::thread::spawn(move || (prepare(&mut keyring, None), keyring));
        stub.wait_for("Prompt");
        let items = stub.die();
        let (kind, mut keyring) = waiting.join().unwrap();
        assert_eq!(kind, Some(KeyErrorKind::NoService));
        let _stub = SecretStub::start_with(items);
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn a_service_that_ends_during_a_read_is_found_again() {
    in_stub_session("faults", "a_service_that_ends_during_a_read_is_found_again", || {
        let (stub, mut keyring) = stub_with_key();
        stub.hold("GetSecret");
        let reading = std::thread::spawn(move || (kind_of_read(&mut keyring), keyring));
        stub.wait_for("GetSecret");
        let items = stub.die();
        let (kind, mut keyring) = reading.join().unwrap();
        assert_eq!(kind, KeyErrorKind::NoService);
        // It knows nothing of the session that the keyring had.
        let stub = SecretStub::start_with(items);
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
        let _stub = SecretStub::start_with(stub.die());
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn whether_a_service_that_ended_during_a_change_made_it_is_not_known() {
    in_stub_session("faults", "whether_a_service_that_ended_during_a_change_made_it_is_not_known", || {
        let (stub, mut keyring) = stub_with_key();
        stub.hold("SetSecret");
        let writing = std::thread::spawn(move || (keyring.write(&dev().into(), &key("new")), keyring));
        stub.wait_for("SetSecret");
        let stub = SecretStub::start_with({
            let items = stub.die();
            let (outcome, keyring) = writing.join().unwrap();
            assert_eq!(outcome.unwrap_err().kind(), KeyErrorKind::Slow);
            drop(keyring);
            items
        });
        stub.hold("Delete");
        let removing = std::thread::spawn(|| OsKeyring::default().remove(&dev().into()));
        stub.wait_for("Delete");
        drop(stub.die());
        assert_eq!(removing.join().unwrap().unwrap_err().kind(), KeyErrorKind::Slow);
    });
}

#[test]
fn an_entry_that_goes_while_it_is_read_is_missing() {
    in_stub_session("faults", "an_entry_that_goes_while_it_is_read_is_missing", || {
        let (stub, keyring) = stub_with_key();
        for mut keyring in [keyring, OsKeyring::default()] {
            let items = stub.state().items.clone();
            stub.hold("GetSecret");
            let reading = std::thread::spawn(move || read(&mut keyring));
            stub.wait_for("GetSecret");
            stub.state().items.clear();
            stub.release();
            assert_eq!(reading.join().unwrap(), Ok(None));
            stub.state().items = items;
        }
    });
}

#[test]
fn an_entry_that_is_listed_and_never_there_is_a_fault_of_the_service() {
    in_stub_session("faults", "an_entry_that_is_listed_and_never_there_is_a_fault_of_the_service", || {
        let (stub, mut keyring) = stub_with_key();
        stub.refuse("GetSecret", NO_SUCH_OBJECT);
        let failure = read(&mut keyring).unwrap_err();
        assert_eq!(failure.kind(), KeyErrorKind::Unavailable);
        assert_eq!(failure.to_string(), "the keyring lists an entry that it no longer has");
    });
}

#[test]
fn a_default_collection_is_made_with_the_services_own_question() {
    in_stub_session("faults", "a_default_collection_is_made_with_the_services_own_question", || {
        let (stub, mut keyring) = (SecretStub::start(), OsKeyring::default());
        stub.state().has_no_collection = true;
        assert_eq!(prepare(&mut keyring, None), None);
        assert_eq!(read(&mut keyring).unwrap(), None);
        assert_eq!(keyring.place(&dev()).unwrap(), KeyStoreReadiness::CreatedOnWrite);
        stub.state().user = User::Dismisses;
        assert_eq!(prepare(&mut keyring, Some(KeyStoreChange::Write)), Some(KeyErrorKind::NoCollection));
        assert_eq!(keyring.write(&dev().into(), &key("s3cret")).unwrap_err().kind(), KeyErrorKind::NoCollection);
        stub.state().user = User::Unlocks;
        assert_eq!(prepare(&mut keyring, Some(KeyStoreChange::Write)), None);
        keyring.write(&dev().into(), &key("kept")).unwrap();
        assert_eq!(keyring.place(&dev()).unwrap(), KeyStoreReadiness::Ready);
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn a_collection_that_goes_while_a_key_is_written_is_told() {
    in_stub_session("faults", "a_collection_that_goes_while_a_key_is_written_is_told", || {
        let (stub, mut keyring) = (SecretStub::start(), OsKeyring::default());
        stub.hold("CreateItem");
        let writing = std::thread::spawn(move || keyring.write(&dev().into(), &key("new")));
        stub.wait_for("CreateItem");
        stub.state().has_no_collection = true;
        stub.release();
        assert_eq!(writing.join().unwrap().unwrap_err().kind(), KeyErrorKind::NoCollection);
    });
}

#[test]
fn an_answer_that_cannot_be_deciphered_and_a_double_are_told() {
    in_stub_session("faults", "an_answer_that_cannot_be_deciphered_and_a_double_are_told", || {
        let (stub, mut keyring) = stub_with_key();
        stub.double();
        assert_eq!(kind_of_read(&mut keyring), KeyErrorKind::Ambiguous);
        stub.state().items.pop_last();
        stub.spoil();
        let failure = read(&mut keyring).unwrap_err();
        assert_eq!(failure.kind(), KeyErrorKind::Unavailable);
        assert_eq!(failure.to_string(), "the keyring's answer can't be deciphered");
    });
}

#[test]
fn a_service_that_knows_only_plain_sessions_keeps_keys_all_the_same() {
    in_stub_session("faults", "a_service_that_knows_only_plain_sessions_keeps_keys_all_the_same", || {
        // The second is what a KWallet says that lacks a library.
        for refusal in [(NOT_SUPPORTED, ""), (INVALID_ARGS, "createDLGroup failed: maybe libqca-ossl is missing")] {
            let stub = SecretStub::start();
            stub.state().cipher_refusal = Some(refusal);
            let mut keyring = OsKeyring::default();
            keyring.write(&dev().into(), &key("plain")).unwrap();
            assert_eq!(stub.secrets(), [(b"plain".to_vec(), "text/plain; charset=utf8".to_owned())]);
            assert_eq!(read(&mut OsKeyring::default()).unwrap().as_deref(), Some("plain"));
        }
    });
}

#[test]
fn a_service_that_refuses_an_enciphered_session_for_another_reason_is_sent_no_plain_secret() {
    in_stub_session(
        "faults",
        "a_service_that_refuses_an_enciphered_session_for_another_reason_is_sent_no_plain_secret",
        || {
            let stub = SecretStub::start();
            for (refusal, tries) in [
                ((FAILED, "not now"), 1),
                ((INVALID_ARGS, "not so"), 1),
                ((FAILED, NOT_SUPPORTED), 1),
                ((INVALID_ARGS, "Client public key size is invalid"), 2),
            ] {
                stub.state().cipher_refusal = Some(refusal);
                stub.state().calls.clear();
                let failure = OsKeyring::default().write(&dev().into(), &key("s3cret")).unwrap_err();
                assert_eq!(failure.kind(), KeyErrorKind::Unavailable, "{failure:?}");
                assert!(failure.to_string().contains(refusal.1), "{failure:?}");
                assert_eq!(stub.state().calls, vec!["OpenSession"; tries], "with a new number where it was short");
            }
            assert_eq!(stub.secrets(), []);
        },
    );
}

#[test]
fn whatever_the_type_of_its_content_a_key_is_read_and_replaced_as_text() {
    in_stub_session("faults", "whatever_the_type_of_its_content_a_key_is_read_and_replaced_as_text", || {
        let stub = SecretStub::start();
        stub.state().cipher_refusal = Some((NOT_SUPPORTED, ""));
        let mut keyring = OsKeyring::default();
        keyring.write(&dev().into(), &key("first")).unwrap();
        for content_type in ["application/octet-stream", "text/plain", ""] {
            stub.retype(content_type);
            assert_eq!(read(&mut OsKeyring::default()).unwrap().as_deref(), Some("first"), "{content_type}");
        }
        keyring.write(&dev().into(), &key("second")).unwrap();
        assert_eq!(stub.secrets(), [(b"second".to_vec(), "text/plain; charset=utf8".to_owned())]);
    });
}

#[test]
fn what_was_read_is_not_asked_for_again_until_the_service_tells_of_a_change() {
    in_stub_session("faults", "what_was_read_is_not_asked_for_again_until_the_service_tells_of_a_change", || {
        let (stub, _) = stub_with_key();
        let mut keyring = OsKeyring::default();
        assert_eq!(prepare(&mut keyring, None), None);
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
        stub.state().calls.clear();
        for _ in 0..3 {
            assert_eq!(prepare(&mut keyring, None), None);
            assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
        }
        assert_eq!(stub.state().calls, Vec::<String>::new(), "nothing was asked");
        stub.tell_of_change();
        let start = std::time::Instant::now();
        while stub.state().calls.is_empty() {
            assert!(start.elapsed() < LONG, "the change was not heard");
            assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
        }
    });
}

#[test]
fn before_a_change_an_entry_is_read_anew_though_the_service_told_of_none() {
    in_stub_session("faults", "before_a_change_an_entry_is_read_anew_though_the_service_told_of_none", || {
        let (_stub, mut keyring) = stub_with_key();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"));
        OsKeyring::default().write(&dev().into(), &key("second")).unwrap();
        assert_eq!(read(&mut keyring).unwrap().as_deref(), Some("kept"), "that is what is remembered");
        assert_eq!(prepare(&mut keyring, Some(KeyStoreChange::Remove)), None);
        assert_eq!(keyring.read(&dev().into()).unwrap().unwrap().expose(), "second");
    });
}
