//! Options and variables go before the config file, whose place they may name.

use super::*;

#[test]
fn the_option_goes_before_the_variable_and_that_before_the_file() {
    let text = "base_url = \"https://file.example\"\nlog_level = \"error\"\n";
    let variables: VariableLookup<'_> = &|name| match name {
        BASE_URL_VARIABLE => Some("https://variable.example".into()),
        LOG_VARIABLE => Some("WARN".into()),
        _ => None,
    };
    let overrides = Overrides {
        base_url: Some("https://option.example".to_owned()),
        log_level: Some(LogLevel::Trace),
        ..Overrides::default()
    };
    let settled = |overrides: &Overrides, variables| {
        let settings = Settings::resolve(overrides, variables, Some(text), Paths::default()).unwrap();
        (settings.base_url.host(), settings.log_level)
    };
    assert_eq!(settled(&overrides, variables), ("option.example".to_owned(), LogLevel::Trace));
    assert_eq!(settled(&Overrides::default(), variables), ("variable.example".to_owned(), LogLevel::Warn));
    assert_eq!(settled(&Overrides::default(), NO_VARIABLES), ("file.example".to_owned(), LogLevel::Error));
    assert_eq!(settled(&Overrides::default(), &|_| Some("".into())), ("file.example".to_owned(), LogLevel::Error));
}

#[test]
fn a_faulty_option_or_variable_is_named_but_not_quoted() {
    let overrides = Overrides { base_url: Some("https://me:canary@x.example".to_owned()), ..Overrides::default() };
    let error = Settings::resolve(&overrides, NO_VARIABLES, None, Paths::default()).unwrap_err().to_string();
    assert_eq!(error, "--base-url: the base URL must have no user name, password, query or fragment");
    for (variable, told) in [
        (BASE_URL_VARIABLE, "TRACKYARD_BASE_URL: the base URL is no URL"),
        (LOG_VARIABLE, "TRACKYARD_LOG: must be one of \"off\", \"error\""),
    ] {
        let variables = |name: &str| (name == variable).then(|| "canary".into());
        let error =
            Settings::resolve(&Overrides::default(), &variables, None, Paths::default()).unwrap_err().to_string();
        assert!(error.starts_with(told) && !error.contains("canary"), "{error}");
    }
}

#[test]
fn options_switch_on_what_the_file_leaves_off() {
    let overrides = Overrides { ascii: true, read_only: true, no_mouse: true, ..Overrides::default() };
    let settings = Settings::resolve(&overrides, NO_VARIABLES, None, Paths::default()).unwrap();
    assert!(settings.dashboard.ascii == Some(true) && settings.dashboard.read_only && settings.dashboard.no_mouse);
}

#[test]
fn a_wall_changes_nothing_and_a_lock_is_another_matter() {
    let settings = |overrides| Settings::resolve(&overrides, NO_VARIABLES, None, Paths::default()).unwrap().dashboard;
    let wall = settings(Overrides { wall: true, ..Overrides::default() });
    assert!(wall.wall && wall.read_only && !wall.locked);
    let locked = settings(Overrides { lock: true, ..Overrides::default() });
    assert!(!locked.wall && !locked.read_only && locked.locked);
}

#[test]
fn environments_asked_for_by_name_are_kept_in_the_order_of_the_file() {
    let overrides = Overrides { environments: vec![name("prod"), name("dev"), name("dev")], ..Overrides::default() };
    let settings = Settings::resolve(&overrides, NO_VARIABLES, None, Paths::default()).unwrap();
    assert_eq!(names(&settings), ["dev", "prod"]);
    assert!(settings.monitor(None, 0).environments.iter().all(|one| one.requested));
}

#[test]
fn an_environment_that_is_not_configured_is_an_error_that_lists_the_known() {
    let overrides = Overrides { environments: vec![name("qa")], ..Overrides::default() };
    let error = Settings::resolve(&overrides, NO_VARIABLES, None, Paths::default()).unwrap_err();
    assert_eq!(error.to_string(), "there is no environment \"qa\": the configured ones are dev, staging, prod");
}

#[test]
fn a_key_file_without_a_place_is_refused_before_it_is_needed() {
    let resolve = |key_store| {
        let overrides = Overrides { key_store, ..Overrides::default() };
        Settings::resolve(&overrides, NO_VARIABLES, None, Paths::default())
    };
    assert_eq!(resolve(Some(KeyStoreName::File)).unwrap_err(), ConfigError::NoHome);
    assert!(resolve(None).is_ok());
}

#[test]
fn the_file_is_named_by_the_option_then_the_variable_then_the_platform() {
    let own = Paths::below(Path::new("/own"));
    let variables: VariableLookup<'_> = &|name| (name == CONFIG_VARIABLE).then(|| "/variable.toml".into());
    let option = Overrides { config_file: Some("/option.toml".into()), ..Overrides::default() };
    let find = |overrides: &Overrides, variables| {
        let source = ConfigSource::find(overrides, variables, own.clone()).unwrap();
        (source.paths.config_file().unwrap().to_owned(), source.named_by)
    };
    assert_eq!(find(&option, variables), ("/option.toml".into(), Some("--config")));
    assert_eq!(find(&Overrides::default(), variables), ("/variable.toml".into(), Some("TRACKYARD_CONFIG")));
    assert_eq!(find(&Overrides::default(), NO_VARIABLES), ("/own/config.toml".into(), None));
    assert_eq!(find(&Overrides::default(), &|_| Some("".into())), ("/own/config.toml".into(), None));
}

#[test]
fn a_missing_file_is_an_error_only_where_it_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::below(folder.path());
    assert_eq!(ConfigSource { paths: paths.clone(), named_by: None }.read(), Ok(None));
    assert_eq!(ConfigSource { paths: Paths::default(), named_by: None }.read(), Ok(None));
    let error = ConfigSource { paths, named_by: Some("--config") }.read().unwrap_err();
    assert!(error.to_string().starts_with("--config names a config file that does not exist: "), "{error}");
}
