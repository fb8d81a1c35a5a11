use super::*;
use crate::domain::error::KeyErrorKind;
use crate::domain::error::{BlockingCallError, FileError, examples};
use crate::wording::remedies::{self, Remedy, RemedyReason};
use futures_util::FutureExt;
use std::ffi::OsString;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

/// Key sources of one test.
struct Setup {
    variables: HashMap<&'static str, OsString>,
    command: Option<&'static str>,
    store: KeyStoreFactory,
    default: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        let store = sharing(MemoryKeyStore::default());
        Self { variables: HashMap::new(), command: None, store, default: "dev" }
    }
}

impl Setup {
    fn keys(self) -> Keys {
        self.keys_and_keeper().0
    }

    fn keys_and_keeper(self) -> (Keys, KeyWriter) {
        let variables = self.variables.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let commands = self.command.map(|script| (dev(), ["/bin/sh", "-c", script].map(str::to_owned).to_vec()));
        Keys::new(KeysOptions {
            variables,
            default_environment: Some(self.default.parse().unwrap()),
            commands: commands.into_iter().collect(),
            store: self.store,
            limits: KeyTimeouts::default(),
        })
    }

    async fn load(self) -> Result<(String, String), KeyError> {
        let loaded = self.keys().load(&dev(), KeyReadTimeout::User).await?;
        Ok((loaded.source.to_string(), loaded.key.expose().to_owned()))
    }
}

fn dev() -> EnvironmentName {
    "dev".parse().unwrap()
}

fn key(text: &str) -> ApiKey {
    ApiKey::parse(text).unwrap()
}

fn store_with_key() -> KeyStoreFactory {
    sharing(MemoryKeyStore::from_iter([(dev(), key("stored"))]))
}

fn sharing<S: KeyStore + Clone + 'static>(store: S) -> KeyStoreFactory {
    Box::new(move || Box::new(store.clone()))
}

fn remedy(failure: &KeyError) -> String {
    let (reason, environment) = (RemedyReason::KeyFailed(failure.clone()), dev());
    Remedy { reason, source: None, environment }.sentence(&remedies::RemedyAudience::CommandLine)
}

/// A store in which every call ends the same way, or never.
#[derive(Clone)]
enum BadStore {
    Failing(KeyErrorKind),
    Stuck(Arc<Mutex<mpsc::Receiver<()>>>),
}

impl BadStore {
    fn fail<T>(&self) -> Result<T, KeyError> {
        let kind = match self {
            Self::Failing(kind) => *kind,
            Self::Stuck(release) => {
                release.lock().unwrap().recv().unwrap();
                KeyErrorKind::Locked
            }
        };
        Err(examples::of(kind))
    }
}

impl KeyStore for BadStore {
    fn name(&self) -> &'static str {
        "bad"
    }

    fn read(&mut self, _: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        self.fail()
    }

    fn write(&mut self, _: &KeyEntry, _: &ApiKey) -> Result<(), KeyError> {
        self.fail()
    }

    fn remove(&mut self, _: &KeyEntry) -> Result<bool, KeyError> {
        self.fail()
    }
}

fn write_file(path: &std::path::Path, content: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn the_first_source_that_has_a_key_wins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    write_file(&file, " named\r\n", 0o600);
    write_file(&folder.path().join("trackyard-dev"), "credential\n", 0o440);
    let steps = [
        ("TRACKYARD_API_KEY_DEV", "TRACKYARD_API_KEY_DEV", "own"),
        ("TRACKYARD_API_KEY_DEV_FILE", "TRACKYARD_API_KEY_DEV_FILE", "named"),
        ("CREDENTIALS_DIRECTORY", "credential trackyard-dev", "credential"),
        ("(command)", "key_command", "command"),
        ("(store)", "memory", "stored"),
        ("TRACKYARD_API_KEY", "TRACKYARD_API_KEY", "general"),
    ];
    for (index, (_, source, expected)) in steps.iter().enumerate() {
        let left: Vec<_> = steps[index..].iter().map(|(name, ..)| *name).collect();
        let values = [
            ("TRACKYARD_API_KEY_DEV", OsString::from("own")),
            ("TRACKYARD_API_KEY_DEV_FILE", file.clone().into()),
            ("CREDENTIALS_DIRECTORY", folder.path().into()),
            ("TRACKYARD_API_KEY", "general".into()),
        ];
        let setup = Setup {
            variables: values.into_iter().filter(|(name, _)| left.contains(name)).collect(),
            command: left.contains(&"(command)").then_some("echo command"),
            store: if left.contains(&"(store)") { store_with_key() } else { sharing(MemoryKeyStore::default()) },
            ..Setup::default()
        };
        assert_eq!(setup.load().await.unwrap(), ((*source).to_owned(), (*expected).to_owned()));
    }
}

