//! The dashboard with a fault.

use std::io;

use jiff::tz::TimeZone;
use trackyard_tui::commands::{dashboard, setup};
use trackyard_tui::config::settings::Settings;
use trackyard_tui::config::{self, Overrides};
use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::error::KeyError;
use trackyard_tui::domain::key_entry::KeyEntry;
use trackyard_tui::runtime::dashboard::{self as session, DashboardSettings};
use trackyard_tui::runtime::panics;
use trackyard_tui::services::Services;
use trackyard_tui::services::keys::{KeyStore, KeyTimeouts, KeyWriter};

use crate::support::clock::clock;

/// Names the fault: on the main thread (`main`), in a task, on a thread, or in the key store.
pub const FAULT: &str = "TRACKYARD_TEST_FAULT";
/// What every fault says.
pub const MESSAGE: &str = "a fault made for the test";

/// Runs the dashboard until it is ended, with a [`FAULT`].
pub fn play() {
    let fault = std::env::var(FAULT).unwrap();
    panics::report();
    let settings = config::load(&Overrides::default(), &|name| std::env::var_os(name)).unwrap();
    let options = DashboardSettings {
        monitor: settings.monitor(None, 1),
        screen: dashboard::screen(&settings).unwrap(),
        theme_file: None,
        clock: clock(),
        zone: TimeZone::UTC,
        retention: None,
    };
    let services = async || {
        setup::start_log(&settings);
        Ok::<_, io::Error>(services(&settings, &fault))
    };
    setup::runtime().unwrap().block_on(session::run(options, services)).unwrap();
}

fn services(settings: &Settings, fault: &str) -> (Services, Option<KeyWriter>) {
    match fault {
        "main" => panic!("{MESSAGE}"),
        "task" => drop(tokio::spawn(async { panic!("{MESSAGE}") })),
        "thread" => drop(std::thread::spawn(|| panic!("{MESSAGE}"))),
        _ => {}
    }
    let faulty_store = fault == "key store";
    let (keys, keeper) = setup::store_alone(Box::new(move || Box::new(FaultyStore(faulty_store))));
    let (others, _) = setup::services(settings, Box::new(|| Box::new(FaultyStore(false))), KeyTimeouts::default());
    (Services { keys, ..others }, Some(keeper))
}

/// A store without keys, which may fail when it is asked.
struct FaultyStore(bool);

impl KeyStore for FaultyStore {
    fn name(&self) -> &'static str {
        "keyring"
    }

    fn read(&mut self, _: &KeyEntry) -> Result<Option<ApiKey>, KeyError> {
        assert!(!self.0, "{MESSAGE}");
        Ok(None)
    }

    fn write(&mut self, _: &KeyEntry, _: &ApiKey) -> Result<(), KeyError> {
        Ok(())
    }

    fn remove(&mut self, _: &KeyEntry) -> Result<bool, KeyError> {
        Ok(false)
    }
}
