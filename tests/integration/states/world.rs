//! Brings a state about: the real monitor, sources of keys and history, over a service that does as the file says.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use trackyard_tui::config::Overrides;
use trackyard_tui::config::paths::Paths;
use trackyard_tui::config::settings::Settings;
use trackyard_tui::domain::account::Account;
use trackyard_tui::domain::alert::{AcknowledgementRequest, AlertWriteOutcome};
use trackyard_tui::domain::api_key::Fingerprint;
use trackyard_tui::domain::environment::EnvironmentName;
use trackyard_tui::domain::forecast;
use trackyard_tui::domain::quota::Quota;
use trackyard_tui::domain::rotation::RevokedKey;
use trackyard_tui::domain::rotation::RotationStage;
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::domain::stamp::{Stamp, Uptime};
use trackyard_tui::domain::time::{Elapsed, Now};
use trackyard_tui::monitor::Monitor;
use trackyard_tui::monitor::effect::Effect;
use trackyard_tui::monitor::input::{HeldKey, HeldRotation, Input, PollOutcome};
use trackyard_tui::monitor::polling::permit::PermitRequest;
use trackyard_tui::monitor::settings::MonitorSettings;
use trackyard_tui::services::history::import_export::StoredSample;
use trackyard_tui::services::history::{History, HistoryStore, PermitDecision};
use trackyard_tui::services::keys::{KeyReadTimeout, Keys};

use super::file::{Fact, State, collapse, moment};
use super::pictures::{self, Seen};
use super::service::{LATENCY, Reply};
use super::sources::{Keyring, KnownKeys, Surroundings};

/// Balances are asked for by the hour, as the product does.
const BALANCES_STEP: SignedDuration = SignedDuration::from_hours(1);
/// Balances of the past were read so often.
const READ_EACH: SignedDuration = SignedDuration::from_hours(1);

mod effects;

/// Lets everything happen that a file tells, and looks.
pub(crate) async fn bring_about(state: &State) -> Seen {
    let mut world = World::new(state);
    for fact in &state.facts {
        world.wait_until(fact.at).await;
        world.take(fact).await;
    }
    world.wait_until(state.now).await;
    world.look(state).await
}

struct World {
    now: Now,
    settings: Settings,
    surroundings: Surroundings,
    keyring: Keyring,
    known: KnownKeys,
    /// What comes of a call with a key, by its last characters.
    replies: HashMap<String, Reply>,
    /// What comes of each call, whatever the key.
    fault: Option<Reply>,
    ahead: SignedDuration,
    sleeps: bool,
    history: History,
    program: Option<Program>,
}

/// A program that runs.
struct Program {
    monitor: Monitor,
    keys: Keys,
}

impl World {
    fn new(state: &State) -> Self {
        let surroundings = Surroundings::new();
        let paths = Paths::below(surroundings.folder());
        let settings = Settings::resolve(&Overrides::default(), &|_| None, Some(&state.config), paths).unwrap();
        let start = state.facts.first().map_or(state.now, |fact| fact.at);
        Self {
            now: Now { elapsed: Elapsed::ZERO + SignedDuration::from_hours(24 * 100), wall: start },
            settings,
            history: History::open(surroundings.folder().join("history.sqlite3")),
            surroundings,
            keyring: Keyring::default(),
            known: KnownKeys::default(),
            replies: HashMap::new(),
            fault: None,
            ahead: SignedDuration::ZERO,
            sleeps: false,
            program: None,
        }
    }