#[tokio::test]
async fn no_key_anywhere_says_how_to_add_one() {
    let failure = Setup::default().load().await.unwrap_err();
    assert_eq!(failure.kind(), KeyErrorKind::Missing);
    assert_eq!(failure.to_string(), "no source has a key");
    assert_eq!(remedy(&failure), "Store it with `trackyard-tui key set dev`.");
}

#[tokio::test]
async fn the_general_variable_serves_the_default_environment_alone() {
    let variables = HashMap::from([("TRACKYARD_API_KEY", "general".into())]);
    let failure = Setup { variables, default: "prod", ..Setup::default() }.load().await.unwrap_err();
    assert_eq!(failure.kind(), KeyErrorKind::Missing);
}

#[tokio::test]
async fn a_blank_variable_counts_as_unset() {
    let variables = HashMap::from([("TRACKYARD_API_KEY_DEV", " ".into()), ("TRACKYARD_API_KEY_DEV_FILE", "".into())]);
    let setup = Setup { variables, store: store_with_key(), ..Setup::default() };
    assert_eq!(setup.load().await.unwrap().1, "stored");
}

#[tokio::test]
async fn an_unusable_source_is_reported_and_not_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    write_file(&file, "key\n", 0o644);
    write_file(&folder.path().join("trackyard-dev"), "key\n", 0o444);
    let no_variables = HashMap::new;
    let cases = [
        (
            HashMap::from([("TRACKYARD_API_KEY_DEV", OsString::from("bad key"))]),
            None,
            KeyErrorKind::Invalid,
            "TRACKYARD_API_KEY_DEV gives no usable key: the key has a blank",
        ),
        (
            HashMap::from([("TRACKYARD_API_KEY_DEV_FILE", file.clone().into())]),
            None,
            KeyErrorKind::File,
            &format!("the file {} of TRACKYARD_API_KEY_DEV_FILE may be used by others", file.display()),
        ),
        (
            HashMap::from([("CREDENTIALS_DIRECTORY", folder.path().into())]),
            None,
            KeyErrorKind::File,
            &format!("the file {}/trackyard-dev of credential trackyard-dev may be", folder.path().display()),
        ),
        (no_variables(), Some("exit 7"), KeyErrorKind::Command, "key_command failed with exit status 7"),
        (no_variables(), Some("true"), KeyErrorKind::Command, "key_command gives no usable key: the key is empty"),
        (
            no_variables(),
            Some("printf '\\377'"),
            KeyErrorKind::Command,
            "key_command gives no usable key: the key has a character that is not ASCII",
        ),
    ];
    for (variables, command, kind, message) in cases {
        let setup = Setup { variables, command, store: store_with_key(), ..Setup::default() };
        let failure = setup.load().await.unwrap_err();
        assert_eq!(failure.kind(), kind, "{failure:?}");
        assert!(failure.to_string().starts_with(message), "{failure:?}");
    }
}

#[tokio::test]
async fn a_mistake_is_told_by_its_shape_wherever_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    write_file(&file, "\"s3cret\"\n", 0o600);
    write_file(&folder.path().join("trackyard-dev"), "NAME=s3cret\n", 0o400);
    let variables = |name, value: &std::ffi::OsStr| HashMap::from([(name, value.to_owned())]);
    let kept = ApiKey::parse_characters("'s3cret'").unwrap();
    let cases = [
        Setup { variables: variables("TRACKYARD_API_KEY_DEV", "Bearer s3cret".as_ref()), ..Setup::default() },
        Setup { variables: variables("TRACKYARD_API_KEY_DEV", "s3cret\ns3cret".as_ref()), ..Setup::default() },
        Setup { variables: variables("TRACKYARD_API_KEY", "<s3cret>".as_ref()), ..Setup::default() },
        Setup { variables: variables("TRACKYARD_API_KEY_DEV_FILE", file.as_os_str()), ..Setup::default() },
        Setup { variables: variables("CREDENTIALS_DIRECTORY", folder.path().as_os_str()), ..Setup::default() },
        Setup { command: Some("echo '{\"key\": \"s3cret\"}'"), ..Setup::default() },
        Setup { store: sharing(MemoryKeyStore::from_iter([(dev(), kept)])), ..Setup::default() },
    ];
    for (setup, told) in cases.into_iter().zip([
        "Bearer before it",
        "several lines",
        "a placeholder",
        "in quotes",
        "a name before it",
        "this is JSON",
        "in quotes",
    ]) {
        let failure = setup.load().await.unwrap_err();
        assert!(failure.to_string().contains(told) && !format!("{failure:?}").contains("s3cret"), "{failure:?}");
    }
    let of_pass = Setup { command: Some("printf 's3cret\\nurl: https://x.example\\n'"), ..Setup::default() };
    assert_eq!(of_pass.load().await.unwrap().1, "s3cret");
}

