//! Polls in a process of their own: they need variables of the environment, or all that is logged.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use trackyard_tui::services::trackyard::TIME_LIMIT;
use trackyard_tui::wording::request_errors::clause;

use crate::playing;
use crate::runner::{Test, tests};
use crate::support::client::{KEY, SHORT, answer, poll};
use crate::support::server::{SAMPLE, Server, Trap};

pub const TESTS: &[Test] =
    tests![a_proxy_never_gets_a_plain_request_to_this_machine, no_log_of_any_crate_holds_the_key,];

const URL: &str = "CLIENT_TEST_URL";
/// Makes the other process log everything.
pub const LOGGED: (&str, &str) = ("CLIENT_TEST_LOGGED", "1");
/// Makes the other process give up soon.
pub const HURRIED: (&str, &str) = ("CLIENT_TEST_HURRIED", "1");

pub const PROXIES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Polls in another process and gives back what it printed: the outcome, and the log if it is asked for.
pub fn poll_isolated(url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = playing("client");
    for name in PROXIES.into_iter().chain(["NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"]) {
        command.env_remove(name);
    }
    let output = command.env(URL, url).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(!text.contains(KEY), "{text}");
    text
}

/// Polls once, and prints what came of it.
pub fn play() {
    let url = std::env::var(URL).unwrap();
    let log = Log::default();
    if std::env::var_os(LOGGED.0).is_some() {
        log.collect_everything();
    }
    let limit = if std::env::var_os(HURRIED.0).is_some() { SHORT } else { TIME_LIMIT };
    match poll(&url, limit) {
        Ok(_) => println!("outcome: sample"),
        Err(failure) => {
            println!("outcome: {}: {}", failure.kind().as_str(), clause(&failure.cause));
            println!("retry after: {}", failure.retry_after.map_or(0, |wait| wait.as_secs()));
            println!("counts: {}", failure.counts);
        }
    }
    println!("{}", String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
}

/// All that any crate logs, at every level, through either of the two ways of logging.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn collect_everything(&self) {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log::set_boxed_logger(Box::new(self.clone())).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        writeln!(self.0.lock().unwrap(), "{} {}", record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

fn a_proxy_never_gets_a_plain_request_to_this_machine() {
    let (server, proxy) = (Server::answering(SAMPLE), Trap::set());
    let url = proxy.url();
    let variables = PROXIES.map(|name| (name, url.as_str()));
    let text = poll_isolated(&server.url(), &variables);
    assert!(text.contains("outcome: sample"), "{text}");
    assert_eq!(server.heads().len(), 1);
    assert!(proxy.is_untouched());
}

fn no_log_of_any_crate_holds_the_key() {
    let echo = answer("401 Unauthorized", "", &format!(r#"{{"error":"{KEY}"}}"#));
    let cases = [
        (Server::answering(SAMPLE), "outcome: sample"),
        (Server::answering(echo), "outcome: unauthorized"),
        (Server::answering(KEY), "outcome: unexpected-answer"),
        (Server::resetting(), "outcome: connection"),
    ];
    for (server, outcome) in cases {
        let text = poll_isolated(&server.url(), &[LOGGED]);
        assert!(text.contains(outcome), "{text}");
        assert!(text.contains("reqwest") && text.contains("hyper_util"), "the log was collected: {text}");
    }
}