    async fn take(&mut self, fact: &Fact) {
        let words: Vec<_> = fact.predicate.split(' ').collect();
        match (fact.subject.as_str(), words[..].as_ref()) {
            ("keyring", ["holds", ..]) => {
                self.hold(&fact.predicate["holds ".len()..]);
                self.told(Input::KeyStoreChanged).await;
            }
            ("keyring", ["quietly", "holds", ..]) => self.hold(&fact.predicate["quietly holds ".len()..]),
            ("keyring", ["loses", environment]) => {
                self.keyring.lose(environment);
                self.told(Input::KeyStoreChanged).await;
            }
            ("keyring", ["is", "locked"]) => self.keyring.lock(true),
            ("keyring", ["is", "unlocked"]) => {
                self.keyring.lock(false);
                self.told(Input::KeyStoreChanged).await;
            }
            ("variable", [name, "holds", ending]) => {
                let key = self.known.key(ending);
                self.surroundings.set(name, key.expose());
            }
            ("variable", [name, "names", "a", "file", "of", "mode", mode, "with", ending]) => {
                let key = self.known.key(ending);
                self.surroundings.set_file(name, &key, mode);
            }
            (key, ["answers", status]) if key.starts_with('…') => {
                let reply = Reply::Http(status.parse().unwrap(), fact.payload.clone());
                self.replies.insert(key['…'.len_utf8()..].to_owned(), reply);
            }
            (key, ["meets", ..]) if key.starts_with('…') => {
                let reply = Reply::Fault(fact.predicate["meets ".len()..].to_owned());
                self.replies.insert(key['…'.len_utf8()..].to_owned(), reply);
            }
            (key, ["held"]) if key.starts_with('…') => self.remember(key, &fact.payload).await,
            ("everyone", ["meets", ..]) => {
                self.fault = Some(Reply::Fault(fact.predicate["meets ".len()..].to_owned()));
            }
            ("everyone", ["is", "answered", "as", "before"]) => self.fault = None,
            ("everyone", ["is", "answered", status]) => {
                self.fault = Some(Reply::Http(status.parse().unwrap(), fact.payload.clone()));
            }
            ("service", ["clock", "is", number, unit, "ahead"]) => self.ahead = length(number, unit),
            ("service", ["clock", "is", number, unit, "behind"]) => self.ahead = -length(number, unit),
            ("program", ["starts"]) => self.start().await,
            ("program", ["ends"]) => self.end().await,
            ("operator", ["refreshes", "all"]) => self.told(Input::RefreshAllRequested).await,
            ("operator", ["refreshes", name]) => self.told(Input::RefreshRequested(name.parse().unwrap())).await,
            ("operator", ["pauses" | "resumes"]) => self.told(Input::PauseToggled).await,
            ("operator", ["acknowledges", name]) => {
                self.told(Input::AcknowledgementRequested(
                    name.parse().unwrap(),
                    AcknowledgementRequest::Acknowledge(None),
                ))
                .await;
            }
            ("operator", ["snoozes", name]) => self.told(Input::RotationSnoozed(name.parse().unwrap())).await,
            ("machine", ["sleeps"]) => self.sleeps = true,
            ("machine", ["wakes"]) => self.sleeps = false,
            ("clock", ["is", "put", "forward", number, unit]) => self.now.wall += length(number, unit),
            ("clock", ["is", "put", "back", number, unit]) => self.now.wall -= length(number, unit),
            (name, ["is", "rotated", "from", old, "to", new]) => self.rotate(name, old, new).await,
            _ => panic!("no such fact: {} {}", fact.subject, fact.predicate),
        }
    }

    /// `staging …a01b, prod …ec5f`
    fn hold(&mut self, keys: &str) {
        for held in keys.split(", ") {
            let (environment, ending) = held.split_once(' ').expect("an environment and its key");
            let key = self.known.key(ending);
            self.keyring.hold(environment, key);
        }
    }

    async fn start(&mut self) {
        assert!(self.program.is_none(), "the program runs already");
        self.history = History::open(self.surroundings.folder().join("history.sqlite3"));
        let settings = MonitorSettings { operator: "ada".to_owned(), ..self.settings.monitor(None, 7) };
        let keys = self.surroundings.keys(&self.settings, &self.keyring);
        self.program = Some(Program { monitor: Monitor::new(settings, &self.now), keys });
        self.told(Input::Started).await;
    }

    async fn end(&mut self) {
        self.program = None;
        self.history.release().await.unwrap();
    }

    /// Lets time pass, and the program do what falls due.
    async fn wait_until(&mut self, moment: Timestamp) {
        // A file that puts the clock forward goes on from there.
        let wait = moment.duration_since(self.now.wall).max(SignedDuration::ZERO);
        let end = self.now.elapsed + wait;
        while let Some(wake) = self.program.as_ref().filter(|_| !self.sleeps).and_then(|it| it.monitor.next_wake()) {
            if wake > end {
                break;
            }
            self.now = self.now.after((wake - self.now.elapsed).max(SignedDuration::from_millis(1)));
            self.told(Input::Ticked).await;
        }
        self.now = self.now.after((end - self.now.elapsed).max(SignedDuration::ZERO));
        if !self.sleeps {
            self.told(Input::Ticked).await;
        }
    }