#[tokio::test]
async fn an_open_key_file_comes_with_the_command_that_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    write_file(&file, "key\n", 0o640);
    let variables = HashMap::from([("TRACKYARD_API_KEY_DEV_FILE", file.clone().into())]);
    let failure = Setup { variables, ..Setup::default() }.load().await.unwrap_err();
    assert!(failure.to_string().ends_with("(its mode is 0640)"), "{failure:?}");
    let chmod = format!("Run `chmod 600 {}`", file.display());
    assert_eq!(remedy(&failure), format!("{chmod}, or set `allow_group_readable_files` in the configuration."));
}

#[tokio::test]
async fn a_command_has_a_minute_where_a_person_has_just_asked_and_a_late_answer_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    // Whoever must be asked answers by this.
    let script = format!("read answer < {}; echo \"$answer\"", pipe.display());
    let (keys, _) = Keys::new(KeysOptions {
        variables: Variables::default(),
        default_environment: None,
        commands: HashMap::from([(dev(), ["/bin/sh", "-c", &script].map(str::to_owned).to_vec())]),
        store: sharing(MemoryKeyStore::default()),
        limits: KeyTimeouts { command: Duration::from_millis(20), ..KeyTimeouts::default() },
    });
    let failure = keys.load(&dev(), KeyReadTimeout::Poll).await.unwrap_err();
    assert_eq!(failure.kind(), KeyErrorKind::Command);
    assert_eq!(failure.to_string(), "key_command took longer than 0.02 s");
    // The program that was given up may still be ending, and take an answer with it.
    std::thread::spawn(move || while std::fs::write(&pipe, "late-key\n").is_ok() {});
    assert_eq!(keys.load(&dev(), KeyReadTimeout::User).await.unwrap().key.expose(), "late-key");
}

#[tokio::test]
async fn a_variable_that_names_a_file_may_begin_with_the_home_and_is_told_what_it_may_not_have() {
    let folder = tempfile::tempdir().unwrap();
    write_file(&folder.path().join("key"), "a-key\n", 0o600);
    let setup = |written: &str| {
        let variables = HashMap::from([("TRACKYARD_API_KEY_DEV_FILE", written.into()), ("HOME", folder.path().into())]);
        Setup { variables, ..Setup::default() }
    };
    assert_eq!(setup("~/key").load().await.unwrap().1, "a-key");
    for written in ["$HOME/key", "~you/key", "key\nkey"] {
        let failure = setup(written).load().await.unwrap_err();
        assert!(failure.to_string().starts_with("the path in TRACKYARD_API_KEY_DEV_FILE "), "{failure:?}");
        assert_eq!(failure.kind(), KeyErrorKind::File);
    }
}

#[tokio::test]
async fn a_file_that_a_variable_names_in_the_folder_of_credentials_may_be_of_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("of-dev");
    write_file(&file, "a-key\n", 0o440);
    let setup = |credentials: &std::path::Path| Setup {
        variables: HashMap::from([
            ("TRACKYARD_API_KEY_DEV_FILE", file.clone().into()),
            ("CREDENTIALS_DIRECTORY", credentials.into()),
        ]),
        ..Setup::default()
    };
    assert_eq!(setup(folder.path()).load().await.unwrap().1, "a-key");
    let failure = setup(std::path::Path::new("/etc")).load().await.unwrap_err();
    assert!(failure.to_string().ends_with("(its mode is 0440)"), "{failure:?}");
}

#[tokio::test]
async fn a_key_in_place_of_a_path_is_not_told() {
    for mistake in ["s3cret-key", "/dev/null/s3cret-key", "$s3cret-key", "~s3cret-key"] {
        let variables = HashMap::from([("TRACKYARD_API_KEY_DEV_FILE", mistake.into())]);
        let failure = Setup { variables, ..Setup::default() }.load().await.unwrap_err();
        assert_eq!(failure.kind(), KeyErrorKind::File);
        assert!(!format!("{failure:?}").contains("s3cret"), "{failure:?}");
    }
}

