//! Each error of a platform has its kind, and tells no secret.

use super::*;
use crate::domain::error::KeyErrorKind;

fn dev() -> KeyEntry {
    KeyEntry::new("dev".parse().unwrap(), KeyRole::Current)
}

fn failure(error: Error, written: Option<&ApiKey>) -> KeyError {
    OsKeyring::default().failure(&dev(), error, written)
}

fn cause(text: &str) -> Box<dyn std::error::Error + Send + Sync> {
    text.to_owned().into()
}

#[test]
fn each_error_has_its_kind() {
    let cases = [
        (Error::NoStorageAccess(cause("locked")), KeyErrorKind::Locked),
        (Error::PlatformFailure(cause("no bus")), KeyErrorKind::Unavailable),
        (Error::NoDefaultStore, KeyErrorKind::Unavailable),
        (Error::NotSupportedByStore("x".to_owned()), KeyErrorKind::Unavailable),
        (Error::Ambiguous(Vec::new()), KeyErrorKind::Ambiguous),
        (Error::BadEncoding(vec![0xff]), KeyErrorKind::Entry),
        (Error::BadDataFormat(vec![0xff], cause("x")), KeyErrorKind::Entry),
        (Error::TooLong("password".to_owned(), 9), KeyErrorKind::Entry),
    ];
    for (error, kind) in cases {
        assert_eq!(failure(error, None).kind(), kind);
    }
}

#[test]
fn no_part_of_a_secret_is_told() {
    let key = ApiKey::parse("s3cret-key").unwrap();
    let errors = [
        Error::PlatformFailure(cause("bad value s3cret-key\u{1b}[0m")),
        Error::BadEncoding(b"s3cret-key".to_vec()),
        Error::BadDataFormat(b"s3cret-key".to_vec(), cause("s3cret-key")),
        Error::BadStoreFormat("s3cret-key".to_owned()),
        Error::Invalid("password".to_owned(), "s3cret-key".to_owned()),
    ];
    for error in errors {
        let told = format!("{:?}", failure(error, Some(&key)));
        assert!(!told.contains("s3cret"), "{told}");
        assert!(!told.contains("115, 51"), "{told}");
    }
}

#[test]
fn an_unknown_failure_is_told_in_the_words_of_the_platform() {
    let told = failure(Error::PlatformFailure(cause("out of order\u{7}")), None);
    assert_eq!(told.to_string(), "the keyring can't be reached: out of order");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::sync::Arc;

    use super::*;
    use ::secret_service::Error as ServiceError;
    use zbus::fdo;

    fn kind(error: ServiceError) -> KeyErrorKind {
        failure(KeyringError::from(error).into(), None).kind()
    }

    fn cannot_connect(reason: io::ErrorKind) -> ServiceError {
        let address = "unix:path=/x".try_into().unwrap();
        ServiceError::Zbus(zbus::Error::Connection(Arc::new(reason.into()), address))
    }

    #[test]
    fn failures_of_the_session_are_told_apart() {
        let cases = [
            (cannot_connect(io::ErrorKind::NotFound), KeyErrorKind::NoSession),
            (cannot_connect(io::ErrorKind::ConnectionRefused), KeyErrorKind::NoSession),
            (cannot_connect(io::ErrorKind::PermissionDenied), KeyErrorKind::Denied),
            (ServiceError::Unavailable, KeyErrorKind::NoSession),
            (ServiceError::Zbus(zbus::Error::Address("x".to_owned())), KeyErrorKind::NoSession),
            (ServiceError::Zbus(zbus::Error::Handshake("x".to_owned())), KeyErrorKind::Denied),
            (ServiceError::Zbus(io::Error::from(io::ErrorKind::BrokenPipe).into()), KeyErrorKind::Unavailable),
        ];
        for (error, expected) in cases {
            let told = error.to_string();
            assert_eq!(kind(error), expected, "{told}");
        }
    }

    #[test]
    fn an_error_is_known_by_its_name_and_not_by_what_its_text_says() {
        let text = "not allowed: destination=org.freedesktop.secrets, IsLocked, Permission denied".to_owned();
        let cases = [
            (fdo::Error::AccessDenied(text.clone()), KeyErrorKind::Denied),
            (fdo::Error::ServiceUnknown(text.clone()), KeyErrorKind::NoService),
            (fdo::Error::SpawnChildExited(text.clone()), KeyErrorKind::NoService),
            (fdo::Error::NoReply(text.clone()), KeyErrorKind::Unavailable),
            (fdo::Error::UnknownObject(text.clone()), KeyErrorKind::Unavailable),
            (fdo::Error::Failed(text), KeyErrorKind::Unavailable),
        ];
        for (error, expected) in cases {
            assert_eq!(kind(ServiceError::ZbusFdo(error.clone())), expected, "{error}");
            assert_eq!(kind(ServiceError::Zbus(zbus::Error::FDO(Box::new(error.clone())))), expected, "{error}");
        }
    }
}