    /// Tells the monitor something, does what it wants done, and tells it what came of that.
    async fn told(&mut self, event: Input) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let Some(program) = &mut self.program else { return };
            for effect in program.monitor.handle(event, &self.now) {
                events.extend(self.carry_out(effect).await);
            }
        }
    }

    /// Keeps balances of the past: lines `2026-11-01 00:05 50,000 of 50,000`, with a straight line from each to the next,
    /// read each hour. After a line `…` nothing was read until the next.
    async fn remember(&mut self, key: &str, lines: &[String]) {
        let reply = self.replies.get(&key['…'.len_utf8()..]).and_then(Reply::body).unwrap_or_default();
        let fingerprint = self.known.key(key).fingerprint();
        let mut samples = Vec::new();
        let mut before: Option<(Timestamp, f64, Option<f64>)> = None;
        for line in lines.iter().filter(|line| !line.is_empty()) {
            if line == "…" {
                before = None;
                continue;
            }
            let line = collapse(line);
            let words: Vec<_> = line.split(' ').collect();
            let number = |text: &str| text.replace(',', "").parse::<f64>().expect("a number");
            let at = moment(&format!("{} {}", words[0], words[1]), None);
            let (credits, allowance) = (number(words[2]), words.get(4).map(|text| number(text)));
            if let Some((from, start, allowed)) = before {
                let whole = at.duration_since(from).as_secs_f64();
                let mut moment = from + READ_EACH;
                while moment < at {
                    let part = moment.duration_since(from).as_secs_f64() / whole;
                    samples.push(sample(&reply, moment, (start + (credits - start) * part).round(), allowed));
                    moment += READ_EACH;
                }
            }
            samples.push(sample(&reply, at, credits, allowance));
            before = Some((at, credits, allowance));
        }
        let samples: Vec<_> = samples.into_iter().map(|sample| StoredSample { fingerprint, sample }).collect();
        self.history.run_long(move |store| store.import_samples(&samples)).await.unwrap();
    }

    /// Brings a rotation to its third step: the new key is in use, the old one kept aside and watched.
    async fn rotate(&mut self, environment: &str, old: &str, new: &str) {
        let (old, new) = (self.known.key(old), self.known.key(new));
        self.keyring.hold(environment, new.clone());
        self.keyring.hold(&format!("{environment}.previous"), old.clone());
        let (name, at) = (environment.parse().unwrap(), self.now.wall);
        let history = self.history.clone();
        let started = history
            .run(move |store| store.start_rotation(name, old.fingerprint(), RotationStage::Started, None, at))
            .await
            .unwrap();
        let new = Some(new.fingerprint());
        let promoting = history
            .run(move |store| store.enter_stage(&started, RotationStage::Promoting, new, at))
            .await
            .unwrap()
            .unwrap();
        history
            .run(move |store| store.enter_stage(&promoting, RotationStage::Watching, new, at))
            .await
            .unwrap()
            .unwrap();
        self.told(Input::KeyStoreChanged).await;
    }

    fn stamp(&self) -> Stamp {
        Stamp { wall: self.now.wall, uptime: Some(Uptime { boot: 1, elapsed: self.now.elapsed - Elapsed::ZERO }) }
    }

    async fn look(&self, state: &State) -> Seen {
        let monitor = &self.program.as_ref().expect("a program that runs").monitor;
        let snapshot = monitor.snapshot();
        let mut credits = HashMap::new();
        for environment in &snapshot.environments {
            let Some(key) = &environment.key else { continue };
            let (fingerprint, now) = (key.identity.fingerprint, self.now.wall);
            let since = now - SignedDuration::from_hours(30 * 24);
            let points = self.history.run(move |store| store.credits(fingerprint, since, now, 400)).await.unwrap();
            credits.insert(environment.environment.name.to_string(), points);
        }
        pictures::take(state, &snapshot, monitor.events(), &credits, self.now.wall)
    }
}

fn sample(body: &serde_json::Value, at: Timestamp, credits: f64, allowance: Option<f64>) -> Sample {
    let mut body = body.as_object().cloned().unwrap_or_default();
    body.insert("credits_remaining".to_owned(), credits.into());
    if let Some(allowance) = allowance {
        body.insert("monthly_allowance".to_owned(), allowance.into());
    }
    let account = Account::parse(serde_json::Value::from(body).to_string().as_bytes()).unwrap();
    Sample { at, latency: LATENCY, server_clock: Some(at), account, quota: Quota::default() }
}

fn length(number: &str, unit: &str) -> SignedDuration {
    let number: i64 = number.parse().unwrap();
    match unit {
        "s" => SignedDuration::from_secs(number),
        "min" => SignedDuration::from_mins(number),
        "h" => SignedDuration::from_hours(number),
        _ => panic!("no such unit: {unit}"),
    }
}