#[tokio::test]
async fn a_failing_store_is_reported_and_not_replaced_by_the_general_variable() {
    let variables = HashMap::from([("TRACKYARD_API_KEY", "general".into())]);
    let store = sharing(BadStore::Failing(KeyErrorKind::Locked));
    let failure = Setup { variables, store, ..Setup::default() }.load().await.unwrap_err();
    assert_eq!(failure.kind(), KeyErrorKind::Locked);
}

#[tokio::test]
async fn a_stuck_store_is_slow_and_does_not_hold_up_other_sources() {
    let (_release, released) = mpsc::channel();
    let prod: EnvironmentName = "prod".parse().unwrap();
    let (keys, keeper) = Keys::new(KeysOptions {
        variables: [("TRACKYARD_API_KEY_PROD".into(), "own".into())].into_iter().collect(),
        default_environment: None,
        commands: HashMap::new(),
        store: sharing(BadStore::Stuck(Arc::new(Mutex::new(released)))),
        limits: KeyTimeouts { poll: Duration::from_millis(20), user: Duration::from_mins(1), ..KeyTimeouts::default() },
    });
    let failure = keys.load(&dev(), KeyReadTimeout::Poll).await.unwrap_err();
    assert_eq!(failure.kind(), KeyErrorKind::Slow);
    assert_eq!(failure.to_string(), "the key store (bad) gave no answer within 0.02 s");
    let failure = keeper.store(&dev().into(), key("new"), KeyReadTimeout::Poll).now_or_never().unwrap().unwrap_err();
    assert_eq!(failure.kind(), KeyErrorKind::Withdrawn, "it was not even tried");
    let person = keeper.store(&dev().into(), key("new"), KeyReadTimeout::User).now_or_never();
    assert!(person.is_none(), "a person waits");
    assert_eq!(keys.load(&prod, KeyReadTimeout::Poll).await.unwrap().key.expose(), "own");
}

#[tokio::test]
async fn keys_are_stored_replaced_and_removed() {
    let (keys, keeper) = Setup::default().keys_and_keeper();
    let entry = dev().into();
    for text in ["first", "second"] {
        keeper.store(&entry, key(text), KeyReadTimeout::User).await.unwrap();
        assert_eq!(keys.stored(&entry, KeyReadTimeout::User).await.unwrap().unwrap().expose(), text);
    }
    assert!(keeper.remove(&entry, KeyReadTimeout::User).await.unwrap());
    assert!(!keeper.remove(&entry, KeyReadTimeout::User).await.unwrap());
    assert!(keys.stored(&entry, KeyReadTimeout::User).await.unwrap().is_none());
}

#[test]
fn a_store_that_is_stuck_for_good_asks_for_a_new_start() {
    let failure =
        KeyError::Unanswered { keeper: "bad".to_owned(), reason: BlockingCallError::Stuck, limit: Duration::ZERO };
    assert_eq!(failure.kind(), KeyErrorKind::Unavailable);
    assert!(remedy(&failure).contains("start this program again"), "{failure:?}");
    let file = KeySource::VariableFile("VARIABLE".to_owned());
    let failure =
        file_errors::file(&file, FileError::Unanswered { reason: BlockingCallError::Stuck, limit: Duration::ZERO });
    assert!(remedy(&failure).contains("start this program again"), "{failure:?}");
}

#[test]
fn what_overrides_the_store_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let setup = || Setup {
        variables: HashMap::from([
            ("CREDENTIALS_DIRECTORY", folder.path().into()),
            ("TRACKYARD_API_KEY", "general".into()),
        ]),
        store: store_with_key(),
        ..Setup::default()
    };
    assert_eq!(setup().keys().overriding_source(&dev()), None);
    let with_command = Setup { command: Some("echo key"), ..setup() };
    assert_eq!(with_command.keys().overriding_source(&dev()), Some(KeySource::Command));
    write_file(&folder.path().join("trackyard-dev"), "key", 0o600);
    let credential = KeySource::Credential("trackyard-dev".to_owned());
    let keys = setup().keys();
    folder.close().unwrap();
    assert_eq!(keys.overriding_source(&dev()), Some(credential), "no file is touched to tell it");
}
